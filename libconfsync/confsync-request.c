/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What each request asks of the manager, and the answer made of what it says.
 */

#include "config.h"

#include "confsync-request-private.h"

#include "confsync-error.h"
#include "confsync-notification-private.h"

typedef gboolean (*FinishFunc) (ConfsyncManager *manager, GAsyncResult *result, GError **error);

ConfsyncRequest *
confsync_request_new (ConfsyncRequestKind kind, const char *text)
{
  ConfsyncRequest *self = g_new0 (ConfsyncRequest, 1);

  self->kind = kind;
  self->text = g_strdup (text);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
confsync_request_free (ConfsyncRequest *self)
{
  g_clear_pointer (&self->document, confsync_document_unref);
  g_free (self->text);
  g_free (self->reason);
  g_clear_pointer (&self->json, confsync_json_unref);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* Takes @error (nullable). */
static void
end (ConfsyncRequest *self, GError *error)
{
  self->done (self, confsync_notification_new_answer (self->id, error), self->done_data);
}

static FinishFunc
get_finish (ConfsyncRequestKind kind)
{
  switch (kind)
    {
    case CONFSYNC_REQUEST_START:
      return confsync_manager_start_finish;
    case CONFSYNC_REQUEST_STOP:
      return confsync_manager_stop_finish;
    case CONFSYNC_REQUEST_FORCE_SYNC:
      return confsync_manager_force_sync_finish;
    case CONFSYNC_REQUEST_SET_DOCUMENT:
      return confsync_manager_set_document_finish;
    case CONFSYNC_REQUEST_SET_VALUE:
    case CONFSYNC_REQUEST_PATCH:
      return confsync_manager_patch_finish;
    case CONFSYNC_REQUEST_REVERT_LOCAL:
      return confsync_manager_revert_local_finish;
    case CONFSYNC_REQUEST_RESET_CLOCK:
      return confsync_manager_reset_clock_finish;
    case CONFSYNC_REQUEST_ADD_PEER:
    case CONFSYNC_REQUEST_STATUS:
    case CONFSYNC_REQUEST_LIST_VERSIONS:
    case CONFSYNC_REQUEST_GET_VERSION:
    case CONFSYNC_REQUEST_LIST_CONFLICTS:
    case CONFSYNC_REQUEST_RESOLVE:
    case CONFSYNC_REQUEST_ROLLBACK:
    case CONFSYNC_REQUEST_RESTORE:
    case CONFSYNC_REQUEST_EXPLAIN:
    case CONFSYNC_REQUEST_CONFIRM:
    case CONFSYNC_REQUEST_REJECT:
    default:
      g_return_val_if_reached (NULL);
    }
}

static void
manager_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  GError *error = NULL;

  get_finish (self->kind) (CONFSYNC_MANAGER (source), result, &error);
  end (self, error);
}

/* What holds an object of json-glib could not hold each value that @json may be. */
static ConfsyncJson *
make_patch (const char *pointer, ConfsyncJson *value, GError **error)
{
  const ConfsyncJsonLimits limits = { G_MAXINT32, G_MAXUINT, G_MAXUINT };
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), pointer);
  g_autoptr (ConfsyncJson) path = confsync_json_new_from_node (node, error);
  g_autoptr (GBytes) path_text = NULL, value_text = NULL, patch_text = NULL;
  GString *text;

  if (path == NULL)
    return NULL;
  path_text = confsync_json_to_compact (path);
  value_text = confsync_json_to_compact (value);
  text = g_string_new ("[{\"op\":\"add\",\"path\":");
  g_string_append_len (text, g_bytes_get_data (path_text, NULL), g_bytes_get_size (path_text));
  g_string_append (text, ",\"value\":");
  g_string_append_len (text, g_bytes_get_data (value_text, NULL), g_bytes_get_size (value_text));
  g_string_append (text, "}]");
  patch_text = g_string_free_to_bytes (text);
  return confsync_json_parse (patch_text, &limits, error);
}

static void
set_value (ConfsyncRequest *self, ConfsyncManager *manager)
{
  GError *error = NULL;
  g_autoptr (ConfsyncJson) patch = make_patch (self->text, self->json, &error);

  if (patch == NULL)
    end (self, error);
  else
    confsync_manager_patch_async (manager, patch, self->cancellable, manager_done_cb, self);
}

static void
add_peer (ConfsyncRequest *self, ConfsyncManager *manager)
{
  GError *error = NULL;

  confsync_node_add_peer (confsync_manager_get_node (manager), self->text, &error);
  end (self, error);
}

static void
add_text (GVariantDict *dict, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, name, "s", text);
}

static GVariant *
describe_peer (ConfsyncPeer *peer)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_text (&dict, "id", confsync_peer_get_id (peer));
  add_text (&dict, "address", confsync_peer_get_address (peer));
  add_text (&dict, "remote", confsync_peer_get_remote (peer));
  g_variant_dict_insert (&dict, "state", "u", confsync_peer_get_state (peer));
  g_variant_dict_insert (&dict, "round-trip", "x", confsync_peer_get_round_trip (peer));
  g_variant_dict_insert (&dict, "clock-ahead", "x", confsync_peer_get_clock_ahead (peer));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_peers (ConfsyncNode *node)
{
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (node);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < peers->len; i++)
    g_variant_builder_add_value (&builder, describe_peer (peers->pdata[i]));
  return g_variant_builder_end (&builder);
}

static void
add_decisions (GVariantDict *dict, ConfsyncManager *manager)
{
  g_variant_dict_insert (dict, "role", "s",
                         confsync_role_to_string (confsync_manager_get_role (manager)));
  g_variant_dict_insert (dict, "n-conflicts", "u", confsync_manager_get_n_conflicts (manager));
  g_variant_dict_insert (dict, "edited-here", "b", confsync_manager_is_edited_here (manager));
}

static GVariant *
describe (ConfsyncManager *manager)
{
  ConfsyncNode *node = confsync_manager_get_node (manager);
  g_auto (GStrv) listeners = confsync_node_list_listeners (node);
  g_autofree char *hash = NULL;
  gint64 last_sync_time;
  GVariantDict dict;

  g_object_get (manager, "hash", &hash, "last-sync-time", &last_sync_time, NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "running", "b", confsync_manager_is_running (manager));
  add_text (&dict, "instance-id", confsync_node_get_instance_id (node));
  add_text (&dict, "hash", hash);
  g_variant_dict_insert (&dict, "last-sync-time", "x", last_sync_time);
  g_variant_dict_insert (&dict, "listeners", "^as", listeners);
  add_decisions (&dict, manager);
  g_variant_dict_insert_value (&dict, "peers", describe_peers (node));
  return g_variant_dict_end (&dict);
}

static void
query_status (ConfsyncRequest *self, ConfsyncManager *manager)
{
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);

  answer->details = g_variant_ref_sink (describe (manager));
  self->done (self, answer, self->done_data);
}

static void
list_conflicts (ConfsyncRequest *self, ConfsyncManager *manager)
{
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);

  answer->conflicts = confsync_manager_list_conflicts (manager);
  self->done (self, answer, self->done_data);
}

static void
resolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);
  g_auto (GStrv) ours_at = NULL;
  g_autofree char *hash = confsync_manager_resolve_finish (CONFSYNC_MANAGER (source), result,
                                                           &ours_at, &answer->error);
  GVariantDict dict;

  if (hash != NULL)
    {
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "hash", "s", hash);
      g_variant_dict_insert (&dict, "ours-at", "^as", ours_at);
      answer->details = g_variant_ref_sink (g_variant_dict_end (&dict));
    }
  self->done (self, answer, self->done_data);
}

/* Takes @details, of an answer that is no error. */
static void
end_with (ConfsyncRequest *self, ConfsyncNotification *answer, GVariantDict *details)
{
  if (answer->error == NULL)
    answer->details = g_variant_ref_sink (g_variant_dict_end (details));
  else
    g_variant_dict_clear (details);
  self->done (self, answer, self->done_data);
}

static void
rolled_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);
  g_autofree char *hash =
    confsync_manager_rollback_finish (CONFSYNC_MANAGER (source), result, &answer->error);
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  add_text (&details, "hash", hash);
  end_with (self, answer, &details);
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);
  gboolean restored = FALSE;
  GVariantDict details;

  confsync_manager_restore_finish (CONFSYNC_MANAGER (source), result, &restored, &answer->error);
  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "restored", "b", restored);
  end_with (self, answer, &details);
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);

  answer->explanation =
    confsync_manager_explain_finish (CONFSYNC_MANAGER (source), result, &answer->error);
  self->done (self, answer, self->done_data);
}

static void
store_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncRequest *self = user_data;
  ConfsyncStore *store = CONFSYNC_STORE (source);
  ConfsyncNotification *answer = confsync_notification_new_answer (self->id, NULL);

  if (self->kind == CONFSYNC_REQUEST_GET_VERSION)
    answer->document = confsync_store_get_version_finish (store, result, &answer->error);
  else
    answer->versions = confsync_store_list_versions_finish (store, result, &answer->error);
  self->done (self, answer, self->done_data);
}

static void
ask_store (ConfsyncRequest *self, ConfsyncManager *manager)
{
  ConfsyncStore *store = confsync_manager_get_store (manager);

  if (store == NULL)
    end (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                            "there are no versions before the manager is started"));
  else if (self->kind == CONFSYNC_REQUEST_GET_VERSION)
    confsync_store_get_version_async (store, self->text, self->cancellable, store_done_cb, self);
  else
    confsync_store_list_versions_async (store, self->cancellable, store_done_cb, self);
}

static void
run_past (ConfsyncRequest *self, ConfsyncManager *manager)
{
  if (self->kind == CONFSYNC_REQUEST_ROLLBACK)
    confsync_manager_rollback_async (manager, self->text, self->flags, self->cancellable,
                                     rolled_back_cb, self);
  else if (self->kind == CONFSYNC_REQUEST_RESTORE)
    confsync_manager_restore_async (manager, self->cancellable, restored_cb, self);
  else
    confsync_manager_explain_async (manager, self->text, self->cancellable, explained_cb, self);
}

static void
end_trial (ConfsyncRequest *self, ConfsyncManager *manager)
{
  GError *error = NULL;

  if (self->kind == CONFSYNC_REQUEST_CONFIRM)
    confsync_manager_confirm (manager, self->text, &error);
  else
    confsync_manager_reject (manager, self->text, self->reason, &error);
  end (self, error);
}

void
confsync_request_run (ConfsyncRequest *self,
                      ConfsyncManager *manager,
                      ConfsyncRequestDoneFunc done,
                      gpointer user_data)
{
  self->done = done;
  self->done_data = user_data;
  switch (self->kind)
    {
    case CONFSYNC_REQUEST_START:
      confsync_manager_start_async (manager, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_STOP:
      confsync_manager_stop_async (manager, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_FORCE_SYNC:
      confsync_manager_force_sync_async (manager, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_SET_DOCUMENT:
      confsync_manager_set_document_async (manager, self->document, self->flags, self->cancellable,
                                           manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_SET_VALUE:
      set_value (self, manager);
      break;
    case CONFSYNC_REQUEST_PATCH:
      confsync_manager_patch_async (manager, self->json, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_ADD_PEER:
      add_peer (self, manager);
      break;
    case CONFSYNC_REQUEST_STATUS:
      query_status (self, manager);
      break;
    case CONFSYNC_REQUEST_LIST_VERSIONS:
    case CONFSYNC_REQUEST_GET_VERSION:
      ask_store (self, manager);
      break;
    case CONFSYNC_REQUEST_LIST_CONFLICTS:
      list_conflicts (self, manager);
      break;
    case CONFSYNC_REQUEST_RESOLVE:
      confsync_manager_resolve_async (manager, self->text, self->choice, self->json, self->flags,
                                      self->cancellable, resolved_cb, self);
      break;
    case CONFSYNC_REQUEST_REVERT_LOCAL:
      confsync_manager_revert_local_async (manager, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_RESET_CLOCK:
      confsync_manager_reset_clock_async (manager, self->cancellable, manager_done_cb, self);
      break;
    case CONFSYNC_REQUEST_ROLLBACK:
    case CONFSYNC_REQUEST_RESTORE:
    case CONFSYNC_REQUEST_EXPLAIN:
      run_past (self, manager);
      break;
    case CONFSYNC_REQUEST_CONFIRM:
    case CONFSYNC_REQUEST_REJECT:
      end_trial (self, manager);
      break;
    default:
      g_return_if_reached ();
    }
}

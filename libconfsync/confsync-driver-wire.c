/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver's side of the wire: messages made of revisions, and revisions made of messages.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"
#include "confsync-store-private.h"
#include "confsync-tape-private.h"
#include "confsync-update-private.h"

/* Below this, a patch saves nothing worth its making. */
#define PATCH_MIN_BYTES 4096

static ConfsyncMessage *
update_new (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  ConfsyncMessage *message = confsync_update_new (revision);

  message->timestamp = confsync_driver_get_time (self);
  message->instance_id = g_strdup (confsync_node_get_instance_id (self->node));
  message->document = g_strdup (self->name);
  return message;
}

static GBytes *
encode_whole (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  g_autoptr (ConfsyncMessage) message = NULL;

  if (self->encoded_revision == revision)
    return g_bytes_ref (self->encoded);

  message = update_new (self, revision);
  confsync_update_set_whole (message, revision);
  g_clear_pointer (&self->encoded_revision, confsync_revision_unref);
  g_clear_pointer (&self->encoded, g_bytes_unref);
  self->encoded_revision = confsync_revision_ref (revision);
  self->encoded = confsync_message_encode (message);
  return g_bytes_ref (self->encoded);
}

/* Where the other end holds what the revision was made from, what changed is enough. */
static GBytes *
encode_patch (ConfsyncDriver *self, const char *link, ConfsyncRevision *revision)
{
  gsize size = confsync_document_get_size (confsync_revision_get_document (revision));
  g_autoptr (ConfsyncMessage) message = NULL;
  g_autoptr (GBytes) text = NULL;

  if (size < PATCH_MIN_BYTES || !confsync_node_link_can (self->node, link, "patch"))
    return NULL;
  message = update_new (self, revision);
  if (!confsync_update_set_patch (message, self->replica, link, revision))
    return NULL;
  text = confsync_message_encode (message);
  return g_bytes_get_size (text) < size / 2 ? g_steal_pointer (&text) : NULL;
}

void
confsync_driver_send_update (ConfsyncDriver *self, const char *link, ConfsyncRevision *revision)
{
  g_autoptr (GBytes) text = encode_patch (self, link, revision);

  if (text == NULL)
    text = encode_whole (self, revision);
  confsync_node_send_update (self->node, link, text);
}

void
confsync_driver_send_heads (ConfsyncDriver *self, const char *link)
{
  ConfsyncRevision *head = confsync_replica_get_told_head (self->replica, link);
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_HEADS);

  message->heads = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_head_free);
  g_ptr_array_add (message->heads,
                   confsync_head_new (self->name,
                                      head != NULL ? confsync_revision_get_stamp (head) : NULL,
                                      head != NULL ? confsync_revision_get_hash (head) : NULL));
  confsync_node_send (self->node, link, message);
}

void
confsync_driver_send_request (ConfsyncDriver *self, const char *link, gboolean whole)
{
  ConfsyncRevision *head = whole ? NULL : confsync_replica_get_told_head (self->replica, link);
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_REQUEST);

  message->document = g_strdup (self->name);
  message->have = head != NULL ? g_strdup (confsync_revision_get_hash (head)) : NULL;
  confsync_node_send (self->node, link, message);
}

void
confsync_driver_send_ack (ConfsyncDriver *self,
                          const char *link,
                          ConfsyncStamp *for_stamp,
                          const char *for_hash,
                          ConfsyncOutcome outcome,
                          const char *reason)
{
  ConfsyncRevision *head = confsync_replica_get_told_head (self->replica, link);
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_ACK);

  message->document = g_strdup (self->name);
  message->for_stamp = confsync_stamp_ref (for_stamp);
  message->for_hash = g_strdup (for_hash);
  message->outcome = outcome;
  message->reason = g_strdup (reason);
  if (head != NULL)
    {
      message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (head));
      message->config_hash = g_strdup (confsync_revision_get_hash (head));
    }
  confsync_node_send (self->node, link, message);
}

/* What comes over the links */

static void
node_link_up (gpointer data, const char *link, gboolean leaf)
{
  ConfsyncDriver *self = data;
  gboolean legacy = confsync_node_link_is_legacy (self->node, link);
  ConfsyncDriverLink *record;

  /* the legacy protocol has no place for a document's name */
  if (legacy && *self->name != '\0')
    return;
  record = confsync_driver_link_new ();
  record->legacy = legacy;
  g_hash_table_insert (self->links, g_strdup (link), record);
  if (legacy)
    confsync_replica_legacy_up (self->replica, confsync_driver_get_time (self), link, leaf);
  else
    confsync_replica_link_up (self->replica, confsync_driver_get_time (self), link, leaf);
  confsync_driver_run_actions (self);
}

static void
node_link_settled (gpointer data, const char *link)
{
  ConfsyncDriver *self = data;
  ConfsyncDriverLink *record = confsync_driver_get_link (self, link);

  if (record == NULL)
    return;
  record->settled = TRUE;
  confsync_driver_check_syncs (self);
  confsync_driver_emit_status_changed (self);
}

static void
node_link_down (gpointer data, const char *link)
{
  ConfsyncDriver *self = data;

  g_hash_table_remove (self->links, link);
  confsync_replica_link_down (self->replica, link);
  confsync_driver_run_actions (self);
}

static gboolean
is_within (guint64 value, guint64 limit, const char *what, GError **error)
{
  if (value <= limit)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "a configuration of %" G_GUINT64_FORMAT " %s; the limit here is %" G_GUINT64_FORMAT,
               value, what, limit);
  return FALSE;
}

static guint
count_values (ConfsyncCursor root)
{
  guint values = 0;

  for (guint32 i = root.at; i < confsync_cursor_after (root).at; i++)
    values += root.tape->cells[i].kind != CONFSYNC_CELL_NAME;
  return values;
}

gboolean
confsync_driver_check_limits (ConfsyncDriver *self, ConfsyncDocument *document, GError **error)
{
  ConfsyncCursor root = confsync_json_get_cursor (confsync_document_get_json (document));

  return is_within (confsync_document_get_size (document), self->limits.max_bytes, "bytes",
                    error) &&
         is_within (confsync_cursor_cell (root)->height, self->limits.max_depth, "levels", error) &&
         is_within (count_values (root), self->limits.max_values, "values", error);
}

/* What can't be taken here is answered for once, and never asked for again. */
static void
refuse (ConfsyncDriver *self, const char *link, ConfsyncMessage *message, const GError *error)
{
  confsync_replica_refused (self->replica, link, message->stamp, message->config_hash);
  confsync_driver_send_ack (self, link, message->stamp, message->config_hash,
                            CONFSYNC_OUTCOME_REFUSED, error->message);
  confsync_reporter_refused (self->reporter, confsync_node_get_link_peer (self->node, link),
                             error->message);
}

static void
take_update (ConfsyncDriver *self, const char *link, ConfsyncMessage *message)
{
  ConfsyncDriverLink *record = confsync_driver_get_link (self, link);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document = confsync_update_read (message, self->replica);
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (record != NULL)
    record->received = confsync_driver_get_monotonic (self);
  if (document != NULL)
    confsync_driver_check_limits (self, document, &error);
  if (error != NULL)
    refuse (self, link, message, error);
  else if (document == NULL)
    confsync_driver_send_request (self, link, TRUE);
  else
    {
      revision = confsync_revision_new_open (document, message->stamp, message->conflicts);
      confsync_replica_received (self->replica, confsync_driver_get_time (self), link, revision);
    }
}

static void
node_incoming (gpointer data)
{
  ConfsyncDriver *self = data;

  if (self->running)
    confsync_store_expect_save (self->store);
}

static void
node_message (gpointer data, const char *link, ConfsyncMessage *message)
{
  ConfsyncDriver *self = data;
  ConfsyncDriverLink *record = confsync_driver_get_link (self, link);

  if (record == NULL)
    return;
  if (record->legacy)
    {
      confsync_driver_take_legacy (self, link, message);
      return;
    }
  record->speaks = TRUE;
  if (confsync_driver_take_base_message (self, link, message))
    {
      confsync_driver_run_actions (self);
      return;
    }
  switch (message->type)
    {
    case CONFSYNC_MESSAGE_UPDATE:
    case CONFSYNC_MESSAGE_RESPONSE:
      take_update (self, link, message);
      break;
    case CONFSYNC_MESSAGE_HEADS:
      confsync_replica_got_heads (self->replica, confsync_driver_get_time (self), link,
                                  message->stamp, message->config_hash);
      break;
    case CONFSYNC_MESSAGE_REQUEST:
      confsync_replica_got_request (self->replica, confsync_driver_get_time (self), link,
                                    message->have);
      break;
    case CONFSYNC_MESSAGE_ACK:
      confsync_replica_got_ack (self->replica, confsync_driver_get_time (self), link, message);
      break;
    case CONFSYNC_MESSAGE_HELLO:
    case CONFSYNC_MESSAGE_AUTH:
    case CONFSYNC_MESSAGE_HEARTBEAT:
    case CONFSYNC_MESSAGE_ERROR:
    default:
      break;
    }
  confsync_driver_run_actions (self);
}

static void
node_differs (gpointer data, const char *link)
{
  confsync_driver_send_heads (data, link);
}

static gboolean
node_is_same (gpointer data, const char *link)
{
  ConfsyncDriver *self = data;
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  return g_strcmp0 (confsync_replica_get_link_hash (self->replica, link),
                    head != NULL ? confsync_revision_get_hash (head) : NULL) == 0;
}

static ConfsyncHead *
node_get_head (gpointer data)
{
  ConfsyncDriver *self = data;
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  return confsync_head_new (self->name, head != NULL ? confsync_revision_get_stamp (head) : NULL,
                            head != NULL ? confsync_revision_get_hash (head) : NULL);
}

static void
node_tick (gpointer data)
{
  ConfsyncDriver *self = data;

  if (self->watcher != NULL)
    confsync_watcher_check (self->watcher);
  confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
}

static gboolean
node_is_degraded (gpointer data)
{
  return confsync_driver_get_degraded (data) != NULL;
}

const ConfsyncNodeDocument confsync_driver_node_functions = {
  .link_up = node_link_up,
  .link_settled = node_link_settled,
  .link_down = node_link_down,
  .incoming = node_incoming,
  .message = node_message,
  .differs = node_differs,
  .is_same = node_is_same,
  .get_head = node_get_head,
  .tick = node_tick,
  .is_degraded = node_is_degraded,
};

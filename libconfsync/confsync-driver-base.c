/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides of a conflict were both made from: looked up among the versions, and asked of and
 * told to peers.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-bases-private.h"
#include "confsync-error.h"

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call () */
  char *link;             /* (owned) (nullable) */
  ConfsyncStamp *stamps[2];
  ConfsyncRevision *local;  /* (owned) (nullable) */
  ConfsyncRevision *remote; /* (owned) (nullable) */
  GPtrArray *wanted;        /* of ConfsyncVersion: still to be read; the next one is the last */
  GPtrArray *found;         /* of ConfsyncRevision */
} Search;

static void
search_free (Search *search)
{
  g_free (search->link);
  confsync_stamp_unref (search->stamps[0]);
  confsync_stamp_unref (search->stamps[1]);
  g_clear_pointer (&search->local, confsync_revision_unref);
  g_clear_pointer (&search->remote, confsync_revision_unref);
  g_ptr_array_unref (search->wanted);
  g_ptr_array_unref (search->found);
  g_free (search);
}

static void
end_search (Search *search)
{
  ConfsyncDriver *self = search->driver;

  if (self->running)
    {
      confsync_replica_base_found (self->replica, confsync_driver_get_time (self), search->link,
                                   search->stamps[0], search->stamps[1], search->local,
                                   search->remote, search->found);
      confsync_driver_run_actions (self);
    }
  search_free (search);
  confsync_driver_end_call (self);
}

static void read_next (Search *search);

static void
document_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Search *search = user_data;
  guint last = search->wanted->len - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  if (document != NULL)
    g_ptr_array_add (
      search->found,
      confsync_revision_new (document, confsync_version_get_stamp (search->wanted->pdata[last])));
  /* retention may have been quicker */
  else if (!g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    confsync_reporter_failed (search->driver->reporter, "read a version to merge with",
                              error->message);
  g_ptr_array_remove_index (search->wanted, last);
  read_next (search);
}

static void
read_next (Search *search)
{
  guint left = search->wanted->len;

  if (left > 0 && search->driver->running)
    confsync_store_get_version_async (search->driver->store,
                                      confsync_version_get_name (search->wanted->pdata[left - 1]),
                                      NULL, document_cb, search);
  else
    end_search (search);
}

/* Those of all versions that are of use, the strongest last. */
static void
choose (Search *search, GPtrArray *versions)
{
  g_autofree ConfsyncBaseName *names = g_new (ConfsyncBaseName, versions->len);
  g_autoptr (GArray) numbers = NULL;

  for (guint i = 0; i < versions->len; i++)
    names[i] = (ConfsyncBaseName){ confsync_version_get_stamp (versions->pdata[i]),
                                   confsync_version_get_hash (versions->pdata[i]) };
  numbers =
    confsync_bases_select (names, versions->len, search->stamps[0], search->stamps[1]);
  for (guint i = numbers->len; i-- > 0;)
    g_ptr_array_add (search->wanted, confsync_version_ref (
                                       versions->pdata[g_array_index (numbers, guint, i)]));
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Search *search = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);

  if (versions == NULL)
    confsync_reporter_failed (search->driver->reporter, "look for a version to merge with",
                              error->message);
  else
    choose (search, versions);
  read_next (search);
}

void
confsync_driver_find_base (ConfsyncDriver *self, ConfsyncAction *action)
{
  Search *search = g_new0 (Search, 1);

  /* what waits to be kept may be what is looked for */
  confsync_driver_write_out (self);
  search->driver = confsync_driver_begin_call (self);
  search->link = g_strdup (action->link);
  for (guint i = 0; i < 2; i++)
    search->stamps[i] = confsync_stamp_ref (action->stamps[i]);
  search->local = action->other != NULL ? confsync_revision_ref (action->other) : NULL;
  search->remote = action->revision != NULL ? confsync_revision_ref (action->revision) : NULL;
  search->wanted = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_version_unref);
  search->found = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  confsync_store_list_versions_async (self->store, NULL, list_cb, search);
}

static ConfsyncMessage *
message_about (ConfsyncDriver *self, ConfsyncMessageType type, ConfsyncAction *action)
{
  ConfsyncMessage *message = confsync_message_new (type);

  message->document = g_strdup (self->name);
  for (guint i = 0; i < 2; i++)
    message->base_for[i] = confsync_stamp_ref (action->stamps[i]);
  return message;
}

void
confsync_driver_send_base_request (ConfsyncDriver *self, ConfsyncAction *action)
{
  g_autoptr (ConfsyncMessage) message = message_about (self, CONFSYNC_MESSAGE_REQUEST, action);

  confsync_node_send (self->node, action->link, message);
}

void
confsync_driver_send_base (ConfsyncDriver *self, ConfsyncAction *action)
{
  g_autoptr (ConfsyncMessage) message = message_about (self, CONFSYNC_MESSAGE_RESPONSE, action);

  message->is_base = TRUE;
  message->more = action->count;
  if (action->revision != NULL)
    {
      message->config_hash = g_strdup (confsync_revision_get_hash (action->revision));
      message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (action->revision));
      message->data = confsync_document_ref (confsync_revision_get_document (action->revision));
    }
  confsync_node_send (self->node, action->link, message);
}

gboolean
confsync_driver_take_base_message (ConfsyncDriver *self, const char *link, ConfsyncMessage *message)
{
  g_autoptr (ConfsyncRevision) base = NULL;
  gint64 now = confsync_driver_get_time (self);

  if (message->base_for[0] == NULL)
    return FALSE;
  if (message->type == CONFSYNC_MESSAGE_REQUEST)
    {
      confsync_replica_got_base_request (self->replica, now, link, message->base_for[0],
                                         message->base_for[1]);
      return TRUE;
    }
  if (message->data != NULL && confsync_driver_check_limits (self, message->data, NULL))
    base = confsync_revision_new (message->data, message->stamp);
  confsync_replica_got_base (self->replica, now, link, message->base_for[0], message->base_for[1],
                             base, message->more);
  return TRUE;
}

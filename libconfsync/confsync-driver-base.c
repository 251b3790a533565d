/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides of a conflict were both made from: looked up among the versions, and asked of and
 * told to peers.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"
#include "confsync-revision-private.h"

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call () */
  char *link;             /* (owned) (nullable) */
  ConfsyncStamp *stamps[2];
  ConfsyncRevision *local;  /* (owned) (nullable) */
  ConfsyncRevision *remote; /* (owned) (nullable) */
  ConfsyncVersion *found;   /* (owned) (nullable) */
} Search;

static void
search_free (Search *search)
{
  g_free (search->link);
  confsync_stamp_unref (search->stamps[0]);
  confsync_stamp_unref (search->stamps[1]);
  g_clear_pointer (&search->local, confsync_revision_unref);
  g_clear_pointer (&search->remote, confsync_revision_unref);
  g_clear_pointer (&search->found, confsync_version_unref);
  g_free (search);
}

/* Ends the search; @document (nullable) is what was found. */
static void
end_search (Search *search, ConfsyncDocument *document)
{
  ConfsyncDriver *self = search->driver;
  g_autoptr (ConfsyncRevision) base = NULL;

  if (document != NULL)
    base = confsync_revision_new (document, confsync_version_get_stamp (search->found));
  if (self->running)
    {
      confsync_replica_base_found (self->replica, confsync_driver_get_time (self), search->link,
                                   search->stamps[0], search->stamps[1], search->local,
                                   search->remote, base);
      confsync_driver_run_actions (self);
    }
  search_free (search);
  confsync_driver_end_call (self);
}

static gboolean
is_within (ConfsyncStamp *stamp, ConfsyncStamp *other)
{
  ConfsyncOrder order = confsync_stamp_compare (stamp, other);

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

/* Whether it is a common predecessor, and a greater one than what was found so far. */
static gboolean
is_better (Search *search, ConfsyncVersion *version)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version), *best;

  if (stamp == NULL || !is_within (stamp, search->stamps[0]) ||
      !is_within (stamp, search->stamps[1]))
    return FALSE;
  if (search->found == NULL)
    return TRUE;
  best = confsync_version_get_stamp (search->found);
  return is_within (best, stamp) ||
         (!is_within (stamp, best) && confsync_stamp_compare_total (stamp, best) > 0);
}

static void
document_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Search *search = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  /* retention may have been quicker */
  if (document == NULL && !g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    confsync_reporter_failed (search->driver->reporter, "read a version to merge with",
                              error->message);
  end_search (search, document);
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
  for (guint i = 0; versions != NULL && i < versions->len; i++)
    if (is_better (search, versions->pdata[i]))
      {
        g_clear_pointer (&search->found, confsync_version_unref);
        search->found = confsync_version_ref (versions->pdata[i]);
      }
  if (search->found != NULL && search->driver->running)
    confsync_store_get_version_async (CONFSYNC_STORE (source),
                                      confsync_version_get_name (search->found), NULL, document_cb,
                                      search);
  else
    end_search (search, NULL);
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
                             base);
  return TRUE;
}

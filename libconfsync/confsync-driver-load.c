/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A driver's look at the live configuration: when it is read, and what of it is of use.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"
#include "confsync-store-private.h"

/* An editor may be half way: what is of no use, or not there, counts as such after so long. */
#define QUIET_MS 1000

void
confsync_driver_cancel_later (ConfsyncDriver *self)
{
  if (self->later == NULL)
    return;
  g_source_destroy (self->later);
  g_clear_pointer (&self->later, g_source_unref);
}

static gboolean
later_cb (gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  confsync_driver_cancel_later (self);
  confsync_driver_load (self);
  return G_SOURCE_REMOVE;
}

static void
load_later (ConfsyncDriver *self, guint delay_ms)
{
  confsync_driver_cancel_later (self);
  self->later = confsync_clock_add_once (confsync_node_get_clock (self->node), delay_ms, later_cb,
                                         self, NULL);
}

void
confsync_driver_load_soon (ConfsyncDriver *self)
{
  if (self->running)
    load_later (self, 1);
}

/* Half a file, or none for a moment, is nothing unusual while somebody saves it, so a second look
 * decides. */
static gboolean
wait_for_quiet (ConfsyncDriver *self)
{
  gint64 now = confsync_driver_get_monotonic (self), left;

  if (self->starting != NULL)
    return FALSE;
  if (self->bad_since < 0)
    self->bad_since = now;
  left = self->bad_since + QUIET_MS * G_TIME_SPAN_MILLISECOND - now;
  if (left > 0)
    load_later (self, left / G_TIME_SPAN_MILLISECOND + 1);
  return left > 0;
}

void
confsync_driver_take_nothing (ConfsyncDriver *self, gboolean file_is_there)
{
  const char *what = file_is_there ? "is empty" : "is missing";
  gboolean configured = confsync_replica_get_head (self->replica) != NULL;
  g_autofree char *reason =
    configured ? g_strdup_printf ("%s %s, which is taken for a mistake: nothing is sent, and the "
                                  "others keep what they have; save the file again to go on",
                                  self->path, what)
               : g_strdup_printf ("waiting for %s, or for a peer that has it", self->path);

  if (wait_for_quiet (self))
    return;
  confsync_reporter_waiting (self->reporter, self->path, reason, configured);
  confsync_driver_emit_status_changed (self);
}

void
confsync_driver_take_invalid (ConfsyncDriver *self, const GError *error)
{
  if (wait_for_quiet (self))
    return;
  if (error->domain == CONFSYNC_ERROR)
    confsync_reporter_invalid (self->reporter, error->message);
  else
    confsync_reporter_unreadable (self->reporter, error->message);
  confsync_driver_emit_status_changed (self);
}

gboolean
confsync_driver_is_usable (ConfsyncDriver *self, ConfsyncDocument *document)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  return document != NULL &&
         (!confsync_document_is_empty (document) ||
          (head != NULL &&
           confsync_document_is_empty (confsync_revision_get_document (head))));
}

/* A text may be larger than what it says; what goes to others has to fit. */
gboolean
confsync_driver_check_loaded (ConfsyncDriver *self, ConfsyncDocument *document, GError **error)
{
  if (document == NULL || confsync_driver_check_limits (self, document, error))
    return TRUE;
  g_prefix_error (error, "%s: ", self->path);
  return FALSE;
}

/* @document is nullable, and counts only without @error (nullable). */
static void
take_loaded (ConfsyncDriver *self, ConfsyncDocument *document, gint64 modified, const GError *error)
{
  g_autoptr (GError) too_large = NULL;

  if (error != NULL || !confsync_driver_check_loaded (self, document, &too_large))
    confsync_driver_take_invalid (self, error != NULL ? error : too_large);
  else if (!confsync_driver_is_usable (self, document))
    confsync_driver_take_nothing (self, modified > 0);
  else
    {
      self->bad_since = -1;
      confsync_driver_take_edit (self, document);
    }
  /* what stood in the way of an apply may be gone */
  if (error == NULL)
    confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_check_local (self);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  self->loading = FALSE;
  confsync_store_load_finish (CONFSYNC_STORE (source), result, &document, NULL, &modified, &error);
  take_loaded (self, document, modified, error);
  if (self->load_again && self->running)
    confsync_driver_load (self);
  confsync_driver_end_call (self);
}

void
confsync_driver_load (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncDriver) keep = g_object_ref (self); /* who hears of it may let go */
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;
  guint wait;

  /* a start reads it, and looks again at its end: before, nobody knows what an edit is made on */
  self->load_again = self->loading || self->starting != NULL;
  if (self->load_again || !self->running)
    return;
  if (self->asking > 0)
    {
      confsync_store_glimpse (self->store, TRUE);
      self->ask_again = TRUE;
      return;
    }

  wait = confsync_token_bucket_take (&self->loads, confsync_driver_get_monotonic (self));
  if (wait > 0)
    {
      load_later (self, wait);
      return;
    }
  if (confsync_store_load_at_hand (self->store, &document, &modified, &error))
    {
      take_loaded (self, document, modified, error);
      return;
    }
  self->loading = TRUE;
  confsync_store_load_async (self->store, NULL, loaded_cb, confsync_driver_begin_call (self));
}

void
confsync_driver_watcher_changed_cb (ConfsyncWatcher *watcher, gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  self->bad_since = -1;
  confsync_driver_cancel_later (self);
  confsync_store_glimpse (self->store, FALSE);
  confsync_driver_load (self);
}

void
confsync_driver_store_displaced_cb (ConfsyncStore *store,
                                    ConfsyncDocument *document,
                                    gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  if (!self->running || confsync_document_is_empty (document))
    return;
  if (self->starting != NULL)
    {
      g_ptr_array_add (self->displaced, confsync_document_ref (document));
      return;
    }
  confsync_driver_take_displaced (self, document);
  confsync_driver_run_actions (self);
}

void
confsync_driver_store_notice_cb (ConfsyncStore *store, const char *message, gpointer user_data)
{
  ConfsyncDriver *self = user_data;

  confsync_reporter_notice (self->reporter, CONFSYNC_LEVEL_WARNING, message);
}

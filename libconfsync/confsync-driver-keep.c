/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a driver writes for later: versions, acknowledgements, the state. Instances often share a
 * disk, and a disk makes one thing durable after the other; so while a revision is on its way,
 * these writes wait for the first answer, within bounds. They never wait when an apply is next.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

/* Less than the quiet moment (50 ms) after which a content has to be in some history. */
#define WRITE_OUT_DELAY_MS 20

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call (), once it is asked for */
  ConfsyncRevision *revision;
  ConfsyncCause cause;
} Keeping;

static void
keeping_free (Keeping *keeping)
{
  confsync_revision_unref (keeping->revision);
  g_free (keeping);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Keeping *keeping = user_data;
  ConfsyncDriver *self = keeping->driver;
  g_autoptr (GError) error = NULL;
  g_autofree char *version =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, &error);

  confsync_reporter_outcome (self->reporter, "keep a version", error);
  confsync_reporter_kept (self->reporter, keeping->revision, version);
  confsync_driver_count_later (self);
  keeping_free (keeping);
  confsync_driver_end_call (self);
}

static void
write_version (ConfsyncDriver *self, Keeping *keeping)
{
  keeping->driver = confsync_driver_begin_call (self);
  confsync_store_save_version_async (self->store, keeping->revision, keeping->cause, NULL, kept_cb,
                                     keeping);
}

static void write_state (ConfsyncDriver *self);

static void
state_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GError) error = NULL;

  confsync_store_save_state_finish (CONFSYNC_STORE (source), result, &error);
  confsync_reporter_outcome (self->reporter, "save the state", error);
  self->persisting = FALSE;
  if (self->persist_again)
    write_state (self);
  confsync_driver_end_call (self);
}

static void
write_state (ConfsyncDriver *self)
{
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncDocument) state = NULL;

  self->persist_again = self->persisting;
  if (self->persisting)
    return;

  builder = confsync_json_builder_new (NULL);
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "instance_id");
  confsync_json_builder_string (builder, confsync_node_get_instance_id (self->node));
  confsync_driver_save_trials (self, builder);
  confsync_replica_save (self->replica, builder);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  state = confsync_document_new_from_json (json, NULL);

  self->persisting = TRUE;
  confsync_store_save_state_async (self->store, state, NULL, state_saved_cb,
                                   confsync_driver_begin_call (self));
}

static void
stop_waiting (ConfsyncDriver *self)
{
  if (self->write_out != NULL)
    g_source_destroy (self->write_out);
  g_clear_pointer (&self->write_out, g_source_unref);
  self->sent = FALSE;
}

void
confsync_driver_write_out (ConfsyncDriver *self)
{
  Keeping *keeping;

  stop_waiting (self);
  while ((keeping = g_queue_pop_head (&self->unwritten)) != NULL)
    write_version (self, keeping);
  if (self->unsaved)
    write_state (self);
  self->unsaved = FALSE;
}

void
confsync_driver_drop_unwritten (ConfsyncDriver *self)
{
  stop_waiting (self);
  g_queue_clear_full (&self->unwritten, (GDestroyNotify) keeping_free);
}

static gboolean
write_out_cb (gpointer user_data)
{
  confsync_driver_write_out (user_data);
  return G_SOURCE_REMOVE;
}

static void
write_out_soon (ConfsyncDriver *self)
{
  if (!self->sent || !self->running)
    confsync_driver_write_out (self);
  else if (self->write_out == NULL)
    self->write_out = confsync_clock_add_once (confsync_node_get_clock (self->node),
                                               WRITE_OUT_DELAY_MS, write_out_cb, self, NULL);
}

void
confsync_driver_keep (ConfsyncDriver *self, ConfsyncRevision *revision, ConfsyncCause cause)
{
  Keeping *keeping = g_new0 (Keeping, 1);

  keeping->revision = confsync_revision_ref (revision);
  keeping->cause = cause;
  confsync_reporter_keeping (self->reporter, revision);
  g_queue_push_tail (&self->unwritten, keeping);
  write_out_soon (self);
}

void
confsync_driver_persist (ConfsyncDriver *self)
{
  self->unsaved = TRUE;
  write_out_soon (self);
}

static void
acknowledged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (GError) error = NULL;

  confsync_store_acknowledge_finish (CONFSYNC_STORE (source), result, &error);
  confsync_reporter_outcome (self->reporter, "note an acknowledgement", error);
  confsync_driver_end_call (self);
}

/* Whether anybody holds it is what matters, so the first one is enough. */
void
confsync_driver_note_acknowledged (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  confsync_driver_write_out (self);
  if (self->acknowledged == revision)
    return;
  g_clear_pointer (&self->acknowledged, confsync_revision_unref);
  self->acknowledged = confsync_revision_ref (revision);
  confsync_store_acknowledge_async (self->store, revision, NULL, acknowledged_cb,
                                    confsync_driver_begin_call (self));
}

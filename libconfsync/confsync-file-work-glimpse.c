/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the live file held while the worker was busy, and holds no more: it becomes a version. It is
 * no edit to tell others of, since who made it has replaced it already.
 */

#include "config.h"

#include "confsync-file-work-inside-private.h"

#include "confsync-file-sync-private.h"

/* What is still there is loaded by whoever asked for that; what came out of an exchange is told of
 * by that. Only what an editor took away itself is in nobody's hands. */
static void
judge (ConfsyncFileWork *self, ConfsyncGlimpse *glimpse, const ConfsyncFileSettings *settings)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  const char *hash;

  if (!self->swept || self->lock == NULL || self->closed ||
      confsync_glimpse_is_there (glimpse, self->path) || confsync_file_is_blank (glimpse->text))
    return;
  document = confsync_file_parse (glimpse->text, self->path, &settings->limits, NULL);
  if (document == NULL || confsync_document_is_empty (document))
    return;
  hash = confsync_document_get_hash (document);
  if (confsync_glimpser_knows (self->glimpser, hash) ||
      confsync_history_knows (self->history, hash))
    return;
  if (!confsync_history_keep_passed (self->history, document, g_get_real_time (),
                                     &settings->retention, &error))
    confsync_file_report_notice (&self->report, "what was in %s for a moment is lost: %s",
                                 self->path, error->message);
}

typedef struct
{
  ConfsyncFileWork *work;   /* (owned) */
  ConfsyncGlimpse *glimpse; /* (owned) */
  ConfsyncFileSettings settings;
} Glimpsed;

static void
glimpsed_free (gpointer data)
{
  Glimpsed *self = data;

  confsync_glimpse_free (self->glimpse);
  confsync_file_work_unref (self->work);
  g_free (self);
}

static void
glimpse_thread (gpointer data)
{
  Glimpsed *glimpsed = data;

  confsync_file_sync_enable (!glimpsed->settings.fast);
  confsync_live_file_stand_down (glimpsed->work->live);
  judge (glimpsed->work, glimpsed->glimpse, &glimpsed->settings);
  confsync_file_work_done (glimpsed->work);
}

static gpointer
hold (gpointer self)
{
  return g_atomic_rc_box_acquire (self);
}

static gboolean
is_busy (gpointer self)
{
  return g_atomic_int_get (&((ConfsyncFileWork *) self)->pushed) > 0;
}

static void
take (gpointer data, ConfsyncGlimpse *glimpse)
{
  ConfsyncFileWork *self = data;
  Glimpsed *glimpsed = g_new (Glimpsed, 1);

  glimpsed->work = g_atomic_rc_box_acquire (self);
  glimpsed->glimpse = glimpse;
  glimpsed->settings = self->glimpse_settings;
  confsync_file_work_run (self, glimpse_thread, glimpsed, glimpsed_free);
}

const ConfsyncGlimpseOwner confsync_file_work_glimpse_owner = {
  .hold = hold,
  .let_go = confsync_file_work_unref,
  .is_busy = is_busy,
  .take = take,
};

void
confsync_file_work_glimpse (ConfsyncFileWork *self,
                            const ConfsyncFileSettings *settings,
                            gboolean anyway)
{
  self->glimpse_settings = *settings;
  confsync_glimpser_changed (self->glimpser, anyway);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver's side of conflicts: puts the question to the resolver, and the answer to the replica.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

typedef struct
{
  ConfsyncDriver *driver; /* (owned) */
  char *link;             /* (owned) (nullable) */
  gboolean answered;
} Question;

static void
question_clear (Question *question)
{
  g_object_unref (question->driver);
  g_free (question->link);
}

static void
question_unref (Question *question)
{
  g_rc_box_release_full (question, (GDestroyNotify) question_clear);
}

static const char *
author_of (ConfsyncConflict *conflict)
{
  return confsync_stamp_get_author (
    confsync_revision_get_stamp (confsync_conflict_get_remote (conflict)));
}

/* Two contents that are within the limits and acceptable may not be so together. Everybody who has
 * the same limits and rules comes to the same side then. @remark holds what is said of it. */
static void
check_merged (ConfsyncDriver *self,
              ConfsyncConflict *conflict,
              ConfsyncResolution *resolution,
              char **remark)
{
  g_autoptr (GError) error = NULL;

  if (resolution->answer != CONFSYNC_ANSWER_MERGED)
    return;
  if (!confsync_driver_check_limits (self, resolution->merged, &error))
    *remark = g_strdup_printf ("merged, it would be %s; the later edit stands", error->message);
  else if (!confsync_driver_validate_shared (self, resolution->merged, author_of (conflict),
                                             &error))
    *remark = g_strdup_printf ("merged, it would be refused: %s; the later edit stands",
                               error->message);
  else
    return;
  resolution->answer = confsync_revision_compare (confsync_conflict_get_local (conflict),
                                                  confsync_conflict_get_remote (conflict)) >= 0
                         ? CONFSYNC_ANSWER_LOCAL
                         : CONFSYNC_ANSWER_REMOTE;
  resolution->merged = NULL;
  resolution->overruled = resolution->open = resolution->open_reasons = NULL;
  resolution->remark = *remark;
}

static void
answered_cb (ConfsyncConflict *conflict,
             ConfsyncAnswer answer,
             ConfsyncDocument *merged,
             const char *reason,
             gpointer user_data)
{
  Question *question = user_data;
  ConfsyncDriver *self = question->driver;
  g_autofree char *remark = NULL;
  ConfsyncResolution resolution =
    confsync_resolution_of (conflict, answer, merged, reason);

  question->answered = TRUE;
  if (self->running)
    check_merged (self, conflict, &resolution, &remark);
  if (!self->running)
    return;
  confsync_replica_resolved (self->replica, confsync_driver_get_time (self), question->link,
                             confsync_conflict_get_local (conflict),
                             confsync_conflict_get_remote (conflict),
                             confsync_conflict_get_base (conflict), &resolution);
  confsync_driver_run_actions (self);
}

void
confsync_driver_resolve (ConfsyncDriver *self, ConfsyncAction *action)
{
  const ConfsyncResolution later = { .answer = CONFSYNC_ANSWER_DECLINED,
                                     .reason = "waits for a decision" };
  Question *question = g_rc_box_new0 (Question);
  g_autoptr (ConfsyncConflict) conflict = NULL;

  question->driver = g_object_ref (self);
  question->link = g_strdup (action->link);
  conflict = confsync_conflict_new (action->base, action->other, action->revision, answered_cb,
                                    g_rc_box_acquire (question), (GDestroyNotify) question_unref);
  confsync_resolver_resolve (self->resolver, conflict);
  /* one that nobody kept declines now; one that somebody thinks about is held back until then */
  g_clear_pointer (&conflict, confsync_conflict_unref);
  if (!question->answered)
    confsync_replica_resolved (self->replica, confsync_driver_get_time (self), action->link,
                               action->other, action->revision, action->base, &later);
  question_unref (question);
}

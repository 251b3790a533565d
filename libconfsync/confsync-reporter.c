/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Events from reports. Never a value of the configuration: only where it changed.
 */

#include "config.h"

#include "confsync-reporter-inside-private.h"

/* An event that is not out yet. */
typedef struct
{
  ConfsyncLevel level;
  const char *kind;
  GVariantDict *details;     /* (owned) */
  ConfsyncRevision *waiting; /* (owned) (nullable): its version has no name yet */
} Pending;

static void
pending_free (Pending *pending)
{
  g_variant_dict_unref (pending->details);
  g_clear_pointer (&pending->waiting, confsync_revision_unref);
  g_free (pending);
}

ConfsyncReporter *
confsync_reporter_new (ConfsyncClock *clock, ConfsyncReportFunc function, gpointer user_data)
{
  ConfsyncReporter *self = g_new0 (ConfsyncReporter, 1);

  self->clock = g_object_ref (clock);
  self->function = function;
  self->user_data = user_data;
  self->keeping =
    g_hash_table_new_full (NULL, NULL, (GDestroyNotify) confsync_revision_unref, NULL);
  self->failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_init (&self->pending);
  return self;
}

void
confsync_reporter_free (ConfsyncReporter *self)
{
  g_object_unref (self->clock);
  g_free (self->own_id);
  g_queue_clear_full (&self->pending, (GDestroyNotify) pending_free);
  g_hash_table_unref (self->keeping);
  g_free (self->problem_reason);
  g_hash_table_unref (self->failures);
  g_free (self);
}

void
confsync_reporter_set_own_id (ConfsyncReporter *self, const char *id)
{
  g_free (self->own_id);
  self->own_id = g_strdup (id);
}

static void
flush (ConfsyncReporter *self)
{
  Pending *pending;

  while ((pending = g_queue_peek_head (&self->pending)) != NULL && pending->waiting == NULL)
    {
      g_autoptr (GVariant) details = NULL;

      g_queue_pop_head (&self->pending);
      details = g_variant_ref_sink (g_variant_dict_end (pending->details));
      self->function (pending->level, pending->kind, details, self->user_data);
      pending_free (pending);
    }
}

void
confsync_reporter_insert_text (GVariantDict *details, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_dict_insert (details, name, "s", valid);
}

void
confsync_reporter_emit (ConfsyncReporter *self,
                        ConfsyncLevel level,
                        const char *kind,
                        GVariantDict *details,
                        ConfsyncRevision *revision)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->level = level;
  pending->kind = kind;
  pending->details = details;
  if (revision != NULL && g_hash_table_contains (self->keeping, revision))
    pending->waiting = confsync_revision_ref (revision);
  g_queue_push_tail (&self->pending, pending);
  flush (self);
}

void
confsync_reporter_keeping (ConfsyncReporter *self, ConfsyncRevision *revision)
{
  g_hash_table_add (self->keeping, confsync_revision_ref (revision));
}

void
confsync_reporter_kept (ConfsyncReporter *self, ConfsyncRevision *revision, const char *version)
{
  for (GList *l = self->pending.head; l != NULL; l = l->next)
    {
      Pending *pending = l->data;

      if (pending->waiting != revision)
        continue;
      if (version != NULL)
        g_variant_dict_insert (pending->details, "version", "s", version);
      g_clear_pointer (&pending->waiting, confsync_revision_unref);
    }
  g_hash_table_remove (self->keeping, revision);
  flush (self);
}

void
confsync_reporter_wait_no_more (ConfsyncReporter *self)
{
  for (GList *l = self->pending.head; l != NULL; l = l->next)
    g_clear_pointer (&((Pending *) l->data)->waiting, confsync_revision_unref);
  flush (self);
}

gboolean
confsync_reporter_note_outcome (ConfsyncReporter *self, const char *what, const char *reason)
{
  gboolean news = g_strcmp0 (g_hash_table_lookup (self->failures, what), reason) != 0;

  if (reason == NULL)
    g_hash_table_remove (self->failures, what);
  else if (news)
    g_hash_table_replace (self->failures, g_strdup (what), g_strdup (reason));
  return news;
}

void
confsync_reporter_failed (ConfsyncReporter *self, const char *what, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  confsync_reporter_insert_text (details, "what", what);
  confsync_reporter_insert_text (details, "reason", reason);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_ERROR, CONFSYNC_EVENT_FAILED, details, NULL);
}

void
confsync_reporter_outcome (ConfsyncReporter *self, const char *what, const GError *error)
{
  const char *reason = error != NULL ? error->message : NULL;

  if (confsync_reporter_note_outcome (self, what, reason) && reason != NULL)
    confsync_reporter_failed (self, what, reason);
}

void
confsync_reporter_restored (ConfsyncReporter *self, const char *path)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  confsync_reporter_insert_text (details, "path", path);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_RESTORED, details, NULL);
}

void
confsync_reporter_trial (ConfsyncReporter *self,
                         const char *outcome,
                         const char *hash,
                         const char *author,
                         gint64 timeout,
                         const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);
  gboolean failed = g_str_has_prefix (outcome, "failed");

  g_variant_dict_insert (details, "outcome", "s", outcome);
  g_variant_dict_insert (details, "hash", "s", hash);
  g_variant_dict_insert (details, "author", "s", author);
  g_variant_dict_insert (details, "timeout", "x", timeout);
  if (reason != NULL)
    confsync_reporter_insert_text (details, "reason", reason);
  confsync_reporter_emit (self, failed ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO,
                          CONFSYNC_EVENT_TRIAL, details, NULL);
}

void
confsync_reporter_refused (ConfsyncReporter *self, const char *remote, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "remote", "s", remote);
  confsync_reporter_insert_text (details, "reason", reason);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED, details, NULL);
}

void
confsync_reporter_notice (ConfsyncReporter *self, ConfsyncLevel level, const char *message)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  confsync_reporter_insert_text (details, "message", message);
  confsync_reporter_emit (self, level, CONFSYNC_EVENT_NOTICE, details, NULL);
}

/* Whether it is news; remembers it. */
static gboolean
note_problem (ConfsyncReporter *self, ConfsyncProblem problem, const char *reason)
{
  if (self->problem == problem && g_strcmp0 (self->problem_reason, reason) == 0)
    return FALSE;
  self->problem = problem;
  g_free (self->problem_reason);
  self->problem_reason = g_strdup (reason);
  return TRUE;
}

void
confsync_reporter_waiting (ConfsyncReporter *self,
                           const char *path,
                           const char *reason,
                           gboolean is_warning)
{
  GVariantDict *details;

  if (!note_problem (self, CONFSYNC_PROBLEM_WAITING, reason))
    return;
  details = g_variant_dict_new (NULL);
  confsync_reporter_insert_text (details, "path", path);
  confsync_reporter_insert_text (details, "reason", reason);
  confsync_reporter_emit (self, is_warning ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO,
                          CONFSYNC_EVENT_WAITING, details, NULL);
}

static void
emit_invalid (ConfsyncReporter *self, const char *reason, gboolean stays)
{
  GVariantDict *details;

  if (!note_problem (self, CONFSYNC_PROBLEM_INVALID, reason))
    return;
  details = g_variant_dict_new (NULL);
  confsync_reporter_insert_text (details, "reason", reason);
  if (stays)
    g_variant_dict_insert (details, "stays", "b", TRUE);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_INVALID, details, NULL);
}

void
confsync_reporter_invalid (ConfsyncReporter *self, const char *reason)
{
  emit_invalid (self, reason, FALSE);
}

void
confsync_reporter_vetoed (ConfsyncReporter *self, const char *reason, gboolean stays)
{
  g_autofree char *text = g_strdup_printf ("refused: %s", reason);

  emit_invalid (self, text, stays);
}

void
confsync_reporter_unreadable (ConfsyncReporter *self, const char *reason)
{
  if (note_problem (self, CONFSYNC_PROBLEM_UNREADABLE, reason))
    confsync_reporter_failed (self, "read the configuration", reason);
}

void
confsync_reporter_all_well (ConfsyncReporter *self)
{
  note_problem (self, CONFSYNC_PROBLEM_NONE, NULL);
}

ConfsyncProblem
confsync_reporter_get_problem (ConfsyncReporter *self, const char **reason)
{
  *reason = self->problem_reason;
  return self->problem;
}

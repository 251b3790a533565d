/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Events from reports. Never a value of the configuration: only where it changed.
 */

#include "config.h"

#include "confsync-reporter-private.h"

#define POINTERS_MAX 20
#define POINTERS_COUNTED_MAX 1000
#define APPLYING "apply a change"

/* An event that is not out yet. */
typedef struct
{
  ConfsyncLevel level;
  const char *kind;
  GVariantDict *details;     /* (owned) */
  ConfsyncRevision *waiting; /* (owned) (nullable): its version has no name yet */
} Pending;

struct _ConfsyncReporter
{
  ConfsyncClock *clock; /* (owned) */
  ConfsyncReportFunc function;
  gpointer user_data;
  GQueue pending;       /* of Pending */
  GHashTable *keeping;  /* of ConfsyncRevision, by pointer */
  gint64 changed_at;    /* µs, monotonic: the last own edit */
  ConfsyncProblem problem; /* of the live configuration: the last one */
  char *problem_reason;    /* (nullable) */
  GHashTable *failures; /* what can't be done now: why */
};

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
  g_queue_clear_full (&self->pending, (GDestroyNotify) pending_free);
  g_hash_table_unref (self->keeping);
  g_free (self->problem_reason);
  g_hash_table_unref (self->failures);
  g_free (self);
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

/* A path, and so a reason that names it, may be no UTF-8, which a variant must be. */
static void
insert_text (GVariantDict *details, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_dict_insert (details, name, "s", valid);
}

/* Takes @details; @revision is what the event's version is of (nullable). */
static void
emit (ConfsyncReporter *self,
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

static void
add_pointers (GVariantDict *details, ConfsyncRevision *before, ConfsyncRevision *now)
{
  g_auto (GStrv) pointers = NULL;
  guint n;

  if (before == NULL)
    return;

  pointers = confsync_json_diff_pointers (
    confsync_document_get_json (confsync_revision_get_document (before)),
    confsync_document_get_json (confsync_revision_get_document (now)), POINTERS_COUNTED_MAX);
  n = g_strv_length (pointers);
  g_variant_dict_insert_value (
    details, "pointers",
    g_variant_new_strv ((const char *const *) pointers, MIN (n, POINTERS_MAX)));
  g_variant_dict_insert (details, "more", "u", n > POINTERS_MAX ? n - POINTERS_MAX : 0);
}

/* Whether it is news; remembers it. @reason is %NULL where it worked. */
static gboolean
note_outcome (ConfsyncReporter *self, const char *what, const char *reason)
{
  gboolean news = g_strcmp0 (g_hash_table_lookup (self->failures, what), reason) != 0;

  if (reason == NULL)
    g_hash_table_remove (self->failures, what);
  else if (news)
    g_hash_table_replace (self->failures, g_strdup (what), g_strdup (reason));
  return news;
}

static const char *
author_of (ConfsyncRevision *revision)
{
  return confsync_stamp_get_author (confsync_revision_get_stamp (revision));
}

static void
report_changed (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);
  GBytes *text = confsync_document_get_text (confsync_revision_get_document (action->revision));

  self->changed_at = confsync_clock_get_monotonic (self->clock);
  add_pointers (details, action->other, action->revision);
  g_variant_dict_insert (details, "size", "t", (guint64) g_bytes_get_size (text));
  g_variant_dict_insert (details, "initial", "b", action->cause == CONFSYNC_CAUSE_INITIAL);
  emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_CHANGED, details, action->revision);
}

static void
report_applied (ConfsyncReporter *self, ConfsyncAction *action, const char *peer, gint64 elapsed)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  note_outcome (self, APPLYING, NULL);
  add_pointers (details, action->other, action->revision);
  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  if (peer != NULL)
    g_variant_dict_insert (details, "peer", "s", peer);
  if (elapsed >= 0)
    g_variant_dict_insert (details, "elapsed", "x", elapsed);
  emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_APPLIED, details, action->revision);
}

static void
report_synced (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "holding", "u", action->count);
  g_variant_dict_insert (details, "total", "u", action->total);
  if (action->legacy > 0)
    g_variant_dict_insert (details, "legacy", "u", action->legacy);
  g_variant_dict_insert (details, "elapsed", "x",
                         confsync_clock_get_monotonic (self->clock) - self->changed_at);
  emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_SYNCED, details, NULL);
}

static void
report_lost (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  add_pointers (details, action->other, action->revision);
  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  g_variant_dict_insert (details, "winner", "s", author_of (action->other));
  emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_LOST, details, action->revision);
}

static void
report_behind (ConfsyncReporter *self, const char *peer, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "peer", "s", peer);
  g_variant_dict_insert (details, "reason", "s", reason != NULL ? reason : "no reason given");
  emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_BEHIND, details, NULL);
}

static void
report_ahead (ConfsyncReporter *self, ConfsyncAction *action, const char *peer)
{
  g_autofree char *message = g_strdup_printf (
    "the clock of %s is %u s ahead of this one (seen from %s); set it right, or its edits win over "
    "others made meanwhile",
    author_of (action->revision), action->count, peer != NULL ? peer : "here");

  confsync_reporter_notice (self, CONFSYNC_LEVEL_WARNING, message);
}

void
confsync_reporter_take (ConfsyncReporter *self,
                        ConfsyncAction *action,
                        const char *peer,
                        gint64 elapsed)
{
  switch (action->report)
    {
    case CONFSYNC_REPORT_CHANGED:
      report_changed (self, action);
      break;
    case CONFSYNC_REPORT_UNCHANGED:
      break;
    case CONFSYNC_REPORT_APPLIED:
      report_applied (self, action, peer, elapsed);
      break;
    case CONFSYNC_REPORT_SYNCED:
      report_synced (self, action);
      break;
    case CONFSYNC_REPORT_LOST:
      report_lost (self, action);
      break;
    case CONFSYNC_REPORT_BEHIND:
      report_behind (self, peer, action->reason);
      break;
    case CONFSYNC_REPORT_REFUSED:
      report_behind (self, "this instance", action->reason);
      break;
    case CONFSYNC_REPORT_CONFLICT:
      report_behind (self, "this instance", confsync_open_conflict_get_reason (action->conflict));
      break;
    case CONFSYNC_REPORT_REMARK:
      confsync_reporter_notice (self, CONFSYNC_LEVEL_INFO, action->reason);
      break;
    case CONFSYNC_REPORT_SETTLED:
    case CONFSYNC_REPORT_MERGED:
    case CONFSYNC_REPORT_JOIN_KEEPS:
    case CONFSYNC_REPORT_REVERTED:
    case CONFSYNC_REPORT_LOCAL_ONLY:
    case CONFSYNC_REPORT_SEND_ONLY:
      break;
    case CONFSYNC_REPORT_FAILED:
      if (note_outcome (self, APPLYING, action->reason))
        confsync_reporter_failed (self, APPLYING, action->reason);
      break;
    case CONFSYNC_REPORT_RENAMED:
      confsync_reporter_notice (self, CONFSYNC_LEVEL_WARNING,
                                "others hold edits of this instance that it doesn't know of: its "
                                "state was restored or copied; it goes on under a new actor id");
      break;
    case CONFSYNC_REPORT_AHEAD:
    default:
      report_ahead (self, action, peer);
    }
}

void
confsync_reporter_failed (ConfsyncReporter *self, const char *what, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  insert_text (details, "what", what);
  insert_text (details, "reason", reason);
  emit (self, CONFSYNC_LEVEL_ERROR, CONFSYNC_EVENT_FAILED, details, NULL);
}

void
confsync_reporter_outcome (ConfsyncReporter *self, const char *what, const GError *error)
{
  const char *reason = error != NULL ? error->message : NULL;

  if (note_outcome (self, what, reason) && reason != NULL)
    confsync_reporter_failed (self, what, reason);
}

void
confsync_reporter_refused (ConfsyncReporter *self, const char *remote, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "remote", "s", remote);
  insert_text (details, "reason", reason);
  emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED, details, NULL);
}

void
confsync_reporter_notice (ConfsyncReporter *self, ConfsyncLevel level, const char *message)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  insert_text (details, "message", message);
  emit (self, level, CONFSYNC_EVENT_NOTICE, details, NULL);
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
  insert_text (details, "path", path);
  insert_text (details, "reason", reason);
  emit (self, is_warning ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_WAITING,
        details, NULL);
}

void
confsync_reporter_invalid (ConfsyncReporter *self, const char *reason)
{
  GVariantDict *details;

  if (!note_problem (self, CONFSYNC_PROBLEM_INVALID, reason))
    return;
  details = g_variant_dict_new (NULL);
  insert_text (details, "reason", reason);
  emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_INVALID, details, NULL);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is said of each report of the replica.
 */

#include "config.h"

#include "confsync-reporter-inside-private.h"

#define POINTERS_MAX 20
#define POINTERS_COUNTED_MAX 1000
#define APPLYING "apply a change"

/* Takes @pointers. Some come from plugins, and may be anything. */
static void
take_pointers (GVariantDict *details, GStrv pointers)
{
  guint n = g_strv_length (pointers);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < MIN (n, POINTERS_MAX); i++)
    {
      g_autofree char *valid = g_utf8_make_valid (pointers[i], -1);

      g_variant_builder_add (&builder, "s", valid);
    }
  g_variant_dict_insert_value (details, "pointers", g_variant_builder_end (&builder));
  g_variant_dict_insert (details, "more", "u", n > POINTERS_MAX ? n - POINTERS_MAX : 0);
  g_strfreev (pointers);
}

/* @before is nullable. */
static void
add_pointers (GVariantDict *details, ConfsyncRevision *before, ConfsyncRevision *now)
{
  if (before != NULL)
    take_pointers (details, confsync_json_diff_pointers (
                              confsync_document_get_json (confsync_revision_get_document (before)),
                              confsync_document_get_json (confsync_revision_get_document (now)),
                              POINTERS_COUNTED_MAX));
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
  if (action->cause == CONFSYNC_CAUSE_ROLLBACK)
    {
      g_variant_dict_insert (details, "author", "s", author_of (action->revision));
      if (action->reason != NULL)
        confsync_reporter_insert_text (details, "to", action->reason);
    }
  else
    g_variant_dict_insert (details, "initial", "b", action->cause == CONFSYNC_CAUSE_INITIAL);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_INFO,
                          action->cause == CONFSYNC_CAUSE_ROLLBACK ? CONFSYNC_EVENT_ROLLBACK
                                                                   : CONFSYNC_EVENT_CHANGED,
                          details, action->revision);
}

/* The author of what is live may be this instance: its edit won, and what changed here is what the
 * others had beside it. */
static void
add_source (ConfsyncReporter *self, GVariantDict *details, ConfsyncAction *action, const char *peer)
{
  const char *author = author_of (action->base != NULL ? action->base : action->revision);

  if (g_strcmp0 (author, self->own_id) != 0)
    g_variant_dict_insert (details, "from", "s", author);
  else if (peer != NULL)
    g_variant_dict_insert (details, "from", "s", peer);
  else if (action->link == NULL)
    g_variant_dict_insert (details, "here", "b", TRUE);
  if (action->cause == CONFSYNC_CAUSE_MERGE)
    g_variant_dict_insert (details, "merge", "b", TRUE);
}

static void
report_applied (ConfsyncReporter *self, ConfsyncAction *action, const char *peer, gint64 elapsed)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  confsync_reporter_note_outcome (self, APPLYING, NULL);
  add_pointers (details, action->other, action->revision);
  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  add_source (self, details, action, peer);
  if (peer != NULL)
    g_variant_dict_insert (details, "peer", "s", peer);
  if (elapsed >= 0)
    g_variant_dict_insert (details, "elapsed", "x", elapsed);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_APPLIED, details,
                          action->revision);
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
  confsync_reporter_emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_SYNCED, details, NULL);
}

/* The file that was found here at the first start. */
static gboolean
is_own_initial (ConfsyncReporter *self, ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) ==
           CONFSYNC_STAMP_INITIAL &&
         g_strcmp0 (author_of (revision), self->own_id) == 0;
}

static void
report_adopted (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  add_pointers (details, action->revision, action->other);
  g_variant_dict_insert (details, "author", "s", author_of (action->other));
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_ADOPTED, details,
                          action->revision);
}

static void
report_lost (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  add_pointers (details, action->other, action->revision);
  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  g_variant_dict_insert (details, "winner", "s", author_of (action->other));
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_LOST, details,
                          action->revision);
}

static void
report_behind (ConfsyncReporter *self, const char *peer, const char *reason)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "peer", "s", peer != NULL ? peer : "?");
  g_variant_dict_insert (details, "reason", "s", reason != NULL ? reason : "no reason given");
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_BEHIND, details, NULL);
}

/* Where the sides of a conflict differ, in the whole configuration. */
static GStrv
find_differences (ConfsyncOpenConflict *conflict)
{
  ConfsyncJson *ours = confsync_open_conflict_get_ours (conflict);
  ConfsyncJson *theirs = confsync_open_conflict_get_theirs (conflict);
  const char *place = confsync_open_conflict_get_pointer (conflict);
  const char *const whole[] = { place, NULL };
  GStrv pointers;

  if (ours == NULL || theirs == NULL)
    return g_strdupv ((GStrv) whole);
  pointers = confsync_json_diff_pointers (ours, theirs, POINTERS_COUNTED_MAX);
  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autofree char *below = pointers[i];

      pointers[i] = g_strconcat (place, below, NULL);
    }
  return pointers;
}

static void
insert_conflict (GVariantDict *details, ConfsyncOpenConflict *conflict)
{
  g_variant_dict_insert (details, "id", "s", confsync_open_conflict_get_id (conflict));
  confsync_reporter_insert_text (details, "pointer",
                                 confsync_open_conflict_get_pointer (conflict));
}

void
confsync_reporter_conflict (ConfsyncReporter *self,
                            ConfsyncOpenConflict *conflict,
                            gboolean is_news)
{
  GVariantDict *details = g_variant_dict_new (NULL);
  const char *reason = confsync_open_conflict_get_reason (conflict);

  insert_conflict (details, conflict);
  g_variant_dict_insert (
    details, "ours", "s",
    confsync_stamp_get_author (confsync_open_conflict_get_ours_stamp (conflict)));
  g_variant_dict_insert (
    details, "theirs", "s",
    confsync_stamp_get_author (confsync_open_conflict_get_theirs_stamp (conflict)));
  take_pointers (details, find_differences (conflict));
  if (reason != NULL)
    confsync_reporter_insert_text (details, "reason", reason);
  confsync_reporter_emit (self, is_news ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO,
                          CONFSYNC_EVENT_CONFLICT, details, NULL);
}

static void
report_settled (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  insert_conflict (details, action->conflict);
  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  confsync_reporter_emit (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_SETTLED, details, NULL);
}

/* A merge that had nothing to choose is told of as a change, which is enough. */
static void
report_merged (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details;

  if (action->pointers == NULL || action->pointers[0] == NULL)
    return;
  details = g_variant_dict_new (NULL);
  g_variant_dict_insert (details, "author", "s", author_of (action->other));
  g_variant_dict_insert (details, "other", "s", author_of (action->base));
  take_pointers (details, g_strdupv (action->pointers));
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_MERGED, details, NULL);
}

static void
report_joining (ConfsyncReporter *self, ConfsyncAction *action, const char *peer)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "peer", "s",
                         peer != NULL ? peer : author_of (action->revision));
  add_pointers (details, action->revision, action->other);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_JOINING, details,
                          action->revision);
}

static void
report_local_edit (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  add_pointers (details, action->other, action->revision);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_LOCAL_EDIT, details,
                          action->revision);
}

/* Once for each author. */
static void
report_send_only (ConfsyncReporter *self, ConfsyncAction *action)
{
  const char *author = author_of (action->revision);
  g_autofree char *message = g_strdup_printf (
    "this instance only sends: what %s made is passed on, and not applied here", author);
  g_autofree char *what = g_strconcat ("take from ", author, NULL);

  if (confsync_reporter_note_outcome (self, what, message))
    confsync_reporter_notice (self, CONFSYNC_LEVEL_INFO, message);
}

static void
report_remark (ConfsyncReporter *self, ConfsyncAction *action)
{
  g_autofree char *message =
    action->revision != NULL
      ? g_strdup_printf ("of an edit by %s: %s", author_of (action->revision), action->reason)
      : g_strdup (action->reason);

  confsync_reporter_notice (self, CONFSYNC_LEVEL_WARNING, message);
}

static void
report_epoch (ConfsyncReporter *self, ConfsyncAction *action)
{
  GVariantDict *details = g_variant_dict_new (NULL);

  g_variant_dict_insert (details, "author", "s", author_of (action->revision));
  g_variant_dict_insert (details, "epoch", "u", action->count);
  confsync_reporter_emit (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_EPOCH, details,
                          action->revision);
}

/* What a person may want to decide about. */
static void
take_held_back (ConfsyncReporter *self, ConfsyncAction *action, const char *peer)
{
  switch ((int) action->report)
    {
    case CONFSYNC_REPORT_REFUSED:
      report_behind (self, "this instance", action->reason);
      break;
    case CONFSYNC_REPORT_CONFLICT:
      confsync_reporter_conflict (self, action->conflict, action->count > 0);
      break;
    case CONFSYNC_REPORT_SETTLED:
      report_settled (self, action);
      break;
    case CONFSYNC_REPORT_MERGED:
      report_merged (self, action);
      break;
    case CONFSYNC_REPORT_JOIN_KEEPS:
      report_joining (self, action, peer);
      break;
    case CONFSYNC_REPORT_LOCAL_ONLY:
      report_local_edit (self, action);
      break;
    case CONFSYNC_REPORT_REVERTED:
      confsync_reporter_note_outcome (self, APPLYING, NULL);
      break;
    case CONFSYNC_REPORT_SEND_ONLY:
      report_send_only (self, action);
      break;
    case CONFSYNC_REPORT_REMARK:
      report_remark (self, action);
      break;
    case CONFSYNC_REPORT_EPOCH:
      report_epoch (self, action);
      break;
    default:
      break;
    }
}

void
confsync_reporter_take (ConfsyncReporter *self,
                        ConfsyncAction *action,
                        const char *peer,
                        gint64 elapsed)
{
  switch ((int) action->report)
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
      if (is_own_initial (self, action->revision))
        report_adopted (self, action);
      else
        report_lost (self, action);
      break;
    case CONFSYNC_REPORT_BEHIND:
      if (action->count != 1)
        report_behind (self, peer, action->reason);
      break;
    case CONFSYNC_REPORT_FAILED:
      if (confsync_reporter_note_outcome (self, APPLYING, action->reason))
        confsync_reporter_failed (self, APPLYING, action->reason);
      break;
    case CONFSYNC_REPORT_RENAMED:
      confsync_reporter_notice (self, CONFSYNC_LEVEL_WARNING,
                                "others hold edits of this instance that it doesn't know of: its "
                                "state was restored or copied; it goes on under a new actor id");
      break;
    case CONFSYNC_REPORT_AHEAD: /* the node's to tell */
      break;
    default:
      take_held_back (self, action, peer);
    }
}

const char *
confsync_reporter_get_failure (ConfsyncReporter *self)
{
  return g_hash_table_lookup (self->failures, APPLYING);
}

/* The one that matters most to who waits for a change comes first. */
void
confsync_reporter_nothing_to_apply (ConfsyncReporter *self)
{
  confsync_reporter_note_outcome (self, APPLYING, NULL);
}

char *
confsync_reporter_dup_degraded (ConfsyncReporter *self)
{
  static const char *const whats[] = { APPLYING, "keep a version", "save the state",
                                       "note an acknowledgement" };

  for (guint i = 0; i < G_N_ELEMENTS (whats); i++)
    {
      const char *reason = g_hash_table_lookup (self->failures, whats[i]);

      if (reason != NULL)
        return g_strdup_printf ("can't %s: %s", whats[i], reason);
    }
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a resolver of a region sees is a conflict like any other, about documents that hold nothing
 * but that region. Its answer is cut to the region again, so no resolver reaches beyond its own.
 *
 * A region that one side left as it was is no conflict: the other's value stands. Where a resolver
 * declines, the value of the side that wins the total order stands for the time being, and the
 * region is left open.
 * Everything here depends on the two sides and their base alone, and not on which one is local.
 */

#include "config.h"

#include "confsync-policy-decision-private.h"

#include <string.h>

#include "confsync-conflict-private.h"

/* Places that a region can report when all of one side's edits in it were dropped. */
#define DROPPED_MAX 64

typedef enum {
  PART_SETTLED, /* no conflict here: both sides have it in them */
  PART_LOCAL,
  PART_REMOTE,
  PART_MERGED,
  PART_OPEN,
} PartState;

typedef struct
{
  PartState state;
  ConfsyncJson *base, *local, *remote; /* (owned) (nullable): absent */
  ConfsyncJson *value;                 /* (owned) (nullable): what is to be there, once decided */
  char *reason;                        /* (owned) (nullable): of PART_OPEN */
  /* what the resolver said beside its answer; all (owned) (nullable) */
  GStrv overruled, open, open_reasons;
  char *remark;
} Part;

typedef struct
{
  gpointer owner;
  ConfsyncRegions *regions;
  GPtrArray *resolvers;
  ConfsyncConflict *conflict;
  Part *parts;
  guint n_parts;
  guint waiting; /* parts without an answer, and one while questions are asked */
} Decision;

typedef struct
{
  Decision *decision;
  guint region;
} Question;

static void
part_clear (Part *self)
{
  g_clear_pointer (&self->base, confsync_json_unref);
  g_clear_pointer (&self->local, confsync_json_unref);
  g_clear_pointer (&self->remote, confsync_json_unref);
  g_clear_pointer (&self->value, confsync_json_unref);
  g_free (self->reason);
  g_strfreev (self->overruled);
  g_strfreev (self->open);
  g_strfreev (self->open_reasons);
  g_free (self->remark);
}

static void
decision_clear (Decision *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    part_clear (&self->parts[i]);
  g_free (self->parts);
  confsync_conflict_unref (self->conflict);
  g_object_unref (self->owner);
}

static void
decision_unref (Decision *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) decision_clear);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  decision_unref (question->decision);
  g_free (question);
}

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return confsync_document_get_json (confsync_revision_get_document (revision));
}

static gboolean
same (ConfsyncJson *a, ConfsyncJson *b)
{
  return a == b || (a != NULL && b != NULL && confsync_json_equal (a, b));
}

static void
part_set (Part *self, PartState state, ConfsyncJson *value)
{
  ConfsyncJson *before = self->value;

  self->state = state;
  self->value = value != NULL ? confsync_json_ref (value) : NULL;
  g_clear_pointer (&before, confsync_json_unref);
}

gboolean
confsync_policy_local_wins (ConfsyncConflict *conflict)
{
  return confsync_revision_compare (confsync_conflict_get_local (conflict),
                                    confsync_conflict_get_remote (conflict)) > 0;
}

void
confsync_policy_take_winner (ConfsyncConflict *conflict)
{
  if (confsync_policy_local_wins (conflict))
    confsync_conflict_take_local (conflict);
  else
    confsync_conflict_take_remote (conflict);
}

/* The answer */

static ConfsyncJson *
lookup (ConfsyncJson *json, const char *pointer)
{
  return confsync_json_lookup (json, pointer, NULL);
}

/* Where one side's edits of a region were dropped with all that it has there. */
static void
report_dropped (Decision *self, guint region)
{
  Part *part = &self->parts[region];
  ConfsyncJson *lost = part->state == PART_LOCAL ? part->remote : part->local;
  g_autoptr (ConfsyncJson) before = confsync_regions_frame (self->regions, region, part->base);
  g_autoptr (ConfsyncJson) dropped = confsync_regions_frame (self->regions, region, lost);
  g_autoptr (ConfsyncJson) kept = confsync_regions_frame (self->regions, region, part->value);
  g_auto (GStrv) pointers = confsync_json_diff_pointers (before, dropped, DROPPED_MAX);

  for (char **pointer = pointers; *pointer != NULL; pointer++)
    {
      g_autoptr (ConfsyncJson) one = lookup (dropped, *pointer);
      g_autoptr (ConfsyncJson) other = lookup (kept, *pointer);

      if (!same (one, other))
        confsync_conflict_add_overruled (self->conflict, *pointer);
    }
}

/* a place that a region's resolver named: at least as far down as what it was asked about */
static const char *
place_within (const char *region, const char *pointer)
{
  gsize length = strlen (region);

  return strncmp (pointer, region, length) == 0 && (pointer[length] == '/' || pointer[length] == 0)
           ? pointer
           : region;
}

static void
pass_on (Decision *self, const Part *part, const char *region)
{
  for (guint i = 0; part->overruled[i] != NULL; i++)
    confsync_conflict_add_overruled (self->conflict, place_within (region, part->overruled[i]));
  for (guint i = 0; part->open[i] != NULL; i++)
    confsync_conflict_add_open (self->conflict, place_within (region, part->open[i]),
                                part->open_reasons[i]);
}

/* Says what became of the regions, in their order. */
static void
report (Decision *self, const gboolean *out_of_place)
{
  for (guint i = 0; i < self->n_parts; i++)
    {
      Part *part = &self->parts[i];
      const char *pointer = confsync_regions_get_pointer (self->regions, i);

      if (part->state == PART_LOCAL || part->state == PART_REMOTE)
        report_dropped (self, i);
      else if (part->state == PART_MERGED)
        pass_on (self, part, pointer);
      else if (part->state == PART_OPEN)
        confsync_conflict_add_open (self->conflict, pointer, part->reason);
      if (out_of_place[i])
        confsync_conflict_add_overruled (self->conflict, pointer);
    }
}

/* What is to be said of rules that have no place in @revision, once. */
static void
remark_arrays (Decision *self, ConfsyncRevision *revision, GString *text)
{
  g_autoptr (GError) error = NULL;

  if (text->len == 0 && !confsync_regions_check (self->regions, json_of (revision), &error))
    g_string_append (text, error->message);
}

/* What was remarked of regions, in one sentence. */
static void
remark (Decision *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean local_wins = confsync_policy_local_wins (self->conflict);
  ConfsyncRevision *local = confsync_conflict_get_local (self->conflict);
  ConfsyncRevision *remote = confsync_conflict_get_remote (self->conflict);

  remark_arrays (self, local_wins ? local : remote, text);
  remark_arrays (self, local_wins ? remote : local, text);
  for (guint i = 0; i < self->n_parts; i++)
    if (self->parts[i].remark != NULL)
      {
        if (text->len > 0)
          g_string_append (text, "; ");
        if (i > 0)
          g_string_append_printf (text, "%s: ", confsync_regions_get_pointer (self->regions, i));
        g_string_append (text, self->parts[i].remark);
      }
  if (text->len > 0)
    confsync_conflict_set_remark (self->conflict, text->str);
}

/* Whether nothing of the other side is in the answer, and some resolver wanted it so. Where there
 * was no conflict at all, the answer includes both sides, whatever it equals. */
static gboolean
is_side (Decision *self, PartState side, ConfsyncRevision *revision, ConfsyncJson *composed)
{
  guint taken = 0;

  for (guint i = 0; i < self->n_parts; i++)
    {
      PartState state = self->parts[i].state;

      if (state != PART_SETTLED && state != side)
        return FALSE;
      taken += state == side;
    }
  return taken > 0 && confsync_json_equal (composed, json_of (revision));
}

static ConfsyncJson *
compose (Decision *self, gboolean *out_of_place)
{
  g_autofree ConfsyncJson **values = g_new (ConfsyncJson *, self->n_parts);

  for (guint i = 0; i < self->n_parts; i++)
    values[i] = self->parts[i].value;
  return confsync_regions_compose (self->regions, values, out_of_place);
}

static void
answer (Decision *self)
{
  g_autofree gboolean *out_of_place = g_new0 (gboolean, self->n_parts);
  g_autoptr (ConfsyncJson) composed = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;

  remark (self);
  if (self->parts[0].state == PART_OPEN)
    {
      confsync_conflict_decline (self->conflict, self->parts[0].reason);
      return;
    }
  composed = compose (self, out_of_place);
  if (is_side (self, PART_LOCAL, confsync_conflict_get_local (self->conflict), composed))
    confsync_conflict_take_local (self->conflict);
  else if (is_side (self, PART_REMOTE, confsync_conflict_get_remote (self->conflict), composed))
    confsync_conflict_take_remote (self->conflict);
  else
    {
      document = confsync_document_new_from_json (composed, NULL);
      report (self, out_of_place);
      confsync_conflict_take_merged (self->conflict, document);
    }
}

/* The parts */

/* It may be on its way out, so it can't be kept. */
static void
note (Part *self, ConfsyncConflict *question)
{
  self->overruled = g_strdupv ((GStrv) confsync_conflict_get_overruled (question));
  self->open = g_strdupv ((GStrv) confsync_conflict_get_open (question));
  self->open_reasons = g_strdupv ((GStrv) confsync_conflict_get_open_reasons (question));
  self->remark = g_strdup (confsync_conflict_get_remark (question));
}

static void
part_answered_cb (ConfsyncConflict *conflict,
                  ConfsyncAnswer given,
                  ConfsyncDocument *merged,
                  const char *reason,
                  gpointer user_data)
{
  Question *question = user_data;
  Decision *self = question->decision;
  Part *part = &self->parts[question->region];

  note (part, conflict);
  if (given == CONFSYNC_ANSWER_LOCAL)
    part_set (part, PART_LOCAL, part->local);
  else if (given == CONFSYNC_ANSWER_REMOTE)
    part_set (part, PART_REMOTE, part->remote);
  else if (given == CONFSYNC_ANSWER_MERGED)
    {
      g_autoptr (ConfsyncJson) value = confsync_regions_cut (
        self->regions, question->region, confsync_document_get_json (merged));

      part_set (part, PART_MERGED, value);
    }
  else
    {
      part_set (part, PART_OPEN,
                confsync_policy_local_wins (self->conflict) ? part->local : part->remote);
      part->reason = g_strdup (reason != NULL ? reason : "the resolver declined");
    }
  if (--self->waiting == 0)
    answer (self);
}

/* @like with nothing but a region in it */
static ConfsyncRevision *
make_side (Decision *self, guint region, ConfsyncJson *value, ConfsyncRevision *like)
{
  g_autoptr (ConfsyncJson) framed = confsync_regions_frame (self->regions, region, value);
  g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (framed, NULL);

  return confsync_revision_new (document, confsync_revision_get_stamp (like));
}

static void
ask (Decision *self, guint region, ConfsyncResolver *resolver)
{
  Part *part = &self->parts[region];
  g_autoptr (ConfsyncRevision) base =
    make_side (self, region, part->base, confsync_conflict_get_base (self->conflict));
  g_autoptr (ConfsyncRevision) local =
    make_side (self, region, part->local, confsync_conflict_get_local (self->conflict));
  g_autoptr (ConfsyncRevision) remote =
    make_side (self, region, part->remote, confsync_conflict_get_remote (self->conflict));
  Question *question = g_new0 (Question, 1);
  ConfsyncConflict *conflict;

  question->decision = g_rc_box_acquire (self);
  question->region = region;
  conflict = confsync_conflict_new_part (base, local, remote, part_answered_cb, question,
                                         question_free);
  self->waiting++;
  confsync_resolver_resolve (resolver, conflict);
  confsync_conflict_unref (conflict);
}

static void
begin (Decision *self, guint region)
{
  Part *part = &self->parts[region];
  ConfsyncResolver *resolver = self->resolvers->pdata[region];

  part->base = confsync_regions_cut (self->regions, region,
                                     json_of (confsync_conflict_get_base (self->conflict)));
  part->local = confsync_regions_cut (self->regions, region,
                                      json_of (confsync_conflict_get_local (self->conflict)));
  part->remote = confsync_regions_cut (self->regions, region,
                                       json_of (confsync_conflict_get_remote (self->conflict)));
  if (same (part->local, part->remote) || same (part->base, part->remote))
    part_set (part, PART_SETTLED, part->local);
  else if (same (part->base, part->local))
    part_set (part, PART_SETTLED, part->remote);
  else if (resolver != NULL)
    ask (self, region, resolver);
  else if (confsync_policy_local_wins (self->conflict))
    part_set (part, PART_LOCAL, part->local);
  else
    part_set (part, PART_REMOTE, part->remote);
}

void
confsync_policy_decide (ConfsyncConflict *conflict,
                        ConfsyncRegions *regions,
                        GPtrArray *resolvers,
                        gpointer owner)
{
  Decision *self = g_rc_box_new0 (Decision);

  self->owner = g_object_ref (owner);
  self->regions = regions;
  self->resolvers = resolvers;
  self->conflict = confsync_conflict_ref (conflict);
  self->n_parts = confsync_regions_get_length (regions);
  self->parts = g_new0 (Part, self->n_parts);
  self->waiting = 1;
  for (guint i = 0; i < self->n_parts; i++)
    begin (self, i);
  if (--self->waiting == 0)
    answer (self);
  decision_unref (self);
}

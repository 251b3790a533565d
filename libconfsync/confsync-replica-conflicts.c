/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica holds back: revisions that are refused, undecided or could not be applied. They
 * are carried, that is kept, passed on and offered; otherwise an instance that takes its time would
 * cut the house in two. And the conflicts that wait for a person: those of what is carried, and
 * those below a pointer, which the head brings along.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#include <string.h>

#include "confsync-conflict-list-private.h"
#include "confsync-mutant-private.h"

#define CARRIED_MAX 4

void
confsync_replica_carried_free (ConfsyncCarried *carried)
{
  confsync_revision_unref (carried->revision);
  g_free (carried->reason);
  g_free (carried->id);
  g_clear_pointer (&carried->base, confsync_revision_unref);
  g_free (carried);
}

ConfsyncOutcome
confsync_hold_get_outcome (ConfsyncHold hold)
{
  return hold == CONFSYNC_HOLD_REFUSED || hold == CONFSYNC_HOLD_SEND_ONLY ||
             hold == CONFSYNC_HOLD_UNCONFIRMED
           ? CONFSYNC_OUTCOME_REFUSED
           : CONFSYNC_OUTCOME_PENDING;
}

static gboolean
waits_for_person (ConfsyncCarried *carried)
{
  return carried->hold == CONFSYNC_HOLD_UNDECIDED || carried->hold == CONFSYNC_HOLD_ASKED;
}

gboolean
confsync_replica_has_asked (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->carried->len; i++)
    if (((ConfsyncCarried *) self->carried->pdata[i])->hold == CONFSYNC_HOLD_ASKED)
      return TRUE;
  return FALSE;
}

/* Conflicts */

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return revision != NULL ? confsync_document_get_json (confsync_revision_get_document (revision))
                          : NULL;
}

static ConfsyncOpenConflict *
make_conflict (ConfsyncReplica *self, ConfsyncCarried *carried)
{
  return confsync_open_conflict_new (
    carried->id, "", json_of (carried->base), json_of (self->head), json_of (carried->revision),
    confsync_revision_get_stamp (self->head), confsync_revision_get_stamp (carried->revision),
    carried->since, carried->reason);
}

static int
compare_conflicts (gconstpointer a, gconstpointer b)
{
  ConfsyncOpenConflict *x = *(ConfsyncOpenConflict **) a, *y = *(ConfsyncOpenConflict **) b;
  gint64 since_x = confsync_open_conflict_get_since (x);
  gint64 since_y = confsync_open_conflict_get_since (y);

  if (since_x != since_y)
    return since_x > since_y ? 1 : -1;
  return strcmp (confsync_open_conflict_get_id (x), confsync_open_conflict_get_id (y));
}

GPtrArray *
confsync_replica_list_conflicts (ConfsyncReplica *self)
{
  GPtrArray *list =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
  GPtrArray *travelling =
    self->head != NULL ? confsync_revision_get_conflicts (self->head) : NULL;

  for (guint i = 0; self->head != NULL && i < self->carried->len; i++)
    if (waits_for_person (self->carried->pdata[i]))
      g_ptr_array_add (list, make_conflict (self, self->carried->pdata[i]));
  for (guint i = 0; travelling != NULL && i < travelling->len; i++)
    g_ptr_array_add (list, confsync_open_conflict_ref (travelling->pdata[i]));
  g_ptr_array_sort (list, compare_conflicts);
  return list;
}

static void
report_conflict (ConfsyncReplica *self,
                 ConfsyncReport kind,
                 ConfsyncOpenConflict *conflict,
                 gboolean is_new)
{
  ConfsyncAction *action = confsync_replica_report (self, kind, NULL, self->head, NULL);

  action->conflict = confsync_open_conflict_ref (conflict);
  action->count = is_new;
}

void
confsync_replica_note_conflicts (ConfsyncReplica *self)
{
  g_autoptr (GPtrArray) before = NULL;

  /* on most days there are none */
  if (self->carried->len == 0 && self->listed->len == 0 &&
      (self->head == NULL || confsync_revision_get_conflicts (self->head) == NULL))
    return;
  before = g_steal_pointer (&self->listed);
  self->listed = confsync_replica_list_conflicts (self);
  for (guint i = 0; i < before->len; i++)
    if (confsync_conflict_list_find (self->listed,
                                     confsync_open_conflict_get_id (before->pdata[i])) == NULL)
      report_conflict (self, CONFSYNC_REPORT_SETTLED, before->pdata[i], FALSE);
  for (guint i = 0; i < self->listed->len; i++)
    {
      ConfsyncOpenConflict *conflict = self->listed->pdata[i];
      ConfsyncOpenConflict *there =
        confsync_conflict_list_find (before, confsync_open_conflict_get_id (conflict));

      if (there == NULL || !confsync_open_conflict_equal (there, conflict))
        report_conflict (self, CONFSYNC_REPORT_CONFLICT, conflict, there == NULL);
    }
}

/* Carrying */

/* A later revision of the same line: its conflict is the same one. */
static void
take_over (ConfsyncCarried *carried, ConfsyncCarried *earlier)
{
  if (!waits_for_person (carried) || !waits_for_person (earlier) ||
      earlier->since > carried->since)
    return;
  g_free (carried->id);
  carried->id = g_strdup (earlier->id);
  carried->since = earlier->since;
  if (earlier->hold == CONFSYNC_HOLD_ASKED)
    carried->hold = CONFSYNC_HOLD_ASKED;
  if (earlier->base != NULL)
    {
      g_clear_pointer (&carried->base, confsync_revision_unref);
      carried->base = confsync_revision_ref (earlier->base);
    }
}

static ConfsyncCarried *
find_carried (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      if (confsync_revision_same (carried->revision, revision))
        return carried;
    }
  return NULL;
}

/* It may name a file, whose path is no UTF-8, and goes into the state. */
static char *
dup_reason (const char *reason)
{
  return g_utf8_make_valid (reason != NULL ? reason : "no reason given", -1);
}

static ConfsyncCarried *
make_carried (ConfsyncReplica *self,
              ConfsyncRevision *revision,
              ConfsyncHold hold,
              const char *reason,
              ConfsyncRevision *base)
{
  ConfsyncCarried *carried = g_new0 (ConfsyncCarried, 1);

  carried->revision = confsync_revision_ref (revision);
  carried->hold = hold;
  carried->reason = dup_reason (reason);
  carried->since = self->now;
  carried->base = base != NULL ? confsync_revision_ref (base) : NULL;
  carried->id = confsync_open_conflict_make_id (
    "", confsync_revision_get_key (revision),
    self->head != NULL ? confsync_revision_get_key (self->head) : "");
  return carried;
}

/* Looked at once more, with the same end or another one. */
static void
hold_again (ConfsyncReplica *self, ConfsyncCarried *carried, ConfsyncHold hold, const char *reason)
{
  g_autofree char *text = dup_reason (reason);

  if (carried->hold == hold && g_str_equal (carried->reason, text))
    return;
  /* what was asked once stays a question, whoever holds it back now */
  if (carried->hold != CONFSYNC_HOLD_ASKED || hold != CONFSYNC_HOLD_UNDECIDED)
    carried->hold = hold;
  g_free (carried->reason);
  carried->reason = g_steal_pointer (&text);
  confsync_replica_note_conflicts (self);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

/* FALSE: one that is carried includes it. */
static gboolean
displace_older (ConfsyncReplica *self, ConfsyncCarried *carried)
{
  for (guint i = self->carried->len; i-- > 0;)
    {
      ConfsyncCarried *there = self->carried->pdata[i];
      ConfsyncOrder order =
        confsync_stamp_compare (confsync_revision_get_stamp (carried->revision),
                                confsync_revision_get_stamp (there->revision));

      if (order == CONFSYNC_ORDER_AFTER ||
          confsync_revision_is_greater_twin (carried->revision, there->revision))
        {
          take_over (carried, there);
          g_ptr_array_remove_index (self->carried, i);
        }
      else if (order != CONFSYNC_ORDER_CONCURRENT)
        return FALSE;
    }
  return TRUE;
}

static void
drop_weakest (ConfsyncReplica *self)
{
  guint weakest = 0;

  if (self->carried->len <= CARRIED_MAX)
    return;
  for (guint i = 1; i < self->carried->len; i++)
    {
      ConfsyncCarried *one = self->carried->pdata[i], *other = self->carried->pdata[weakest];

      if (confsync_revision_compare (one->revision, other->revision) < 0)
        weakest = i;
    }
  if (self->head != NULL)
    confsync_replica_lose (self, NULL,
                           ((ConfsyncCarried *) self->carried->pdata[weakest])->revision,
                           self->head);
  confsync_replica_tell_losses (self);
  g_ptr_array_remove_index (self->carried, weakest);
}

gboolean
confsync_replica_carry (ConfsyncReplica *self,
                        const char *link,
                        ConfsyncRevision *revision,
                        ConfsyncHold hold,
                        const char *reason,
                        ConfsyncRevision *base)
{
  ConfsyncCarried *carried = find_carried (self, revision);

  if (carried != NULL)
    {
      hold_again (self, carried, hold, reason);
      return FALSE;
    }
  carried = make_carried (self, revision, hold, reason, base);
  if (!displace_older (self, carried))
    {
      confsync_replica_carried_free (carried);
      return FALSE;
    }
  g_ptr_array_add (self->carried, carried);
  confsync_replica_see (self, confsync_revision_get_stamp (revision));
  if (!CONFSYNC_MUTANT ("carried-stays"))
    confsync_replica_push (self, revision, link);
  /* an own edit that came out of the file was kept at once */
  if (confsync_replica_find_recent (self, confsync_revision_get_hash (revision)) == NULL)
    confsync_replica_act (self, CONFSYNC_ACTION_KEEP, link, revision, NULL)->cause =
      CONFSYNC_CAUSE_REMOTE;
  drop_weakest (self);
  confsync_replica_note_conflicts (self);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  return TRUE;
}

void
confsync_replica_uncarry (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  ConfsyncCarried *carried = find_carried (self, revision);

  if (carried == NULL)
    return;
  g_ptr_array_remove (self->carried, carried);
  confsync_replica_note_conflicts (self);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

void
confsync_replica_drop_carried (ConfsyncReplica *self, ConfsyncRevision *head)
{
  for (guint i = self->carried->len; i-- > 0;)
    {
      ConfsyncRevision *revision = ((ConfsyncCarried *) self->carried->pdata[i])->revision;

      if (!confsync_revision_is_within (revision, head))
        continue;
      if (!confsync_revision_is_greater_twin (revision, head))
        g_ptr_array_remove_index (self->carried, i);
      else
        /* nobody has to decide any more: the order does */
        confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, NULL)->revision =
          confsync_revision_ref (revision);
    }
}

void
confsync_replica_offer_carried (ConfsyncReplica *self, ConfsyncReplicaLink *link, gboolean again)
{
  if (CONFSYNC_MUTANT ("carried-stays"))
    return;
  for (guint i = 0; i < self->carried->len; i++)
    confsync_replica_offer (self, link, ((ConfsyncCarried *) self->carried->pdata[i])->revision,
                            again);
}

/* Settling */

static ConfsyncCarried *
find_by_id (ConfsyncReplica *self, const char *id)
{
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      if (waits_for_person (carried) && g_str_equal (carried->id, id))
        return carried;
    }
  return NULL;
}

static gboolean
is_open (ConfsyncReplica *self, const char *id)
{
  return self->head != NULL &&
         (find_by_id (self, id) != NULL ||
          confsync_conflict_list_find (confsync_revision_get_conflicts (self->head), id) != NULL);
}

/* An edit that includes both sides: the head, and what was held back (nullable). */
static ConfsyncRevision *
make_settled (ConfsyncReplica *self,
              ConfsyncRevision *other,
              const char *id,
              ConfsyncDocument *document)
{
  g_autoptr (ConfsyncRevision) both = other != NULL ? confsync_revision_join (self->head, other)
                                                    : confsync_revision_ref (self->head);
  g_autoptr (GPtrArray) left =
    other != NULL
      ? confsync_conflict_list_join (self->head, other, document)
      : confsync_conflict_list_inherit (confsync_revision_get_conflicts (self->head), document, id);
  g_autoptr (ConfsyncStamp) stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, confsync_revision_get_stamp (both), self->now);

  return confsync_revision_new_open (document, stamp, left);
}

void
confsync_replica_take_settle (ConfsyncReplica *self, const char *id, ConfsyncDocument *document)
{
  ConfsyncCarried *carried = find_by_id (self, id);
  g_autoptr (ConfsyncRevision) result = NULL;

  if (!is_open (self, id))
    {
      result = confsync_replica_make_edit (self, document, self->head, self->now);
      confsync_replica_report (self, CONFSYNC_REPORT_FAILED, NULL, result, self->head)->reason =
        g_strdup_printf ("the conflict %s was settled meanwhile", id);
      return;
    }
  result = make_settled (self, carried != NULL ? carried->revision : NULL, id, document);
  confsync_replica_settle (self, NULL, result, result, CONFSYNC_CAUSE_EDIT);
}

gboolean
confsync_replica_settle_conflict (ConfsyncReplica *self,
                                  gint64 now,
                                  const char *id,
                                  ConfsyncDocument *document)
{
  self->now = now;
  if (!is_open (self, id))
    return FALSE;
  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    confsync_replica_refuse_set (self, document);
  else if (self->applying != NULL)
    {
      ConfsyncReplicaEvent *event = confsync_replica_defer (self, CONFSYNC_EVENT_SETTLE, NULL);

      event->hash = g_strdup (id);
      event->document = confsync_document_ref (document);
    }
  else
    confsync_replica_take_settle (self, id, document);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The part that a replica takes: who only sends takes nothing, and who only receives keeps its
 * edits to itself; both pass on what they get. And how a newcomer joins: whether the file that it
 * comes with gives way, replaces what the others have, or a person is asked.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#define SEND_ONLY_REASON "this instance only sends"
#define ASK_REASON "a person is to say whether the file found here or what the others have is kept"

void
confsync_replica_set_role (ConfsyncReplica *self, ConfsyncRole role)
{
  self->role = role;
}

void
confsync_replica_set_join (ConfsyncReplica *self, ConfsyncJoin join)
{
  self->join = join;
}

/* Joining */

gboolean
confsync_replica_is_own_initial (ConfsyncReplica *self)
{
  return self->head != NULL && confsync_replica_is_initial (self->head) &&
         g_strcmp0 (self->found, confsync_revision_get_hash (self->head)) == 0;
}

static gboolean
may_not_join (ConfsyncReplica *self)
{
  return self->join != CONFSYNC_JOIN_ADOPT && confsync_replica_is_own_initial (self);
}

gboolean
confsync_replica_waits_to_join (ConfsyncReplica *self, ConfsyncReplicaLink *link)
{
  const char *hash = confsync_replica_link_get_hash (link);

  return may_not_join (self) &&
         (confsync_replica_has_asked (self) ||
          (hash != NULL && !g_str_equal (hash, confsync_revision_get_hash (self->head))));
}

ConfsyncRevision *
confsync_replica_get_told_head (ConfsyncReplica *self, const char *link)
{
  const char *hash = confsync_replica_get_link_hash (self, link);

  return may_not_join (self) && g_strcmp0 (hash, confsync_revision_get_hash (self->head)) != 0
           ? NULL
           : self->head;
}

/* What was found here is an edit from now on, one that knows of what the others have. */
static void
keep_own (ConfsyncReplica *self, const char *link, ConfsyncRevision *theirs)
{
  g_autoptr (ConfsyncRevision) both = confsync_revision_join (self->head, theirs);
  ConfsyncDocument *document = confsync_revision_get_document (self->head);
  g_autoptr (ConfsyncStamp) stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, confsync_revision_get_stamp (both), self->now);
  g_autoptr (ConfsyncRevision) result = confsync_revision_new (document, stamp);

  confsync_replica_act (self, CONFSYNC_ACTION_KEEP, link, theirs, NULL)->cause =
    CONFSYNC_CAUSE_LOST;
  confsync_replica_report (self, CONFSYNC_REPORT_JOIN_KEEPS, link, theirs, self->head);
  confsync_replica_settle (self, link, theirs, result, CONFSYNC_CAUSE_EDIT);
}

static void
hold (ConfsyncReplica *self,
      const char *link,
      ConfsyncRevision *revision,
      ConfsyncHold hold,
      const char *reason)
{
  g_autoptr (ConfsyncRevision) base =
    self->head != NULL ? confsync_replica_make_base (self, self->head, revision, NULL) : NULL;

  if (confsync_replica_carry (self, link, revision, hold, reason, base) &&
      hold == CONFSYNC_HOLD_SEND_ONLY)
    confsync_replica_report (self, CONFSYNC_REPORT_SEND_ONLY, link, revision, self->head);
  confsync_replica_acknowledge (self, link, revision, confsync_hold_get_outcome (hold), reason);
}

/* An initial that includes this one came about by counting holders; nobody looked at a content. */
static gboolean
joins_with (ConfsyncReplica *self, ConfsyncRevision *revision, ConfsyncOrder order)
{
  return confsync_replica_is_own_initial (self) &&
         (order == CONFSYNC_ORDER_CONCURRENT || confsync_replica_is_initial (revision));
}

static gboolean
is_to_be_asked (ConfsyncReplica *self, ConfsyncRevision *revision, ConfsyncOrder order)
{
  if (confsync_replica_has_asked (self))
    return order == CONFSYNC_ORDER_CONCURRENT || confsync_replica_is_own_initial (self);
  return self->join == CONFSYNC_JOIN_ASK && joins_with (self, revision, order);
}

/* Whether it may take the head's place, or part of it. */
static gboolean
is_other (ConfsyncReplica *self, ConfsyncRevision *revision, ConfsyncOrder order)
{
  return self->head == NULL ||
         (order != CONFSYNC_ORDER_BEFORE &&
          !g_str_equal (confsync_revision_get_hash (self->head),
                        confsync_revision_get_hash (revision)));
}

gboolean
confsync_replica_stay_apart (ConfsyncReplica *self,
                             const char *link,
                             ConfsyncRevision *revision,
                             ConfsyncOrder order)
{
  if (!is_other (self, revision, order))
    return FALSE;
  if (self->role == CONFSYNC_ROLE_SEND_ONLY)
    {
      hold (self, link, revision, CONFSYNC_HOLD_SEND_ONLY, SEND_ONLY_REASON);
      return TRUE;
    }
  if (is_to_be_asked (self, revision, order))
    {
      hold (self, link, revision, CONFSYNC_HOLD_ASKED, ASK_REASON);
      return TRUE;
    }
  if (self->join == CONFSYNC_JOIN_KEEP && joins_with (self, revision, order))
    {
      keep_own (self, link, revision);
      return TRUE;
    }
  return FALSE;
}

/* Only receiving */

void
confsync_replica_forget_local (ConfsyncReplica *self)
{
  if (self->local == NULL)
    return;
  g_clear_pointer (&self->local, confsync_revision_unref);
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

gboolean
confsync_replica_note_local (ConfsyncReplica *self,
                             ConfsyncDocument *document,
                             ConfsyncCause cause)
{
  ConfsyncStampKind kind =
    cause == CONFSYNC_CAUSE_INITIAL ? CONFSYNC_STAMP_INITIAL : CONFSYNC_STAMP_EDIT;
  const char *hash = confsync_document_get_hash (document);
  gboolean known = g_strcmp0 (hash, self->restored_local) == 0;

  if (self->local != NULL && g_str_equal (hash, confsync_revision_get_hash (self->local)))
    return FALSE;
  g_clear_pointer (&self->local, confsync_revision_unref);
  self->local = confsync_replica_make_aside (self, document, kind);
  if (!known)
    confsync_replica_act (self, CONFSYNC_ACTION_KEEP, NULL, self->local, NULL)->cause = cause;
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  return !known;
}

void
confsync_replica_take_local_only (ConfsyncReplica *self,
                                  ConfsyncDocument *document,
                                  ConfsyncCause cause)
{
  if (confsync_replica_note_local (self, document, cause))
    confsync_replica_report (self, CONFSYNC_REPORT_LOCAL_ONLY, NULL, self->local, self->head);
}

void
confsync_replica_refuse_set (ConfsyncReplica *self, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncRevision) revision =
    confsync_replica_make_aside (self, document, CONFSYNC_STAMP_EDIT);

  confsync_replica_report (self, CONFSYNC_REPORT_FAILED, NULL, revision, self->head)->reason =
    g_strdup ("this instance only receives: make the edit on another one, or give this one the "
              "role “both”");
}

gboolean
confsync_replica_is_edited_here (ConfsyncReplica *self)
{
  return self->local != NULL;
}

static void
put_back_head (ConfsyncReplica *self)
{
  self->applying = confsync_revision_ref (self->head);
  self->applying_from = confsync_revision_ref (self->head);
  self->applying_cause = CONFSYNC_CAUSE_ROLLBACK;
  confsync_replica_act (self, CONFSYNC_ACTION_APPLY, NULL, self->head,
                        self->local != NULL ? self->local : self->head);
}

gboolean
confsync_replica_revert_local (ConfsyncReplica *self, gint64 now)
{
  self->now = now;
  if (self->local == NULL || self->head == NULL)
    return FALSE;
  if (self->applying == NULL) /* else what is just being written takes its place as well */
    put_back_head (self);
  return TRUE;
}

void
confsync_replica_put_back (ConfsyncReplica *self, gint64 now)
{
  self->now = now;
  if (self->head != NULL && self->applying == NULL)
    put_back_head (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's life: how it starts, who it is, and how it stamps its edits. An actor is one life of
 * one store: its id is random, and given up as soon as somebody else is seen to use it. What
 * remains of an earlier life is in confsync-replica-state.c.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"

#include "confsync-mutant-private.h"
#include "confsync-replica-inside-private.h"

/* The state that a crash loses is not older than that. */
#define LOST_STATE_US G_USEC_PER_SEC

static guint64
random_actor (GRand *random)
{
  guint64 actor = (guint64) g_rand_int (random) << 32;

  return (actor | g_rand_int (random)) | 1; /* never 0 */
}

/* What nobody makes an edit by is even. */
static guint64
random_aside (GRand *random)
{
  return (random_actor (random) & ~G_GUINT64_CONSTANT (1)) | 2;
}

ConfsyncReplica *
confsync_replica_new (const char *author, guint64 seed)
{
  ConfsyncReplica *self = g_new0 (ConfsyncReplica, 1);
  const guint32 words[] = { (guint32) seed, (guint32) (seed >> 32) };

  self->author = g_strdup (author);
  self->random = g_rand_new_with_seed_array (words, G_N_ELEMENTS (words));
  self->actor = random_actor (self->random);
  self->recent = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->carried = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_replica_carried_free);
  self->listed = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
  self->questions =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_replica_question_free);
  self->mendings = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_replica_mending_free);
  self->failed = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->lost = g_hash_table_new_full (confsync_key_hash, g_str_equal, g_free, NULL);
  self->losses = g_ptr_array_new_with_free_func (confsync_replica_loss_free);
  self->late = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->restored_late = confsync_replica_restored_late_new ();
  self->evaluated = g_hash_table_new_full (confsync_key_hash, g_str_equal, g_free, NULL);
  self->links = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) confsync_replica_link_free);
  self->restored_carried =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_restored_free);
  self->supplied = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) confsync_document_unref);
  self->needs_base = TRUE;
  self->announced = TRUE;
  g_queue_init (&self->deferred);
  g_queue_init (&self->actions);
  return self;
}

void
confsync_replica_see (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  /* a clock that was wrong in another epoch is none of this one's business */
  if (confsync_stamp_get_epoch (stamp) != self->epoch)
    return;
  self->greatest =
    MAX (self->greatest, confsync_vector_get_greatest (confsync_stamp_get_vector (stamp)));
  self->greatest = MAX (self->greatest, confsync_stamp_get_time (stamp));
}

void
confsync_replica_enter_epoch (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  ConfsyncVector *vector = confsync_stamp_get_vector (stamp);

  if (confsync_stamp_get_epoch (stamp) == self->epoch)
    return;
  self->epoch = confsync_stamp_get_epoch (stamp);
  self->greatest = 0;
  self->used =
    confsync_vector_has (vector, self->actor) ? confsync_vector_get (vector, self->actor) : 0;
  self->used_before = 0;
  for (guint i = 0; i < self->carried->len; i++)
    confsync_replica_see (
      self, confsync_revision_get_stamp (((ConfsyncCarried *) self->carried->pdata[i])->revision));
}

/* The time @at, or that @after where it comes later; a clock beyond the format is of no use. */
static gint64
time_after (gint64 at, gint64 after)
{
  return at <= CONFSYNC_STAMP_TIME_MAX ? MAX (at, after) : after;
}

ConfsyncStamp *
confsync_replica_stamp_epoch (ConfsyncReplica *self, gint64 at)
{
  g_autoptr (ConfsyncVector) nothing = confsync_vector_new (0, NULL, 0);
  gint64 time = time_after (at, 1);
  g_autoptr (ConfsyncVector) vector = confsync_vector_set (nothing, self->actor, time);

  return confsync_stamp_new (CONFSYNC_STAMP_EDIT, self->epoch + 1, time, self->author, vector);
}

/* The format ends: whatever came next could be sent to nobody. */
static ConfsyncStamp *
stamp_last (ConfsyncReplica *self, gint64 at)
{
  confsync_replica_report (self, CONFSYNC_REPORT_REMARK, NULL, self->head, NULL)->reason =
    g_strdup ("some clock was at the end of the year 2199, and nothing can come after that: the "
              "times start anew, as after a reset of the clock");
  return confsync_replica_stamp_epoch (self, at);
}

ConfsyncStamp *
confsync_replica_stamp_edit (ConfsyncReplica *self,
                             ConfsyncStampKind kind,
                             ConfsyncStamp *base,
                             gint64 at)
{
  g_autoptr (ConfsyncVector) from = NULL;
  g_autoptr (ConfsyncVector) vector = NULL;

  if (base != NULL)
    {
      confsync_replica_see (self, base);
      from = confsync_vector_fold (confsync_stamp_get_vector (base));
    }
  else
    from = confsync_vector_new (0, NULL, 0);
  if (self->greatest >= CONFSYNC_STAMP_TIME_MAX && self->epoch < G_MAXINT32)
    return stamp_last (self, at);

  self->used = CONFSYNC_MUTANT ("wall-clock") ? at : time_after (at, self->greatest + 1);
  self->greatest = self->used;
  vector = confsync_vector_set (from, self->actor, self->used);
  return confsync_stamp_new (kind, self->epoch, self->used, self->author, vector);
}

ConfsyncRevision *
confsync_replica_make_edit (ConfsyncReplica *self,
                            ConfsyncDocument *document,
                            ConfsyncRevision *base,
                            gint64 at)
{
  g_autoptr (ConfsyncStamp) stamp = confsync_replica_stamp_edit (
    self, CONFSYNC_STAMP_EDIT, base != NULL ? confsync_revision_get_stamp (base) : NULL, at);
  g_autoptr (GPtrArray) open = confsync_conflict_list_inherit (
    base != NULL ? confsync_revision_get_conflicts (base) : NULL, document, NULL);

  return confsync_revision_new_open (document, stamp, open);
}

ConfsyncRevision *
confsync_replica_make_aside (ConfsyncReplica *self,
                             ConfsyncDocument *document,
                             ConfsyncStampKind kind)
{
  g_autoptr (ConfsyncVector) nothing = confsync_vector_new (0, NULL, 0);
  ConfsyncVector *from =
    self->head != NULL ? confsync_stamp_get_vector (confsync_revision_get_stamp (self->head))
                       : nothing;
  gint64 time = MIN (time_after (self->now, self->greatest + 1), CONFSYNC_STAMP_TIME_MAX);
  g_autoptr (ConfsyncVector) vector =
    confsync_vector_set (from, random_aside (self->random), time);
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_new (kind, self->epoch, time, self->author, vector);

  return confsync_revision_new (document, stamp);
}

ConfsyncRevision *
confsync_replica_meet (ConfsyncRevision *a, ConfsyncRevision *b)
{
  ConfsyncStamp *stamp_a = a != NULL ? confsync_revision_get_stamp (a) : NULL;
  ConfsyncStamp *stamp_b = b != NULL ? confsync_revision_get_stamp (b) : NULL;
  g_autoptr (ConfsyncVector) vector = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;

  if (stamp_a == NULL || stamp_b == NULL ||
      confsync_stamp_get_epoch (stamp_a) != confsync_stamp_get_epoch (stamp_b))
    return NULL;
  vector = confsync_vector_meet (confsync_stamp_get_vector (stamp_a),
                                 confsync_stamp_get_vector (stamp_b));
  stamp = confsync_stamp_with_vector (stamp_a, vector);
  return confsync_revision_new_open (confsync_revision_get_document (a), stamp,
                                     confsync_revision_get_conflicts (a));
}

/* Times of this actor were lost, or may be: what it does from now on is somebody else's. */
static void
take_new_actor (ConfsyncReplica *self)
{
  self->actor = random_actor (self->random);
  self->used = 0;
  self->used_before = 0;
}

/* In an epoch that is over, under an id that was never used in it. */
static ConfsyncRevision *
make_edit_of_old (ConfsyncReplica *self, ConfsyncDocument *document, ConfsyncStamp *base)
{
  g_autoptr (ConfsyncVector) from = confsync_vector_fold (confsync_stamp_get_vector (base));
  gint64 after = confsync_vector_get_greatest (from) + 1;
  gint64 time = MIN (time_after (self->now, after), CONFSYNC_STAMP_TIME_MAX);
  g_autoptr (ConfsyncVector) vector =
    confsync_vector_set (from, random_actor (self->random), time);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new (
    CONFSYNC_STAMP_EDIT, confsync_stamp_get_epoch (base), time, self->author, vector);

  return confsync_revision_new (document, stamp);
}

/* Times of one actor follow each other: an edit that doesn't know of an own one since its base
 * could not say so under the same id. */
ConfsyncRevision *
confsync_replica_make_late_edit (ConfsyncReplica *self,
                                 ConfsyncDocument *document,
                                 ConfsyncRevision *base)
{
  ConfsyncStamp *stamp = base != NULL ? confsync_revision_get_stamp (base) : NULL;
  gint64 known = stamp != NULL
                   ? confsync_vector_get (confsync_stamp_get_vector (stamp), self->actor)
                   : 0;

  if (stamp != NULL && confsync_stamp_get_epoch (stamp) < self->epoch)
    return make_edit_of_old (self, document, stamp);
  if (self->used > known)
    take_new_actor (self);
  return confsync_replica_make_edit (self, document, base, self->now);
}

void
confsync_replica_reset_clock (ConfsyncReplica *self, gint64 now)
{
  const char *obstacle = self->head == NULL ? "there is no configuration yet"
                         : self->role == CONFSYNC_ROLE_RECEIVE_ONLY
                           ? "this instance only receives"
                         : self->epoch >= G_MAXINT32 ? "this was the last epoch"
                                                     : NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  self->now = now;
  if (obstacle != NULL)
    {
      confsync_replica_report (self, CONFSYNC_REPORT_REMARK, NULL, self->head, NULL)->reason =
        g_strdup_printf ("the clock is not reset: %s", obstacle);
      return;
    }
  stamp = confsync_replica_stamp_epoch (self, now);
  revision = confsync_revision_new_open (confsync_revision_get_document (self->head), stamp,
                                         confsync_revision_get_conflicts (self->head));
  confsync_replica_set_head (self, revision, NULL, NULL, CONFSYNC_CAUSE_EDIT);
}

/* Moves what this life added under the old id to the new one; the rest belongs to somebody else. */
static ConfsyncVector *
move_entries (ConfsyncReplica *self, ConfsyncVector *vector, guint64 old)
{
  gint64 own = confsync_vector_get (vector, old);
  g_autoptr (ConfsyncVector) without = confsync_vector_set (vector, old, self->used_before);

  self->used = own;
  return confsync_vector_set (without, self->actor, own);
}

void
confsync_replica_check_actor (ConfsyncReplica *self, ConfsyncStamp *seen)
{
  ConfsyncVector *vector = confsync_stamp_get_vector (seen);
  guint64 old = self->actor;
  gint64 last = confsync_stamp_get_epoch (seen) == self->epoch ? self->used : 0;

  if (confsync_stamp_get_epoch (seen) < self->epoch || !confsync_vector_has (vector, old) ||
      confsync_vector_get (vector, old) <= last)
    return;

  self->actor = random_actor (self->random);
  confsync_replica_act (self, CONFSYNC_ACTION_REPORT, NULL, self->head, NULL)->report =
    CONFSYNC_REPORT_RENAMED;

  if (self->head != NULL)
    {
      ConfsyncStamp *stamp = confsync_revision_get_stamp (self->head);
      ConfsyncVector *mine = confsync_stamp_get_vector (stamp);

      if (confsync_vector_has (mine, old) && confsync_vector_get (mine, old) > self->used_before)
        {
          g_autoptr (ConfsyncVector) moved = move_entries (self, mine, old);
          g_autoptr (ConfsyncStamp) renamed = confsync_stamp_with_vector (stamp, moved);
          g_autoptr (ConfsyncRevision) head =
            confsync_revision_new_open (confsync_revision_get_document (self->head), renamed,
                                        confsync_revision_get_conflicts (self->head));

          self->used_before = 0;
          confsync_replica_set_head (self, head, NULL, NULL, CONFSYNC_CAUSE_EDIT);
          return;
        }
    }
  self->used = 0;
  self->used_before = 0;
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

/* The file that a new store finds was never edited under confsync. */
void
confsync_replica_take_found (ConfsyncReplica *self, gint64 now, ConfsyncDocument *live)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (self->live_refused)
    {
      confsync_replica_note_local (self, live, CONFSYNC_CAUSE_INITIAL);
      return;
    }
  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    {
      confsync_replica_take_local_only (self, live, CONFSYNC_CAUSE_INITIAL);
      return;
    }
  stamp = confsync_replica_stamp_edit (self, CONFSYNC_STAMP_INITIAL, NULL, now);
  revision = confsync_revision_new (live, stamp);
  self->found = g_strdup (confsync_document_get_hash (live));
  confsync_replica_set_head (self, revision, NULL, NULL, CONFSYNC_CAUSE_INITIAL);
}

/* Whether the stamp that lies with the file may be believed: an older one, or one that lost, comes
 * with an old copy of the file, which is an edit. */
static gboolean
is_news (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  return self->restored_head.stamp == NULL ||
         confsync_stamp_compare_total (stamp, self->restored_head.stamp) >= 0;
}

static void
adopt_head (ConfsyncReplica *self,
            ConfsyncDocument *document,
            ConfsyncStamp *stamp,
            GPtrArray *conflicts)
{
  confsync_replica_enter_epoch (self, stamp);
  confsync_replica_see (self, stamp);
  g_clear_pointer (&self->head, confsync_revision_unref);
  self->head = confsync_revision_new_open (document, stamp, conflicts);
  g_ptr_array_add (self->recent, confsync_revision_ref (self->head));
}

static gboolean
is_named (const ConfsyncNamed *named, ConfsyncDocument *document, ConfsyncStamp *stamp)
{
  return named->stamp != NULL &&
         g_strcmp0 (named->hash, confsync_document_get_hash (document)) == 0 &&
         confsync_stamp_compare (named->stamp, stamp) == CONFSYNC_ORDER_EQUAL;
}

/* A stamp from the live file, of something newer than what the state tells of. */
static void
see_newer (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  ConfsyncVector *vector = confsync_stamp_get_vector (stamp);

  confsync_replica_enter_epoch (self, stamp);
  confsync_replica_see (self, stamp);
  if (confsync_vector_has (vector, self->actor))
    self->used = MAX (self->used, confsync_vector_get (vector, self->actor));
  self->used_before = self->used;
}

/* The program ended between an apply and the saving of its state. */
static void
adopt_live (ConfsyncReplica *self, ConfsyncDocument *live, ConfsyncStamp *stamp)
{
  ConfsyncNamed *named = is_named (&self->restored_head, live, stamp)   ? &self->restored_head
                         : is_named (&self->restored_next, live, stamp) ? &self->restored_next
                                                                        : NULL;

  if (self->head != NULL &&
      !g_str_equal (confsync_revision_get_hash (self->head), confsync_document_get_hash (live)))
    {
      self->previous = g_steal_pointer (&self->head);
      /* if it is to be on trial, that hasn't begun */
      if (self->fallback == NULL)
        self->fallback = confsync_revision_ref (self->previous);
    }
  adopt_head (self, live, stamp, named != NULL ? named->conflicts : NULL);
  see_newer (self, stamp);
}

void
confsync_replica_know_origin (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  self->origin = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
}

/* What was live when somebody edited it: what the state names, unless something newer was being
 * applied by then and was live already. The names are borrowed. */
static ConfsyncNamed
find_edited (ConfsyncReplica *self)
{
  ConfsyncNamed edited = self->restored_head;
  ConfsyncStamp *next = self->restored_next.stamp;

  if (self->origin == NULL || edited.stamp == NULL ||
      confsync_stamp_compare_total (self->origin, edited.stamp) <= 0)
    return edited;
  if (next != NULL && confsync_stamp_compare (self->origin, next) == CONFSYNC_ORDER_EQUAL)
    edited.conflicts = self->restored_next.conflicts;
  edited.stamp = self->origin;
  see_newer (self, self->origin);
  return edited;
}

/* Somebody edited the file while the program was down. Where its time is one that was seen before,
 * a clock is behind, and after a crash that lost the last state an own time could come twice: then
 * it is somebody new's, and comes after what that state may have named. */
static void
take_offline_edit (ConfsyncReplica *self, gint64 now, ConfsyncDocument *live, gint64 modified)
{
  ConfsyncNamed before = find_edited (self);
  gint64 at = MIN (now, modified);
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (self->live_refused)
    {
      confsync_replica_note_local (self, live, CONFSYNC_CAUSE_EDIT);
      return;
    }
  if (self->role == CONFSYNC_ROLE_RECEIVE_ONLY)
    {
      confsync_replica_take_local_only (self, live, CONFSYNC_CAUSE_EDIT);
      return;
    }
  if (at <= self->greatest)
    {
      take_new_actor (self);
      at = self->greatest + LOST_STATE_US;
    }
  stamp = confsync_replica_stamp_edit (self, CONFSYNC_STAMP_EDIT, before.stamp, at);
  open = confsync_conflict_list_inherit (before.conflicts, live, NULL);
  revision = confsync_revision_new_open (live, stamp, open);
  confsync_replica_set_head (self, revision, NULL, NULL, CONFSYNC_CAUSE_EDIT);
}

/* It was found and not accepted, so there is still nothing that it could be an edit of. */
static gboolean
is_still_found (ConfsyncReplica *self, ConfsyncDocument *live)
{
  return self->restored_head.hash == NULL && self->role != CONFSYNC_ROLE_RECEIVE_ONLY &&
         g_strcmp0 (confsync_document_get_hash (live), self->restored_local) == 0;
}

/* The stamp of what was just being applied, where that is live (borrowed, nullable): the program
 * ended between the file and its stamp. */
static ConfsyncStamp *
find_next_stamp (ConfsyncReplica *self, ConfsyncDocument *live)
{
  return g_strcmp0 (self->restored_next.hash, confsync_document_get_hash (live)) == 0
           ? self->restored_next.stamp
           : NULL;
}

static void
start_with (ConfsyncReplica *self,
            gint64 now,
            ConfsyncDocument *live,
            ConfsyncStamp *live_stamp,
            gint64 modified)
{
  ConfsyncNamed *before = &self->restored_head;

  if (live_stamp == NULL && self->restored)
    live_stamp = find_next_stamp (self, live);
  if (!self->restored || is_still_found (self, live))
    confsync_replica_take_found (self, now, live);
  else if (live_stamp != NULL && (is_news (self, live_stamp) ||
                                  is_named (&self->restored_next, live, live_stamp)))
    adopt_live (self, live, live_stamp);
  else if (g_strcmp0 (confsync_document_get_hash (live), before->hash) == 0)
    adopt_head (self, live, before->stamp, before->conflicts);
  else
    take_offline_edit (self, now, live, modified);
}

void
confsync_replica_start (ConfsyncReplica *self,
                        gint64 now,
                        ConfsyncDocument *live,
                        ConfsyncStamp *live_stamp,
                        gint64 modified,
                        ConfsyncDocument *head_document)
{
  ConfsyncNamed *before = &self->restored_head;

  self->now = now;
  if (head_document == NULL && before->hash != NULL)
    head_document = g_hash_table_lookup (self->supplied, before->hash);
  if (before->stamp != NULL && head_document != NULL)
    adopt_head (self, head_document, before->stamp, before->conflicts);
  confsync_replica_take_up_carried (self);
  if (live != NULL)
    start_with (self, now, live, live_stamp, modified);
  self->live_refused = FALSE;
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
  confsync_replica_look_again (self);
}

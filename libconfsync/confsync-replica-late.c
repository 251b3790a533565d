/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Own edits that were found late: an apply had taken the place of each by then, so the history
 * alone has it until it is decided what it means for the head. The state names those that wait for
 * that; what came after the last state, the versions tell. A start decides them, like what came
 * in. How they are found, and what wins, is not told here.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

/* of more, the oldest are left to history */
#define LATE_MAX 64

/* During a life */

void
confsync_replica_note_late (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  if (self->late->len >= LATE_MAX)
    g_ptr_array_remove_index (self->late, 0);
  g_ptr_array_add (self->late, confsync_revision_ref (revision));
}

gboolean
confsync_replica_is_late (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  for (guint i = 0; i < self->late->len; i++)
    if (confsync_revision_same (self->late->pdata[i], revision))
      return TRUE;
  return FALSE;
}

void
confsync_replica_drop_late (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  for (guint i = self->late->len; i-- > 0;)
    if (confsync_revision_same (self->late->pdata[i], revision))
      g_ptr_array_remove_index (self->late, i);
}

/* Between two lives */

/* Own edits have a name of their own until they are replaced, and that is the newest in it. */
static gboolean
is_own_edit (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  return confsync_stamp_get_kind (stamp) == CONFSYNC_STAMP_EDIT &&
         g_strcmp0 (confsync_stamp_get_author (stamp), self->author) == 0 &&
         !confsync_stamp_is_aside (stamp);
}

/* What the last state knew of was decided, or is named there. */
static gboolean
is_after_state (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  guint epoch = confsync_stamp_get_epoch (stamp);

  return epoch > self->epoch ||
         (epoch == self->epoch && confsync_stamp_get_time (stamp) > self->restored_greatest);
}

static void
add_restored (ConfsyncReplica *self, ConfsyncStamp *stamp, const char *hash)
{
  ConfsyncNamed *named;

  for (guint i = self->restored_late->len; i-- > 0;)
    {
      ConfsyncNamed *other = self->restored_late->pdata[i];
      ConfsyncOrder order = confsync_stamp_compare (stamp, other->stamp);

      if (order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL)
        return;
      if (order == CONFSYNC_ORDER_AFTER)
        g_ptr_array_remove_index (self->restored_late, i);
    }
  if (self->restored_late->len >= LATE_MAX)
    return;
  named = g_new0 (ConfsyncNamed, 1);
  named->stamp = confsync_stamp_ref (stamp);
  named->hash = g_strdup (hash);
  g_ptr_array_add (self->restored_late, named);
}

void
confsync_replica_saw_version (ConfsyncReplica *self, ConfsyncVersion *version)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version);
  const char *hash = confsync_version_get_hash (version);
  ConfsyncCause cause = confsync_version_get_cause (version);

  if (stamp == NULL || !self->restored)
    return;
  confsync_replica_see (self, stamp);
  if (hash == NULL || !is_after_state (self, stamp))
    return;
  if (cause == CONFSYNC_CAUSE_LOST)
    g_hash_table_add (self->lost, confsync_stamp_make_key (stamp, hash));
  else if (cause == CONFSYNC_CAUSE_EDIT && is_own_edit (self, stamp))
    add_restored (self, stamp, hash);
}

static void
look_at (ConfsyncReplica *self, const ConfsyncNamed *named)
{
  ConfsyncDocument *document = g_hash_table_lookup (self->supplied, named->hash);
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (document == NULL)
    return; /* in no version any more */
  revision = confsync_revision_new (document, named->stamp);
  if (g_hash_table_contains (self->lost, confsync_revision_get_key (revision)))
    return;
  confsync_replica_note_late (self, revision);
  confsync_replica_remember (self, revision);
  confsync_replica_defer (self, CONFSYNC_EVENT_LATE, NULL)->revision =
    g_steal_pointer (&revision);
}

void
confsync_replica_look_at_late (ConfsyncReplica *self)
{
  for (guint i = 0; self->role != CONFSYNC_ROLE_RECEIVE_ONLY && i < self->restored_late->len; i++)
    look_at (self, self->restored_late->pdata[i]);
  g_ptr_array_set_size (self->restored_late, 0);
}

void
confsync_replica_take_late (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  if (self->head != NULL && confsync_revision_is_within (revision, self->head) &&
      confsync_stamp_get_epoch (confsync_revision_get_stamp (revision)) == self->epoch &&
      !confsync_revision_is_greater_twin (revision, self->head))
    confsync_replica_drop_late (self, revision);
  else
    confsync_replica_evaluate_own (self, revision);
}

static void
named_free (ConfsyncNamed *named)
{
  confsync_named_clear (named);
  g_free (named);
}

void
confsync_replica_restore_late (ConfsyncReplica *self, ConfsyncNamed *named)
{
  add_restored (self, named->stamp, named->hash);
}

GPtrArray *
confsync_replica_restored_late_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) named_free);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica's life: what it remembers of an earlier one, how it starts, and who it is. An actor is
 * one life of one store: its id is random, and given up as soon as somebody else is seen to use it.
 */

#include "config.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-replica-inside-private.h"

static guint64
random_actor (GRand *random)
{
  guint64 actor = (guint64) g_rand_int (random) << 32;

  return (actor | g_rand_int (random)) | 1; /* never 0 */
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
  self->carried = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->failed = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  self->evaluated = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->links = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) confsync_replica_link_free);
  self->announced = TRUE;
  g_queue_init (&self->deferred);
  g_queue_init (&self->actions);
  return self;
}

void
confsync_replica_see (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  self->greatest =
    MAX (self->greatest, confsync_vector_get_greatest (confsync_stamp_get_vector (stamp)));
  self->greatest = MAX (self->greatest, confsync_stamp_get_time (stamp));
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

  self->used = MAX (at, self->greatest + 1);
  self->greatest = self->used;
  vector = confsync_vector_set (from, self->actor, self->used);
  return confsync_stamp_new (kind, base != NULL ? confsync_stamp_get_epoch (base) : 0, self->used,
                             self->author, vector);
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

  if (!confsync_vector_has (vector, old) || confsync_vector_get (vector, old) <= self->used)
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
            confsync_revision_new (confsync_revision_get_document (self->head), renamed);

          self->used_before = 0;
          confsync_replica_set_head (self, head, NULL, CONFSYNC_CAUSE_EDIT);
          return;
        }
    }
  self->used = 0;
  self->used_before = 0;
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

void
confsync_replica_save (ConfsyncReplica *self, ConfsyncJsonBuilder *builder)
{
  char actor[CONFSYNC_ACTOR_TEXT_LENGTH + 1];

  g_snprintf (actor, sizeof actor, CONFSYNC_ACTOR_FORMAT, self->actor);
  confsync_json_builder_name (builder, "actor");
  confsync_json_builder_string (builder, actor);
  confsync_json_builder_name (builder, "used");
  confsync_json_builder_integer (builder, self->used);
  confsync_json_builder_name (builder, "greatest");
  confsync_json_builder_integer (builder, self->greatest);
  confsync_json_builder_name (builder, "head");
  if (self->head == NULL)
    {
      confsync_json_builder_null (builder);
      return;
    }
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "stamp");
  confsync_stamp_build (confsync_revision_get_stamp (self->head), builder);
  confsync_json_builder_name (builder, "hash");
  confsync_json_builder_string (builder, confsync_revision_get_hash (self->head));
  confsync_json_builder_close (builder);
}

static gboolean
restore_time (ConfsyncJson *state, const char *name, gint64 *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (state, name);

  if (member == NULL || confsync_json_get_kind (member) != CONFSYNC_JSON_INTEGER ||
      confsync_json_get_integer (member) < 0 ||
      confsync_json_get_integer (member) > CONFSYNC_STAMP_TIME_MAX)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
                   "the state's “%s” is no time", name);
      return FALSE;
    }
  *value = confsync_json_get_integer (member);
  return TRUE;
}

static gboolean
restore_actor (ConfsyncJson *state, guint64 *actor, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (state, "actor");
  g_autofree char *text = NULL;

  if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_STRING)
    text = confsync_json_dup_string (member);
  if (text == NULL || strlen (text) != CONFSYNC_ACTOR_TEXT_LENGTH ||
      strspn (text, "0123456789abcdef") != CONFSYNC_ACTOR_TEXT_LENGTH)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
                   "the state's “actor” is not 16 hexadecimal digits");
      return FALSE;
    }
  *actor = g_ascii_strtoull (text, NULL, 16);
  return TRUE;
}

static gboolean
restore_head (ConfsyncReplica *self, ConfsyncJson *state, GError **error)
{
  g_autoptr (ConfsyncJson) head = confsync_json_get_member (state, "head");
  g_autoptr (ConfsyncJson) stamp = NULL;
  g_autoptr (ConfsyncJson) hash = NULL;

  if (head == NULL || confsync_json_get_kind (head) == CONFSYNC_JSON_NULL)
    return TRUE;

  stamp = confsync_json_get_member (head, "stamp");
  hash = confsync_json_get_member (head, "hash");
  if (stamp == NULL || hash == NULL || confsync_json_get_kind (hash) != CONFSYNC_JSON_STRING)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
                   "the state's “head” has no stamp and hash");
      return FALSE;
    }
  self->restored_stamp = confsync_stamp_new_from_json (stamp, error);
  if (self->restored_stamp == NULL)
    return FALSE;
  self->restored_hash = confsync_json_dup_string (hash);
  return TRUE;
}

gboolean
confsync_replica_restore (ConfsyncReplica *self, ConfsyncJson *state, GError **error)
{
  gint64 used, greatest;
  guint64 actor;

  /* all or nothing: with half a state, this would be neither the earlier life nor a new one */
  if (!restore_time (state, "used", &used, error) ||
      !restore_time (state, "greatest", &greatest, error) ||
      !restore_actor (state, &actor, error) || !restore_head (self, state, error))
    return FALSE;

  self->actor = actor;
  self->used = used;
  self->used_before = used;
  self->greatest = greatest;
  self->restored = TRUE;
  return TRUE;
}

const char *
confsync_replica_get_restored_hash (ConfsyncReplica *self)
{
  return self->restored_hash;
}

/* The file that a new store finds was never edited under confsync. */
static void
start_first_life (ConfsyncReplica *self, gint64 now, ConfsyncDocument *live)
{
  g_autoptr (ConfsyncStamp) stamp =
    confsync_replica_stamp_edit (self, CONFSYNC_STAMP_INITIAL, NULL, now);
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new (live, stamp);

  confsync_replica_set_head (self, revision, NULL, CONFSYNC_CAUSE_INITIAL);
}

/* Whether the stamp that lies with the file may be believed: an older one, or one that lost, comes
 * with an old copy of the file, which is an edit. */
static gboolean
is_news (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  return self->restored_stamp == NULL ||
         confsync_stamp_compare_total (stamp, self->restored_stamp) >= 0;
}

/* Somebody edited the file while the program was down. Where its time is one that was seen before,
 * a clock is behind: after a crash that lost the last state, an own time could come twice, so this
 * is somebody new. */
static void
take_edit_at_restart (ConfsyncReplica *self, ConfsyncDocument *live, gint64 at)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;

  if (at <= self->greatest)
    {
      self->actor = random_actor (self->random);
      self->used = self->used_before = 0;
    }
  stamp = confsync_replica_stamp_edit (self, CONFSYNC_STAMP_EDIT, self->restored_stamp, at);
  revision = confsync_revision_new (live, stamp);
  confsync_replica_set_head (self, revision, NULL, CONFSYNC_CAUSE_EDIT);
}

static void
adopt_head (ConfsyncReplica *self, ConfsyncDocument *document, ConfsyncStamp *stamp)
{
  confsync_replica_see (self, stamp);
  self->head = confsync_revision_new (document, stamp);
  g_ptr_array_add (self->recent, confsync_revision_ref (self->head));
}

/* The program ended between an apply and the saving of its state. */
static void
adopt_live (ConfsyncReplica *self, ConfsyncDocument *live, ConfsyncStamp *stamp)
{
  ConfsyncVector *vector = confsync_stamp_get_vector (stamp);

  if (self->head != NULL &&
      !g_str_equal (confsync_revision_get_hash (self->head), confsync_document_get_hash (live)))
    self->previous = g_steal_pointer (&self->head);
  g_clear_pointer (&self->head, confsync_revision_unref);
  adopt_head (self, live, stamp);
  if (confsync_vector_has (vector, self->actor))
    self->used = MAX (self->used, confsync_vector_get (vector, self->actor));
  self->used_before = self->used;
}

void
confsync_replica_start (ConfsyncReplica *self,
                        gint64 now,
                        ConfsyncDocument *live,
                        ConfsyncStamp *live_stamp,
                        gint64 modified,
                        ConfsyncDocument *head_document)
{
  if (self->restored_stamp != NULL && head_document != NULL)
    adopt_head (self, head_document, self->restored_stamp);

  if (live != NULL && !self->restored)
    start_first_life (self, now, live);
  else if (live != NULL && live_stamp != NULL && is_news (self, live_stamp))
    adopt_live (self, live, live_stamp);
  else if (live != NULL && g_strcmp0 (confsync_document_get_hash (live), self->restored_hash) == 0)
    {
      g_clear_pointer (&self->head, confsync_revision_unref);
      adopt_head (self, live, self->restored_stamp);
    }
  else if (live != NULL)
    take_edit_at_restart (self, live, MIN (now, modified));
  confsync_replica_act (self, CONFSYNC_ACTION_PERSIST, NULL, NULL, NULL);
}

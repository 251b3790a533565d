/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica leaves for its next life: who it is, its head, and what it holds back. Documents
 * are named by their hashes only: the history has them.
 */

#include "config.h"

#include <string.h>

#include "confsync-conflict-list-private.h"
#include "confsync-error.h"
#include "confsync-needed-private.h"
#include "confsync-replica-inside-private.h"

/* in the order of ConfsyncHold */
static const char *const hold_names[] = { "undecided", "asked", "refused", "send-only", "failed",
                                          "unconfirmed" };

#define RESTORED_MAX 64

void
confsync_named_clear (ConfsyncNamed *named)
{
  g_clear_pointer (&named->stamp, confsync_stamp_unref);
  g_clear_pointer (&named->hash, g_free);
  g_clear_pointer (&named->conflicts, g_ptr_array_unref);
}

void
confsync_restored_free (ConfsyncRestored *restored)
{
  confsync_named_clear (&restored->revision);
  confsync_named_clear (&restored->base);
  g_free (restored->reason);
  g_free (restored->id);
  g_free (restored);
}

/* Saving */

static void
save_string (ConfsyncJsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    return;
  confsync_json_builder_name (builder, name);
  confsync_json_builder_string (builder, value);
}

static void
save_integer (ConfsyncJsonBuilder *builder, const char *name, gint64 value)
{
  confsync_json_builder_name (builder, name);
  confsync_json_builder_integer (builder, value);
}

/* The members that name a revision, inside an object. */
static void
save_name (ConfsyncJsonBuilder *builder, ConfsyncRevision *revision)
{
  confsync_json_builder_name (builder, "stamp");
  confsync_stamp_build (confsync_revision_get_stamp (revision), builder);
  save_string (builder, "hash", confsync_revision_get_hash (revision));
  if (confsync_revision_get_conflicts (revision) == NULL)
    return;
  confsync_json_builder_name (builder, "conflicts");
  confsync_conflict_list_build (confsync_revision_get_conflicts (revision), builder);
}

static void
save_revision (ConfsyncJsonBuilder *builder, const char *name, ConfsyncRevision *revision)
{
  confsync_json_builder_name (builder, name);
  if (revision == NULL)
    {
      confsync_json_builder_null (builder);
      return;
    }
  confsync_json_builder_begin_object (builder);
  save_name (builder, revision);
  confsync_json_builder_close (builder);
}

static void
save_carried (ConfsyncReplica *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "carried");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      confsync_json_builder_begin_object (builder);
      save_name (builder, carried->revision);
      save_string (builder, "hold", hold_names[carried->hold]);
      save_string (builder, "reason", carried->reason);
      save_string (builder, "id", carried->id);
      save_integer (builder, "since", carried->since);
      save_revision (builder, "base", carried->base);
      confsync_json_builder_close (builder);
    }
  confsync_json_builder_close (builder);
}

/* What is carried is named as that. */
static gboolean
is_carried (ConfsyncReplica *self, ConfsyncRevision *revision)
{
  for (guint i = 0; i < self->carried->len; i++)
    if (confsync_revision_same (((ConfsyncCarried *) self->carried->pdata[i])->revision, revision))
      return TRUE;
  return FALSE;
}

static void
save_late (ConfsyncReplica *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "late");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < self->late->len; i++)
    {
      if (is_carried (self, self->late->pdata[i]))
        continue;
      confsync_json_builder_begin_object (builder);
      save_name (builder, self->late->pdata[i]);
      confsync_json_builder_close (builder);
    }
  confsync_json_builder_close (builder);
}

/* Adds a hash (nullable, borrowed) once. */
static void
want (GPtrArray *hashes, const char *hash)
{
  if (hash != NULL && !g_ptr_array_find_with_equal_func (hashes, hash, g_str_equal, NULL))
    g_ptr_array_add (hashes, (gpointer) hash);
}

static const char *
hash_of (ConfsyncRevision *revision)
{
  return revision != NULL ? confsync_revision_get_hash (revision) : NULL;
}

static void
save_needed (ConfsyncReplica *self, ConfsyncJsonBuilder *builder)
{
  g_autoptr (GPtrArray) hashes = g_ptr_array_new ();

  want (hashes, hash_of (self->head));
  want (hashes, hash_of (self->fallback));
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      want (hashes, hash_of (carried->revision));
      want (hashes, hash_of (carried->base));
    }
  for (guint i = 0; i < self->late->len; i++)
    want (hashes, hash_of (self->late->pdata[i]));
  g_ptr_array_add (hashes, NULL);
  confsync_needed_build ((const char *const *) hashes->pdata, builder);
}

void
confsync_replica_save (ConfsyncReplica *self, ConfsyncJsonBuilder *builder)
{
  char actor[CONFSYNC_ACTOR_TEXT_LENGTH + 1];

  g_snprintf (actor, sizeof actor, CONFSYNC_ACTOR_FORMAT, self->actor);
  save_string (builder, "actor", actor);
  save_integer (builder, "epoch", self->epoch);
  save_integer (builder, "used", self->used);
  save_integer (builder, "greatest", self->greatest);
  save_string (builder, "found", self->found);
  save_string (builder, "local", hash_of (self->local));
  save_revision (builder, "head", self->head);
  if (self->applying != NULL && (self->falling_back != NULL || self->tries ||
                                 confsync_revision_get_conflicts (self->applying) != NULL))
    save_revision (builder, "next", self->applying);
  if (self->fallback != NULL)
    save_revision (builder, "fallback", self->fallback);
  if (self->carried->len > 0)
    save_carried (self, builder);
  if (self->late->len > 0)
    save_late (self, builder);
  save_needed (self, builder);
}

/* Restoring */

static gboolean
fail (GError **error, const char *name, const char *what)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT, "the state's “%s” %s", name,
               what);
  return FALSE;
}

/* (nullable) where there is none, or it is null */
static ConfsyncJson *
get (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member != NULL && confsync_json_get_kind (member) != CONFSYNC_JSON_NULL
           ? g_steal_pointer (&member)
           : NULL;
}

static char *
get_string (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = get (json, name);

  return member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_STRING
           ? confsync_json_dup_string (member)
           : NULL;
}

static gboolean
restore_integer (ConfsyncJson *json, const char *name, gint64 max, gint64 *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = get (json, name);

  if (member == NULL || confsync_json_get_kind (member) != CONFSYNC_JSON_INTEGER ||
      confsync_json_get_integer (member) < 0 || confsync_json_get_integer (member) > max)
    return fail (error, name, "is no time");
  *value = confsync_json_get_integer (member);
  return TRUE;
}

static gboolean
restore_time (ConfsyncJson *json, const char *name, gint64 *value, GError **error)
{
  return restore_integer (json, name, CONFSYNC_STAMP_TIME_MAX, value, error);
}

static gboolean
restore_actor (ConfsyncJson *state, guint64 *actor, GError **error)
{
  g_autofree char *text = get_string (state, "actor");

  if (text == NULL || strlen (text) != CONFSYNC_ACTOR_TEXT_LENGTH ||
      strspn (text, "0123456789abcdef") != CONFSYNC_ACTOR_TEXT_LENGTH)
    return fail (error, "actor", "is not 16 hexadecimal digits");
  *actor = g_ascii_strtoull (text, NULL, 16);
  return TRUE;
}

/* The members that name a revision. */
static gboolean
restore_name (ConfsyncJson *json, const char *name, ConfsyncNamed *named, GError **error)
{
  g_autoptr (ConfsyncJson) stamp = get (json, "stamp");
  g_autoptr (ConfsyncJson) conflicts = get (json, "conflicts");

  named->hash = get_string (json, "hash");
  if (stamp == NULL || named->hash == NULL)
    return fail (error, name, "has no stamp and hash");
  named->stamp = confsync_stamp_new_from_json (stamp, error);
  return named->stamp != NULL &&
         (conflicts == NULL || confsync_conflict_list_read (conflicts, &named->conflicts, error));
}

static gboolean
restore_revision (ConfsyncJson *json, const char *name, ConfsyncNamed *named, GError **error)
{
  g_autoptr (ConfsyncJson) member = get (json, name);

  return member == NULL || restore_name (member, name, named, error);
}

static gboolean
restore_hold (ConfsyncJson *json, ConfsyncHold *hold, GError **error)
{
  g_autofree char *name = get_string (json, "hold");

  for (guint i = 0; i < G_N_ELEMENTS (hold_names); i++)
    if (g_strcmp0 (name, hold_names[i]) == 0)
      {
        *hold = i;
        return TRUE;
      }
  return fail (error, "carried", "doesn't say why it is held back");
}

static gboolean
restore_one_carried (ConfsyncJson *json, ConfsyncRestored *restored, GError **error)
{
  restored->reason = get_string (json, "reason");
  restored->id = get_string (json, "id");
  if (restored->reason == NULL || restored->id == NULL)
    return fail (error, "carried", "has no reason and id");
  return restore_name (json, "carried", &restored->revision, error) &&
         restore_revision (json, "base", &restored->base, error) &&
         restore_hold (json, &restored->hold, error) &&
         restore_time (json, "since", &restored->since, error);
}

static gboolean
restore_carried (ConfsyncJson *state, GPtrArray *list, GError **error)
{
  g_autoptr (ConfsyncJson) array = get (state, "carried");

  if (array == NULL)
    return TRUE;
  if (confsync_json_get_kind (array) != CONFSYNC_JSON_ARRAY ||
      confsync_json_get_length (array) > RESTORED_MAX)
    return fail (error, "carried", "is no short list");
  for (guint i = 0; i < confsync_json_get_length (array); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (array, i);

      g_ptr_array_add (list, g_new0 (ConfsyncRestored, 1));
      if (!restore_one_carried (item, list->pdata[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
restore_late (ConfsyncReplica *self, ConfsyncJson *state, GError **error)
{
  g_autoptr (ConfsyncJson) array = get (state, "late");

  if (array == NULL)
    return TRUE;
  if (confsync_json_get_kind (array) != CONFSYNC_JSON_ARRAY ||
      confsync_json_get_length (array) > RESTORED_MAX)
    return fail (error, "late", "is no short list");
  for (guint i = 0; i < confsync_json_get_length (array); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (array, i);
      ConfsyncNamed named = { 0 };
      gboolean ok = restore_name (item, "late", &named, error);

      if (ok)
        confsync_replica_restore_late (self, &named);
      confsync_named_clear (&named);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* An earlier release knew of no epochs of its own. */
static gboolean
restore_epoch (ConfsyncJson *state, const ConfsyncNamed *head, gint64 *epoch, GError **error)
{
  g_autoptr (ConfsyncJson) member = get (state, "epoch");

  *epoch = head->stamp != NULL ? confsync_stamp_get_epoch (head->stamp) : 0;
  return member == NULL || restore_integer (state, "epoch", G_MAXINT32, epoch, error);
}

static void
forget_restored (ConfsyncReplica *self)
{
  confsync_named_clear (&self->restored_head);
  confsync_named_clear (&self->restored_next);
  confsync_named_clear (&self->restored_fallback);
  g_ptr_array_set_size (self->restored_carried, 0);
  g_ptr_array_set_size (self->restored_late, 0);
}

gboolean
confsync_replica_restore (ConfsyncReplica *self, ConfsyncJson *state, GError **error)
{
  gint64 used, greatest, epoch;
  guint64 actor;

  /* all or nothing: with half a state, this would be neither the earlier life nor a new one */
  if (!restore_time (state, "used", &used, error) ||
      !restore_time (state, "greatest", &greatest, error) ||
      !restore_actor (state, &actor, error) ||
      !restore_revision (state, "head", &self->restored_head, error) ||
      !restore_revision (state, "next", &self->restored_next, error) ||
      !restore_revision (state, "fallback", &self->restored_fallback, error) ||
      !restore_epoch (state, &self->restored_head, &epoch, error) ||
      !restore_carried (state, self->restored_carried, error) ||
      !restore_late (self, state, error))
    {
      forget_restored (self);
      return FALSE;
    }

  self->actor = actor;
  self->epoch = epoch;
  self->used = used;
  self->used_before = used;
  self->greatest = greatest;
  self->restored_greatest = greatest;
  self->found = get_string (state, "found");
  self->restored_local = get_string (state, "local");
  self->restored = TRUE;
  return TRUE;
}

const char *
confsync_replica_get_restored_hash (ConfsyncReplica *self)
{
  return self->restored_head.hash;
}

GStrv
confsync_replica_dup_wanted (ConfsyncReplica *self)
{
  g_autoptr (GPtrArray) hashes = g_ptr_array_new ();

  want (hashes, self->restored_head.hash);
  want (hashes, self->restored_fallback.hash);
  for (guint i = 0; i < self->restored_carried->len; i++)
    {
      ConfsyncRestored *restored = self->restored_carried->pdata[i];

      want (hashes, restored->revision.hash);
      want (hashes, restored->base.hash);
    }
  for (guint i = 0; i < self->restored_late->len; i++)
    want (hashes, ((ConfsyncNamed *) self->restored_late->pdata[i])->hash);
  g_ptr_array_add (hashes, NULL);
  return g_strdupv ((GStrv) hashes->pdata);
}

void
confsync_replica_supply (ConfsyncReplica *self, ConfsyncDocument *document)
{
  g_hash_table_replace (self->supplied, g_strdup (confsync_document_get_hash (document)),
                        confsync_document_ref (document));
}

void
confsync_replica_saw (ConfsyncReplica *self, ConfsyncStamp *stamp)
{
  /* a first life has seen nothing, whatever lies there */
  if (self->restored)
    confsync_replica_see (self, stamp);
}

/* (nullable): its document is not there any more */
static ConfsyncRevision *
find_supplied (ConfsyncReplica *self, const ConfsyncNamed *named)
{
  ConfsyncDocument *document =
    named->hash != NULL ? g_hash_table_lookup (self->supplied, named->hash) : NULL;

  return document != NULL ? confsync_revision_new_open (document, named->stamp, named->conflicts)
                          : NULL;
}

static void
take_up (ConfsyncReplica *self, ConfsyncRestored *restored)
{
  ConfsyncRevision *revision = find_supplied (self, &restored->revision);
  ConfsyncCarried *carried;

  if (revision == NULL)
    {
      confsync_replica_report (self, CONFSYNC_REPORT_REMARK, NULL, NULL, NULL)->reason =
        g_strdup_printf ("a configuration by %s that was held back is in no version any more",
                         confsync_stamp_get_author (restored->revision.stamp));
      return;
    }
  carried = g_new0 (ConfsyncCarried, 1);
  carried->revision = revision;
  carried->hold = restored->hold;
  carried->reason = g_strdup (restored->reason);
  carried->id = g_strdup (restored->id);
  carried->since = restored->since;
  carried->base = find_supplied (self, &restored->base);
  if (carried->base != NULL)
    confsync_replica_remember (self, carried->base);
  g_ptr_array_add (self->carried, carried);
  confsync_replica_see (self, confsync_revision_get_stamp (revision));
}

void
confsync_replica_take_up_carried (ConfsyncReplica *self)
{
  self->fallback = find_supplied (self, &self->restored_fallback);
  for (guint i = 0; i < self->restored_carried->len; i++)
    take_up (self, self->restored_carried->pdata[i]);
}

void
confsync_replica_look_again (ConfsyncReplica *self)
{
  if (self->head != NULL)
    confsync_replica_drop_carried (self, self->head);
  /* what was told in the earlier life is no news */
  g_clear_pointer (&self->listed, g_ptr_array_unref);
  self->listed = confsync_replica_list_conflicts (self);
  for (guint i = 0; i < self->carried->len; i++)
    {
      ConfsyncCarried *carried = self->carried->pdata[i];

      confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, NULL)->revision =
        confsync_revision_ref (carried->revision);
    }
  confsync_replica_look_at_late (self);
  g_hash_table_remove_all (self->supplied);
  confsync_replica_drain (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts: answered at most once, declined by neglect.
 */

#include "config.h"

#include "confsync-conflict-private.h"

#include "confsync-json-pointer-private.h"

/* Places, each with a text of its own, in the order in which they came. */
typedef struct
{
  GHashTable *known;   /* (nullable): the places, borrowed */
  GPtrArray *pointers; /* (nullable) (element-type utf8) */
  GPtrArray *reasons;  /* (nullable) (element-type utf8) */
} Places;

struct _ConfsyncConflict
{
  ConfsyncRevision *base; /* (owned) (nullable) */
  ConfsyncRevision *local;
  ConfsyncRevision *remote;
  Places overruled;
  Places open;
  char *remark;     /* (owned) (nullable) */
  gboolean is_part; /* about a part of a document */
  ConfsyncAnswerFunc function; /* (nullable): %NULL once answered */
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
};

G_DEFINE_BOXED_TYPE (ConfsyncConflict, confsync_conflict, confsync_conflict_ref,
                     confsync_conflict_unref)

/* Places */

static void
places_clear (Places *self)
{
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_clear_pointer (&self->pointers, g_ptr_array_unref);
  g_clear_pointer (&self->reasons, g_ptr_array_unref);
}

/* a list that ends with %NULL from the beginning */
static GPtrArray *
new_list (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (list, NULL);
  return list;
}

static void
append (GPtrArray *list, char *text)
{
  list->pdata[list->len - 1] = text;
  g_ptr_array_add (list, NULL);
}

/* What is said first of a place counts. */
static void
places_add (Places *self, const char *pointer, const char *reason)
{
  char *copy;

  if (self->known == NULL)
    {
      self->known = g_hash_table_new (g_str_hash, g_str_equal);
      self->pointers = new_list ();
      self->reasons = new_list ();
    }
  if (g_hash_table_contains (self->known, pointer))
    return;
  copy = g_strdup (pointer);
  g_hash_table_add (self->known, copy);
  append (self->pointers, copy);
  append (self->reasons, g_strdup (reason));
}

static const char *const *
list_of (GPtrArray *list)
{
  static const char *const none[] = { NULL };

  return list != NULL ? (const char *const *) list->pdata : none;
}

static gboolean
is_pointer (const char *text)
{
  g_auto (GStrv) tokens = confsync_json_pointer_split (text, NULL);

  return tokens != NULL;
}

/* Conflicts */

ConfsyncConflict *
confsync_conflict_new (ConfsyncRevision *base,
                       ConfsyncRevision *local,
                       ConfsyncRevision *remote,
                       ConfsyncAnswerFunc function,
                       gpointer user_data,
                       GDestroyNotify destroy)
{
  ConfsyncConflict *self = g_rc_box_new0 (ConfsyncConflict);

  self->base = base != NULL ? confsync_revision_ref (base) : NULL;
  self->local = confsync_revision_ref (local);
  self->remote = confsync_revision_ref (remote);
  self->function = function;
  self->user_data = user_data;
  self->destroy = destroy;
  return self;
}

ConfsyncConflict *
confsync_conflict_new_part (ConfsyncRevision *base,
                            ConfsyncRevision *local,
                            ConfsyncRevision *remote,
                            ConfsyncAnswerFunc function,
                            gpointer user_data,
                            GDestroyNotify destroy)
{
  ConfsyncConflict *self =
    confsync_conflict_new (base, local, remote, function, user_data, destroy);

  self->is_part = TRUE;
  return self;
}

static void
conflict_answer (ConfsyncConflict *self,
                 ConfsyncAnswer answer,
                 ConfsyncDocument *merged,
                 const char *reason)
{
  ConfsyncAnswerFunc function = g_steal_pointer (&self->function);

  if (function == NULL)
    return;

  function (self, answer, merged, reason, self->user_data);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

void
confsync_conflict_abandon (ConfsyncConflict *self)
{
  if (g_steal_pointer (&self->function) != NULL && self->destroy != NULL)
    self->destroy (self->user_data);
}

const char *const *
confsync_conflict_get_overruled (ConfsyncConflict *self)
{
  return list_of (self->overruled.pointers);
}

const char *const *
confsync_conflict_get_open (ConfsyncConflict *self)
{
  return list_of (self->open.pointers);
}

const char *const *
confsync_conflict_get_open_reasons (ConfsyncConflict *self)
{
  return list_of (self->open.reasons);
}

const char *
confsync_conflict_get_remark (ConfsyncConflict *self)
{
  return self->remark;
}

/**
 * confsync_conflict_ref:
 * @self: a conflict
 *
 * Keeps a conflict, to answer it later.
 *
 * Returns: (transfer full): the same conflict
 *
 * Since: 1.0
 */
ConfsyncConflict *
confsync_conflict_ref (ConfsyncConflict *self)
{
  return g_rc_box_acquire (self);
}

static void
conflict_clear (ConfsyncConflict *self)
{
  conflict_answer (self, CONFSYNC_ANSWER_DECLINED, NULL, "the resolver gave no answer");
  g_clear_pointer (&self->base, confsync_revision_unref);
  confsync_revision_unref (self->local);
  confsync_revision_unref (self->remote);
  places_clear (&self->overruled);
  places_clear (&self->open);
  g_free (self->remark);
}

/**
 * confsync_conflict_unref:
 * @self: (transfer full): a conflict
 *
 * Drops a reference. The last one declines a conflict that was not answered.
 *
 * Since: 1.0
 */
void
confsync_conflict_unref (ConfsyncConflict *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) conflict_clear);
}

/**
 * confsync_conflict_get_base:
 * @self: a conflict
 *
 * Gets what both sides were made from.
 *
 * Returns: (transfer none) (nullable): what both sides were made from; %NULL where nobody has it
 *   any more
 *
 * Since: 1.0
 */
ConfsyncRevision *
confsync_conflict_get_base (ConfsyncConflict *self)
{
  return self->base;
}

/**
 * confsync_conflict_get_local:
 * @self: a conflict
 *
 * Gets this side.
 *
 * Returns: (transfer none): this side
 *
 * Since: 1.0
 */
ConfsyncRevision *
confsync_conflict_get_local (ConfsyncConflict *self)
{
  return self->local;
}

/**
 * confsync_conflict_get_remote:
 * @self: a conflict
 *
 * Gets the other side.
 *
 * Returns: (transfer none): the other side
 *
 * Since: 1.0
 */
ConfsyncRevision *
confsync_conflict_get_remote (ConfsyncConflict *self)
{
  return self->remote;
}

/**
 * confsync_conflict_add_overruled:
 * @self: a conflict
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones/hall`; the empty string is the whole
 *
 * Says that both sides changed what is at @pointer, and that the value of one of them counts for
 * nothing in the answer to come. It is reported to whoever looks after the instance. Naming a place
 * again does nothing, nor does a call after the answer.
 *
 * Since: 1.0
 */
void
confsync_conflict_add_overruled (ConfsyncConflict *self, const char *pointer)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (pointer != NULL && is_pointer (pointer));

  if (self->function != NULL)
    places_add (&self->overruled, pointer, NULL);
}

/**
 * confsync_conflict_add_open:
 * @self: a conflict
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones/hall`; the empty string is the whole
 * @reason: one line that says why
 *
 * Says that a person has to decide about what is at @pointer. What the answer to come has there
 * stands for the time being, and the place is listed as an open conflict on every instance until
 * somebody settles it. It takes effect with [method@Conflict.take_merged] only. Naming a place
 * again does nothing, nor does a call after the answer.
 *
 * Every instance that uses the same resolver must leave the same places open.
 *
 * Since: 1.0
 */
void
confsync_conflict_add_open (ConfsyncConflict *self, const char *pointer, const char *reason)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (pointer != NULL && is_pointer (pointer));
  g_return_if_fail (reason != NULL);

  if (self->function != NULL)
    places_add (&self->open, pointer, reason);
}

/**
 * confsync_conflict_set_remark:
 * @self: a conflict
 * @remark: (nullable): one sentence for the log, without a full stop
 *
 * Says what is worth knowing of how the answer to come was found, such as that no common ancestor
 * was known any more. It takes the place of an earlier remark. After the answer it does nothing.
 *
 * Since: 1.0
 */
void
confsync_conflict_set_remark (ConfsyncConflict *self, const char *remark)
{
  g_return_if_fail (self != NULL);

  if (self->function == NULL)
    return;
  g_free (self->remark);
  self->remark = g_strdup (remark);
}

/**
 * confsync_conflict_take_local:
 * @self: a conflict
 *
 * Answers: this side, with its own stamp. The other one is kept as a version.
 *
 * Since: 1.0
 */
void
confsync_conflict_take_local (ConfsyncConflict *self)
{
  conflict_answer (self, CONFSYNC_ANSWER_LOCAL, NULL, NULL);
}

/**
 * confsync_conflict_take_remote:
 * @self: a conflict
 *
 * Answers: the other side, with its own stamp. This one is kept as a version.
 *
 * Since: 1.0
 */
void
confsync_conflict_take_remote (ConfsyncConflict *self)
{
  conflict_answer (self, CONFSYNC_ANSWER_REMOTE, NULL, NULL);
}

/* Two edits that each leave something out may leave nothing together, and nobody meant that. */
static void
take_winner_of_nothing (ConfsyncConflict *self)
{
  gboolean local_wins = confsync_revision_compare (self->local, self->remote) > 0;
  ConfsyncRevision *winner = local_wins ? self->local : self->remote;

  if (!confsync_document_is_empty (confsync_revision_get_document (winner)))
    confsync_conflict_set_remark (self, "together the two edits would leave an empty "
                                        "configuration, which is taken for a mistake: the later "
                                        "edit stands");
  conflict_answer (self, local_wins ? CONFSYNC_ANSWER_LOCAL : CONFSYNC_ANSWER_REMOTE, NULL, NULL);
}

/**
 * confsync_conflict_take_merged:
 * @self: a conflict
 * @document: what became of both
 *
 * Answers: a content that includes both sides. Every instance that uses the same resolver must come
 * to the same one.
 *
 * An empty configuration is taken for a mistake, as everywhere: in place of it the side that
 * [method@Revision.compare] prefers is taken.
 *
 * Since: 1.0
 */
void
confsync_conflict_take_merged (ConfsyncConflict *self, ConfsyncDocument *document)
{
  g_return_if_fail (document != NULL);

  if (!self->is_part && confsync_document_is_empty (document))
    take_winner_of_nothing (self);
  else
    conflict_answer (self, CONFSYNC_ANSWER_MERGED, document, NULL);
}

/**
 * confsync_conflict_decline:
 * @self: a conflict
 * @reason: one line that says why
 *
 * Answers: neither. The local side stays live, the other one stays known and is passed on.
 *
 * Since: 1.0
 */
void
confsync_conflict_decline (ConfsyncConflict *self, const char *reason)
{
  conflict_answer (self, CONFSYNC_ANSWER_DECLINED, NULL, reason);
}

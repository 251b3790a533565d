/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Conflicts: answered at most once, declined by neglect.
 */

#include "config.h"

#include "confsync-conflict-private.h"

struct _ConfsyncConflict
{
  ConfsyncRevision *base; /* (owned) (nullable) */
  ConfsyncRevision *local;
  ConfsyncRevision *remote;
  ConfsyncAnswerFunc function; /* (nullable): %NULL once answered */
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
};

G_DEFINE_BOXED_TYPE (ConfsyncConflict, confsync_conflict, confsync_conflict_ref,
                     confsync_conflict_unref)

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

/**
 * confsync_conflict_take_merged:
 * @self: a conflict
 * @document: what became of both
 *
 * Answers: a content that includes both sides. Every instance that uses the same resolver must come
 * to the same one.
 *
 * Since: 1.0
 */
void
confsync_conflict_take_merged (ConfsyncConflict *self, ConfsyncDocument *document)
{
  g_return_if_fail (document != NULL);

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

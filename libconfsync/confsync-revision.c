/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Revisions and their total order.
 */

#include "config.h"

#include "confsync-revision-private.h"

#include <string.h>

#include "confsync-conflict-list-private.h"
#include "confsync-double-private.h"
#include "confsync-mutant-private.h"
#include "confsync-sha256-private.h"
#include "confsync-stamp-private.h"

#define KEY_MAX_LENGTH 1024

struct _ConfsyncRevision
{
  ConfsyncDocument *document; /* (owned) */
  ConfsyncStamp *stamp;       /* (owned) */
  GPtrArray *conflicts;       /* (owned) (nullable): of ConfsyncOpenConflict */
  char *shared_hash;          /* (owned) (nullable): where it isn't the document's */
  char *key;                  /* (owned) (nullable): made at first use */
};

G_DEFINE_BOXED_TYPE (ConfsyncRevision, confsync_revision, confsync_revision_ref,
                     confsync_revision_unref)

/**
 * confsync_revision_new:
 * @document: a document
 * @stamp: its stamp
 *
 * Puts a document and its stamp together.
 *
 * Returns: (transfer full): the two together
 *
 * Since: 1.0
 */
ConfsyncRevision *
confsync_revision_new (ConfsyncDocument *document, ConfsyncStamp *stamp)
{
  ConfsyncRevision *self;

  g_return_val_if_fail (document != NULL, NULL);
  g_return_val_if_fail (stamp != NULL, NULL);

  self = g_atomic_rc_box_new (ConfsyncRevision);
  *self = (ConfsyncRevision){ .document = confsync_document_ref (document),
                              .stamp = confsync_stamp_ref (stamp) };
  return self;
}

ConfsyncRevision *
confsync_revision_new_open (ConfsyncDocument *document, ConfsyncStamp *stamp, GPtrArray *conflicts)
{
  ConfsyncRevision *self = confsync_revision_new (document, stamp);

  self->conflicts = conflicts != NULL ? g_ptr_array_ref (conflicts) : NULL;
  return self;
}

GPtrArray *
confsync_revision_get_conflicts (ConfsyncRevision *self)
{
  return self->conflicts;
}

ConfsyncRevision *
confsync_revision_new_laid (ConfsyncDocument *live, ConfsyncStamp *stamp, const char *shared_hash)
{
  ConfsyncRevision *self = confsync_revision_new (live, stamp);

  if (!g_str_equal (confsync_document_get_hash (live), shared_hash))
    self->shared_hash = g_strdup (shared_hash);
  return self;
}

/**
 * confsync_revision_ref:
 * @self: a revision
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same revision
 *
 * Since: 1.0
 */
ConfsyncRevision *
confsync_revision_ref (ConfsyncRevision *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
revision_clear (ConfsyncRevision *self)
{
  confsync_document_unref (self->document);
  confsync_stamp_unref (self->stamp);
  g_clear_pointer (&self->conflicts, g_ptr_array_unref);
  g_free (self->shared_hash);
  g_free (self->key);
}

/**
 * confsync_revision_unref:
 * @self: (transfer full): a revision
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_revision_unref (ConfsyncRevision *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) revision_clear);
}

/**
 * confsync_revision_get_document:
 * @self: a revision
 *
 * Gets its content.
 *
 * Returns: (transfer none): its content
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_revision_get_document (ConfsyncRevision *self)
{
  return self->document;
}

/**
 * confsync_revision_get_stamp:
 * @self: a revision
 *
 * Gets when it was made, by whom, and what it includes.
 *
 * Returns: (transfer none): when it was made, by whom, and what it includes
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_revision_get_stamp (ConfsyncRevision *self)
{
  return self->stamp;
}

/**
 * confsync_revision_get_hash:
 * @self: a revision
 *
 * Gets the SHA-256 of its canonical form, 64 hexadecimal digits.
 *
 * Where this machine has local members, a store is given revisions whose document has them, for
 * that is what lies in the live file; their hash is that of what is shared, by which all instances
 * name the revision. A store therefore records this one, not that of the document.
 *
 * Returns: the SHA-256 of its canonical form, 64 hexadecimal digits
 *
 * Since: 1.0
 */
const char *
confsync_revision_get_hash (ConfsyncRevision *self)
{
  return self->shared_hash != NULL ? self->shared_hash
                                   : confsync_document_get_hash (self->document);
}

/* @out has room for it. No NUL is written. */
static gsize
write_key (ConfsyncStamp *stamp, const char *hash, gsize hash_length, char *out)
{
  char *o = mempcpy (out, hash, hash_length);

  *o++ = '/';
  o += confsync_digits_write (confsync_stamp_get_epoch (stamp), o);
  *o++ = '/';
  o += confsync_vector_write_text (confsync_stamp_get_vector (stamp), o);
  return (gsize) (o - out);
}

char *
confsync_stamp_make_key (ConfsyncStamp *stamp, const char *hash)
{
  gsize hash_length = strlen (hash), length;
  gsize max = hash_length + CONFSYNC_DIGITS_MAX + 2 +
              confsync_vector_get_text_max (confsync_stamp_get_vector (stamp));
  char few[KEY_MAX_LENGTH];
  g_autofree char *many = max > sizeof few ? g_malloc (max) : NULL;
  char *key = many != NULL ? many : few;
  ConfsyncSha256 checksum;

  length = write_key (stamp, hash, hash_length, key);
  if (length <= KEY_MAX_LENGTH)
    return g_strndup (key, length);

  /* many keys are remembered, and a vector may have come from a stranger */
  confsync_sha256_init (&checksum, TRUE);
  confsync_sha256_update (&checksum, key, length);
  return confsync_sha256_end (&checksum);
}

guint
confsync_key_hash (gconstpointer key)
{
  const guint64 factor = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  const char *text = key;
  gsize length = strlen (text);
  guint64 hash = length, word;

  for (; length >= sizeof word; length -= sizeof word, text += sizeof word)
    {
      memcpy (&word, text, sizeof word);
      hash = (hash ^ word) * factor;
      hash ^= hash >> 32;
    }
  for (; length > 0; length--, text++)
    hash = (hash ^ (guchar) *text) * factor;
  return (guint) (hash >> 32);
}

const char *
confsync_revision_get_key (ConfsyncRevision *self)
{
  if (g_atomic_pointer_get (&self->key) == NULL)
    {
      char *key = confsync_stamp_make_key (self->stamp, confsync_revision_get_hash (self));

      if (!g_atomic_pointer_compare_and_exchange (&self->key, NULL, key))
        g_free (key);
    }
  return self->key;
}

gboolean
confsync_revision_same (ConfsyncRevision *a, ConfsyncRevision *b)
{
  return a == b ||
         (confsync_stamp_get_epoch (a->stamp) == confsync_stamp_get_epoch (b->stamp) &&
          g_str_equal (confsync_revision_get_hash (a), confsync_revision_get_hash (b)) &&
          confsync_vector_equal (confsync_stamp_get_vector (a->stamp),
                                 confsync_stamp_get_vector (b->stamp)));
}

static int
compare_numbers (gint64 a, gint64 b)
{
  return (a > b) - (a < b);
}

/* Among initials: who is held by more actors, then who started first. */
static int
compare_initials (ConfsyncStamp *a, ConfsyncStamp *b)
{
  int order = compare_numbers (confsync_vector_get_length (confsync_stamp_get_vector (a)),
                               confsync_vector_get_length (confsync_stamp_get_vector (b)));

  return order != 0 ? order
                    : compare_numbers (confsync_stamp_get_time (b), confsync_stamp_get_time (a));
}

int
confsync_stamp_compare_total (ConfsyncStamp *a, ConfsyncStamp *b)
{
  gboolean initial_a = confsync_stamp_get_kind (a) == CONFSYNC_STAMP_INITIAL;
  gboolean initial_b = confsync_stamp_get_kind (b) == CONFSYNC_STAMP_INITIAL;
  int order = compare_numbers (confsync_stamp_get_epoch (a), confsync_stamp_get_epoch (b));

  if (order == 0)
    order = compare_numbers (initial_b, initial_a);
  if (order == 0 && initial_a)
    order = compare_initials (a, b);
  if (order == 0)
    order = compare_numbers (confsync_stamp_get_time (a), confsync_stamp_get_time (b));
  if (order == 0)
    order = strcmp (confsync_stamp_get_author (a), confsync_stamp_get_author (b));
  if (order == 0)
    order = confsync_vector_compare_total (confsync_stamp_get_vector (a),
                                           confsync_stamp_get_vector (b));
  return order;
}

/**
 * confsync_revision_compare:
 * @a: a revision
 * @b: another one
 *
 * Compares two revisions in the total order that decides where causality doesn't: epoch, edited
 * before initial, time, author, vector, hash; among initials more holders, then the earlier first
 * start. It never contradicts [method@Stamp.compare].
 *
 * Returns: greater than 0 where @a wins, less where @b does, 0 where both are the same
 *
 * Since: 1.0
 */
int
confsync_revision_compare (ConfsyncRevision *a, ConfsyncRevision *b)
{
  int order = confsync_stamp_compare_total (a->stamp, b->stamp);

  if (CONFSYNC_MUTANT ("hash-first") &&
      confsync_stamp_get_time (a->stamp) == confsync_stamp_get_time (b->stamp))
    order = 0;
  if (order == 0)
    order = strcmp (confsync_revision_get_hash (a), confsync_revision_get_hash (b));
  return order;
}

static ConfsyncRevision *
with_joined_vector (ConfsyncRevision *winner, ConfsyncRevision *loser)
{
  g_autoptr (ConfsyncVector) vector = confsync_vector_join (
    confsync_stamp_get_vector (winner->stamp), confsync_stamp_get_vector (loser->stamp));
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_with_vector (winner->stamp, vector);
  g_autoptr (GPtrArray) conflicts =
    confsync_conflict_list_join (winner, loser, winner->document);

  return confsync_revision_new_open (winner->document, stamp, conflicts);
}

ConfsyncRevision *
confsync_revision_pick (ConfsyncRevision *a, ConfsyncRevision *b)
{
  ConfsyncRevision *winner = confsync_revision_compare (a, b) > 0 ? a : b;
  ConfsyncRevision *loser = winner == a ? b : a;

  if (confsync_stamp_get_kind (a->stamp) == CONFSYNC_STAMP_INITIAL &&
      confsync_stamp_get_kind (b->stamp) == CONFSYNC_STAMP_INITIAL)
    return with_joined_vector (winner, loser);
  return confsync_revision_ref (winner);
}

ConfsyncRevision *
confsync_revision_join (ConfsyncRevision *a, ConfsyncRevision *b)
{
  gboolean a_wins = confsync_revision_compare (a, b) > 0;

  return with_joined_vector (a_wins ? a : b, a_wins ? b : a);
}

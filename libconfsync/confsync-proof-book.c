/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The book of failed proofs. Places come from outside, so that there are never more than so many.
 */

#include "config.h"

#include "confsync-proof-book-private.h"

#define PLACES_MAX 1024
#define WAIT_FIRST_US G_USEC_PER_SEC
/* less than an asker waits, so that it doesn't take the place of who was given the right key */
#define WAIT_MAX_US (59 * G_USEC_PER_SEC)
/* who didn't fail for so long begins anew */
#define FORGET_US (600 * G_USEC_PER_SEC)

/* of the one that is heard while the others wait */
typedef enum {
  EARLY_NOBODY,
  EARLY_HEARD,
  EARLY_FAILED,
} Early;

typedef struct
{
  gint64 failed_at;
  gint64 wait;
  Early early;
  gboolean asked; /* somebody came who had to wait */
} Entry;

struct _ConfsyncProofBook
{
  GHashTable *places; /* of char * to Entry */
};

ConfsyncProofBook *
confsync_proof_book_new (void)
{
  ConfsyncProofBook *self = g_new (ConfsyncProofBook, 1);

  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
confsync_proof_book_free (ConfsyncProofBook *self)
{
  g_hash_table_unref (self->places);
  g_free (self);
}

/* The one that was longest without a failure goes: whoever is at it stays in the book. */
static void
make_room (ConfsyncProofBook *self)
{
  GHashTableIter iter;
  const char *place, *oldest = NULL;
  Entry *entry;
  gint64 failed_at = G_MAXINT64;

  if (g_hash_table_size (self->places) < PLACES_MAX)
    return;
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, (gpointer *) &place, (gpointer *) &entry))
    if (entry->failed_at < failed_at)
      {
        failed_at = entry->failed_at;
        oldest = place;
      }
  g_hash_table_remove (self->places, oldest);
}

void
confsync_proof_book_fail (ConfsyncProofBook *self, const char *place, gint64 now)
{
  Entry *entry = g_hash_table_lookup (self->places, place);

  if (entry == NULL)
    {
      make_room (self);
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (self->places, g_strdup (place), entry);
    }
  else if (now >= entry->failed_at + entry->wait)
    entry->early = EARLY_NOBODY;
  else if (entry->early == EARLY_HEARD)
    entry->early = EARLY_FAILED;
  else
    /* several links may fail at once, which counts as one time */
    return;
  if (entry->wait == 0 || now - entry->failed_at > FORGET_US)
    entry->wait = WAIT_FIRST_US;
  else
    entry->wait = MIN (2 * entry->wait, WAIT_MAX_US);
  entry->failed_at = now;
  entry->asked = FALSE;
}

void
confsync_proof_book_pass (ConfsyncProofBook *self, const char *place)
{
  g_hash_table_remove (self->places, place);
}

gint64
confsync_proof_book_get_wait (ConfsyncProofBook *self,
                              const char *place,
                              gint64 now,
                              gboolean *first)
{
  Entry *entry = g_hash_table_lookup (self->places, place);
  gint64 left = entry != NULL ? entry->failed_at + entry->wait - now : 0;

  *first = FALSE;
  if (left <= 0)
    return 0;
  if (entry->early == EARLY_NOBODY)
    {
      entry->early = EARLY_HEARD;
      return 0;
    }
  *first = !entry->asked;
  entry->asked = TRUE;
  return left;
}

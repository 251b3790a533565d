/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The nearest of some names by edit distance, where one is near enough to be a fair guess.
 */

#include "config.h"

#include "confsync-suggest-private.h"

#include <string.h>

/* longer names are no typing mistakes; bounds the work for a hostile environment */
#define NAME_MAX_BYTES 64

/* Levenshtein's distance, bytewise: option and command names are ASCII. */
static guint
distance (const char *a, const char *b)
{
  guint row[NAME_MAX_BYTES + 1];
  const gsize length = strlen (b);

  for (gsize j = 0; j <= length; j++)
    row[j] = j;
  for (gsize i = 0; a[i] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i + 1;
      for (gsize j = 0; j < length; j++)
        {
          guint above = row[j + 1];
          guint replaced = diagonal + (a[i] == b[j] ? 0 : 1);

          row[j + 1] = MIN (replaced, MIN (above, row[j]) + 1);
          diagonal = above;
        }
    }
  return row[length];
}

/*
 * confsync_suggest:
 * @candidates: (array zero-terminated=1): the names there are
 *
 * Returns: (nullable) (transfer none): the one of @candidates that is nearest to @name, the first
 *   of equals; %NULL where each differs in more than a third of it and one byte
 */
const char *
confsync_suggest (const char *name, const char *const *candidates)
{
  const gsize length = strlen (name);
  const char *best = NULL;
  guint best_distance = 2 + length / 3;

  if (length > NAME_MAX_BYTES)
    return NULL;

  for (gsize i = 0; candidates[i] != NULL; i++)
    {
      guint d;

      if (strlen (candidates[i]) > NAME_MAX_BYTES)
        continue;
      d = distance (name, candidates[i]);
      if (d < best_distance)
        {
          best = candidates[i];
          best_distance = d;
        }
    }
  return best;
}

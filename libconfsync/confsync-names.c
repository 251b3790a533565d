/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Sorting the names of an object, whatever they are, and finding one that stands there twice.
 */

#include "config.h"

#include "confsync-names-private.h"

/* more than this many are sorted by merging instead of by insertion */
#define INSERTION_SORT_MAX 16

static inline int
compare_names (const ConfsyncNames *self, guint32 a, guint32 b)
{
  const ConfsyncCell *x = &self->cells[a], *y = &self->cells[b];

  if (x->prefix != y->prefix)
    return x->prefix < y->prefix ? -1 : 1;
  return confsync_name_compare (self->strings[x->in_pool] + x->string.offset, x->string.length,
                                self->strings[y->in_pool] + y->string.offset, y->string.length);
}

static int
compare_names_cb (gconstpointer a, gconstpointer b, gpointer names)
{
  return compare_names (names, *(const guint32 *) a, *(const guint32 *) b);
}

/* %TRUE where two are equal: in a sorted list, an equal one is what a name stops at */
static gboolean
sort_by_insertion (const ConfsyncNames *names, guint32 *list, guint32 count)
{
  gboolean equal = FALSE;

  for (guint32 i = 1; i < count; i++)
    {
      guint32 cell = list[i], j = i;

      for (; j > 0; j--)
        {
          int order = compare_names (names, list[j - 1], cell);

          equal |= order == 0;
          if (order <= 0)
            break;
          list[j] = list[j - 1];
        }
      list[j] = cell;
    }
  return equal;
}

/* @list is in document order, which often is sorted already; %FALSE where all names are known to
 * differ */
static gboolean
sort_names (const ConfsyncNames *names, guint32 *list, guint32 count)
{
  guint32 sorted = 1;

  if (count <= INSERTION_SORT_MAX)
    return sort_by_insertion (names, list, count);
  while (sorted < count && compare_names (names, list[sorted - 1], list[sorted]) < 0)
    sorted++;
  if (sorted == count)
    return FALSE;
  g_qsort_with_data (list, (int) count, sizeof *list, compare_names_cb, (gpointer) names);
  return TRUE;
}

/* the first cell in document order whose name came before, or 0 */
static guint32
find_duplicate (const ConfsyncNames *names, const guint32 *sorted, guint32 count)
{
  guint32 first = 0;

  for (guint32 i = 1; i < count; i++)
    {
      guint32 later = MAX (sorted[i - 1], sorted[i]);

      if ((first == 0 || later < first) && compare_names (names, sorted[i - 1], sorted[i]) == 0)
        first = later;
    }
  return first;
}

guint32
confsync_names_sort (const ConfsyncNames *self, guint32 *list, guint32 count)
{
  return sort_names (self, list, count) ? find_duplicate (self, list, count) : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The book of clocks. Only those that are ahead stand in it, and only so many: names come from
 * outside.
 */

#include "config.h"

#include "confsync-clock-book-private.h"

#define NAMES_MAX 1024

/* Where each order of magnitude begins. */
static const gint64 steps[] = {
  CONFSYNC_CLOCK_AHEAD_MIN_US,
  10 * G_TIME_SPAN_MINUTE,
  2 * G_TIME_SPAN_HOUR,
  2 * G_TIME_SPAN_DAY,
  60 * G_TIME_SPAN_DAY,
};

struct _ConfsyncClockBook
{
  GHashTable *told; /* who to how many of the steps were told */
};

ConfsyncClockBook *
confsync_clock_book_new (void)
{
  ConfsyncClockBook *self = g_new (ConfsyncClockBook, 1);

  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
confsync_clock_book_free (ConfsyncClockBook *self)
{
  g_hash_table_unref (self->told);
  g_free (self);
}

/* How many steps are reached. A step that was told counts until it is missed by a fifth, so that
 * what is near a border isn't told again and again. */
static guint
count_steps (gint64 ahead, guint told)
{
  guint n = 0;

  while (n < G_N_ELEMENTS (steps) && ahead > (n < told ? steps[n] - steps[n] / 5 : steps[n]))
    n++;
  return n;
}

gboolean
confsync_clock_book_note (ConfsyncClockBook *self, const char *who, gint64 ahead)
{
  guint told = GPOINTER_TO_UINT (g_hash_table_lookup (self->told, who));
  guint now = count_steps (ahead, told);

  if (now == told)
    return FALSE;
  if (now == 0)
    g_hash_table_remove (self->told, who);
  else if (told > 0 || g_hash_table_size (self->told) < NAMES_MAX)
    g_hash_table_replace (self->told, g_strdup (who), GUINT_TO_POINTER (now));
  else
    return FALSE;
  return TRUE;
}

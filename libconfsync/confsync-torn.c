/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A disk writes whole sectors, in any order. An edit that changes a value differs from both texts
 * within a sector, so smaller pieces than that are never taken for what a power cut left.
 */

#include "config.h"

#include "confsync-torn-private.h"

#include <string.h>

/* the smallest piece that a disk writes at once, in bytes */
#define SECTOR 512

static gboolean
has_piece (GBytes *text, gsize offset, const guint8 *piece, gsize length)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (text, &size);

  return offset + length <= size && memcmp (data + offset, piece, length) == 0;
}

/* @after as it is before the file is cut to its length */
static GBytes *
lay_over (GBytes *before, GBytes *after)
{
  gsize before_size, after_size;
  const guint8 *before_data = g_bytes_get_data (before, &before_size);
  const guint8 *after_data = g_bytes_get_data (after, &after_size);
  GByteArray *over = g_byte_array_new ();

  g_byte_array_append (over, after_data, after_size);
  if (before_size > after_size)
    g_byte_array_append (over, before_data + after_size, before_size - after_size);
  return g_byte_array_free_to_bytes (over);
}

/* Whether each sector of @live is one of @before or of @after, and it is neither as a whole. */
gboolean
confsync_torn_is_mix (GBytes *live, GBytes *before, GBytes *after)
{
  g_autoptr (GBytes) over = lay_over (before, after);
  gsize size;
  const guint8 *data = g_bytes_get_data (live, &size);

  if (g_bytes_equal (live, before) || g_bytes_equal (live, after))
    return FALSE;
  for (gsize offset = 0; offset < size; offset += SECTOR)
    {
      gsize length = MIN (SECTOR, size - offset);

      if (!has_piece (before, offset, data + offset, length) &&
          !has_piece (over, offset, data + offset, length))
        return FALSE;
    }
  return TRUE;
}

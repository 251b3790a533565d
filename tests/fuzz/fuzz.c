/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the fuzz targets share.
 */

#include "config.h"

#include "fuzz.h"

#define MAX_VALUES 5000
#define MAX_MESSAGE_BYTES 4096

ConfsyncJson *
fuzz_parse (const guint8 *data, gsize size)
{
  const ConfsyncJsonLimits limits = { .max_bytes = 1024 * 1024, .max_depth = 64,
                                      .max_values = MAX_VALUES };
  g_autoptr (GBytes) text = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (text, &limits, &error);

  if (json == NULL)
    fuzz_check_error (error);
  return json;
}

gboolean
fuzz_split (const guint8 *data, gsize size, guint n_parts, ConfsyncJson **parts)
{
  g_autoptr (ConfsyncJson) all = fuzz_parse (data, size);

  if (all == NULL || confsync_json_get_kind (all) != CONFSYNC_JSON_ARRAY ||
      confsync_json_get_length (all) != n_parts)
    return FALSE;
  for (guint i = 0; i < n_parts; i++)
    parts[i] = confsync_json_get_element (all, i);
  return TRUE;
}

void
fuzz_free_parts (guint n_parts, ConfsyncJson **parts)
{
  for (guint i = 0; i < n_parts; i++)
    g_clear_pointer (&parts[i], confsync_json_unref);
}

void
fuzz_check_error (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_cmpint (strlen (error->message), >, 0);
  g_assert_cmpint (strlen (error->message), <, MAX_MESSAGE_BYTES);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

void
fuzz_check_same (GBytes *a, GBytes *b)
{
  g_assert_cmpmem (g_bytes_get_data (a, NULL), g_bytes_get_size (a), g_bytes_get_data (b, NULL),
                   g_bytes_get_size (b));
  g_bytes_unref (a);
  g_bytes_unref (b);
}

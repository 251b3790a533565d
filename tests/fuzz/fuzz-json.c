/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The reader: what it takes, all three writers write so that it takes the same again.
 */

#include "config.h"

#include "fuzz.h"

static void
check_text (GBytes *text, const char *hash)
{
  g_autoptr (GBytes) owned = text;
  g_autoptr (GError) error = NULL;
  /* without the limits of the input: other spellings may be longer */
  g_autoptr (ConfsyncJson) again = confsync_json_parse (owned, NULL, &error);
  g_autofree char *again_hash = NULL;

  g_assert_no_error (error);
  again_hash = confsync_json_hash (again);
  g_assert_cmpstr (again_hash, ==, hash);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (ConfsyncJson) json = fuzz_parse (data, size);
  g_autoptr (ConfsyncJson) fixed = NULL;
  g_autoptr (GBytes) canonical = NULL;
  g_autofree char *hash = NULL;

  if (json == NULL)
    return 0;
  hash = confsync_json_hash (json);
  check_text (confsync_json_to_compact (json), hash);
  check_text (confsync_json_to_pretty (json, json), hash);
  check_text (confsync_json_to_pretty (json, NULL), hash);

  canonical = confsync_json_to_canonical (json);
  fixed = confsync_json_parse (canonical, NULL, NULL);
  g_assert_nonnull (fixed);
  g_assert_true (confsync_json_equal (json, fixed));
  fuzz_check_same (g_bytes_ref (canonical), confsync_json_to_canonical (fixed));
  return 0;
}

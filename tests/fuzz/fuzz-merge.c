/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The three-way merge. The input is [base, ours, theirs]: what one side alone changed is the
 * result, both orders name the same conflicts, and without conflicts give the same value.
 */

#include "config.h"

#include "fuzz.h"

static void
check_identities (ConfsyncJson *base, ConfsyncJson *side)
{
  g_autoptr (ConfsyncJson) ours = confsync_json_merge (base, side, base, NULL);
  g_autoptr (ConfsyncJson) theirs = confsync_json_merge (base, base, side, NULL);
  g_autoptr (ConfsyncJson) both = confsync_json_merge (base, side, side, NULL);

  g_assert_true (confsync_json_equal (ours, side));
  g_assert_true (confsync_json_equal (theirs, side));
  g_assert_true (confsync_json_equal (both, side));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ConfsyncJson *parts[3];
  g_auto (GStrv) conflicts = NULL, mirrored = NULL;
  g_autoptr (ConfsyncJson) there = NULL;
  g_autoptr (ConfsyncJson) back = NULL;

  if (!fuzz_split (data, size, 3, parts))
    return 0;
  check_identities (parts[0], parts[1]);
  check_identities (parts[0], parts[2]);
  there = confsync_json_merge (parts[0], parts[1], parts[2], &conflicts);
  back = confsync_json_merge (parts[0], parts[2], parts[1], &mirrored);

  g_assert_cmpuint (conflicts != NULL ? g_strv_length (conflicts) : 0, ==,
                    mirrored != NULL ? g_strv_length (mirrored) : 0);
  if (conflicts == NULL || *conflicts == NULL)
    g_assert_true (confsync_json_equal (there, back));
  fuzz_free_parts (3, parts);
  return 0;
}

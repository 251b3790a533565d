/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * RFC 6902 and its other direction. The input is [value, patch]: a patch that fits gives a value,
 * and the difference of the two, applied to the first, gives the second.
 */

#include "config.h"

#include "fuzz.h"

static ConfsyncJson *
apply (ConfsyncJson *value, ConfsyncJson *patch)
{
  g_autoptr (GError) error = NULL;
  ConfsyncJson *result = confsync_json_patch (value, patch, &error);

  if (result == NULL)
    fuzz_check_error (error);
  return result;
}

/* Whether the difference leads from one to the other. */
static void
check_way (ConfsyncJson *from, ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) difference = confsync_json_diff (from, to);
  g_autoptr (ConfsyncJson) reached = apply (from, difference);

  g_assert_nonnull (reached);
  g_assert_true (confsync_json_equal (reached, to));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ConfsyncJson *parts[2];

  if (!fuzz_split (data, size, 2, parts))
    return 0;
  {
    g_autoptr (ConfsyncJson) result = apply (parts[0], parts[1]);

    if (result != NULL)
      check_way (parts[0], result);
  }
  check_way (parts[0], parts[1]);
  check_way (parts[1], parts[0]);
  fuzz_free_parts (2, parts);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of versions: what counts as one names a file in its folder and nothing else, and another
 * name can come after it.
 */

#include "config.h"

#include "fuzz.h"

#include "confsync-version-name-private.h"

#define TIME_2100_S G_GINT64_CONSTANT (4102444800)

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *name = g_strndup ((const char *) data, size);
  g_autofree char *next = NULL;

  if (!confsync_version_name_is_valid (name))
    return 0;
  g_assert_cmpuint (strlen (name), <=, strlen ("config_20991231235959_999999.json"));
  g_assert_null (strpbrk (name, "/\\%"));
  g_assert_null (strstr (name, ".."));
  g_assert_cmpint (confsync_version_name_get_time (name), >=, G_MININT32 * G_GINT64_CONSTANT (100));

  next = confsync_version_name_next (name, TIME_2100_S - 1);
  if (next != NULL)
    {
      g_assert_true (confsync_version_name_is_valid (next));
      g_assert_cmpstr (next, >, name);
    }
  return 0;
}

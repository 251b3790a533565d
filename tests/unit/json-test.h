/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the tests of JSON values share: values from literals, and random values.
 */

#pragma once

#include <string.h>

#include "confsync-error.h"
#include "confsync-json-builder-private.h"

/* a value from text that must be good; single quotes stand for double ones */
static inline ConfsyncJson *
json_from (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  return json;
}

/* takes @bytes */
static inline char *
text_of (GBytes *bytes)
{
  char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_bytes_unref (bytes);
  return text;
}

static inline void
assert_json (ConfsyncJson *json, const char *expected)
{
  g_autofree char *text = NULL, *quoted = g_strdelimit (g_strdup (expected), "'", '"');

  g_assert_nonnull (json);
  text = text_of (confsync_json_to_compact (json));
  g_assert_cmpstr (text, ==, quoted);
}

static inline void
append_random (ConfsyncJsonBuilder *builder, GRand *rand, guint depth)
{
  static const char *const strings[] = { "", "a", "b/c", "~", "ü", "𝄞", "\"\\\n" };
  static const char *const names[] = { "a", "b", "c/d", "e~f", "", "g", "ü", "\xee\x80\x80" };
  guint choice = (guint) g_rand_int_range (rand, 0, depth > 0 ? 10 : 6);
  guint n = (guint) g_rand_int_range (rand, 0, 6);

  if (choice == 0)
    confsync_json_builder_null (builder);
  else if (choice == 1)
    confsync_json_builder_boolean (builder, g_rand_boolean (rand));
  else if (choice == 2)
    confsync_json_builder_double (builder, g_rand_int_range (rand, -3, 4) / 2.0);
  else if (choice == 3)
    confsync_json_builder_string (builder,
                                  strings[g_rand_int_range (rand, 0, G_N_ELEMENTS (strings))]);
  else if (choice < 6)
    confsync_json_builder_integer (builder, g_rand_int_range (rand, -2, 3));
  else if (choice < 8)
    {
      confsync_json_builder_begin_array (builder);
      for (guint i = 0; i < n; i++)
        append_random (builder, rand, depth - 1);
      confsync_json_builder_close (builder);
    }
  else
    {
      confsync_json_builder_begin_object (builder);
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_rand_int_range (rand, 0, 2) == 0)
          {
            confsync_json_builder_name (builder, names[i]);
            append_random (builder, rand, depth - 1);
          }
      confsync_json_builder_close (builder);
    }
}

static inline ConfsyncJson *
random_json (GRand *rand)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json;

  append_random (builder, rand, 4);
  json = confsync_json_builder_end (builder, &error);
  g_assert_no_error (error);
  return json;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Values made from C.
 */

#include "config.h"

#include <math.h>

#include "json-test.h"

#define TEXTS 2000

static void
test_builder (void)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) part = json_from ("{'x':['\\n',1.0,true,null]}"), json = NULL;
  g_autoptr (ConfsyncJson) inner = confsync_json_get_member (part, "x");
  g_autoptr (GError) error = NULL;

  g_test_summary ("The builder makes what it's told, and copies parts of other values");
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "z");
  confsync_json_builder_append (builder, inner);
  confsync_json_builder_name (builder, "a");
  confsync_json_builder_begin_array (builder);
  confsync_json_builder_string (builder, NULL);
  confsync_json_builder_string (builder, "ü");
  confsync_json_builder_integer (builder, G_MININT64);
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, &error);
  g_assert_no_error (error);
  g_clear_pointer (&part, confsync_json_unref);
  assert_json (json, "{'z':['\\n',1.0,true,null],'a':[null,'ü',-9223372036854775808]}");
}

static void
assert_builder_fails (ConfsyncJsonBuilder *builder, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_builder_end (builder, &error);

  g_assert_null (json);
  g_assert_error (error, CONFSYNC_ERROR, code);
}

static void
test_builder_errors (void)
{
  const ConfsyncJsonLimits limits = { 3, 1, 2 };
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (&limits);
  g_autoptr (ConfsyncJson) json = NULL;

  g_test_summary ("The builder's first error is the answer, and it can be used again after it");
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "a");
  confsync_json_builder_begin_array (builder);
  assert_builder_fails (builder, CONFSYNC_ERROR_TOO_LARGE);
  confsync_json_builder_string (builder, "four");
  assert_builder_fails (builder, CONFSYNC_ERROR_TOO_LARGE);
  confsync_json_builder_string (builder, "\xff");
  assert_builder_fails (builder, CONFSYNC_ERROR_INVALID_JSON);
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < 2; i++)
    confsync_json_builder_null (builder);
  confsync_json_builder_close (builder);
  assert_builder_fails (builder, CONFSYNC_ERROR_TOO_LARGE);
  confsync_json_builder_string (builder, "abc");
  json = confsync_json_builder_end (builder, NULL);
  assert_json (json, "'abc'");
}

static void
test_builder_duplicate (void)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  g_test_summary ("The builder refuses a second member of one name");
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < 2; i++)
    {
      confsync_json_builder_name (builder, "twice");
      confsync_json_builder_null (builder);
    }
  confsync_json_builder_close (builder);
  assert_builder_fails (builder, CONFSYNC_ERROR_INVALID_JSON);
}

/* the same calls for a value and for text */
static void
test_text (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (21);

  g_test_summary ("A builder that writes text writes what the value's compact form is");
  for (guint i = 0; i < TEXTS; i++)
    {
      g_autoptr (GRand) copy = g_rand_copy (rand);
      g_autoptr (ConfsyncJson) json = random_json (rand);
      g_autofree char *expected = text_of (confsync_json_to_compact (json)), *text = NULL;
      g_auto (ConfsyncJsonBuilder) builder;
      g_autoptr (GError) error = NULL;
      GBytes *bytes;

      confsync_json_builder_init (&builder);
      confsync_json_builder_begin_text (&builder, 0);
      if (i % 2 == 0)
        append_random (&builder, copy, 4);
      else
        confsync_json_builder_append (&builder, json);
      bytes = confsync_json_builder_end_text (&builder, &error);
      g_assert_no_error (error);
      text = text_of (bytes);
      g_assert_cmpstr (text, ==, expected);
    }
}

static void
test_text_strings (void)
{
  g_test_summary ("Strings of every length with every byte at every place that is ASCII");
  for (guint length = 0; length <= 20; length++)
    for (guint byte = 1; byte < 0x80; byte++)
      for (guint at = 0; at < MAX (length, 1); at++)
        {
          g_autofree char *value = g_strnfill (length, 'x'), *text = NULL, *expected = NULL;
          g_auto (ConfsyncJsonBuilder) builder;
          g_autoptr (ConfsyncJson) back = NULL;

          if (byte == '\'')
            continue; /* not in json_from() */
          if (length > 0)
            value[at] = (char) byte;
          confsync_json_builder_init (&builder);
          confsync_json_builder_begin_text (&builder, 0);
          confsync_json_builder_string (&builder, value);
          text = text_of (confsync_json_builder_end_text (&builder, NULL));
          back = json_from (text);
          expected = confsync_json_dup_string (back);
          g_assert_cmpstr (value, ==, expected);
        }
}

static void
test_text_raw (void)
{
  g_autoptr (GBytes) raw = g_bytes_new_static ("[1, 2]", 6);
  g_autofree char *text = NULL;
  g_auto (ConfsyncJsonBuilder) builder;

  g_test_summary ("Text that is there already goes in as it is");
  confsync_json_builder_init (&builder);
  confsync_json_builder_begin_text (&builder, 0);
  confsync_json_builder_begin_array (&builder);
  for (guint i = 0; i < 2; i++)
    confsync_json_builder_raw (&builder, raw);
  confsync_json_builder_begin_object (&builder);
  confsync_json_builder_name (&builder, "a");
  confsync_json_builder_raw (&builder, raw);
  confsync_json_builder_close (&builder);
  confsync_json_builder_close (&builder);
  text = text_of (confsync_json_builder_end_text (&builder, NULL));
  g_assert_cmpstr (text, ==, "[[1, 2],[1, 2],{\"a\":[1, 2]}]");
}

static void
test_text_errors (void)
{
  static const char *const bad[] = { "\xff", "seven b\xff", "eight by\xff", "\xc3" };

  g_test_summary ("What can't be written as text is an error there, too");
  for (guint i = 0; i <= G_N_ELEMENTS (bad); i++)
    {
      g_auto (ConfsyncJsonBuilder) builder;
      g_autoptr (GError) error = NULL;

      confsync_json_builder_init (&builder);
      confsync_json_builder_begin_text (&builder, 0);
      if (i < G_N_ELEMENTS (bad))
        confsync_json_builder_string (&builder, bad[i]);
      else
        confsync_json_builder_double (&builder, INFINITY);
      g_assert_null (confsync_json_builder_end_text (&builder, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
    }
}

/* around where the room that is lent with the builder ends, for each of its three parts */
static void
test_sizes (void)
{
  g_test_summary ("Values that fit the room, fill it, and outgrow it are the same values");
  for (guint n = 0; n <= 600; n += n < 100 ? 1 : 50)
    for (guint names = 0; names < 2; names++)
      {
        g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
        g_autoptr (ConfsyncJson) json = NULL, back = NULL;
        g_autoptr (GBytes) text = NULL;

        if (names)
          confsync_json_builder_begin_object (builder);
        else
          confsync_json_builder_begin_array (builder);
        for (guint i = 0; i < n; i++)
          {
            g_autofree char *name = g_strdup_printf ("%u", i * 7919 % 1000);

            if (names)
              confsync_json_builder_name (builder, name);
            confsync_json_builder_string (builder, name);
          }
        confsync_json_builder_close (builder);
        json = confsync_json_builder_end (builder, NULL);
        g_assert_cmpuint (confsync_json_get_length (json), ==, n);
        text = confsync_json_to_compact (json);
        back = confsync_json_parse (text, NULL, NULL);
        g_assert_true (confsync_json_equal (json, back));
        for (guint i = 0; names && i < n; i++)
          {
            g_autofree char *name = g_strdup_printf ("%u", i * 7919 % 1000), *value = NULL;
            g_autoptr (ConfsyncJson) member = confsync_json_get_member (back, name);

            value = confsync_json_dup_string (member);
            g_assert_cmpstr (value, ==, name);
          }
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-builder/values", test_builder);
  g_test_add_func ("/json-builder/errors", test_builder_errors);
  g_test_add_func ("/json-builder/duplicate", test_builder_duplicate);
  g_test_add_func ("/json-builder/sizes", test_sizes);
  g_test_add_func ("/json-builder/text", test_text);
  g_test_add_func ("/json-builder/text/strings", test_text_strings);
  g_test_add_func ("/json-builder/text/raw", test_text_raw);
  g_test_add_func ("/json-builder/text/errors", test_text_errors);
  return g_test_run ();
}

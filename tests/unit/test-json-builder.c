/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Values made from C.
 */

#include "config.h"

#include "json-test.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-builder/values", test_builder);
  g_test_add_func ("/json-builder/errors", test_builder_errors);
  g_test_add_func ("/json-builder/duplicate", test_builder_duplicate);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * JSON Pointers: the examples of RFC 6901, and what refusals say.
 */

#include "config.h"

#include "json-test.h"

static const char document[] =
  "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
  "\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static void
test_rfc (void)
{
  static const char *const cases[][2] = {
    { "", document }, { "/foo", "['bar','baz']" }, { "/foo/0", "'bar'" }, { "/", "0" },
    { "/a~1b", "1" }, { "/c%d", "2" }, { "/e^f", "3" }, { "/g|h", "4" }, { "/i\\j", "5" },
    { "/k\"l", "6" }, { "/ ", "7" }, { "/m~0n", "8" },
  };
  g_autoptr (ConfsyncJson) json = json_from (document);

  g_test_summary ("The examples of RFC 6901, section 5");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) value = confsync_json_lookup (json, cases[i][0], &error);

      g_assert_no_error (error);
      assert_json (value, cases[i][1]);
    }
}

static void
test_escapes (void)
{
  g_autoptr (ConfsyncJson) json = json_from ("{'~1':'tilde one','/':'slash','~':{'':'nothing'}}");
  g_autoptr (ConfsyncJson) one = confsync_json_lookup (json, "/~01", NULL);
  g_autoptr (ConfsyncJson) slash = confsync_json_lookup (json, "/~1", NULL);
  g_autoptr (ConfsyncJson) empty = confsync_json_lookup (json, "/~0/", NULL);

  g_test_summary ("~01 is ~1 and no slash; an empty token is a name");
  assert_json (one, "'tilde one'");
  assert_json (slash, "'slash'");
  assert_json (empty, "'nothing'");
}

static void
test_refusals (void)
{
  static const struct {
    const char *pointer;
    int code;
    const char *message;
  } cases[] = {
    { "foo", CONFSYNC_ERROR_INVALID_POINTER,
      "\"foo\" is no JSON Pointer: it must be empty or begin with '/'" },
    { "/a~2", CONFSYNC_ERROR_INVALID_POINTER,
      "\"/a~2\" is no JSON Pointer: '~' must be written ~0, and '/' in a name ~1" },
    { "/a~", CONFSYNC_ERROR_INVALID_POINTER,
      "\"/a~\" is no JSON Pointer: '~' must be written ~0, and '/' in a name ~1" },
    { "/\xff", CONFSYNC_ERROR_INVALID_POINTER, "a JSON Pointer that isn't UTF-8" },
    { "/bar/baz", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/bar/baz\": the object at \"\" has no member \"bar\"" },
    { "/foo/2", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/foo/2\": the array at \"/foo\" has 2 elements, and none numbered \"2\"" },
    { "/foo/-", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/foo/-\": the array at \"/foo\" has 2 elements, and none numbered \"-\"" },
    { "/foo/00", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/foo/00\": the array at \"/foo\" has 2 elements, and none numbered \"00\"" },
    { "/foo/1x", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/foo/1x\": the array at \"/foo\" has 2 elements, and none numbered \"1x\"" },
    { "/foo/4294967296", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/foo/4294967296\": the array at \"/foo\" has 2 elements, and none numbered "
      "\"4294967296\"" },
    { "/a~1b/x", CONFSYNC_ERROR_NOT_FOUND,
      "nothing at \"/a~1b/x\": the value at \"/a~1b\" is neither object nor array" },
  };
  g_autoptr (ConfsyncJson) json = json_from (document);

  g_test_summary ("A refusal names the pointer, and where the way ended");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) value = confsync_json_lookup (json, cases[i].pointer, &error);

      g_assert_null (value);
      g_assert_error (error, CONFSYNC_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_long (void)
{
  g_autoptr (ConfsyncJson) json = json_from ("{}");
  g_autoptr (GString) pointer = g_string_new ("/");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A long pointer makes no long message");
  for (guint i = 0; i < 10000; i++)
    g_string_append (pointer, "ü");
  g_assert_null (confsync_json_lookup (json, pointer->str, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_cmpuint (strlen (error->message), <, 1000);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-pointer/rfc", test_rfc);
  g_test_add_func ("/json-pointer/escapes", test_escapes);
  g_test_add_func ("/json-pointer/refusals", test_refusals);
  g_test_add_func ("/json-pointer/long", test_long);
  return g_test_run ();
}

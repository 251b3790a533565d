/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The cursor: it sees what the accessors of values see, and its order is total and exact.
 */

#include "config.h"

#include "confsync-json-cursor.h"
#include "json-test.h"

#define ROUNDS 2000

static ConfsyncJsonCursor
cursor_of (ConfsyncJson *json)
{
  ConfsyncJsonCursor cursor;

  confsync_json_cursor_init (&cursor, json);
  return cursor;
}

static void
assert_same_scalar (ConfsyncJson *json, const ConfsyncJsonCursor *cursor)
{
  gsize length, cursor_length;
  const char *text = confsync_json_get_string (json, &length);
  const char *cursor_text = confsync_json_cursor_get_string (cursor, &cursor_length);

  g_assert_cmpint (confsync_json_get_kind (json), ==, confsync_json_cursor_get_kind (cursor));
  g_assert_cmpint (confsync_json_get_boolean (json), ==,
                   confsync_json_cursor_get_boolean (cursor));
  g_assert_cmpfloat (confsync_json_get_double (json), ==,
                     confsync_json_cursor_get_double (cursor));
  if (confsync_json_get_kind (json) == CONFSYNC_JSON_INTEGER)
    g_assert_cmpint (confsync_json_get_integer (json), ==,
                     confsync_json_cursor_get_integer (cursor));
  g_assert_true (text == cursor_text);
  g_assert_cmpuint (length, ==, cursor_length);
}

static void assert_same (ConfsyncJson *json, const ConfsyncJsonCursor *cursor);

static void
assert_same_member (ConfsyncJson *json, const ConfsyncJsonCursor *cursor, guint i,
                    const ConfsyncJsonCursor *name, const ConfsyncJsonCursor *value)
{
  gsize length, cursor_length;
  const char *text = confsync_json_get_member_name (json, i, &length);
  const char *cursor_text = confsync_json_cursor_get_string (name, &cursor_length);
  g_autofree char *copy = g_strndup (text, length);
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, copy);
  ConfsyncJsonCursor found;

  g_assert_true (text == cursor_text);
  g_assert_cmpuint (length, ==, cursor_length);
  g_assert_cmpint (confsync_json_cursor_get_kind (name), ==, CONFSYNC_JSON_STRING);
  g_assert_null (confsync_json_cursor_dup_json (name));
  g_assert_true (confsync_json_cursor_find (cursor, copy, -1, &found));
  g_assert_cmpuint (confsync_json_cursor_get_position (&found), ==,
                    confsync_json_cursor_get_position (value));
  assert_same (member, value);
}

static void
assert_same (ConfsyncJson *json, const ConfsyncJsonCursor *cursor)
{
  g_autoptr (ConfsyncJson) again = confsync_json_cursor_dup_json (cursor);
  ConfsyncJsonCursor name, value;
  ConfsyncJsonIter iter;
  guint n = 0, size = 1;

  assert_same_scalar (json, cursor);
  g_assert_true (confsync_json_equal (json, again));
  g_assert_cmpuint (confsync_json_get_length (json), ==, confsync_json_cursor_get_length (cursor));
  confsync_json_iter_init (&iter, cursor);
  for (; confsync_json_iter_next (&iter, &name, &value); n++)
    {
      g_autoptr (ConfsyncJson) element = confsync_json_get_element (json, n);

      g_assert_cmpuint (confsync_json_cursor_get_position (&value), >,
                        confsync_json_cursor_get_position (cursor));
      size += confsync_json_cursor_get_size (&value) + (element == NULL);
      if (element != NULL)
        assert_same (element, &value);
      else
        assert_same_member (json, cursor, n, &name, &value);
    }
  g_assert_cmpuint (n, ==, confsync_json_get_length (json));
  g_assert_cmpuint (size, ==, confsync_json_cursor_get_size (cursor));
}

static void
test_random (void)
{
  for (guint32 seed = 0; seed < ROUNDS; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (ConfsyncJson) a = random_json (rand), b = random_json (rand);
      ConfsyncJsonCursor a_cursor = cursor_of (a), b_cursor = cursor_of (b), found;
      int order = confsync_json_cursor_compare (&a_cursor, &b_cursor);

      assert_same (a, &a_cursor);
      g_assert_cmpint (order == 0, ==, confsync_json_equal (a, b));
      g_assert_cmpint (order > 0, ==, confsync_json_cursor_compare (&b_cursor, &a_cursor) < 0);
      g_assert_cmpint (confsync_json_cursor_compare (&a_cursor, &a_cursor), ==, 0);
      g_assert_false (confsync_json_cursor_find (&a_cursor, "no such name", -1, &found));
    }
}

/* each before the next one */
static const char *const ordered[] = {
  "null", "false", "true", "-1e300", "-9223372036854775808", "-9223372036854775807", "-1.5", "-1",
  "-0.5", "0", "5e-324", "1", "1.5", "9007199254740991", "9007199254740992", "9007199254740993",
  "9007199254740994.0", "9223372036854775807", "9223372036854775808.0", "1e300", "''", "'a'",
  "'aa'", "'b'", "'ü'", "[]", "[1]", "[2]", "[0,0]", "{}", "{'a':1}", "{'a':2}", "{'b':0}",
  "{'a':0,'b':0}",
};

static const char *const equals[][2] = {
  { "1", "1.0" }, { "0", "-0.0" }, { "100", "1e2" }, { "[1,{'a':2.0}]", "[1.0,{'a':2}]" },
  { "{'a':1,'b':2}", "{'b':2,'a':1}" }, { "9007199254740992", "9007199254740992.0" },
  { "'\\u0061'", "'a'" },
};

static void
test_order (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (ordered); i++)
    for (guint k = 0; k < G_N_ELEMENTS (ordered); k++)
      {
        g_autoptr (ConfsyncJson) a = json_from (ordered[i]), b = json_from (ordered[k]);
        ConfsyncJsonCursor a_cursor = cursor_of (a), b_cursor = cursor_of (b);
        int order = confsync_json_cursor_compare (&a_cursor, &b_cursor);

        if ((order > 0) - (order < 0) != (i > k) - (i < k))
          g_error ("%s and %s compare as %d", ordered[i], ordered[k], order);
      }
  for (guint i = 0; i < G_N_ELEMENTS (equals); i++)
    {
      g_autoptr (ConfsyncJson) a = json_from (equals[i][0]), b = json_from (equals[i][1]);
      ConfsyncJsonCursor a_cursor = cursor_of (a), b_cursor = cursor_of (b);

      g_assert_cmpint (confsync_json_cursor_compare (&a_cursor, &b_cursor), ==, 0);
    }
}

static void
test_name_as_string (void)
{
  g_autoptr (ConfsyncJson) object = json_from ("{'a':'a','c':'b'}");
  ConfsyncJsonCursor cursor = cursor_of (object), name, value;
  ConfsyncJsonIter iter;

  confsync_json_iter_init (&iter, &cursor);
  g_assert_true (confsync_json_iter_next (&iter, &name, &value));
  g_assert_cmpint (confsync_json_cursor_compare (&name, &value), ==, 0);
  g_assert_true (confsync_json_iter_next (&iter, &name, &value));
  g_assert_cmpint (confsync_json_cursor_compare (&name, &value), >, 0);
  g_assert_false (confsync_json_iter_next (&iter, &name, &value));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-cursor/random", test_random);
  g_test_add_func ("/json-cursor/order", test_order);
  g_test_add_func ("/json-cursor/name-as-string", test_name_as_string);
  return g_test_run ();
}

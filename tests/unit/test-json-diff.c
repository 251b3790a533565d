/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Diffs: known ones, and that a diff applied to random values is the identity.
 */

#include "config.h"

#include "json-test.h"

typedef struct {
  const char *from, *to, *patch, *pointers;
} Case;

static const Case cases[] = {
  { "{'a':1}", "{'a':1.0}", "[]", "" },
  { "{'a':1,'b':2}", "{'b':2,'a':1}", "[]", "" },
  { "1", "2", "[{'op':'replace','path':'','value':2}]", "" },
  { "{}", "[]", "[{'op':'replace','path':'','value':[]}]", "" },
  { "{'a':1,'b':2}", "{'b':3,'c':4}",
    "[{'op':'remove','path':'/a'},{'op':'replace','path':'/b','value':3},"
    "{'op':'add','path':'/c','value':4}]",
    "/a /b /c" },
  { "{'a/b':{'c~d':1}}", "{'a/b':{'c~d':2}}",
    "[{'op':'replace','path':'/a~1b/c~0d','value':2}]", "/a~1b/c~0d" },
  { "[1,2,3,4]", "[1,9,3,4]", "[{'op':'replace','path':'/1','value':9}]", "/1" },
  { "[1,2,3]", "[1,7,8,2,3]",
    "[{'op':'add','path':'/1','value':7},{'op':'add','path':'/2','value':8}]", "/1 /2" },
  { "[1,2,3,4]", "[1,4]", "[{'op':'remove','path':'/1'},{'op':'remove','path':'/1'}]", "/1 /2" },
  { "[1,1,1]", "[1,1]", "[{'op':'remove','path':'/2'}]", "/2" },
  { "{'zones':[{'name':'a','id':1},{'id':2}]}", "{'zones':[{'name':'b','id':1},{'id':2},{}]}",
    "[{'op':'replace','path':'/zones/0/name','value':'b'},"
    "{'op':'add','path':'/zones/2','value':{}}]",
    "/zones/0/name /zones/2" },
};

static void
test_known (void)
{
  g_test_summary ("Only what differs is in the patch, at the deepest place");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) from = json_from (cases[i].from), to = json_from (cases[i].to);
      g_autoptr (ConfsyncJson) patch = confsync_json_diff (from, to);
      g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, 0);
      g_autofree char *joined = g_strjoinv (" ", pointers);

      assert_json (patch, cases[i].patch);
      g_assert_cmpstr (joined, ==, cases[i].pointers);
      g_assert_cmpint (g_strv_length (pointers) == 0, ==, confsync_json_equal (from, to));
    }
}

static void
test_max (void)
{
  g_autoptr (ConfsyncJson) from = json_from ("{'a':1,'b':[1,2,3],'c':1}");
  g_autoptr (ConfsyncJson) to = json_from ("{'b':[],'c':2}");

  g_test_summary ("The list of pointers ends at the number asked for");
  for (guint max = 1; max <= 6; max++)
    {
      g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, max);

      g_assert_cmpuint (g_strv_length (pointers), ==, MIN (max, 5));
      g_assert_cmpstr (pointers[0], ==, "/a");
    }
}

static void
assert_identity (ConfsyncJson *from, ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) patch = confsync_json_diff (from, to), patched = NULL;
  g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, 0);
  g_autoptr (GError) error = NULL;

  patched = confsync_json_patch (from, patch, &error);
  g_assert_no_error (error);
  g_assert_true (confsync_json_equal (patched, to));
  g_assert_cmpuint (confsync_json_get_length (patch), ==, g_strv_length (pointers));
  g_assert_cmpint (confsync_json_get_length (patch) == 0, ==, confsync_json_equal (from, to));
}

/* an edit of @json: random operations that apply */
static ConfsyncJson *
edited (ConfsyncJson *json, GRand *rand)
{
  static const char *const paths[] = { "/0", "/-", "/a", "/b", "/a/0", "/a/b", "/1/a", "/g/-" };
  static const char *const ops[] = { "add", "remove", "replace" };
  ConfsyncJson *result = confsync_json_ref (json);

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (ConfsyncJson) value = random_json (rand), patch = NULL, next = NULL;
      g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

      confsync_json_builder_begin_array (builder);
      confsync_json_builder_begin_object (builder);
      confsync_json_builder_name (builder, "op");
      confsync_json_builder_string (builder, ops[g_rand_int_range (rand, 0, 3)]);
      confsync_json_builder_name (builder, "path");
      confsync_json_builder_string (builder,
                                    paths[g_rand_int_range (rand, 0, G_N_ELEMENTS (paths))]);
      confsync_json_builder_name (builder, "value");
      confsync_json_builder_append (builder, value);
      confsync_json_builder_close (builder);
      confsync_json_builder_close (builder);
      patch = confsync_json_builder_end (builder, NULL);
      next = confsync_json_patch (result, patch, NULL);
      if (next != NULL)
        {
          confsync_json_unref (result);
          result = g_steal_pointer (&next);
        }
    }
  return result;
}

static void
test_identity (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  g_test_summary ("The diff of two random values, applied, makes one the other");
  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (ConfsyncJson) from = random_json (rand), to = random_json (rand);
      g_autoptr (ConfsyncJson) near = edited (from, rand);

      assert_identity (from, to);
      assert_identity (from, from);
      assert_identity (from, near);
      assert_identity (near, from);
    }
}

static void
test_bounded (void)
{
  g_autoptr (GString) from_text = g_string_new ("{'"), to_text = NULL;
  g_autoptr (ConfsyncJson) from = NULL, to = NULL, patch = NULL;

  g_test_summary ("Long names above many changes make no patch beyond the limits");
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (from_text, 'n');
  g_string_append (from_text, "':[0");
  to_text = g_string_new (from_text->str);
  for (guint i = 0; i < 1000; i++)
    {
      g_string_append (from_text, ",1");
      g_string_append (to_text, ",2");
    }
  g_string_append (from_text, "]}");
  g_string_append (to_text, "]}");
  from = json_from (from_text->str);
  to = json_from (to_text->str);
  patch = confsync_json_diff (from, to);
  g_assert_cmpuint (confsync_json_get_length (patch), ==, 1);
  {
    g_autoptr (ConfsyncJson) patched = confsync_json_patch (from, patch, NULL);
    g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, 0);

    g_assert_true (confsync_json_equal (patched, to));
    g_assert_cmpuint (g_strv_length (pointers), <, 100);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-diff/known", test_known);
  g_test_add_func ("/json-diff/max", test_max);
  g_test_add_func ("/json-diff/identity", test_identity);
  g_test_add_func ("/json-diff/bounded", test_bounded);
  return g_test_run ();
}

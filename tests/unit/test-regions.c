/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Regions: known cases, and that documents taken apart and put together again are what they were.
 */

#include "config.h"

#include "confsync-regions-private.h"
#include "json-test.h"

/* pointers with a space between two */
static ConfsyncRegions *
regions_from (const char *pointers)
{
  ConfsyncRegions *regions = confsync_regions_new ();
  g_auto (GStrv) list = g_strsplit (pointers, " ", -1);

  for (char **pointer = list; *pointer != NULL; pointer++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (confsync_regions_add (regions, *pointer, &error));
      g_assert_no_error (error);
    }
  return regions;
}

static void
clear_json (gpointer json)
{
  g_clear_pointer (&json, confsync_json_unref);
}

static GPtrArray *
take_apart (ConfsyncRegions *regions, ConfsyncJson *root)
{
  GPtrArray *values = g_ptr_array_new_with_free_func (clear_json);

  for (guint i = 0; i < confsync_regions_get_length (regions); i++)
    g_ptr_array_add (values, confsync_regions_cut (regions, i, root));
  return values;
}

/* "-" for nothing */
static char *
show (GPtrArray *values)
{
  GString *shown = g_string_new (NULL);

  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *text =
        values->pdata[i] != NULL ? text_of (confsync_json_to_compact (values->pdata[i])) : NULL;

      g_string_append_printf (shown, "%s%s", i > 0 ? " " : "", text != NULL ? text : "-");
    }
  return g_strdelimit (g_string_free (shown, FALSE), "\"", '\'');
}

static const struct
{
  const char *pointers, *root, *values;
} cuts[] = {
  { "/a", "{'a':1,'b':2}", "{'b':2} 1" },
  { "/a", "{'b':2}", "{'b':2} -" },
  { "/a /a/b", "{'a':{'b':1,'c':2},'d':3}", "{'d':3} {'c':2} 1" },
  { "/a/b /a", "{'a':{'b':1,'c':2},'d':3}", "{'d':3} 1 {'c':2}" },
  { "/a/b", "{'a':{'b':1}}", "{'a':{}} 1" },
  { "/a/b", "{'a':5}", "{'a':5} -" },
  { "/a/0", "{'a':[1,2]}", "{'a':[1,2]} -" },
  { "/a/0", "{'a':{'0':1}}", "{'a':{}} 1" },
  { "/a/b/c /a", "{'a':{'b':{'c':1,'d':2}}}", "{} 1 {'b':{'d':2}}" },
  { "/a /a/b", "{'a':[1]}", "{} [1] -" },
  { "/ /a~1b", "{'':1,'a/b':2,'c':3}", "{'c':3} 1 2" },
  { "/a /b", "{'a':null}", "{} null -" },
};

static void
test_cuts (void)
{
  g_test_summary ("Each place is the longest pointer's, and an array is one place");
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autoptr (ConfsyncRegions) regions = regions_from (cuts[i].pointers);
      g_autoptr (ConfsyncJson) root = json_from (cuts[i].root);
      g_autoptr (GPtrArray) values = take_apart (regions, root);
      g_autofree char *shown = show (values);

      g_assert_cmpstr (shown, ==, cuts[i].values);
    }
}

static void
test_frames (void)
{
  g_autoptr (ConfsyncRegions) regions = regions_from ("/a/b /c");
  g_autoptr (ConfsyncJson) value = json_from ("{'x':[1]}");
  g_autoptr (ConfsyncJson) whole = confsync_regions_frame (regions, 0, value);
  g_autoptr (ConfsyncJson) deep = confsync_regions_frame (regions, 1, value);
  g_autoptr (ConfsyncJson) deep_nothing = confsync_regions_frame (regions, 1, NULL);
  g_autoptr (ConfsyncJson) nothing = confsync_regions_frame (regions, 2, NULL);

  g_test_summary ("A frame leads to its place even where nothing is");
  assert_json (whole, "{'x':[1]}");
  assert_json (deep, "{'a':{'b':{'x':[1]}}}");
  assert_json (deep_nothing, "{'a':{}}");
  assert_json (nothing, "{}");
}

static const struct
{
  const char *pointers, *values, *composed, *dropped;
} compositions[] = {
  { "/a", "{'b':2} 1", "{'b':2,'a':1}", "" },
  { "/a/b/c", "{} 1", "{'a':{'b':{'c':1}}}", "" },
  { "/a/b/c", "{'a':{}} -", "{'a':{}}", "" },
  { "/a/b/c", "{} -", "{}", "" },
  { "/a/b", "{'a':5} 1", "{'a':5}", "1" },
  { "/a/b /a/c", "{'a':[]} 1 -", "{'a':[]}", "1" },
  { "/a /a/b", "{} 5 1", "{'a':5}", "2" },
  { "/a /a/b", "{} - 1", "{'a':{'b':1}}", "" },
  { "/a /a/b/c /a/b/d", "{} {'b':[]} 1 2", "{'a':{'b':[]}}", "2 3" },
  { "/a /a/b /a/b/c", "{} {'x':1} - {}", "{'a':{'x':1,'b':{'c':{}}}}", "" },
};

static void
test_compositions (void)
{
  g_test_summary ("Ways are made where they are missing, and nothing is put into a scalar");
  for (guint i = 0; i < G_N_ELEMENTS (compositions); i++)
    {
      g_autoptr (ConfsyncRegions) regions = regions_from (compositions[i].pointers);
      g_auto (GStrv) texts = g_strsplit (compositions[i].values, " ", -1);
      g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (clear_json);
      g_autoptr (GString) numbers = g_string_new (NULL);
      g_autoptr (ConfsyncJson) composed = NULL;
      gboolean dropped[8] = { FALSE };

      for (char **text = texts; *text != NULL; text++)
        g_ptr_array_add (values, g_str_equal (*text, "-") ? NULL : json_from (*text));
      g_assert_cmpuint (values->len, ==, confsync_regions_get_length (regions));
      composed =
        confsync_regions_compose (regions, (ConfsyncJson *const *) values->pdata, dropped);
      assert_json (composed, compositions[i].composed);
      for (guint j = 0; j < values->len; j++)
        if (dropped[j])
          g_string_append_printf (numbers, "%s%u", numbers->len > 0 ? " " : "", j);
      g_assert_cmpstr (numbers->str, ==, compositions[i].dropped);
    }
}

static void
assert_refused (ConfsyncRegions *regions, const char *pointer, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  guint before = confsync_regions_get_length (regions);

  g_assert_false (confsync_regions_add (regions, pointer, &error));
  g_assert_error (error, CONFSYNC_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpuint (confsync_regions_get_length (regions), ==, before);
}

static void
test_refused (void)
{
  g_autoptr (ConfsyncRegions) regions = regions_from ("/a/b");
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What can't be a region is refused, and nothing comes of it");
  assert_refused (regions, "", CONFSYNC_ERROR_INVALID_POINTER,
                  "\"\" is the whole configuration: what has no rule of its own there goes to the "
                  "fallback");
  assert_refused (regions, "/a/b", CONFSYNC_ERROR_BUSY, "\"/a/b\" has a rule already");
  assert_refused (regions, "a", CONFSYNC_ERROR_INVALID_POINTER,
                  "\"a\" is no JSON Pointer: it must be empty or begin with '/'");
  for (guint i = 0; i < 1025; i++)
    g_string_append (deep, "/x");
  g_assert_false (confsync_regions_add (regions, deep->str, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_assert_nonnull (strstr (error->message, "deeper than any configuration can be"));
}

static void
test_check (void)
{
  g_autoptr (ConfsyncRegions) regions = regions_from ("/a /z/0/name");
  g_autoptr (ConfsyncJson) good = json_from ("{'z':{'0':{'name':1}}}");
  g_autoptr (ConfsyncJson) none = json_from ("{'z':1}");
  g_autoptr (ConfsyncJson) bad = json_from ("{'z':[{'name':1}]}");
  g_autoptr (ConfsyncJson) deep = json_from ("{'z':{'0':[]}}");
  g_autoptr (GError) error = NULL, other_error = NULL;

  g_test_summary ("A region inside of an array is named, with the array");
  g_assert_true (confsync_regions_check (regions, good, &error));
  g_assert_true (confsync_regions_check (regions, none, &error));
  g_assert_no_error (error);
  g_assert_false (confsync_regions_check (regions, bad, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_assert_cmpstr (error->message, ==,
                   "the rule for \"/z/0/name\" reaches into the array at \"/z\", whose elements "
                   "move: there can be a rule for the whole array only");
  g_assert_false (confsync_regions_check (regions, deep, &other_error));
  g_assert_nonnull (strstr (other_error->message, "at \"/z/0\""));
}

static void
test_find (void)
{
  g_autoptr (ConfsyncRegions) regions = regions_from ("/a /a/b/c");
  g_autoptr (GError) error = NULL;

  g_test_summary ("The longest pointer wins, token by token");
  g_assert_cmpint (confsync_regions_find (regions, "", &error), ==, 0);
  g_assert_cmpint (confsync_regions_find (regions, "/ab", &error), ==, 0);
  g_assert_cmpint (confsync_regions_find (regions, "/a", &error), ==, 1);
  g_assert_cmpint (confsync_regions_find (regions, "/a/b", &error), ==, 1);
  g_assert_cmpint (confsync_regions_find (regions, "/a/b/c", &error), ==, 2);
  g_assert_cmpint (confsync_regions_find (regions, "/a/b/c/0", &error), ==, 2);
  g_assert_cmpint (confsync_regions_find (regions, "/a/b/cc", &error), ==, 1);
  g_assert_no_error (error);
  g_assert_cmpint (confsync_regions_find (regions, "a", &error), ==, -1);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
}

/* pointers as they may happen, over the names of random values */
static ConfsyncRegions *
random_regions (GRand *rand)
{
  static const char *const tokens[] = { "/a", "/b", "/c~1d", "/e~0f", "/", "/g", "/ü", "/0" };
  ConfsyncRegions *regions = confsync_regions_new ();
  guint n = (guint) g_rand_int_range (rand, 1, 6);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GString) pointer = g_string_new (NULL);
      guint depth = (guint) g_rand_int_range (rand, 1, 4);

      for (guint j = 0; j < depth; j++)
        g_string_append (pointer, tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))]);
      confsync_regions_add (regions, pointer->str, NULL);
    }
  return regions;
}

static ConfsyncJson *
random_object (GRand *rand)
{
  for (;;)
    {
      ConfsyncJson *json = random_json (rand);

      if (confsync_json_get_kind (json) == CONFSYNC_JSON_OBJECT)
        return json;
      confsync_json_unref (json);
    }
}

static void
assert_framed (ConfsyncRegions *regions, guint region, ConfsyncJson *value)
{
  g_autoptr (ConfsyncJson) framed = confsync_regions_frame (regions, region, value);
  g_autoptr (ConfsyncJson) cut = confsync_regions_cut (regions, region, framed);

  if (value == NULL)
    g_assert_null (cut);
  else
    g_assert_true (confsync_json_equal (cut, value));
}

static void
test_identity (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  guint found = 0;

  g_test_summary ("Taken apart and put together, a document is what it was; so is a frame");
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (ConfsyncRegions) regions = random_regions (rand);
      g_autoptr (ConfsyncJson) root = random_object (rand);
      g_autoptr (GPtrArray) values = take_apart (regions, root);
      g_autoptr (ConfsyncJson) composed = NULL;
      gboolean dropped[8] = { FALSE };

      for (guint j = 0; j < values->len; j++)
        {
          assert_framed (regions, j, values->pdata[j]);
          found += j > 0 && values->pdata[j] != NULL;
        }
      composed =
        confsync_regions_compose (regions, (ConfsyncJson *const *) values->pdata, dropped);
      g_assert_true (confsync_json_equal (composed, root));
      for (guint j = 0; j < values->len; j++)
        g_assert_false (dropped[j]);
    }
  g_assert_cmpuint (found, >, 1000);
}

/* @found is @value, but for ways to regions below that were made in it */
static void
assert_in_place (ConfsyncJson *found, ConfsyncJson *value)
{
  g_auto (GStrv) made = NULL;

  g_assert_nonnull (found);
  made = confsync_json_diff_pointers (value, found, 0);
  for (char **pointer = made; *pointer != NULL; pointer++)
    {
      g_autoptr (ConfsyncJson) before = confsync_json_lookup (value, *pointer, NULL);
      g_autoptr (ConfsyncJson) way = confsync_json_lookup (found, *pointer, NULL);

      g_assert_null (before);
      g_assert_nonnull (way);
      g_assert_cmpint (confsync_json_get_kind (way), ==, CONFSYNC_JSON_OBJECT);
    }
}

static void
test_mixed (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint n_dropped = 0;

  g_test_summary ("Of values of any documents, each is in its place or said to be dropped");
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (ConfsyncRegions) regions = random_regions (rand);
      g_autoptr (ConfsyncJson) one = random_object (rand), two = random_object (rand);
      g_autoptr (GPtrArray) values = take_apart (regions, one);
      g_autoptr (GPtrArray) others = take_apart (regions, two);
      g_autoptr (ConfsyncJson) composed = NULL;
      gboolean dropped[8] = { FALSE };

      for (guint j = 0; j < values->len; j++)
        if (g_rand_boolean (rand))
          {
            gpointer value = values->pdata[j];

            values->pdata[j] = others->pdata[j];
            others->pdata[j] = value;
          }
      composed =
        confsync_regions_compose (regions, (ConfsyncJson *const *) values->pdata, dropped);
      for (guint j = 1; j < values->len; j++)
        {
          g_autoptr (ConfsyncJson) cut = confsync_regions_cut (regions, j, composed);

          n_dropped += dropped[j];
          if (values->pdata[j] != NULL && !dropped[j])
            assert_in_place (cut, values->pdata[j]);
          else if (dropped[j])
            g_assert_null (cut);
        }
    }
  g_assert_cmpuint (n_dropped, >, 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regions/cuts", test_cuts);
  g_test_add_func ("/regions/frames", test_frames);
  g_test_add_func ("/regions/compositions", test_compositions);
  g_test_add_func ("/regions/refused", test_refused);
  g_test_add_func ("/regions/check", test_check);
  g_test_add_func ("/regions/find", test_find);
  g_test_add_func ("/regions/identity", test_identity);
  g_test_add_func ("/regions/mixed", test_mixed);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Three-way merge: known cases, and its laws on random values.
 */

#include "config.h"

#include "json-test.h"

typedef struct {
  const char *base, *ours, *theirs; /* base: NULL for none */
  const char *merged, *conflicts;
} Case;

static const Case cases[] = {
  { "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':1,'b':2}", "{'a':2,'b':2}", "" },
  { "{'a':1}", "{'a':1,'x':1}", "{'a':1,'y':2}", "{'a':1,'x':1,'y':2}", "" },
  { "{'a':1,'b':1}", "{'b':1}", "{'a':1,'b':2}", "{'b':2}", "" },
  { "{'a':1,'b':1}", "{'b':1}", "{'a':1}", "{}", "" },
  { "{'a':1}", "{'a':2}", "{'a':2.0}", "{'a':2}", "" },
  { "{'a':1,'b':0}", "{'a':2,'b':0}", "{'a':3,'b':1}", "{'a':2,'b':1}", "/a" },
  { "{'a':1}", "{}", "{'a':2}", "{}", "/a" },
  { "{'a':1}", "{'a':2}", "{}", "{'a':2}", "/a" },
  { NULL, "{'a':1,'o':{'x':1}}", "{'b':2,'o':{'y':2}}", "{'a':1,'o':{'x':1,'y':2},'b':2}", "" },
  { NULL, "{'a':1}", "{'a':2}", "{'a':1}", "/a" },
  { "{'o':{'p':{'x':1,'y':1}}}", "{'o':{'p':{'x':2,'y':1}}}", "{'o':{'p':{'x':1}}}",
    "{'o':{'p':{'x':2}}}", "" },
  { "{'o':{'x':1}}", "{}", "{'o':{'x':1,'y':2}}", "{}", "/o" },
  { "{'o':1}", "{'o':{'x':1}}", "{'o':{'y':1}}", "{'o':{'x':1,'y':1}}", "" },
  { "{'a/b':{'c~d':1}}", "{'a/b':{'c~d':2}}", "{'a/b':{'c~d':3}}", "{'a/b':{'c~d':2}}",
    "/a~1b/c~0d" },
  { "1", "1", "2", "2", "" },
  { "1", "3", "2", "3", "" },
  /* arrays as wholes */
  { "{'a':[1,2]}", "{'a':[1,2,3]}", "{'a':[1,2]}", "{'a':[1,2,3]}", "" },
  { "{'a':[1,2]}", "{'a':[1,2,3]}", "{'a':[0,1,2]}", "{'a':[1,2,3]}", "/a" },
  { "[{'id':1},{'id':1}]", "[{'id':1}]", "[{'id':1},{'id':2}]", "[{'id':1}]", "" },
  { "[{'id':1.5}]", "[{'id':1.5,'x':1}]", "[{'id':1.5,'y':1}]", "[{'id':1.5,'x':1}]", "" },
  { "[{'id':1}]", "[{'id':1},2]", "[{'id':1},{'id':2}]", "[{'id':1},2]", "" },
  /* arrays by element */
  { "[{'id':1,'a':0},{'id':2,'a':0}]", "[{'id':1,'a':1},{'id':2,'a':0}]",
    "[{'id':1,'a':0},{'id':2,'a':2}]", "[{'id':1,'a':1},{'id':2,'a':2}]", "" },
  { "[{'name':'a'},{'name':'b'},{'name':'c'}]", "[{'name':'a'},{'name':'c'}]",
    "[{'name':'a'},{'name':'x'},{'name':'b'},{'name':'c'},{'name':'d'}]",
    "[{'name':'a'},{'name':'x'},{'name':'c'},{'name':'d'}]", "" },
  { "[{'key':1}]", "[{'key':1},{'key':3}]", "[{'key':1},{'key':2}]",
    "[{'key':1},{'key':2},{'key':3}]", "" },
  { "[{'id':1},{'id':2},{'id':3}]", "[{'id':1},{'id':2},{'id':3,'x':1}]",
    "[{'id':3},{'id':1},{'id':2}]", "[{'id':3,'x':1},{'id':1},{'id':2}]", "" },
  { "[{'id':1},{'id':2},{'id':3}]", "[{'id':2},{'id':1},{'id':3}]",
    "[{'id':3},{'id':1},{'id':2}]", "[{'id':2},{'id':1},{'id':3}]", "" },
  { "[{'id':1,'a':0},{'id':2}]", "[{'id':1,'a':1},{'id':2}]", "[{'id':2}]",
    "[{'id':1,'a':1},{'id':2}]", "/0" },
  { "{'z':[{'id':1},{'id':2,'a':0}]}", "{'z':[{'id':1}]}", "{'z':[{'id':1},{'id':2,'a':1}]}",
    "{'z':[{'id':1}]}", "/z/1" },
  { "{'z':[{'id':1,'v':0}]}", "{'z':[{'id':0},{'id':1,'v':1}]}", "{'z':[{'id':1,'v':2}]}",
    "{'z':[{'id':0},{'id':1,'v':1}]}", "/z/1/v" },
  { "[]", "[{'id':1}]", "[{'id':'1'}]", "[{'id':1},{'id':'1'}]", "" },
  { NULL, "[{'id':1,'a':1}]", "[{'id':1,'b':1},{'id':2}]", "[{'id':1,'a':1,'b':1},{'id':2}]", "" },
  { "[{'id':1,'n':0,'name':'a'}]", "[{'n':1,'name':'a'}]", "[{'id':1,'n':0,'name':'a','x':2}]",
    "[{'n':1,'name':'a','x':2}]", "" },
};

static ConfsyncJson *
merge (ConfsyncJson *base, ConfsyncJson *ours, ConfsyncJson *theirs, char **conflicts)
{
  g_auto (GStrv) pointers = NULL;
  ConfsyncJson *merged = confsync_json_merge (base, ours, theirs, &pointers);

  g_assert_nonnull (merged);
  g_assert_nonnull (pointers);
  *conflicts = g_strjoinv (" ", pointers);
  if (g_strv_length (pointers) > 0 && **conflicts == '\0')
    {
      g_free (*conflicts);
      *conflicts = g_strdup ("the root");
    }
  return merged;
}

static void
assert_case (const Case *test, guint i)
{
  g_autoptr (ConfsyncJson) base = test->base != NULL ? json_from (test->base) : NULL;
  g_autoptr (ConfsyncJson) ours = json_from (test->ours), theirs = json_from (test->theirs);
  g_autofree char *conflicts = NULL, *swapped_conflicts = NULL;
  g_autoptr (ConfsyncJson) merged = merge (base, ours, theirs, &conflicts);
  g_autoptr (ConfsyncJson) swapped = merge (base, theirs, ours, &swapped_conflicts);

  g_test_message ("case %u", i);
  assert_json (merged, test->merged);
  if (!g_str_equal (conflicts, "the root"))
    g_assert_cmpstr (conflicts, ==, test->conflicts);
  if (*conflicts == '\0')
    g_assert_true (confsync_json_equal (merged, swapped));
  g_assert_cmpint (*conflicts == '\0', ==, *swapped_conflicts == '\0');
}

static void
test_cases (void)
{
  g_test_summary ("Members, deletions, arrays as wholes and by element");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_case (&cases[i], i);
}

static void
test_root_conflict (void)
{
  g_autoptr (ConfsyncJson) base = json_from ("1"), ours = json_from ("2"), theirs = json_from ("3");
  g_autoptr (ConfsyncJson) merged = NULL;
  g_auto (GStrv) conflicts = NULL;

  g_test_summary ("A conflict about the whole has the empty pointer");
  merged = confsync_json_merge (base, ours, theirs, &conflicts);
  assert_json (merged, "2");
  g_assert_cmpuint (g_strv_length (conflicts), ==, 1);
  g_assert_cmpstr (conflicts[0], ==, "");
}

/* a random configuration with elements that name themselves, small enough that sides meet */
static ConfsyncJson *
random_config (GRand *rand)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  guint ids = (guint) g_rand_int_range (rand, 0, 4);
  guint first = (guint) g_rand_int_range (rand, 0, 5);

  confsync_json_builder_begin_object (builder);
  for (char name[] = "a"; *name <= 'd'; (*name)++)
    if (g_rand_boolean (rand))
      {
        confsync_json_builder_name (builder, name);
        confsync_json_builder_integer (builder, g_rand_int_range (rand, 0, 2));
      }
  confsync_json_builder_name (builder, "zones");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < ids; i++)
    {
      confsync_json_builder_begin_object (builder);
      confsync_json_builder_name (builder, "id");
      confsync_json_builder_integer (builder, (first + i * 2) % 5);
      confsync_json_builder_name (builder, g_rand_boolean (rand) ? "p" : "q");
      confsync_json_builder_integer (builder, g_rand_int_range (rand, 0, 2));
      confsync_json_builder_close (builder);
    }
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

static void
assert_laws (ConfsyncJson *base, ConfsyncJson *ours, ConfsyncJson *theirs, guint *without)
{
  g_autofree char *conflicts = NULL, *swapped_conflicts = NULL, *none = NULL;
  g_autoptr (ConfsyncJson) merged = merge (base, ours, theirs, &conflicts);
  g_autoptr (ConfsyncJson) swapped = merge (base, theirs, ours, &swapped_conflicts);
  g_autoptr (ConfsyncJson) alike = merge (base, ours, ours, &none);

  g_assert_true (confsync_json_equal (alike, ours));
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpint (*conflicts == '\0', ==, *swapped_conflicts == '\0');
  if (*conflicts == '\0')
    {
      g_assert_true (confsync_json_equal (merged, swapped));
      ++*without;
    }
}

static void
assert_one_sided (ConfsyncJson *base, ConfsyncJson *theirs)
{
  g_autofree char *conflicts = NULL, *other_conflicts = NULL;
  g_autoptr (ConfsyncJson) merged = merge (base, base, theirs, &conflicts);
  g_autoptr (ConfsyncJson) other = merge (base, theirs, base, &other_conflicts);

  g_assert_cmpstr (conflicts, ==, "");
  g_assert_cmpstr (other_conflicts, ==, "");
  g_assert_true (confsync_json_equal (merged, theirs));
  g_assert_true (confsync_json_equal (other, theirs));
}

static void
test_laws (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  guint without = 0;

  g_test_summary ("One side's edit is the result; equal sides are; sides may be exchanged");
  for (guint i = 0; i < 5000; i++)
    {
      gboolean config = i % 2 == 0;
      g_autoptr (ConfsyncJson) base = config ? random_config (rand) : random_json (rand);
      g_autoptr (ConfsyncJson) ours = config ? random_config (rand) : random_json (rand);
      g_autoptr (ConfsyncJson) theirs = config ? random_config (rand) : random_json (rand);

      assert_laws (base, ours, theirs, &without);
      assert_laws (NULL, ours, theirs, &without);
      assert_one_sided (base, theirs);
    }
  g_assert_cmpuint (without, >, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-merge/cases", test_cases);
  g_test_add_func ("/json-merge/root-conflict", test_root_conflict);
  g_test_add_func ("/json-merge/laws", test_laws);
  return g_test_run ();
}

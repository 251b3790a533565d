/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Local members: which pointers may be named, what read and write make of a document, and the laws
 * that hold between the two for random documents. --pairs=N runs the laws on N pairs.
 */

#include "config.h"

#include "confsync-local-members-private.h"

#include "json-test.h"
#include "test-revision.h"

#define SEED 20240101

static guint n_pairs = 10000;

/* pointers are separated by spaces */
static ConfsyncLocalMembers *
members_from (const char *pointers)
{
  g_auto (GStrv) list = g_strsplit (pointers, " ", -1);
  g_autoptr (GError) error = NULL;
  ConfsyncLocalMembers *members =
    confsync_local_members_new ((const char *const *) list, &error);

  g_assert_no_error (error);
  return members;
}

static void
assert_refused (const char *pointers, const char *reason)
{
  g_auto (GStrv) list = g_strsplit (pointers, " ", -1);
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_local_members_new ((const char *const *) list, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  if (strstr (error->message, reason) == NULL)
    g_error ("“%s” does not say “%s”", error->message, reason);
}

static void
test_refused (void)
{
  g_autoptr (GString) many = g_string_new ("/0");

  assert_refused ("device_id", "must be empty or begin with '/'");
  assert_refused ("/a~2", "'~' must be written ~0");
  assert_refused ("/\xff", "isn't UTF-8");
  {
    const char *const whole[] = { "", NULL };
    g_autoptr (GError) error = NULL;

    g_assert_null (confsync_local_members_new (whole, &error));
    g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  }
  assert_refused ("/zones/0/key", "the place “0” of an array");
  assert_refused ("/zones/-", "the place “-” of an array");
  assert_refused ("/a /a/b", "“/a/b” is inside “/a”");
  assert_refused ("/a/b /c /a", "“/a/b” is inside “/a”");
  for (guint i = 1; i <= CONFSYNC_LOCAL_MEMBERS_MAX; i++)
    g_string_append_printf (many, " /%u", i);
  assert_refused (many->str, "too many");
}

static void
test_taken (void)
{
  g_autoptr (ConfsyncLocalMembers) members = members_from ("/b /a/b/c /0 /a~1b /ab /b /a/b2");
  g_autoptr (ConfsyncLocalMembers) same = members_from ("/ab /b /a/b2 /a~1b /0 /a/b/c");
  g_autoptr (ConfsyncLocalMembers) other = members_from ("/ab /x /a/b2");
  g_autoptr (ConfsyncLocalMembers) common = confsync_local_members_new_common (members, other);
  g_autoptr (ConfsyncLocalMembers) none = confsync_local_members_new (NULL, NULL);

  g_assert_cmpuint (confsync_local_members_get_length (members), ==, 6);
  g_assert_true (confsync_local_members_equal (members, same));
  g_assert_false (confsync_local_members_equal (members, other));
  g_assert_true (confsync_local_members_has (members, "/a/b/c"));
  g_assert_false (confsync_local_members_has (members, "/a/b"));
  g_assert_cmpuint (confsync_local_members_get_length (common), ==, 2);
  g_assert_cmpuint (confsync_local_members_get_length (none), ==, 0);
}

typedef struct {
  const char *pointers, *live, *shared, *read;
} ReadCase;

static const ReadCase read_cases[] = {
  { "/id", "{'id':1,'v':2}", "{'v':0}", "{'v':2}" },
  { "/id", "{'v':1,'id':1,'w':2}", "{'id':9}", "{'v':1,'id':9,'w':2}" },
  { "/id", "{'v':2}", "{'id':9,'v':0}", "{'v':2,'id':9}" },
  { "/id", "{'v':2}", "{}", "{'v':2}" },
  /* an object left empty only by that goes, unless it is there for others */
  { "/a/x", "{'a':{'x':1},'v':2}", "{}", "{'v':2}" },
  { "/a/x", "{'a':{'x':1},'v':2}", "{'a':{}}", "{'a':{},'v':2}" },
  { "/a/x", "{'a':{'x':1,'y':1}}", "{}", "{'a':{'y':1}}" },
  { "/a/b/x", "{'a':{'b':{'x':1}}}", "{'a':{}}", "{'a':{}}" },
  { "/a/x /a/y", "{'a':{'x':1,'y':1}}", "{}", "{}" },
  /* what others hold there is not for this instance to take away */
  { "/a/x", "{'v':1}", "{'a':{'x':9,'y':8}}", "{'v':1,'a':{'x':9}}" },
  { "/a/x", "{'a':5}", "{'a':{'x':9}}", "{'a':5}" },
  { "/a/x", "{'a':{}}", "{'a':5}", "{'a':{}}" },
  /* through an array, a pointer names nothing */
  { "/a/x", "{'a':[{'x':1}]}", "{}", "{'a':[{'x':1}]}" },
  { "/a/x", "{'a':{'x':1}}", "{'a':[7]}", "{'a':{}}" },
  { "/a~1b/~0", "{'a/b':{'~':1,'c':2}}", "{}", "{'a/b':{'c':2}}" },
  { "/id", "{'id':null,'v':1}", "{'v':0}", "{'v':1}" },
  { "/id", "{'id':1,'v':1}", "{'id':null}", "{'id':null,'v':1}" },
};

static void
test_read (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (read_cases); i++)
    {
      const ReadCase *c = &read_cases[i];
      g_autoptr (ConfsyncLocalMembers) members = members_from (c->pointers);
      g_autoptr (ConfsyncDocument) live = test_document (c->live);
      g_autoptr (ConfsyncDocument) shared = test_document (c->shared);
      g_autoptr (ConfsyncDocument) read = confsync_local_members_read (members, live, shared);

      assert_json (confsync_document_get_json (read), c->read);
    }
}

typedef struct {
  const char *pointers, *shared, *values, *live;
} WriteCase;

static const WriteCase write_cases[] = {
  { "/id", "{'v':1}", "{'/id':7}", "{'v':1,'id':7}" },
  { "/id", "{'id':9,'v':1}", "{'/id':7}", "{'id':7,'v':1}" },
  { "/id", "{'id':9,'v':1}", "{}", "{'v':1}" },
  { "/a/b/x", "{'v':1}", "{'/a/b/x':7}", "{'v':1,'a':{'b':{'x':7}}}" },
  { "/a/x", "{'a':5}", "{'/a/x':7}", "{'a':5}" },
  { "/a/x", "{'a':[{'x':1}]}", "{'/a/x':7}", "{'a':[{'x':1}]}" },
  { "/a/x", "{'a':{'x':1}}", "{}", "{'a':{}}" },
  { "/a~1b", "{}", "{'/a~1b':{'s':[1]}}", "{'a/b':{'s':[1]}}" },
  { "/id", "{'v':1}", "{'/other':7}", "{'v':1}" },
};

static void
test_write (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (write_cases); i++)
    {
      const WriteCase *c = &write_cases[i];
      g_autoptr (ConfsyncLocalMembers) members = members_from (c->pointers);
      g_autoptr (ConfsyncDocument) shared = test_document (c->shared);
      g_autoptr (ConfsyncJson) values = json_from (c->values);
      g_autoptr (ConfsyncDocument) live = confsync_local_members_write (members, shared, values);

      assert_json (confsync_document_get_json (live), c->live);
    }
}

static void
test_project (void)
{
  g_autoptr (ConfsyncLocalMembers) members = members_from ("/id /a/x /a/b/y /l/k /s/k /gone/z");
  g_autoptr (ConfsyncDocument) shared =
    test_document ("{'v':1,'id':{'deep':[1]},'a':{'n':1,'x':2,'b':{'n':1}},'l':[1],'s':'t'}");
  g_autoptr (ConfsyncDocument) projected = confsync_local_members_project (members, shared);

  test_assert_document (projected, "{'a':{'b':{},'x':2},'id':{'deep':[1]},'l':null,'s':null}");
}

static void
test_places (void)
{
  g_autoptr (ConfsyncLocalMembers) members = members_from ("/a/x");
  g_autoptr (ConfsyncDocument) there = test_document ("{'a':{'x':1}}");
  g_autoptr (ConfsyncDocument) absent = test_document ("{}");
  g_autoptr (ConfsyncDocument) scalar = test_document ("{'a':null}");
  g_autoptr (ConfsyncDocument) array = test_document ("{'a':[]}");
  g_autoptr (ConfsyncJson) value = confsync_local_members_get (members, there, 0);

  assert_json (value, "1");
  g_assert_null (confsync_local_members_get (members, absent, 0));
  g_assert_null (confsync_local_members_get (members, scalar, 0));
  g_assert_true (confsync_local_members_has_room (members, there, 0));
  g_assert_true (confsync_local_members_has_room (members, absent, 0));
  g_assert_false (confsync_local_members_has_room (members, scalar, 0));
  g_assert_false (confsync_local_members_has_room (members, array, 0));
  g_assert_true (confsync_local_members_is_in_array (members, array, 0));
  g_assert_false (confsync_local_members_is_in_array (members, scalar, 0));
}

/* Random documents: few names, so that pointers meet something */

static void
append_value (ConfsyncJsonBuilder *builder, GRand *rand, guint depth)
{
  static const char *const names[] = { "a", "b", "c" };
  guint choice = (guint) g_rand_int_range (rand, 0, 100);

  if (depth == 0 || (choice < 45 && depth < 4))
    {
      confsync_json_builder_begin_object (builder);
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_rand_int_range (rand, 0, 10) < 6)
          {
            confsync_json_builder_name (builder, names[i]);
            append_value (builder, rand, depth + 1);
          }
      confsync_json_builder_close (builder);
    }
  else if (choice < 60 && depth < 4)
    {
      guint n = (guint) g_rand_int_range (rand, 0, 3);

      confsync_json_builder_begin_array (builder);
      for (guint i = 0; i < n; i++)
        append_value (builder, rand, depth + 1);
      confsync_json_builder_close (builder);
    }
  else
    confsync_json_builder_integer (builder, g_rand_int_range (rand, 0, 9));
}

static ConfsyncDocument *
random_document (GRand *rand)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;

  append_value (builder, rand, 0);
  json = confsync_json_builder_end (builder, NULL);
  return confsync_document_new_from_json (json, NULL);
}

/* One to three pointers, one to three names long; nested ones are thrown again. */
static ConfsyncLocalMembers *
random_members (GRand *rand)
{
  for (;;)
    {
      g_autoptr (GPtrArray) pointers = g_ptr_array_new_with_free_func (g_free);
      ConfsyncLocalMembers *members;

      for (guint n = (guint) g_rand_int_range (rand, 1, 4); n > 0; n--)
        {
          GString *pointer = g_string_new (NULL);

          for (guint depth = (guint) g_rand_int_range (rand, 1, 4); depth > 0; depth--)
            g_string_append_printf (pointer, "/%c", (char) ('a' + g_rand_int_range (rand, 0, 3)));
          g_ptr_array_add (pointers, g_string_free (pointer, FALSE));
        }
      g_ptr_array_add (pointers, NULL);
      members = confsync_local_members_new ((const char *const *) pointers->pdata, NULL);
      if (members != NULL)
        return members;
    }
}

static ConfsyncJson *
random_values (GRand *rand, ConfsyncLocalMembers *members)
{
  const char *const *pointers = confsync_local_members_get_pointers (members);
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_object (builder);
  for (guint i = 0; pointers[i] != NULL; i++)
    if (g_rand_int_range (rand, 0, 3) > 0)
      {
        confsync_json_builder_name (builder, pointers[i]);
        append_value (builder, rand, 2);
      }
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

static void
assert_law (ConfsyncDocument *found,
            ConfsyncDocument *expected,
            const char *law,
            ConfsyncLocalMembers *members,
            guint pair)
{
  g_autofree char *found_text = NULL, *expected_text = NULL, *pointers = NULL;

  if (confsync_document_equal (found, expected))
    return;
  found_text = test_canonical (found);
  expected_text = test_canonical (expected);
  pointers = g_strjoinv (" ", (GStrv) confsync_local_members_get_pointers (members));
  g_error ("pair %u, members %s, %s: %s, not %s", pair, pointers, law, found_text, expected_text);
}

/* What is at a member of the live document, and whether it came there. */
static void
check_values (ConfsyncLocalMembers *members,
              ConfsyncDocument *shared,
              ConfsyncDocument *live,
              ConfsyncJson *values)
{
  const char *const *pointers = confsync_local_members_get_pointers (members);

  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) value = confsync_json_get_member (values, pointers[i]);
      g_autoptr (ConfsyncJson) found = confsync_local_members_get (members, live, i);

      if (value == NULL || !confsync_local_members_has_room (members, shared, i))
        g_assert_null (found);
      else
        {
          g_assert_nonnull (found);
          g_assert_true (confsync_json_equal (found, value));
        }
    }
}

static void
check_laws (GRand *rand, guint pair)
{
  g_autoptr (ConfsyncLocalMembers) members = random_members (rand);
  g_autoptr (ConfsyncDocument) shared = random_document (rand);
  g_autoptr (ConfsyncDocument) edited = random_document (rand);
  g_autoptr (ConfsyncJson) values = random_values (rand, members);
  g_autoptr (ConfsyncJson) other_values = random_values (rand, members);
  g_autoptr (ConfsyncDocument) live = confsync_local_members_write (members, shared, values);
  g_autoptr (ConfsyncDocument) other_live =
    confsync_local_members_write (members, shared, other_values);
  g_autoptr (ConfsyncDocument) back = confsync_local_members_read (members, live, shared);
  g_autoptr (ConfsyncDocument) other_back =
    confsync_local_members_read (members, other_live, shared);
  g_autoptr (ConfsyncDocument) projected = confsync_local_members_project (members, shared);
  g_autoptr (ConfsyncDocument) edit = confsync_local_members_read (members, edited, shared);
  g_autoptr (ConfsyncDocument) edit_by_projected =
    confsync_local_members_read (members, edited, projected);
  g_autoptr (ConfsyncDocument) edit_again = confsync_local_members_read (members, edited, edit);
  g_autoptr (ConfsyncDocument) relaid = confsync_local_members_write (members, live, values);

  assert_law (back, shared, "read (write (S)) = S", members, pair);
  assert_law (other_back, shared, "whatever the values are", members, pair);
  assert_law (edit_by_projected, edit, "the projection says all that read needs", members, pair);
  assert_law (edit_again, edit, "an edit that was read once is read the same again", members, pair);
  assert_law (relaid, live, "writing twice changes nothing", members, pair);
  check_values (members, shared, live, values);
}

static void
test_laws (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < n_pairs; i++)
    check_laws (rand, i);
  g_test_message ("%u pairs", n_pairs);
}

/* Nothing that is at a member of an edited file is in what is shared. */
static void
test_no_leak (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED + 1);
  g_autoptr (ConfsyncJson) secret = json_from ("'hunter2-x9'");

  for (guint i = 0; i < n_pairs; i++)
    {
      g_autoptr (ConfsyncLocalMembers) members = random_members (rand);
      const char *const *pointers = confsync_local_members_get_pointers (members);
      g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
      g_autoptr (ConfsyncDocument) document = random_document (rand);
      g_autoptr (ConfsyncDocument) shared = random_document (rand);
      g_autoptr (ConfsyncDocument) live = NULL, read = NULL;
      g_autoptr (ConfsyncJson) values = NULL;
      g_autofree char *text = NULL;

      confsync_json_builder_begin_object (builder);
      for (guint j = 0; pointers[j] != NULL; j++)
        {
          confsync_json_builder_name (builder, pointers[j]);
          confsync_json_builder_append (builder, secret);
        }
      confsync_json_builder_close (builder);
      values = confsync_json_builder_end (builder, NULL);
      live = confsync_local_members_write (members, document, values);
      read = confsync_local_members_read (members, live, shared);
      text = test_canonical (read);
      g_assert_null (strstr (text, "hunter2"));
    }
}

static void
take_arguments (int *argc, char **argv)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    if (g_str_has_prefix (argv[i], "--pairs="))
      n_pairs = (guint) g_ascii_strtoull (argv[i] + strlen ("--pairs="), NULL, 10);
    else
      argv[kept++] = argv[i];
  *argc = kept;
  argv[kept] = NULL;
}

int
main (int argc, char **argv)
{
  take_arguments (&argc, argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-members/refused", test_refused);
  g_test_add_func ("/local-members/taken", test_taken);
  g_test_add_func ("/local-members/read", test_read);
  g_test_add_func ("/local-members/write", test_write);
  g_test_add_func ("/local-members/project", test_project);
  g_test_add_func ("/local-members/places", test_places);
  g_test_add_func ("/local-members/laws", test_laws);
  g_test_add_func ("/local-members/no-leak", test_no_leak);
  return g_test_run ();
}

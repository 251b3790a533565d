/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Patches: the examples of RFC 6902's appendix, what else may go wrong and how it's said, and that
 * no patch costs more than its size and its limits explain.
 */

#include "config.h"

#include "json-test.h"
#include "test-util.h"

#define PATCH_MAX_SECONDS 10.0

typedef struct {
  const char *document, *patch;
  const char *result;  /* NULL: refused */
  const char *message;
} Case;

static const Case rfc_cases[] = {
  { "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]", "{'foo':'bar','baz':'qux'}" },
  { "{'foo':['bar','baz']}", "[{'op':'add','path':'/foo/1','value':'qux'}]",
    "{'foo':['bar','qux','baz']}" },
  { "{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]", "{'foo':'bar'}" },
  { "{'foo':['bar','qux','baz']}", "[{'op':'remove','path':'/foo/1'}]", "{'foo':['bar','baz']}" },
  { "{'baz':'qux','foo':'bar'}", "[{'op':'replace','path':'/baz','value':'boo'}]",
    "{'baz':'boo','foo':'bar'}" },
  { "{'foo':{'bar':'baz','waldo':'fred'},'qux':{'corge':'grault'}}",
    "[{'op':'move','from':'/foo/waldo','path':'/qux/thud'}]",
    "{'foo':{'bar':'baz'},'qux':{'corge':'grault','thud':'fred'}}" },
  { "{'foo':['all','grass','cows','eat']}", "[{'op':'move','from':'/foo/1','path':'/foo/3'}]",
    "{'foo':['all','cows','eat','grass']}" },
  { "{'baz':'qux','foo':['a',2,'c']}",
    "[{'op':'test','path':'/baz','value':'qux'},{'op':'test','path':'/foo/1','value':2}]",
    "{'baz':'qux','foo':['a',2,'c']}" },
  { "{'baz':'qux'}", "[{'op':'test','path':'/baz','value':'bar'}]", NULL,
    "operation 0 (test \"/baz\"): the value there is another one" },
  { "{'foo':'bar'}", "[{'op':'add','path':'/child','value':{'grandchild':{}}}]",
    "{'foo':'bar','child':{'grandchild':{}}}" },
  { "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux','xyz':123}]",
    "{'foo':'bar','baz':'qux'}" },
  { "{'foo':'bar'}", "[{'op':'add','path':'/baz/bat','value':'qux'}]", NULL,
    "operation 0 (add \"/baz/bat\"): the object or array to add to is not there" },
  { "{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':10}]", "{'/':9,'~1':10}" },
  { "{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':'10'}]", NULL,
    "operation 0 (test \"/~01\"): the value there is another one" },
  { "{'foo':['bar']}", "[{'op':'add','path':'/foo/-','value':['abc','def']}]",
    "{'foo':['bar',['abc','def']]}" },
};

static const Case cases[] = {
  { "{'a':1}", "[]", "{'a':1}" },
  { "{'a':1}", "[{'op':'replace','path':'','value':[]}]", "[]" },
  { "{'a':1}", "[{'op':'add','path':'','value':7}]", "7" },
  { "{'a':1,'b':2}", "[{'op':'add','path':'/a','value':3}]", "{'a':3,'b':2}" },
  { "[1,2]", "[{'op':'add','path':'/2','value':3},{'op':'remove','path':'/0'}]", "[2,3]" },
  { "{'a':{'b':[1]}}",
    "[{'op':'copy','from':'/a','path':'/c'},{'op':'add','path':'/c/b/0','value':0}]",
    "{'a':{'b':[1]},'c':{'b':[0,1]}}" },
  { "{'a':{'b':1}}", "[{'op':'copy','from':'','path':'/a/c'}]", "{'a':{'b':1,'c':{'a':{'b':1}}}}" },
  { "{'a':{'b':1}}", "[{'op':'move','from':'/a/b','path':''}]", "1" },
  { "{'a':1}", "[{'op':'move','from':'/a','path':'/a'}]", "{'a':1}" },
  { "{'a':1.0}", "[{'op':'test','path':'/a','value':1}]", "{'a':1.0}" },
  { "{'a':{'x':1,'y':[1,2]}}",
    "[{'op':'add','path':'/a/y/-','value':3},"
    "{'op':'test','path':'','value':{'a':{'y':[1,2,3],'x':1.0}}}]",
    "{'a':{'x':1,'y':[1,2,3]}}" },
  { "{'a':1}", "{}", NULL, "a patch must be an array of operations" },
  { "{'a':1}", "[1]", NULL, "operation 0: an operation must be an object" },
  { "{'a':1}", "[{'path':'/a'}]", NULL, "operation 0: member \"op\" is missing, or is no string" },
  { "{'a':1}", "[{'op':'remove'}]", NULL,
    "operation 0: member \"path\" is missing, or is no string" },
  { "{'a':1}", "[{'op':'remove','path':7}]", NULL,
    "operation 0: member \"path\" is missing, or is no string" },
  { "{'a':1}", "[{'op':'spam','path':'/a'}]", NULL,
    "operation 0 (spam \"/a\"): there is no such operation" },
  { "{'a':1}", "[{'op':'add','path':'/a'}]", NULL,
    "operation 0 (add \"/a\"): member \"value\" is missing" },
  { "{'a':1}", "[{'op':'copy','path':'/a'}]", NULL,
    "operation 0 (copy \"/a\"): member \"from\" is missing, or is no string" },
  { "{'a':1}", "[{'op':'test','path':'/a','value':1},{'op':'remove','path':'/b'}]", NULL,
    "operation 1 (remove \"/b\"): there is nothing at \"path\"" },
  { "{'a':1}", "[{'op':'replace','path':'/b','value':1}]", NULL,
    "operation 0 (replace \"/b\"): there is nothing at \"path\"" },
  { "{'a':1}", "[{'op':'move','from':'/b','path':'/c'}]", NULL,
    "operation 0 (move \"/c\"): there is nothing at \"from\"" },
  { "{'a':{}}", "[{'op':'move','from':'/a','path':'/a/b'}]", NULL,
    "operation 0 (move \"/a/b\"): a value can't be moved into itself" },
  { "{'a':1}", "[{'op':'remove','path':''}]", NULL,
    "operation 0 (remove \"\"): the whole value can't be taken away" },
  { "{'a':1}", "[{'op':'add','path':'/a/b','value':1}]", NULL,
    "operation 0 (add \"/a/b\"): the value to add to is neither object nor array" },
  { "[1]", "[{'op':'add','path':'/2','value':1}]", NULL,
    "operation 0 (add \"/2\"): that is no place in an array of 1 elements" },
  { "[1]", "[{'op':'add','path':'/01','value':1}]", NULL,
    "operation 0 (add \"/01\"): that is no place in an array of 1 elements" },
  { "[1]", "[{'op':'remove','path':'/-'}]", NULL,
    "operation 0 (remove \"/-\"): there is nothing at \"path\"" },
  { "[1]", "[{'op':'add','path':'a','value':1}]", NULL,
    "operation 0 (add \"a\"): \"a\" is no JSON Pointer: it must be empty or begin with '/'" },
};

static void
assert_case (const Case *test)
{
  g_autoptr (ConfsyncJson) document = json_from (test->document);
  g_autoptr (ConfsyncJson) patch = json_from (test->patch), patched = NULL;
  g_autoptr (GError) error = NULL;

  patched = confsync_json_patch (document, patch, &error);
  assert_json (document, test->document);
  if (test->result == NULL)
    {
      g_assert_null (patched);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_PATCH);
      g_assert_cmpstr (error->message, ==, test->message);
      return;
    }
  g_assert_no_error (error);
  assert_json (patched, test->result);
}

static void
test_rfc (void)
{
  g_test_summary ("The examples of RFC 6902, appendix A");

  for (guint i = 0; i < G_N_ELEMENTS (rfc_cases); i++)
    assert_case (&rfc_cases[i]);
}

static void
test_duplicate_op (void)
{
  static const char text[] = "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":1,\"op\":\"remove\"}]";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("RFC 6902, A.13: a patch with two \"op\" is no JSON to begin with");
  g_assert_null (confsync_json_parse (bytes, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
}

static void
test_cases (void)
{
  g_test_summary ("Operations on every place, and refusals that name operation and reason");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_case (&cases[i]);
}

static ConfsyncJson *
repeat (const char *start, const char *unit, guint n, const char *end)
{
  g_autoptr (GString) text = g_string_new (start);

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);
  g_string_append (text, end);
  return json_from (text->str);
}

/* NULL, or the refusal's message */
static char *
patch_in_time (ConfsyncJson *document, ConfsyncJson *patch)
{
  const double began = test_processor_seconds ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) patched = confsync_json_patch (document, patch, &error);

  g_assert_cmpfloat (test_processor_seconds () - began, <, PATCH_MAX_SECONDS);
  g_assert_cmpint (patched == NULL, ==, error != NULL);
  if (error == NULL)
    return NULL;
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  return g_strdup (error->message);
}

static ConfsyncJson *
bomb_document (void)
{
  g_autofree char *long_string = g_strnfill (100000, 's');
  g_autofree char *end = g_strdup_printf ("],'s':'%s'}", long_string);

  return repeat ("{'a':[1", ",1", 5000, end);
}

static void
test_copy_bombs (void)
{
  static const char *const bombs[] = {
    "{'op':'copy','from':'/a','path':'/a/-'},",
    "{'op':'copy','from':'','path':'/x'},",
    "{'op':'copy','from':'/a','path':'/b'},{'op':'remove','path':'/b'},",
    "{'op':'copy','from':'/s','path':'/a/-'},",
  };
  g_autoptr (ConfsyncJson) document = bomb_document ();

  g_test_summary ("Copies that multiply the value, its depth, the work or its bytes are refused");
  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    {
      g_autoptr (ConfsyncJson) patch =
        repeat ("[", bombs[i], 2000, "{'op':'add','path':'/end','value':1}]");
      g_autofree char *message = patch_in_time (document, patch);

      g_assert_nonnull (message);
    }
}

static void
test_result_limits (void)
{
  g_autofree char *down = g_strnfill (40, '['), *up = g_strnfill (40, ']');
  g_autofree char *text = g_strconcat ("{'a':", down, up, "}", NULL);
  g_autoptr (ConfsyncJson) document = json_from (text);
  g_autoptr (ConfsyncJson) patch =
    repeat ("[{'op':'copy','from':'','path':'/a", "/0", 39, "/-'}]");
  g_autofree char *message = patch_in_time (document, patch);

  g_test_summary ("A result nested deeper than a text may be is refused");
  g_assert_cmpstr (message, ==,
                   "the patched value would be too large: "
                   "nested deeper than 64 levels (max_depth)");
}

static void
test_many_operations (void)
{
  g_autoptr (ConfsyncJson) array = repeat ("{'a':[0", ",0", 400000, "]}");
  g_autoptr (ConfsyncJson) inserts =
    repeat ("[", "{'op':'add','path':'/a/7','value':1},", 100000, "{'op':'remove','path':'/a/0'}]");
  g_autoptr (ConfsyncJson) moves =
    repeat ("[", "{'op':'move','from':'/a/399999','path':'/a/0'},", 100000,
            "{'op':'remove','path':'/a/0'}]");
  g_autoptr (GString) text = g_string_new ("["), object_text = g_string_new ("{'x':0");
  g_autoptr (ConfsyncJson) object = NULL, members = NULL;

  g_test_summary ("A hundred thousand operations on a large array or object are not quadratic");
  for (guint i = 0; i < 100000; i++)
    {
      g_string_append_printf (object_text, ",'n%u':%u", i, i);
      g_string_append_printf (text, "%s{'op':'remove','path':'/n%u'}", i > 0 ? "," : "", i);
    }
  g_string_append_c (text, ']');
  g_string_append_c (object_text, '}');
  object = json_from (object_text->str);
  members = json_from (text->str);
  g_assert_null (patch_in_time (array, inserts));
  g_assert_null (patch_in_time (array, moves));
  g_assert_null (patch_in_time (object, members));
}

/* document, pointer, value */
static const Case put_cases[] = {
  { "{'a':1,'b':2}", "/a", "{'a':[true],'b':2}" },
  { "{'a':1}", "/c", "{'a':1,'c':[true]}" },
  { "[1,2]", "/0", "[[true],2]" },
  { "[1,2]", "/2", "[1,2,[true]]" },
  { "[1,2]", "/-", "[1,2,[true]]" },
  { "{'a':{'b':1}}", "/a/b", "{'a':{'b':[true]}}" },
  { "{'a/b':1}", "/a~1b", "{'a/b':[true]}" },
  { "7", "", "[true]" },
  { "[1,2]", "/3", NULL, "nothing at \"/3\": the array at \"\" has 2 elements" },
  { "[1,2]", "/01", NULL, "nothing at \"/01\"" },
  { "{'a':1}", "/a/b", NULL, "nothing at \"/a/b\": the value at \"/a\" is neither" },
  { "{'a':1}", "/x/y", NULL, "nothing at \"/x/y\": the object at \"\" has no member \"x\"" },
  { "{'a':1}", "a", NULL, "" },
};

static void
test_put (void)
{
  g_autoptr (ConfsyncJson) value = json_from ("[true]");

  for (guint i = 0; i < G_N_ELEMENTS (put_cases); i++)
    {
      const Case *c = &put_cases[i];
      g_autoptr (ConfsyncJson) document = json_from (c->document);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) result = confsync_json_put (document, c->patch, value, &error);
      g_autoptr (ConfsyncJson) expected = c->result != NULL ? json_from (c->result) : NULL;

      if (expected != NULL)
        {
          g_assert_no_error (error);
          g_assert_true (confsync_json_equal (result, expected));
          continue;
        }
      g_assert_null (result);
      g_assert_error (error, CONFSYNC_ERROR,
                      (*c->patch == '/' ? CONFSYNC_ERROR_INVALID_PATCH
                                        : CONFSYNC_ERROR_INVALID_POINTER));
      g_assert_nonnull (strstr (error->message, c->message));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-patch/rfc", test_rfc);
  g_test_add_func ("/json-patch/duplicate-op", test_duplicate_op);
  g_test_add_func ("/json-patch/cases", test_cases);
  g_test_add_func ("/json-patch/put", test_put);
  g_test_add_func ("/json-patch/copy-bombs", test_copy_bombs);
  g_test_add_func ("/json-patch/result-limits", test_result_limits);
  g_test_add_func ("/json-patch/many-operations", test_many_operations);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The forms that values are written in; each reads back as the value.
 */

#include "config.h"

#include "json-test.h"

static void
assert_form (GBytes *bytes, const char *expected)
{
  g_autofree char *text = text_of (bytes);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_canonical (void)
{
  static const char *const cases[][2] = {
    { "{\"b\":[1.0,-0.0,1e2],\"a\":null}", "{\"a\":null,\"b\":[1,0,100]}" },
    { "[9223372036854775807,-9223372036854775808,9007199254740993]",
      "[9223372036854775807,-9223372036854775808,9007199254740993]" },
    { "[1e20,9007199254740992.0,1e-7,0.000001]",
      "[1e+20,9.007199254740992e+15,1e-7,0.000001]" },
    { "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\/\\u007f\\u20ac\\ud834\\udd1e\"",
      "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\x7f€𝄞\"" },
    /* RFC 8785, 3.2.3: sorted by UTF-16 units, so the emoji comes before U+FB33 */
    { "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"ö\":7}",
      "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}" },
    { "{\"aaaab\":1,\"aaaa\":2,\"aaa\":3,\"\":4}",
      "{\"\":4,\"aaa\":3,\"aaaa\":2,\"aaaab\":1}" },
  };

  g_test_summary ("The canonical form is RFC 8785's but for large numbers, and a fixed point");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) json = json_from (cases[i][0]), again = json_from (cases[i][1]);

      assert_form (confsync_json_to_canonical (json), cases[i][1]);
      assert_form (confsync_json_to_canonical (again), cases[i][1]);
    }
}

static void
test_sorting (void)
{
  g_autoptr (GString) text = g_string_new ("{"), expected = g_string_new ("{");
  g_autoptr (ConfsyncJson) json = NULL;

  g_test_summary ("Many members are sorted as few are");
  for (guint i = 0; i < 1000; i++)
    {
      g_string_append_printf (text, "%s\"name%03u\":0", i > 0 ? "," : "", i * 617 % 1000);
      g_string_append_printf (expected, "%s\"name%03u\":0", i > 0 ? "," : "", i);
    }
  g_string_append_c (text, '}');
  g_string_append_c (expected, '}');
  json = json_from (text->str);
  assert_form (confsync_json_to_canonical (json), expected->str);
  assert_form (confsync_json_to_compact (json), text->str);
}

static void
test_compact (void)
{
  g_autoptr (ConfsyncJson) json =
    json_from ("{ 'z' : [ 1.0 , 1 , -0.0, 1e20, 1e-400, true ] , 'a' : { } }");

  g_test_summary ("The compact form keeps order and kinds of numbers");
  assert_json (json, "{'z':[1.0,1,-0.0,1e+20,0.0,true],'a':{}}");
}

static void
test_python (void)
{
  static const char *const cases[][2] = {
    { "{\"b\":[1.0,-0.0,1e16,1e-5,1e22],\"a\":null}",
      "{\"a\": null, \"b\": [1.0, -0.0, 1e+16, 1e-05, 1e+22]}" },
    { "\"\\u0001\\n\\\"\\\\/\\u007f€𝄞\"",
      "\"\\u0001\\n\\\"\\\\/\\u007f\\u20ac\\ud834\\udd1e\"" },
    /* sorted by code points: U+FB33 comes before the emoji */
    { "{\"\\ud83d\\ude00\":1,\"\\ufb33\":2,\"a\":3}",
      "{\"a\": 3, \"\\ufb33\": 2, \"\\ud83d\\ude00\": 1}" },
    { "[[],{},true,false]", "[[], {}, true, false]" },
  };

  g_test_summary ("The legacy form is that of json.dumps (value, sort_keys=True)");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) json = json_from (cases[i][0]);

      assert_form (confsync_json_to_python (json), cases[i][1]);
    }
}

static void
test_pretty (void)
{
  g_autoptr (ConfsyncJson) json = json_from ("{'b':[1.0,[],{}],'a':{'x':'ü'}}");
  g_autoptr (ConfsyncJson) scalar = json_from ("1.0");

  g_test_summary ("Without a model: two spaces, and a final newline");
  assert_form (confsync_json_to_pretty (json, NULL),
               "{\n  \"b\": [\n    1.0,\n    [],\n    {}\n  ],\n"
               "  \"a\": {\n    \"x\": \"ü\"\n  }\n}\n");
  assert_form (confsync_json_to_pretty (scalar, NULL), "1.0\n");
}

static void
test_layouts (void)
{
  static const char *const cases[][2] = {
    { "{\n    \"k\": 0\n}\n", "{\n    \"a\": [\n        1,\n        2\n    ]\n}\n" },
    { "{\n\t\"k\" : 0\n}", "{\n\t\"a\" : [\n\t\t1,\n\t\t2\n\t]\n}" },
    { "{\r\n \"k\":0\r\n}\r\n", "{\r\n \"a\":[\r\n  1,\r\n  2\r\n ]\r\n}\r\n" },
    { "{\n\"k\":0}", "{\n\"a\":[\n1,\n2\n]\n}" },
    { "{\"k\":0}", "{\"a\":[1,2]}" },
    { "{\"k\": 0, \"l\": 1}\n", "{\"a\": [1, 2]}\n" },
    { "{\"k:, \\\" ,\":0,  \"l\":1}", "{\"a\":[1,  2]}" },
    { "{}", "{\n  \"a\": [\n    1,\n    2\n  ]\n}" },
    { "3\n", "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n" },
    { "[\n   0, 1]\n", "{\n   \"a\": [\n      1,\n      2\n   ]\n}\n" },
    /* no indentation that a person would use */
    { "{\n                      \"k\": 0\n}", "{\n\"a\": [\n1,\n2\n]\n}" },
  };
  g_autoptr (ConfsyncJson) json = json_from ("{'a':[1,2]}");

  g_test_summary ("Indentation, spacing, line ends and final newline come from the model");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) like = json_from (cases[i][0]);

      assert_form (confsync_json_to_pretty (json, like), cases[i][1]);
    }
}

static void
test_order (void)
{
  g_autoptr (ConfsyncJson) like =
    json_from ("{'z':1,'list':[{'q':1,'p':2},3],'gone':0,'sub':{'y':0,'x':0}}");
  g_autoptr (ConfsyncJson) json = json_from (
    "{'a':1,'list':[{'n':0,'p':1,'q':2},{'p':0,'q':0}],'sub':{'x':1,'w':2,'y':3},'z':[1]}");

  g_test_summary ("Members that the model has come in its order, the others after them in theirs");
  assert_form (confsync_json_to_pretty (json, like),
               "{\"z\":[1],\"list\":[{\"q\":2,\"p\":1,\"n\":0},{\"p\":0,\"q\":0}],"
               "\"sub\":{\"y\":3,\"x\":1,\"w\":2},\"a\":1}");
}

static void
test_identity (void)
{
  static const char *const files[] = {
    "{\n  \"b\": 1,\n  \"a\": [\n    {\n      \"d\": 0.5,\n      \"c\": \"\\n\"\n    }\n  ]\n}\n",
    "{\n\t\"b\" : 1,\n\t\"a\" : []\n}",
    "{\"b\": 1, \"a\": {\"y\": 1, \"x\": []}}\n",
  };

  g_test_summary ("A file that the layout fits is written back byte for byte");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (ConfsyncJson) like = json_from (files[i]), sorted = NULL;
      g_autofree char *canonical = text_of (confsync_json_to_canonical (like));

      sorted = json_from (canonical);
      assert_form (confsync_json_to_pretty (sorted, like), files[i]);
    }
}

static void
test_long_strings (void)
{
  g_autoptr (GString) text = g_string_new ("\"");
  g_autoptr (ConfsyncJson) plain = NULL, escaped = NULL;
  g_autofree char *hash = NULL, *expected = NULL, *python = NULL;

  g_test_summary ("Strings longer than the buffers are written whole, and hashed as written");
  for (guint i = 0; i < 20000; i++)
    g_string_append (text, i % 7 == 0 ? "ü" : "ab");
  g_string_append_c (text, '"');
  plain = json_from (text->str);
  assert_form (confsync_json_to_canonical (plain), text->str);
  for (guint i = 0; i < 20000; i++)
    g_string_insert (text, 1, "\\u001f");
  escaped = json_from (text->str);
  assert_form (confsync_json_to_canonical (escaped), text->str);
  hash = confsync_json_hash (escaped);
  expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, -1);
  g_assert_cmpstr (hash, ==, expected);
  python = text_of (confsync_json_to_python (plain));
  g_assert_cmpuint (strlen (python), >, 50000);
}

static void
assert_reads_back (ConfsyncJson *json, const char *canonical, GBytes *bytes)
{
  g_autofree char *text = text_of (bytes);
  g_autoptr (GBytes) copy = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) back = confsync_json_parse (copy, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (confsync_json_equal (json, back));
  assert_form (confsync_json_to_canonical (back), canonical);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  g_test_summary ("Random values read back from every form, the canonical one is a fixed point, "
                  "and the hash is that text's");
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (ConfsyncJson) json = random_json (rand), like = random_json (rand);
      g_autofree char *hash = confsync_json_hash (json), *expected = NULL;
      g_autofree char *canonical = text_of (confsync_json_to_canonical (json));

      assert_reads_back (json, canonical, confsync_json_to_canonical (json));
      assert_reads_back (json, canonical, confsync_json_to_compact (json));
      assert_reads_back (json, canonical, confsync_json_to_python (json));
      assert_reads_back (json, canonical, confsync_json_to_pretty (json, like));
      expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, canonical, -1);
      g_assert_cmpstr (hash, ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-writer/canonical", test_canonical);
  g_test_add_func ("/json-writer/sorting", test_sorting);
  g_test_add_func ("/json-writer/compact", test_compact);
  g_test_add_func ("/json-writer/python", test_python);
  g_test_add_func ("/json-writer/pretty/default", test_pretty);
  g_test_add_func ("/json-writer/pretty/layouts", test_layouts);
  g_test_add_func ("/json-writer/pretty/order", test_order);
  g_test_add_func ("/json-writer/pretty/identity", test_identity);
  g_test_add_func ("/json-writer/long-strings", test_long_strings);
  g_test_add_func ("/json-writer/round-trip", test_round_trip);
  return g_test_run ();
}

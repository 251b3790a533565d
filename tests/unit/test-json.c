/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The strict reader: what it takes, what it refuses and with which words, its limits, and that no
 * text makes it slow. And the accessors of values, equality, nodes.
 */

#include "config.h"

#include <math.h>

#include "json-test.h"
#include "test-util.h"

/* far above what is needed, far below what a quadratic reader would take */
#define HOSTILE_MAX_SECONDS 5.0

typedef struct {
  const char *text;
  const char *message;
} Refusal;

static const char *const good[] = {
  "null", "true", "false", "0", "-0", "-1", "1.5e3", "1E+2", "1e-2", "\"\"", "[]", "{}", " [ ] ",
  "\t\r\n{\"a\" : [ 1 , 2 ] }\n", "9223372036854775807", "-9223372036854775808",
  "1.7976931348623157e308", "1e-400", "\"\\u00e9\\ud834\\udd1e\\/\"", "\"\x7f\"",
  "\"\xf4\x8f\xbf\xbf\"", "{\"\":{\"\":0}}", "{\"a\":1,\"A\":1}", "[[[[[]]]]]", "\"\\uFFFF\"",
  "0.0000000000000000000000000000000000000001", "123456789012345678901234567890.0",
};

static const Refusal refusals[] = {
  { "", "line 1, column 1: a value expected, but the text ends here" },
  { " \n ", "line 2, column 2: a value expected, but the text ends here" },
  { "{\"a\":1,\n\"b\":2 \"c\"", "line 2, column 7: ',' or '}' expected" },
  { "{\"a\":1", "line 1, column 7: ',' or '}' expected, but the text ends here" },
  { "[1 2]", "line 1, column 4: ',' or ']' expected" },
  { "[1}", "line 1, column 3: ',' or ']' expected" },
  { "[1,]", "line 1, column 4: a value expected" },
  { "[,1]", "line 1, column 2: a value expected" },
  { "{\"a\":1,}", "line 1, column 8: a member's name expected" },
  { "{a:1}", "line 1, column 2: a member's name or '}' expected" },
  { "{'a':1}", "line 1, column 2: a member's name or '}' expected" },
  { "{\"a\" 1}", "line 1, column 6: ':' expected" },
  { "{\"a\"", "line 1, column 5: ':' expected, but the text ends here" },
  { "{\"ü\":1,\"x\":2,\"ü\":3}", "line 1, column 14: member \"ü\" stands twice in this object" },
  { "{\"a\\n\":1,\"b\":{},\"a\\n\":3}",
    "line 1, column 17: member \"a\\n\" stands twice in this object" },
  { "{\"a\":1,\"\\u0061\":3}", "line 1, column 8: member \"\\u0061\" stands twice in this object" },
  { "{\"a\":1,\"b\":1,\"b\":1,\"a\":1}",
    "line 1, column 14: member \"b\" stands twice in this object" },
  { "[1]2", "line 1, column 4: there is text after the value" },
  { "[1][2]", "line 1, column 4: there is text after the value" },
  { "nul", "line 1, column 1: a value expected" },
  { "True", "line 1, column 1: a value expected" },
  { "NaN", "line 1, column 1: a value expected" },
  { "[Infinity]", "line 1, column 2: a value expected" },
  { "+1", "line 1, column 1: a value expected" },
  { ".5", "line 1, column 1: a value expected" },
  { "/*x*/1", "line 1, column 1: a value expected" },
  { "01", "line 1, column 1: a number may not begin with 0" },
  { "-01", "line 1, column 2: a number may not begin with 0" },
  { "-", "line 1, column 2: a digit expected, but the text ends here" },
  { "-a", "line 1, column 2: a digit expected" },
  { "1.", "line 1, column 3: a digit after the decimal point expected, but the text ends here" },
  { "[1.]", "line 1, column 4: a digit after the decimal point expected" },
  { "1e", "line 1, column 3: a digit of the exponent expected, but the text ends here" },
  { "1e+x", "line 1, column 4: a digit of the exponent expected" },
  { "0x10", "line 1, column 2: there is text after the value" },
  { "[9223372036854775808]", "line 1, column 2: this integer is beyond 64 bits" },
  { "-9223372036854775809", "line 1, column 1: this integer is beyond 64 bits" },
  { "99999999999999999999999", "line 1, column 1: this integer is beyond 64 bits" },
  { "[1e400]", "line 1, column 2: this number is larger than a double can hold" },
  { "-1e309", "line 1, column 1: this number is larger than a double can hold" },
  { "[\"abc", "line 1, column 2: this string isn't closed" },
  { "\"\\\"", "line 1, column 1: this string isn't closed" },
  { "\"é\n\"", "line 1, column 3: a control character in a string must be escaped" },
  { "\"ab\\x41\"",
    "line 1, column 4: unknown escape; one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u expected" },
  { "\"\\u12g4\"", "line 1, column 2: \\u must be followed by four hexadecimal digits" },
  { "\"\\u12", "line 1, column 2: \\u must be followed by four hexadecimal digits" },
  { "\"a\\u0000\"", "line 1, column 3: \\u0000 can't be held in a string" },
  { "\"\\ud800\"", "line 1, column 2: half of a surrogate pair without the other" },
  { "\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair without the other" },
  { "\"\\ud800\\ud800\"", "line 1, column 2: half of a surrogate pair without the other" },
  { "\"\\udc00\"", "line 1, column 2: half of a surrogate pair without the other" },
  { "\"\x80\"", "line 1, column 2: not valid UTF-8" },
  { "\"é\xc0\x80\"", "line 1, column 3: not valid UTF-8" },
  { "\"\xed\xa0\x80\"", "line 1, column 2: not valid UTF-8" },
  { "\"\xf4\x90\x80\x80\"", "line 1, column 2: not valid UTF-8" },
  { "\"\xe2\x82", "line 1, column 2: not valid UTF-8" },
  { "\xef\xbb\xbf{}", "line 1, column 1: a byte order mark; save the text as UTF-8 without one" },
};

static ConfsyncJson *
parse (const char *text, gsize length, const ConfsyncJsonLimits *limits, GError **error)
{
  /* a block of its own, so that the sanitizer sees a read past its end */
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_memdup2 (text, length), length);

  return confsync_json_parse (bytes, limits, error);
}

static void
test_good (void)
{
  g_test_summary ("All of RFC 8259 that can be held exactly is read");

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) json = parse (good[i], strlen (good[i]), NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (json);
    }
}

static void
test_refusals (void)
{
  g_test_summary ("A refusal says line, column in characters, and reason");

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) json =
        parse (refusals[i].text, strlen (refusals[i].text), NULL, &error);

      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
      g_assert_cmpstr (error->message, ==, refusals[i].message);
      g_assert_null (json);
    }
}

static void
test_nul (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = NULL;

  g_test_summary ("A NUL byte ends no text");
  json = parse ("[1]\0", 4, NULL, &error);
  g_assert_null (json);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_assert_cmpstr (error->message, ==, "line 1, column 4: there is text after the value");
}

static char *
random_digits (GRand *rand, int max)
{
  int n = g_rand_int_range (rand, 1, max + 1);
  char *text = g_malloc ((gsize) n + 1);

  for (int i = 0; i < n; i++)
    text[i] = (char) ('0' + g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 10 : 2));
  text[n] = '\0';
  return text;
}

static void
test_numbers (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (41);

  g_test_summary ("Digits in any number are read as the C library reads them");
  for (guint i = 0; i < 50000; i++)
    {
      g_autofree char *whole = random_digits (rand, 18), *places = random_digits (rand, 25);
      const char *sign = i % 2 == 0 ? "-" : "";
      const char *behind = i % 3 == 0 ? "" : i % 3 == 1 ? " " : "  ,7";
      g_autofree char *text = NULL, *list = NULL;
      g_autoptr (ConfsyncJson) json = NULL, first = NULL;

      if (whole[0] == '0')
        whole[1] = '\0';
      text = i % 5 == 0 ? g_strconcat (sign, whole, NULL)
                        : g_strconcat (sign, whole, ".", places, i % 5 == 1 ? "e-3" : NULL, NULL);
      list = g_strconcat ("[", text, behind, "]", NULL);
      json = json_from (list);
      first = confsync_json_get_element (json, 0);
      if (i % 5 == 0)
        g_assert_cmpint (confsync_json_get_integer (first), ==, g_ascii_strtoll (text, NULL, 10));
      else
        g_assert_cmpfloat (confsync_json_get_double (first), ==, g_ascii_strtod (text, NULL));
    }
}

static void
test_truncated (void)
{
  static const char text[] =
    "{\"a\":[1.5e3,true,null,\"\\ud834\\udd1e\\n\xf0\x9d\x84\x9e\"],\"b\":{}}";

  g_test_summary ("No beginning of a text is read for the whole, or past its end");
  for (gsize n = 0; n < sizeof text - 1; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) json = parse (text, n, NULL, &error);

      g_assert_null (json);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
    }
}

static char *
nested (guint depth)
{
  char *text = g_malloc (depth * 2 + 1);

  memset (text, '[', depth);
  memset (text + depth, ']', depth);
  text[depth * 2] = '\0';
  return text;
}

static void
assert_limit (const char *text, const ConfsyncJsonLimits *limits, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = parse (text, strlen (text), limits, &error);

  g_assert_cmpint (json != NULL, ==, message == NULL);
  if (message == NULL)
    return;
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_limits (void)
{
  const ConfsyncJsonLimits small = { 10, 2, 3 };

  g_test_summary ("Each limit takes what is at it, and refuses one more by its name");
  assert_limit ("\"1234567\"", &small, NULL);
  assert_limit ("\"12345678\"", &small, NULL);
  assert_limit ("\"123456789\"", &small, "the text has 11 bytes; max_bytes is 10");
  assert_limit ("[]", &small, NULL);
  assert_limit ("[[]]", &small, NULL);
  assert_limit ("[\n[{}]]", &small,
                "line 2, column 2: nested deeper than max_depth, which is 2");
  assert_limit ("[1]", &small, NULL);
  assert_limit ("[1,2]", &small, NULL);
  assert_limit ("[1,2,3]", &small,
                "line 1, column 6: more values than max_values, which is 3");
}

static void
test_depth_limits (void)
{
  const ConfsyncJsonLimits deep = { 0, 5000, 0 };
  const guint bounds[] = { CONFSYNC_JSON_MAX_DEPTH, CONFSYNC_TAPE_MAX_DEPTH };

  g_test_summary ("64 levels by default, 1024 at most; whatever is read can be written and freed");
  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
    {
      g_autofree char *at = nested (bounds[i]), *beyond = nested (bounds[i] + 1);
      g_autoptr (GBytes) bytes = g_bytes_new (at, strlen (at));
      g_autoptr (ConfsyncJson) json = NULL;
      g_autofree char *back = NULL, *hash = NULL;
      g_autoptr (GError) error = NULL;

      json = confsync_json_parse (bytes, i == 0 ? NULL : &deep, &error);
      g_assert_no_error (error);
      back = text_of (confsync_json_to_canonical (json));
      g_assert_cmpstr (back, ==, at);
      hash = confsync_json_hash (json);
      g_clear_pointer (&json, confsync_json_unref);
      json = parse (beyond, strlen (beyond), i == 0 ? NULL : &deep, &error);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
    }
}

static void
test_default_limits (void)
{
  gsize size = CONFSYNC_JSON_MAX_BYTES;
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr (ConfsyncJson) at = NULL, beyond = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) many = g_string_new ("[0");

  g_test_summary ("15 MiB and a million values by default");
  memset (text, ' ', size + 1);
  text[0] = '1';
  at = parse (text, size, NULL, &error);
  g_assert_no_error (error);
  beyond = parse (text, size + 1, NULL, &error);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  for (guint i = 1; i < CONFSYNC_JSON_MAX_VALUES - 1; i++)
    g_string_append (many, ",0");
  g_string_append_c (many, ']');
  assert_limit (many->str, NULL, NULL);
  g_string_truncate (many, many->len - 1);
  g_string_append (many, ",0]");
  assert_limit (many->str, NULL,
                "line 1, column 2000000: more values than max_values, which is 1000000");
}

static GString *
repeated (const char *start, const char *unit, guint n, const char *end)
{
  GString *text = g_string_new (start);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s", unit);
  g_string_append (text, end);
  return text;
}

static GString *
many_names (guint n, int width)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < n; i++)
    {
      g_string_append_c (text, i > 0 ? ',' : ' ');
      /* neither sorted nor in reverse */
      g_string_append_printf (text, "\"%0*x\":0", width, i * 7919u % n);
    }
  g_string_append_c (text, '}');
  return text;
}

static void
read_in_time (GString *text)
{
  const double began = test_processor_seconds ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = parse (text->str, text->len, NULL, &error);
  g_autofree char *hash = json != NULL ? confsync_json_hash (json) : NULL;

  g_assert_cmpfloat (test_processor_seconds () - began, <, HOSTILE_MAX_SECONDS);
  g_string_free (text, TRUE);
}

static void
test_hostile (void)
{
  g_test_summary ("No text takes more than a time that grows with its size");
  read_in_time (repeated ("", "[", 100000, ""));
  read_in_time (repeated ("", "{\"a\":", 100000, ""));
  read_in_time (repeated ("[", "[],", 900000, "0]"));
  read_in_time (repeated ("[", "{},", 900000, "0]"));
  read_in_time (repeated ("\"", "\\u0041", 2000000, "\""));
  read_in_time (repeated ("\"", "\xf0\x9d\x84\x9e", 3000000, "\""));
  read_in_time (repeated ("0.", "0", 10000000, "1"));
  read_in_time (repeated ("1", "0", 10000000, ".5"));
  read_in_time (repeated ("1e", "9", 10000000, ""));
  read_in_time (repeated ("", "\n", 10000000, "x"));
  read_in_time (many_names (999000, 1));
  read_in_time (many_names (3000, 4000));
}

static void
test_accessors (void)
{
  g_autoptr (ConfsyncJson) json =
    json_from ("{'b':true,'i':-7,'d':2.5,'s':'x\\ny','e':'','n':null,'a':[10,20,30]}");
  g_autoptr (ConfsyncJson) b = confsync_json_get_member (json, "b");
  g_autoptr (ConfsyncJson) i = confsync_json_get_member (json, "i");
  g_autoptr (ConfsyncJson) d = confsync_json_get_member (json, "d");
  g_autoptr (ConfsyncJson) s = confsync_json_get_member (json, "s");
  g_autoptr (ConfsyncJson) e = confsync_json_get_member (json, "e");
  g_autoptr (ConfsyncJson) n = confsync_json_get_member (json, "n");
  g_autofree char *x = confsync_json_dup_string (s), *empty = confsync_json_dup_string (e);
  gsize length;

  g_test_summary ("A value gives its content by kind, and nothing by another kind");
  g_assert_cmpint (confsync_json_get_kind (json), ==, CONFSYNC_JSON_OBJECT);
  g_assert_cmpuint (confsync_json_get_length (json), ==, 7);
  g_assert_null (confsync_json_get_member (json, "bb"));
  g_assert_null (confsync_json_get_element (json, 0));
  g_assert_cmpint (confsync_json_get_kind (b), ==, CONFSYNC_JSON_BOOLEAN);
  g_assert_true (confsync_json_get_boolean (b));
  g_assert_false (confsync_json_get_boolean (i));
  g_assert_cmpint (confsync_json_get_kind (i), ==, CONFSYNC_JSON_INTEGER);
  g_assert_cmpint (confsync_json_get_integer (i), ==, -7);
  g_assert_cmpfloat (confsync_json_get_double (i), ==, -7.0);
  g_assert_cmpint (confsync_json_get_kind (d), ==, CONFSYNC_JSON_DOUBLE);
  g_assert_cmpfloat (confsync_json_get_double (d), ==, 2.5);
  g_assert_cmpint (confsync_json_get_integer (d), ==, 0);
  g_assert_cmpstr (x, ==, "x\ny");
  g_assert_cmpstr (empty, ==, "");
  g_assert_cmpmem (confsync_json_get_string (s, &length), 3, "x\ny", 3);
  g_assert_cmpuint (length, ==, 3);
  g_assert_null (confsync_json_get_string (n, &length));
  g_assert_null (confsync_json_dup_string (n));
  g_assert_cmpint (confsync_json_get_kind (n), ==, CONFSYNC_JSON_NULL);
  g_assert_cmpuint (confsync_json_get_length (n), ==, 0);
}

static void
test_integral_doubles (void)
{
  static const struct {
    const char *text;
    gint64 value;
  } cases[] = {
    { "3.0", 3 }, { "3e2", 300 }, { "-9223372036854775808.0", G_MININT64 }, { "0.5", 0 },
    { "9223372036854775808.0", 0 }, { "1e300", 0 }, { "'3'", 0 },
  };

  g_test_summary ("An integer is one however it's written");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) json = json_from (cases[i].text);

      g_assert_cmpint (confsync_json_get_integer (json), ==, cases[i].value);
    }
}

static void
test_children (void)
{
  g_autoptr (ConfsyncJson) array = json_from ("[0,[1],{'a':[]},3,4]");
  g_autoptr (ConfsyncJson) object = json_from ("{'z':[1,2],'a':{},'\\u006d':3}");
  const guint order[] = { 0, 1, 2, 3, 4, 2, 4, 0, 3, 1 };
  const char *const names[] = { "z", "a", "m" };

  g_test_summary ("Children are found by number in any sequence of numbers");
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autoptr (ConfsyncJson) element = confsync_json_get_element (array, order[i]);

      g_assert_nonnull (element);
      if (order[i] != 1 && order[i] != 2)
        g_assert_cmpint (confsync_json_get_integer (element), ==, order[i]);
      else
        g_assert_cmpuint (confsync_json_get_length (element), ==, 1);
    }
  g_assert_null (confsync_json_get_element (array, 5));
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = confsync_json_dup_member_name (object, i % 3);

      g_assert_cmpstr (name, ==, names[i % 3]);
    }
  g_assert_null (confsync_json_dup_member_name (object, 3));
  g_assert_null (confsync_json_dup_member_name (array, 0));
}

static void
test_shared (void)
{
  g_autoptr (ConfsyncJson) json = json_from ("{'a':{'b':['deep\\n']}}");
  g_autoptr (ConfsyncJson) inner = confsync_json_get_member (json, "a");
  g_autofree char *hash = NULL, *alone = NULL;
  g_autoptr (ConfsyncJson) copy = json_from ("{'b':['deep\\n']}");

  g_test_summary ("A part outlives the whole");
  g_clear_pointer (&json, confsync_json_unref);
  assert_json (inner, "{'b':['deep\\n']}");
  hash = confsync_json_hash (inner);
  alone = confsync_json_hash (copy);
  g_assert_cmpstr (hash, ==, alone);
  g_assert_true (confsync_json_equal (inner, copy));
}

static void
test_equal (void)
{
  static const struct {
    const char *a, *b;
    gboolean equal;
  } cases[] = {
    { "1", "1.0", TRUE }, { "1", "10e-1", TRUE }, { "0", "-0.0", TRUE }, { "0", "0e5", TRUE },
    { "1", "1.5", FALSE }, { "1", "'1'", FALSE }, { "0", "false", FALSE }, { "0", "null", FALSE },
    { "9007199254740992", "9007199254740992.0", FALSE },
    { "9007199254740991", "9007199254740991.0", TRUE },
    { "9007199254740993", "9007199254740992.0", FALSE },
    { "1e20", "100000000000000000000.0", TRUE }, { "true", "false", FALSE },
    { "'a'", "'\\u0061'", TRUE }, { "'a'", "'A'", FALSE },
    { "{'a':1,'b':2}", "{'b':2.0,'a':1}", TRUE }, { "{'a':1}", "{'b':1}", FALSE },
    { "{'a':1}", "{'a':1,'b':1}", FALSE }, { "[1,2]", "[2,1]", FALSE }, { "[1]", "[1,2]", FALSE },
    { "[]", "{}", FALSE }, { "[[],{}]", "[[],{}]", TRUE },
  };

  g_test_summary ("Equality is equality of canonical text, both ways, and of hashes");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncJson) a = json_from (cases[i].a), b = json_from (cases[i].b);
      g_autofree char *a_text = text_of (confsync_json_to_canonical (a));
      g_autofree char *b_text = text_of (confsync_json_to_canonical (b));
      g_autofree char *a_hash = confsync_json_hash (a), *b_hash = confsync_json_hash (b);

      g_assert_cmpint (confsync_json_equal (a, b), ==, cases[i].equal);
      g_assert_cmpint (confsync_json_equal (b, a), ==, cases[i].equal);
      g_assert_cmpint (g_str_equal (a_text, b_text), ==, cases[i].equal);
      g_assert_cmpint (g_str_equal (a_hash, b_hash), ==, cases[i].equal);
    }
}

static void
test_nodes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  g_test_summary ("A value is the same after the way through a JsonNode");
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (ConfsyncJson) json = random_json (rand), back = NULL;
      g_autoptr (JsonNode) node = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = text_of (confsync_json_to_compact (json)), *back_text = NULL;

      node = confsync_json_to_node (json, &error);
      g_assert_no_error (error);
      back = confsync_json_new_from_node (node, &error);
      g_assert_no_error (error);
      back_text = text_of (confsync_json_to_compact (back));
      g_assert_cmpstr (text, ==, back_text);
    }
}

static void
test_node_members (void)
{
  const guint at = CONFSYNC_JSON_NODE_MAX_MEMBERS;

  g_test_summary ("An object of more than 4096 members becomes no JsonNode");
  for (guint n = at - 1; n <= at + 1; n++)
    {
      g_autoptr (GString) text = many_names (n, 1);
      g_autoptr (ConfsyncJson) json = json_from (text->str);
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = confsync_json_to_node (json, &error);

      g_assert_cmpint (node != NULL, ==, n <= at);
      if (n > at)
        g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
    }
}

static void
assert_bad_node (JsonNode *node, int code)
{
  g_autoptr (JsonNode) owned = node;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_new_from_node (owned, &error);

  g_assert_null (json);
  g_assert_error (error, CONFSYNC_ERROR, code);
}

static void
test_bad_nodes (void)
{
  JsonNode *deep = json_node_init_null (json_node_alloc ());

  g_test_summary ("A node that holds what JSON can't is refused");
  assert_bad_node (json_node_init_double (json_node_alloc (), INFINITY),
                   CONFSYNC_ERROR_INVALID_JSON);
  assert_bad_node (json_node_init_double (json_node_alloc (), NAN), CONFSYNC_ERROR_INVALID_JSON);
  assert_bad_node (json_node_init_string (json_node_alloc (), "\xed\xa0\x80"),
                   CONFSYNC_ERROR_INVALID_JSON);
  for (guint i = 0; i < CONFSYNC_TAPE_MAX_DEPTH + 1; i++)
    {
      JsonArray *array = json_array_new ();

      json_array_add_element (array, deep);
      deep = json_node_alloc ();
      json_node_init (deep, JSON_NODE_ARRAY);
      json_node_take_array (deep, array);
    }
  assert_bad_node (deep, CONFSYNC_ERROR_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/read/good", test_good);
  g_test_add_func ("/json/read/refusals", test_refusals);
  g_test_add_func ("/json/read/nul", test_nul);
  g_test_add_func ("/json/read/numbers", test_numbers);
  g_test_add_func ("/json/read/truncated", test_truncated);
  g_test_add_func ("/json/read/limits", test_limits);
  g_test_add_func ("/json/read/depth-limits", test_depth_limits);
  g_test_add_func ("/json/read/default-limits", test_default_limits);
  g_test_add_func ("/json/read/hostile", test_hostile);
  g_test_add_func ("/json/value/accessors", test_accessors);
  g_test_add_func ("/json/value/integral-doubles", test_integral_doubles);
  g_test_add_func ("/json/value/children", test_children);
  g_test_add_func ("/json/value/shared", test_shared);
  g_test_add_func ("/json/value/equal", test_equal);
  g_test_add_func ("/json/node/round-trip", test_nodes);
  g_test_add_func ("/json/node/members", test_node_members);
  g_test_add_func ("/json/node/bad", test_bad_nodes);
  return g_test_run ();
}

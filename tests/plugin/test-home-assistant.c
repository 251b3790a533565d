/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The words of an add-on's schema: each with what it lets through and what not; objects, lists and
 * what may be missing; whole files of add-ons; and schemas that are none.
 */

#include "config.h"

#include "validator-test.h"
#include "test-util.h"

/* each value stands as the option "o" */
static const struct
{
  const char *word;
  const char *good[8], *bad[8];
} words[] = {
  { "str", { "''", "'a'", "'ü'" }, { "1", "null", "true", "[]", "{}" } },
  { "str(2,3)", { "'ab'", "'üü𝄞'" }, { "'a'", "'abcd'", "12" } },
  { "str(2,)", { "'ab'", "'abcdef'" }, { "'a'", "''" } },
  { "str(,2)", { "''", "'ab'" }, { "'abc'" } },
  { "password", { "'secret'", "''" }, { "1", "null" } },
  { "password(8,)", { "'12345678'" }, { "'1234567'" } },
  { "bool", { "true", "false" }, { "'true'", "1", "0", "null", "'yes'" } },
  { "int", { "0", "-5", "3.0", "9223372036854775807" }, { "1.5", "'1'", "true", "null" } },
  { "int(1,65535)", { "1", "65535", "80.0" }, { "0", "65536", "-1", "'80'" } },
  { "int(1,)", { "1", "9223372036854775807" }, { "0", "-1" } },
  { "int(,10)", { "10", "-9223372036854775808" }, { "11" } },
  { "int(,)", { "10", "-10" }, { "'a'" } },
  { "int(-5,5)", { "-5", "5" }, { "-6", "6" } },
  { "int(9007199254740993,)", { "9007199254740993" }, { "9007199254740992" } },
  { "float", { "1.5", "1", "-1e300" }, { "'1.5'", "null", "false" } },
  { "float(0.5,1.5)", { "0.5", "1", "1.5" }, { "0.49", "1.51", "2" } },
  { "float(.5,1.)", { "0.5", "1" }, { "0.4", "1.1" } },
  { "float(0,)", { "0", "1e300" }, { "-0.1" } },
  { "email", { "'a@b.org'", "'first.last+tag@mail.example.co.uk'" },
    { "'a'", "'@b.org'", "'a@b'", "'a b@c.org'", "'a@b..org'", "'a@-b.org'", "1" } },
  { "url", { "'http://a'", "'https://example.org:8080/p?q#f'", "'mqtt://host'" },
    { "'example.org'", "'http://'", "'/path'", "'mailto:a@b.org'", "''", "1" } },
  { "port", { "1", "65535", "8080.0" }, { "0", "65536", "-1", "1.5", "'80'" } },
  { "match(^[a-z]+$)", { "'abc'" }, { "'ABC'", "'ab1'", "''", "1" } },
  { "match(a|b)", { "'a'", "'bx'" }, { "'xa'" } },
  { "match(^(a|b)?$)", { "'a'", "''" }, { "'c'" } },
  { "match(^\\d{1,3}%$)", { "'50%'" }, { "'%'", "50" } },
  { "list(a|b|c d)", { "'a'", "'c d'" }, { "'d'", "'A'", "''", "'a|b'", "null" } },
  { "list(1|2)", { "'1'" }, { "1", "'3'" } },
  { "list(a)", { "'a'" }, { "'b'" } },
  { "device", { "'/dev/ttyUSB0'", "'/dev/serial/by-id/x'" },
    { "'ttyUSB0'", "'/dev/'", "1", "''" } },
  { "device(subsystem=tty)", { "'/dev/ttyUSB0'" }, { "'/tmp/x'" } },
};

static const struct
{
  const char *schema, *good[8], *bad[8];
} trees[] = {
  { "{}", { "{}", "{'a':1}" }, { NULL } },
  { "{'a':'int'}", { "{'a':1}", "{'a':1,'unknown':'x'}" }, { "{}", "{'a':null}", "{'b':1}" } },
  { "{'a':'int?'}", { "{'a':1}", "{}" }, { "{'a':'x'}", "{'a':null}" } },
  { "{'a':'list(x|y)?','b':'match(^z?)?','c':'int(1,2)?'}", { "{}", "{'a':'x','b':'z','c':2}" },
    { "{'a':'z'}", "{'c':3}" } },
  { "{'a':['str']}", { "{'a':[]}", "{'a':['x','y']}" },
    { "{}", "{'a':'x'}", "{'a':['x',1]}", "{'a':{}}" } },
  { "{'a':['str?']}", { "{}", "{'a':[]}", "{'a':['x']}" }, { "{'a':[1]}", "{'a':[null]}" } },
  { "{'a':{'b':'str','c':'int?'}}", { "{'a':{'b':'x'}}", "{'a':{'b':'x','c':1,'d':[]}}" },
    { "{}", "{'a':{}}", "{'a':{'b':'x','c':'y'}}", "{'a':[]}", "{'a':'x'}" } },
  { "{'a':[{'host':'str','port':'port?','tags':['str?']}]}",
    { "{'a':[]}", "{'a':[{'host':'h'},{'host':'i','port':1,'tags':['t']}]}" },
    { "{}", "{'a':[{}]}", "{'a':[{'host':'h','port':0}]}", "{'a':[{'host':'h','tags':[1]}]}",
      "{'a':{'host':'h'}}" } },
  { "{'a':{'b':{'c':{'d':['int']}}}}", { "{'a':{'b':{'c':{'d':[1]}}}}" },
    { "{'a':{'b':{'c':{'d':['x']}}}}", "{'a':{'b':{'c':{}}}}" } },
  { "{'a':[['int']]}", { "{'a':[[1],[]]}" }, { "{'a':[1]}", "{'a':[['x']]}" } },
  /* options that are called as an add-on's members are */
  { "{'slug':'str','version':'str?','schema':{'a':'int'}}", { "{'slug':'x','schema':{'a':1}}" },
    { "{'a':1}" } },
};

static void
assert_answer (ConfsyncValidator *validator, const char *schema, const char *text, gboolean good)
{
  g_autoptr (ConfsyncDocument) document = document_from (text);
  g_autoptr (GError) error = NULL;

  if (confsync_validator_validate (validator, document, &error) == good)
    return;
  g_test_message ("%s and %s: %s", schema, text, error != NULL ? error->message : "taken");
  g_test_fail ();
}

static void
test_words (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *escaped = g_strescape (words[i].word, NULL);
      g_autofree char *schema = g_strdup_printf ("{'o':'%s'}", escaped);
      g_autoptr (ConfsyncValidator) validator = validator_of ("home-assistant", schema);

      for (guint bad = 0; bad < 2; bad++)
        for (const char *const *value = bad ? words[i].bad : words[i].good; *value != NULL; value++)
          {
            g_autofree char *text = g_strdup_printf ("{'o':%s}", *value);

            assert_answer (validator, schema, text, !bad);
          }
    }
}

static void
test_trees (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (trees); i++)
    {
      g_autoptr (ConfsyncValidator) validator = validator_of ("home-assistant", trees[i].schema);

      for (guint bad = 0; bad < 2; bad++)
        for (const char *const *text = bad ? trees[i].bad : trees[i].good; *text != NULL; text++)
          assert_answer (validator, trees[i].schema, *text, !bad);
    }
}

/* as add-ons have it, with members that nobody here looks at */
static void
test_addon (void)
{
  static const char config[] =
    "{'name':'AICleaner','version':'2.0.1','slug':'aicleaner','arch':['amd64'],'startup':"
    "'application','ports':{'8099/tcp':8099},'options':{'log_level':'info','zones':[]},'schema':"
    "{'log_level':'list(debug|info|warning|error)','gemini_api_key':'password?','zones':[{'name':"
    "'str','camera_entity':'match(^camera\\\\.[a-z0-9_]+$)','update_frequency':'int(1,168)'}]}}";
  g_autoptr (ConfsyncValidator) validator = validator_of ("home-assistant", config);
  g_autoptr (ConfsyncDocument) bad = document_from (
    "{'log_level':'info','zones':[{'name':'Kitchen','camera_entity':'camera.kitchen',"
    "'update_frequency':500}]}");
  g_autoptr (GError) error = NULL;

  assert_answer (validator, "the add-on", "{'log_level':'info','zones':[{'name':'Kitchen',"
                 "'camera_entity':'camera.kitchen','update_frequency':24}]}", TRUE);
  g_assert_false (confsync_validator_validate (validator, bad, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpstr (error->message, ==,
                   "/zones/0/update_frequency: is to be an integer within (1,168) "
                   "(schema: /schema/zones/0/update_frequency)");
}

/* no value of the document in any of them */
static void
test_messages (void)
{
  static const struct
  {
    const char *schema, *text, *message;
  } cases[] = {
    { "{'a':'int'}", "{'a':'SECRET'}", "/a: is to be an integer (schema: /a)" },
    { "{'a':'str(1,3)'}", "{'a':'SECRET'}",
      "/a: is to be a string within (1,3) characters (schema: /a)" },
    { "{'a':'list(x|y)'}", "{'a':'SECRET'}", "/a: is to be one of x|y (schema: /a)" },
    { "{'a':'match(^x)'}", "{'a':'SECRET'}",
      "/a: is to be a string that matches ^x (schema: /a)" },
    { "{'a':'port'}", "{'a':70000}",
      "/a: is to be a port, an integer from 1 to 65535 (schema: /a)" },
    { "{'a':{'b':'str'}}", "{'a':{'c':'SECRET'}}", "/a/b: is missing (schema: /a/b)" },
    { "{'a':['bool']}", "{'a':[true,'SECRET']}", "/a/1: is to be true or false (schema: /a/0)" },
    { "{'a':['bool']}", "{'a':'SECRET'}", "/a: is to be a list (schema: /a)" },
    { "{'a':{'b':'str'}}", "{'a':'SECRET'}", "/a: is to be an object (schema: /a)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncValidator) validator = validator_of ("home-assistant", cases[i].schema);
      g_autoptr (ConfsyncDocument) document = document_from (cases[i].text);
      g_autoptr (GError) error = NULL;

      g_assert_false (confsync_validator_validate (validator, document, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *schema, *message;
  } cases[] = {
    { "1", "at \"\": an object of options and their words is expected" },
    { "['str']", "at \"\": an object of options and their words is expected" },
    { "{'a':1}", "at \"/a\": a word such as \"str\", a list or an object is expected" },
    { "{'a':null}", "at \"/a\": a word such as" },
    { "{'a':{'b':'strr'}}", "at \"/a/b\": \"strr\" is no word that is known here: those are str," },
    { "{'a':''}", "at \"/a\": \"\" is no word" },
    { "{'a':'?'}", "at \"/a\": \"?\" is no word" },
    { "{'a':'str?\?'}", "at \"/a\": \"str?\?\" is no word" },
    { "{'a':'int('}", "at \"/a\": \"int(\" is no word" },
    { "{'a':'int(1)'}", "at \"/a\": \"int\" takes two numbers, either of which may be left out" },
    { "{'a':'int(1,2,3)'}", "at \"/a\": \"int\" takes two numbers" },
    { "{'a':'int(a,b)'}", "at \"/a\": \"int\" takes two numbers" },
    { "{'a':'int(1.5,2)'}", "at \"/a\": \"int\" takes two numbers" },
    { "{'a':'int(2,1)'}", "at \"/a\": the first number is above the second one" },
    { "{'a':'float(1..2,)'}", "at \"/a\": \"float\" takes two numbers" },
    { "{'a':'bool(1,2)'}", "at \"/a\": \"bool\" takes nothing in parentheses" },
    { "{'a':'list'}", "at \"/a\": \"list\" takes something in parentheses" },
    { "{'a':'list()'}", "at \"/a\": \"list\" takes what may be chosen" },
    { "{'a':'match'}", "at \"/a\": \"match\" takes something in parentheses" },
    { "{'a':'match(()'}", "at \"/a\": this is no regular expression: missing terminating )" },
    { "{'a':'device(tty)'}", "at \"/a\": \"device\" takes a filter such as \"subsystem=tty\"" },
    { "{'a':[]}", "at \"/a\": a list holds what each element is, and that once" },
    { "{'a':['str','int']}", "at \"/a\": a list holds what each element is, and that once" },
    { "{'name':'x','version':'1.0','slug':'x','schema':false}",
      "at \"/schema\": this add-on has no schema of its options" },
    { "{'name':'x','version':'1.0','slug':'x','schema':{'a':'nope'}}", "at \"/schema/a\": " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncValidator) validator =
        try_validator ("home-assistant", cases[i].schema, &error);

      if (validator != NULL)
        g_error ("%s is taken", cases[i].schema);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      if (strstr (error->message, cases[i].message) == NULL)
        {
          g_test_message ("%s: %s", cases[i].schema, error->message);
          g_test_fail ();
        }
    }
}

static void
test_hostile (void)
{
  g_autoptr (ConfsyncValidator) validator =
    validator_of ("home-assistant", "{'a':['match(^(a+)+$)']}");
  g_autoptr (GString) text = g_string_new ("{'a':[");
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  double began;

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "%s'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'", i > 0 ? "," : "");
  g_string_append (text, "]}");
  document = document_from (text->str);
  began = test_processor_seconds ();
  g_assert_false (confsync_validator_validate (validator, document, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpfloat (test_processor_seconds () - began, <, 5.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/home-assistant/words", test_words);
  g_test_add_func ("/home-assistant/trees", test_trees);
  g_test_add_func ("/home-assistant/addon", test_addon);
  g_test_add_func ("/home-assistant/messages", test_messages);
  g_test_add_func ("/home-assistant/refused", test_refused);
  g_test_add_func ("/home-assistant/hostile", test_hostile);
  return g_test_run ();
}

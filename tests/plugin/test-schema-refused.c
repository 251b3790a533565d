/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Schemas that are refused when they are loaded, with pointer and reason; and documents that are
 * refused, with the words that people read, in which no value of the document stands.
 */

#include "config.h"

#include "schema-test.h"

#define DYNAMIC "dynamic references are not built: use \"$ref\""

static const struct
{
  const char *schema;
  const char *message;
} schemas[] = {
  { "1", "at \"\": a schema is expected: an object, or true or false" },
  { "[]", "at \"\": a schema is expected: an object, or true or false" },
  { "null", "at \"\": a schema is expected: an object, or true or false" },
  { "{'properties':{'a':1}}",
    "at \"/properties/a\": a schema is expected: an object, or true or false" },

  /* words that are not known */
  { "{'minimun':1}",
    "at \"/minimun\": \"minimun\" is no keyword of JSON Schema 2020-12 that is known here "
    "(keywords of your own begin with \"x-\")" },
  { "{'properties':{'a':{'items':{'maxLenght':1}}}}",
    "at \"/properties/a/items/maxLenght\": \"maxLenght\" is no keyword" },
  { "{" DRAFT_7 ",'$ref':'#/definitions/a','minimun':1,'definitions':{'a':true}}",
    "at \"/minimun\": \"minimun\" is no keyword of JSON Schema draft 7" },
  { "{'':1}", "at \"/\": \"\" is no keyword" },
  { "{'X-foo':1}", "at \"/X-foo\": \"X-foo\" is no keyword" },
  { "{'divisibleBy':1}", "at \"/divisibleBy\": \"divisibleBy\" is no keyword" },
  { "{'id':'x'}", "at \"/id\": \"id\" is not a keyword of JSON Schema 2020-12, which this file is "
                  "read as; it is \"$id\" now" },

  /* words of the other dialect */
  { "{'dependencies':{}}",
    "at \"/dependencies\": \"dependencies\" is not a keyword of JSON Schema 2020-12, which this "
    "file is read as; 2020-12 has \"dependentRequired\" and \"dependentSchemas\"" },
  { "{'additionalItems':false}", "at \"/additionalItems\": \"additionalItems\" is not a keyword" },
  { "{'items':[{}]}", "at \"/items\": a schema is expected; 2020-12 has \"prefixItems\"" },
  { "{" DRAFT_7 ",'unevaluatedProperties':false}",
    "at \"/unevaluatedProperties\": \"unevaluatedProperties\" is not a keyword of JSON Schema "
    "draft 7, which this file is read as; 2020-12 has it" },
  { "{" DRAFT_7 ",'prefixItems':[{}]}",
    "at \"/prefixItems\": \"prefixItems\" is not a keyword of JSON Schema draft 7, which this file "
    "is read as; draft 7 has \"items\"" },
  { "{" DRAFT_7 ",'minContains':1}", "at \"/minContains\"" },
  { "{" DRAFT_7 ",'dependentRequired':{}}", "at \"/dependentRequired\"" },
  { "{" DRAFT_7 ",'dependentSchemas':{}}", "at \"/dependentSchemas\"" },
  { "{" DRAFT_7 ",'$anchor':'a'}", "at \"/$anchor\"" },

  /* dialects */
  { "{'$schema':1}", "at \"/$schema\": the URI of a dialect is expected" },
  { "{'$schema':'http://json-schema.org/draft-04/schema#'}",
    "at \"/$schema\": \"http://json-schema.org/draft-04/schema\" is no dialect that is understood "
    "here: those are \"https://json-schema.org/draft/2020-12/schema\" and "
    "\"http://json-schema.org/draft-07/schema#\"" },
  { "{'$schema':'https://json-schema.org/draft/2019-09/schema'}", "at \"/$schema\": " },
  { "{'items':{'$schema':'http://json-schema.org/draft-07/schema#'}}",
    "at \"/items/$schema\": all schemas of a file are of one dialect" },

  /* references */
  { "{'$dynamicRef':'#a'}",
    "at \"/$dynamicRef\": \"$dynamicRef\" is not a keyword of JSON Schema 2020-12, which this file "
    "is read as; " DYNAMIC },
  { "{'items':{'$recursiveRef':'#'}}", "at \"/items/$recursiveRef\": " },
  { "{'$ref':'http://example.org/x.json'}",
    "at \"/$ref\": \"http://example.org/x.json\" is not in this file, and other files are not "
    "fetched: put the schema below \"$defs\", with its \"$id\"" },
  { "{'items':{'$ref':'other.json#/a'}}", "at \"/items/$ref\": \"other.json#/a\" is not in" },
  { "{'$ref':'file:///etc/passwd'}", "at \"/$ref\": \"file:///etc/passwd\" is not in this file" },
  { "{'$ref':'#/nothing'}", "at \"/$ref\": there is nothing at \"#/nothing\"" },
  { "{'$ref':'#/$defs/a','$defs':{}}", "at \"/$ref\": there is nothing at \"#/$defs/a\"" },
  { "{'$ref':'#name'}", "at \"/$ref\": no schema of this file has the name \"#name\"" },
  { "{'$ref':1}", "at \"/$ref\": a string is expected" },
  { "{'$ref':'#%zz'}", "at \"/$ref\": \"#%zz\" is no URI" },
  { "{'$ref':'http://['}", "at \"/$ref\": \"http://[\" is no URI" },
  { "{'$ref':'#/title','title':'x'}",
    "at \"/title\": a schema is expected: an object, or true or false" },
  { "{'$id':1}", "at \"/$id\": a string is expected" },
  { "{'$id':'x#y'}", "at \"/$id\": a URI without a fragment is expected" },
  { "{'$anchor':''}", "at \"/$anchor\": a name is expected" },
  { "{'$anchor':1}", "at \"/$anchor\": a string is expected" },
  { "{'$defs':{'a':{'$anchor':'x'},'b':{'$anchor':'x'}}}",
    "at \"/$defs/b/$anchor\": the schema at \"/$defs/a\" has the same name" },
  { "{'$defs':{'a':{'$id':'x'},'b':{'$id':'x'}}}",
    "at \"/$defs/b/$id\": the schema at \"/$defs/a\" has the same name" },

  /* rows without an end */
  { "{'$ref':'#'}", "at \"\": this leads back to \"\" for the same value, without end" },
  { "{'$defs':{'a':{'$ref':'#/$defs/b'},'b':{'$ref':'#/$defs/a'}},'$ref':'#/$defs/a'}",
    "for the same value, without end" },
  { "{'anyOf':[{'not':{'if':{'$ref':'#'}}}]}", "for the same value, without end" },
  { "{'dependentSchemas':{'a':{'$ref':'#'}}}", "for the same value, without end" },

  /* values of keywords */
  { "{'type':'int'}", "at \"/type\": \"null\", \"boolean\", \"integer\", \"number\", \"string\", "
                      "\"array\" or \"object\" is expected" },
  { "{'type':[]}", "at \"/type\": an array of one type or more is expected" },
  { "{'type':['string',1]}", "at \"/type\": " },
  { "{'enum':1}", "at \"/enum\": an array is expected" },
  { "{'minimum':'1'}", "at \"/minimum\": a number is expected" },
  { "{'exclusiveMinimum':true}", "at \"/exclusiveMinimum\": a number is expected" },
  { "{'multipleOf':0}", "at \"/multipleOf\": a number above 0 is expected" },
  { "{'multipleOf':-1}", "at \"/multipleOf\": a number above 0 is expected" },
  { "{'maxLength':-1}", "at \"/maxLength\": a number without a fraction, 0 or above, is expected" },
  { "{'maxItems':1.5}", "at \"/maxItems\": a number without a fraction" },
  { "{'minProperties':'1'}", "at \"/minProperties\": a number without a fraction" },
  { "{'uniqueItems':1}", "at \"/uniqueItems\": true or false is expected" },
  { "{'required':'a'}", "at \"/required\": an array of names is expected" },
  { "{'required':true}", "at \"/required\": an array of names is expected" },
  { "{'required':[1]}", "at \"/required\": an array of names is expected" },
  { "{'dependentRequired':{'a':'b'}}", "at \"/dependentRequired\": an array of names is expected" },
  { "{'dependentRequired':[]}", "at \"/dependentRequired\": an object is expected" },
  { "{'properties':[]}", "at \"/properties\": an object is expected" },
  { "{'$defs':1}", "at \"/$defs\": an object is expected" },
  { "{'allOf':[]}", "at \"/allOf\": an array of one schema or more is expected" },
  { "{'anyOf':{}}", "at \"/anyOf\": an array of one schema or more is expected" },
  { "{'prefixItems':[]}", "at \"/prefixItems\": an array of one schema or more is expected" },
  { "{'not':1}", "at \"/not\": a schema is expected" },
  { "{'pattern':1}", "at \"/pattern\": a string is expected" },
  { "{'pattern':'('}", "at \"/pattern\": this is no regular expression: a \"(\" is not closed" },
  { "{'patternProperties':{'[':true}}",
    "at \"/patternProperties/[\": the name is no regular expression: a \"[\" is not closed" },
};

/* the value that is refused holds SECRET where it can */
static const struct
{
  const char *schema, *value, *message;
} documents[] = {
  { "{'properties':{'port':{'maximum':65535}}}", "{'port':70000}",
    "/port: is above the maximum 65535 (schema: /properties/port/maximum)" },
  { "{'minimum':1.5}", "1", "the configuration is below the minimum 1.5 (schema: /minimum)" },
  { "{'items':{'exclusiveMaximum':3}}", "[1,3]",
    "/1: is not below 3 (schema: /items/exclusiveMaximum)" },
  { "{'items':{'exclusiveMinimum':3}}", "[4,3]",
    "/1: is not above 3 (schema: /items/exclusiveMinimum)" },
  { "{'items':{'multipleOf':0.1}}", "[0.35]",
    "/0: is not a multiple of 0.1 (schema: /items/multipleOf)" },
  { "{'items':{'type':['integer','null']}}", "['SECRET']",
    "/0: is to be null or an integer, and is a string (schema: /items/type)" },
  { "{'items':{'type':'number'}}", "[{'a':'SECRET'}]",
    "/0: is to be a number, and is an object (schema: /items/type)" },
  { "{'items':{'type':'integer'}}", "[1.5]",
    "/0: is to be an integer, and is a number (schema: /items/type)" },
  { "{'items':{'enum':['a',1]}}", "['SECRET']",
    "/0: is to be one of [\"a\",1] (schema: /items/enum)" },
  { "{'items':{'const':'a'}}", "['SECRET']", "/0: is to be \"a\" (schema: /items/const)" },
  { "{'items':{'maxLength':2}}", "['SECRET']",
    "/0: is longer than 2 characters (schema: /items/maxLength)" },
  { "{'items':{'minLength':20}}", "['SECRET']",
    "/0: is shorter than 20 characters (schema: /items/minLength)" },
  { "{'items':{'pattern':'^[a-z]+$'}}", "['SECRET']",
    "/0: doesn't match the pattern \"^[a-z]+$\" (schema: /items/pattern)" },
  { "{'required':['a','b']}", "{'a':'SECRET'}",
    "the configuration lacks the member \"b\" (schema: /required)" },
  { "{'properties':{'a':{'required':['b']}}}", "{'a':{'c':'SECRET'}}",
    "/a: lacks the member \"b\" (schema: /properties/a/required)" },
  { "{'additionalProperties':false}", "{'a':'SECRET'}",
    "/a: is not allowed (schema: /additionalProperties)" },
  { "{'unevaluatedProperties':false}", "{'a':'SECRET'}",
    "/a: is not allowed (schema: /unevaluatedProperties)" },
  { "{'propertyNames':{'maxLength':2}}", "{'abc':'SECRET'}",
    "/abc: the name of this member is longer than 2 characters "
    "(schema: /propertyNames/maxLength)" },
  { "{'maxProperties':1}", "{'a':'SECRET','b':1}",
    "the configuration has more members than 1 (schema: /maxProperties)" },
  { "{'minProperties':1}", "{}",
    "the configuration has fewer members than 1 (schema: /minProperties)" },
  { "{'dependentRequired':{'a':['b']}}", "{'a':'SECRET'}",
    "the configuration has \"a\", and lacks \"b\", which belongs to it "
    "(schema: /dependentRequired)" },
  { "{'properties':{'a':{'maxItems':1,'minItems':1}}}", "{'a':['SECRET',1]}",
    "/a: has more elements than 1 (schema: /properties/a/maxItems)" },
  { "{'properties':{'a':{'minItems':1}}}", "{'a':[]}",
    "/a: has fewer elements than 1 (schema: /properties/a/minItems)" },
  { "{'properties':{'a':{'uniqueItems':true}}}", "{'a':['SECRET','SECRET']}",
    "/a: has two elements that are equal (schema: /properties/a/uniqueItems)" },
  { "{'properties':{'a':{'contains':{'const':1}}}}", "{'a':['SECRET']}",
    "/a: has fewer than 1 elements of the kind it is to contain "
    "(schema: /properties/a/contains)" },
  { "{'properties':{'a':{'contains':{},'maxContains':1}}}", "{'a':['SECRET',1]}",
    "/a: has more than 1 elements of the kind it is to contain "
    "(schema: /properties/a/maxContains)" },
  { "{'properties':{'a':{'not':{'type':'string'}}}}", "{'a':'SECRET'}",
    "/a: fits what it may not (schema: /properties/a/not)" },
  { "{'properties':{'a':{'oneOf':[{'type':'string'},{'minLength':1}]}}}", "{'a':'SECRET'}",
    "/a: fits more than one of the 2 alternatives (schema: /properties/a/oneOf)" },
  { "{'properties':{'a':{'anyOf':[{'type':'null'},{'type':'integer'}]}}}", "{'a':'SECRET'}",
    "/a: fits none of the 2 alternatives (schema: /properties/a/anyOf)" },
  /* the alternative that comes nearest */
  { "{'properties':{'a':{'anyOf':[{'type':'null'},{'properties':{'b':{'properties':{'c':"
    "{'maximum':1}}}}},{'properties':{'b':false}}]}}}", "{'a':{'b':{'c':2}}}",
    "/a/b/c: is above the maximum 1 "
    "(schema: /properties/a/anyOf/1/properties/b/properties/c/maximum)" },
  { "{'properties':{'a':{'if':true,'then':{'$ref':'#/$defs/x'}}},'$defs':{'x':{'const':1}}}",
    "{'a':'SECRET'}", "/a: is to be 1 (schema: /$defs/x/const)" },
  /* names from outside are shown with what isn't printed spelled out */
  { "{'additionalProperties':false}", "{'a\\u001b[31m\\n/~':'SECRET'}",
    "/a\\u{1b}[31m\\u{a}~1~0: is not allowed (schema: /additionalProperties)" },
  { "false", "'SECRET'", "the configuration is not allowed (schema: /)" },
};

static void
test_schemas (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemas); i++)
    {
      g_autoptr (ConfsyncJson) json = json_from (schemas[i].schema);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncSchema) schema = confsync_schema_new (json, &error);

      if (schema != NULL)
        g_error ("%s is taken", schemas[i].schema);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      if (strstr (error->message, schemas[i].message) == NULL)
        {
          g_test_message ("%s: %s", schemas[i].schema, error->message);
          g_test_fail ();
        }
      g_assert_true (g_str_has_prefix (error->message, "at \""));
    }
}

static void
test_documents (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (ConfsyncSchema) schema = schema_from (documents[i].schema);
      g_autoptr (ConfsyncJson) value = json_from (documents[i].value);
      g_autoptr (GError) error = NULL;

      g_assert_false (confsync_schema_check (schema, value, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      g_assert_cmpstr (error->message, ==, documents[i].message);
      g_assert_null (strstr (error->message, "SECRET"));
    }
}

/* a row may be long, and no longer than that */
static void
test_long_chain (void)
{
  static const guint lengths[] = { 200, 300, 20000 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GString) text = g_string_new ("{'$ref':'#/$defs/0','$defs':{");
      g_autoptr (ConfsyncJson) json = NULL;
      g_autoptr (ConfsyncSchema) schema = NULL;
      g_autoptr (GError) error = NULL;

      for (guint k = 0; k < lengths[i]; k++)
        g_string_append_printf (text, "'%u':{'$ref':'#/$defs/%u'},", k, k + 1);
      g_string_append_printf (text, "'%u':{'const':1}}}", lengths[i]);
      json = json_from (text->str);
      schema = confsync_schema_new (json, &error);
      if (lengths[i] == 200)
        {
          g_autoptr (ConfsyncJson) one = json_from ("1"), two = json_from ("2");

          g_assert_no_error (error);
          g_assert_true (confsync_schema_check (schema, one, NULL));
          g_assert_false (confsync_schema_check (schema, two, NULL));
        }
      else
        {
          g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
          g_assert_nonnull (strstr (error->message, "more than 256 schemas in a row"));
        }
    }
}

static void
assert_too_much (const char *schema_text, const char *value_text, const char *reason)
{
  g_autoptr (ConfsyncSchema) schema = schema_from (schema_text);
  g_autoptr (ConfsyncJson) value = json_from (value_text);
  g_autoptr (GTimer) timer = g_timer_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_schema_check (schema, value, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, reason));
  g_test_message ("%s, in %.2f s", error->message, g_timer_elapsed (timer, NULL));
}

/* twice as much work a level: 2^40 in all */
static void
test_exponential (void)
{
  g_autoptr (GString) text = g_string_new ("{'$ref':'#/$defs/0','$defs':{");

  for (guint k = 0; k < 40; k++)
    g_string_append_printf (text, "'%u':{'allOf':[{'$ref':'#/$defs/%u'},{'$ref':'#/$defs/%u'}]},",
                            k, k + 1, k + 1);
  g_string_append (text, "'40':true}}");
  assert_too_much (text->str, "{'a':1}", "takes too long to check");
}

/* nothing makes good of what was not found out */
static void
test_undecided (void)
{
  static const char *const wraps[] = {
    "{'not':{'items':%s}}",
    "{'not':{'not':{'items':%s}}}",
    "{'anyOf':[{'items':%s},true]}",
    "{'oneOf':[{'items':%s},true]}",
    "{'if':{'items':%s},'then':true,'else':true}",
    "{'contains':%s,'minContains':0}",
    "{'allOf':[true,{'unevaluatedItems':%s}]}",
  };
  static const char hard[] = "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab']";

  for (guint i = 0; i < G_N_ELEMENTS (wraps); i++)
    {
      g_auto (GStrv) parts = g_strsplit (wraps[i], "%s", -1);
      g_autofree char *schema = g_strjoinv ("{'pattern':'^(a+)+$'}", parts);

      assert_too_much (schema, hard, "/0: takes too long to match with the pattern (schema: /");
    }
  assert_too_much ("{'anyOf':[{'patternProperties':{'^(a+)+$':true}},true]}",
                   "{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab':1}",
                   "takes too long to match with the pattern (schema: /anyOf/0/patternProperties)");
}

/* deeper than 64, which a document may be where that was asked for */
static void
test_deep (void)
{
  ConfsyncJsonLimits limits = { .max_depth = 1024 };
  g_autoptr (ConfsyncSchema) schema =
    schema_from ("{'items':{'allOf':[{'$ref':'#/$defs/a'}]},'$defs':{'a':{'$ref':'#'}}}");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) value = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, ']');
  bytes = g_bytes_new (text->str, text->len);
  value = confsync_json_parse (bytes, &limits, &error);
  g_assert_no_error (error);
  g_assert_false (confsync_schema_check (schema, value, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "is nested too deep to be checked"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema-refused/schemas", test_schemas);
  g_test_add_func ("/schema-refused/documents", test_documents);
  g_test_add_func ("/schema-refused/long-chain", test_long_chain);
  g_test_add_func ("/schema-refused/exponential", test_exponential);
  g_test_add_func ("/schema-refused/undecided", test_undecided);
  g_test_add_func ("/schema-refused/deep", test_deep);
  return g_test_run ();
}

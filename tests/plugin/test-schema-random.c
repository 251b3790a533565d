/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Random schemas, good and malformed, and random documents. A schema is taken or refused with a
 * place; a document fits or is refused with a reason that holds none of its values; and a schema
 * says the same of a document however it is wrapped into another one.
 *
 * With an argument, `rounds=N` plays that many, from a seed that it prints (`seed=N` for the same).
 */

#include "config.h"

#include <stdlib.h>

#include "confsync-option-tree.h"
#include "schema-test.h"

#define ROUNDS 20000

/* where sanitized, each round takes fifty times as long */
#define SANITIZED_PART 10

static guint rounds = ROUNDS;
static guint32 first_seed = 1;

static guint
pick (GRand *rand, guint n)
{
  return (guint) g_rand_int_range (rand, 0, (gint32) n);
}

#define PICK(rand, array) (array)[pick (rand, G_N_ELEMENTS (array))]

static const char *const names[] = { "a", "b", "c", "ab", "", "ü", "x-y" };

/* a value of a document; each string in it has the word SECRET */
static void
append_value (GString *out, GRand *rand, guint depth)
{
  static const char *const scalars[] = {
    "null", "true", "false", "0", "1", "2", "-1", "1.5", "1.0", "1e300", "9007199254740993",
    "\"SECRET\"", "\"SECRETa\"", "\"aSECRET\"", "\"SECRETü\"",
  };
  guint choice = depth > 0 ? pick (rand, 4) : 0, n = pick (rand, 4);

  if (choice < 2)
    {
      g_string_append (out, PICK (rand, scalars));
      return;
    }
  g_string_append_c (out, choice == 2 ? '[' : '{');
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, i > 0 ? "," : "");
      if (choice == 3)
        g_string_append_printf (out, "\"%s\":", names[(i * 3 + n) % G_N_ELEMENTS (names)]);
      append_value (out, rand, depth - 1);
    }
  g_string_append_c (out, choice == 2 ? ']' : '}');
}

static void append_schema (GString *out, GRand *rand, guint depth);

static void
append_schema_list (GString *out, GRand *rand, guint depth)
{
  guint n = 1 + pick (rand, 3);

  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, i > 0 ? "," : "");
      append_schema (out, rand, depth);
    }
  g_string_append_c (out, ']');
}

static void
append_schema_map (GString *out, GRand *rand, guint depth, const char *const *keys, guint n_keys)
{
  guint first = pick (rand, n_keys), n = 1 + pick (rand, 3);

  g_string_append_c (out, '{');
  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (out, "%s\"%s\":", i > 0 ? "," : "", keys[(first + i) % n_keys]);
      append_schema (out, rand, depth);
    }
  g_string_append_c (out, '}');
}

/* a keyword with a value that is right for it */
static void
append_assertion (GString *out, GRand *rand)
{
  static const char *const assertions[] = {
    "\"type\":\"integer\"", "\"type\":\"string\"", "\"type\":[\"object\",\"null\"]",
    "\"type\":[\"array\",\"number\"]", "\"enum\":[1,null,\"a\",[],{\"a\":1}]", "\"const\":1",
    "\"const\":{\"a\":1.0}", "\"minimum\":1", "\"maximum\":1.5", "\"exclusiveMinimum\":0",
    "\"exclusiveMaximum\":2", "\"multipleOf\":0.5", "\"multipleOf\":3", "\"minLength\":7",
    "\"maxLength\":6", "\"pattern\":\"^S\"", "\"pattern\":\"(T|E)+$\"", "\"minItems\":1",
    "\"maxItems\":2", "\"uniqueItems\":true", "\"minProperties\":1", "\"maxProperties\":2",
    "\"required\":[\"a\"]", "\"required\":[\"a\",\"b\"]", "\"dependentRequired\":{\"a\":[\"b\"]}",
    "\"title\":\"x\"", "\"format\":\"email\"",
  };

  g_string_append (out, PICK (rand, assertions));
}

static void
append_applicator (GString *out, GRand *rand, guint depth)
{
  static const char *const single[] = {
    "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems",
  };
  static const char *const lists[] = { "allOf", "anyOf", "oneOf", "prefixItems" };
  static const char *const patterns[] = { "^a", "b$", "", "[^a-c]" };

  switch (pick (rand, 6))
    {
    case 0:
    case 1:
      g_string_append_printf (out, "\"%s\":", PICK (rand, single));
      append_schema (out, rand, depth);
      break;
    case 2:
      g_string_append_printf (out, "\"%s\":", PICK (rand, lists));
      append_schema_list (out, rand, depth);
      break;
    case 3:
      g_string_append (out, "\"patternProperties\":");
      append_schema_map (out, rand, depth, patterns, G_N_ELEMENTS (patterns));
      break;
    case 4:
      g_string_append (out, pick (rand, 3) > 0 ? "\"properties\":" : "\"dependentSchemas\":");
      append_schema_map (out, rand, depth, names, G_N_ELEMENTS (names));
      break;
    default:
      g_string_append_printf (out, "\"$ref\":\"#/$defs/%u\"", pick (rand, 3));
    }
}

static void
append_schema (GString *out, GRand *rand, guint depth)
{
  guint n = pick (rand, 3);

  if (depth == 0 || pick (rand, 12) == 0)
    {
      g_string_append (out, pick (rand, 3) > 0 ? "true" : "false");
      return;
    }
  g_string_append_c (out, '{');
  append_assertion (out, rand);
  for (guint i = 0; i < n; i++)
    {
      g_string_append_c (out, ',');
      append_applicator (out, rand, depth - 1);
    }
  g_string_append_c (out, '}');
}

/* a keyword may stand twice in what was made, which the reader refuses; then there is no value */
static ConfsyncJson *
parse (const char *text, gssize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length < 0 ? strlen (text) : (gsize) length);

  return confsync_json_parse (bytes, NULL, NULL);
}

static ConfsyncSchema *
compile (ConfsyncJson *json)
{
  g_autoptr (GError) error = NULL;
  ConfsyncSchema *schema = confsync_schema_new (json, &error);

  if (schema == NULL)
    {
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_assert_true (g_str_has_prefix (error->message, "at \""));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  return schema;
}

/* %FALSE also where it was too much; then @decided is */
static gboolean
fits (ConfsyncSchema *schema, ConfsyncJson *value, gboolean *decided)
{
  g_autoptr (GError) error = NULL, again = NULL;

  *decided = TRUE;
  if (confsync_schema_check (schema, value, &error))
    {
      g_assert_no_error (error);
      return TRUE;
    }
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_nonnull (strstr (error->message, "(schema: /"));
  g_assert_null (strstr (error->message, "SECRET"));
  g_assert_false (confsync_schema_check (schema, value, &again));
  g_assert_cmpstr (error->message, ==, again->message);
  *decided = strstr (error->message, "takes too long") == NULL;
  return FALSE;
}

/* the same schema, wrapped so that the outcome is the same */
static const char *const wraps[] = {
  "{\"allOf\":[%s],%s}",
  "{\"anyOf\":[%s],%s}",
  "{\"oneOf\":[%s,false],%s}",
  "{\"not\":{\"not\":%s},%s}",
  "{\"if\":%s,\"else\":false,%s}",
  "{\"$ref\":\"#/x-s\",\"x-s\":%s,%s}",
};

static void
append_definitions (GString *out, GRand *rand)
{
  g_string_append (out, "\"$defs\":{\"0\":");
  append_schema (out, rand, 2);
  g_string_append (out, ",\"1\":");
  append_schema (out, rand, 2);
  g_string_append (out, ",\"2\":{\"minProperties\":1}}");
}

static ConfsyncSchema *
wrapped (guint wrap, const char *schema, const char *definitions)
{
  g_auto (GStrv) parts = g_strsplit (wraps[wrap], "%s", -1);
  g_autofree char *text =
    g_strconcat (parts[0], schema, parts[1], definitions, parts[2], NULL);
  g_autoptr (ConfsyncJson) json = parse (text, -1);

  return json != NULL ? compile (json) : NULL;
}

/* returns whether there was something to compare */
static gboolean
play_wraps (GRand *rand, guint *n_fit)
{
  g_autoptr (GString) schema = g_string_new (NULL), definitions = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (ConfsyncSchema) first = NULL, second = NULL;
  g_autoptr (ConfsyncJson) value = NULL;
  gboolean first_fits, second_fits, first_decided, second_decided;
  guint wrap = 1 + pick (rand, G_N_ELEMENTS (wraps) - 1);

  append_schema (schema, rand, 3);
  append_definitions (definitions, rand);
  append_value (text, rand, 3);
  value = parse (text->str, -1);
  first = wrapped (0, schema->str, definitions->str);
  second = wrapped (wrap, schema->str, definitions->str);
  g_assert_cmpint (first == NULL, ==, second == NULL);
  if (first == NULL || value == NULL)
    return FALSE;
  first_fits = fits (first, value, &first_decided);
  second_fits = fits (second, value, &second_decided);
  if (first_decided && second_decided && first_fits != second_fits)
    g_error ("%s, %s, as %s, of %s: %d and %d", schema->str, definitions->str, wraps[wrap],
             text->str, first_fits, second_fits);
  *n_fit += first_fits;
  return TRUE;
}

static void
test_wraps (void)
{
  guint compared = 0, fit = 0;

  for (guint i = 0; i < rounds; i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (first_seed + i);

      compared += play_wraps (rand, &fit);
    }
  g_test_message ("%u of %u compared, of which %u fit", compared, rounds, fit);
  g_assert_cmpuint (compared, >, rounds / 4);
  g_assert_cmpuint (fit, >, compared / 20);
  g_assert_cmpuint (fit, <, compared - compared / 20);
}

/* single quotes stand for double ones */
static const char *const seeds[] = {
  "{'$schema':'http://json-schema.org/draft-07/schema#','$id':'http://e.org/a','properties':"
  "{'a':{'$ref':'#/definitions/b'}},'definitions':{'b':{'$id':'#c','type':'integer',"
  "'maximum':10}},'dependencies':{'a':['b'],'c':{'required':['d']}},'items':[{},true],"
  "'additionalItems':false}",
  "{'$defs':{'t':{'$anchor':'n','items':{'$ref':'#n'},'contains':{'const':1},"
  "'minContains':0}},'anyOf':[{'$ref':'#/$defs/t'},{'unevaluatedProperties':false,"
  "'patternProperties':{'^[a-z]{1,3}$':{'pattern':'\\\\d+(?:x|y)*?'}}}]}",
  "{'enum':[1,'a'],'if':{'multipleOf':0.01},'then':{'minimum':-1e3},'uniqueItems':true,"
  "'prefixItems':[{'maxLength':5}],'unevaluatedItems':{'exclusiveMinimum':2}}",
  "{'a':'int(1,10)?','b':['str(,5)'],'c':{'d':'list(x|y)','e':'match(^[a-z]+$)'},"
  "'f':[{'g':'float(.5,)','h':'port','i':['url?']}],'j':'device(subsystem=tty)'}",
};

static void
mutate (GString *text, GRand *rand)
{
  static const char *const pieces[] = {
    "{", "}", "[", "]", "\"", ",", ":", "1", "-", "0.", "e9", "true", "null", "\\", "#", "/",
    "$ref", "not", "?", "(", ")", "|", "{}", "[]", "\"\"", "*", "\xc3", "\xff", "%", "~",
  };
  guint n = 1 + pick (rand, 2);

  for (guint i = 0; i < n && text->len > 0; i++)
    {
      gssize at = (gssize) pick (rand, (guint) text->len);

      switch (pick (rand, 3))
        {
        case 0:
          g_string_erase (text, at, 1);
          break;
        case 1:
          g_string_insert (text, at, PICK (rand, pieces));
          break;
        default:
          text->str[at] = (char) pick (rand, 256);
        }
    }
}

static void
check_options (ConfsyncJson *schema, ConfsyncJson *value)
{
  g_autoptr (GError) error = NULL, refusal = NULL;
  g_autoptr (ConfsyncOptionTree) tree = confsync_option_tree_new (schema, &error);

  if (tree == NULL)
    {
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_assert_true (g_str_has_prefix (error->message, "at \""));
    }
  else if (!confsync_option_tree_check (tree, value, &refusal))
    {
      g_assert_error (refusal, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      g_assert_null (strstr (refusal->message, "SECRET"));
    }
}

/* texts changed at random: most are no JSON any more, and many of the others no schema */
static void
test_mutated (void)
{
  guint parsed = 0, taken = 0;

  for (guint i = 0; i < rounds; i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (first_seed + i);
      g_autoptr (GString) text = g_string_new (NULL), document = g_string_new (NULL);
      g_autoptr (ConfsyncJson) json = NULL, value = NULL;
      g_autoptr (ConfsyncSchema) schema = NULL;
      gboolean decided;

      g_string_append (text, PICK (rand, seeds));
      g_string_replace (text, "'", "\"", 0);
      mutate (text, rand);
      append_value (document, rand, 3);
      json = parse (text->str, (gssize) text->len);
      value = parse (document->str, -1);
      if (json == NULL || value == NULL)
        continue;
      parsed++;
      check_options (json, value);
      schema = compile (json);
      if (schema == NULL)
        continue;
      taken++;
      fits (schema, value, &decided);
    }
  g_test_message ("%u of %u are JSON, of which %u are schemas", parsed, rounds, taken);
  g_assert_cmpuint (parsed, >, rounds / 50);
  g_assert_cmpuint (taken, >, rounds / 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("CONFSYNC_TEST_SLOW") != NULL)
    rounds /= SANITIZED_PART;
  for (int i = 1; i < argc; i++)
    {
      if (g_str_has_prefix (argv[i], "rounds="))
        {
          rounds = (guint) atoi (argv[i] + strlen ("rounds="));
          first_seed = g_random_int ();
        }
      if (g_str_has_prefix (argv[i], "seed="))
        first_seed = (guint32) g_ascii_strtoull (argv[i] + strlen ("seed="), NULL, 10);
    }
  g_test_message ("seed=%u", first_seed);
  g_test_add_func ("/schema-random/wraps", test_wraps);
  g_test_add_func ("/schema-random/mutated", test_mutated);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * unevaluatedProperties and unevaluatedItems: what counts as looked at, by whom, and what doesn't.
 */

#include "config.h"

#include "schema-test.h"

#define REST_FALSE "'unevaluatedProperties':false"
#define ITEMS_FALSE "'unevaluatedItems':false"

static const struct
{
  const char *schema, *good, *bad;
} cases[] = {
  /* the keywords beside it */
  { "{" REST_FALSE "}", "[{},[],1]", "[{'a':1}]" },
  { "{'unevaluatedProperties':true}", "[{'a':1}]", "[]" },
  { "{'unevaluatedProperties':{'type':'integer'}}", "[{},{'a':1}]", "[{'a':'x'},{'a':1,'b':'x'}]" },
  { "{'properties':{'a':true}," REST_FALSE "}", "[{},{'a':1}]", "[{'b':1},{'a':1,'b':1}]" },
  { "{'patternProperties':{'^a':true}," REST_FALSE "}", "[{'ab':1}]", "[{'b':1}]" },
  { "{'additionalProperties':true," REST_FALSE "}", "[{'b':1}]", "[]" },
  { "{'additionalProperties':{'type':'integer'}," REST_FALSE "}", "[{'b':1}]", "[{'b':'x'}]" },
  { "{'properties':{'a':{'type':'integer'}},'unevaluatedProperties':{'type':'string'}}",
    "[{'a':1,'b':'x'}]", "[{'a':'x'},{'b':1}]" },
  /* required and propertyNames look at no member */
  { "{'required':['a']," REST_FALSE "}", "[]", "[{'a':1}]" },
  { "{'propertyNames':{'const':'a'}," REST_FALSE "}", "[{}]", "[{'a':1}]" },

  /* schemas for the same value */
  { "{'allOf':[{'properties':{'a':true}},{'properties':{'b':true}}]," REST_FALSE "}",
    "[{'a':1,'b':2},{}]", "[{'a':1,'c':1}]" },
  { "{'anyOf':[{'properties':{'a':{'const':1}},'required':['a']},"
    "{'properties':{'b':{'const':2}},'required':['b']}]," REST_FALSE "}",
    "[{'a':1},{'b':2},{'a':1,'b':2}]", "[{'a':1,'b':3},{'a':1,'c':1},{'b':2,'a':2}]" },
  { "{'oneOf':[{'properties':{'a':true},'required':['a']},"
    "{'properties':{'b':true},'required':['b']}]," REST_FALSE "}",
    "[{'a':1},{'b':1}]", "[{'a':1,'b':1},{'a':1,'c':1}]" },
  { "{'not':{'not':{'properties':{'a':true}}}," REST_FALSE "}", "[{}]", "[{'a':1}]" },
  { "{'if':{'properties':{'a':{'const':1}},'required':['a']},"
    "'then':{'properties':{'b':true}},'else':{'properties':{'c':true}}," REST_FALSE "}",
    "[{'a':1},{'a':1,'b':1},{'c':1},{}]", "[{'a':1,'c':1},{'b':1},{'a':2},{'a':2,'c':1}]" },
  { "{'if':{'properties':{'a':true},'required':['a']}," REST_FALSE "}", "[{'a':1},{}]",
    "[{'a':1,'b':1},{'b':1}]" },
  { "{'dependentSchemas':{'a':{'properties':{'a':true,'b':true}}}," REST_FALSE "}",
    "[{'a':1,'b':1},{}]", "[{'b':1},{'a':1,'c':1}]" },
  { "{'$ref':'#/$defs/x','$defs':{'x':{'properties':{'a':true}}}," REST_FALSE "}", "[{'a':1}]",
    "[{'b':1}]" },

  /* one that is further in doesn't see what is beside it, and one further out sees it */
  { "{'properties':{'a':true},'allOf':[{" REST_FALSE "}]}", "[{}]", "[{'a':1}]" },
  { "{'allOf':[{'properties':{'a':true}},{" REST_FALSE "}]}", "[{}]", "[{'a':1}]" },
  { "{'allOf':[{'properties':{'a':true},'unevaluatedProperties':{'type':'integer'}}],"
    REST_FALSE "}", "[{'a':'x','b':1}]", "[{'b':'x'}]" },
  { "{'allOf':[{'unevaluatedProperties':true}]," REST_FALSE "}", "[{'a':1}]", "[]" },
  /* what is further down in the document is another value */
  { "{'properties':{'a':{'properties':{'b':true}," REST_FALSE "}}," REST_FALSE "}",
    "[{'a':{'b':1}},{'a':1}]", "[{'a':{'c':1}},{'b':1}]" },
  /* what doesn't fit has looked at nothing */
  { "{'anyOf':[{'properties':{'a':{'const':1}},'required':['x']},true]," REST_FALSE "}", "[{}]",
    "[{'a':1}]" },
  /* nested where one alternative fits */
  { "{'anyOf':[{'allOf':[{'properties':{'a':true}},{'properties':{'b':{'type':'integer'}}}]},"
    "{'properties':{'c':true}}]," REST_FALSE "}", "[{'a':1,'b':1,'c':1}]",
    "[{'a':1,'b':'x','c':1},{'d':1}]" },
  { "{'$ref':'#/$defs/t','$defs':{'t':{'properties':{'n':{'$ref':'#/$defs/t'}}}}," REST_FALSE "}",
    "[{'n':{'n':{'x':1}}}]", "[{'x':1}]" },

  /* elements */
  { "{" ITEMS_FALSE "}", "[[],{},1]", "[[1]]" },
  { "{'unevaluatedItems':true}", "[[1]]", "[]" },
  { "{'unevaluatedItems':{'type':'string'}}", "[[],['a']]", "[[1],['a',1]]" },
  { "{'prefixItems':[true]," ITEMS_FALSE "}", "[[],[1]]", "[[1,2]]" },
  { "{'prefixItems':[true,true],'items':true," ITEMS_FALSE "}", "[[1,2,3]]", "[]" },
  { "{'items':{'type':'integer'}," ITEMS_FALSE "}", "[[1,2]]", "[['a']]" },
  { "{'allOf':[{'prefixItems':[true]},{'prefixItems':[true,{'type':'integer'}]}],"
    ITEMS_FALSE "}", "[[1,2],[1]]", "[[1,2,3],[1,'x']]" },
  { "{'anyOf':[{'prefixItems':[{'const':1},{'const':2}]},{'prefixItems':[{'const':1}]}],"
    ITEMS_FALSE "}", "[[1],[1,2]]", "[[1,3],[1,2,3],[2]]" },
  { "{'if':{'prefixItems':[{'const':1}]},'then':{'prefixItems':[true,true]}," ITEMS_FALSE "}",
    "[[1,2],[1],[]]", "[[1,2,3],[2]]" },
  { "{'$ref':'#/$defs/x','$defs':{'x':{'prefixItems':[true]}}," ITEMS_FALSE "}", "[[1]]",
    "[[1,2]]" },
  { "{'not':{'not':{'prefixItems':[true]}}," ITEMS_FALSE "}", "[[]]", "[[1]]" },
  { "{'prefixItems':[{'prefixItems':[true]," ITEMS_FALSE "}]," ITEMS_FALSE "}", "[[[1]],[[]]]",
    "[[[1,2]],[[1],2]]" },
  /* what contains finds has been looked at */
  { "{'contains':{'const':1}," ITEMS_FALSE "}", "[[1],[1,1]]", "[[1,2],[2],[]]" },
  { "{'contains':{'const':1},'unevaluatedItems':{'const':2}}", "[[1,2],[2,1,2]]", "[[1,3]]" },
  { "{'prefixItems':[true],'contains':{'const':1}," ITEMS_FALSE "}", "[[9,1],[1]]", "[[9,1,9]]" },
  { "{'contains':{'const':1},'minContains':0," ITEMS_FALSE "}", "[[],[1]]", "[[2]]" },
  { "{'allOf':[{'contains':{'multipleOf':2}},{'contains':{'multipleOf':3}}]," ITEMS_FALSE "}",
    "[[2,3,4,6]]", "[[2,3,5],[2,4]]" },

  /* both, and other kinds of values */
  { "{'prefixItems':[true],'properties':{'a':true}," ITEMS_FALSE "," REST_FALSE "}",
    "[[1],{'a':1},'x']", "[[1,2],{'b':1}]" },
};

static void
test_cases (void)
{
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncSchema) schema = schema_from (cases[i].schema);

      for (guint bad = 0; bad < 2; bad++)
        {
          g_autoptr (ConfsyncJson) values = json_from (bad ? cases[i].bad : cases[i].good);

          for (guint k = 0; k < confsync_json_get_length (values); k++, count++)
            {
              g_autoptr (ConfsyncJson) value = confsync_json_get_element (values, k);

              if (confsync_schema_check (schema, value, NULL) == !bad)
                continue;
              g_test_message ("%s, %s value %u", cases[i].schema, bad ? "bad" : "good", k);
              g_test_fail ();
            }
        }
    }
  g_test_message ("%u cases", count);
}

/* sets of more than 64, and the borders of their words */
static void
test_many (void)
{
  static const guint sizes[] = { 1, 63, 64, 65, 127, 128, 129, 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint stranger = 0; stranger < 2; stranger++)
      {
        g_autoptr (ConfsyncSchema) schema = schema_from (
          "{'allOf':[{'patternProperties':{'[02468]$':true}},"
          "{'anyOf':[false,{'patternProperties':{'[13579]$':true}}]}]," REST_FALSE "}");
        g_autoptr (GString) text = g_string_new ("{");
        g_autoptr (ConfsyncJson) value = NULL;

        for (guint k = 0; k < sizes[i]; k++)
          g_string_append_printf (text, "%s'%u%s':0", k > 0 ? "," : "", k,
                                  stranger && k == sizes[i] - 1 ? "x" : "");
        g_string_append_c (text, '}');
        value = json_from (text->str);
        g_assert_cmpint (confsync_schema_check (schema, value, NULL), ==, !stranger);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema-unevaluated/cases", test_cases);
  g_test_add_func ("/schema-unevaluated/many", test_many);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What each keyword of 2020-12 lets through and what it doesn't, case by case, from the
 * specification. Draft 7 has a suite of its own; here stands what that leaves open.
 */

#include "config.h"

#include "schema-test.h"

typedef struct {
  const char *schema;
  const char *good; /* an array: each element fits */
  const char *bad;  /* an array: none does */
} Case;

static const Case scalars[] = {
  { "true", "[1,'a',null,[],{},false]", "[]" },
  { "false", "[]", "[1,'a',null,[],{},false]" },
  { "{}", "[1,'a',null,[],{},false]", "[]" },

  { "{'type':'null'}", "[null]", "[0,'',[],{},false]" },
  { "{'type':'boolean'}", "[true,false]", "[0,1,'true',null]" },
  { "{'type':'integer'}", "[0,-1,1.0,1e2,9223372036854775807,-9223372036854775808,1e300]",
    "[1.5,'1',null,1e-1,[1],true]" },
  { "{'type':'number'}", "[0,1.5,1e300,-0.0]", "['1',null,[],{},true]" },
  { "{'type':'string'}", "['','1','ü']", "[1,null,[],{}]" },
  { "{'type':'array'}", "[[],[1]]", "[{},'[]',null]" },
  { "{'type':'object'}", "[{},{'a':1}]", "[[],'{}',null]" },
  { "{'type':['integer','string']}", "[1,2.0,'a']", "[1.5,null,[],{}]" },
  { "{'type':['integer','number']}", "[1,1.5]", "['1']" },
  { "{'type':['null']}", "[null]", "[0]" },

  { "{'const':1}", "[1,1.0,1e0]", "[2,'1',true,null,[1]]" },
  { "{'const':0}", "[0,-0.0,0.0]", "[false,null,'',[],{}]" },
  { "{'const':false}", "[false]", "[0,null,true]" },
  { "{'const':null}", "[null]", "[0,false,'']" },
  { "{'const':'a'}", "['a','\\u0061']", "['A','',['a']]" },
  { "{'const':{'a':1,'b':[2]}}", "[{'b':[2.0],'a':1}]", "[{'a':1},{'a':1,'b':[2],'c':3},[]]" },
  { "{'const':[1,2]}", "[[1,2.0]]", "[[2,1],[1],[1,2,3]]" },
  { "{'const':9007199254740993}", "[9007199254740993]",
    "[9007199254740992,9007199254740994,9007199254740992.0]" },
  { "{'const':9007199254740992}", "[9007199254740992,9007199254740992.0]", "[9007199254740993]" },

  { "{'enum':[1,'a',null,[2],{'b':3}]}", "[1,1.0,'a',null,[2],{'b':3.0}]",
    "[2,'b',false,[],[2,2],{'b':4},{}]" },
  { "{'enum':[]}", "[]", "[1,null]" },
  { "{'enum':[0]}", "[0,0.0]", "[false,null,'0']" },
  { "{'enum':[[false],[0]]}", "[[false],[0]]", "[[null],[1]]" },

  { "{'maximum':3}", "[3,2.9,-5,'4',null,3.0]", "[3.1,4,1e300]" },
  { "{'maximum':3.5}", "[3,3.5]", "[3.6,4]" },
  { "{'maximum':9007199254740992}", "[9007199254740992]", "[9007199254740993,1e16]" },
  { "{'maximum':9223372036854775807}", "[9223372036854775807]", "[9223372036854775808.0,1e19]" },
  { "{'minimum':3}", "[3,3.1,'2',null,[]]", "[2.9,2,-1e300]" },
  { "{'minimum':-9223372036854775808}", "[-9223372036854775808]", "[-1e19]" },
  { "{'minimum':1.1}", "[1.1,2]", "[1,1.05]" },
  { "{'exclusiveMaximum':3}", "[2.9,2,'3']", "[3,3.0,4]" },
  { "{'exclusiveMinimum':3}", "[3.1,4,'3']", "[3,3.0,2]" },
  { "{'minimum':1,'maximum':65535}", "[1,65535,8080.0]", "[0,65536,0.99]" },
  { "{'multipleOf':2}", "[0,4,-6,2.0,'3',1e300]", "[1,3,2.5,-1]" },
  { "{'multipleOf':1.5}", "[0,4.5,-1.5,3]", "[35,1,0.75]" },
  { "{'multipleOf':0.0001}", "[0.0075,1,0]", "[0.00751]" },
  { "{'multipleOf':0.01}", "[19.99,0.07,4.35,1.15,100,1e22]", "[19.995,0.001]" },
  { "{'multipleOf':0.1}", "[0.3,0.7,1.1]", "[0.35]" },
  { "{'multipleOf':0.123456789}", "[0.123456789,0,0.246913578]", "[1e308,1]" },
  { "{'multipleOf':0.5}", "[1e308,0.5,1]", "[0.25]" },
  { "{'multipleOf':1e-300}", "[1,1e-300,1e300]", "[1e-301]" },
  { "{'multipleOf':1e300}", "[1e300,0,2e300]", "[1,1e299]" },
  { "{'multipleOf':3}", "[9223372036854775806,-9223372036854775806]", "[9223372036854775807]" },
  { "{'multipleOf':9223372036854775807}", "[9223372036854775807,0]", "[9223372036854775806,1.5]" },
  { "{'type':'integer','multipleOf':1e-7}", "[1,1e10]", "[]" },

  { "{'maxLength':2}", "['','aa','üü','𝄞𝄞',100,[1,2,3]]", "['aaa','𝄞𝄞𝄞']" },
  { "{'minLength':2}", "['aa','üü','𝄞𝄞',1,null]", "['','a','𝄞']" },
  { "{'maxLength':2.0}", "['aa']", "['aaa']" },
  { "{'maxLength':0}", "['']", "['a']" },
  { "{'maxLength':1e30}", "['a']", "[]" },
  { "{'minLength':1e30}", "[]", "['a']" },
  { "{'pattern':'^a*$'}", "['','aaa',1,null,{}]", "['b','ab','a\\n']" },
  { "{'pattern':'a+'}", "['xaax']", "['x','']" },
  { "{'pattern':'^[0-9]{2,3}$'}", "['12','123']", "['1','1234','ab']" },

  /* formats and the like say something to people, and check nothing */
  { "{'format':'ipv4'}", "['127.0.0.1','no address',1]", "[]" },
  { "{'contentMediaType':'application/json','contentEncoding':'base64'}", "['{','!']", "[]" },
  { "{'title':'t','description':'d','default':1,'deprecated':true,'readOnly':true,"
    "'writeOnly':false,'examples':[2],'$comment':'c','contentSchema':{'type':'array'}}",
    "[1,'a',null]", "[]" },
  { "{'x-anything':{'type':'nonsense'},'x-':1}", "[1]", "[]" },
};

static const Case objects[] = {
  { "{'maxProperties':1}", "[{},{'a':1},[1,2],'ab']", "[{'a':1,'b':2}]" },
  { "{'minProperties':1}", "[{'a':1},[],'']", "[{}]" },
  { "{'required':['a','b']}", "[{'a':1,'b':null},{'a':1,'b':2,'c':3},[],'']",
    "[{},{'a':1},{'b':1,'c':1}]" },
  { "{'required':[]}", "[{}]", "[]" },
  { "{'required':['a/b','','~','\\n','__proto__']}",
    "[{'a/b':1,'':2,'~':3,'\\n':4,'__proto__':5}]", "[{'a/b':1}]" },
  { "{'dependentRequired':{'a':['b','c']}}", "[{},{'b':1},{'a':1,'b':1,'c':1},[],'a']",
    "[{'a':1},{'a':1,'b':1}]" },
  { "{'dependentRequired':{'a':[]}}", "[{'a':1}]", "[]" },
  { "{'dependentSchemas':{'a':{'required':['b']},'c':false,'d':true}}",
    "[{},{'a':1,'b':1},{'d':1},1]", "[{'a':1},{'c':1},{'c':1,'b':1}]" },

  { "{'properties':{'a':{'type':'integer'},'b':false,'c':true}}",
    "[{},{'a':1},{'c':0},{'d':'x'},[1],'a']", "[{'a':'1'},{'b':1},{'a':1,'b':1}]" },
  { "{'properties':{'':{'const':1},'a/b':{'const':2},'~':{'const':3},'$ref':{'const':4}}}",
    "[{'':1,'a/b':2,'~':3,'$ref':4}]", "[{'':2},{'a/b':1},{'~':1},{'$ref':1}]" },
  { "{'patternProperties':{'^a':{'type':'integer'},'z$':{'type':'string'},'^n':false}}",
    "[{},{'a1':1},{'bz':'s'},{'b':null},{'':0}]",
    "[{'a':'1'},{'z':1},{'az':1},{'az':'s'},{'n':1}]" },
  { "{'additionalProperties':false}", "[{},[],1]", "[{'a':1}]" },
  { "{'additionalProperties':{'type':'integer'}}", "[{},{'a':1}]", "[{'a':'1'},{'a':1,'b':null}]" },
  { "{'properties':{'a':true},'patternProperties':{'^x':true},'additionalProperties':false}",
    "[{'a':1},{'x1':1,'a':2},{}]", "[{'b':1},{'a':1,'ax':2}]" },
  { "{'properties':{'a':{}},'allOf':[{'additionalProperties':false}]}", "[{}]", "[{'a':1}]" },
  { "{'propertyNames':{'maxLength':3}}", "[{},{'abc':1},{'ü':1},[]]", "[{'abcd':1}]" },
  { "{'propertyNames':{'pattern':'^[a-z]+$'}}", "[{'a':1}]", "[{'A':1},{'':1}]" },
  { "{'propertyNames':{'const':'a'}}", "[{},{'a':1}]", "[{'b':1}]" },
  { "{'propertyNames':{'enum':['a','b']}}", "[{'a':1,'b':1}]", "[{'c':1}]" },
  { "{'propertyNames':{'type':'string'}}", "[{'a':1}]", "[]" },
  { "{'propertyNames':{'type':'integer'}}", "[{}]", "[{'1':1}]" },
  { "{'propertyNames':false}", "[{}]", "[{'a':1}]" },
  { "{'propertyNames':{'not':{'pattern':'^_'}}}", "[{'a_':1}]", "[{'_a':1}]" },
};

static const Case arrays[] = {
  { "{'maxItems':2}", "[[],[1,2],{'a':1,'b':2,'c':3},'abc']", "[[1,2,3]]" },
  { "{'minItems':1}", "[[1],{},'']", "[[]]" },
  { "{'uniqueItems':true}",
    "[[],[1],[1,2],[0,false],[1,true],[{'a':1},{'b':1}],[[1],[2]],[null,0,''],'aa',"
    "[1,'1'],[[1],[true]],[{'a':false},{'a':0}]]",
    "[[1,1],[1,1.0],[1,2,1],[{'a':1,'b':2},{'b':2,'a':1.0}],[[1],[1.0]],['a','\\u0061'],"
    "[null,null],[{},{}],[0,-0.0]]" },
  { "{'uniqueItems':false}", "[[1,1]]", "[]" },
  { "{'items':{'type':'integer'}}", "[[],[1,2],{'0':'a'},'a']", "[['a'],[1,'a']]" },
  { "{'items':false}", "[[]]", "[[1]]" },
  { "{'items':true}", "[[1,'a']]", "[]" },
  { "{'prefixItems':[{'type':'integer'},{'type':'string'}]}",
    "[[],[1],[1,'a'],[1,'a',null],{'0':'a'}]", "[['a'],[1,2]]" },
  { "{'prefixItems':[{'type':'integer'}],'items':false}", "[[],[1]]", "[[1,2],['a']]" },
  { "{'prefixItems':[{},{}],'items':{'type':'string'}}", "[[1,2],[1,2,'a']]", "[[1,2,3]]" },
  { "{'contains':{'const':1}}", "[[1],[2,1],{},'a',[1,1]]", "[[],[2]]" },
  { "{'contains':true}", "[[1]]", "[[]]" },
  { "{'contains':false}", "['a',{}]", "[[],[1]]" },
  { "{'contains':{'const':1},'minContains':2}", "[[1,1],[1,2,1]]", "[[1],[2,2],[]]" },
  { "{'contains':{'const':1},'maxContains':2}", "[[1],[1,1],[1,2]]", "[[1,1,1],[],[2]]" },
  { "{'contains':{'const':1},'minContains':0}", "[[],[2],[1]]", "[]" },
  { "{'contains':{'const':1},'minContains':0,'maxContains':1}", "[[],[2],[1]]", "[[1,1]]" },
  { "{'contains':{'const':1},'minContains':2,'maxContains':1}", "[]", "[[],[1],[1,1]]" },
  { "{'minContains':5,'maxContains':0}", "[[],[1]]", "[]" },
  { "{'contains':{'const':1},'minContains':1.0}", "[[1]]", "[[2]]" },
};

static const Case logic[] = {
  { "{'allOf':[{'minimum':1},{'maximum':3}]}", "[1,2,3,'a']", "[0,4]" },
  { "{'allOf':[true,false]}", "[]", "[1]" },
  { "{'anyOf':[{'type':'string'},{'minimum':3}]}", "['a',3,null]", "[2]" },
  { "{'anyOf':[false,true]}", "[1]", "[]" },
  { "{'anyOf':[false,false]}", "[]", "[1]" },
  { "{'oneOf':[{'multipleOf':2},{'multipleOf':3}]}", "[2,3,4,9]", "[1,6,12,'a']" },
  { "{'oneOf':[true,true,false]}", "[]", "[1]" },
  { "{'not':{'type':'string'}}", "[1,null]", "['a']" },
  { "{'not':true}", "[]", "[1]" },
  { "{'not':{}}", "[]", "[1]" },
  { "{'not':{'not':{'type':'string'}}}", "['a']", "[1]" },
  { "{'not':{'anyOf':[{'const':1},{'const':2}]}}", "[3]", "[1,2]" },
  { "{'if':{'minimum':10},'then':{'multipleOf':10},'else':{'maximum':5}}", "[10,20,5,'a']",
    "[11,6]" },
  { "{'if':{'const':1},'then':false}", "[2]", "[1]" },
  { "{'if':{'const':1},'else':false}", "[1]", "[2]" },
  { "{'then':false,'else':false}", "[1]", "[]" },
  { "{'if':false,'then':false,'else':{'const':1}}", "[1]", "[2]" },
  { "{'type':'integer','minimum':1,'not':{'const':5}}", "[1,6]", "[5,0,'a']" },
};

static const Case references[] = {
  { "{'$ref':'#/$defs/a','$defs':{'a':{'type':'integer'}}}", "[1]", "['a']" },
  { "{'$ref':'#/$defs/a','maximum':3,'$defs':{'a':{'type':'integer'}}}", "[3]", "['a',4]" },
  { "{'$ref':'#/definitions/a','definitions':{'a':{'type':'integer'}}}", "[1]", "['a']" },
  { "{'properties':{'a':{'$ref':'#'}},'additionalProperties':false}", "[{},{'a':{'a':{}}},1]",
    "[{'b':1},{'a':{'b':1}}]" },
  { "{'$defs':{'tree':{'type':'object','properties':{'c':{'items':{'$ref':'#/$defs/tree'}},"
    "'v':{'type':'integer'}}}},'$ref':'#/$defs/tree'}",
    "[{'v':1,'c':[{'v':2,'c':[]}]}]", "[{'c':[{'c':[{'v':'x'}]}]},{'c':[1]}]" },
  { "{'$defs':{'a~b':{'const':1},'c/d':{'const':2},'e%f':{'const':3},'g h':{'const':4},"
    "'i\\\"j':{'const':5}},'prefixItems':[{'$ref':'#/$defs/a~0b'},{'$ref':'#/$defs/c~1d'},"
    "{'$ref':'#/$defs/e%25f'},{'$ref':'#/$defs/g%20h'},{'$ref':'#/$defs/i%22j'}]}",
    "[[1,2,3,4,5]]", "[[2],[1,1],[1,2,1],[1,2,3,1],[1,2,3,4,1]]" },
  { "{'$ref':'#a','$defs':{'x':{'$anchor':'a','const':1}}}", "[1]", "[2]" },
  { "{'$ref':'#a','$defs':{'x':{'$dynamicAnchor':'a','const':1}}}", "[1]", "[2]" },
  { "{'$id':'http://e.org/root','$ref':'http://e.org/root#/$defs/x','$defs':{'x':{'const':1}}}",
    "[1]", "[2]" },
  { "{'$id':'http://e.org/root','$ref':'other','$defs':{'x':{'$id':'other','const':1}}}", "[1]",
    "[2]" },
  { "{'$id':'http://e.org/a/root','$ref':'/b/other','$defs':{'x':{'$id':'/b/','$defs':{'y':"
    "{'$id':'other','const':1}}}}}", "[1]", "[2]" },
  { "{'$ref':'urn:example:x','$defs':{'x':{'$id':'urn:example:x','const':1}}}", "[1]", "[2]" },
  { "{'$ref':'urn:example:x#a','$defs':{'x':{'$id':'urn:example:x','$defs':{'y':{'$anchor':'a',"
    "'const':1}}}}}", "[1]", "[2]" },
  { "{'$ref':'other#/$defs/y','$defs':{'x':{'$id':'other','$defs':{'y':{'const':1}}},"
    "'y':{'const':2}}}", "[1]", "[2]" },
  { "{'$ref':'other','$defs':{'x':{'$id':'other','$ref':'#/$defs/y','$defs':{'y':{'const':1}}},"
    "'y':{'const':2}}}", "[1]", "[2]" },
  /* the same anchor in two resources */
  { "{'prefixItems':[{'$ref':'a#n'},{'$ref':'b#n'}],'$defs':{'a':{'$id':'a','$defs':{'x':"
    "{'$anchor':'n','const':1}}},'b':{'$id':'b','$defs':{'x':{'$anchor':'n','const':2}}}}}",
    "[[1,2]]", "[[2,2],[1,1]]" },
  { "{'$ref':'#/properties/a','properties':{'a':{'type':['object','integer']}}}",
    "[{'a':1},1]", "[{'a':'x'},'x']" },
  { "{'$ref':'#/allOf/0','allOf':[{'const':1}]}", "[1]", "[2]" },
  { "{'$ref':'#/$defs/t','$defs':{'t':true}}", "[1]", "[]" },
  { "{'$ref':'#/$defs/f','$defs':{'f':false}}", "[]", "[1]" },
  { "{'$ref':'#/x-place/a','x-place':{'a':{'const':1}}}", "[1]", "[2]" },
  { "{'$ref':'#/place/deep/a','place':{'deep':{'a':{'const':1}}}}", "[1]", "[2]" },
  { "{'const':{'$ref':'#/$defs/a'}}", "[{'$ref':'#/$defs/a'}]", "[1]" },
  { "{'enum':[{'$id':'x','type':5}]}", "[{'$id':'x','type':5}]", "[1]" },
};

/* draft 7, where the suite says nothing */
static const Case draft_7[] = {
  { "{" DRAFT_7 ",'$ref':'#/definitions/a','minimum':5,'definitions':{'a':{'maximum':3}}}", "[1,3]",
    "[4,6]" },
  { "{" DRAFT_7 ",'$ref':'#n','definitions':{'a':{'$id':'#n','const':1}}}", "[1]", "[2]" },
  { "{" DRAFT_7 ",'$ref':'#/$defs/a','$defs':{'a':{'const':1}}}", "[1]", "[2]" },
  { "{" DRAFT_7 ",'items':[{'const':1}],'additionalItems':{'const':2}}", "[[1],[1,2,2],[]]",
    "[[2],[1,1]]" },
  { "{" DRAFT_7 ",'items':{},'additionalItems':false}", "[[1,2]]", "[]" },
  { "{" DRAFT_7 ",'items':[]}", "[[1,2]]", "[]" },
  { "{" DRAFT_7 ",'items':[],'additionalItems':false}", "[[]]", "[[1]]" },
  { "{" DRAFT_7 ",'dependencies':{'a':['b'],'c':{'minProperties':2},'d':false}}",
    "[{},{'a':1,'b':1},{'c':1,'x':1}]", "[{'a':1},{'c':1},{'d':1,'a':1,'b':1}]" },
  { "{'$schema':'https://json-schema.org/draft-07/schema','items':[{'const':1}]}", "[[1]]",
    "[[2]]" },
};

static void
play (const Case *cases, guint n)
{
  guint count = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncSchema) schema = schema_from (cases[i].schema);

      for (guint bad = 0; bad < 2; bad++)
        {
          g_autoptr (ConfsyncJson) values = json_from (bad ? cases[i].bad : cases[i].good);

          for (guint k = 0; k < confsync_json_get_length (values); k++, count++)
            {
              g_autoptr (ConfsyncJson) value = confsync_json_get_element (values, k);
              g_autoptr (GError) error = NULL;

              if (confsync_schema_check (schema, value, &error) == !bad)
                continue;
              g_test_message ("%s, %s value %u: %s", cases[i].schema, bad ? "bad" : "good", k,
                              error != NULL ? error->message : "it fits");
              g_test_fail ();
            }
        }
    }
  g_test_message ("%u cases", count);
}

#define PLAY(name) \
  static void test_##name (void) \
  { \
    play (name, G_N_ELEMENTS (name)); \
  }

PLAY (scalars)
PLAY (objects)
PLAY (arrays)
PLAY (logic)
PLAY (references)
PLAY (draft_7)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema-keywords/scalars", test_scalars);
  g_test_add_func ("/schema-keywords/objects", test_objects);
  g_test_add_func ("/schema-keywords/arrays", test_arrays);
  g_test_add_func ("/schema-keywords/logic", test_logic);
  g_test_add_func ("/schema-keywords/references", test_references);
  g_test_add_func ("/schema-keywords/draft-7", test_draft_7);
  return g_test_run ();
}

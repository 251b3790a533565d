/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Regular expressions: what they mean in JavaScript is what they mean here; what means something
 * else to GRegex is refused; and none takes long, whatever the text.
 */

#include "config.h"

#include <string.h>

#include "confsync-schema-pattern.h"
#include "test-util.h"

/* far above what is needed; without bounds it would be hours */
#define HOSTILE_MAX_SECONDS 8.0

typedef struct {
  const char *expression;
  const char *good[8];
  const char *bad[8];
} Case;

static const Case ecma[] = {
  { "", { "", "a" }, { NULL } },
  { "a", { "a", "bab" }, { "", "b" } },
  { "^a", { "ab" }, { "ba", "\na" } },
  { "a$", { "ba" }, { "ab", "a\n" } },
  { "^$", { "" }, { "\n", "a" } },
  { "^a|b$", { "ax", "xb" }, { "xa", "bx" } },
  { "^(a|b)$", { "a", "b" }, { "ab" } },
  { "^.$", { "a", "ü", "𝄞", "\v" }, { "", "\n", "\r", "\u2028", "\u2029", "ab" } },
  { "^\\d+$", { "0123" }, { "\u0663", "a", "" } },
  { "^\\D$", { "a", "\u0663", "𝄞", "\n" }, { "1" } },
  { "^\\w+$", { "aZ_9" }, { "ü", "-" } },
  { "^\\W$", { "ü", "-", "@", "`", "𝄞" }, { "a", "_", "0" } },
  { "^\\s$", { " ", "\t", "\n", "\u00a0", "\u2029", "\ufeff" }, { "", "a", "\u200b", "\u180e" } },
  { "^\\S$", { "a", "\u200b", "\u180e", "𝄞" }, { " ", "\u3000", "\u00a0" } },
  { "^[\\d\\w]$", { "1", "_" }, { "ü" } },
  { "^[^\\d]$", { "a", "\u0663" }, { "1" } },
  { "^[\\D]$", { "a" }, { "1" } },
  { "^[\\W_]$", { "-", "_", "ü" }, { "a" } },
  { "^[\\S]$", { "a" }, { " " } },
  { "^[\\s\\S]$", { "\n", "a", "𝄞" }, { "" } },
  { "^[\\w-.]$", { "-", ".", "a" }, { "+", "/" } },
  { "^[\\w-\\.]$", { "-", ".", "a" }, { "+", "/" } },
  { "^[+-\\d]$", { "+", "-", "5" }, { ",", "." } },
  { "^[a-c]$", { "a", "b" }, { "d", "-" } },
  { "^[-a]$", { "-", "a" }, { "b" } },
  { "^[a-]$", { "-", "a" }, { "b" } },
  { "^[^a-c]$", { "d", "-", "\n" }, { "a" } },
  { "^[[:alpha:]]$", { "[]", ":]", "a]" }, { "b", "z" } },
  { "^[.*+?^${}()|/]$", { ".", "^", "|", "(" }, { "a", "\\" } },
  { "^[\\]\\\\]$", { "]", "\\" }, { "[" } },
  { "[]", { NULL }, { "", "a" } },
  { "^[^]$", { "a", "\n" }, { "" } },
  { "^[\\b]$", { "\b" }, { "b" } },
  { "\\bfoo\\b", { "foo", "a foo b", "ü" "foo" }, { "afoo", "foo_", "fo" } },
  { "\\Boo", { "foo" }, { "oo" } },
  { "^a{2}$", { "aa" }, { "a", "aaa" } },
  { "^a{2,}$", { "aa", "aaaa" }, { "a" } },
  { "^a{1,2}?$", { "a", "aa" }, { "aaa" } },
  { "^a{,2}$", { "a{,2}" }, { "a", "aa" } },
  { "^{a}$", { "{a}" }, { "a" } },
  { "^x{$", { "x{" }, { "x" } },
  { "^a*?b+?c??$", { "b", "aabbc" }, { "a" } },
  { "^(?:ab)+$", { "abab" }, { "aba" } },
  { "^(?=a)\\w+$", { "ab" }, { "ba" } },
  { "^(?!a)\\w+$", { "ba" }, { "ab" } },
  { "(?<=a)b", { "ab" }, { "b", "cb" } },
  { "(?<!a)b", { "b", "cb" }, { "ab" } },
  { "^(a|b)\\1$", { "aa", "bb" }, { "ab" } },
  { "^(?<x>a|b)\\k<x>$", { "aa" }, { "ab" } },
  { "^(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\\10$", { "abcdefghijj" }, { "abcdefghija" } },
  { "^\\t\\n\\v\\f\\r\\0$", { NULL }, { "tnvfr0" } },
  { "^\\t\\n\\v\\f\\r$", { "\t\n\v\f\r" }, { "tnvfr" } },
  { "^\\x41\\u0042\\u{43}\\u{1d11e}$", { "ABC𝄞" }, { "abc" } },
  { "^\\ud834\\udd1e$", { "𝄞" }, { "a" } },
  { "^\\cJ$", { "\n" }, { "J" } },
  { "^\\/\\-\\.\\@\\#\\ü$", { "/-.@#ü" }, { "" } },
  { "^a b#c$", { "a b#c" }, { "ab" } },
  { "^\\p{L}\\p{Lu}\\P{N}\\p{Letter}\\p{gc=Nd}$", { "üÄaa1" }, { "1Äaa1" } },
  { "^[\\p{L}-x]$", { "ü", "-", "x" }, { "1" } },
  { "^\\p{Script=Greek}$", { "α" }, { "a" } },
  { "^ü+$", { "üü" }, { "u" } },
  { "\\$\\{[a-z]+\\}", { "x${abc}" }, { "${}" } },
  { "^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\\.)*[a-z0-9-]+$", { "a.b-c.d" }, { "a..b", "-a.b" } },
};

static const Case python[] = {
  { "a|b", { "ax", "bx" }, { "xa", "xb", "" } },
  { "^\\d+$", { "12", "12\n" }, { "x12" } },
  { "(?P<x>a)(?P=x)", { "aa" }, { "ab" } },
  { "(?i)abc", { "ABC" }, { "AB" } },
};

static const char *const refused[] = {
  "(", ")", "a)(b", "[", "[a", "\\", "[\\", "*", "a**", "a++", "a*+", "a?+", "a{2}+", "^*", "|+",
  "(*)", "(*UTF8)a", "(?i)a", "(?P<n>a)", "(?#c)", "(?>a)", "(?|a)", "(?R)", "(?1)", "\\Z", "\\A",
  "\\z", "\\h", "\\R", "\\X", "\\Qa\\E", "\\G", "\\K", "\\a", "\\e", "\\y", "[\\B]", "[\\Z]",
  "\\x4", "\\u12", "\\u{110000}", "\\u{}", "\\u{41", "\\ud834", "\\ud834\\u0041", "\\udd1e",
  "\\c1", "\\p{Nonsense}", "\\pL", "\\p{L", "\\k", "\\k<x>", "\\2", "(a)\\2", "[b-a]", "a{3,2}",
  "(?<n>a)(?<n>b)", "\\00", "\\8", "a{99999999}", "(?", "(?<",
};

static ConfsyncSchemaPattern *
pattern_of (const char *expression, ConfsyncSchemaSyntax syntax)
{
  g_autoptr (GError) error = NULL;
  ConfsyncSchemaPattern *pattern = confsync_schema_pattern_new (expression, syntax, &error);

  if (pattern == NULL)
    g_error ("%s: %s", expression, error->message);
  return pattern;
}

static void
assert_match (const char *expression, ConfsyncSchemaPattern *pattern, const char *text,
              gboolean expected)
{
  gboolean matches = !expected;
  guint64 cost = 0;

  g_assert_true (confsync_schema_pattern_match (pattern, text, strlen (text), &matches, &cost));
  g_assert_cmpuint (cost, >, 0);
  if (matches == expected)
    return;
  g_test_message ("%s and \"%s\": %d", expression, text, matches);
  g_test_fail ();
}

static void
play (const Case *cases, guint n, ConfsyncSchemaSyntax syntax)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncSchemaPattern) pattern = pattern_of (cases[i].expression, syntax);

      for (guint k = 0; cases[i].good[k] != NULL; k++)
        assert_match (cases[i].expression, pattern, cases[i].good[k], TRUE);
      for (guint k = 0; cases[i].bad[k] != NULL; k++)
        assert_match (cases[i].expression, pattern, cases[i].bad[k], FALSE);
    }
}

static void
test_ecma (void)
{
  play (ecma, G_N_ELEMENTS (ecma), CONFSYNC_SCHEMA_SYNTAX_ECMA);
}

static void
test_python (void)
{
  play (python, G_N_ELEMENTS (python), CONFSYNC_SCHEMA_SYNTAX_PYTHON);
}

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncSchemaPattern) pattern =
        confsync_schema_pattern_new (refused[i], CONFSYNC_SCHEMA_SYNTAX_ECMA, &error);

      if (pattern != NULL)
        {
          g_test_message ("%s is taken", refused[i]);
          g_test_fail ();
          continue;
        }
      g_assert_nonnull (error);
      g_assert_cmpuint (strlen (error->message), <, 120);
      g_assert_null (strstr (error->message, "LIMIT_MATCH"));
    }
}

/* each would take minutes to ages with the text that goes with it */
static const struct
{
  const char *expression;
  const char *repeated;
  guint times;
  const char *end;
} hostile[] = {
  { "(a+)+$", "a", 40, "b" },
  { "^(a+)+$", "a", 5000, "b" },
  { "^(a|aa)+$", "a", 60, "b" },
  { "^(a*)*$", "a", 60, "b" },
  { "^(.*)*x$", "a", 60, "" },
  { "(x+x+)+y", "x", 60, "" },
  { "\\s+$", " ", 1000000, "a" },
  { "a+$", "a", 1000000, "b" },
  { "(a+b?)+c", "a", 100000, "" },
  { "^((a|b)*)*c", "ab", 50000, "" },
  { "(.*)(.*)(.*)(.*)(.*)[^a]x", "a", 3000, "" },
  { "(a?){30}a{30}x", "a", 30, "" },
  { "(?=(a+))\\1+b", "a", 20000, "" },
  { "^(?:a?){1000}b", "a", 1000, "" },
  { "^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]"
    "{1}[a-z]{2,3}))$", "a", 60, "" },
};

static void
test_hostile (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr (ConfsyncSchemaPattern) pattern =
        pattern_of (hostile[i].expression, CONFSYNC_SCHEMA_SYNTAX_ECMA);
      g_autoptr (GString) text = g_string_new (NULL);
      gboolean matches = FALSE, known;
      guint64 cost = 0;
      double began;

      for (guint k = 0; k < hostile[i].times; k++)
        g_string_append (text, hostile[i].repeated);
      g_string_append (text, hostile[i].end);
      began = test_processor_seconds ();
      known = confsync_schema_pattern_match (pattern, text->str, text->len, &matches, &cost);
      g_test_message ("%s: %s, %.3f s", hostile[i].expression, known ? "an answer" : "too long",
                      test_processor_seconds () - began);
      g_assert_false (known && matches);
      g_assert_cmpfloat (test_processor_seconds () - began, <, HOSTILE_MAX_SECONDS);
    }
}

/* what people write, on texts as long as people have them */
static const struct
{
  const char *expression;
  const char *repeated;
  guint times;
} harmless[] = {
  { "^[A-Za-z0-9+/=\\n]*$", "QUJD", 250000 },
  { "^(([a-z0-9-]+)\\.)*[a-z]+$", "abc.", 60 },
  { "^([^,]+,)*[^,]*$", "abcdefg,", 500 },
  { "^(\\d{1,3}\\.){3}\\d{1,3}$", "", 0 },
  { "needle", "hay ", 1000 },
  { "^-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----\\n?$", "QUJD\n", 1000 },
  { "^(?:[01]?\\d|2[0-3]):[0-5]\\d$", "12:34", 1 },
  { "^\\S+@\\S+\\.\\S+$", "someone.of.a.long.name", 5 },
};

static void
test_harmless (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (harmless); i++)
    {
      g_autoptr (ConfsyncSchemaPattern) pattern =
        pattern_of (harmless[i].expression, CONFSYNC_SCHEMA_SYNTAX_ECMA);
      g_autoptr (GString) text = g_string_new (NULL);
      gboolean matches;
      guint64 cost = 0;

      for (guint k = 0; k < harmless[i].times; k++)
        g_string_append (text, harmless[i].repeated);
      if (!confsync_schema_pattern_match (pattern, text->str, text->len, &matches, &cost))
        {
          g_test_message ("%s takes too long", harmless[i].expression);
          g_test_fail ();
        }
    }
}

static gpointer
match_thread (gpointer user_data)
{
  ConfsyncSchemaPattern *pattern = user_data;

  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *text = g_strnfill (i, 'a');
      gboolean matches = FALSE;
      guint64 cost = 0;

      g_assert_true (confsync_schema_pattern_match (pattern, text, i, &matches, &cost));
      g_assert_true (matches);
    }
  return NULL;
}

/* limits are made while others match */
static void
test_threads (void)
{
  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (ConfsyncSchemaPattern) pattern =
        pattern_of ("^(?:a|b)*$", CONFSYNC_SCHEMA_SYNTAX_ECMA);
      GThread *threads[4];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new (NULL, match_thread, pattern);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema-pattern/ecma", test_ecma);
  g_test_add_func ("/schema-pattern/python", test_python);
  g_test_add_func ("/schema-pattern/refused", test_refused);
  g_test_add_func ("/schema-pattern/hostile", test_hostile);
  g_test_add_func ("/schema-pattern/harmless", test_harmless);
  g_test_add_func ("/schema-pattern/threads", test_threads);
  return g_test_run ();
}

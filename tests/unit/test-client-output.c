/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What commands answer: tables by the columns of a terminal, differences by pointer, and nothing
 * from elsewhere that a terminal would obey.
 */

#include "config.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confsync-diff-text.h"
#include "confsync-output.h"
#include "confsync-table.h"
#include "confsync-units.h"
#include "test-util.h"

/* an output into memory */
typedef struct {
  FILE *file;
  char *text; /* (owned): what was written */
  gsize length;
  ConfsyncOutput *output;
} Page;

static void
page_open (Page *page, ConfsyncColor color)
{
  page->file = open_memstream (&page->text, &page->length);
  page->output = confsync_output_new (page->file, color);
}

static void
assert_page (Page *page, const char *expected)
{
  g_autoptr (GError) error = NULL;

  confsync_output_finish (page->output, &error);
  g_assert_no_error (error);
  fclose (page->file);
  g_assert_cmpstr (page->text, ==, expected);
  free (page->text);
  confsync_output_free (page->output);
}

static ConfsyncJson *
parse (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (bytes, NULL, &error);

  g_assert_no_error (error);
  return json;
}

static void
test_columns (void)
{
  const char *const titles[] = { "NAME", "SIZE", "NOTE" };
  g_autoptr (ConfsyncTable) table = confsync_table_new (3);
  Page page;

  g_test_summary ("Wide characters take two columns, combining ones none");
  page_open (&page, CONFSYNC_COLOR_NEVER);
  confsync_table_align_right (table, 1);
  confsync_table_add_titles (table, titles);
  confsync_table_add (table, NULL, "台所");
  confsync_table_add (table, NULL, "7");
  confsync_table_add (table, NULL, "");
  confsync_table_add (table, NULL, "ku\xcc\x88" "che");
  confsync_table_add (table, NULL, "12345");
  confsync_table_add (table, NULL, NULL);
  confsync_table_print (table, page.output);
  assert_page (&page, "NAME    SIZE  NOTE\n"
                      "台所       7  -\n"
                      "ku\xcc\x88" "che  12345  -\n");
}

static void
test_table_colour (void)
{
  g_autoptr (ConfsyncTable) table = confsync_table_new (2);
  Page page;

  page_open (&page, CONFSYNC_COLOR_ALWAYS);
  confsync_table_add (table, CONFSYNC_STYLE_GREEN, "up");
  confsync_table_add (table, NULL, "a\033[31m\nb\xff");
  confsync_table_add (table, NULL, "wider");
  confsync_table_add (table, CONFSYNC_STYLE_DIM, "x");
  confsync_table_print (table, page.output);
  assert_page (&page, "\033[32mup\033[0m     a\\x1b[31m\\x0ab\\xff\n"
                      "wider  \033[2mx\033[0m\n");
}

static const struct {
  const char *from, *to, *text;
} differences[] = {
  { "{\"a\": 1.0}", "{\"a\":1}", "" },
  { "{\"theme\": \"dark\"}", "{\"theme\": \"light\"}", "~ /theme  \"dark\" → \"light\"\n" },
  { "{\"a\": 1, \"b\": {\"c\": [1, 2]}}", "{\"a\": 1, \"d\": null}",
    "- /b  {\"c\":[1,2]}\n+ /d  null\n" },
  /* what is inserted in the middle of an array replaces nothing */
  { "{\"z\": [1, 2, 9]}", "{\"z\": [1, 2, 3, 9]}", "+ /z/2  3\n" },
  /* elements that go are numbered as they were, each once */
  { "{\"z\": [1, 2, 3, 4, 9]}", "{\"z\": [1, 9]}", "- /z/1  2\n- /z/2  3\n- /z/3  4\n" },
  { "{\"z\": [{\"n\": 1}, 5]}", "{\"z\": [{\"n\": 2}, 5]}", "~ /z/0/n  1 → 2\n" },
  { "{}", "[]", "~ the whole document  {} → []\n" },
  { "{\"a/b\\u001b\": 1}", "{}", "- /a~1b\\x1b  1\n" },
  { "{\"a\": \"\\u009b31m\\u202e\"}", "{}", "- /a  \"\\u009b31m\\u202e\"\n" },
};

static void
test_differences (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (differences); i++)
    {
      g_autoptr (ConfsyncJson) from = parse (differences[i].from);
      g_autoptr (ConfsyncJson) to = parse (differences[i].to);
      gboolean differs;
      Page page;

      page_open (&page, CONFSYNC_COLOR_NEVER);
      differs = confsync_diff_print (page.output, from, to);
      g_assert_cmpint (differs, ==, *differences[i].text != '\0');
      assert_page (&page, differences[i].text);
    }
}

static void
test_difference_colour (void)
{
  g_autoptr (ConfsyncJson) from = parse ("{\"a\": 1}");
  g_autoptr (ConfsyncJson) to = parse ("{\"b\": 2}");
  Page page;

  page_open (&page, CONFSYNC_COLOR_ALWAYS);
  g_assert_true (confsync_diff_print (page.output, from, to));
  assert_page (&page, "\033[31m- /a\033[0m  1\n\033[32m+ /b\033[0m  2\n");
}

static void
test_long_values (void)
{
  g_autoptr (GString) text = g_string_new ("\"");
  g_autoptr (ConfsyncJson) json = NULL;
  g_autofree char *shown = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "€");
  g_string_append_c (text, '"');
  json = parse (text->str);
  shown = confsync_diff_value_text (json);
  g_assert_true (g_utf8_validate (shown, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (shown, -1), ==, 60);
  g_assert_true (g_str_has_prefix (shown, "\"€€") && g_str_has_suffix (shown, "€…"));
}

/* Returns: (transfer full): what a terminal gets */
static char *
read_terminal (int master, gsize length)
{
  char *text = g_malloc0 (length + 1);

  for (gsize got = 0; got < length;)
    {
      gssize n = read (master, text + got, length - got);

      g_assert_cmpint (n, >, 0);
      got += (gsize) n;
    }
  return text;
}

static void
test_terminal (void)
{
  static const char json[] = "{\"a\":\r \"\xc2\x9b" "2J\"}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));
  const char *expected = "a\\x1b[2J\r\n{\"a\": \"\\u009b2J\"}\r\n";
  g_autoptr (ConfsyncOutput) output = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *got = NULL;
  int master, slave;
  FILE *file;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  file = fdopen (slave, "w");
  output = confsync_output_new (file, CONFSYNC_COLOR_NEVER);
  confsync_output_text (output, "a\033[2J");
  confsync_output_json_text (output, bytes);
  g_assert_true (confsync_output_finish (output, &error));
  got = read_terminal (master, strlen (expected));
  g_assert_cmpstr (got, ==, expected);
  fclose (file);
  close (master);
}

static void
test_json_escapes (void)
{
  static const char json[] = "{\r\n\t\"a\": \"\xc2\x9b" "2J \xf3\xa0\x81\x81 ü\x7f\"\r}";
  g_autofree char *safe = confsync_units_escape_json (json, strlen (json));
  g_autoptr (ConfsyncJson) before = parse (json), after = parse (safe);

  g_assert_cmpstr (safe, ==, "{\n\t\"a\": \"\\u009b2J \\udb40\\udc41 ü\\u007f\"}");
  g_assert_true (confsync_json_equal (before, after));
}

static void
test_reader_gone (void)
{
  g_autoptr (ConfsyncOutput) output = NULL;
  g_autoptr (GError) error = NULL;
  int ends[2];
  FILE *file;

  signal (SIGPIPE, SIG_IGN);
  g_assert_cmpint (pipe (ends), ==, 0);
  file = fdopen (ends[1], "w");
  output = confsync_output_new (file, CONFSYNC_COLOR_NEVER);
  g_assert_false (confsync_output_is_gone (output));
  close (ends[0]);
  confsync_output_print (output, "x\n");
  g_assert_true (confsync_output_is_gone (output));
  g_assert_true (confsync_output_finish (output, &error));
  g_assert_no_error (error);
  fclose (file);
}

static void
test_disk_full (void)
{
  g_autoptr (ConfsyncOutput) output = NULL;
  g_autoptr (GError) error = NULL;
  FILE *file = fopen ("/dev/full", "w");

  g_assert_nonnull (file);
  output = confsync_output_new (file, CONFSYNC_COLOR_NEVER);
  confsync_output_print (output, "x\n");
  g_assert_false (confsync_output_finish (output, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  fclose (file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/client-output/columns", test_columns);
  g_test_add_func ("/client-output/table-colour", test_table_colour);
  g_test_add_func ("/client-output/differences", test_differences);
  g_test_add_func ("/client-output/difference-colour", test_difference_colour);
  g_test_add_func ("/client-output/long-values", test_long_values);
  g_test_add_func ("/client-output/terminal", test_terminal);
  g_test_add_func ("/client-output/json-escapes", test_json_escapes);
  g_test_add_func ("/client-output/reader-gone", test_reader_gone);
  g_test_add_func ("/client-output/disk-full", test_disk_full);

  return g_test_run ();
}

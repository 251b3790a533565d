/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Times reading a configuration and hashing its canonical form, beside json-glib (parse, generate,
 * GChecksum) and Python (loads, dumps with sorted keys, md5), and measures the memory at its peak.
 * Without arguments but the Python script's path it makes the texts and runs itself as child
 * processes, so that each figure comes from a fresh process. Goals are judged in the output; the
 * exit status only says whether everything ran.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "confsync-json.h"

#define RUNS 7
#define COLLIDING_NAMES 32768

#define GOAL_OVER_JSON_GLIB 4.0
#define GOAL_OVER_PYTHON 2.5
#define GOAL_MEMORY 4.0
#define GOAL_COLLIDING 2.0

typedef double (*TimeFunc) (GBytes *text);

static const char *const words[] = {
  "alpha", "beta", "kitchen", "living_room", "office", "sensor", "threshold", "interval", "retry",
  "timeout", "level", "enabled", "mode", "zone", "camera", "prompt", "rule", "message", "state",
};

static const char *
word (GRand *rand)
{
  return words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];
}

static void
append_scalar (GString *text, GRand *rand)
{
  double choice = g_rand_double (rand);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (choice < 0.45)
    g_string_append_printf (text, "\"%s %s%s %s\"", word (rand), word (rand),
                            choice < 0.02 ? " \\\"quoted\\\"\\n" : choice < 0.05 ? " größe ✓" : "",
                            word (rand));
  else if (choice < 0.70)
    g_string_append_printf (text, "%d", g_rand_int_range (rand, -1000, 100000));
  else if (choice < 0.85)
    g_string_append (text, g_ascii_formatd (number, sizeof number, "%.2f",
                                            g_rand_double_range (rand, -50, 200)));
  else if (choice < 0.88)
    g_string_append (text, g_ascii_formatd (number, sizeof number, "%.17g",
                                            g_rand_double_range (rand, 0.001, 1000)));
  else
    g_string_append (text, choice < 0.92 ? "true" : choice < 0.97 ? "false" : "null");
}

static void
append_line (GString *text, gboolean pretty, guint depth)
{
  if (!pretty)
    return;
  g_string_append_c (text, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "  ");
}

static void append_object (GString *text, GRand *rand, gboolean pretty, guint depth);

static void
append_member_value (GString *text, GRand *rand, gboolean pretty, guint depth)
{
  double choice = g_rand_double (rand);
  guint n = (guint) g_rand_int_range (rand, 1, 8);

  if (depth < 5 && choice < 0.2)
    append_object (text, rand, pretty, depth + 1);
  else if (depth < 5 && choice < 0.3)
    {
      g_string_append_c (text, '[');
      for (guint i = 0; i < n; i++)
        {
          g_string_append (text, i > 0 ? "," : "");
          append_line (text, pretty, depth + 1);
          append_scalar (text, rand);
        }
      append_line (text, pretty, depth);
      g_string_append_c (text, ']');
    }
  else
    append_scalar (text, rand);
}

static void
append_object (GString *text, GRand *rand, gboolean pretty, guint depth)
{
  guint n = (guint) g_rand_int_range (rand, 3, 12);

  g_string_append_c (text, '{');
  for (guint i = 0; i < n; i++)
    {
      g_string_append (text, i > 0 ? "," : "");
      append_line (text, pretty, depth);
      g_string_append_printf (text, "\"%s_%s_%u\":%s", word (rand), word (rand), i,
                              pretty ? " " : "");
      append_member_value (text, rand, pretty, depth);
    }
  append_line (text, pretty, depth - 1);
  g_string_append_c (text, '}');
}

static GString *
make_config (gsize size, gboolean pretty)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  GString *text = g_string_new ("{");

  for (guint i = 0; text->len < size; i++)
    {
      g_string_append (text, i > 0 ? "," : "");
      append_line (text, pretty, 1);
      g_string_append_printf (text, "\"section_%u\":%s", i, pretty ? " " : "");
      append_object (text, rand, pretty, 2);
    }
  append_line (text, pretty, 0);
  g_string_append_c (text, '}');
  return text;
}

/* "Cb" and "DA" have the same value under g_str_hash(), and so have all strings made of them */
static GString *
make_names (gboolean colliding)
{
  GString *text = g_string_new ("{");
  const char *const pairs[] = { colliding ? "Cb" : "CX", colliding ? "DA" : "Db" };

  for (guint i = 0; i < COLLIDING_NAMES; i++)
    {
      guint bits = i * 7919u % COLLIDING_NAMES;

      g_string_append (text, i > 0 ? ",\"" : "\"");
      for (guint bit = 0; bit < 15; bit++)
        g_string_append (text, pairs[bits >> bit & 1]);
      g_string_append (text, "\":0");
    }
  g_string_append_c (text, '}');
  return text;
}

static double
time_ours (GBytes *text)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, NULL, &error);
  g_autofree char *hash = NULL;

  if (json == NULL)
    g_error ("%s", error->message);
  hash = confsync_json_hash (json);
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static double
time_json_glib (GBytes *text)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *data = NULL, *hash = NULL;
  gsize length;

  if (!json_parser_load_from_data (parser, g_bytes_get_data (text, NULL),
                                   (gssize) g_bytes_get_size (text), NULL))
    g_error ("json-glib refuses the text");
  json_generator_set_root (generator, json_parser_get_root (parser));
  data = json_generator_to_data (generator, &length);
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, length);
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static int
compare_doubles_cb (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (TimeFunc func, GBytes *text)
{
  double seconds[RUNS];

  for (guint i = 0; i < RUNS; i++)
    seconds[i] = func (text);
  qsort (seconds, RUNS, sizeof *seconds, compare_doubles_cb);
  return seconds[RUNS / 2];
}

/* kilobytes: VmHWM, the peak of resident memory */
static long
read_status (const char *field)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    g_error ("can't read /proc/self/status");
  line = strstr (status, field);
  return line != NULL ? strtol (line + strlen (field), NULL, 10) : 0;
}

/* A process of its own prints one figure: seconds, or bytes of memory at the peak over what there
 * was before the text came. */
static int
run_child (const char *what, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = NULL;
  long before = read_status ("VmHWM:");
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    g_error ("%s", error->message);
  text = g_bytes_new_take (data, size);
  if (g_str_equal (what, "ours"))
    printf ("%.9f\n", median (time_ours, text));
  else if (g_str_equal (what, "json-glib"))
    printf ("%.9f\n", median (time_json_glib, text));
  else
    {
      if (g_str_equal (what, "memory"))
        time_ours (text);
      else
        time_json_glib (text);
      printf ("%ld\n", (read_status ("VmHWM:") - before) * 1024);
    }
  return 0;
}

static double
figure_of (const char *const *argv)
{
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL,
                     &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", argv[0], error->message);
  return g_ascii_strtod (out, NULL);
}

static double
child_figure (const char *self, const char *what, const char *path)
{
  const char *const argv[] = { self, "--child", what, path, NULL };

  return figure_of (argv);
}

static double
python_figure (const char *script, const char *path)
{
  const char *const argv[] = { "/usr/bin/python3", script, path, G_STRINGIFY (RUNS), NULL };

  return figure_of (argv);
}

static const char *
verdict (gboolean passed)
{
  return passed ? "PASS" : "FAIL";
}

static char *
write_text (const char *directory, GString *text)
{
  char *path = g_build_filename (directory, "text.json", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, text->str, (gssize) text->len, &error))
    g_error ("%s", error->message);
  return path;
}

static void
compare (const char *self, const char *script, const char *directory, gsize size, gboolean pretty)
{
  GString *text = make_config (size, pretty);
  g_autofree char *path = write_text (directory, text);
  double megabytes = (double) text->len / 1e6;
  double ours = child_figure (self, "ours", path);
  double glib = child_figure (self, "json-glib", path);
  double python = python_figure (script, path);
  double memory = child_figure (self, "memory", path) / (double) text->len;
  double glib_memory = child_figure (self, "memory-json-glib", path) / (double) text->len;

  g_print ("%5.1f MB %-8s  %7.1f %10.1f %8.1f   %5.2f %s   %5.2f %s   %5.2f %s  (%.1f)\n",
           megabytes, pretty ? "pretty" : "minified", megabytes / ours, megabytes / glib,
           megabytes / python, glib / ours, verdict (glib / ours >= GOAL_OVER_JSON_GLIB),
           python / ours, verdict (python / ours >= GOAL_OVER_PYTHON), memory,
           verdict (memory <= GOAL_MEMORY), glib_memory);
  g_string_free (text, TRUE);
}

static void
compare_names (const char *self, const char *directory)
{
  double seconds[2];

  for (int colliding = 0; colliding <= 1; colliding++)
    {
      GString *text = make_names (colliding);
      g_autofree char *path = write_text (directory, text);

      seconds[colliding] = child_figure (self, "ours", path);
      g_string_free (text, TRUE);
    }
  g_print ("%d names: %.2f ms as they come, %.2f ms colliding under g_str_hash: %s\n",
           COLLIDING_NAMES, seconds[0] * 1e3, seconds[1] * 1e3,
           verdict (seconds[1] <= seconds[0] * GOAL_COLLIDING));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = NULL, *path = NULL;

  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2], argv[3]);
  if (argc != 2)
    {
      g_printerr ("usage: %s PATH-OF-bench-json.py\n", argv[0]);
      return 2;
    }
  directory = g_dir_make_tmp ("confsync-bench-XXXXXX", &error);
  if (directory == NULL)
    g_error ("%s", error->message);
  g_print ("read, canonical form, hash; MB/s, medians of %d\n", RUNS);
  g_print ("                      ours  json-glib   Python   over json-glib  over Python  "
           "memory per byte (json-glib)\n");
  for (int i = 0; i < 4; i++)
    compare (argv[0], argv[1], directory, i < 2 ? 1000000 : 10000000, i % 2 == 0);
  compare_names (argv[0], directory);
  path = g_build_filename (directory, "text.json", NULL);
  g_unlink (path);
  g_rmdir (directory);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Runs a fuzz target without a fuzzer: every file of its corpus as it is, and as many changed
 * copies of each as asked for, always the same ones. What an input ends the program with is left
 * in `crash-TARGET` in the current directory.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_INPUT_BYTES (256 * 1024)

static GByteArray *current; /* the input under way */
static char crash_name[64];
static GPtrArray *corpus; /* (element-type GBytes) */
static int n_changed = 200;

static void
crash_cb (int signum)
{
  int fd = open (crash_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  /* nothing but system calls here */
  if (fd >= 0 && write (fd, current->data, current->len) >= 0)
    close (fd);
  signal (signum, SIG_DFL);
  raise (signum);
}

static void
run_current (void)
{
  /* a copy of exactly that size, so that a sanitizer sees one byte too far */
  g_autofree guint8 *input = g_malloc (MAX (current->len, 1));

  if (current->len > 0)
    memcpy (input, current->data, current->len);
  g_assert_cmpint (LLVMFuzzerTestOneInput (input, current->len), ==, 0);
}

static void
set_current (GBytes *bytes)
{
  g_byte_array_set_size (current, 0);
  g_byte_array_append (current, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
}

/* A piece of any file of the corpus, or of what JSON is made of. */
static void
insert_piece (GRand *rand, guint at)
{
  static const char *const tokens[] = {
    "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "9223372036854775807", "1e308",
    "\\u0000", "\\ud800", "\xff", "\n", "~1", "/", "", "{\"\":[]}", "0.5", "\"a\"",
  };
  GBytes *other = corpus->pdata[g_rand_int_range (rand, 0, (int) corpus->len)];
  const gsize size = g_bytes_get_size (other);
  const char *token = tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))];
  const char *piece = token;
  guint length = (guint) strlen (token);
  guint8 *tail;
  guint n_tail = current->len - at;

  if (size > 0 && g_rand_boolean (rand))
    {
      const guint start = (guint) g_rand_int_range (rand, 0, (int) size);

      piece = (const char *) g_bytes_get_data (other, NULL) + start;
      length = (guint) g_rand_int_range (rand, 0, (int) MIN (size - start, 200) + 1);
    }
  tail = g_memdup2 (current->data + at, n_tail);
  g_byte_array_set_size (current, at);
  g_byte_array_append (current, (const guint8 *) piece, length);
  g_byte_array_append (current, tail, n_tail);
  g_free (tail);
}

static void
change_once (GRand *rand)
{
  const guint at = (guint) g_rand_int_range (rand, 0, (int) current->len + 1);
  const guint n = (guint) g_rand_int_range (rand, 1, 20);

  switch (g_rand_int_range (rand, 0, 5))
    {
    case 0:
      if (at < current->len)
        current->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      break;
    case 1:
      if (at < current->len)
        current->data[at] = (guint8) g_rand_int_range (rand, 0, 256);
      break;
    case 2:
      g_byte_array_remove_range (current, at, MIN (n, current->len - at));
      break;
    case 3:
      if (g_rand_int_range (rand, 0, 8) == 0)
        g_byte_array_set_size (current, at);
      break;
    default:
      insert_piece (rand, at);
      break;
    }
}

static void
test_file (gconstpointer data)
{
  GBytes *bytes = (GBytes *) data;
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_bytes_hash (bytes));

  set_current (bytes);
  run_current ();
  for (int i = 0; i < n_changed; i++)
    {
      set_current (bytes);
      for (int n = g_rand_int_range (rand, 1, 5); n > 0 && current->len < MAX_INPUT_BYTES; n--)
        change_once (rand);
      run_current ();
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_corpus (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, names->pdata[i], NULL);
      g_autofree char *test = g_strconcat ("/corpus/", names->pdata[i], NULL);
      char *text;
      gsize length;

      g_file_get_contents (file, &text, &length, &error);
      g_assert_no_error (error);
      g_ptr_array_add (corpus, g_bytes_new_take (text, length));
      g_test_add_data_func (test, corpus->pdata[i], test_file);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *name = g_path_get_basename (argv[0]);
  int code;

  g_test_init (&argc, &argv, NULL);
  if (argc < 2)
    {
      g_printerr ("Usage: %s CORPUS [CHANGED]\n"
                  "Runs every file of a folder, and CHANGED changed copies of each (%d).\n",
                  argv[0], n_changed);
      return 2;
    }
  if (argc > 2)
    n_changed = (int) g_ascii_strtoll (argv[2], NULL, 10);

  current = g_byte_array_new ();
  corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_snprintf (crash_name, sizeof crash_name, "crash-%s", name);
  signal (SIGABRT, crash_cb);
  signal (SIGSEGV, crash_cb);
  signal (SIGTRAP, crash_cb);

  add_corpus (argv[1]);
  code = g_test_run ();
  g_ptr_array_unref (corpus);
  g_byte_array_unref (current);
  return code;
}

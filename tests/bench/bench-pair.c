/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the benchmarks of two processes share.
 */

#include "config.h"

#include "bench-pair.h"
#include "test-certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define TEMP_NAME ".editor-temp"

static int
check (int result, const char *what)
{
  if (result >= 0)
    return result;
  g_printerr ("bench: %s: %s\n", what, g_strerror (errno));
  exit (1);
}

static void
check_error (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("bench: %s\n", error->message);
  exit (1);
}

const char *
bench_file_system (const char *path)
{
  static const struct
  {
    unsigned long magic;
    const char *name;
  } systems[] = {
    { 0xef53, "ext4" },    { 0x58465342, "xfs" },       { 0x9123683e, "btrfs" },
    { 0x01021994, "tmpfs" }, { 0x794c7630, "overlayfs" },
  };
  struct statfs info;

  check (statfs (path, &info), path);
  for (guint i = 0; i < G_N_ELEMENTS (systems); i++)
    if (systems[i].magic == (unsigned long) info.f_type)
      return systems[i].name;
  return "another file system";
}

char *
bench_make_work (const char *parent)
{
  char *path = g_build_filename (parent != NULL ? parent : ".", "bench-XXXXXX", NULL);

  if (g_mkdtemp (path) == NULL)
    check (-1, path);
  return path;
}

static int
remove_cb (const char *path, const struct stat *info, int type, struct FTW *level)
{
  return check (remove (path), path);
}

void
bench_remove_work (const char *path)
{
  check (nftw (path, remove_cb, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), path);
}

static char *
make_directory (const char *parent, const char *name)
{
  char *path = g_build_filename (parent, name, NULL);

  check (g_mkdir (path, 0700), path);
  return path;
}

BenchEnd *
bench_end_start (char *directory, const char *const *argv)
{
  BenchEnd *end = g_new0 (BenchEnd, 1);
  GError *error = NULL;

  end->directory = directory;
  end->path = g_build_filename (directory, BENCH_NAME, NULL);
  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &end->pid, &end->input, &end->output, NULL, &error);
  check_error (error);
  return end;
}

void
bench_end_stop (BenchEnd *end)
{
  close (end->input);
  if (!end->ends_with_input)
    kill (end->pid, SIGTERM);
  waitpid (end->pid, NULL, 0);
  close (end->output);
  g_free (end->directory);
  g_free (end->path);
  g_free (end);
}

static void
wait_readable (int fd, gint64 deadline_us, const char *what)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  gint64 left_us = deadline_us - g_get_monotonic_time ();

  if (left_us > 0 && poll (&poll_fd, 1, left_us / 1000 + 1) > 0)
    return;
  g_printerr ("bench: waited in vain for %s\n", what);
  exit (1);
}

static char *
read_line (BenchEnd *end, gint64 deadline_us)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c;

  for (;;)
    {
      wait_readable (end->output, deadline_us, end->path);
      if (check (read (end->output, &c, 1), "read a line") == 0)
        {
          g_printerr ("bench: the process of %s has ended\n", end->path);
          exit (1);
        }
      if (c == '\n')
        return g_strdup (line->str);
      g_string_append_c (line, c);
    }
}

char *
bench_end_read (BenchEnd *end, const char *word)
{
  gint64 deadline_us = g_get_monotonic_time () + BENCH_DEADLINE_MS * 1000;

  for (;;)
    {
      g_autofree char *line = read_line (end, deadline_us);

      if (g_str_has_prefix (line, word) && line[strlen (word)] == ' ')
        return g_strdup (line + strlen (word) + 1);
    }
}

guint64
bench_end_get_polls (BenchEnd *end)
{
  g_autofree char *text = NULL;

  check (write (end->input, "?\n", 2), "ask for the count");
  text = bench_end_read (end, "polls");
  return g_ascii_strtoull (text, NULL, 10);
}

/* A number of a file in /proc; 0 where a thread is gone. */
static guint64
read_field (const char *path, const char *field)
{
  g_autofree char *text = NULL;
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  at = strstr (text, field);
  return at != NULL ? g_ascii_strtoull (at + strlen (field) + 1, NULL, 10) : 0;
}

guint64
bench_end_get_switches (BenchEnd *end)
{
  g_autofree char *tasks = g_strdup_printf ("/proc/%d/task", end->pid);
  GError *error = NULL;
  g_autoptr (GDir) dir = g_dir_open (tasks, 0, &error);
  guint64 sum = 0;
  const char *name;

  check_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (tasks, name, "status", NULL);

      sum += read_field (path, "\nvoluntary_ctxt_switches:");
    }
  return sum;
}

guint64
bench_end_get_memory (BenchEnd *end, const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", end->pid);
  g_autofree char *key = g_strdup_printf ("\n%s:", field);

  return read_field (path, key) * 1024;
}

void
bench_end_reset_peak (BenchEnd *end)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/clear_refs", end->pid);
  int fd = check (open (path, O_WRONLY | O_CLOEXEC), path);

  check (write (fd, "5", 1), path);
  close (fd);
}

/* Where the listening one of a pair does so, @name in its own directory or a free port. */
static char *
make_address (const char *parent, BenchRoad road, const char *name)
{
  g_autofree char *absolute = g_canonicalize_filename (parent, NULL);

  if (road == BENCH_OVER_UNIX)
    return g_strdup_printf ("unix:%s/%s.socket", absolute, name);
  return g_strdup (road == BENCH_OVER_TLS ? "wss://127.0.0.1:0" : "ws://127.0.0.1:0");
}

void
bench_start_nodes (const char *program, const char *parent, BenchRoad road, BenchEnd *ends[2])
{
  static const char *const names[] = { "tcp", "unix", "tls" };
  g_autofree char *address = make_address (parent, road, "node");
  g_autofree char *identity = NULL;

  if (road == BENCH_OVER_TLS)
    {
      const TestCertificate good = { 0 };

      test_certificate_make (parent, "identity", &good);
      identity = g_build_filename (parent, "identity", NULL);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%s", names[road], i == 0 ? "a" : "b");
      char *directory = make_directory (parent, name);
      g_autofree char *file = g_build_filename (directory, BENCH_NAME, NULL);
      const char *argv[] = { program, file, i == 0 ? "listen" : "dial", address, identity, NULL };
      g_autofree char *started = NULL;

      ends[i] = bench_end_start (directory, argv);
      ends[i]->ends_with_input = TRUE;
      started = bench_end_read (ends[i], "started");
      if (i == 0)
        {
          g_free (address);
          address = g_steal_pointer (&started);
        }
    }
}

void
bench_start_reference (const char *program,
                       const char *parent,
                       gboolean over_unix,
                       BenchEnd *ends[2])
{
  g_autofree char *path = over_unix ? g_build_filename (parent, "reference.socket", NULL) : NULL;
  g_autofree char *place = NULL;

  for (guint i = 0; i < 2; i++)
    {
      char *directory = make_directory (parent, i == 0 ? "reference-a" : "reference-b");
      const char *argv[] = { program, directory, i == 0 ? "listen" : "dial",
                             i == 0 ? path : place, NULL };

      ends[i] = bench_end_start (directory, argv);
      if (i == 0)
        place = bench_end_read (ends[i], "started");
    }
}

char *
bench_make_document (gsize size, guint serial)
{
  GString *text = g_string_sized_new (size + 128);

  g_string_append_printf (text, "{\n  \"serial\": \"serial-%08u\",\n  \"zones\": [", serial);
  for (guint i = 0; text->len < size; i++)
    g_string_append_printf (text,
                            "%s\n    {\n      \"id\": %u,\n      \"name\": \"zone %u\",\n      "
                            "\"threshold\": %u.5,\n      \"enabled\": %s\n    }",
                            i > 0 ? "," : "", i, i, i % 100, i % 3 != 0 ? "true" : "false");
  g_string_append (text, "\n  ]\n}\n");
  return g_string_free (text, FALSE);
}

/* Gives the moment when rename has returned. */
static gint64
replace_file (BenchEnd *end, const char *text)
{
  g_autofree char *temp = g_build_filename (end->directory, TEMP_NAME, NULL);
  gsize length = strlen (text);
  int fd = check (open (temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), temp);

  for (gsize done = 0; done < length;)
    done += check (write (fd, text + done, length - done), temp);
  check (fsync (fd), temp);
  close (fd);
  check (rename (temp, end->path), end->path);
  return g_get_monotonic_time ();
}

/* Whether the whole file with that serial is there; it is read to its end. */
static gboolean
read_serial (const char *path, guint serial)
{
  g_autofree char *text = NULL;
  g_autofree char *mark = g_strdup_printf ("serial-%08u", serial);
  gsize length;

  return g_file_get_contents (path, &text, &length, NULL) && g_str_has_suffix (text, "}\n") &&
         g_strstr_len (text, MIN (length, 256), mark) != NULL;
}

gint64
bench_edit (BenchEnd *from, BenchEnd *to, const char *text, guint serial)
{
  char events[4096];
  int watch = check (inotify_init1 (IN_CLOEXEC), "inotify");
  gint64 deadline_us = g_get_monotonic_time () + BENCH_DEADLINE_MS * 1000;
  gint64 start_us, end_us;

  check (inotify_add_watch (watch, to->directory, IN_MOVED_TO | IN_CLOSE_WRITE), to->directory);
  start_us = replace_file (from, text);
  do
    {
      wait_readable (watch, deadline_us, to->path);
      check (read (watch, events, sizeof events), "read events");
    }
  while (!read_serial (to->path, serial));
  end_us = g_get_monotonic_time ();
  close (watch);
  return end_us - start_us;
}

static int
compare_values (gconstpointer a, gconstpointer b)
{
  const double *value_a = a, *value_b = b;

  return (*value_a > *value_b) - (*value_a < *value_b);
}

void
bench_sort (GArray *values)
{
  g_array_sort (values, compare_values);
}

double
bench_quantile (GArray *sorted, double q)
{
  return g_array_index (sorted, double, (guint) ((sorted->len - 1) * q + 0.5));
}

void
bench_judge (const char *what, double value, double goal, const char *unit)
{
  g_print ("%-44s %9.2f %s  goal at most %g: %s\n", what, value, unit, goal,
           value <= goal ? "PASS" : "FAIL");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The command after a change: what it's told, one at a time, the newest wins, and its end.
 */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-on-change.h"
#include "test-util.h"

typedef struct {
  char *dir;
  char *log; /* what commands append to */
  char *go;  /* a FIFO that a command waits for */
  GPtrArray *failures;
  gboolean stopped;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->log = g_build_filename (fixture->dir, "log", NULL);
  fixture->go = g_build_filename (fixture->dir, "go", NULL);
  fixture->failures = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->log);
  g_free (fixture->go);
  g_ptr_array_unref (fixture->failures);
}

static void
failed_cb (ConfsyncOnChange *on_change, const char *reason, Fixture *fixture)
{
  g_ptr_array_add (fixture->failures, g_strdup (reason));
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->stopped = confsync_on_change_stop_finish (CONFSYNC_ON_CHANGE (source), result);
}

static ConfsyncOnChange *
make (Fixture *fixture, const char *command)
{
  ConfsyncOnChange *on_change = confsync_on_change_new (command, "/etc/a.json");

  g_signal_connect (on_change, "failed", G_CALLBACK (failed_cb), fixture);
  return on_change;
}

/* @script: knows the fixture's files as $LOG and $GO */
static ConfsyncOnChange *
make_script (Fixture *fixture, const char *script)
{
  g_autofree char *command =
      g_strdup_printf ("export LOG='%s' GO='%s'; %s", fixture->log, fixture->go, script);

  return make (fixture, command);
}

static gboolean
is_stopped (gpointer data)
{
  return ((Fixture *) data)->stopped;
}

static gboolean
has_failed (gpointer data)
{
  return ((Fixture *) data)->failures->len > 0;
}

static char *
read_log (Fixture *fixture)
{
  char *text = NULL;

  return g_file_get_contents (fixture->log, &text, NULL, NULL) ? text : g_strdup ("");
}

static gboolean
log_ended (gpointer data)
{
  g_autofree char *text = read_log (data);

  return strstr (text, "last") != NULL && g_str_has_suffix (text, "\n");
}

static gboolean
log_begun (gpointer data)
{
  g_autofree char *text = read_log (data);

  return g_str_has_suffix (text, "\n");
}

/* Stops it, and holds that nobody keeps it alive. */
static void
finish (Fixture *fixture, ConfsyncOnChange *on_change)
{
  confsync_on_change_stop_async (on_change, stopped_cb, fixture);
  g_assert_true (test_wait_until (is_stopped, fixture, TEST_DEADLINE_MS));
  g_assert_finalize_object (on_change);
}

static void
test_environment (Fixture *fixture, gconstpointer data)
{
  ConfsyncOnChange *on_change =
      make_script (fixture, "echo $CONFSYNC_DOCUMENT $CONFSYNC_HASH $CONFSYNC_AUTHOR last >>$LOG");
  g_autofree char *text = NULL;

  confsync_on_change_notify (on_change, "abc", "hall");
  g_assert_true (test_wait_until (log_ended, fixture, TEST_DEADLINE_MS));
  text = read_log (fixture);
  g_assert_cmpstr (text, ==, "/etc/a.json abc hall last\n");
  finish (fixture, on_change);
  g_assert_cmpuint (fixture->failures->len, ==, 0);
}

static void
test_newest_wins (Fixture *fixture, gconstpointer data)
{
  ConfsyncOnChange *on_change = make_script (fixture, "echo $CONFSYNC_HASH >>$LOG; read x <$GO");
  g_autofree char *text = NULL;
  int go;

  g_test_summary ("Of the changes that come while a command runs, only the last is told");
  g_assert_no_errno (mkfifo (fixture->go, 0600));
  go = open (fixture->go, O_RDWR | O_CLOEXEC);
  g_assert_no_errno (go);
  confsync_on_change_notify (on_change, "first", "a");
  g_assert_true (test_wait_until (log_begun, fixture, TEST_DEADLINE_MS));
  confsync_on_change_notify (on_change, "second", "b");
  confsync_on_change_notify (on_change, "third", "c");
  confsync_on_change_notify (on_change, "last", "d");
  g_assert_cmpint (write (go, "\n", 1), ==, 1);
  g_assert_true (test_wait_until (log_ended, fixture, TEST_DEADLINE_MS));
  text = read_log (fixture);
  g_assert_cmpstr (text, ==, "first\nlast\n");
  g_assert_no_errno (close (go));
  finish (fixture, on_change);
}

static void
test_failures (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *command, *reason;
  } cases[] = {
    { "exit 3", "“exit 3” ended with exit status 3" },
    { "kill -9 $$", "“kill -9 $$” was ended by signal 9" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ConfsyncOnChange *on_change = make (fixture, cases[i].command);

      confsync_on_change_notify (on_change, "abc", "hall");
      g_assert_true (test_wait_until (has_failed, fixture, TEST_DEADLINE_MS));
      g_assert_cmpuint (fixture->failures->len, ==, 1);
      g_assert_cmpstr (fixture->failures->pdata[0], ==, cases[i].reason);
      g_ptr_array_set_size (fixture->failures, 0);
      fixture->stopped = FALSE;
      finish (fixture, on_change);
    }
}

static gboolean
nobody_writes (gpointer data)
{
  const int *reader = data;
  char c;

  return read (*reader, &c, 1) == 0;
}

/* The shell's child ends with it, though only the shell was started by us: both hold the FIFO. */
static void
test_stop (Fixture *fixture, gconstpointer data)
{
  ConfsyncOnChange *on_change = make_script (
      fixture, "exec 3>$GO; trap 'echo asked >>$LOG' TERM; "
               "/bin/sh -c 'echo there >>$LOG; exec sleep 60' & wait");
  g_autofree char *text = NULL;
  int reader;

  g_assert_no_errno (mkfifo (fixture->go, 0600));
  reader = open (fixture->go, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_no_errno (reader);
  confsync_on_change_notify (on_change, "abc", "hall");
  g_assert_true (test_wait_until (log_begun, fixture, TEST_DEADLINE_MS));
  g_assert_false (nobody_writes (&reader));
  confsync_on_change_notify (on_change, "never", "hall");
  finish (fixture, on_change);

  g_assert_true (test_wait_until (nobody_writes, &reader, TEST_DEADLINE_MS));
  text = read_log (fixture);
  g_assert_cmpstr (text, ==, "there\nasked\n");
  g_assert_cmpuint (fixture->failures->len, ==, 0);
  g_assert_no_errno (close (reader));
}

static void
test_stubborn (Fixture *fixture, gconstpointer data)
{
  ConfsyncOnChange *on_change =
      make_script (fixture, "trap '' TERM; echo there >>$LOG; while :; do sleep 60; done");

  g_test_summary ("A command that won't end is ended after two seconds");
  confsync_on_change_notify (on_change, "abc", "hall");
  g_assert_true (test_wait_until (log_begun, fixture, TEST_DEADLINE_MS));
  finish (fixture, on_change);
}

#define ADD(path, function) \
  g_test_add ("/on-change/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("environment", test_environment);
  ADD ("newest-wins", test_newest_wins);
  ADD ("failures", test_failures);
  ADD ("stop", test_stop);
  ADD ("stubborn", test_stubborn);

  return g_test_run ();
}

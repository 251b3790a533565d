/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Logs of a program: each case runs in a process of its own, whose standard error is read. It is
 * ended by GLib at the first warning of a program's fault, so what is a mere event must be none.
 */

#include <confsync.h>
#include <gio/gio.h>
#include <string.h>

#include "test-util.h"

#define OWN_DOMAIN "some-program"

/* What a case does in its process: sets up, then lets a manager see a valid and an invalid file. */
typedef struct
{
  const char *level; /* (nullable): the argument */
  const char *variable, *value; /* (nullable) */
  const char *second; /* (nullable): a level that is set later */
  gboolean set_up;
} Case;

static gboolean
is_seen (gpointer seen)
{
  return *(gboolean *) seen;
}

static void
event_cb (ConfsyncManager *manager,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          gboolean *seen)
{
  *seen = *seen || g_str_equal (kind, CONFSYNC_EVENT_INVALID);
}

static void
changed_cb (ConfsyncManager *manager,
            ConfsyncDocument *document,
            const char *author,
            gboolean local,
            gboolean *seen)
{
  *seen = TRUE;
}

/* A real file, found, and then broken. */
static void
run_manager (void)
{
  g_autofree char *dir = test_temp_dir ();
  g_autofree char *path = g_build_filename (dir, "a.json", NULL);
  g_autoptr (ConfsyncManager) manager = confsync_manager_new (path, NULL);
  gboolean changed = FALSE, invalid = FALSE;

  test_write_file (path, "{\"secret\": \"hunter2\"}");
  g_assert_true (confsync_node_add_listener (confsync_manager_get_node (manager), "loopback:log",
                                             NULL));
  g_signal_connect (manager, "changed", G_CALLBACK (changed_cb), &changed);
  g_signal_connect (manager, "event", G_CALLBACK (event_cb), &invalid);
  confsync_manager_start_async (manager, NULL, NULL, NULL);
  g_assert_true (test_wait_until (is_seen, &changed, TEST_DEADLINE_MS));
  test_replace_file (path, "{\"secret\": \"hunter2\"");
  g_assert_true (test_wait_until (is_seen, &invalid, TEST_DEADLINE_MS));
  g_signal_handlers_disconnect_by_data (manager, &changed);
  g_signal_handlers_disconnect_by_data (manager, &invalid);
  g_clear_object (&manager);
  test_remove_tree (dir);
}

static void
run_case (const Case *test)
{
  g_autofree char *config = test_temp_dir ();
  g_autoptr (GError) error = NULL;

  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  if (test->variable != NULL)
    g_setenv (test->variable, test->value, TRUE);
  if (test->set_up && !confsync_setup_logging (test->level, &error))
    g_printerr ("refused: %s\n", error->message);
  if (test->second != NULL)
    g_assert_true (confsync_setup_logging (test->second, NULL));

  run_manager ();
  g_log_structured (OWN_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE", "own %s", "words");
  test_remove_tree (config);
}

#define TIME_PATTERN "20*-*-* *:*:*.???"
#define LISTENING TIME_PATTERN " INFO    confsync: listening: *address=loopback:log*\n"
#define CHANGED TIME_PATTERN " INFO    confsync: changed: *initial=true*\n"
#define INVALID TIME_PATTERN " WARNING confsync: invalid: *line 1, column *\n"

static const struct
{
  const char *path;
  Case test;
  const char *const wanted[3];
  const char *const unwanted[4];
} cases[] = {
  { "silent", { .set_up = FALSE }, { NULL }, { "*changed:*", "*invalid:*" } },
  { "default", { .set_up = TRUE }, { "*" CHANGED "*" INVALID "*", "*" LISTENING "*" },
    { "*DEBUG*", "*hunter2*", "*refused*" } },
  { "argument", { .level = "Warning", .set_up = TRUE }, { "*" INVALID "*" },
    { "*changed:*", "*listening:*", "*hunter2*" } },
  { "error", { .level = "error", .set_up = TRUE }, { NULL }, { "*changed:*", "*invalid:*" } },
  { "variable", { .variable = "CONFSYNC_LOG_LEVEL", .value = "WARNING", .set_up = TRUE },
    { "*" INVALID "*" }, { "*changed:*" } },
  { "seed", { .variable = "AICLEANER_LOG_LEVEL", .value = "warning", .set_up = TRUE },
    { "*" INVALID "*" }, { "*changed:*" } },
  { "argument-wins",
    { .level = "INFO", .variable = "CONFSYNC_LOG_LEVEL", .value = "error", .set_up = TRUE },
    { "*" CHANGED "*" }, { NULL } },
  { "again", { .level = "error", .second = "info", .set_up = TRUE },
    { "*" CHANGED "*" INVALID "*" }, { NULL } },
  { "bad-argument", { .level = "loud", .set_up = TRUE },
    { "refused: level: *loud* is not debug|info|warning|error\n*" }, { "*changed:*" } },
  { "bad-variable", { .variable = "CONFSYNC_LOG_LEVEL", .value = "loud", .set_up = TRUE },
    { "refused: CONFSYNC_LOG_LEVEL: *loud* is not debug|info|warning|error\n*" },
    { "*changed:*" } },
  { "other-variables", { .variable = "CONFSYNC_SYNC_PORT", .value = "x", .set_up = TRUE },
    { "*" CHANGED "*" }, { "*refused*", "*SYNC_PORT*" } },
};

static void
test_case (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      run_case (&cases[i].test);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  for (gsize j = 0; cases[i].wanted[j] != NULL; j++)
    g_test_trap_assert_stderr (cases[i].wanted[j]);
  for (gsize j = 0; cases[i].unwanted[j] != NULL; j++)
    g_test_trap_assert_stderr_unmatched (cases[i].unwanted[j]);
}

/* What is no event keeps GLib's ways: other domains, and the end at a program's fault. */
static void
test_others (void)
{
  if (g_test_subprocess ())
    {
      g_assert_true (confsync_setup_logging ("debug", NULL));
      g_log_structured (OWN_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE", "own %s", "words");
      g_log_structured ("confsync-plugin", G_LOG_LEVEL_DEBUG, "MESSAGE", "a\nb%s", "\033[31m");
      g_log_structured ("confsyncd", G_LOG_LEVEL_MESSAGE, "MESSAGE", "no %s", "relation");
      g_assert_null (confsync_manager_new (NULL, NULL));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*" OWN_DOMAIN "-Message: *own words\n*");
  g_test_trap_assert_stderr ("*" TIME_PATTERN " DEBUG   confsync-plugin: a\\u000ab\\u001b[31m\n*");
  g_test_trap_assert_stderr ("*confsyncd-Message: *no relation*");
  g_test_trap_assert_stderr ("*confsync-CRITICAL*config_path*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/logging/", cases[i].path, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/logging/others", test_others);
  return g_test_run ();
}

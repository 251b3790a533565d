/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What tells one state of a file from another.
 */

#include "config.h"

#include "confsync-watch-state-private.h"
#include "test-util.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

static void
test_equal (void)
{
  g_autofree char *dir = test_temp_dir ();
  g_autofree char *path = g_build_filename (dir, "f", NULL);
  ConfsyncWatchState absent, one, same, longer, other;

  confsync_watch_state_take (&absent, path);
  g_assert_cmpint (absent.error, ==, ENOENT);
  test_write_file (path, "one");
  confsync_watch_state_take (&one, path);
  confsync_watch_state_take (&same, path);
  test_write_file (path, "longer");
  confsync_watch_state_take (&longer, path);
  test_replace_file (path, "longer");
  confsync_watch_state_take (&other, path);

  g_assert_cmpint (one.size, ==, 3);
  g_assert_true (confsync_watch_state_equal (&one, &same));
  g_assert_false (confsync_watch_state_equal (&absent, &one));
  g_assert_false (confsync_watch_state_equal (&one, &longer));
  g_assert_false (confsync_watch_state_equal (&longer, &other));
  test_remove_tree (dir);
}

static void
test_racy (void)
{
  ConfsyncWatchState state = { .ctime_ns = 10 * SECOND_NS, .taken_ns = 10 * SECOND_NS + 1 };

  g_assert_true (confsync_watch_state_is_racy (&state));
  state.taken_ns = 11 * SECOND_NS;
  g_assert_false (confsync_watch_state_is_racy (&state));
  /* the clock of a file server that is ahead must not make a file racy for ever */
  state.ctime_ns = 100 * SECOND_NS;
  g_assert_false (confsync_watch_state_is_racy (&state));
  state = (ConfsyncWatchState) { .error = ENOENT };
  g_assert_false (confsync_watch_state_is_racy (&state));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch-state/equal", test_equal);
  g_test_add_func ("/watch-state/racy", test_racy);
  return g_test_run ();
}

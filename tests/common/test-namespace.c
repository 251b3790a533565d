/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A mount namespace for a test.
 */

#include "config.h"

#include "test-namespace.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean
enter_namespace (void)
{
  return unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static gboolean
may_mount (void)
{
  int status;
  pid_t pid = fork ();

  g_assert_no_errno (pid);
  if (pid == 0)
    _exit (enter_namespace () ? 0 : 1);
  g_assert_no_errno (waitpid (pid, &status, 0));
  return status == 0;
}

gboolean
test_is_in_namespace (void)
{
  if (g_test_subprocess ())
    {
      g_assert_true (enter_namespace ());
      return TRUE;
    }
  if (may_mount ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
    }
  else
    g_test_skip ("mounting needs privileges");
  return FALSE;
}

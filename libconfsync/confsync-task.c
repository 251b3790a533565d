/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Failures of tasks. GTask's own function takes a format and its arguments, which other languages
 * can't call.
 */

#include "config.h"

#include "confsync-task.h"

#include "confsync-call-private.h"

/**
 * confsync_task_return_failure:
 * @task: the task that an implementation was given
 * @code: what kind of failure it is
 * @message: one line that says what, where, and what to do
 *
 * For implementations: ends a call with a failure of the domain %CONFSYNC_ERROR. One of another
 * domain, such as a %G_IO_ERROR, is given to `g_task_return_error()`. May be called from any
 * thread.
 *
 * Since: 1.0
 */
void
confsync_task_return_failure (GTask *task, ConfsyncError code, const char *message)
{
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (message != NULL);

  g_task_return_error (task, g_error_new_literal (CONFSYNC_ERROR, code, message));
}

/**
 * confsync_task_break_off:
 * @task: the task that an implementation was given
 * @error: why it broke off
 *
 * For bindings: ends a call whose implementation threw an exception, unless it had answered before.
 * What it answers afterwards is dropped. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_task_break_off (GTask *task, const GError *error)
{
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (error != NULL);

  confsync_call_break_off (task, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The wrapper around every vfunc that gets a task: an inner task for the implementation, an outer
 * one for the caller. An implementation that drops its task, forgets it, answers twice or answers
 * with the wrong kind of value can't leave the caller hanging.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_CALL_DEADLINE_MS 10000

typedef enum {
  CONFSYNC_CALL_BOOLEAN, /* ended by g_task_return_boolean () */
  CONFSYNC_CALL_ANSWER,  /* ended by confsync_call_return () */
} ConfsyncCallKind;

/* Gives the inner task, which the vfunc gets; the caller of this function drops its reference
 * after the vfunc returned. */
GTask *confsync_call_begin (gpointer source,
                            gpointer tag,
                            ConfsyncCallKind kind,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* Ends an inner task with a value: takes @answer. May be called in any thread. */
void confsync_call_return (GTask *inner, gpointer answer, GDestroyNotify destroy);

/* Ends a call whose implementation broke off, unless it had answered. A yes or no may have been on
 * its way: that one counts as broken off too. May be called in any thread. */
void confsync_call_break_off (GTask *inner, const GError *error);

/* For tests: how long an implementation may take, in milliseconds. */
void confsync_call_set_deadline (guint milliseconds);

G_END_DECLS

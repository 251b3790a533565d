/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What waits on a connection: calls that are not answered yet, and messages that the other end
 * doesn't read. It only counts; who owns the connection closes it.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncControlBacklog ConfsyncControlBacklog;

/* Counts from now on. @overflow is called in the thread-default context of this call, soon after
 * there is too much; @user_data must stay until confsync_control_backlog_stop (). */
ConfsyncControlBacklog *confsync_control_backlog_new (GDBusConnection *connection,
                                                      GSourceFunc overflow,
                                                      gpointer user_data);
void confsync_control_backlog_stop (ConfsyncControlBacklog *self);

/* The message that was sent last by this thread has about @bytes. */
void confsync_control_backlog_sent (ConfsyncControlBacklog *self, gsize bytes);

G_END_DECLS

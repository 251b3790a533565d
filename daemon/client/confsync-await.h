/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Waiting for an asynchronous call where a command has nothing else to do.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* the callback; @user_data is where the result goes, %NULL before */
void confsync_await_cb (GObject *source, GAsyncResult *result, gpointer user_data);

GAsyncResult *confsync_await (GAsyncResult **place);

G_END_DECLS

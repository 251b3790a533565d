/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Runs a person's command after a change was applied.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_ON_CHANGE (confsync_on_change_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncOnChange, confsync_on_change, CONFSYNC, ON_CHANGE, GObject)

/* signals:
 *   failed (const char *reason)  the command could not be run, or ended badly
 *   ended (const char *hash, const char *reason (nullable))  behind that: what came of the command
 *     for the change to that hash */
ConfsyncOnChange *confsync_on_change_new (const char *command, const char *document);

void confsync_on_change_notify (ConfsyncOnChange *self, const char *hash, const char *author);

void confsync_on_change_stop_async (ConfsyncOnChange *self,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean confsync_on_change_stop_finish (ConfsyncOnChange *self, GAsyncResult *result);
void confsync_on_change_kill (ConfsyncOnChange *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What stat(2) says about a file, kept to be compared later.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int error; /* errno of stat(2), or 0 */
  guint64 device;
  guint64 inode;
  guint32 mode;
  gint64 size;     /* bytes */
  gint64 mtime_ns; /* since the Unix epoch, as the next */
  gint64 ctime_ns;
  gint64 taken_ns; /* when this was looked up; not compared */
} ConfsyncWatchState;

void confsync_watch_state_take (ConfsyncWatchState *state, const char *path);
gboolean confsync_watch_state_equal (const ConfsyncWatchState *a, const ConfsyncWatchState *b);
gboolean confsync_watch_state_is_racy (const ConfsyncWatchState *state);

G_END_DECLS

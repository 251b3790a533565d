/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the back ends of the file watcher have in common.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WATCH_BACKEND (confsync_watch_backend_get_type ())

G_DECLARE_DERIVABLE_TYPE (ConfsyncWatchBackend, confsync_watch_backend, CONFSYNC, WATCH_BACKEND,
                          GObject)

/*
 * @start and @stop are called once each, @arm any number of times between them: it brings the
 * watches in line with where the path leads now. All three are called in the thread that runs the
 * back end's main context.
 */
struct _ConfsyncWatchBackendClass
{
  GObjectClass parent_class;

  gboolean (*start) (ConfsyncWatchBackend *self, GError **error);
  void (*stop) (ConfsyncWatchBackend *self);
  gboolean (*arm) (ConfsyncWatchBackend *self, GError **error);
};

gboolean confsync_watch_backend_start (ConfsyncWatchBackend *self, GError **error);
void confsync_watch_backend_stop (ConfsyncWatchBackend *self);
void confsync_watch_backend_arm (ConfsyncWatchBackend *self);

const char *confsync_watch_backend_get_path (ConfsyncWatchBackend *self);
GMainContext *confsync_watch_backend_get_context (ConfsyncWatchBackend *self);

void confsync_watch_backend_report_changed (ConfsyncWatchBackend *self);
void confsync_watch_backend_report_look (ConfsyncWatchBackend *self);
void confsync_watch_backend_report_failed (ConfsyncWatchBackend *self, const GError *error);

G_END_DECLS

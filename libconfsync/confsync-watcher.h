/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The interface of whatever can say that the configuration may have changed.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * CONFSYNC_TYPE_WATCHER:
 *
 * The type of [iface@Confsync.Watcher].
 *
 * Since: 1.0
 */
#define CONFSYNC_TYPE_WATCHER (confsync_watcher_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncWatcher, confsync_watcher, CONFSYNC, WATCHER, GObject)

/**
 * ConfsyncWatcherInterface:
 * @parent_iface: the parent interface
 * @start: begins to watch; required
 * @stop: ends it; required
 * @check: looks for what may have changed unseen; optional
 *
 * What an implementation of [iface@Confsync.Watcher] supplies. It reports with
 * [method@Confsync.Watcher.emit_changed].
 *
 * Since: 1.0
 */
struct _ConfsyncWatcherInterface
{
  GTypeInterface parent_iface;

  gboolean (*start) (ConfsyncWatcher *self, GError **error);
  void (*stop) (ConfsyncWatcher *self);
  void (*check) (ConfsyncWatcher *self);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_watcher_start (ConfsyncWatcher *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_watcher_stop (ConfsyncWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_watcher_check (ConfsyncWatcher *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_watcher_emit_changed (ConfsyncWatcher *self);

G_END_DECLS

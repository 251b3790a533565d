/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file watcher with a handler that reads the file, as an application does.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct
{
  ConfsyncWatcher *watcher; /* (owned) */
  char *path;
  guint n_changed;
  char *text; /* (nullable): what the last handler read; NULL if there was no file */
} WatchProbe;

void watch_probe_choose (const char *backend);
WatchProbe *watch_probe_new (const char *backend, const char *path);
void watch_probe_free (WatchProbe *self);

void watch_probe_expect (WatchProbe *self, const char *text);
void watch_probe_expect_some (WatchProbe *self, guint n_before);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WatchProbe, watch_probe_free)

G_END_DECLS

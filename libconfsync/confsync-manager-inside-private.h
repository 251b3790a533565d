/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a manager, shared by the files that it is written in: its parts and its life, and
 * the configuration as the application reads and edits it.
 */

#pragma once

#include "confsync-driver-private.h"
#include "confsync-manager.h"

G_BEGIN_DECLS

struct _ConfsyncManager
{
  GObject parent_instance;

  char *name;
  char *config_path;   /* (nullable) */
  char *base_dir;      /* (nullable) */
  char *resolver_name; /* (nullable) */
  guint max_versions;
  ConfsyncNode *node;         /* (owned) */
  ConfsyncStore *store;       /* (owned) (nullable) until the start */
  ConfsyncWatcher *watcher;   /* (owned) (nullable) */
  ConfsyncResolver *resolver; /* (owned) (nullable) until the start */
  ConfsyncDriver *driver;     /* (owned) (nullable) while it doesn't run */
  gboolean running;
  gint64 last_sync_time;
};

/* Calls those handlers of ::changed whose detail names a place that changed, each once; @before is
 * nullable. */
void confsync_manager_emit_details (ConfsyncManager *self,
                                    guint signal_id,
                                    ConfsyncRevision *before,
                                    ConfsyncRevision *now,
                                    gboolean local);

G_END_DECLS

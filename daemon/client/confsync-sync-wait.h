/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Waiting until every live peer holds what is held here.
 */

#pragma once

#include "confsync-tool.h"

G_BEGIN_DECLS

#define CONFSYNC_SYNC_WAIT_TIMEOUT                       \
  { .name = "timeout",                                   \
    .letter = 't',                                       \
    .type = CONFSYNC_OPTION_UINT,                        \
    .initial = "30",                                     \
    .arguments_only = TRUE,                              \
    .argument = "SECONDS",                               \
    .summary = N_ ("how long to wait at most") }

/* of those that edit */
#define CONFSYNC_SYNC_WAIT_OPTIONS                       \
  { .name = "wait",                                      \
    .letter = 'w',                                       \
    .type = CONFSYNC_OPTION_BOOLEAN,                     \
    .arguments_only = TRUE,                              \
    .summary = N_ ("end when every live peer holds it, as sync does") }, \
  CONFSYNC_SYNC_WAIT_TIMEOUT

typedef struct {
  gboolean synced;
  guint holding, total;
  char *reason; /* (owned) (nullable): who isn't there yet, and why */
} ConfsyncSyncResult;

void confsync_sync_result_clear (ConfsyncSyncResult *result);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncSyncResult, confsync_sync_result_clear)

gboolean confsync_sync_call (ConfsyncTool *tool,
                             gboolean wait,
                             ConfsyncSyncResult *result,
                             GError **error);
int confsync_sync_wait (ConfsyncTool *tool, GError **error);
void confsync_sync_print (ConfsyncTool *tool, const ConfsyncSyncResult *result);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options of `confsync run`.
 */

#pragma once

#include <confsync.h>

#include "confsync-event-printer.h"
#include "confsync-node-options-private.h"

G_BEGIN_DECLS

char *confsync_run_dup_help (void);
char *confsync_run_dup_more_help (void);
char *confsync_run_dup_limits_help (void);

gboolean confsync_run_options_read (ConfsyncOptions *self,
                                    int argc,
                                    char **argv,
                                    const char *const *environment,
                                    gboolean *help,
                                    GError **error);

char *confsync_run_options_dup_listener (ConfsyncOptions *self);
char *confsync_run_options_dup_base_dir (ConfsyncOptions *self);
ConfsyncEventPrinter *confsync_run_options_make_printer (ConfsyncOptions *self);

G_END_DECLS

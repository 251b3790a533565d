/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which of the running instances a command is about.
 */

#pragma once

#include "confsync-instance.h"

G_BEGIN_DECLS

/*
 * What a person said of it; nothing at all means: the one that is here.
 */
typedef struct {
  const char *file;     /* (nullable): the live file */
  const char *base_dir; /* (nullable): where its versions are */
  const char *here;     /* the current folder */
} ConfsyncWhich;

ConfsyncInstance *confsync_finder_find (const ConfsyncWhich *which,
                                        guint timeout_ms,
                                        GError **error);

/* for tests */
void confsync_finder_sort (const ConfsyncWhich *which, GPtrArray *likely, GPtrArray *others);
GPtrArray *confsync_finder_list_elsewhere (const char *users, const char *name, uid_t owner);
ConfsyncInstance *confsync_finder_pick (GPtrArray *instances,
                                        const ConfsyncWhich *which,
                                        GError **error);

G_END_DECLS

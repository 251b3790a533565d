/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A settings file (confsync.conf) that a command changes: single options, and nothing else in it.
 */

#pragma once

#include "confsync-tool.h"

G_BEGIN_DECLS

typedef struct _ConfsyncSettings ConfsyncSettings;

#define CONFSYNC_TOOL_SETTINGS                      \
  { .name = "settings-file",                        \
    .type = CONFSYNC_OPTION_PATH,                   \
    .argument = "FILE",                             \
    .not_in_files = TRUE,                           \
    .summary = N_ ("instead of ~/.config/confsync/confsync.conf") }

/* Whether there is a place for it: somebody named one, or has a home. */
gboolean confsync_settings_have_place (ConfsyncOptions *options);
/* Reads the file that the option settings-file names, or the user's own. One that is missing is an
 * empty one. */
ConfsyncSettings *confsync_settings_load (ConfsyncOptions *options, GError **error);
void confsync_settings_free (ConfsyncSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncSettings, confsync_settings_free)

/* absolute */
const char *confsync_settings_get_path (ConfsyncSettings *self);

/* (nullable) (transfer full) */
char *confsync_settings_dup_string (ConfsyncSettings *self, const char *option);
/* A list, split as the option itself is. */
GStrv confsync_settings_dup_strings (ConfsyncSettings *self, const char *option);

void confsync_settings_set_string (ConfsyncSettings *self, const char *option, const char *value);
/* An empty list takes the option out. */
void confsync_settings_set_strings (ConfsyncSettings *self,
                                    const char *option,
                                    const char *const *values);

/* Makes the folder of the file, where it is missing. */
gboolean confsync_settings_make_folder (ConfsyncSettings *self, GError **error);
/* Durably, all or nothing; comments stay, and the file's mode, too. */
gboolean confsync_settings_save (ConfsyncSettings *self, GError **error);

G_END_DECLS

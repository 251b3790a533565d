/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync json`: what the library does with JSON, for files. It needs no running instance.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *confsync_json_command_dup_help (void);
int confsync_json_command_main (int argc, char **argv);

G_END_DECLS

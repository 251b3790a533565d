/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync keygen`: makes what instances know each other by.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

int confsync_keygen_main (int argc, char **argv);
char *confsync_keygen_dup_help (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one-time code by which two people, or one at two machines, let their instances know each
 * other.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A new one, in groups: 7Q2M-X4TB-... */
char *confsync_pair_code_make (void);

/* The code as it is proven: without dashes and blanks, in capitals, with what looks alike taken for
 * what is meant. NULL where it can be none. */
char *confsync_pair_code_parse (const char *text);

G_END_DECLS

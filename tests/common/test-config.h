/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Random configurations, and random edits of them, small enough that two edits often meet.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* members a to d at every level, to a depth of three; scalars, arrays, and arrays by id */
ConfsyncDocument *test_config_random (GRand *rand);

/* one to three changes: values set, members added and removed, at any depth; never empty */
ConfsyncDocument *test_config_edited (ConfsyncDocument *document, GRand *rand);

/* what is there in place of @document's, as text of JSON with single quotes; %NULL for nothing */
char *test_config_show (ConfsyncDocument *document, const char *pointer);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The order of an object's names: that of the tape's index.
 */

#pragma once

#include "confsync-tape-private.h"

G_BEGIN_DECLS

/* where cells of names are, and their text; by ConfsyncCell.in_pool */
typedef struct {
  const ConfsyncCell *cells;
  const char *strings[2];
} ConfsyncNames;

/* Sorts @list, the cells of an object's names, which comes in document order. Gives the first cell
 * in document order whose name came before, or 0. */
guint32 confsync_names_sort (const ConfsyncNames *self, guint32 *list, guint32 count);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Rows and columns of text for people.
 */

#pragma once

#include "confsync-output.h"

G_BEGIN_DECLS

typedef struct _ConfsyncTable ConfsyncTable;

ConfsyncTable *confsync_table_new (guint n_columns);
void confsync_table_free (ConfsyncTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncTable, confsync_table_free)

void confsync_table_align_right (ConfsyncTable *self, guint column);
void confsync_table_add_titles (ConfsyncTable *self, const char *const *titles);
void confsync_table_add (ConfsyncTable *self, const char *style, const char *text);
void confsync_table_print (ConfsyncTable *self, ConfsyncOutput *output);

G_END_DECLS

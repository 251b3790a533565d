/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The conflicts that wait for a person, as an instance lists them.
 */

#pragma once

#include "confsync-tool.h"

G_BEGIN_DECLS

/* Texts are the list's, and never %NULL; values are nullable, for nothing there. */
typedef struct {
  const char *id, *pointer, *reason, *ours_author, *theirs_author;
  gint64 since_us, ours_us, theirs_us;
  ConfsyncJson *base, *ours, *theirs; /* (owned): once they were read */
} ConfsyncConflictItem;

typedef struct {
  GVariant *answer; /* (owned) */
  ConfsyncConflictItem *items;
  guint n_items;
} ConfsyncConflictList;

ConfsyncConflictList *confsync_conflict_list_new (GVariant *answer);
void confsync_conflict_list_free (ConfsyncConflictList *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncConflictList, confsync_conflict_list_free)

ConfsyncConflictList *confsync_conflict_list_read (ConfsyncTool *tool, GError **error);
gboolean confsync_conflict_list_read_sides (ConfsyncConflictList *self,
                                            ConfsyncTool *tool,
                                            guint index,
                                            GError **error);
gboolean confsync_conflict_item_set_sides (ConfsyncConflictItem *item,
                                           GVariant *sides,
                                           GError **error);

const ConfsyncConflictItem *confsync_conflict_list_find (ConfsyncConflictList *self,
                                                         const char *id,
                                                         GError **error);

G_END_DECLS

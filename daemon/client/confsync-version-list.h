/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The kept versions of an instance, and the configuration that goes by a name.
 */

#pragma once

#include "confsync-tool.h"

G_BEGIN_DECLS

/* what the live configuration is called where a version may be named, and the one before it */
#define CONFSYNC_VERSION_LIVE "live"
#define CONFSYNC_VERSION_PREVIOUS "previous"

typedef struct {
  const char *name, *author, *hash, *cause; /* empty for unknown */
  gint64 time_us;                           /* 0 for unknown */
  guint64 size; /* 0 for unknown */
  gboolean acknowledged;
  gboolean live; /* the newest of those that hold what is live */
} ConfsyncVersionItem;

typedef struct {
  ConfsyncVersionItem *items; /* newest first */
  guint n_items;
  GVariant *answer; /* (owned): has the texts */
} ConfsyncVersionList;

ConfsyncVersionList *confsync_version_list_new (GVariant *answer, const char *live_hash);
void confsync_version_list_free (ConfsyncVersionList *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncVersionList, confsync_version_list_free)

ConfsyncVersionList *confsync_version_list_read (ConfsyncTool *tool, GError **error);
const char *confsync_version_list_get_previous (ConfsyncVersionList *self);

const char *confsync_version_list_find (ConfsyncVersionList *self,
                                        const char *word,
                                        GError **error);

/* fills it from a dictionary, which has the texts */
void confsync_version_item_read (ConfsyncVersionItem *item, GVariant *dict);

char *confsync_version_read (ConfsyncTool *tool, const char *name, GError **error);
char *confsync_version_read_shared (ConfsyncTool *tool,
                                    ConfsyncVersionList *list,
                                    const char *name,
                                    GError **error);

G_END_DECLS

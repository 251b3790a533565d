/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which versions go, as a pure function of what there is. It thins before it cuts: up to 20 of the
 * last minute, one a minute for an hour, one an hour for a day; then by age, and by number.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CONFSYNC_RETENTION_LAST_MINUTE_MAX 20

typedef struct
{
  gint64 time_s;         /* since the Unix epoch */
  gboolean lost;         /* the losing side of a conflict: not thinned */
  gboolean acknowledged; /* the newest one of these stays */
  gboolean needed;       /* stays */
} ConfsyncRetained;

typedef struct
{
  guint max_versions; /* how many may stay; 0 for all, which then aren't thinned either */
  guint max_days;     /* older ones go; 0 for none */
} ConfsyncRetentionLimits;

/* @versions: oldest first. Fills @remove; gives the number of versions to remove. The newest one
 * always stays. */
guint confsync_retention_select (const ConfsyncRetained *versions,
                                 guint n_versions,
                                 gint64 now_s,
                                 const ConfsyncRetentionLimits *limits,
                                 gboolean *remove);

G_END_DECLS

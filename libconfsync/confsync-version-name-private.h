/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of versions: config_YYYYmmddHHMMSS[_NNN].json, UTC. They sort by age as plain strings.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @name can name a version: what isn't must never reach the file system. */
gboolean confsync_version_name_is_valid (const char *name);

/* Seconds since the Unix epoch; 0 where the digits are no date. */
gint64 confsync_version_name_get_time (const char *name);

/* (transfer full) (nullable): a name for @now_s that sorts after @newest (nullable), even if the
 * clock went back; NULL where @newest is no date and no name can follow it */
char *confsync_version_name_next (const char *newest, gint64 now_s);

G_END_DECLS

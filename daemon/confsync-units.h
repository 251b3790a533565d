/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Numbers and foreign text, written so that people can read them.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *confsync_units_bytes (guint64 bytes);
char *confsync_units_duration (gint64 us);
char *confsync_units_moment (gint64 time_us);
char *confsync_units_escape (const char *text);
char *confsync_units_escape_json (const char *text, gsize length);
guint confsync_units_width (const char *text);

G_END_DECLS

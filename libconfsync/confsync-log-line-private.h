/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is logged, as text.
 */

#pragma once

#include "confsync-event.h"

G_BEGIN_DECLS

char *confsync_log_escape (const char *text);
char *confsync_log_event (const char *kind, GVariant *details);
char *confsync_log_line (gint64 time_us, ConfsyncLevel level, const char *domain, const char *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An event as one line for programs.
 */

#pragma once

#include "confsync-event.h"

G_BEGIN_DECLS

char *confsync_event_json (gint64 time_us,
                           ConfsyncLevel level,
                           const char *kind,
                           GVariant *details);

G_END_DECLS

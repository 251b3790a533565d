/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Logs for programs that have no log writer of their own.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_setup_logging (const char *level, GError **error);

G_END_DECLS

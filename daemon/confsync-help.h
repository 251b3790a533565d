/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The help page of a command, from its table of options.
 */

#pragma once

#include "confsync-options-private.h"

G_BEGIN_DECLS

char *confsync_help_format (const ConfsyncOption *table,
                            const char *usage,
                            const char *purpose,
                            const char *example,
                            ConfsyncHelpPage which);

G_END_DECLS

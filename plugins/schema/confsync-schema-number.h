/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Numbers as a schema sees them: by their mathematical values, and, where they have a fraction, as
 * the decimals that they are written as.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* whether a number has no fraction, however it is written */
gboolean confsync_schema_number_is_integer (const ConfsyncJsonCursor *number);

/* whether @number is a whole multiple of @divisor, which is above 0: exact, so that 0.3 is one of
 * 0.1, though no double is 0.1 */
gboolean confsync_schema_number_is_multiple (const ConfsyncJsonCursor *number,
                                             const ConfsyncJsonCursor *divisor);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A regular expression of JavaScript (ECMA-262), written again for GRegex: same words, other
 * meanings. What the two don't share is spelled out or refused, never taken as it stands.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The same expression for GRegex, or %NULL with the reason. @anchored says whether it can match at
 * the beginning of a text only. */
char *confsync_schema_ecma_translate (const char *expression, gboolean *anchored, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * JSON Pointers (RFC 6901) taken apart and put together.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* the unescaped tokens of @pointer, or %NULL with CONFSYNC_ERROR_INVALID_POINTER */
GStrv confsync_json_pointer_split (const char *pointer, GError **error);
/* appends "/" and a token, escaped */
void confsync_json_pointer_append (GString *pointer, const char *token, gsize length);
void confsync_json_pointer_append_index (GString *pointer, guint index);
/* @text as it should stand in a message: not longer than a line */
char *confsync_json_abbreviate (const char *text);
/* %FALSE where @token is no array index: digits without leading zeros */
gboolean confsync_json_pointer_parse_index (const char *token, guint *index);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Pointers and names as they stand in messages. What a schema or a document holds may be anything;
 * a message is one line of printable characters, and not a long one.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* appends "/" and a token, escaped as RFC 6901 says */
void confsync_schema_pointer_append (GString *pointer, const char *token, gsize length);
/* the pointer of a member of what is at @pointer */
char *confsync_schema_pointer_of (const char *pointer, const char *token, gsize length);

/* @text, cut where it's long, with nothing in it that isn't printed */
char *confsync_schema_show (const char *text, gsize length);
/* the text of a value out of a schema: never one out of a document */
char *confsync_schema_show_value (const ConfsyncJsonCursor *value);

/* sets CONFSYNC_ERROR_INVALID_OPTION: what is wrong with a schema, and where; returns %FALSE */
gboolean confsync_schema_refuse (GError **error, const char *pointer, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

G_END_DECLS

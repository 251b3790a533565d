/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One regular expression of a schema. Matching takes bounded time, whatever the expression and the
 * text: it ends with an answer, or with "this takes too long". The bound counts steps, not time,
 * so every instance comes to the same end.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncSchemaPattern ConfsyncSchemaPattern;

/* how expressions are written, and where they begin to match */
typedef enum {
  CONFSYNC_SCHEMA_SYNTAX_ECMA,   /* JavaScript's, anywhere in the text */
  CONFSYNC_SCHEMA_SYNTAX_PYTHON, /* nearly Python's, at the beginning of the text */
} ConfsyncSchemaSyntax;

/* @error says what is wrong with the expression, without the expression itself */
ConfsyncSchemaPattern *confsync_schema_pattern_new (const char *expression,
                                                    ConfsyncSchemaSyntax syntax, GError **error);
void confsync_schema_pattern_free (ConfsyncSchemaPattern *self);

/* Looks whether the pattern matches @text, which is valid UTF-8, and adds to @cost what that took.
 * Returns %FALSE where it takes too long to say. Any thread. */
gboolean confsync_schema_pattern_match (ConfsyncSchemaPattern *self, const char *text,
                                        gsize length, gboolean *matches, guint64 *cost);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncSchemaPattern, confsync_schema_pattern_free)

G_END_DECLS

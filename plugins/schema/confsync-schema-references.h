/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of schemas ($id, $anchor) and what refers to them ($ref). Nothing is fetched: what isn't in
 * the file isn't there.
 */

#pragma once

#include "confsync-schema-compiler.h"

G_BEGIN_DECLS

/* the URI of a file that gives itself none */
#define CONFSYNC_SCHEMA_DEFAULT_BASE "confsync-schema:///"

/* Takes what the object at @node says of its name; the compiler's base is its own afterwards. */
gboolean confsync_schema_references_identify (ConfsyncSchemaCompiler *compiler,
                                              ConfsyncSchemaNode *node, GError **error);

/* Follows all references, makes nodes of what they lead to, and refuses keywords that nobody knows
 * and no reference leads into. */
gboolean confsync_schema_references_resolve (ConfsyncSchemaCompiler *compiler, GError **error);

G_END_DECLS

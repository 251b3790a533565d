/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The words of JSON Schema: which there are in which dialect, and what becomes of each.
 */

#pragma once

#include "confsync-schema-compiler.h"

G_BEGIN_DECLS

typedef struct _ConfsyncSchemaKeyword ConfsyncSchemaKeyword;

struct _ConfsyncSchemaKeyword
{
  const char *name;
  guint dialects; /* of ConfsyncSchemaDialect */

  /* puts what @value says into @node; %NULL for a word that only tells people something */
  gboolean (*take) (ConfsyncSchemaCompiler *compiler, ConfsyncSchemaNode *node,
                    const ConfsyncSchemaKeyword *keyword, const ConfsyncJsonCursor *value,
                    const char *pointer, GError **error);
  gsize offset;     /* where in the node */
  guint bit;        /* of ConfsyncSchemaNode.has */
  const char *hint; /* (nullable): what to do where the word is of another dialect */
};

/* %NULL where there is no such word */
const ConfsyncSchemaKeyword *confsync_schema_keyword_find (const char *name, gsize length);

G_END_DECLS

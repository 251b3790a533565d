/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes nodes of the text of a schema file. Everything that can be wrong with a schema is found
 * here: applying one to a document can't fail for a reason that lies in the schema, but for
 * patterns that take too long.
 */

#pragma once

#include "confsync-schema-node.h"

G_BEGIN_DECLS

/* which words mean what; bits */
typedef enum {
  CONFSYNC_SCHEMA_DRAFT_7 = 1 << 0,
  CONFSYNC_SCHEMA_2020_12 = 1 << 1,
} ConfsyncSchemaDialect;

#define CONFSYNC_SCHEMA_ANY_DIALECT (CONFSYNC_SCHEMA_DRAFT_7 | CONFSYNC_SCHEMA_2020_12)

/* a $ref that has been read and not been followed yet */
typedef struct {
  ConfsyncSchemaNode *from;
  ConfsyncJsonCursor text; /* a string */
  const char *base;        /* (not owned): the URI that it's relative to */
} ConfsyncSchemaReference;

typedef struct {
  ConfsyncJson *json; /* (not owned) */
  ConfsyncSchemaDialect dialect;
  GPtrArray *nodes;         /* (owned): all, with their memory */
  GHashTable *by_position;  /* (owned): position in the file → node */
  GHashTable *resources;    /* (owned): URI without fragment → node; both not owned */
  GHashTable *anchors;      /* (owned): URI with fragment → node; both not owned */
  GArray *references;       /* (owned): of ConfsyncSchemaReference */
  GPtrArray *strangers;     /* (owned): pointers of keywords that nobody knows */
  GStringChunk *strings;    /* (owned): what others don't own */
  const char *base;         /* the URI of the schema that is being read */
} ConfsyncSchemaCompiler;

/* The nodes of @json, the first of which is the root. They borrow from @json. */
GPtrArray *confsync_schema_compile (ConfsyncJson *json, GError **error);

/* The node of the schema at @place, which is made if there is none yet; %NULL with an error. */
ConfsyncSchemaNode *confsync_schema_compiler_add (ConfsyncSchemaCompiler *self,
                                                  const ConfsyncJsonCursor *place,
                                                  const char *pointer, GError **error);

G_END_DECLS

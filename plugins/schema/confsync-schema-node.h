/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One schema of a schema file, ready to be applied: an object, true or false. It borrows the text
 * of the file and the nodes that it points at; all nodes of a file live and end together.
 */

#pragma once

#include <confsync.h>

#include "confsync-schema-pattern.h"

G_BEGIN_DECLS

typedef struct _ConfsyncSchemaNode ConfsyncSchemaNode;

/* what a node asks of a value; bits of ConfsyncSchemaNode.has */
typedef enum {
  CONFSYNC_SCHEMA_TYPE = 1 << 0,
  CONFSYNC_SCHEMA_ENUM = 1 << 1,
  CONFSYNC_SCHEMA_CONST = 1 << 2,
  CONFSYNC_SCHEMA_MULTIPLE_OF = 1 << 3,
  CONFSYNC_SCHEMA_MAXIMUM = 1 << 4,
  CONFSYNC_SCHEMA_EXCLUSIVE_MAXIMUM = 1 << 5,
  CONFSYNC_SCHEMA_MINIMUM = 1 << 6,
  CONFSYNC_SCHEMA_EXCLUSIVE_MINIMUM = 1 << 7,
  CONFSYNC_SCHEMA_MAX_LENGTH = 1 << 8,
  CONFSYNC_SCHEMA_MIN_LENGTH = 1 << 9,
  CONFSYNC_SCHEMA_MAX_ITEMS = 1 << 10,
  CONFSYNC_SCHEMA_MIN_ITEMS = 1 << 11,
  CONFSYNC_SCHEMA_MAX_CONTAINS = 1 << 12,
  CONFSYNC_SCHEMA_MIN_CONTAINS = 1 << 13,
  CONFSYNC_SCHEMA_MAX_PROPERTIES = 1 << 14,
  CONFSYNC_SCHEMA_MIN_PROPERTIES = 1 << 15,
  CONFSYNC_SCHEMA_REQUIRED = 1 << 16,
} ConfsyncSchemaAssertion;

/* of `type`: one bit for each ConfsyncJsonKind, and this one */
#define CONFSYNC_SCHEMA_WHOLE_NUMBER (1 << 7)

/* what belongs to one name or one pattern */
typedef struct {
  const char *name; /* (not owned): no NUL ends it */
  gsize length;
  ConfsyncSchemaPattern *pattern; /* (owned) (nullable): of patternProperties */
  ConfsyncSchemaNode *node;       /* (nullable) */
  ConfsyncJsonCursor names;       /* of dependentRequired: an array of strings */
} ConfsyncSchemaMember;

struct _ConfsyncSchemaNode
{
  ConfsyncJsonCursor place; /* in the file */
  char *pointer;            /* (owned): the same, as a JSON Pointer */
  gboolean is_false;        /* nothing fits */

  guint has; /* of ConfsyncSchemaAssertion */
  guint types;
  ConfsyncJsonCursor enumeration, constant, required;
  ConfsyncJsonCursor multiple_of, maximum, exclusive_maximum, minimum, exclusive_minimum;
  guint64 max_length, min_length, max_items, min_items, max_contains, min_contains;
  guint64 max_properties, min_properties;
  gboolean unique_items;
  ConfsyncSchemaPattern *pattern; /* (owned) (nullable) */

  /* of the members of an object; the arrays (owned) (nullable) of ConfsyncSchemaMember */
  GArray *properties; /* sorted by the bytes of the names */
  GArray *pattern_properties;
  GArray *dependent_required;
  GArray *dependent_schemas;
  ConfsyncSchemaNode *additional_properties, *property_names, *unevaluated_properties;

  /* of the elements of an array; (owned) (nullable) of ConfsyncSchemaNode */
  GPtrArray *prefix_items;
  ConfsyncSchemaNode *items, *contains, *unevaluated_items; /* items: behind the prefix */

  /* of the same value */
  GPtrArray *all_of, *any_of, *one_of; /* (owned) (nullable) of ConfsyncSchemaNode */
  ConfsyncSchemaNode *not_, *if_, *then_, *else_, *ref;

  /* how many schemas in a row are applied to one value from here on; 0: not known yet */
  guint chain;
};

ConfsyncSchemaNode *confsync_schema_node_new (const ConfsyncJsonCursor *place,
                                              const char *pointer);
void confsync_schema_node_free (ConfsyncSchemaNode *self);

/* an array for ConfsyncSchemaMember, which frees what they own */
GArray *confsync_schema_members_new (void);
/* puts them in the order in which they are found */
void confsync_schema_members_sort (GArray *members);
/* in a sorted array; %NULL where there is none */
const ConfsyncSchemaMember *confsync_schema_members_find (GArray *members, const char *name,
                                                          gsize length);

G_END_DECLS

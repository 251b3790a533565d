/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One JSON value: strict to read, cheap to hold, the same bytes on every node when written in
 * canonical form. Immutable; may be used from any thread.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_JSON (confsync_json_get_type ())

/**
 * ConfsyncJson:
 *
 * An immutable JSON value.
 *
 * A value that was taken out of another one shares its memory, and so keeps all of it.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncJson ConfsyncJson;

/**
 * ConfsyncJsonKind:
 * @CONFSYNC_JSON_NULL: `null`
 * @CONFSYNC_JSON_BOOLEAN: `true` or `false`
 * @CONFSYNC_JSON_INTEGER: a number without point and exponent, in the range of a signed 64-bit
 *   integer
 * @CONFSYNC_JSON_DOUBLE: any other number
 * @CONFSYNC_JSON_STRING: a string
 * @CONFSYNC_JSON_ARRAY: an array
 * @CONFSYNC_JSON_OBJECT: an object
 *
 * The kinds of JSON values.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_JSON_NULL,
  CONFSYNC_JSON_BOOLEAN,
  CONFSYNC_JSON_INTEGER,
  CONFSYNC_JSON_DOUBLE,
  CONFSYNC_JSON_STRING,
  CONFSYNC_JSON_ARRAY,
  CONFSYNC_JSON_OBJECT,
} ConfsyncJsonKind;

/**
 * CONFSYNC_JSON_MAX_BYTES:
 *
 * The default limit of a text's size, in bytes.
 *
 * Since: 1.0
 */
#define CONFSYNC_JSON_MAX_BYTES (15 * 1024 * 1024)

/**
 * CONFSYNC_JSON_MAX_DEPTH:
 *
 * The default limit of nesting: `[]` is one level deep, `[[]]` two.
 *
 * Since: 1.0
 */
#define CONFSYNC_JSON_MAX_DEPTH 64

/**
 * CONFSYNC_JSON_MAX_VALUES:
 *
 * The default limit of the number of values; names of members don't count.
 *
 * Since: 1.0
 */
#define CONFSYNC_JSON_MAX_VALUES 1000000

/**
 * CONFSYNC_JSON_NODE_MAX_MEMBERS:
 *
 * The most members that an object may have to become a [struct@Json.Node], whose hash table can be
 * made to take minutes by names chosen for it.
 *
 * Since: 1.0
 */
#define CONFSYNC_JSON_NODE_MAX_MEMBERS 4096

/**
 * ConfsyncJsonLimits:
 * @max_bytes: of the text, in bytes; at most 1 GiB whatever is asked for
 * @max_depth: levels of nesting; at most 1024 whatever is asked for
 * @max_values: number of values
 *
 * What a text may have; 0 stands for the default.
 *
 * Since: 1.0
 */
typedef struct {
  gsize max_bytes;
  guint max_depth;
  guint max_values;
} ConfsyncJsonLimits;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_json_get_type (void) G_GNUC_CONST;
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_ref (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
void confsync_json_unref (ConfsyncJson *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncJson, confsync_json_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_parse (GBytes *text, const ConfsyncJsonLimits *limits, GError **error);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_new_from_node (JsonNode *node, GError **error);
CONFSYNC_AVAILABLE_IN_1_0
JsonNode *confsync_json_to_node (ConfsyncJson *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJsonKind confsync_json_get_kind (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_json_get_boolean (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_json_get_integer (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
double confsync_json_get_double (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_json_get_string (ConfsyncJson *self, gsize *length);
CONFSYNC_AVAILABLE_IN_1_0
char *confsync_json_dup_string (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
guint confsync_json_get_length (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_get_element (ConfsyncJson *self, guint index);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_get_member (ConfsyncJson *self, const char *name);
CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_json_get_member_name (ConfsyncJson *self, guint index, gsize *length);
CONFSYNC_AVAILABLE_IN_1_0
char *confsync_json_dup_member_name (ConfsyncJson *self, guint index);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_lookup (ConfsyncJson *self, const char *pointer, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_json_equal (ConfsyncJson *a, ConfsyncJson *b);
CONFSYNC_AVAILABLE_IN_1_0
char *confsync_json_hash (ConfsyncJson *self);

CONFSYNC_AVAILABLE_IN_1_0
GBytes *confsync_json_to_canonical (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
GBytes *confsync_json_to_compact (ConfsyncJson *self);
CONFSYNC_AVAILABLE_IN_1_0
GBytes *confsync_json_to_pretty (ConfsyncJson *self, ConfsyncJson *like);
CONFSYNC_AVAILABLE_IN_1_0
GBytes *confsync_json_to_python (ConfsyncJson *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_diff (ConfsyncJson *from, ConfsyncJson *to);
CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_json_diff_pointers (ConfsyncJson *from, ConfsyncJson *to, guint max);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_patch (ConfsyncJson *self, ConfsyncJson *patch, GError **error);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_put (ConfsyncJson *self, const char *pointer, ConfsyncJson *value,
                                 GError **error);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_merge (ConfsyncJson *base, ConfsyncJson *ours, ConfsyncJson *theirs,
                                   GStrv *conflicts);

G_END_DECLS

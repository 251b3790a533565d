/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A place in a JSON value, for C code that goes through all of it, such as a validator: lives on
 * the stack, allocates nothing, copies nothing.
 */

#pragma once

#include "confsync-json.h"

G_BEGIN_DECLS

/**
 * ConfsyncJsonCursor: (skip)
 *
 * A place in a [struct@Confsync.Json]: one value, or the name of a member, which counts as a
 * string. It borrows: the value that it was made from must outlive it. May be copied by
 * assignment, and used from any thread.
 *
 * Other languages use [struct@Confsync.Json], whose accessors are the same.
 *
 * Since: 1.0
 */
typedef struct {
  /*< private >*/
  gconstpointer tape;
  guint32 at;
} ConfsyncJsonCursor;

/**
 * ConfsyncJsonIter: (skip)
 *
 * Goes through the members of an object or the elements of an array, in document order. Lives on
 * the stack, and borrows as a [struct@Confsync.JsonCursor] does.
 *
 * Since: 1.0
 */
typedef struct {
  /*< private >*/
  ConfsyncJsonCursor next;
  guint left;
  gboolean members;
} ConfsyncJsonIter;

CONFSYNC_AVAILABLE_IN_1_0
void confsync_json_cursor_init (ConfsyncJsonCursor *self, ConfsyncJson *json);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_json_cursor_dup_json (const ConfsyncJsonCursor *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJsonKind confsync_json_cursor_get_kind (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
guint confsync_json_cursor_get_position (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
guint confsync_json_cursor_get_size (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_json_cursor_get_boolean (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_json_cursor_get_integer (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
double confsync_json_cursor_get_double (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_json_cursor_get_string (const ConfsyncJsonCursor *self, gsize *length);
CONFSYNC_AVAILABLE_IN_1_0
guint confsync_json_cursor_get_length (const ConfsyncJsonCursor *self);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_json_cursor_find (const ConfsyncJsonCursor *self, const char *name,
                                    gssize length, ConfsyncJsonCursor *value);
CONFSYNC_AVAILABLE_IN_1_0
int confsync_json_cursor_compare (const ConfsyncJsonCursor *a, const ConfsyncJsonCursor *b);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_json_iter_init (ConfsyncJsonIter *self, const ConfsyncJsonCursor *container);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_json_iter_next (ConfsyncJsonIter *self, ConfsyncJsonCursor *name,
                                  ConfsyncJsonCursor *value);

G_END_DECLS

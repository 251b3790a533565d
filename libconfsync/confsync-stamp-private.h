/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the engine itself needs of stamps: making them, and the vector inside.
 */

#pragma once

#include "confsync-json-builder-private.h"
#include "confsync-stamp.h"
#include "confsync-vector-private.h"

G_BEGIN_DECLS

/* Times beyond the format: after the year 2200. */
#define CONFSYNC_STAMP_TIME_MAX G_GINT64_CONSTANT (7258118400000000)
/* More actors than this is malformed. */
#define CONFSYNC_STAMP_MAX_ACTORS 65536

ConfsyncStamp *confsync_stamp_new (ConfsyncStampKind kind,
                                   guint epoch,
                                   gint64 time,
                                   const char *author,
                                   ConfsyncVector *vector);

ConfsyncVector *confsync_stamp_get_vector (ConfsyncStamp *self);

/* Adds the stamp as an object, where a value is due. */
void confsync_stamp_build (ConfsyncStamp *self, ConfsyncJsonBuilder *builder);

/* As confsync_stamp_new_from_json(), for a value that is part of a larger one. */
ConfsyncStamp *confsync_stamp_read (ConfsyncCursor value, GError **error);

/* The same stamp, with another vector. */
ConfsyncStamp *confsync_stamp_with_vector (ConfsyncStamp *self, ConfsyncVector *vector);

/* Whether it stands for what was only kept, beside all edits: its actor's number is even, which no
 * editor's is. */
gboolean confsync_stamp_is_aside (ConfsyncStamp *self);

/* Whether @id can name an instance: [A-Za-z0-9._-]{1,64} */
gboolean confsync_instance_id_is_valid (const char *id);

G_END_DECLS

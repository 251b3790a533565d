/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A JSON Schema, of draft 7 or 2020-12, and what it says of a value. Immutable; any thread.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct _ConfsyncSchema ConfsyncSchema;

/* CONFSYNC_ERROR_INVALID_OPTION with pointer and reason where it is no schema that is understood */
ConfsyncSchema *confsync_schema_new (ConfsyncJson *json, GError **error);
void confsync_schema_free (ConfsyncSchema *self);

/* CONFSYNC_ERROR_REFUSED where @value doesn't fit, or where it takes too long to find out */
gboolean confsync_schema_check (ConfsyncSchema *self, ConfsyncJson *value, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncSchema, confsync_schema_free)

G_END_DECLS

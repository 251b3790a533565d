/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which members or elements of one value were looked at by a schema that fits: a set of numbers in
 * document order. unevaluatedProperties and unevaluatedItems ask for the others.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 first;
  guint64 *more; /* (owned) (nullable): where there are more than 64 */
  guint n;
  gboolean all;
} ConfsyncSchemaEvaluated;

/* of a value that has @n of them; nothing is in it */
void confsync_schema_evaluated_init (ConfsyncSchemaEvaluated *self, guint n);
void confsync_schema_evaluated_clear (ConfsyncSchemaEvaluated *self);

/* @self may be %NULL where nobody asks */
void confsync_schema_evaluated_add (ConfsyncSchemaEvaluated *self, guint i);
void confsync_schema_evaluated_add_all (ConfsyncSchemaEvaluated *self);
/* @other is of the same value */
void confsync_schema_evaluated_merge (ConfsyncSchemaEvaluated *self,
                                      const ConfsyncSchemaEvaluated *other);
gboolean confsync_schema_evaluated_has (const ConfsyncSchemaEvaluated *self, guint i);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncSchemaEvaluated, confsync_schema_evaluated_clear)

G_END_DECLS

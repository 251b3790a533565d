/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A set of bits, without memory of its own where 64 are enough.
 */

#include "confsync-schema-evaluated.h"

void
confsync_schema_evaluated_init (ConfsyncSchemaEvaluated *self, guint n)
{
  *self = (ConfsyncSchemaEvaluated){ .n = n };
  if (n > 64)
    self->more = g_new0 (guint64, n / 64 + 1);
}

void
confsync_schema_evaluated_clear (ConfsyncSchemaEvaluated *self)
{
  g_clear_pointer (&self->more, g_free);
}

static guint64 *
word (ConfsyncSchemaEvaluated *self, guint i)
{
  return self->more != NULL ? &self->more[i / 64] : &self->first;
}

void
confsync_schema_evaluated_add (ConfsyncSchemaEvaluated *self, guint i)
{
  if (self != NULL)
    *word (self, i) |= G_GUINT64_CONSTANT (1) << (i % 64);
}

void
confsync_schema_evaluated_add_all (ConfsyncSchemaEvaluated *self)
{
  if (self != NULL)
    self->all = TRUE;
}

void
confsync_schema_evaluated_merge (ConfsyncSchemaEvaluated *self,
                                 const ConfsyncSchemaEvaluated *other)
{
  if (self == NULL)
    return;
  self->all |= other->all;
  self->first |= other->first;
  for (guint i = 0; self->more != NULL && i <= self->n / 64; i++)
    self->more[i] |= other->more[i];
}

gboolean
confsync_schema_evaluated_has (const ConfsyncSchemaEvaluated *self, guint i)
{
  return self->all ||
         (*word ((ConfsyncSchemaEvaluated *) self, i) >> (i % 64) & 1) != 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Compiles once, walks often.
 */

#include "confsync-schema.h"

#include "confsync-schema-compiler.h"
#include "confsync-schema-cost.h"
#include "confsync-schema-walk.h"

struct _ConfsyncSchema
{
  ConfsyncJson *json; /* (owned): the nodes borrow from it */
  GPtrArray *nodes;   /* (owned): the root comes first */
};

ConfsyncSchema *
confsync_schema_new (ConfsyncJson *json, GError **error)
{
  GPtrArray *nodes = confsync_schema_compile (json, error);
  ConfsyncSchema *self;

  if (nodes == NULL)
    return NULL;
  self = g_new0 (ConfsyncSchema, 1);
  self->json = confsync_json_ref (json);
  self->nodes = nodes;
  return self;
}

void
confsync_schema_free (ConfsyncSchema *self)
{
  g_ptr_array_unref (self->nodes);
  confsync_json_unref (self->json);
  g_free (self);
}

static gboolean
walk (ConfsyncSchema *self, ConfsyncJson *value, gboolean reporting, char **reason)
{
  ConfsyncSchemaWalk state = { .reporting = reporting };
  ConfsyncJsonCursor root;
  gboolean fits;

  confsync_json_cursor_init (&root, value);
  state.max_cost = CONFSYNC_SCHEMA_COST_OF (confsync_json_cursor_get_size (&root));
  fits = confsync_schema_walk (&state, g_ptr_array_index (self->nodes, 0), &root, NULL, NULL);
  *reason = state.reason;
  return fits;
}

gboolean
confsync_schema_check (ConfsyncSchema *self, ConfsyncJson *value, GError **error)
{
  g_autofree char *reason = NULL;

  if (walk (self, value, FALSE, &reason))
    return TRUE;
  if (reason == NULL)
    walk (self, value, TRUE, &reason);
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                       reason != NULL ? reason : "the configuration does not fit");
  return FALSE;
}

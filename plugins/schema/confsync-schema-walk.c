/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One schema applied to one value: what it asks of the value itself, then the schemas that it
 * applies to the same value, and last what asks for what nobody has looked at.
 */

#include "confsync-schema-walk.h"

/* Schemas being applied at a time. A document of 64 levels can have sixteen in a row on each. */
#define DEPTH_MAX 1024

/* Applies a schema whose outcome is not that of the whole, and says nothing of why. */
static gboolean
fits (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node, const ConfsyncJsonCursor *value,
      const ConfsyncSchemaPlace *place, ConfsyncSchemaEvaluated *evaluated)
{
  gboolean reporting = self->reporting, result;

  self->reporting = FALSE;
  result = confsync_schema_walk (self, node, value, place, evaluated);
  /* a walk that was stopped has its reason, and that stays */
  self->reporting = reporting || self->stopped;
  return result;
}

static gboolean
walk_all_of (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
             const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
             ConfsyncSchemaEvaluated *evaluated)
{
  for (guint i = 0; i < node->all_of->len; i++)
    if (!confsync_schema_walk (self, g_ptr_array_index (node->all_of, i), value, place, evaluated))
      return FALSE;
  return TRUE;
}

/* Of the reasons why each alternative doesn't fit, the one from deepest inside the document is
 * said: that alternative came nearest. One that is about the value itself says nothing. */
static gboolean
fail_alternatives (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node, const char *keyword,
                   GPtrArray *schemas, const ConfsyncJsonCursor *value,
                   const ConfsyncSchemaPlace *place)
{
  guint depth = place != NULL ? place->depth : 0;
  g_autofree char *nearest = NULL;

  if (!self->reporting || self->stopped)
    return FALSE;
  for (guint i = 0; i < schemas->len && !self->stopped; i++)
    {
      confsync_schema_walk (self, g_ptr_array_index (schemas, i), value, place, NULL);
      if (self->reason != NULL && self->reason_depth > depth && !self->stopped)
        {
          depth = self->reason_depth;
          g_free (nearest);
          nearest = g_steal_pointer (&self->reason);
        }
    }
  if (self->stopped)
    return FALSE;
  if (nearest == NULL)
    return confsync_schema_walk_fail (self, node, keyword, place,
                                      "fits none of the %u alternatives", schemas->len);
  g_free (self->reason);
  self->reason = g_steal_pointer (&nearest);
  self->reason_depth = depth;
  return FALSE;
}

static gboolean
walk_any_of (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
             const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
             ConfsyncSchemaEvaluated *evaluated)
{
  gboolean fit = FALSE;

  for (guint i = 0; i < node->any_of->len && !self->stopped; i++)
    {
      fit |= fits (self, g_ptr_array_index (node->any_of, i), value, place, evaluated);
      /* the others only matter to who asks what they looked at */
      if (fit && evaluated == NULL)
        break;
    }
  if (self->stopped)
    return FALSE;
  return fit || fail_alternatives (self, node, "anyOf", node->any_of, value, place);
}

static gboolean
walk_one_of (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
             const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
             ConfsyncSchemaEvaluated *evaluated)
{
  guint fit = 0;

  for (guint i = 0; i < node->one_of->len && fit < 2 && !self->stopped; i++)
    fit += fits (self, g_ptr_array_index (node->one_of, i), value, place, evaluated);
  if (self->stopped)
    return FALSE;
  if (fit > 1)
    return confsync_schema_walk_fail (self, node, "oneOf", place,
                                      "fits more than one of the %u alternatives",
                                      node->one_of->len);
  return fit == 1 || fail_alternatives (self, node, "oneOf", node->one_of, value, place);
}

static gboolean
walk_not (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
          const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place)
{
  if (!fits (self, node->not_, value, place, NULL))
    return !self->stopped;
  return confsync_schema_walk_fail (self, node, "not", place, "fits what it may not");
}

static gboolean
walk_condition (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                ConfsyncSchemaEvaluated *evaluated)
{
  const ConfsyncSchemaNode *next =
    fits (self, node->if_, value, place, evaluated) ? node->then_ : node->else_;

  if (self->stopped)
    return FALSE;
  return next == NULL || confsync_schema_walk (self, next, value, place, evaluated);
}

/* the schemas that are applied to the same value */
static gboolean
walk_in_place (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
               const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
               ConfsyncSchemaEvaluated *evaluated)
{
  return (node->ref == NULL ||
          confsync_schema_walk (self, node->ref, value, place, evaluated)) &&
         (node->all_of == NULL || walk_all_of (self, node, value, place, evaluated)) &&
         (node->any_of == NULL || walk_any_of (self, node, value, place, evaluated)) &&
         (node->one_of == NULL || walk_one_of (self, node, value, place, evaluated)) &&
         (node->not_ == NULL || walk_not (self, node, value, place)) &&
         (node->if_ == NULL || walk_condition (self, node, value, place, evaluated));
}

static gboolean
walk_node (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
           const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
           ConfsyncSchemaEvaluated *evaluated)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);

  if (node->is_false)
    return confsync_schema_walk_fail (self, node, "", place, "is not allowed");
  if (!confsync_schema_walk_scalar (self, node, value, place))
    return FALSE;
  if (kind == CONFSYNC_JSON_OBJECT &&
      !confsync_schema_walk_object (self, node, value, place, evaluated))
    return FALSE;
  if (kind == CONFSYNC_JSON_ARRAY &&
      !confsync_schema_walk_array (self, node, value, place, evaluated))
    return FALSE;
  return walk_in_place (self, node, value, place, evaluated) &&
         confsync_schema_walk_unevaluated (self, node, value, place, evaluated);
}

/* What a schema looked at counts only where it fits; and what a schema asks for as not looked at
 * is what it hasn't looked at itself, whatever those beside it have. So each has a set of its own,
 * where anybody asks. */
static gboolean
walk_apart (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
            const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
            ConfsyncSchemaEvaluated *evaluated)
{
  guint n = confsync_json_cursor_get_length (value);
  g_auto (ConfsyncSchemaEvaluated) own = { 0 };

  if (!confsync_schema_walk_charge (self, node, n / 64))
    return FALSE;
  confsync_schema_evaluated_init (&own, n);
  if (!walk_node (self, node, value, place, &own))
    return FALSE;
  confsync_schema_evaluated_merge (evaluated, &own);
  return TRUE;
}

gboolean
confsync_schema_walk (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                      const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                      ConfsyncSchemaEvaluated *evaluated)
{
  gboolean result;

  if (!confsync_schema_walk_charge (self, node, 1))
    return FALSE;
  if (self->depth == DEPTH_MAX)
    {
      self->reporting = TRUE;
      confsync_schema_walk_fail (self, node, "", place, "is nested too deep to be checked");
      self->stopped = TRUE;
      return FALSE;
    }
  self->depth++;
  if (evaluated != NULL || node->unevaluated_properties != NULL || node->unevaluated_items != NULL)
    result = walk_apart (self, node, value, place, evaluated);
  else
    result = walk_node (self, node, value, place, NULL);
  self->depth--;
  return result && !self->stopped;
}

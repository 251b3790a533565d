/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is said of a document that doesn't fit: where in the document, what is asked for there, and
 * where in the schema that stands. Names of members are said, values of the document never.
 */

#include "confsync-schema-text.h"
#include "confsync-schema-walk.h"

#include <string.h>

static void
write_down (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node, const char *keyword,
            const ConfsyncSchemaPlace *place, const char *reason)
{
  g_autofree char *shown = confsync_schema_place_show (place);
  g_autofree char *pointer = confsync_schema_show (node->pointer, strlen (node->pointer));

  g_free (self->reason);
  self->reason = g_strdup_printf ("%s%s %s (schema: %s%s%s)", shown,
                                  place != NULL && !place->is_name ? ":" : "", reason, pointer,
                                  *keyword != '\0' || *pointer == '\0' ? "/" : "", keyword);
  self->reason_depth = place != NULL ? place->depth : 0;
}

gboolean
confsync_schema_walk_fail (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                           const char *keyword, const ConfsyncSchemaPlace *place,
                           const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  if (!self->reporting || self->stopped)
    return FALSE;
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  write_down (self, node, keyword, place, reason);
  return FALSE;
}

gboolean
confsync_schema_walk_fail_by (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                              const char *keyword, const ConfsyncSchemaPlace *place,
                              const char *what, const ConfsyncJsonCursor *shown)
{
  g_autofree char *text = NULL, *reason = NULL;

  if (!self->reporting || self->stopped)
    return FALSE;
  text = confsync_schema_show_value (shown);
  reason = g_strconcat (what, " ", text, NULL);
  write_down (self, node, keyword, place, reason);
  return FALSE;
}

gboolean
confsync_schema_walk_charge (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                             guint64 cost)
{
  self->cost += cost;
  if (self->stopped || self->cost <= self->max_cost)
    return !self->stopped;
  self->reporting = TRUE;
  confsync_schema_walk_fail (self, node, "", NULL, "takes too long to check");
  self->stopped = TRUE;
  return FALSE;
}

gboolean
confsync_schema_walk_matches (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                              ConfsyncSchemaPattern *pattern, const ConfsyncJsonCursor *text,
                              const ConfsyncSchemaPlace *place)
{
  gboolean matches = FALSE, known;
  guint64 cost = 0;
  gsize length;
  const char *bytes = confsync_json_cursor_get_string (text, &length);

  if (self->stopped)
    return FALSE;
  known = confsync_schema_pattern_match (pattern, bytes, length, &matches, &cost);
  if (!known)
    {
      self->reporting = TRUE;
      confsync_schema_walk_fail (self, node, node->pattern == pattern ? "pattern"
                                                                      : "patternProperties",
                                 place, "takes too long to match with the pattern");
      self->stopped = TRUE;
      return FALSE;
    }
  return confsync_schema_walk_charge (self, node, cost) && matches;
}

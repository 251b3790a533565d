/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Applies schemas to a document. What it takes is counted, and bounded; how deep it goes is, too.
 * The first walk only finds out whether the document fits; where it doesn't, a second one writes
 * down why.
 */

#pragma once

#include "confsync-schema-evaluated.h"
#include "confsync-schema-node.h"
#include "confsync-schema-place.h"

G_BEGIN_DECLS

typedef struct {
  guint64 cost, max_cost;
  guint depth;
  gboolean stopped;   /* no answer: @reason says why */
  gboolean reporting; /* whether @reason is wanted */
  char *reason;       /* (owned) (nullable): why what was looked at last doesn't fit */
  guint reason_depth; /* of the place in the document */
} ConfsyncSchemaWalk;

/* Whether @value fits. @evaluated (nullable) gets what was looked at, where it does. */
gboolean confsync_schema_walk (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                               const ConfsyncJsonCursor *value, const ConfsyncSchemaPlace *place,
                               ConfsyncSchemaEvaluated *evaluated);

/* the parts of it */
gboolean confsync_schema_walk_scalar (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                      const ConfsyncJsonCursor *value,
                                      const ConfsyncSchemaPlace *place);
gboolean confsync_schema_walk_object (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                      const ConfsyncJsonCursor *value,
                                      const ConfsyncSchemaPlace *place,
                                      ConfsyncSchemaEvaluated *evaluated);
gboolean confsync_schema_walk_array (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                     const ConfsyncJsonCursor *value,
                                     const ConfsyncSchemaPlace *place,
                                     ConfsyncSchemaEvaluated *evaluated);
gboolean confsync_schema_walk_unevaluated (ConfsyncSchemaWalk *self,
                                           const ConfsyncSchemaNode *node,
                                           const ConfsyncJsonCursor *value,
                                           const ConfsyncSchemaPlace *place,
                                           ConfsyncSchemaEvaluated *evaluated);

/* Adds to the cost; %FALSE where it's too much, or where the walk has ended before. */
gboolean confsync_schema_walk_charge (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                      guint64 cost);
/* whether the pattern matches a string; %FALSE also where that takes too long, and ends the walk */
gboolean confsync_schema_walk_matches (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                       ConfsyncSchemaPattern *pattern,
                                       const ConfsyncJsonCursor *text,
                                       const ConfsyncSchemaPlace *place);

/* Writes down why the value at @place doesn't fit @node, by which keyword; returns %FALSE. The
 * format's arguments come from the schema, or count: they never come from the document. */
gboolean confsync_schema_walk_fail (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                    const char *keyword, const ConfsyncSchemaPlace *place,
                                    const char *format, ...) G_GNUC_PRINTF (5, 6);
/* the same; @shown, a value out of the schema, is said behind @what */
gboolean confsync_schema_walk_fail_by (ConfsyncSchemaWalk *self, const ConfsyncSchemaNode *node,
                                       const char *keyword, const ConfsyncSchemaPlace *place,
                                       const char *what, const ConfsyncJsonCursor *shown);

G_END_DECLS

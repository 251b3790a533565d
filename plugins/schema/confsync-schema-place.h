/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A place in the document that is being checked, from the inside out, as it's known on the way
 * there. The root's is %NULL. Lives on the stack, and costs nothing until it's shown.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct _ConfsyncSchemaPlace ConfsyncSchemaPlace;

struct _ConfsyncSchemaPlace
{
  const ConfsyncSchemaPlace *parent;
  const char *name; /* (nullable): of a member; no NUL ends it */
  gsize length;
  guint index;      /* of an element */
  gboolean is_name; /* it's about the name itself */
  guint depth;
};

/* the member @name (nullable) or the element @index of what is at @parent */
ConfsyncSchemaPlace confsync_schema_place_of (const ConfsyncSchemaPlace *parent,
                                              const ConfsyncJsonCursor *name, guint index);
ConfsyncSchemaPlace confsync_schema_place_of_text (const ConfsyncSchemaPlace *parent,
                                                   const char *name);

/* as it begins a message */
char *confsync_schema_place_show (const ConfsyncSchemaPlace *self);

G_END_DECLS

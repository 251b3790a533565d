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
  const ConfsyncJsonCursor *name; /* (nullable): of a member */
  const char *text;               /* (nullable): the same, where it's not from the document */
  guint index;                    /* of an element */
  guint depth;
  gboolean is_name; /* it's about the name itself */
};

static inline ConfsyncSchemaPlace
confsync_schema_place_below (const ConfsyncSchemaPlace *parent)
{
  return (ConfsyncSchemaPlace){ .parent = parent,
                                .depth = parent != NULL ? parent->depth + 1 : 1 };
}

/* the member @name (nullable), which is borrowed, or the element @index of what is at @parent */
static inline ConfsyncSchemaPlace
confsync_schema_place_of (const ConfsyncSchemaPlace *parent, const ConfsyncJsonCursor *name,
                          guint index)
{
  ConfsyncSchemaPlace place = confsync_schema_place_below (parent);

  place.name = name;
  place.index = index;
  return place;
}

static inline ConfsyncSchemaPlace
confsync_schema_place_of_text (const ConfsyncSchemaPlace *parent, const char *text)
{
  ConfsyncSchemaPlace place = confsync_schema_place_below (parent);

  place.text = text;
  return place;
}

/* as it begins a message */
char *confsync_schema_place_show (const ConfsyncSchemaPlace *self);

G_END_DECLS

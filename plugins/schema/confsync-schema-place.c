/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Places, and how they are shown: as JSON Pointers, with no character that isn't printed.
 */

#include "confsync-schema-place.h"

#include "confsync-schema-text.h"

#include <string.h>

/* levels of a place in a message; what is above them is left out */
#define SHOWN_LEVELS 16

static void
append_place (GString *pointer, const ConfsyncSchemaPlace *self, guint levels)
{
  const char *name = self->text;
  g_autofree char *shown = NULL;
  gsize length = name != NULL ? strlen (name) : 0;

  if (self->parent != NULL && levels > 1)
    append_place (pointer, self->parent, levels - 1);
  else if (self->parent != NULL)
    g_string_append (pointer, "…");
  if (self->name != NULL)
    name = confsync_json_cursor_get_string (self->name, &length);
  if (name == NULL)
    {
      g_string_append_printf (pointer, "/%u", self->index);
      return;
    }
  shown = confsync_schema_show (name, length);
  confsync_schema_pointer_append (pointer, shown, strlen (shown));
}

char *
confsync_schema_place_show (const ConfsyncSchemaPlace *self)
{
  g_autoptr (GString) pointer = g_string_new (NULL);

  if (self == NULL)
    return g_strdup ("the configuration");
  append_place (pointer, self, SHOWN_LEVELS);
  if (self->is_name)
    g_string_append (pointer, ": the name of this member");
  return g_strdup (pointer->str);
}

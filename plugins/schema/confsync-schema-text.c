/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Text for messages.
 */

#include "confsync-schema-text.h"

#include <string.h>

/* characters of a piece of text in a message */
#define SHOWN_MAX 160

void
confsync_schema_pointer_append (GString *pointer, const char *token, gsize length)
{
  g_string_append_c (pointer, '/');
  for (gsize i = 0; i < length; i++)
    if (token[i] == '~')
      g_string_append (pointer, "~0");
    else if (token[i] == '/')
      g_string_append (pointer, "~1");
    else
      g_string_append_c (pointer, token[i]);
}

char *
confsync_schema_pointer_of (const char *pointer, const char *token, gsize length)
{
  GString *longer = g_string_new (pointer);

  confsync_schema_pointer_append (longer, token, length);
  return g_string_free (longer, FALSE);
}

char *
confsync_schema_show (const char *text, gsize length)
{
  GString *shown = g_string_new (NULL);
  const char *end = text + length;
  guint n = 0;

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (n++ == SHOWN_MAX)
        {
          g_string_append (shown, "…");
          break;
        }
      if (g_unichar_isprint (character))
        g_string_append_unichar (shown, character);
      else
        g_string_append_printf (shown, "\\u{%x}", character);
    }
  return g_string_free (shown, FALSE);
}

char *
confsync_schema_show_value (const ConfsyncJsonCursor *value)
{
  g_autoptr (ConfsyncJson) json = confsync_json_cursor_dup_json (value);
  g_autoptr (GBytes) text = confsync_json_to_compact (json);

  return confsync_schema_show (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

gboolean
confsync_schema_refuse (GError **error, const char *pointer, const char *format, ...)
{
  g_autofree char *reason = NULL, *place = confsync_schema_show (pointer, strlen (pointer));
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, "at \"%s\": %s", place,
               reason);
  return FALSE;
}

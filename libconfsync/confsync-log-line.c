/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lines of a log: one line each whatever a peer has sent, readable by people and, as `name=value`,
 * by programs.
 */

#include "config.h"

#include "confsync-log-line-private.h"

#include <string.h>

static const char *const level_names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };

/* What could end the line, move a cursor, colour or hide text. */
static gboolean
is_harmful (gunichar c)
{
  const GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_SURROGATE || type == G_UNICODE_FORMAT ||
         type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/*
 * confsync_log_escape:
 * @text: from anywhere
 *
 * Returns: (transfer full): valid UTF-8 on one line; harmful characters become `\uNNNN`
 */
char *
confsync_log_escape (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *safe = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);

      if (is_harmful (c))
        g_string_append_printf (safe, "\\u%04x", c);
      else
        g_string_append_unichar (safe, c);
    }
  return g_string_free (safe, FALSE);
}

/* A text that is one word stands as it is; another one is quoted. */
static void
append_text (GString *line, const char *text)
{
  const gboolean quoted = *text == '\0' || strpbrk (text, " ,\"=[]") != NULL;

  if (!quoted)
    {
      g_string_append (line, text);
      return;
    }
  g_string_append_c (line, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (line, '\\');
      g_string_append_c (line, *p);
    }
  g_string_append_c (line, '"');
}

static void
append_value (GString *line, GVariant *value)
{
  g_autofree char *printed = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      append_text (line, g_variant_get_string (value, NULL));
      return;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **texts = g_variant_get_strv (value, NULL);

      for (gsize i = 0; texts[i] != NULL; i++)
        {
          g_string_append (line, i > 0 ? "," : "");
          append_text (line, texts[i]);
        }
      return;
    }
  printed = g_variant_print (value, FALSE);
  g_string_append (line, printed);
}

/*
 * confsync_log_event:
 * @details: a{sv}
 *
 * Returns: (transfer full): such as `peer up: peer=hall remote=127.0.0.1:41022 round-trip=93`; a
 *   message stands without its name
 */
char *
confsync_log_event (const char *kind, GVariant *details)
{
  g_autoptr (GString) line = g_string_new (kind);
  GVariantIter iter;
  const char *name;
  GVariant *value;
  const char *separator = ": ";

  g_variant_iter_init (&iter, details);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_string_append (line, separator);
      separator = " ";
      if (g_str_equal (name, "message") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        {
          g_string_append (line, g_variant_get_string (value, NULL));
          continue;
        }
      g_string_append_printf (line, "%s=", name);
      append_value (line, value);
    }
  return confsync_log_escape (line->str);
}

/*
 * confsync_log_line:
 * @text: from anywhere
 *
 * Returns: (transfer full): a line with its end, the time in local time
 */
char *
confsync_log_line (gint64 time_us, ConfsyncLevel level, const char *domain, const char *text)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autofree char *when = g_date_time_format (seconds, "%Y-%m-%d %H:%M:%S");
  g_autofree char *safe = confsync_log_escape (text);

  return g_strdup_printf ("%s.%03d %-7s %s: %s\n", when,
                          (int) (time_us % G_USEC_PER_SEC / 1000), level_names[level], domain,
                          safe);
}

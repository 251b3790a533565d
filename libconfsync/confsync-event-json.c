/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One event, one JSON object on one line: `time`, `level`, `event`, then its details under their
 * own names and in their own units. All but printable ASCII is escaped, so a line may be shown on
 * any terminal.
 */

#include "config.h"

#include "confsync-event-json-private.h"

static void
append_unit (GString *json, gunichar c)
{
  if (c < 0x10000)
    g_string_append_printf (json, "\\u%04x", c);
  else
    g_string_append_printf (json, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                            0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* GVariant strings are always UTF-8 */
static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      const gunichar c = g_utf8_get_char (text);

      if (c == '"' || c == '\\')
        g_string_append_printf (json, "\\%c", (char) c);
      else if (c >= ' ' && c < 0x7f)
        g_string_append_c (json, (char) c);
      else
        append_unit (json, c);
    }
  g_string_append_c (json, '"');
}

static void
append_strings (GString *json, GVariant *value)
{
  g_autofree const char **strings = g_variant_get_strv (value, NULL);

  g_string_append_c (json, '[');
  for (gsize i = 0; strings[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append (json, ", ");
      append_string (json, strings[i]);
    }
  g_string_append_c (json, ']');
}

/* Strings, booleans, numbers and lists of strings, as confsync-event.h has them; else GVariant's
 * own text. */
static void
append_value (GString *json, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    append_string (json, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    append_strings (json, value);
  else
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) ||
          g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) ||
          g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ||
          g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        g_string_append (json, text);
      else
        append_string (json, text);
    }
}

static void
append_member (GString *json, const char *name, const char *text)
{
  append_string (json, name);
  g_string_append (json, ": ");
  append_string (json, text);
}

static char *
format_time (gint64 time_us)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *clock = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%06dZ", clock, (int) (time_us % G_USEC_PER_SEC));
}

static const char *
level_name (ConfsyncLevel level)
{
  static const char *const names[] = {
    [CONFSYNC_LEVEL_DEBUG] = "debug",
    [CONFSYNC_LEVEL_INFO] = "info",
    [CONFSYNC_LEVEL_WARNING] = "warning",
    [CONFSYNC_LEVEL_ERROR] = "error",
  };

  return names[level];
}

/*
 * confsync_event_json:
 * @time_us: microseconds since the Unix epoch
 * @details: a{sv}, whose keys belong to @kind
 *
 * Returns: (transfer full): one line, without its end; times inside are microseconds
 */
char *
confsync_event_json (gint64 time_us, ConfsyncLevel level, const char *kind, GVariant *details)
{
  GString *json = g_string_new ("{");
  g_autofree char *when = format_time (time_us);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  append_member (json, "time", when);
  g_string_append (json, ", ");
  append_member (json, "level", level_name (level));
  g_string_append (json, ", ");
  append_member (json, "event", kind);

  g_variant_iter_init (&iter, details);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_string_append (json, ", ");
      append_string (json, key);
      g_string_append (json, ": ");
      append_value (json, value);
    }
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Units for people, and text from elsewhere made harmless to a terminal. Nothing here writes.
 */

#include "config.h"

#include "confsync-units.h"

#include <glib/gi18n.h>

#define US_PER_MS 1000
#define US_PER_MINUTE (60 * G_USEC_PER_SEC)
#define US_PER_HOUR G_TIME_SPAN_HOUR
#define US_PER_DAY G_TIME_SPAN_DAY

/*
 * confsync_units_bytes:
 *
 * Returns: (transfer full): such as `812 bytes`, `2.1 KB` or `10.0 MB`; a KB is 1,000 bytes
 */
char *
confsync_units_bytes (guint64 bytes)
{
  if (bytes < 1000)
    return g_strdup_printf (ngettext ("%u byte", "%u bytes", bytes), (guint) bytes);
  if (bytes < 1000 * 1000)
    return g_strdup_printf (_ ("%.1f KB"), bytes / 1e3);
  return g_strdup_printf (_ ("%.1f MB"), bytes / 1e6);
}

/* to the nearest; @us isn't negative */
static int
count_of (gint64 us, gint64 unit)
{
  return (int) (us / unit + (us % unit >= unit / 2));
}

/*
 * confsync_units_duration:
 * @us: microseconds
 *
 * Returns: (transfer full): such as `0.3 ms`, `1.2 s`, `3 min`, `5 h` or `12 days`
 */
char *
confsync_units_duration (gint64 us)
{
  if (us < US_PER_MS / 20)
    return g_strdup_printf (_ ("%.2f ms"), MAX (us, 0) / (double) US_PER_MS);
  if (us < 100 * US_PER_MS)
    return g_strdup_printf (_ ("%.1f ms"), us / (double) US_PER_MS);
  if (us < 500 * US_PER_MS)
    return g_strdup_printf (_ ("%.0f ms"), us / (double) US_PER_MS);
  if (us < 2 * US_PER_MINUTE)
    return g_strdup_printf (_ ("%.1f s"), us / (double) G_USEC_PER_SEC);
  if (us < 2 * US_PER_HOUR)
    return g_strdup_printf (_ ("%d min"), count_of (us, US_PER_MINUTE));
  if (us < 2 * US_PER_DAY)
    return g_strdup_printf (_ ("%d h"), count_of (us, US_PER_HOUR));
  return g_strdup_printf (_ ("%d days"), count_of (us, US_PER_DAY));
}

/*
 * confsync_units_moment:
 * @time_us: microseconds since the Unix epoch
 *
 * Returns: (transfer full): such as `2026-01-31 12:00:01`, in the local time; `?` where it isn't
 *   known or no calendar has it
 */
char *
confsync_units_moment (gint64 time_us)
{
  g_autoptr (GDateTime) moment =
    time_us > 0 ? g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC) : NULL;

  return moment != NULL ? g_date_time_format (moment, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

/* What could move the cursor, colour or hide text, or end the line. */
static gboolean
is_harmful (gunichar c)
{
  const GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_SURROGATE ||
         type == G_UNICODE_FORMAT || /* the bidirectional overrides among them */
         type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/*
 * confsync_units_escape:
 * @text: bytes from anywhere
 *
 * Returns: (transfer full): @text as valid UTF-8 on one line, without anything that a terminal
 *   would obey: such characters become `\xNN` or `\uNNNN`
 */
char *
confsync_units_escape (const char *text)
{
  GString *safe = g_string_new (NULL);

  while (*text != '\0')
    {
      gunichar c = g_utf8_get_char_validated (text, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (safe, "\\x%02x", (guchar) *text++);
          continue;
        }
      if (!is_harmful (c))
        g_string_append_unichar (safe, c);
      else if (c < 0x100)
        g_string_append_printf (safe, "\\x%02x", c);
      else
        g_string_append_printf (safe, "\\u%04x", c);
      text = g_utf8_next_char (text);
    }
  return g_string_free (safe, FALSE);
}

/* As JSON spells it: two units beyond the basic plane. */
static void
append_json_escape (GString *json, gunichar c)
{
  if (c < 0x10000)
    g_string_append_printf (json, "\\u%04x", c);
  else
    g_string_append_printf (json, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                            0xdc00 + ((c - 0x10000) & 0x3ff));
}

/*
 * confsync_units_escape_json:
 * @text: valid JSON
 *
 * Returns: (transfer full): JSON of the same value, without anything but line ends and tabs that a
 *   terminal would obey
 */
char *
confsync_units_escape_json (const char *text, gsize length)
{
  GString *safe = g_string_sized_new (length);
  const char *end = text + length;

  while (text < end)
    {
      const gunichar c = g_utf8_get_char_validated (text, end - text);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append (safe, "\xef\xbf\xbd"); /* U+FFFD: it can't be in JSON */
          text++;
          continue;
        }
      if (c == '\n' || c == '\t' || !is_harmful (c))
        g_string_append_unichar (safe, c);
      else if (c != '\r') /* between values, where it means nothing */
        append_json_escape (safe, c);
      text = g_utf8_next_char (text);
    }
  return g_string_free (safe, FALSE);
}

/*
 * confsync_units_width:
 * @text: UTF-8 without control characters
 *
 * Returns: how many columns of a terminal it takes
 */
guint
confsync_units_width (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      const gunichar c = g_utf8_get_char (text);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

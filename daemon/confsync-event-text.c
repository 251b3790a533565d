/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One event, one line: when, what, about whom, and the rest.
 */

#include "config.h"

#include "confsync-event-text.h"

#include "confsync-event-words.h"
#include "confsync-units.h"

#define KIND_COLUMNS 11

#define COLOR_DIM "\033[2m"
#define COLOR_RED "\033[1;31m"
#define COLOR_END "\033[0m"

static const char *
color_of (const ConfsyncEventWords *words, ConfsyncLevel level)
{
  switch (level)
    {
    case CONFSYNC_LEVEL_ERROR:
      return COLOR_RED;
    case CONFSYNC_LEVEL_WARNING:
      return CONFSYNC_EVENT_COLOR_YELLOW;
    case CONFSYNC_LEVEL_DEBUG:
      return COLOR_DIM;
    case CONFSYNC_LEVEL_INFO:
    default:
      return words->color;
    }
}

/* HH:MM:SS.mmm, local time */
static char *
format_time (gint64 time_us)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autofree char *clock = g_date_time_format (seconds, "%H:%M:%S");

  return g_strdup_printf ("%s.%03d", clock, (int) (time_us % G_USEC_PER_SEC / 1000));
}

/*
 * confsync_event_text:
 * @time_us: microseconds since the Unix epoch
 * @details: a{sv}, whose keys belong to @kind
 *
 * Returns: (transfer full): one line, without its end
 */
char *
confsync_event_text (gint64 time_us,
                     ConfsyncLevel level,
                     const char *kind,
                     GVariant *details,
                     gboolean color)
{
  const ConfsyncEventWords *words = confsync_event_words_find (kind);
  g_autofree char *safe_kind = confsync_units_escape (kind);
  g_autofree char *when = format_time (time_us);
  g_autoptr (GVariantDict) dict = g_variant_dict_new (details);
  g_autoptr (GString) subject = g_string_new (NULL);
  g_autoptr (GString) rest = g_string_new (NULL);
  ConfsyncEventLine line = { .details = dict, .subject = subject, .rest = rest };

  words->write (&line);
  return g_strdup_printf ("%s%s%s  %s%-*s%s%s%s%s", color ? COLOR_DIM : "", when,
                          color ? COLOR_END : "", color ? color_of (words, level) : "",
                          KIND_COLUMNS, safe_kind, color ? COLOR_END : "", subject->str,
                          rest->len > 0 ? "   " : "", rest->str);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of versions. After _999 comes _999001, which sorts behind it, and after _999999 the next
 * second.
 */

#include "config.h"

#include "confsync-version-name-private.h"

#include <stdio.h>
#include <string.h>

#include "confsync-file-io-private.h"

#define PREFIX "config_"
#define SUFFIX ".json"
#define TIME_DIGITS 14
#define COUNT_DIGITS_MIN 3
#define COUNT_DIGITS_MAX 6
#define DIGITS "0123456789"

gboolean
confsync_version_name_is_valid (const char *name)
{
  gsize n_digits;

  if (!g_str_has_prefix (name, PREFIX))
    return FALSE;
  name += strlen (PREFIX);
  if (strspn (name, DIGITS) != TIME_DIGITS)
    return FALSE;
  name += TIME_DIGITS;
  if (*name != '_')
    return g_str_equal (name, SUFFIX);

  name++;
  n_digits = strspn (name, DIGITS);
  return n_digits >= COUNT_DIGITS_MIN && n_digits <= COUNT_DIGITS_MAX &&
         g_str_equal (name + n_digits, SUFFIX);
}

gint64
confsync_version_name_get_time (const char *name)
{
  g_autoptr (GDateTime) time = NULL;
  int year, month, day, hour, minute, second;

  if (sscanf (name, PREFIX "%4d%2d%2d%2d%2d%2d", &year, &month, &day, &hour, &minute, &second) != 6)
    return 0;
  time = g_date_time_new_utc (year, month, day, hour, minute, second);
  return time != NULL ? g_date_time_to_unix (time) : 0;
}

/* The name after @newest within its second; NULL where the second is full. */
static char *
next_in_second (const char *newest)
{
  const char *time = newest + strlen (PREFIX);
  const char *digits = time + TIME_DIGITS + 1;
  gboolean is_counted = time[TIME_DIGITS] == '_';
  gsize n_digits = is_counted ? strspn (digits, DIGITS) : COUNT_DIGITS_MIN;
  guint count = is_counted ? g_ascii_strtoull (digits, NULL, 10) : 0;

  /* 999 as 999000: what sorts behind a row of nines is that row with more digits */
  if (is_counted && strspn (digits, "9") == n_digits)
    for (; n_digits < COUNT_DIGITS_MAX; n_digits++)
      count *= 10;
  if (count == 999999)
    return NULL;
  return g_strdup_printf (PREFIX "%.*s_%0*u" SUFFIX, TIME_DIGITS, time, (int) n_digits, count + 1);
}

char *
confsync_version_name_next (const char *newest, gint64 now_s)
{
  g_autofree char *now = confsync_file_format_time (now_s);
  g_autofree char *next = NULL;
  char *name;

  if (newest == NULL || strncmp (now, newest + strlen (PREFIX), TIME_DIGITS) > 0)
    return g_strconcat (PREFIX, now, SUFFIX, NULL);

  name = next_in_second (newest);
  if (name != NULL)
    return name;
  /* full: the next second, though it hasn't come yet */
  next = confsync_file_format_time (confsync_version_name_get_time (newest) + 1);
  return strncmp (next, newest + strlen (PREFIX), TIME_DIGITS) > 0
           ? g_strconcat (PREFIX, next, SUFFIX, NULL)
           : NULL;
}

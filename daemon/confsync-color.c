/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Decides whether a stream is coloured. It writes nothing.
 */

#include "config.h"

#include "confsync-color.h"

#include <unistd.h>

/*
 * confsync_color_is_wanted:
 *
 * NO_COLOR counts when it is set and not empty: https://no-color.org
 */
gboolean
confsync_color_is_wanted (FILE *file, ConfsyncColor color)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *term = g_getenv ("TERM");

  if (color != CONFSYNC_COLOR_AUTO)
    return color == CONFSYNC_COLOR_ALWAYS;
  return (no_color == NULL || *no_color == '\0') && g_strcmp0 (term, "dumb") != 0 &&
         isatty (fileno (file));
}

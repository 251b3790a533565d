/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lays out a help page. A page must fit a screen of 24 lines and 80 columns: a test holds it to
 * that.
 */

#include "config.h"

#include "confsync-help.h"

#include <glib/gi18n.h>

/* where the explanation of an option begins */
#define SUMMARY_COLUMN 31

static void
append_option (GString *page, const ConfsyncOption *option)
{
  const gsize start = page->len;
  const char *name = option->alias != NULL ? option->alias : option->name;

  if (option->letter != 0)
    g_string_append_printf (page, "  -%c, --%s", option->letter, name);
  else
    g_string_append_printf (page, "      --%s", name);
  if (option->type != CONFSYNC_OPTION_BOOLEAN)
    g_string_append_printf (page, " %s", option->argument);
  g_string_append_printf (page, "%*s%s", MAX (SUMMARY_COLUMN - (int) (page->len - start), 2), "",
                          _ (option->summary));
  if (option->initial != NULL)
    g_string_append_printf (page, " (%s)", option->initial);
  g_string_append_c (page, '\n');
}

/*
 * confsync_help_format:
 * @usage: what to type, without the command's name
 * @purpose: what it does, in a line or two
 * @example: what ends the page: a line or two, without the last line end
 * @which: of which options
 *
 * Returns: (transfer full): the page
 */
char *
confsync_help_format (const ConfsyncOption *table,
                      const char *usage,
                      const char *purpose,
                      const char *example,
                      ConfsyncHelpPage which)
{
  GString *page = g_string_new (NULL);

  g_string_append_printf (page, _ ("Usage: %s\n%s\n"), usage, purpose);
  for (const ConfsyncOption *option = table; option->name != NULL; option++)
    if (option->summary != NULL && option->page == which)
      append_option (page, option);
  g_string_append_printf (page, _ ("Example: %s\n"), example);
  return g_string_free (page, FALSE);
}

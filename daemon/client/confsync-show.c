/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync show`: a version, as its author left it.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-command.h"
#include "confsync-tools.h"
#include "confsync-version-list.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("name", "NAME"),
  /* what is printed is JSON anyway; for who asks all commands for it */
  { .name = "json", .type = CONFSYNC_OPTION_BOOLEAN, .arguments_only = TRUE },
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *word = confsync_options_get_string (tool->options, "name"), *name;
  g_autoptr (ConfsyncVersionList) list = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (word == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which version? “confsync versions” lists them: confsync show NAME"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (!confsync_tool_open (tool, error))
    return CONFSYNC_EXIT_FAILED;
  list = confsync_version_list_read (tool, error);
  if (list == NULL)
    return CONFSYNC_EXIT_FAILED;
  /* what is live is shown as it is here, with what stays on this machine */
  name = g_str_equal (word, CONFSYNC_VERSION_LIVE)
           ? word
           : confsync_version_list_find (list, word, error);
  text = name != NULL ? confsync_version_read (tool, name, error) : NULL;
  if (text == NULL)
    return CONFSYNC_EXIT_FAILED;

  bytes = g_bytes_new (text, strlen (text));
  confsync_output_json_text (tool->output, bytes);
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_show_tool = {
  .name = "show",
  .usage = "NAME [OPTION]...",
  .purpose = N_ ("Prints a version, which is JSON. NAME is what “confsync versions” lists, or a\n"
                 "part of its digits that no other has; “previous” is the one before what is\n"
                 "there now, “live” is that."),
  .example = "confsync show 20260101120000",
  .options = options,
  .run = run,
};

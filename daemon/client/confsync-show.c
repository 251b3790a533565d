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
  const char *name = confsync_options_get_string (tool->options, "name");
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (name == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which version? “confsync versions” lists them: confsync show NAME"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (confsync_tool_connect (tool, error) == NULL)
    return CONFSYNC_EXIT_FAILED;
  text = confsync_version_read (tool, name, error);
  if (text == NULL)
    return CONFSYNC_EXIT_FAILED;

  bytes = g_bytes_new (text, strlen (text));
  confsync_output_json_text (tool->output, bytes);
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_show_tool = {
  .name = "show",
  .usage = "NAME [OPTION]...",
  .purpose = N_ ("Prints a version, which is JSON. NAME is what “confsync versions” lists; “live”\n"
                 "is what is there now."),
  .example = "confsync show config_20260101120000",
  .options = options,
  .run = run,
};

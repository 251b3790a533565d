/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync confirm`: says whether the configuration that is on trial works.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  { .name = "reject",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "REASON",
    .summary = N_ ("it doesn't work: undo it now"),
    .arguments_only = TRUE },
  { .name = "hash",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "HASH",
    .summary = N_ ("only if it is still that configuration"),
    .arguments_only = TRUE },
  { .name = "config-path",
    .letter = 'f',
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .positional = TRUE,
    .summary = N_ ("the instance that keeps FILE") },
  CONFSYNC_TOOL_OTHER_OPTIONS,
  { NULL },
};

static int
run (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document = confsync_tool_connect (tool, error);
  const char *reason = confsync_options_get_string (tool->options, "reject");
  const char *hash = confsync_options_get_string (tool->options, "hash");

  if (hash == NULL)
    hash = "";
  if (document == NULL ||
      !(reason != NULL
          ? confsync_dbus_document_call_reject_sync (document, hash, reason, NULL, error)
          : confsync_dbus_document_call_confirm_sync (document, hash, NULL, error)))
    return CONFSYNC_EXIT_FAILED;
  confsync_output_print (tool->output, "%s\n",
                         reason != NULL ? _ ("rejected: what was confirmed last is put back")
                                        : _ ("confirmed: it stays"));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_confirm_tool = {
  .name = "confirm",
  .usage = "[FILE] [OPTION]...",
  .purpose = N_ ("Confirms that the configuration that another instance made works here, where\n"
                 "this one runs with --confirm-timeout: it stays. With --reject it doesn't:\n"
                 "what was confirmed last is put back, as when the time is over.\n"
                 "Exit status 1: nothing is on trial, or something else by now (--hash)."),
  .example = "curl -f localhost/up && confsync confirm || confsync confirm --reject down",
  .options = options,
  .run = run,
};

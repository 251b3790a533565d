/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync revert-local`: puts the shared configuration back where an edit goes nowhere.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static int
run (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document = confsync_tool_connect (tool, error);
  g_autofree char *hash = NULL;

  if (document == NULL ||
      !confsync_dbus_document_call_revert_local_sync (document, &hash, NULL, error))
    return CONFSYNC_EXIT_FAILED;
  confsync_output_print (tool->output, "%s\n",
                         _ ("the shared configuration is back; what was edited here is among the "
                            "versions: confsync versions"));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_revert_local_tool = {
  .name = "revert-local",
  .usage = "[OPTION]...",
  .purpose = N_ ("Puts the shared configuration back where the live file of an instance that only\n"
                 "receives (--role receive-only) was edited, or where validation refuses an edit\n"
                 "(--schema). The edit stays as a version.\n"
                 "Exit status 1: nothing was edited here."),
  .example = "confsync revert-local -f settings.json",
  .options = options,
  .run = run,
};

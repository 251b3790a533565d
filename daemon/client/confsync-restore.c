/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync restore`: puts back a live file that was deleted or emptied.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-lone.h"
#include "confsync-tools.h"
#include "confsync-units.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static gboolean
restore (ConfsyncTool *tool, gboolean *restored, GError **error)
{
  ConfsyncDBusDocument *document;

  if (tool->kept != NULL)
    return confsync_lone_restore (tool->kept, restored, error);
  document = confsync_instance_get_proxy (tool->instance, error);
  return document != NULL &&
         confsync_dbus_document_call_restore_sync (document, restored, NULL, error);
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_autofree char *file = NULL;
  gboolean restored;

  if (!confsync_tool_open (tool, error) || !restore (tool, &restored, error))
    return CONFSYNC_EXIT_FAILED;
  file = confsync_units_escape (tool->kept != NULL ? confsync_kept_get_file (tool->kept)
                                                   : confsync_instance_get_file (tool->instance));
  confsync_output_print (tool->output,
                         restored ? _ ("%s holds the configuration again\n")
                                  : _ ("%s holds a configuration; there is nothing to put back\n"),
                         file);
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_restore_tool = {
  .name = "restore",
  .usage = "[OPTION]...",
  .purpose = N_ ("Puts the live file back where it was deleted or emptied, or holds no\n"
                 "configuration: with what the others have. A file that holds one is left alone;\n"
                 "to go back to an older one: confsync rollback. Where no instance runs, too."),
  .example = "confsync restore -f settings.json",
  .options = options,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync reset-clock`: ends what a wrong clock has begun.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_SYNC_WAIT_OPTIONS,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static int
run (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document = confsync_tool_connect (tool, error);
  guint epoch;

  if (document == NULL ||
      !confsync_dbus_document_call_reset_clock_sync (document, &epoch, NULL, error))
    return CONFSYNC_EXIT_FAILED;
  confsync_output_print (tool->output,
                         _ ("epoch %u begins with what is live here; times count from this "
                            "machine's clock again\n"), epoch);
  return confsync_tool_has (tool, "wait") ? confsync_sync_wait (tool, error) : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_reset_clock_tool = {
  .name = "reset-clock",
  .usage = "[OPTION]...",
  .purpose = N_ ("Ends what a clock that was far ahead has begun: until real time catches up with\n"
                 "it, edits made at once are not ordered by their times. This begins an epoch,\n"
                 "with what is live here as its first edit. An edit of a later epoch wins over\n"
                 "any of an earlier one, on every instance; times start sane in it. What others\n"
                 "edit meanwhile, without having seen it, loses, and is kept as a version. So\n"
                 "mend the clock first, then run this once, on one instance."),
  .example = "confsync reset-clock --wait",
  .options = options,
  .run = run,
};

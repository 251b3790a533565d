/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync peers`: who the others are, and who of them holds what is held here.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-peer-list.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static int
run (ConfsyncTool *tool, GError **error)
{
  if (confsync_tool_connect (tool, error) == NULL)
    return CONFSYNC_EXIT_FAILED;

  if (confsync_tool_has (tool, "json"))
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      g_autoptr (JsonNode) root = NULL;

      confsync_peer_list_build (tool->instance, builder);
      root = json_builder_get_root (builder);
      confsync_output_node (tool->output, root);
    }
  else if (confsync_peer_list_print (tool->instance, tool->output).total == 0)
    confsync_output_print (tool->output, "%s\n", _ ("no peers: none is dialled, and none came in"));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_peers_tool = {
  .name = "peers",
  .usage = "[OPTION]...",
  .purpose = N_ ("Lists the other instances: whether the link to each is up, and whether it holds\n"
                 "what is held here, is behind, has refused it, lets it wait for a decision\n"
                 "(pending), or is apart (it doesn't keep it).\n"
                 "--json: id, address, remote, dialled, state, round_trip_us, clock_ahead_us (0\n"
                 "below a minute), holds_head, sync, reason of each."),
  .example = "confsync peers -f settings.json",
  .options = options,
  .run = run,
};

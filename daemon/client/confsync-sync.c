/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync sync`: compare notes with every peer now; with --wait, until all hold the same.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-peer-list.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  { .name = "wait",
    .letter = 'w',
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("end when every live peer holds the same") },
  CONFSYNC_SYNC_WAIT_TIMEOUT,
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static void
add_count (JsonBuilder *builder, const char *member, guint count)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, count);
}

static gboolean
print_json (ConfsyncTool *tool, const ConfsyncSyncResult *result, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  ConfsyncPeerCount count;

  /* what an open connection is told comes a moment later; a new one begins with what is */
  if (confsync_tool_connect (tool, error) == NULL)
    return FALSE;
  count = confsync_peer_list_count (tool->instance);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "synced");
  json_builder_add_boolean_value (builder, result->synced);
  add_count (builder, "holding", result->reason == NULL ? result->holding : count.holding);
  add_count (builder, "total", result->reason == NULL ? result->total : count.keeping);
  confsync_json_add_text (builder, "reason", result->reason);
  json_builder_set_member_name (builder, "peers");
  confsync_peer_list_build (tool->instance, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  confsync_output_node (tool->output, root);
  return TRUE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const gboolean wait = confsync_tool_has (tool, "wait");
  g_auto (ConfsyncSyncResult) result = { 0 };

  if (confsync_tool_connect (tool, error) == NULL)
    return CONFSYNC_EXIT_FAILED;
  if (!confsync_tool_has (tool, "json") && wait)
    return confsync_sync_wait (tool, error);

  if (!confsync_sync_call (tool, wait, &result, error))
    return CONFSYNC_EXIT_FAILED;
  if (!confsync_tool_has (tool, "json"))
    confsync_sync_print (tool, &result);
  else if (!print_json (tool, &result, error))
    return CONFSYNC_EXIT_FAILED;
  return wait && !result.synced ? CONFSYNC_EXIT_NO : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_sync_tool = {
  .name = "sync",
  .usage = "[--wait] [OPTION]...",
  .purpose = N_ ("Compares notes with every peer now, and says how many hold what is held here.\n"
                 "With --wait, exit status 1 says who is behind, and why.\n"
                 "--json: synced, holding, total, reason, peers (as confsync peers --json)."),
  .example = "confsync sync --wait --timeout 10",
  .options = options,
  .run = run,
};

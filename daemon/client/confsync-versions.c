/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync versions`: what is kept of the past.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-peer-list.h"
#include "confsync-table.h"
#include "confsync-tools.h"
#include "confsync-units.h"
#include "confsync-version-list.h"

#define SIZE_COLUMN 4

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* Who else holds a version stands in its record, and so does its author: without a record nobody
 * knows either. */
static const char *
get_note (const ConfsyncVersionItem *item)
{
  if (item->live)
    return _ ("live");
  return item->acknowledged || *item->author == '\0' ? NULL : _ ("known here only");
}

static void
print_table (ConfsyncTool *tool, ConfsyncVersionList *list)
{
  const char *const titles[] = { _ ("VERSION"), _ ("TIME"), _ ("AUTHOR"),
                                 _ ("CAUSE"),   _ ("SIZE"), _ ("NOTE") };
  g_autoptr (ConfsyncTable) table = confsync_table_new (G_N_ELEMENTS (titles));

  confsync_table_align_right (table, SIZE_COLUMN);
  confsync_table_add_titles (table, titles);
  for (guint i = 0; i < list->n_items; i++)
    {
      const ConfsyncVersionItem *item = &list->items[i];
      g_autofree char *when = confsync_units_moment (item->time_us);
      g_autofree char *size = item->size > 0 ? confsync_units_bytes (item->size) : NULL;

      confsync_table_add (table, NULL, item->name);
      confsync_table_add (table, NULL, when);
      confsync_table_add (table, NULL, item->author);
      confsync_table_add (table, NULL, item->cause);
      confsync_table_add (table, NULL, size);
      confsync_table_add (table, item->live ? CONFSYNC_STYLE_GREEN : NULL,
                          get_note (item));
    }
  confsync_table_print (table, tool->output);
}

static void
build_item (JsonBuilder *builder, const ConfsyncVersionItem *item)
{
  g_autofree char *time = confsync_tool_dup_time (item->time_us);

  json_builder_begin_object (builder);
  confsync_json_add_text (builder, "name", item->name);
  confsync_json_add_text (builder, "time", time);
  confsync_json_add_text (builder, "author", item->author);
  confsync_json_add_text (builder, "hash", item->hash);
  confsync_json_add_text (builder, "cause", item->cause);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) item->size);
  json_builder_set_member_name (builder, "acknowledged");
  json_builder_add_boolean_value (builder, item->acknowledged);
  json_builder_set_member_name (builder, "live");
  json_builder_add_boolean_value (builder, item->live);
  json_builder_end_object (builder);
}

static void
print_json (ConfsyncTool *tool, ConfsyncVersionList *list)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < list->n_items; i++)
    build_item (builder, &list->items[i]);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  confsync_output_node (tool->output, root);
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_autoptr (ConfsyncVersionList) list = NULL;

  if (!confsync_tool_open (tool, error))
    return CONFSYNC_EXIT_FAILED;
  list = confsync_version_list_read (tool, error);
  if (list == NULL)
    return CONFSYNC_EXIT_FAILED;

  if (confsync_tool_has (tool, "json"))
    print_json (tool, list);
  else if (list->n_items > 0)
    print_table (tool, list);
  else
    confsync_output_print (tool->output, "%s\n", _ ("no versions are kept yet"));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_versions_tool = {
  .name = "versions",
  .usage = "[OPTION]...",
  .purpose = N_ ("Lists the versions that are kept, the newest first: when and by whom each was\n"
                 "made, and why it is kept: edit, remote, merge, rollback, initial, or lost.\n"
                 "Where no instance runs, the files are read; so do show, diff and explain.\n"
                 "--json: name, time, author, hash, cause, size, acknowledged, live of each."),
  .example = "confsync versions --json | jq -r '.[0].name'",
  .options = options,
  .run = run,
};

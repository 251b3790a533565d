/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync conflicts`: what waits for a person, and what each side made of it.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-conflict-text.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* Gets the values of each; those that were settled meanwhile are left out of @shown. */
static GPtrArray *
read_sides (ConfsyncTool *tool, ConfsyncConflictList *list, GError **error)
{
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();

  for (guint i = 0; i < list->n_items; i++)
    {
      g_autoptr (GError) reason = NULL;

      if (confsync_conflict_list_read_sides (list, tool, i, &reason))
        g_ptr_array_add (shown, &list->items[i]);
      else if (!g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
    }
  return g_steal_pointer (&shown);
}

static gboolean
print_text (ConfsyncTool *tool, GPtrArray *items, GError **error)
{
  if (items->len == 0)
    confsync_output_print (tool->output, "%s\n", _ ("no conflicts"));
  for (guint i = 0; i < items->len; i++)
    {
      if (!confsync_conflict_print (items->pdata[i], tool->output, error))
        return FALSE;
      confsync_output_print (tool->output, "\n");
    }
  if (items->len > 0)
    confsync_output_print (tool->output, "%s%s\n",
                           _ ("settle one: confsync resolve ID "),
                           "--ours | --theirs | --merge | --file FILE");
  return TRUE;
}

static gboolean
print_json (ConfsyncTool *tool, GPtrArray *items, GError **error)
{
  g_autoptr (GString) text = g_string_new ("[");
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) pretty = NULL;

  for (guint i = 0; i < items->len; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      if (!confsync_conflict_append_json (items->pdata[i], text, error))
        return FALSE;
    }
  g_string_append_c (text, ']');
  json = confsync_tool_parse (text->str, error);
  if (json == NULL)
    return FALSE;
  pretty = confsync_json_to_pretty (json, NULL);
  confsync_output_json_text (tool->output, pretty);
  return TRUE;
}

/* As diff does: 0 for none, 1 for some, more for trouble. */
static int
run (ConfsyncTool *tool, GError **error)
{
  g_autoptr (ConfsyncConflictList) list = NULL;
  g_autoptr (GPtrArray) items = NULL;
  gboolean printed;

  if (confsync_tool_connect (tool, error) == NULL)
    return CONFSYNC_EXIT_FAILED;
  list = confsync_conflict_list_read (tool, error);
  items = list != NULL ? read_sides (tool, list, error) : NULL;
  if (items == NULL)
    return CONFSYNC_EXIT_FAILED;

  printed = confsync_tool_has (tool, "json") ? print_json (tool, items, error)
                                             : print_text (tool, items, error);
  if (!printed)
    return CONFSYNC_EXIT_FAILED;
  return items->len > 0 ? CONFSYNC_EXIT_NO : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_conflicts_tool = {
  .name = "conflicts",
  .usage = "[OPTION]...",
  .purpose = N_ ("Lists what several changed at once and a person has to decide: where, since\n"
                 "when, who wrote each side, and what each made of what was there before both:\n"
                 "~ changed, + added, - removed. Ours is what is live here.\n"
                 "Exit status 0: nothing waits; 1: something does.\n"
                 "--json: an array of id, pointer, since, reason, ours_author, ours_time,\n"
                 "theirs_author, theirs_time; base, ours, theirs (the values; absent where there\n"
                 "is nothing); diff (JSON Patches: ours, theirs, ours_to_theirs)."),
  .example = "confsync conflicts --json | jq '.[].pointer'",
  .options = options,
  .run = run,
};

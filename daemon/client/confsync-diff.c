/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync diff`: what differs between two versions, or a version and what is live.
 */

#include "config.h"

#include "confsync-diff-text.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-tools.h"
#include "confsync-units.h"
#include "confsync-version-list.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("from", "A"),
  CONFSYNC_TOOL_ARGUMENT ("to", "B"),
  { .name = "json",
    .alias = "patch",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("a JSON Patch (RFC 6902) from A to B; also --json") },
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static ConfsyncJson *
read_json (ConfsyncTool *tool, ConfsyncVersionList *list, const char *name, GError **error)
{
  g_autofree char *text = confsync_version_read_shared (tool, list, name, error);

  return text != NULL ? confsync_tool_parse (text, error) : NULL;
}

/* Gives the version's name; what is live keeps that one. */
static const char *
find (ConfsyncVersionList *list, const char *word, GError **error)
{
  return g_str_equal (word, CONFSYNC_VERSION_LIVE) ? word
                                                   : confsync_version_list_find (list, word, error);
}

static gboolean
print_patch (ConfsyncTool *tool, ConfsyncJson *from, ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) patch = confsync_json_diff (from, to);
  g_autoptr (GBytes) text = confsync_json_to_pretty (patch, NULL);

  confsync_output_json_text (tool->output, text);
  return confsync_json_get_length (patch) > 0;
}

static gboolean
print_text (ConfsyncTool *tool,
            ConfsyncJson *from,
            ConfsyncJson *to,
            const char *from_name,
            const char *to_name)
{
  g_autofree char *safe_from = confsync_units_escape (from_name);
  g_autofree char *safe_to = confsync_units_escape (to_name);

  if (!confsync_json_equal (from, to))
    confsync_output_print (tool->output, "%s%s → %s%s\n",
                           confsync_output_style (tool->output, CONFSYNC_STYLE_BOLD), safe_from,
                           safe_to, confsync_output_style (tool->output, CONFSYNC_STYLE_END));
  return confsync_diff_print (tool->output, from, to);
}

/* As diff does: 0 for no difference, 1 for some, more for trouble. */
static int
run (ConfsyncTool *tool, GError **error)
{
  const char *from_word = confsync_options_get_string (tool->options, "from"), *from_name;
  const char *to_word = confsync_options_get_string (tool->options, "to"), *to_name;
  g_autoptr (ConfsyncVersionList) list = NULL;
  g_autoptr (ConfsyncJson) from = NULL, to = NULL;
  gboolean differs;

  if (!confsync_tool_open (tool, error))
    return CONFSYNC_EXIT_FAILED;
  list = confsync_version_list_read (tool, error);
  if (list == NULL)
    return CONFSYNC_EXIT_FAILED;
  from_name = find (list, from_word != NULL ? from_word : CONFSYNC_VERSION_PREVIOUS, error);
  to_name = from_name != NULL
              ? find (list, to_word != NULL ? to_word : CONFSYNC_VERSION_LIVE, error)
              : NULL;
  from = to_name != NULL ? read_json (tool, list, from_name, error) : NULL;
  to = from != NULL ? read_json (tool, list, to_name, error) : NULL;
  if (to == NULL)
    return CONFSYNC_EXIT_USAGE;

  differs = confsync_tool_has (tool, "json") ? print_patch (tool, from, to)
                                             : print_text (tool, from, to, from_name, to_name);
  return differs ? CONFSYNC_EXIT_NO : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_diff_tool = {
  .name = "diff",
  .usage = "[A [B]] [OPTION]...",
  .purpose = N_ ("Shows what differs from version A to version B, a line a place: ~ changed,\n"
                 "+ added, - removed. Without B it is what is live; without A, the one before.\n"
                 "What stays on this machine (local-keys) is left out. A and B as in show.\n"
                 "Exit status 0: nothing differs; 1: something does; 2 or 3: it can't be said."),
  .example = "confsync diff 20260101120000 --patch",
  .options = options,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync resolve`: settles a conflict, as a person decides.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-conflict-list.h"
#include "confsync-json-file.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"
#include "confsync-units.h"

#define CHOICE(word, says)                      \
  { .name = word,                               \
    .type = CONFSYNC_OPTION_BOOLEAN,            \
    .arguments_only = TRUE,                     \
    .summary = says }

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("id", "ID"),
  CHOICE ("ours", N_ ("what is live here stays")),
  CHOICE ("theirs", N_ ("what the other side has is taken")),
  CHOICE ("merge", N_ ("both, by member; ours at the same one")),
  { .name = "file",
    .type = CONFSYNC_OPTION_PATH,
    .arguments_only = TRUE,
    .argument = "FILE",
    .summary = N_ ("the JSON in FILE; - is standard input") },
  CONFSYNC_TOOL_FORCE,
  CONFSYNC_SYNC_WAIT_OPTIONS,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* Returns: (nullable): the one that was made, as the interface calls it; %NULL with @error */
static const char *
get_choice (ConfsyncTool *tool, GError **error)
{
  static const char *const names[] = { "ours", "theirs", "merge" };
  const char *choice = NULL;
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (confsync_tool_has (tool, names[i]))
      {
        choice = names[i];
        n++;
      }
  if (confsync_options_get_string (tool->options, "file") != NULL)
    {
      choice = "value";
      n++;
    }
  if (n == 1)
    return choice;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("how? One of --ours, --theirs, --merge and --file FILE; “confsync conflicts” "
                  "shows what they mean"));
  return NULL;
}

/* A file that can't be read is wrong use, as one that is no JSON. */
static ConfsyncJson *
read_file (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) text = confsync_json_file_read (path, &reason);

  if (text != NULL)
    return confsync_json_file_parse (text, path, error);
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, reason->message);
  return NULL;
}

/* Returns: (transfer full): the text of the value; empty where the choice needs none */
static char *
dup_value (ConfsyncTool *tool, GError **error)
{
  const char *path = confsync_options_get_string (tool->options, "file");
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) compact = NULL;

  if (path == NULL)
    return g_strdup ("");
  json = read_file (path, error);
  if (json == NULL)
    return NULL;
  compact = confsync_json_to_compact (json);
  return g_strndup (g_bytes_get_data (compact, NULL), g_bytes_get_size (compact));
}

static void
report (ConfsyncTool *tool,
        const ConfsyncConflictItem *item,
        const char *choice,
        const char *const *took_ours)
{
  g_autofree char *id = confsync_units_escape (item->id);
  g_autofree char *place = confsync_units_escape (
    *item->pointer != '\0' ? item->pointer : _ ("the whole document"));

  confsync_output_print (tool->output, _ ("settled %s   %s: %s\n"), id, place,
                         g_str_equal (choice, "value") ? _ ("the file") : choice);
  for (gsize i = 0; took_ours[i] != NULL; i++)
    {
      g_autofree char *pointer = confsync_units_escape (took_ours[i]);

      confsync_output_print (tool->output, _ ("  %s  both changed it: ours was taken\n"),
                             *pointer != '\0' ? pointer : _ ("the whole document"));
    }
}

static gboolean
resolve (ConfsyncTool *tool, const char *choice, const char *value, GError **error)
{
  const guint flags =
    confsync_tool_has (tool, "force") ? CONFSYNC_EDIT_ALLOW_EMPTY : CONFSYNC_EDIT_NONE;
  ConfsyncDBusDocument *document = confsync_tool_connect (tool, error);
  g_autoptr (ConfsyncConflictList) list =
    document != NULL ? confsync_conflict_list_read (tool, error) : NULL;
  const ConfsyncConflictItem *item = NULL;
  g_autofree char *hash = NULL;
  g_auto (GStrv) took_ours = NULL;

  if (list != NULL)
    item = confsync_conflict_list_find (list, confsync_options_get_string (tool->options, "id"),
                                        error);
  if (item == NULL)
    return FALSE;
  if (!confsync_dbus_document_call_resolve_conflict_sync (document, item->id, choice, value, flags,
                                                          &hash, &took_ours, NULL, error))
    {
      confsync_tool_ask_for_force (error);
      return FALSE;
    }
  report (tool, item, choice, (const char *const *) took_ours);
  return TRUE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *choice = get_choice (tool, error);
  g_autofree char *value = choice != NULL ? dup_value (tool, error) : NULL;

  if (value == NULL || !resolve (tool, choice, value, error))
    return CONFSYNC_EXIT_USAGE;
  return confsync_tool_has (tool, "wait") ? confsync_sync_wait (tool, error) : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_resolve_tool = {
  .name = "resolve",
  .usage = "[ID] --ours|--theirs|--merge|--file FILE [OPTION]...",
  .purpose = N_ ("Settles a conflict by an ordinary edit, which wins over both sides everywhere.\n"
                 "ID, or its beginning, is what “confsync conflicts” lists; where there is only\n"
                 "one, it may be left out. FILE has the value of the conflict's place."),
  .example = "confsync resolve --theirs\n"
             "         confsync resolve 5d41402a --file decided.json --wait",
  .options = options,
  .run = run,
};

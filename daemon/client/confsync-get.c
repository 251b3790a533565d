/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync get`: the configuration, or one value of it.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("pointer", "POINTER"),
  { .name = "raw",
    .letter = 'r',
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("a string without its quotes, for shells") },
  /* what is printed is JSON anyway; for who asks all commands for it */
  { .name = "json", .type = CONFSYNC_OPTION_BOOLEAN, .arguments_only = TRUE },
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static void
print_value (ConfsyncTool *tool, ConfsyncJson *value)
{
  const gboolean raw = confsync_tool_has (tool, "raw") && !confsync_tool_has (tool, "json");

  if (raw && confsync_json_get_kind (value) == CONFSYNC_JSON_STRING)
    {
      g_autofree char *text = confsync_json_dup_string (value);

      confsync_output_text (tool->output, text);
    }
  else
    {
      g_autoptr (GBytes) text = confsync_json_to_pretty (value, NULL);

      confsync_output_json_text (tool->output, text);
    }
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *pointer = confsync_options_get_string (tool->options, "pointer");
  g_autofree char *text = NULL, *hash = NULL;
  g_autoptr (ConfsyncJson) value = NULL;
  ConfsyncDBusDocument *document;

  if (pointer != NULL && !confsync_tool_check_pointer (pointer, error))
    return CONFSYNC_EXIT_USAGE;
  document = confsync_tool_connect (tool, error);
  if (document == NULL)
    return CONFSYNC_EXIT_FAILED;

  if (pointer == NULL || *pointer == '\0')
    {
      g_autoptr (GBytes) bytes = NULL;

      if (!confsync_dbus_document_call_get_document_sync (document, &text, &hash, NULL, error))
        return CONFSYNC_EXIT_NO;
      bytes = g_bytes_new (text, strlen (text));
      confsync_output_json_text (tool->output, bytes);
      return CONFSYNC_EXIT_DONE;
    }
  if (!confsync_dbus_document_call_get_value_sync (document, pointer, &text, NULL, error))
    return CONFSYNC_EXIT_NO;
  value = confsync_tool_parse (text, error);
  if (value != NULL)
    print_value (tool, value);
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_get_tool = {
  .name = "get",
  .usage = "[POINTER] [OPTION]...",
  .purpose = N_ ("Prints the configuration, or the value at POINTER, a JSON Pointer such as\n"
                 "/zones/0/name, as JSON. Exit status 1: it isn't there."),
  .example = "confsync get /zones/0/name --raw",
  .options = options,
  .run = run,
};

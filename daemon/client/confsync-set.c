/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync set`: one value of the configuration. What was forgotten in the quoting for a shell is
 * told with the spelling that would have worked.
 */

#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "confsync-command.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"

/* of a value from standard input: more than any instance takes by default */
#define INPUT_MAX_BYTES (64 * 1024 * 1024)
#define READ_BYTES 65536

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("pointer", "POINTER"),
  CONFSYNC_TOOL_ARGUMENT ("value", "VALUE"),
  { .name = "string",
    .letter = 's',
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("VALUE is the text of a string, not JSON") },
  CONFSYNC_TOOL_FORCE,
  CONFSYNC_SYNC_WAIT_OPTIONS,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* Returns: (transfer full): all of standard input; %NULL with @error where it can't be had */
static char *
read_input (GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[READ_BYTES];
  gssize n;

  do
    {
      n = read (STDIN_FILENO, buffer, sizeof buffer);
      if (n > 0)
        g_string_append_len (text, buffer, n);
    }
  while ((n > 0 && text->len <= INPUT_MAX_BYTES) || (n < 0 && errno == EINTR));

  if (n < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("standard input: %s"),
                 g_strerror (errno));
  else if (text->len > INPUT_MAX_BYTES || !g_utf8_validate_len (text->str, text->len, NULL))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON,
                 _ ("standard input: this is too large, or not UTF-8"));
  else
    return g_strdup (text->str);
  return NULL;
}

/* JSON that would be the string @text */
static char *
dup_quoted (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autoptr (ConfsyncJson) json = confsync_json_new_from_node (node, NULL);
  g_autoptr (GBytes) bytes = json != NULL ? confsync_json_to_compact (json) : NULL;

  return bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                       : g_strdup ("\"…\"");
}

/* Words, but also 12:30 and 1.2.3.4, which begin like numbers. */
static gboolean
looks_like_text (const char *value)
{
  return *value == '\0' || strchr ("{[\"", *value) == NULL;
}

static void
refuse_value (const char *pointer, const char *value, const GError *reason, GError **error)
{
  g_autofree char *quoted = dup_quoted (value);
  g_autofree char *json_word = g_shell_quote (quoted);
  g_autofree char *value_word = g_shell_quote (value);
  g_autofree char *pointer_word = g_shell_quote (pointer);

  if (looks_like_text (value))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON,
                 _ ("“%s” is not JSON; a string has quotes of its own:\n"
                    "  confsync set %s %s\n"
                    "or let them be added:\n"
                    "  confsync set %s --string %s"),
                 value, pointer_word, json_word, pointer_word, value_word);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON, _ ("VALUE: %s"),
                 reason->message);
}

/* Returns: (transfer full): the value as JSON text; %NULL with @error where it is none */
static char *
dup_value (ConfsyncTool *tool, const char *pointer, GError **error)
{
  const char *argument = confsync_options_get_string (tool->options, "value");
  const gboolean from_input = g_str_equal (argument, "-");
  g_autofree char *value = from_input ? read_input (error) : g_strdup (argument);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GError) reason = NULL;

  if (value == NULL)
    return NULL;
  if (confsync_tool_has (tool, "string"))
    return dup_quoted (value);

  json = confsync_tool_parse (value, &reason);
  if (json != NULL)
    return g_steal_pointer (&value);
  if (from_input)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON, _ ("standard input: %s"),
                 reason->message);
  else
    refuse_value (pointer, value, reason, error);
  return NULL;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *pointer = confsync_options_get_string (tool->options, "pointer");
  const guint flags =
    confsync_tool_has (tool, "force") ? CONFSYNC_EDIT_ALLOW_EMPTY : CONFSYNC_EDIT_NONE;
  g_autofree char *value = NULL, *hash = NULL;
  ConfsyncDBusDocument *document;

  if (confsync_options_get_string (tool->options, "value") == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("what where? confsync set POINTER VALUE"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (!confsync_tool_check_pointer (pointer, error))
    return CONFSYNC_EXIT_USAGE;
  value = dup_value (tool, pointer, error);
  document = value != NULL ? confsync_tool_connect (tool, error) : NULL;
  if (document == NULL)
    return CONFSYNC_EXIT_FAILED;

  if (!confsync_dbus_document_call_set_value_sync (document, pointer, value, flags, &hash,
                                                   NULL, error))
    {
      confsync_tool_ask_for_force (error);
      return CONFSYNC_EXIT_USAGE;
    }
  return confsync_tool_has (tool, "wait") ? confsync_sync_wait (tool, error) : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_set_tool = {
  .name = "set",
  .usage = "POINTER VALUE [OPTION]...",
  .purpose = N_ ("Sets the value at POINTER, a JSON Pointer such as /zones/0/name, to VALUE, in\n"
                 "JSON; - reads it from standard input. It ends once the live file holds it."),
  .example = "confsync set /theme '\"dark\"'\n"
             "         confsync set /volume 11",
  .options = options,
  .run = run,
};

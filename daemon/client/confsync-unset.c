/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync unset`: take a value out of the configuration.
 */

#include "config.h"

#include <confsync.h>
#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("pointer", "POINTER"),
  CONFSYNC_TOOL_FORCE,
  CONFSYNC_SYNC_WAIT_OPTIONS,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* Returns: (transfer full): a JSON Patch of one removal */
static char *
make_patch (const char *pointer)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "op");
  json_builder_add_string_value (builder, "remove");
  json_builder_set_member_name (builder, "path");
  json_builder_add_string_value (builder, pointer);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static gboolean
check_pointer (const char *pointer, GError **error)
{
  if (pointer != NULL && *pointer != '\0')
    return confsync_tool_check_pointer (pointer, error);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, "%s",
               pointer == NULL ? _ ("what? confsync unset POINTER")
                               : _ ("to empty the whole: confsync set '' '{}' --force"));
  return FALSE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *pointer = confsync_options_get_string (tool->options, "pointer");
  const guint flags =
    confsync_tool_has (tool, "force") ? CONFSYNC_EDIT_ALLOW_EMPTY : CONFSYNC_EDIT_NONE;
  g_autofree char *patch = NULL, *before = NULL, *hash = NULL;
  ConfsyncDBusDocument *document;

  if (!check_pointer (pointer, error))
    return CONFSYNC_EXIT_USAGE;
  document = confsync_tool_connect (tool, error);
  if (document == NULL)
    return CONFSYNC_EXIT_FAILED;

  /* that it isn't there is an answer, which a patch would tell as a fault of its own */
  patch = make_patch (pointer);
  if (!confsync_dbus_document_call_get_value_sync (document, pointer, &before, NULL, error))
    return CONFSYNC_EXIT_NO;
  if (!confsync_dbus_document_call_patch_sync (document, patch, flags, &hash, NULL, error))
    {
      confsync_tool_ask_for_force (error);
      return CONFSYNC_EXIT_USAGE;
    }
  return confsync_tool_has (tool, "wait") ? confsync_sync_wait (tool, error) : CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_unset_tool = {
  .name = "unset",
  .usage = "POINTER [OPTION]...",
  .purpose = N_ ("Takes the value at POINTER, a JSON Pointer such as /zones/0, out of the\n"
                 "configuration. Exit status 1: it isn't there."),
  .example = "confsync unset /zones/0",
  .options = options,
  .run = run,
};

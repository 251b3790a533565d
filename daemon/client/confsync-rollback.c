/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync rollback`: an older version becomes the configuration again, by a new edit.
 */

#include "config.h"

#include "confsync-diff-text.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-lone.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"
#include "confsync-units.h"
#include "confsync-version-list.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("name", "NAME"),
  { .name = "dry-run",
    .letter = 'n',
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("only show what it would change") },
  CONFSYNC_TOOL_FORCE,
  CONFSYNC_SYNC_WAIT_OPTIONS,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static ConfsyncJson *
read_json (ConfsyncTool *tool, ConfsyncVersionList *list, const char *name, GError **error)
{
  g_autofree char *text = confsync_version_read_shared (tool, list, name, error);

  return text != NULL ? confsync_tool_parse (text, error) : NULL;
}

/* "2 changed, 1 added"; NULL for nothing */
static char *
count_changes (ConfsyncJson *from, ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) patch = confsync_json_diff (from, to);
  GString *text = g_string_new (NULL);
  guint n_changed = 0, n_added = 0, n_removed = 0;

  for (guint i = 0; i < confsync_json_get_length (patch); i++)
    {
      g_autoptr (ConfsyncJson) operation = confsync_json_get_element (patch, i);
      g_autoptr (ConfsyncJson) op = confsync_json_get_member (operation, "op");
      g_autofree char *kind = confsync_json_dup_string (op);

      n_added += g_str_equal (kind, "add");
      n_removed += g_str_equal (kind, "remove");
      n_changed += g_str_equal (kind, "replace");
    }
  if (n_changed > 0)
    g_string_append_printf (text, _ ("%u changed"), n_changed);
  if (n_added > 0)
    g_string_append_printf (text, _ ("%s%u added"), text->len > 0 ? ", " : "", n_added);
  if (n_removed > 0)
    g_string_append_printf (text, _ ("%s%u removed"), text->len > 0 ? ", " : "", n_removed);
  return g_string_free (text, text->len == 0);
}

static void
print_outcome (ConfsyncTool *tool, const char *name, const char *changes)
{
  g_autofree char *safe = confsync_units_escape (name);

  if (changes != NULL)
    confsync_output_print (tool->output, _ ("rolled back to %s: %s\n"), safe, changes);
  else
    confsync_output_print (tool->output, _ ("the configuration is that of %s already\n"), safe);
}

static int
show (ConfsyncTool *tool, const char *name, ConfsyncJson *from, ConfsyncJson *to)
{
  g_autofree char *changes = count_changes (from, to);
  g_autofree char *safe = confsync_units_escape (name);

  if (changes == NULL)
    print_outcome (tool, name, NULL);
  else
    {
      confsync_output_print (tool->output, _ ("%swould roll back to %s: %s%s\n"),
                             confsync_output_style (tool->output, CONFSYNC_STYLE_BOLD), safe,
                             changes, confsync_output_style (tool->output, CONFSYNC_STYLE_END));
      confsync_diff_print (tool->output, from, to);
    }
  return CONFSYNC_EXIT_DONE;
}

/* By the instance; where none runs, the edit waits in the files for the next one. */
static gboolean
make_edit (ConfsyncTool *tool, const char *name, guint flags, GError **error)
{
  ConfsyncDBusDocument *document;
  g_autofree char *hash = NULL;

  if (tool->kept != NULL)
    return confsync_lone_rollback (tool->kept, name, flags, error);
  document = confsync_instance_get_proxy (tool->instance, error);
  return document != NULL &&
         confsync_dbus_document_call_rollback_sync (document, name, flags, &hash, NULL, error);
}

static int
wait_for_peers (ConfsyncTool *tool, GError **error)
{
  if (tool->kept == NULL)
    return confsync_sync_wait (tool, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("--wait: the others hear of it when an instance runs again"));
  return CONFSYNC_EXIT_FAILED;
}

static int
roll_back (ConfsyncTool *tool,
           const char *name,
           ConfsyncJson *from,
           ConfsyncJson *to,
           GError **error)
{
  const guint flags =
    confsync_tool_has (tool, "force") ? CONFSYNC_EDIT_ALLOW_EMPTY : CONFSYNC_EDIT_NONE;
  g_autofree char *changes = count_changes (from, to);

  if (!make_edit (tool, name, flags, error))
    {
      confsync_tool_ask_for_force (error);
      return CONFSYNC_EXIT_FAILED;
    }
  print_outcome (tool, name, changes);
  return confsync_tool_has (tool, "wait") ? wait_for_peers (tool, error) : CONFSYNC_EXIT_DONE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *word = confsync_options_get_string (tool->options, "name"), *name;
  g_autoptr (ConfsyncVersionList) list = NULL;
  g_autoptr (ConfsyncJson) from = NULL, to = NULL;

  if (word == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("to which version? “confsync versions” lists them: confsync rollback NAME"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (!confsync_tool_open (tool, error))
    return CONFSYNC_EXIT_FAILED;
  list = confsync_version_list_read (tool, error);
  name = list != NULL ? confsync_version_list_find (list, word, error) : NULL;
  to = name != NULL ? read_json (tool, list, name, error) : NULL;
  from = to != NULL ? read_json (tool, list, CONFSYNC_VERSION_LIVE, error) : NULL;
  if (from == NULL)
    return CONFSYNC_EXIT_USAGE;
  return confsync_tool_has (tool, "dry-run") ? show (tool, name, from, to)
                                             : roll_back (tool, name, from, to, error);
}

const ConfsyncToolKind confsync_rollback_tool = {
  .name = "rollback",
  .usage = "NAME [OPTION]...",
  .purpose = N_ ("Makes a version the configuration again, by a new edit that is synced like any\n"
                 "other: nothing is taken out of the past, so it can be undone in the same way.\n"
                 "NAME is what “confsync versions” lists, a part of its digits, or “previous”.\n"
                 "Where no instance runs, the files get the edit, and the next one sends it."),
  .example = "confsync rollback previous --dry-run\n"
             "         confsync rollback 20260101120000 --wait",
  .options = options,
  .run = run,
};

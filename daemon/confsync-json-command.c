/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds the subcommand of `confsync json`, reads its arguments and tells how it ended.
 */

#include "config.h"

#include "confsync-json-command.h"

#include <glib/gi18n.h>
#include <signal.h>

#include "confsync-command.h"
#include "confsync-help.h"
#include "confsync-json-actions.h"
#include "confsync-json-file.h"
#include "confsync-option-arguments.h"
#include "confsync-suggest-private.h"
#include "confsync-units.h"

#define ACTIONS_MAX 16

static const ConfsyncJsonAction *
find_action (const char *name)
{
  for (const ConfsyncJsonAction *action = confsync_json_actions; action->name != NULL; action++)
    if (g_str_equal (action->name, name))
      return action;
  return NULL;
}

char *
confsync_json_command_dup_help (void)
{
  GString *page = g_string_new (_ ("Usage: confsync json COMMAND FILE...\n"
                                   "Compares, patches and merges JSON files of any kind.\n\n"));

  for (const ConfsyncJsonAction *action = confsync_json_actions; action->name != NULL; action++)
    g_string_append_printf (page, "  %-12s%s\n", action->name, _ (action->summary));
  g_string_append (page, _ ("\n"
                            "- as FILE is standard input. confsync json COMMAND --help says more.\n"
                            "Exit status: 0 done; 1 they differ, or conflict; 2 wrong use, or a\n"
                            "file that can't be read, with file, line, column and reason.\n\n"
                            "Example: confsync json diff a.json b.json\n"));
  return g_string_free (page, FALSE);
}

static int
refuse_action (const char *name)
{
  const char *names[ACTIONS_MAX] = { NULL };
  const char *near;

  for (gsize i = 0; confsync_json_actions[i].name != NULL && i < ACTIONS_MAX - 1; i++)
    names[i] = confsync_json_actions[i].name;
  near = confsync_suggest (name, names);
  if (near != NULL)
    g_printerr (_ ("confsync json: there is no command “%s”; did you mean “%s”?\n"), name, near);
  else
    g_printerr (_ ("confsync json: there is no command “%s”; “confsync json --help” lists them\n"),
                name);
  return CONFSYNC_EXIT_USAGE;
}

/* Every file is named, and standard input, which can be read once, by one of them at most. */
static gboolean
check_files (const ConfsyncJsonAction *action, ConfsyncOptions *options, GError **error)
{
  guint n_standard = 0;

  for (const ConfsyncOption *option = action->table; option->name != NULL; option++)
    {
      const char *path = confsync_options_get_string (options, option->name);

      if (!option->positional)
        continue;
      if (path == NULL)
        {
          g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                       _ ("%s is missing; usage: %s"), option->argument, action->usage);
          return FALSE;
        }
      n_standard += g_str_equal (path, CONFSYNC_JSON_FILE_STANDARD);
    }
  if (n_standard > 1)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("standard input can be read once; name a file for all but one “-”"));
  return n_standard <= 1;
}

static gboolean
check_format (const ConfsyncJsonAction *action, ConfsyncOptions *options, GError **error)
{
  if (confsync_options_find (options, "pretty") == NULL ||
      !confsync_options_get_boolean (options, "pretty") ||
      !confsync_options_get_boolean (options, "compact"))
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("--pretty and --compact exclude each other"));
  return FALSE;
}

static int
act (const ConfsyncJsonAction *action, ConfsyncOptions *options, GError **error)
{
  g_autoptr (ConfsyncOutput) output = confsync_output_new (stdout, CONFSYNC_COLOR_NEVER);
  g_autoptr (GError) late = NULL;
  int code;

  if (!check_files (action, options, error) || !check_format (action, options, error))
    return CONFSYNC_EXIT_USAGE;

  signal (SIGPIPE, SIG_IGN); /* who reads may have read enough */
  code = action->run (options, output, error);
  if (confsync_output_finish (output, &late) || *error != NULL)
    return code;
  g_propagate_error (error, g_steal_pointer (&late));
  return CONFSYNC_EXIT_FAILED;
}

static int
run_action (const ConfsyncJsonAction *action, int argc, char **argv)
{
  g_autoptr (ConfsyncOptions) options = confsync_options_new (action->table);
  g_autoptr (GError) error = NULL;
  gboolean help = FALSE;
  int code = CONFSYNC_EXIT_USAGE;

  if (confsync_options_read_arguments (options, argc, argv, &help, &error))
    {
      if (help)
        {
          g_autofree char *page = confsync_help_format (action->table, action->usage,
                                                        _ (action->purpose), _ (action->example),
                                                        CONFSYNC_HELP_USUAL);

          g_print ("%s", page);
          return CONFSYNC_EXIT_DONE;
        }
      code = act (action, options, &error);
    }
  if (error != NULL)
    {
      g_autofree char *safe = confsync_units_escape (error->message);

      g_printerr ("confsync json %s: %s\n", action->name, safe);
    }
  return code;
}

/*
 * confsync_json_command_main:
 * @argv: begins with `json`
 *
 * Returns: the exit code
 */
int
confsync_json_command_main (int argc, char **argv)
{
  const ConfsyncJsonAction *action;

  if (argc < 2 || g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    {
      g_autofree char *page = confsync_json_command_dup_help ();

      if (argc < 2)
        g_printerr ("%s", page);
      else
        g_print ("%s", page);
      return argc < 2 ? CONFSYNC_EXIT_USAGE : CONFSYNC_EXIT_DONE;
    }
  action = find_action (argv[1]);
  return action != NULL ? run_action (action, argc - 1, argv + 1) : refuse_action (argv[1]);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds the subcommand and hands over to it. A new one is a line in the table.
 */

#include "config.h"

#include "confsync-command.h"

#include <glib/gi18n.h>

#include "confsync-json-command.h"
#include "confsync-run.h"
#include "confsync-suggest-private.h"
#include "confsync-tools.h"
#include "confsync-units.h"

/* the columns of the overview */
#define GROUP_CHARS 8
#define NAME_CHARS 14
#define SUMMARY_CHARS 20

typedef struct {
  const char *group; /* (nullable): begins with this one */
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv); /* argv[0] is the subcommand's name */
  char *(*dup_help) (void);
  const ConfsyncToolKind *tool; /* instead of these two */
} Command;

static int help_main (int argc, char **argv);
static char *dup_general_help (void);

/* A summary has SUMMARY_CHARS at most: there are two in a line. */
static const Command commands[] = {
  { N_ ("keep"), "run", N_ ("a file in sync, in the foreground"), confsync_run_main,
    confsync_run_dup_help },
  { N_ ("look"), "status", N_ ("how an instance is"), .tool = &confsync_status_tool },
  { NULL, "peers", N_ ("who the others are"), .tool = &confsync_peers_tool },
  { NULL, "monitor", N_ ("what happens, live"), .tool = &confsync_monitor_tool },
  { NULL, "get", N_ ("the whole or a value"), .tool = &confsync_get_tool },
  { N_ ("change"), "set", N_ ("set a value"), .tool = &confsync_set_tool },
  { NULL, "unset", N_ ("take a value out"), .tool = &confsync_unset_tool },
  { NULL, "edit", N_ ("in your editor"), .tool = &confsync_edit_tool },
  { NULL, "sync", N_ ("now; wait for all"), .tool = &confsync_sync_tool },
  { N_ ("decide"), "conflicts", N_ ("list what waits"), .tool = &confsync_conflicts_tool },
  { NULL, "resolve", N_ ("settle a conflict"), .tool = &confsync_resolve_tool },
  { NULL, "confirm", N_ ("that it works here"), .tool = &confsync_confirm_tool },
  { NULL, "revert-local", N_ ("undo edits made here"), .tool = &confsync_revert_local_tool },
  { NULL, "reset-clock", N_ ("after a wrong clock"), .tool = &confsync_reset_clock_tool },
  { N_ ("past"), "versions", N_ ("list what is kept"), .tool = &confsync_versions_tool },
  { NULL, "show", N_ ("print a version"), .tool = &confsync_show_tool },
  { NULL, "diff", N_ ("what differs"), .tool = &confsync_diff_tool },
  { NULL, "explain", N_ ("who changed a value"), .tool = &confsync_explain_tool },
  { NULL, "rollback", N_ ("to a version"), .tool = &confsync_rollback_tool },
  { NULL, "restore", N_ ("a file that is gone"), .tool = &confsync_restore_tool },
  { N_ ("trust"), "keygen", N_ ("a key for wss://"), .tool = &confsync_keygen_tool },
  { NULL, "trust", N_ ("certificates of peers"), .tool = &confsync_trust_tool },
  { NULL, "pair", N_ ("two machines, by code"), .tool = &confsync_pair_tool },
  { N_ ("other"), "json", N_ ("compare, merge files"), confsync_json_command_main,
    confsync_json_command_dup_help },
  { NULL, "help", N_ ("of a command"), help_main, dup_general_help },
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

/* Widths are columns, not bytes, so that translations line up too. */
static void
append_cell (GString *page, const char *text, guint width)
{
  const guint used = confsync_units_width (text);

  g_string_append_printf (page, "%s%*s", text, used < width ? (int) (width - used) : 0, "");
}

/* Two in a line, as long as they are of one group. */
static void
append_commands (GString *page)
{
  gboolean second = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const Command *command = &commands[i];
      const gboolean last = i + 1 == G_N_ELEMENTS (commands) || commands[i + 1].group != NULL;

      if (!second)
        {
          g_string_append (page, "  ");
          append_cell (page, command->group != NULL ? _ (command->group) : "", GROUP_CHARS);
        }
      append_cell (page, command->name, NAME_CHARS);
      append_cell (page, _ (command->summary), second || last ? 0 : SUMMARY_CHARS + 2);
      second = !second && !last;
      if (!second)
        g_string_append_c (page, '\n');
    }
}

static char *
dup_general_help (void)
{
  GString *page = g_string_new (NULL);

  g_string_append (page, _ ("Usage: confsync COMMAND [ARGUMENT]...\n"
                            "Keeps a JSON configuration file the same on every instance.\n\n"));
  append_commands (page);
  g_string_append (page, _ ("\n"
                            "confsync help COMMAND, or confsync COMMAND --help, says more;\n"
                            "confsync --version says which version this is.\n"
                            "Example: confsync run settings.json --listen 8765\n"));
  return g_string_free (page, FALSE);
}

static int
refuse_command (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  const char *near;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  near = confsync_suggest (name, names);
  if (near != NULL)
    g_printerr (_ ("confsync: there is no command “%s”; did you mean “%s”?\n"), name, near);
  else
    g_printerr (_ ("confsync: there is no command “%s”; “confsync help” lists them\n"), name);
  return CONFSYNC_EXIT_USAGE;
}

static char *
dup_help_of (const Command *command)
{
  return command->tool != NULL ? confsync_tool_dup_help (command->tool) : command->dup_help ();
}

static int
run_command (const Command *command, int argc, char **argv)
{
  return command->tool != NULL ? confsync_tool_main (command->tool, argc, argv)
                               : command->run (argc, argv);
}

static int
help_main (int argc, char **argv)
{
  const Command *command = argc > 1 && argv[1][0] != '-' ? find_command (argv[1]) : NULL;
  g_autofree char *page = NULL;

  if (argc > 1 && argv[1][0] != '-' && command == NULL)
    return refuse_command (argv[1]);
  page = command != NULL ? dup_help_of (command) : dup_general_help ();
  g_print ("%s", page);
  return CONFSYNC_EXIT_DONE;
}

/*
 * confsync_command_main:
 * @argv: (array length=argc): ends with %NULL, as main() has it
 *
 * Returns: the exit code
 */
int
confsync_command_main (int argc, char **argv)
{
  const Command *command;

  if (argc < 2)
    {
      g_autofree char *page = dup_general_help ();

      g_printerr ("%s", page);
      return CONFSYNC_EXIT_USAGE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("confsync %s\n", CONFSYNC_VERSION_STRING);
      return CONFSYNC_EXIT_DONE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return help_main (1, argv);

  command = find_command (argv[1]);
  return command != NULL ? run_command (command, argc - 1, argv + 1) : refuse_command (argv[1]);
}

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

typedef struct {
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv); /* argv[0] is the subcommand's name */
  char *(*dup_help) (void);
} Command;

static int help_main (int argc, char **argv);
static char *dup_general_help (void);

static const Command commands[] = {
  { "run", N_ ("keep a file in sync, in the foreground"), confsync_run_main,
    confsync_run_dup_help },
  { "json", N_ ("compare, patch and merge JSON files"), confsync_json_command_main,
    confsync_json_command_dup_help },
  { "help", N_ ("show the help of a command"), help_main, dup_general_help },
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

static char *
dup_general_help (void)
{
  GString *page = g_string_new (NULL);

  g_string_append (page, _ ("Usage: confsync COMMAND [ARGUMENT]...\n"
                            "Keeps a JSON configuration file the same on every instance.\n\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (page, "  %-12s%s\n", commands[i].name, _ (commands[i].summary));
  g_string_append (page, _ ("\n"
                            "confsync help COMMAND, or confsync COMMAND --help, says more;\n"
                            "confsync --version says which version this is.\n\n"
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

static int
help_main (int argc, char **argv)
{
  const Command *command = argc > 1 && argv[1][0] != '-' ? find_command (argv[1]) : NULL;
  g_autofree char *page = NULL;

  if (argc > 1 && argv[1][0] != '-' && command == NULL)
    return refuse_command (argv[1]);
  page = command != NULL ? command->dup_help () : dup_general_help ();
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
  return command != NULL ? command->run (argc - 1, argv + 1) : refuse_command (argv[1]);
}

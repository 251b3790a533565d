/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads options from the command line. What isn't known is an error: somebody typed it just now.
 */

#include "config.h"

#include "confsync-option-arguments.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  ConfsyncOptions *options;
  char **rest; /* what wasn't read yet; ends with %NULL */
  gboolean help;
} Arguments;

static gboolean
refuse_unknown (Arguments *self, const char *name, GError **error)
{
  const char *near = confsync_options_suggest (self->options, name);

  if (near != NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("unknown option --%s; did you mean --%s?"), name, near);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("unknown option --%s; --help lists them"), name);
  return FALSE;
}

/* @value is what stood in the same argument; without one it's the next, but for a switch. */
static gboolean
take_argument (Arguments *self,
               const ConfsyncOption *option,
               const char *where,
               const char *value,
               GError **error)
{
  if (value == NULL && option->type == CONFSYNC_OPTION_BOOLEAN)
    value = "true";
  if (value == NULL && *self->rest != NULL)
    value = *self->rest++;
  if (value == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, _ ("%s: %s is missing"),
                   where, option->argument);
      return FALSE;
    }

  return confsync_options_take (self->options, option, CONFSYNC_SOURCE_COMMAND_LINE, where, value,
                                error);
}

/* `--name`, `--name=value` */
static gboolean
read_long (Arguments *self, const char *argument, GError **error)
{
  const char *equals = strchr (argument, '=');
  g_autofree char *where =
      equals != NULL ? g_strndup (argument, equals - argument) : g_strdup (argument);
  const char *name = where + strlen ("--");
  const ConfsyncOption *option = confsync_options_find (self->options, name);

  if (g_str_equal (argument, "--help"))
    {
      self->help = TRUE;
      return TRUE;
    }
  if (option == NULL)
    return refuse_unknown (self, name, error);
  return take_argument (self, option, where, equals != NULL ? equals + 1 : NULL, error);
}

static gboolean
read_positional (Arguments *self, const char *argument, GError **error)
{
  const ConfsyncOption *option = confsync_options_next_positional (self->options);

  if (option == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("“%s” is one argument too many"), argument);
      return FALSE;
    }
  return confsync_options_take (self->options, option, CONFSYNC_SOURCE_COMMAND_LINE,
                                option->argument, argument, error);
}

/* `-1` where a text is due is a number, and so an argument like any other */
static gboolean
is_negative_number (Arguments *self, const char *argument)
{
  const ConfsyncOption *next = confsync_options_next_positional (self->options);

  return g_ascii_isdigit (argument[1]) && next != NULL && next->type == CONFSYNC_OPTION_TEXT;
}

/* `-x`, `-x value`, `-xvalue` */
static gboolean
read_short (Arguments *self, const char *argument, GError **error)
{
  const char where[] = { '-', argument[1], '\0' };
  const ConfsyncOption *option = confsync_options_find_letter (self->options, argument[1]);

  if (g_str_equal (argument, "-h"))
    {
      self->help = TRUE;
      return TRUE;
    }
  if (option == NULL && is_negative_number (self, argument))
    return read_positional (self, argument, error);
  if (option == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("unknown option %s; --help lists them"), where);
      return FALSE;
    }
  return take_argument (self, option, where, argument[2] != '\0' ? argument + 2 : NULL, error);
}

/*
 * confsync_options_read_arguments:
 * @argc: the number of arguments, the command's name among them
 * @help: (out): whether help was asked for
 */
gboolean
confsync_options_read_arguments (ConfsyncOptions *self,
                                 int argc,
                                 char **argv,
                                 gboolean *help,
                                 GError **error)
{
  Arguments arguments = { .options = self, .rest = argv + MIN (argc, 1) };
  gboolean ok = TRUE, only_positional = FALSE;

  while (ok && *arguments.rest != NULL)
    {
      const char *argument = *arguments.rest++;

      if (!only_positional && g_str_equal (argument, "--"))
        only_positional = TRUE;
      else if (!only_positional && g_str_has_prefix (argument, "--"))
        ok = read_long (&arguments, argument, error);
      else if (!only_positional && argument[0] == '-' && argument[1] != '\0')
        ok = read_short (&arguments, argument, error);
      else
        ok = read_positional (&arguments, argument, error);
    }
  *help = arguments.help;
  return ok;
}

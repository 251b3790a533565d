/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads options from the environment and from Home Assistant's options.json. What isn't known is a
 * warning, since both belong to others as well; what isn't built yet is an error.
 */

#include "config.h"

#include "confsync-option-sources-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "confsync-json.h"

#define ENVIRONMENT_PREFIX "CONFSYNC_"

/* CONFSYNC_ variables that are no options: for the library, and from --on-change to its command */
static const char *const other_variables[] = {
  "CONFSYNC_PLUGIN_PATH", "CONFSYNC_WATCHER", "CONFSYNC_DOCUMENT",
  "CONFSYNC_HASH",        "CONFSYNC_AUTHOR",  NULL,
};

/* the environment */

/* `sync-port` to `CONFSYNC_SYNC_PORT` */
static char *
variable_of (const char *name)
{
  g_autofree char *upper = g_ascii_strup (name, -1);

  return g_strconcat (ENVIRONMENT_PREFIX, g_strdelimit (upper, "-", '_'), NULL);
}

static char *
name_of (const char *variable)
{
  char *name = g_ascii_strdown (variable + strlen (ENVIRONMENT_PREFIX), -1);

  return g_strdelimit (name, "_", '-');
}

/* An empty variable counts as none: that's how a container's recipe leaves one out. */
static gboolean
take_variable (ConfsyncOptions *self,
               const ConfsyncOption *option,
               ConfsyncOptionSource source,
               const char *variable,
               const char *const *environment,
               GError **error)
{
  const char *text = g_environ_getenv ((char **) environment, variable);

  if (text == NULL || *text == '\0')
    return TRUE;
  return confsync_options_take (self, option, source, variable, text, error);
}

/*
 * confsync_options_read_known_variables:
 * @environment: as g_get_environ() gives it
 *
 * Takes the CONFSYNC_ variables of this table; others may be for other commands, and are let be.
 */
gboolean
confsync_options_read_known_variables (ConfsyncOptions *self,
                                       const char *const *environment,
                                       GError **error)
{
  for (const ConfsyncOption *option = confsync_options_get_table (self); option->name != NULL;
       option++)
    {
      const char *const names[] = { option->name, option->alias };

      if (option->arguments_only)
        continue;
      for (gsize i = 0; i < G_N_ELEMENTS (names) && names[i] != NULL; i++)
        {
          g_autofree char *variable = variable_of (names[i]);

          if (!take_variable (self, option, CONFSYNC_SOURCE_ENVIRONMENT, variable, environment,
                              error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
take_seed_variables (ConfsyncOptions *self, const char *const *environment, GError **error)
{
  for (const ConfsyncOption *option = confsync_options_get_table (self); option->name != NULL;
       option++)
    if (option->seed != NULL && !take_variable (self, option, CONFSYNC_SOURCE_SEED, option->seed,
                                                environment, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_variable (ConfsyncOptions *self, const char *variable, GError **error)
{
  g_autofree char *name = name_of (variable);
  const char *near;

  if (confsync_options_find (self, name) != NULL || g_strv_contains (other_variables, variable))
    return TRUE;
  if (confsync_options_is_unbuilt (self, name))
    return confsync_options_refuse_unbuilt (variable, error);

  near = confsync_options_suggest (self, name);
  if (near != NULL)
    {
      g_autofree char *near_variable = variable_of (near);

      confsync_options_warn (self, _ ("unknown variable %s in the environment; did you mean %s?"),
                             variable, near_variable);
    }
  else
    confsync_options_warn (self, _ ("unknown variable %s in the environment"), variable);
  return TRUE;
}

/*
 * confsync_options_read_environment:
 * @environment: as g_get_environ() gives it
 *
 * Takes the CONFSYNC_ variables, then the seed's.
 */
gboolean
confsync_options_read_environment (ConfsyncOptions *self,
                                   const char *const *environment,
                                   GError **error)
{
  for (gsize i = 0; environment[i] != NULL; i++)
    {
      const char *equals = strchr (environment[i], '=');
      g_autofree char *variable =
          equals != NULL ? g_strndup (environment[i], equals - environment[i]) : g_strdup ("");

      if (g_str_has_prefix (variable, ENVIRONMENT_PREFIX) &&
          !check_variable (self, variable, error))
        return FALSE;
    }
  return confsync_options_read_known_variables (self, environment, error) &&
         take_seed_variables (self, environment, error);
}

/* the options file */

/* Returns: (nullable): a plain value as text; %NULL for null, arrays and objects */
static char *
plain_text (ConfsyncJson *value)
{
  switch (confsync_json_get_kind (value))
    {
    case CONFSYNC_JSON_STRING:
      return confsync_json_dup_string (value);
    case CONFSYNC_JSON_BOOLEAN:
      return g_strdup (confsync_json_get_boolean (value) ? "true" : "false");
    case CONFSYNC_JSON_INTEGER:
      return g_strdup_printf ("%" G_GINT64_FORMAT, confsync_json_get_integer (value));
    case CONFSYNC_JSON_DOUBLE:
      return g_strdup_printf ("%g", confsync_json_get_double (value));
    case CONFSYNC_JSON_NULL:
    case CONFSYNC_JSON_ARRAY:
    case CONFSYNC_JSON_OBJECT:
    default:
      return NULL;
    }
}

/* null and the empty string count as no value: Home Assistant writes them for what isn't set. */
static gboolean
take_plain (ConfsyncOptions *self,
            const ConfsyncOption *option,
            const char *where,
            ConfsyncJson *value,
            GError **error)
{
  g_autofree char *text = plain_text (value);

  if (confsync_json_get_kind (value) == CONFSYNC_JSON_NULL || g_strcmp0 (text, "") == 0)
    return TRUE;
  if (text == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("%s: it takes a plain value, no array or object"), where);
      return FALSE;
    }
  return confsync_options_take (self, option, CONFSYNC_SOURCE_FILE, where, text, error);
}

static gboolean
take_member (ConfsyncOptions *self,
             const ConfsyncOption *option,
             const char *where,
             ConfsyncJson *value,
             GError **error)
{
  if (option->type != CONFSYNC_OPTION_STRINGS ||
      confsync_json_get_kind (value) != CONFSYNC_JSON_ARRAY)
    return take_plain (self, option, where, value, error);

  for (guint i = 0; i < confsync_json_get_length (value); i++)
    {
      g_autoptr (ConfsyncJson) element = confsync_json_get_element (value, i);

      if (!take_plain (self, option, where, element, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_member (ConfsyncOptions *self,
             const char *path,
             const char *member,
             ConfsyncJson *value,
             GError **error)
{
  g_autofree char *where = g_strdup_printf ("%s: %s", path, member);
  g_autofree char *name = g_strdelimit (g_strdup (member), "_", '-');
  const ConfsyncOption *option = confsync_options_find (self, name);
  const char *near;

  if (option != NULL)
    return take_member (self, option, where, value, error);
  if (confsync_options_is_unbuilt (self, name))
    return confsync_options_refuse_unbuilt (where, error);

  near = confsync_options_suggest (self, name);
  if (near != NULL)
    {
      g_autofree char *near_member = g_strdelimit (g_strdup (near), "-", '_');

      confsync_options_warn (self, _ ("unknown option %s; did you mean %s?"), where, near_member);
    }
  else
    confsync_options_warn (self, _ ("unknown option %s"), where);
  return TRUE;
}

static ConfsyncJson *
parse_file (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) json = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;

  bytes = g_bytes_new_take (g_steal_pointer (&text), length);
  json = confsync_json_parse (bytes, NULL, error);
  if (json == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("%s: options are the members of a JSON object, and this is none"), path);
      return NULL;
    }
  return g_steal_pointer (&json);
}

/*
 * confsync_options_read_file:
 * @path: a JSON object, such as Home Assistant's `/data/options.json`
 */
gboolean
confsync_options_read_file (ConfsyncOptions *self, const char *path, GError **error)
{
  g_autoptr (ConfsyncJson) json = parse_file (path, error);

  if (json == NULL)
    return FALSE;

  for (guint i = 0; i < confsync_json_get_length (json); i++)
    {
      g_autofree char *member = confsync_json_dup_member_name (json, i);
      g_autoptr (ConfsyncJson) value = confsync_json_get_member (json, member);

      if (!read_member (self, path, member, value, error))
        return FALSE;
    }
  return TRUE;
}

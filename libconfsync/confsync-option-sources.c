/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads options from the environment and from Home Assistant's options.json. What isn't known is a
 * warning, since both belong to others as well.
 */

#include "config.h"

#include "confsync-option-sources-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "confsync-json.h"

#define ENVIRONMENT_PREFIX "CONFSYNC_"
/* a file of options is written by hand; what is larger is another file, or a device */
#define FILE_MAX_BYTES (1024 * 1024)

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
      if (option->variable != NULL && !take_variable (self, option, CONFSYNC_SOURCE_ENVIRONMENT,
                                                      option->variable, environment, error))
        return FALSE;
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
is_variable (ConfsyncOptions *self, const char *variable)
{
  for (const ConfsyncOption *option = confsync_options_get_table (self); option->name != NULL;
       option++)
    if (g_strcmp0 (option->variable, variable) == 0)
      return TRUE;
  return g_strv_contains (other_variables, variable);
}

static gboolean
check_variable (ConfsyncOptions *self, const char *variable, GError **error)
{
  g_autofree char *name = name_of (variable);
  const char *near;

  if (confsync_options_find (self, name) != NULL || is_variable (self, variable))
    return TRUE;
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
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
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
refuse_place (const char *where, GError **error)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("%s: that can't be said in a file; use an argument or a variable"), where);
  return FALSE;
}

static void
warn_of_unknown (ConfsyncOptions *self, const char *where, const char *name, char separator)
{
  const char *near = confsync_options_suggest (self, name);

  if (near != NULL)
    {
      g_autofree char *meant = g_strdelimit (g_strdup (near), "-", separator);

      confsync_options_warn (self, _ ("unknown option %s; did you mean %s?"), where, meant);
    }
  else if (!confsync_options_is_lenient (self))
    confsync_options_warn (self, _ ("unknown option %s"), where);
}

/*
 * confsync_options_find_for_file:
 * @written: the name as it stands in a file, with hyphens or underscores
 * @where: what an error calls it
 * @separator: what the words of a name are separated by in such files
 * @option: (out) (nullable): %NULL where there is none, which was warned about
 */
gboolean
confsync_options_find_for_file (ConfsyncOptions *self,
                                const char *written,
                                const char *where,
                                char separator,
                                const ConfsyncOption **option,
                                GError **error)
{
  g_autofree char *name = g_strdelimit (g_strdup (written), "_", '-');

  *option = confsync_options_find (self, name);
  if (*option != NULL && ((*option)->not_in_files || (*option)->arguments_only))
    return refuse_place (where, error);
  if (*option == NULL)
    warn_of_unknown (self, where, name, separator);
  return TRUE;
}

static gboolean
read_member (ConfsyncOptions *self,
             const char *place,
             const char *member,
             ConfsyncJson *value,
             GError **error)
{
  g_autofree char *where = g_strdup_printf ("%s: %s", place, member);
  const ConfsyncOption *option;

  if (!confsync_options_find_for_file (self, member, where, '_', &option, error))
    return FALSE;
  return option == NULL || take_member (self, option, where, value, error);
}

/*
 * confsync_options_read_json:
 * @json: an object
 * @place: what an error calls it
 */
gboolean
confsync_options_read_json (ConfsyncOptions *self,
                            ConfsyncJson *json,
                            const char *place,
                            GError **error)
{
  if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("%s: options are the members of a JSON object, and this is none"), place);
      return FALSE;
    }

  for (guint i = 0; i < confsync_json_get_length (json); i++)
    {
      g_autofree char *member = confsync_json_dup_member_name (json, i);
      g_autoptr (ConfsyncJson) value = confsync_json_get_member (json, member);

      if (!read_member (self, place, member, value, error))
        return FALSE;
    }
  return TRUE;
}

/*
 * confsync_options_load:
 *
 * Returns: (transfer full): what is in a file of options; %NULL with an error that names it
 */
GBytes *
confsync_options_load (const char *path, GError **error)
{
  g_autofree char *text = g_malloc (FILE_MAX_BYTES + 1);
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  g_autoptr (GInputStream) stream = NULL;
  gsize length;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("%s: it can't be read: %s"),
                   path, g_strerror (errno));
      return NULL;
    }
  stream = g_unix_input_stream_new (fd, TRUE);
  if (!g_input_stream_read_all (stream, text, FILE_MAX_BYTES + 1, &length, NULL, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (length > FILE_MAX_BYTES)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   _ ("%s: options have at most %d bytes"), path, FILE_MAX_BYTES);
      return NULL;
    }
  return g_bytes_new (text, length);
}

/*
 * confsync_options_parse_file:
 *
 * Returns: (transfer full): the value in a JSON file of options; %NULL with an error that names it
 */
ConfsyncJson *
confsync_options_parse_file (const char *path, GError **error)
{
  g_autoptr (GBytes) text = confsync_options_load (path, error);
  ConfsyncJson *json = text != NULL ? confsync_json_parse (text, NULL, error) : NULL;

  if (json == NULL && text != NULL)
    g_prefix_error (error, "%s: ", path);
  return json;
}

/*
 * confsync_options_read_file:
 * @path: a JSON object, such as Home Assistant's `/data/options.json`
 */
gboolean
confsync_options_read_file (ConfsyncOptions *self, const char *path, GError **error)
{
  g_autoptr (ConfsyncJson) json = confsync_options_parse_file (path, error);

  return json != NULL && confsync_options_read_json (self, json, path, error);
}

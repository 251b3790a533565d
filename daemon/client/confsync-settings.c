/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What reads a settings file for an instance refuses a bad one in its own words, so here that is
 * asked first; then GKeyFile keeps comments and order.
 */

#include "config.h"

#include "confsync-settings.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "confsync-node-options-private.h"
#include "confsync-option-sources-private.h"

#define GROUP "confsync"
#define FOLDER_MODE 0700
#define FILE_MODE 0600

struct _ConfsyncSettings {
  char *path;
  GKeyFile *file; /* (owned) */
  int mode;
};

void
confsync_settings_free (ConfsyncSettings *self)
{
  g_free (self->path);
  g_key_file_unref (self->file);
  g_free (self);
}

/* Returns: (nullable) (transfer full) */
static char *
dup_named (ConfsyncOptions *options)
{
  const char *named = confsync_options_get_string (options, "settings-file");
  g_auto (GStrv) environment = g_get_environ ();

  return named != NULL ? g_strdup (named)
                       : confsync_node_options_dup_user_file ((const char *const *) environment);
}

gboolean
confsync_settings_have_place (ConfsyncOptions *options)
{
  g_autofree char *named = dup_named (options);

  return named != NULL;
}

/* A link is followed: what it leads to is changed, not the link. */
static char *
dup_path (ConfsyncOptions *options, GError **error)
{
  g_autofree char *named = dup_named (options);
  g_autofree char *path = named != NULL ? g_canonicalize_filename (named, NULL) : NULL;
  char *real;

  if (path == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which settings? There is no home folder; name a file: --settings-file"));
      return NULL;
    }
  real = realpath (path, NULL);
  if (real == NULL)
    return g_steal_pointer (&path);
  g_free (path);
  path = g_strdup (real);
  free (real);
  return g_steal_pointer (&path);
}

static gboolean
parse (ConfsyncSettings *self, GBytes *text, GError **error)
{
  g_autoptr (ConfsyncOptions) check = confsync_node_options_new ();

  confsync_options_set_lenient (check, TRUE);
  if (!confsync_options_read_key_file (check, CONFSYNC_SOURCE_KEY_FILE, text, self->path, error))
    return FALSE;
  return g_bytes_get_size (text) == 0 ||
         g_key_file_load_from_bytes (self->file, text, G_KEY_FILE_KEEP_COMMENTS, error);
}

ConfsyncSettings *
confsync_settings_load (ConfsyncOptions *options, GError **error)
{
  g_autoptr (ConfsyncSettings) self = g_new0 (ConfsyncSettings, 1);
  g_autoptr (GBytes) text = NULL;
  GError *failure = NULL;
  struct stat info;

  self->file = g_key_file_new ();
  self->path = dup_path (options, error);
  if (self->path == NULL)
    return NULL;

  self->mode = stat (self->path, &info) == 0 ? info.st_mode & 0777 : FILE_MODE;
  text = confsync_options_load (self->path, &failure);
  if (text == NULL && g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_clear_error (&failure);
  else if (text == NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  return text == NULL || parse (self, text, error) ? g_steal_pointer (&self) : NULL;
}

const char *
confsync_settings_get_path (ConfsyncSettings *self)
{
  return self->path;
}

/* How the option is written in the file: its words may be joined by underscores, too. */
static char *
dup_key (ConfsyncSettings *self, const char *option)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, GROUP, NULL, NULL);

  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (keys[i]), "_", '-');

      if (g_str_equal (name, option))
        return g_strdup (keys[i]);
    }
  return g_strdup (option);
}

char *
confsync_settings_dup_string (ConfsyncSettings *self, const char *option)
{
  g_autofree char *key = dup_key (self, option);
  g_autofree char *text = g_key_file_get_string (self->file, GROUP, key, NULL);

  return text != NULL && *g_strstrip (text) != '\0' ? g_steal_pointer (&text) : NULL;
}

GStrv
confsync_settings_dup_strings (ConfsyncSettings *self, const char *option)
{
  g_autofree char *text = confsync_settings_dup_string (self, option);
  g_auto (GStrv) parts = g_strsplit_set (text != NULL ? text : "", ",;", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (builder, parts[i]);
  return g_strv_builder_end (builder);
}

void
confsync_settings_set_string (ConfsyncSettings *self, const char *option, const char *value)
{
  g_autofree char *key = dup_key (self, option);

  g_key_file_set_string (self->file, GROUP, key, value);
}

void
confsync_settings_set_strings (ConfsyncSettings *self,
                               const char *option,
                               const char *const *values)
{
  g_autofree char *key = dup_key (self, option);
  g_autofree char *text = g_strjoinv (",", (GStrv) values);

  if (*text != '\0')
    g_key_file_set_string (self->file, GROUP, key, text);
  else
    g_key_file_remove_key (self->file, GROUP, key, NULL);
}

gboolean
confsync_settings_make_folder (ConfsyncSettings *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  if (g_mkdir_with_parents (folder, FOLDER_MODE) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("%s: the folder can't be made: %s"), folder, g_strerror (errno));
  return FALSE;
}

gboolean
confsync_settings_save (ConfsyncSettings *self, GError **error)
{
  gsize length;
  g_autofree char *text = g_key_file_to_data (self->file, &length, NULL);

  return confsync_settings_make_folder (self, error) &&
         g_file_set_contents_full (self->path, text, length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   self->mode, error);
}

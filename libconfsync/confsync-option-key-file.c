/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads options from a key file, the group [confsync] of it. GKeyFile's own errors repeat the line
 * or the value that they are about, which may be a secret, and know no line numbers: what it would
 * refuse is found here before.
 */

#include "config.h"

#include "confsync-option-sources-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP "confsync"
/* what lists are separated by, beside the comma */
#define LIST_SEPARATOR ';'

typedef struct {
  const char *path;
  GHashTable *lines; /* (owned): key of our group → number of its line */
  gboolean grouped;  /* some group has begun */
  gboolean ours;     /* and it is ours */
} Scan;

static gboolean
refuse_line (Scan *self, guint number, const char *what, GError **error)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, _ ("%s: line %u: %s"),
               self->path, number, what);
  return FALSE;
}

static gboolean
scan_group (Scan *self, guint number, const char *line, GError **error)
{
  if (!g_str_has_suffix (line, "]"))
    return refuse_line (self, number, _ ("“]” is missing"), error);
  self->grouped = TRUE;
  self->ours = g_str_equal (line, "[" GROUP "]");
  return TRUE;
}

/* GKeyFile takes the last of equal keys in silence. */
static gboolean
scan_key (Scan *self, guint number, char *line, GError **error)
{
  char *equals = strchr (line, '=');
  guint before;

  if (!self->grouped)
    return refuse_line (self, number, _ ("options stand below a line [" GROUP "]"), error);
  if (equals == NULL || equals == line)
    return refuse_line (self, number, _ ("it is no option=value, no [group] and no # comment"),
                        error);
  if (!self->ours)
    return TRUE;

  *equals = '\0';
  g_strdelimit (g_strchomp (line), "_", '-');
  before = GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, line));
  if (before != 0)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("%s: line %u: %s is in line %u already; values of a list are separated by "
                      "commas"), self->path, number, line, before);
      return FALSE;
    }
  g_hash_table_insert (self->lines, g_strdup (line), GUINT_TO_POINTER (number));
  return TRUE;
}

static gboolean
scan (GBytes *bytes, const char *path, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autofree char *text = g_strndup (data != NULL ? data : "", length);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Scan self = { .path = path, .lines = seen };
  gboolean ok = TRUE;

  if (!g_utf8_validate (data != NULL ? data : "", length, NULL))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, _ ("%s: it is not UTF-8"),
                   path);
      return FALSE;
    }
  for (guint i = 0; ok && lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);

      if (*line == '[')
        ok = scan_group (&self, i + 1, line, error);
      else if (*line != '\0' && *line != '#')
        ok = scan_key (&self, i + 1, line, error);
    }
  return ok;
}

/* GKeyFile gives half a value for a bad escape, and sets its error twice for two. */
static gboolean
has_good_escapes (GKeyFile *file, const char *key, gboolean list)
{
  g_autofree char *raw = g_key_file_get_value (file, GROUP, key, NULL);

  for (const char *p = strchr (raw, '\\'); p != NULL; p = strchr (p + 2, '\\'))
    if (p[1] == '\0' || strchr (list ? "sntr\\;" : "sntr\\", p[1]) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
refuse_escape (const char *where, GError **error)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("%s: a backslash in a value is written as two"), where);
  return FALSE;
}

/* An empty value counts as none, as an empty variable does. */
static gboolean
take_plain (ConfsyncOptions *self,
            const ConfsyncOption *option,
            ConfsyncOptionSource source,
            const char *where,
            char *text,
            GError **error)
{
  return *g_strstrip (text) == '\0' ||
         confsync_options_take (self, option, source, where, text, error);
}

static gboolean
take_list (ConfsyncOptions *self,
           const ConfsyncOption *option,
           ConfsyncOptionSource source,
           const char *where,
           GKeyFile *file,
           const char *key,
           GError **error)
{
  g_auto (GStrv) texts = g_key_file_get_string_list (file, GROUP, key, NULL, NULL);

  for (gsize i = 0; texts[i] != NULL; i++)
    if (!take_plain (self, option, source, where, texts[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
read_key (ConfsyncOptions *self,
          ConfsyncOptionSource source,
          const char *path,
          GKeyFile *file,
          const char *key,
          GError **error)
{
  g_autofree char *where = g_strdup_printf ("%s: %s", path, key);
  g_autofree char *text = NULL;
  const ConfsyncOption *option;

  if (!confsync_options_find_for_file (self, key, where, '-', &option, error))
    return FALSE;
  if (option == NULL)
    return TRUE;
  if (!has_good_escapes (file, key, option->type == CONFSYNC_OPTION_STRINGS))
    return refuse_escape (where, error);
  if (option->type == CONFSYNC_OPTION_STRINGS)
    return take_list (self, option, source, where, file, key, error);

  text = g_key_file_get_string (file, GROUP, key, NULL);
  return take_plain (self, option, source, where, text, error);
}

static void
warn_of_groups (ConfsyncOptions *self, const char *path, GKeyFile *file)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (gsize i = 0; groups[i] != NULL; i++)
    if (!g_str_equal (groups[i], GROUP))
      confsync_options_warn (self, _ ("unknown group %s: [%s]; options stand in [" GROUP "]"), path,
                             groups[i]);
}

gboolean
confsync_options_read_key_file (ConfsyncOptions *self,
                                ConfsyncOptionSource source,
                                GBytes *text,
                                const char *path,
                                GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) keys = NULL;

  if (!scan (text, path, error))
    return FALSE;
  g_key_file_set_list_separator (file, LIST_SEPARATOR);
  if (g_bytes_get_size (text) > 0 &&
      !g_key_file_load_from_bytes (file, text, G_KEY_FILE_NONE, NULL))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("%s: it is no key file: the name of a group or an option can't be one"),
                   path);
      return FALSE;
    }
  warn_of_groups (self, path, file);
  keys = g_key_file_get_keys (file, GROUP, NULL, NULL);
  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    if (!read_key (self, source, path, file, keys[i], error))
      return FALSE;
  return TRUE;
}

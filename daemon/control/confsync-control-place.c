/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The text of a lock file: the process's number and a line end, then the live file and the base
 * directory, each ended by a zero byte, since their paths may be any other bytes.
 */

#include "config.h"

#include "confsync-control-place.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

/* a number and two paths; more is none of ours */
#define SIZE_MAX_BYTES (32 + 2 * 4096)

static GString *
make_text (const char *file, const char *base_dir)
{
  GString *text = g_string_new (NULL);
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *folder = base_dir != NULL ? g_canonicalize_filename (base_dir, NULL)
                                             : g_path_get_dirname (path);

  g_string_append_printf (text, "%ld\n", (long) getpid ());
  g_string_append_len (text, path, (gssize) strlen (path) + 1);
  g_string_append_len (text, folder, (gssize) strlen (folder) + 1);
  return text;
}

gboolean
confsync_control_place_write (int fd, const char *file, const char *base_dir, GError **error)
{
  g_autoptr (GString) text = make_text (file, base_dir);
  const gssize length = (gssize) text->len;
  int saved;

  errno = 0;
  if (ftruncate (fd, 0) == 0 && pwrite (fd, text->str, text->len, 0) == length)
    return TRUE;
  saved = errno != 0 ? errno : EIO;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s", g_strerror (saved));
  return FALSE;
}

/* Returns: (nullable): the text after @text's zero byte; %NULL where there is none before @end */
static const char *
after_zero (const char *text, const char *end)
{
  const char *zero = text < end ? memchr (text, '\0', (gsize) (end - text)) : NULL;

  return zero != NULL ? zero + 1 : NULL;
}

gboolean
confsync_control_place_read (const char *socket, char **file, char **base_dir)
{
  g_autofree char *path = g_strconcat (socket, CONFSYNC_CONTROL_LOCK_SUFFIX, NULL);
  g_autofree char *text = NULL;
  const char *line, *end, *folder, *rest;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL) || length > SIZE_MAX_BYTES)
    return FALSE;
  end = text + length;
  line = memchr (text, '\n', length);
  folder = line != NULL ? after_zero (line + 1, end) : NULL;
  rest = folder != NULL ? after_zero (folder, end) : NULL;
  if (rest != end || line[1] != '/' || *folder != '/')
    return FALSE;

  *file = g_strdup (line + 1);
  *base_dir = g_strdup (folder);
  return TRUE;
}

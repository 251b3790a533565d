/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads whole files, pipes and standard input, up to a bound. Writes a file in one step: whoever
 * reads it finds the old content or the new one, and a failure leaves the old one.
 */

#include "config.h"

#include "confsync-json-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A tool for any JSON: wider than what a configuration may have, and still bounded. */
#define TEXT_MAX_BYTES (1024 * 1024 * 1024)
#define MAX_DEPTH 1000
#define CHUNK_BYTES (1024 * 1024)

static gboolean
fail (GError **error, int errnum, const char *path, const char *what)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errnum), _ ("%s: %s: %s"), path, what,
               g_strerror (errnum));
  return FALSE;
}

/*
 * confsync_json_file_get_name:
 *
 * Returns: what a message calls it
 */
const char *
confsync_json_file_get_name (const char *path)
{
  return g_str_equal (path, CONFSYNC_JSON_FILE_STANDARD) ? _ ("standard input") : path;
}

static GBytes *
read_stream (GInputStream *stream, const char *path, GError **error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  gssize n;

  do
    {
      const guint length = text->len;

      g_byte_array_set_size (text, length + CHUNK_BYTES);
      n = g_input_stream_read (stream, text->data + length, CHUNK_BYTES, NULL, error);
      g_byte_array_set_size (text, length + MAX (n, 0));
    }
  while (n > 0 && text->len <= TEXT_MAX_BYTES);

  if (n < 0)
    {
      g_prefix_error (error, "%s: ", confsync_json_file_get_name (path));
      return NULL;
    }
  if (text->len > TEXT_MAX_BYTES)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   _ ("%s: it has more than %d bytes, which is too much"),
                   confsync_json_file_get_name (path), TEXT_MAX_BYTES);
      return NULL;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&text));
}

/*
 * confsync_json_file_read:
 * @path: any file that can be read to its end, or `-` for standard input
 *
 * Returns: (transfer full): what is in it; %NULL with an error that names it
 */
GBytes *
confsync_json_file_read (const char *path, GError **error)
{
  const gboolean standard = g_str_equal (path, CONFSYNC_JSON_FILE_STANDARD);
  const int fd = standard ? STDIN_FILENO : g_open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
  g_autoptr (GInputStream) stream = NULL;

  if (fd < 0)
    {
      fail (error, errno, path, _ ("it can't be read"));
      return NULL;
    }
  stream = g_unix_input_stream_new (fd, !standard);
  return read_stream (stream, path, error);
}

/*
 * confsync_json_file_parse:
 * @path: where @text is from, for the error
 *
 * Returns: (transfer full): the value, of any kind; %NULL with an error that names file, line,
 *   column and reason
 */
ConfsyncJson *
confsync_json_file_parse (GBytes *text, const char *path, GError **error)
{
  const ConfsyncJsonLimits limits = { TEXT_MAX_BYTES, MAX_DEPTH, G_MAXUINT };
  ConfsyncJson *json = confsync_json_parse (text, &limits, error);

  if (json == NULL)
    g_prefix_error (error, "%s: ", confsync_json_file_get_name (path));
  return json;
}

static gboolean
write_all (int fd, GBytes *text, GError **error)
{
  g_autoptr (GOutputStream) stream = g_unix_output_stream_new (fd, FALSE);
  gsize length;
  const void *data = g_bytes_get_data (text, &length);

  return g_output_stream_write_all (stream, data, length, NULL, NULL, error);
}

/* What can't be replaced, such as a device or a pipe, is written to. */
static gboolean
write_into (const char *path, GBytes *text, GError **error)
{
  const int fd = g_open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
  gboolean ok;

  if (fd < 0)
    return fail (error, errno, path, _ ("it can't be written"));
  ok = write_all (fd, text, error);
  if (close (fd) < 0 && ok)
    return fail (error, errno, path, _ ("it can't be written"));
  return ok;
}

/* Gives a new file the mode, and where this process may the owner, of the one it replaces; a
 * wholly new one gets what the process's mask leaves of 0666. */
static gboolean
take_over (int fd, const GStatBuf *old)
{
  mode_t mask;

  if (old != NULL)
    {
      if (fchown (fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
        return FALSE;
      return fchmod (fd, old->st_mode & 0777) == 0;
    }
  mask = umask (0);
  umask (mask);
  return fchmod (fd, 0666 & ~mask) == 0;
}

/* Durable before it has the name; a failure of the last step would change nothing any more. */
static void
sync_directory (const char *directory)
{
  const int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static gboolean
replace (const char *path, const GStatBuf *old, GBytes *text, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *beside = g_build_filename (directory, ".confsync-XXXXXX", NULL);
  const int fd = g_mkstemp_full (beside, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return fail (error, errno, path, _ ("nothing can be written beside it"));
  ok = write_all (fd, text, error);
  if (ok && (!take_over (fd, old) || fsync (fd) < 0))
    ok = fail (error, errno, path, _ ("it can't be written"));
  if (close (fd) < 0 && ok)
    ok = fail (error, errno, path, _ ("it can't be written"));
  if (ok && g_rename (beside, path) < 0)
    ok = fail (error, errno, path, _ ("it can't be replaced"));
  if (ok)
    sync_directory (directory);
  else
    g_unlink (beside);
  return ok;
}

/*
 * confsync_json_file_write:
 * @path: where to; a symbolic link is followed
 *
 * Replaces the file in one step, and keeps its mode.
 */
gboolean
confsync_json_file_write (const char *path, GBytes *text, GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  GStatBuf info;

  if (real == NULL && errno != ENOENT)
    return fail (error, errno, path, _ ("it can't be written"));
  if (real == NULL)
    return replace (path, NULL, text, error);
  if (g_stat (real, &info) < 0)
    return fail (error, errno, path, _ ("it can't be written"));
  return S_ISREG (info.st_mode) ? replace (real, &info, text, error)
                                : write_into (path, text, error);
}

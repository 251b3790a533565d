/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads key files. What is checked is what was opened, so that nothing can be put in its place
 * between the two. The command compiles this file too, so there is no state in it.
 */

#include "config.h"

#include "confsync-key-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-error.h"

/* two keys, and a page of remarks */
#define FILE_MAX_BYTES 4096
#define OTHERS_BITS 0077
#define CREDENTIAL_OTHERS_BITS 0037

static gboolean
fail_open (const char *path, int code, GError **error)
{
  if (code == ELOOP)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("%s is a symlink; name the key file itself"), path);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 _ ("the key file %s can't be read: %s"), path, g_strerror (code));
  return FALSE;
}

static gboolean
check (const char *path, const struct stat *info, gboolean credential, GError **error)
{
  const guint others = credential ? CREDENTIAL_OTHERS_BITS : OTHERS_BITS;

  if (!S_ISREG (info->st_mode))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("%s is no regular file; a key is in a file of its own"), path);
  else if (info->st_uid != geteuid () && info->st_uid != 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("the key file %s belongs to user %u; it must be yours or root's"), path,
                 info->st_uid);
  else if ((info->st_mode & others) != 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("the key file %s is open to others (mode %04o): chmod 600 it, and make a new "
                    "key where somebody may have read this one"),
                 path, info->st_mode & 07777);
  else if (info->st_size > FILE_MAX_BYTES)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                 _ ("%s is no key file: it has more than %d bytes"), path, FILE_MAX_BYTES);
  else
    return TRUE;
  return FALSE;
}

/* Fills @text, of FILE_MAX_BYTES + 1, and ends it. */
static gboolean
read_all (int fd, char *text, const char *path, GError **error)
{
  gsize length = 0;

  while (length < FILE_MAX_BYTES)
    {
      gssize n = read (fd, text + length, FILE_MAX_BYTES - length);

      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return fail_open (path, errno, error);
      length += MAX (n, 0);
    }
  text[length] = '\0';
  if (strlen (text) == length)
    return TRUE;
  /* whoever frees it wipes it up to the first zero byte only */
  explicit_bzero (text, length);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               _ ("%s is no key file: it is no text"), path);
  return FALSE;
}

char *
confsync_key_file_read (const char *path, gboolean credential, GError **error)
{
  /* not blocking: it may be a pipe that nobody writes to */
  const int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  g_auto (ConfsyncSecret) text = NULL;
  struct stat info;
  gboolean ok;

  if (fd < 0)
    {
      fail_open (path, errno, error);
      return NULL;
    }
  text = g_malloc0 (FILE_MAX_BYTES + 1);
  ok = fstat (fd, &info) == 0 ? check (path, &info, credential, error)
                              : fail_open (path, errno, error);
  ok = ok && read_all (fd, text, path, error);
  close (fd);
  return ok ? g_steal_pointer (&text) : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A new shared key in a file that nobody else may read. A file that is there is a key that others
 * rely on: it is never replaced unasked.
 */

#include "config.h"

#include "confsync-shared-key.h"

#include <confsync.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "confsync-secret-private.h"

#define FILE_MODE 0600

static gboolean
fail (const char *path, int code, GError **error)
{
  if (code == EEXIST)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                 _ ("%s is there already; --force replaces it, and the key in it"), path);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _ ("%s can't be written: %s"),
                 path, g_strerror (code));
  return FALSE;
}

/* Closes @fd, whatever happens. */
static gboolean
write_key (int fd, const char *path, GError **error)
{
  g_auto (ConfsyncSecret) key = confsync_node_make_key ();
  const char end = '\n';
  /* the file is new, so that what is written is all there is in it */
  gboolean ok = fchmod (fd, FILE_MODE) == 0 &&
                write (fd, key, strlen (key)) == (gssize) strlen (key) &&
                write (fd, &end, 1) == 1 && fsync (fd) == 0;
  int code = errno;

  if (close (fd) != 0 && ok)
    {
      ok = FALSE;
      code = errno;
    }
  return ok || fail (path, code, error);
}

static gboolean
create (const char *path, GError **error)
{
  const int fd =
    open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, FILE_MODE);

  if (fd < 0)
    return fail (path, errno, error);
  if (write_key (fd, path, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}

/* At every moment there is a whole key. */
static gboolean
replace (const char *path, GError **error)
{
  g_autofree char *beside = g_strconcat (path, ".XXXXXX", NULL);
  const int fd = g_mkstemp_full (beside, O_WRONLY | O_CLOEXEC, FILE_MODE);
  gboolean ok;

  if (fd < 0)
    return fail (path, errno, error);
  ok = write_key (fd, path, error);
  if (ok && g_rename (beside, path) != 0)
    ok = fail (path, errno, error);
  if (!ok)
    g_unlink (beside);
  return ok;
}

gboolean
confsync_shared_key_make (const char *path, gboolean force, GError **error)
{
  return force ? replace (path, error) : create (path, error);
}

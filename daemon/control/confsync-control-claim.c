/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A lock beside the socket says who is alive: the kernel lets go of it with the process, so there
 * is no guessing from a socket that doesn't answer, and no race between two that begin at once.
 * The folder is ours alone, which is what keeps others out before they can say a word.
 */

#include "config.h"

#include "confsync-control-claim.h"

#include <confsync.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-control-path.h"
#include "confsync-control-place.h"

#define PID_DIGITS_MAX 20

struct _ConfsyncControlClaim
{
  char *path; /* of the socket */
  char *lock_path;
  int lock;       /* -1: not held */
  gboolean bound; /* the socket is ours */
};

static gboolean
fail (GError **error, int code, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", path, g_strerror (code));
  return FALSE;
}

/* A folder that others may look into, or that is somebody else's, is no place for it. */
static gboolean
check_folder (const char *folder, GError **error)
{
  struct stat info;

  if (lstat (folder, &info) != 0)
    return fail (error, errno, folder);
  if (S_ISDIR (info.st_mode) && info.st_uid == geteuid () && (info.st_mode & 077) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
               "%s must be a folder of this user that nobody else can enter (chmod 700)", folder);
  return FALSE;
}

static gboolean
make_folder (const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail (error, errno, folder);
  return check_folder (folder, error);
}

/* Who went away removes the file; a lock on a removed one is worth nothing. */
static gboolean
is_current (const char *lock_path, int fd)
{
  struct stat held, named;

  return fstat (fd, &held) == 0 && lstat (lock_path, &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void
refuse_busy (int fd, const char *file, GError **error)
{
  char text[PID_DIGITS_MAX + 1] = { 0 };
  const gssize n = pread (fd, text, PID_DIGITS_MAX, 0);
  const long pid = n > 0 ? strtol (text, NULL, 10) : 0;

  if (pid > 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "another instance keeps %s in sync: process %ld (“ps %ld” shows it, "
                 "“confsync status” asks it); end that one first",
                 file, pid, pid);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "another instance keeps %s in sync; end that one first", file);
}

static int
open_lock (const char *path)
{
  return open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static gboolean
take_lock (ConfsyncControlClaim *self,
           const char *file,
           const char *base_dir,
           GError **error)
{
  for (;;)
    {
      const int fd = open_lock (self->lock_path);

      if (fd < 0)
        return fail (error, errno, self->lock_path);
      if (flock (fd, LOCK_EX | LOCK_NB) != 0)
        {
          const int saved = errno;

          if (saved == EWOULDBLOCK)
            refuse_busy (fd, file, error);
          else
            fail (error, saved, self->lock_path);
          close (fd);
          return FALSE;
        }
      if (is_current (self->lock_path, fd))
        {
          self->lock = fd;
          if (confsync_control_place_write (fd, file, base_dir, error))
            return TRUE;
          g_prefix_error (error, "%s: ", self->lock_path);
          return FALSE;
        }
      close (fd);
    }
}

/* Instances that begin at once do it one after the other, each in an instant. Gives -1 and @error,
 * or what to close. */
static int
lock_folder (const char *folder, GError **error)
{
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  int result;

  if (fd < 0)
    {
      fail (error, errno, folder);
      return -1;
    }
  do
    result = flock (fd, LOCK_EX);
  while (result != 0 && errno == EINTR);
  if (result == 0)
    return fd;
  fail (error, errno, folder);
  close (fd);
  return -1;
}

/* What a killed instance left, for a file that nobody may ever start one for again. */
static void
sweep_one (const char *path)
{
  g_autofree char *lock_path = g_strconcat (path, CONFSYNC_CONTROL_LOCK_SUFFIX, NULL);
  const int fd = open_lock (lock_path);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && is_current (lock_path, fd))
    {
      g_unlink (path);
      g_unlink (lock_path);
    }
  if (fd >= 0)
    close (fd);
}

static void
sweep (void)
{
  g_auto (GStrv) sockets = confsync_control_list_sockets ();

  for (gsize i = 0; sockets[i] != NULL; i++)
    sweep_one (sockets[i]);
}

ConfsyncControlClaim *
confsync_control_claim_new (const char *file, const char *base_dir, GError **error)
{
  g_autofree char *folder = confsync_control_dup_folder ();
  g_autoptr (ConfsyncControlClaim) self = g_new0 (ConfsyncControlClaim, 1);
  gboolean taken;
  int turn;

  self->lock = -1;
  self->path = confsync_control_dup_socket (file, error);
  if (self->path == NULL || !make_folder (folder, error) ||
      (turn = lock_folder (folder, error)) < 0)
    return NULL;
  sweep ();
  self->lock_path = g_strconcat (self->path, CONFSYNC_CONTROL_LOCK_SUFFIX, NULL);
  taken = take_lock (self, file, base_dir, error);
  close (turn);
  return taken ? g_steal_pointer (&self) : NULL;
}

void
confsync_control_claim_free (ConfsyncControlClaim *self)
{
  if (self->bound)
    g_unlink (self->path);
  if (self->lock >= 0)
    {
      /* while it is held, so that nobody's but our own is removed */
      g_unlink (self->lock_path);
      close (self->lock);
    }
  g_free (self->path);
  g_free (self->lock_path);
  g_free (self);
}

const char *
confsync_control_claim_get_path (ConfsyncControlClaim *self)
{
  return self->path;
}

static gboolean
bind_socket (ConfsyncControlClaim *self, GSocket *socket, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);

  /* whoever left one there is dead: we have the lock */
  if (g_unlink (self->path) != 0 && errno != ENOENT)
    return fail (error, errno, self->path);
  if (!g_socket_bind (socket, address, FALSE, error))
    {
      g_prefix_error (error, "%s: ", self->path);
      return FALSE;
    }
  self->bound = TRUE;
  /* the umask belongs to the whole process, which makes other files at the same time */
  if (g_chmod (self->path, 0600) != 0)
    return fail (error, errno, self->path);
  return g_socket_listen (socket, error);
}

GSocket *
confsync_control_claim_listen (ConfsyncControlClaim *self, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL || !bind_socket (self, socket, error))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  return g_steal_pointer (&socket);
}

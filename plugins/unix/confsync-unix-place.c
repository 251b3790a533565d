/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who has a place holds a lock beside it for as long as it does. So of two that start at once only
 * one looks at what was left behind, and neither can take the other's socket away.
 */

#include "confsync-unix-place.h"

#include <confsync.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128
#define SOCKET_MODE 0600
#define DIRECTORY_MODE 0700

/* a lock file that is taken away while we wait at its door is made anew */
#define LOCK_TRIES 16

struct _ConfsyncUnixPlace
{
  char *path;
  char *name;      /* in the directory */
  char *lock_name; /* in the directory */
  int directory;   /* -1 where there is none, as the others */
  int lock;
  int socket;
  dev_t device; /* of the socket's file, once it is there */
  ino_t inode;
  gboolean bound;
};

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
fail (ConfsyncUnixPlace *self, GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "can't listen on %s: %s: %s",
               self->path, what, g_strerror (code));
  return FALSE;
}

static gboolean
fail_in_use (ConfsyncUnixPlace *self, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
               "unix:%s is in use already; stop what listens there, or take another path",
               self->path);
  return FALSE;
}

/* The directory */

static gboolean
refuse_directory (GError **error, const char *path, const char *reason)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "no socket is made in %s: %s; take a directory of your own, or name one that "
               "doesn't exist and it is made with mode 0700",
               path, reason);
  return FALSE;
}

/* Whoever may write there could put another socket in the place of ours. */
static gboolean
check_directory (ConfsyncUnixPlace *self, const char *path, GError **error)
{
  struct stat info;

  if (fstat (self->directory, &info) < 0)
    return fail (self, error, path);
  if (info.st_uid != geteuid () && info.st_uid != 0)
    return refuse_directory (error, path, "it belongs to another user");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse_directory (error, path, "other users may write there");
  return TRUE;
}

static gboolean
open_directory (ConfsyncUnixPlace *self, GError **error)
{
  g_autofree char *path = g_path_get_dirname (self->path);
  const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

  self->directory = open (path, flags);
  if (self->directory < 0 && errno == ENOENT)
    {
      if (g_mkdir_with_parents (path, DIRECTORY_MODE) < 0)
        return fail (self, error, path);
      self->directory = open (path, flags);
    }
  if (self->directory < 0)
    return fail (self, error, path);
  return check_directory (self, path, error);
}

/* The lock */

/* Opens the lock file and locks it. Where another one has it already, errno is EWOULDBLOCK. */
static gboolean
lock_file (ConfsyncUnixPlace *self)
{
  struct stat info;

  clear_fd (&self->lock);
  self->lock = openat (self->directory, self->lock_name,
                       O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, SOCKET_MODE);
  if (self->lock < 0 || fstat (self->lock, &info) < 0)
    return FALSE;
  if (!S_ISREG (info.st_mode))
    {
      errno = EEXIST;
      return FALSE;
    }
  return flock (self->lock, LOCK_EX | LOCK_NB) == 0;
}

/* Whether the file that we locked still has the name. */
static gboolean
has_name (ConfsyncUnixPlace *self)
{
  struct stat ours, named;

  return fstat (self->lock, &ours) == 0 &&
         fstatat (self->directory, self->lock_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static gboolean
take_lock (ConfsyncUnixPlace *self, GError **error)
{
  for (guint i = 0; i < LOCK_TRIES; i++)
    {
      if (!lock_file (self))
        {
          gboolean taken = errno == EWOULDBLOCK;

          if (!taken)
            fail (self, error, self->lock_name);
          clear_fd (&self->lock);
          return taken ? fail_in_use (self, error) : FALSE;
        }
      if (has_name (self))
        return TRUE;
    }
  clear_fd (&self->lock);
  return fail_in_use (self, error);
}

/* What is there already */

static void
fill_address (ConfsyncUnixPlace *self, struct sockaddr_un *address)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  g_strlcpy (address->sun_path, self->path, sizeof address->sun_path);
}

/* Gives 0 where somebody listens, or else what connecting fails with. */
static int
knock (ConfsyncUnixPlace *self)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_un address;
  int code = 0;

  if (fd < 0)
    return errno;
  fill_address (self, &address);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    code = errno;
  close (fd);
  return code;
}

static gboolean
is_same (ConfsyncUnixPlace *self, const struct stat *seen)
{
  struct stat info;

  return fstatat (self->directory, self->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         info.st_dev == seen->st_dev && info.st_ino == seen->st_ino;
}

/* Removes a socket that nobody listens on any more. */
static gboolean
clear_place (ConfsyncUnixPlace *self, GError **error)
{
  struct stat seen;

  if (fstatat (self->directory, self->name, &seen, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? TRUE : fail (self, error, self->name);
  if (!S_ISSOCK (seen.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   "can't listen on %s: what is there is no socket, so it is left alone; move it "
                   "away, or take another path",
                   self->path);
      return FALSE;
    }

  errno = knock (self);
  if (errno == ENOENT)
    return TRUE;
  if (errno == 0 || errno == EAGAIN || errno == EPROTOTYPE)
    return fail_in_use (self, error);
  if (errno != ECONNREFUSED || !is_same (self, &seen))
    return fail (self, error, "a socket is there, and it is not certain that nobody uses it");
  if (unlinkat (self->directory, self->name, 0) < 0 && errno != ENOENT)
    return fail (self, error, "the socket that was left behind can't be removed");
  return TRUE;
}

/* The socket */

/* The file gets the mode that the socket has, less the umask; so it is never open to others, and
 * the umask, which is all threads', stays as it is. */
static gboolean
bind_socket (ConfsyncUnixPlace *self, GError **error)
{
  struct sockaddr_un address;
  struct stat info;

  fill_address (self, &address);
  self->socket = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->socket < 0 || fchmod (self->socket, SOCKET_MODE) < 0)
    return fail (self, error, "no socket");
  if (bind (self->socket, (struct sockaddr *) &address, sizeof address) < 0)
    return errno == EADDRINUSE ? fail_in_use (self, error) : fail (self, error, "bind");

  if (fstatat (self->directory, self->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
    return fail (self, error, "the socket is not where it was made");
  self->device = info.st_dev;
  self->inode = info.st_ino;
  self->bound = TRUE;
  return TRUE;
}

/* An odd umask may have taken more, and nobody could connect. */
static gboolean
check_mode (ConfsyncUnixPlace *self, GError **error)
{
  struct stat info;

  if (fstatat (self->directory, self->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
    return fail (self, error, self->name);
  if (S_ISSOCK (info.st_mode) && (info.st_mode & 07777) == SOCKET_MODE)
    return TRUE;
  if (S_ISSOCK (info.st_mode) && fchmodat (self->directory, self->name, SOCKET_MODE, 0) == 0)
    return TRUE;
  return fail (self, error, "the socket's mode can't be set to 0600");
}

ConfsyncUnixPlace *
confsync_unix_place_take (const char *path, GError **error)
{
  g_autoptr (ConfsyncUnixPlace) self = g_new0 (ConfsyncUnixPlace, 1);

  self->path = g_strdup (path);
  self->name = g_path_get_basename (path);
  self->lock_name = g_strconcat (self->name, ".lock", NULL);
  self->directory = self->lock = self->socket = -1;
  if (!open_directory (self, error) || !take_lock (self, error) || !clear_place (self, error) ||
      !bind_socket (self, error) || !check_mode (self, error))
    return NULL;
  if (listen (self->socket, BACKLOG) < 0)
    {
      fail (self, error, "listen");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
confsync_unix_place_free (ConfsyncUnixPlace *self)
{
  const struct stat ours = { .st_dev = self->device, .st_ino = self->inode };

  if (self->bound && is_same (self, &ours))
    unlinkat (self->directory, self->name, 0);
  /* the name goes while the lock is held: who opened the file before finds that out */
  if (self->lock >= 0 && has_name (self))
    unlinkat (self->directory, self->lock_name, 0);

  clear_fd (&self->socket);
  clear_fd (&self->lock);
  clear_fd (&self->directory);
  g_free (self->path);
  g_free (self->name);
  g_free (self->lock_name);
  g_free (self);
}

int
confsync_unix_place_get_fd (const ConfsyncUnixPlace *self)
{
  return self->socket;
}

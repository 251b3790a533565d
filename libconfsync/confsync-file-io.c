/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Opening, reading and writing with the checks that every part of the file store needs.
 */

#include "config.h"

#include "confsync-file-io-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <stdlib.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-file-sync-private.h"

/* how many symbolic links a path may lead through, as for the kernel */
#define LINKS_MAX 40

/* A file that changed while it was read is read again this often; then what was read is given
 * out: it parses, or the next event of the watcher tells more. */
#define READ_ATTEMPTS 8

void
confsync_fd_close (int fd)
{
  if (fd >= 0)
    close (fd);
}

void
confsync_file_report_displaced (const ConfsyncFileReport *self, ConfsyncDocument *document)
{
  self->displaced (document, self->data);
}

void
confsync_file_report_notice (const ConfsyncFileReport *self, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  self->notice (message, self->data);
}

/* Versions and state may lie elsewhere; the live file is where it is, and what takes its place is
 * made beside it, in tmp. */
static gboolean
may_lie_elsewhere (const char *path)
{
  return strstr (path, "/config_versions") != NULL ||
         (strstr (path, "/.confsync") != NULL && strstr (path, "/.confsync/tmp") == NULL);
}

static const char *
advice (int errnum, const char *path)
{
  switch (errnum)
    {
    case EROFS:
      return may_lie_elsewhere (path)
               ? "; mount the file system writable, or choose another base directory"
               : "; mount the file system writable";
    case EACCES:
    case EPERM:
      return "; give the user that runs this program the permission, or choose another directory";
    case ENOSPC:
    case EDQUOT:
      return "; free some space";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files";
    default:
      return "";
    }
}

gboolean
confsync_file_fail (GError **error, int errnum, const char *what, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errnum), "%s: can't %s: %s%s", path, what,
               g_strerror (errnum), advice (errnum, path));
  return FALSE;
}

char *
confsync_file_path_at (int dirfd, const char *name)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", dirfd);
  g_autofree char *directory = dirfd == AT_FDCWD ? NULL : g_file_read_link (link, NULL);

  return directory == NULL ? g_strdup (name) : g_build_filename (directory, name, NULL);
}

gboolean
confsync_file_fail_at (GError **error, int errnum, const char *what, int dirfd, const char *name)
{
  g_autofree char *path = confsync_file_path_at (dirfd, name);

  return confsync_file_fail (error, errnum, what, path);
}

int
confsync_file_openat (int dirfd, const char *name, int flags, mode_t mode)
{
  return TEMP_FAILURE_RETRY (openat (dirfd, name, flags, mode));
}

static gboolean
check_regular (const struct stat *info, int dirfd, const char *name, GError **error)
{
  g_autofree char *path = NULL;

  if (S_ISREG (info->st_mode))
    return TRUE;

  path = confsync_file_path_at (dirfd, name);
  if (S_ISLNK (info->st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS,
                 "%s is a symbolic link that isn't followed (it leads out of our own folder, or in "
                 "a circle); move it away", path);
  else if (S_ISDIR (info->st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                 "%s is a directory where a file is needed; name the file, or move it away", path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s is no regular file (a FIFO, socket or device?); move it away", path);
  return FALSE;
}

int
confsync_file_open (int dirfd, const char *name, int extra_flags, GError **error)
{
  g_auto (ConfsyncFd) fd = -1;
  struct stat info;

  fd = confsync_file_openat (dirfd, name,
                             O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | extra_flags, 0);
  if (fd < 0)
    {
      int errnum = errno;

      /* a socket, or a device without a driver: say what it is instead of “no such device” */
      if ((errnum == ENXIO || errnum == ENODEV || errnum == ELOOP) &&
          fstatat (dirfd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
          !check_regular (&info, dirfd, name, error))
        return -1;
      confsync_file_fail_at (error, errnum, "open it", dirfd, name);
      return -1;
    }
  if (fstat (fd, &info) < 0)
    {
      confsync_file_fail_at (error, errno, "look at it", dirfd, name);
      return -1;
    }
  return check_regular (&info, dirfd, name, error) ? g_steal_fd (&fd) : -1;
}

int
confsync_file_open_to_write (int dirfd,
                             const char *name,
                             int extra_flags,
                             mode_t mode,
                             GError **error)
{
  g_auto (ConfsyncFd) fd = confsync_file_openat (
    dirfd, name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | extra_flags, mode);
  struct stat info;

  if (fd < 0)
    {
      int errnum = errno;

      if (fstatat (dirfd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
          !check_regular (&info, dirfd, name, error))
        return -1;
      confsync_file_fail_at (error, errnum, "write to it", dirfd, name);
      return -1;
    }
  if (fstat (fd, &info) < 0)
    {
      confsync_file_fail_at (error, errno, "look at it", dirfd, name);
      return -1;
    }
  return check_regular (&info, dirfd, name, error) ? g_steal_fd (&fd) : -1;
}

gsize
confsync_file_max_bytes (const ConfsyncJsonLimits *limits)
{
  return limits->max_bytes != 0 ? limits->max_bytes : CONFSYNC_JSON_MAX_BYTES;
}

static gboolean
check_size (guint64 size, gsize max_bytes, const char *path, GError **error)
{
  if (size <= max_bytes)
    return TRUE;

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "%s: %" G_GUINT64_FORMAT " bytes are more than the limit of %" G_GSIZE_FORMAT
               "; make it smaller",
               path, size, max_bytes);
  return FALSE;
}

/* Up to @size bytes and one more, which tells that the file has grown. NULL with errno set. */
static GBytes *
read_up_to (int fd, gsize size)
{
  g_autofree char *buffer = g_malloc (size + 1);
  gsize length = 0;

  while (length <= size)
    {
      gssize n = pread (fd, buffer + length, size + 1 - length, length);

      if (n < 0 && errno != EINTR)
        return NULL;
      if (n == 0)
        break;
      length += MAX (n, 0);
    }
  return g_bytes_new_take (g_steal_pointer (&buffer), length);
}

static gboolean
is_unchanged (const struct stat *a, const struct stat *b, gsize length)
{
  return a->st_size == b->st_size && (gsize) b->st_size == length &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

GBytes *
confsync_file_read (int fd, const char *path, gsize max_bytes, struct stat *info, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  struct stat before, after;

  for (guint i = 0; i < READ_ATTEMPTS; i++)
    {
      gboolean ok = fstat (fd, &before) == 0;

      if (ok && !check_size (before.st_size, max_bytes, path, error))
        return NULL;
      g_clear_pointer (&bytes, g_bytes_unref);
      bytes = ok ? read_up_to (fd, before.st_size) : NULL;
      if (bytes == NULL || fstat (fd, &after) < 0)
        {
          confsync_file_fail (error, errno, "read it", path);
          return NULL;
        }
      if (is_unchanged (&before, &after, g_bytes_get_size (bytes)))
        break;
    }
  if (info != NULL)
    *info = after;
  return g_steal_pointer (&bytes);
}

/* The kernel gives what it has without waiting for a disk. */
GBytes *
confsync_file_read_at_hand (int fd, gsize max_bytes, struct stat *info, gboolean *never)
{
  g_autofree char *buffer = NULL;
  struct stat before;
  struct iovec part;
  gssize length;

  if (fstat (fd, &before) < 0 || (gsize) before.st_size > max_bytes)
    return NULL;

  buffer = g_malloc (before.st_size + 1);
  part = (struct iovec){ buffer, before.st_size + 1 };
  length = preadv2 (fd, &part, 1, 0, RWF_NOWAIT);
  *never = length < 0 && (errno == EOPNOTSUPP || errno == ENOSYS);
  if (length < 0 || fstat (fd, info) < 0 || !is_unchanged (&before, info, length))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&buffer), length);
}

gboolean
confsync_file_write_all (int fd, GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno != EINTR)
        return FALSE;
      data += MAX (n, 0);
      length -= MAX (n, 0);
    }
  return TRUE;
}

/* What is ours and was made by somebody with a lighter hand; a failure costs no more than that. */
static void
close_to_others (int fd)
{
  struct stat info;

  if (fstat (fd, &info) == 0 && info.st_uid == geteuid () && (info.st_mode & 077) != 0)
    fchmod (fd, info.st_mode & 0700);
}

/* The kernel only says that it is no directory. */
static void
fail_dir (GError **error, int errnum, int dirfd, const char *name)
{
  struct stat info;
  g_autofree char *path = NULL;

  if ((errnum != ENOTDIR && errnum != ELOOP) || dirfd == AT_FDCWD ||
      fstatat (dirfd, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR (info.st_mode))
    {
      confsync_file_fail_at (error, errnum, "open the directory", dirfd, name);
      return;
    }
  path = confsync_file_path_at (dirfd, name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
               "%s is %s where a directory of our own is needed; move it away", path,
               S_ISLNK (info.st_mode) ? "a symbolic link, which isn't followed," : "a file");
}

int
confsync_file_open_dir (int dirfd, const char *name, gboolean create, GError **error)
{
  /* a link planted in one of our own directories must not lead us out of it */
  const int flags =
    O_RDONLY | O_DIRECTORY | O_CLOEXEC | (dirfd != AT_FDCWD ? O_NOFOLLOW : 0);
  int fd = confsync_file_openat (dirfd, name, flags, 0);

  if (fd < 0 && errno == ENOENT && create)
    {
      if (mkdirat (dirfd, name, 0700) < 0 && errno != EEXIST)
        {
          confsync_file_fail_at (error, errno, "make the directory", dirfd, name);
          return -1;
        }
      if (dirfd != AT_FDCWD && confsync_file_sync (dirfd) < 0)
        {
          confsync_file_fail_at (error, errno, "make the directory durable", dirfd, name);
          return -1;
        }
      fd = confsync_file_openat (dirfd, name, flags, 0);
    }
  if (fd < 0)
    fail_dir (error, errno, dirfd, name);
  else if (dirfd != AT_FDCWD)
    close_to_others (fd);
  return fd;
}

/* Only the last component is made: a typing mistake must not grow a tree. */
static int
make_base (const char *base, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (base);
  g_autofree char *name = g_path_get_basename (base);
  g_auto (ConfsyncFd) parent_fd = confsync_file_open_dir (AT_FDCWD, parent, FALSE, error);

  return parent_fd < 0 ? -1 : confsync_file_open_dir (parent_fd, name, TRUE, error);
}

int
confsync_file_open_base (const char *base, const char *sub, gboolean create, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (sub, "/", -1);
  g_auto (ConfsyncFd) fd =
    confsync_file_openat (AT_FDCWD, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0 && errno == ENOENT && create)
    fd = make_base (base, error);
  else if (fd < 0)
    confsync_file_fail (error, errno, "open the directory", base);

  for (guint i = 0; fd >= 0 && parts[i] != NULL; i++)
    {
      int below = parts[i][0] != '\0' ? confsync_file_open_dir (fd, parts[i], create, error)
                                      : g_steal_fd (&fd);

      confsync_fd_close (fd);
      fd = below;
    }
  return g_steal_fd (&fd);
}

int
confsync_file_open_below (const char *base, const char *sub, const char *name, GError **error)
{
  g_auto (ConfsyncFd) dirfd = confsync_file_open_base (base, sub, FALSE, error);

  return dirfd >= 0 ? confsync_file_open (dirfd, name, O_NOFOLLOW, error) : -1;
}

ConfsyncDocument *
confsync_file_parse (GBytes *text,
                     const char *path,
                     const ConfsyncJsonLimits *limits,
                     GError **error)
{
  ConfsyncDocument *document = confsync_document_new (text, limits, error);

  if (document == NULL)
    g_prefix_error (error, "%s: ", path);
  return document;
}

gboolean
confsync_file_is_blank (GBytes *text)
{
  gsize length;
  const char *data = g_bytes_get_data (text, &length);

  while (length > 0 && g_ascii_isspace (data[length - 1]))
    length--;
  return length == 0;
}

char *
confsync_file_format_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  return time != NULL ? g_date_time_format (time, "%Y%m%d%H%M%S") : g_strdup ("00000000000000");
}

/* A path whose last component isn't there: the directory must be. */
static char *
resolve_missing (const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *real_parent = realpath (parent, NULL);

  if (real_parent == NULL)
    {
      confsync_file_fail (error, errno, "find the directory of the live file", path);
      return NULL;
    }
  return g_build_filename (real_parent, name, NULL);
}

char *
confsync_file_resolve (const char *path, GError **error)
{
  g_autofree char *at = g_strdup (path);

  for (guint i = 0; i < LINKS_MAX; i++)
    {
      g_autofree char *real = realpath (at, NULL);
      g_autofree char *link = real == NULL && errno == ENOENT ? g_file_read_link (at, NULL) : NULL;
      g_autofree char *parent = g_path_get_dirname (at);

      if (real != NULL)
        return g_steal_pointer (&real);
      if (link == NULL)
        return resolve_missing (at, error);
      g_free (at);
      at = g_canonicalize_filename (link, parent);
    }
  confsync_file_fail (error, ELOOP, "follow its symbolic links", path);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Durable writing. g_file_set_contents_full() ignores a failed fsync of the directory, follows
 * symbolic links and corrupts with some of its flags, so this is done here. A failed fsync is never
 * tried again on the same file: the kernel may have forgotten what it couldn't write.
 */

#include "config.h"

#include "confsync-durable-file-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "confsync-file-io-private.h"
#include "confsync-file-sync-private.h"

#define TEMP_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static gboolean
sync_dir (int dirfd, const char *name, GError **error)
{
  if (confsync_file_sync (dirfd) == 0)
    return TRUE;
  return confsync_file_fail_at (error, errno, "make its name durable", dirfd, name);
}

/* FALSE with errno set */
static gboolean
write_temp (int dirfd, const char *temp, GBytes *bytes, mode_t mode)
{
  g_auto (ConfsyncFd) fd = confsync_file_openat (dirfd, temp, TEMP_FLAGS, mode);

  return fd >= 0 && fchmod (fd, mode) == 0 && confsync_file_write_all (fd, bytes) &&
         confsync_file_sync (fd) == 0;
}

gboolean
confsync_durable_write (int dirfd, const char *name, GBytes *bytes, mode_t mode, GError **error)
{
  g_autofree char *temp = g_strdup_printf (CONFSYNC_DURABLE_TEMP_PREFIX "%08x", g_random_int ());

  if (!write_temp (dirfd, temp, bytes, mode) || renameat (dirfd, temp, dirfd, name) < 0)
    {
      int errnum = errno;

      unlinkat (dirfd, temp, 0);
      return confsync_file_fail_at (error, errnum, "write it", dirfd, name);
    }
  return sync_dir (dirfd, name, error);
}

gboolean
confsync_durable_append (int dirfd, const char *name, GBytes *bytes, mode_t mode, GError **error)
{
  gboolean is_new = faccessat (dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
  g_auto (ConfsyncFd) fd =
    confsync_file_open_to_write (dirfd, name, O_CREAT | O_APPEND, mode, error);

  if (fd < 0)
    return FALSE;
  if (!confsync_file_write_all (fd, bytes) || confsync_file_sync_data (fd) < 0)
    return confsync_file_fail_at (error, errno, "add to it", dirfd, name);
  return !is_new || sync_dir (dirfd, name, error);
}

gboolean
confsync_durable_remove (int dirfd, const char *name, GError **error)
{
  if (unlinkat (dirfd, name, 0) < 0 && errno != ENOENT)
    return confsync_file_fail_at (error, errno, "remove it", dirfd, name);
  return sync_dir (dirfd, name, error);
}

void
confsync_durable_sweep (int dirfd)
{
  int fd = confsync_file_openat (dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    {
      confsync_fd_close (fd);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    if (g_str_has_prefix (entry->d_name, CONFSYNC_DURABLE_TEMP_PREFIX))
      unlinkat (dirfd, entry->d_name, 0);
  closedir (dir);
}

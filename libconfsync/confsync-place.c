/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Opening the directories of a save. A directory of notes is no way out of the mount: where it is
 * on another one, no rename could bring anything over.
 */

#include "config.h"

#include "confsync-place-private.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "confsync-shelf-private.h"

#define LAST_COMPONENT "tmp"

void
confsync_place_clear (ConfsyncPlace *self)
{
  g_free (self->path);
  g_free (self->name);
  confsync_fd_close (self->dirfd);
  confsync_fd_close (self->old_fd);
  g_free (self->temp_base);
  g_free (self->temp_dir);
  confsync_fd_close (self->temp_dirfd);
  confsync_fd_close (self->state_dirfd);
}

static gboolean
is_at (const struct stat *file, const char *path)
{
  struct stat found;

  return lstat (path, &found) == 0 && file->st_dev == found.st_dev && file->st_ino == found.st_ino;
}

/* The kernel knows where an open file is; walking its path would take a call for each directory.
 * Mostly it is where the last one was (nullable); a file with several names may have been reached
 * by another one. NULL where the kernel can't say, or where another file is there by now. */
static char *
find_path (int fd, const char *last_path)
{
  g_autofree char *link = NULL;
  char path[PATH_MAX];
  gssize length;
  struct stat file;

  if (fstat (fd, &file) < 0)
    return NULL;
  if (last_path != NULL && file.st_nlink == 1 && is_at (&file, last_path))
    return g_strdup (last_path);

  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path);
  if (length <= 0 || (gsize) length == sizeof path || path[0] != '/')
    return NULL;
  path[length] = '\0';
  return is_at (&file, path) ? g_strdup (path) : NULL;
}

/* Opens what is live, where its path can be had by that. */
static char *
open_live (ConfsyncPlace *self, const char *live_path, const char *last_path)
{
  char *path;

  self->old_fd = confsync_file_open (AT_FDCWD, live_path, 0, NULL);
  path = self->old_fd >= 0 ? find_path (self->old_fd, last_path) : NULL;
  if (path == NULL)
    confsync_fd_close (g_steal_fd (&self->old_fd));
  return path;
}

/* Nothing may be live, or nothing that can be read. */
static gboolean
open_old (ConfsyncPlace *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  self->old_fd = confsync_file_open (self->dirfd, self->name, O_NOFOLLOW, &local);
  if (self->old_fd >= 0 || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
      g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
confsync_place_open (ConfsyncPlace *self,
                     const char *live_path,
                     const char *last_path,
                     GError **error)
{
  g_autofree char *parent = NULL;

  self->path = open_live (self, live_path, last_path);
  if (self->path == NULL)
    self->path = confsync_file_resolve (live_path, error);
  if (self->path == NULL)
    return FALSE;

  parent = g_path_get_dirname (self->path);
  self->name = g_path_get_basename (self->path);
  self->dirfd = confsync_file_open_dir (AT_FDCWD, parent, FALSE, error);
  return self->dirfd >= 0 && (self->old_fd >= 0 || open_old (self, error));
}

static gboolean
is_same_device (int a, int b)
{
  struct stat info_a, info_b;

  return fstat (a, &info_a) == 0 && fstat (b, &info_b) == 0 && info_a.st_dev == info_b.st_dev;
}

gboolean
confsync_place_open_private (ConfsyncPlace *self,
                             const char *base_dir,
                             ConfsyncPlaceWhere where,
                             GError **error)
{
  confsync_fd_close (g_steal_fd (&self->temp_dirfd));
  g_clear_pointer (&self->temp_base, g_free);
  g_clear_pointer (&self->temp_dir, g_free);
  if (self->state_dirfd < 0)
    self->state_dirfd = confsync_file_open_base (base_dir, CONFSYNC_STATE_DIR, TRUE, error);
  if (self->state_dirfd < 0)
    return FALSE;

  if (where == CONFSYNC_PLACE_ANY_MOUNT ||
      (where == CONFSYNC_PLACE_SAME_MOUNT && is_same_device (self->state_dirfd, self->dirfd)))
    {
      self->temp_base = g_strdup (base_dir);
      self->temp_sub = CONFSYNC_PLACE_SUB_DIR;
      self->temp_dirfd = confsync_file_open_dir (self->state_dirfd, LAST_COMPONENT, TRUE, error);
    }
  else
    {
      self->temp_base = g_path_get_dirname (self->path);
      self->temp_sub = CONFSYNC_PLACE_BESIDE;
      self->temp_dirfd = confsync_file_open_dir (self->dirfd, CONFSYNC_PLACE_BESIDE, TRUE, error);
    }
  self->temp_dir = g_build_filename (self->temp_base, self->temp_sub, NULL);
  return self->temp_dirfd >= 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Opening the directories of a save. A directory of notes is no way out of the mount: where it is
 * on another one, no rename could bring anything over.
 */

#include "config.h"

#include "confsync-place-private.h"

#include <fcntl.h>

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

gboolean
confsync_place_open (ConfsyncPlace *self, const char *live_path, GError **error)
{
  g_autofree char *parent = NULL;
  g_autoptr (GError) local = NULL;

  self->path = confsync_file_resolve (live_path, error);
  if (self->path == NULL)
    return FALSE;

  parent = g_path_get_dirname (self->path);
  self->name = g_path_get_basename (self->path);
  self->dirfd = confsync_file_open_dir (AT_FDCWD, parent, FALSE, error);
  if (self->dirfd < 0)
    return FALSE;

  self->old_fd = confsync_file_open (self->dirfd, self->name, O_NOFOLLOW, &local);
  if (self->old_fd < 0 && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) &&
      !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
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

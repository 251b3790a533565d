/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * New files. A new file's name says its hash, a spare's its inode: a restart knows by that what is
 * ours.
 */

#include "config.h"

#include "confsync-new-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "confsync-file-meta-private.h"
#include "confsync-file-sync-private.h"
#include "confsync-shelf-private.h"

void
confsync_new_file_clear (ConfsyncNewFile *self)
{
  confsync_place_clear (&self->place);
  confsync_fd_close (self->fd);
  g_free (self->name);
  *self = (ConfsyncNewFile) CONFSYNC_NEW_FILE_INIT;
}

gboolean
confsync_new_file_open (ConfsyncNewFile *self,
                        ConfsyncSpare *spare,
                        const char *base_dir,
                        ConfsyncPlaceWhere where,
                        GError **error)
{
  confsync_fd_close (g_steal_fd (&self->fd));
  g_clear_pointer (&self->name, g_free);
  if (!confsync_place_open_private (&self->place, base_dir, where, error))
    return FALSE;
  self->fd = confsync_spare_take (spare, self->place.temp_dirfd, &self->name, &self->size);
  return TRUE;
}

void
confsync_new_file_give_back (ConfsyncNewFile *self, ConfsyncSpare *spare)
{
  if (self->fd >= 0)
    confsync_spare_put_back (spare, g_steal_pointer (&self->name));
}

static gboolean
make_file (ConfsyncNewFile *self, const char *hash, GError **error)
{
  g_free (self->name);
  self->name = g_strdup_printf ("%s-%08x" CONFSYNC_SHELF_NEW_SUFFIX, hash, g_random_int ());
  self->size = 0;
  self->fd = confsync_file_openat (self->place.temp_dirfd, self->name,
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  return self->fd >= 0 ||
         confsync_file_fail (error, errno, "make a file in it", self->place.temp_dir);
}

static gboolean
fill (ConfsyncNewFile *self, GBytes *text)
{
  gsize size = g_bytes_get_size (text);

  return (self->size <= size || ftruncate (self->fd, size) == 0) &&
         confsync_file_write_all (self->fd, text) && confsync_file_sync_data (self->fd) == 0;
}

gboolean
confsync_new_file_write (ConfsyncNewFile *self, GBytes *text, const char *hash, GError **error)
{
  if (self->fd < 0 && !make_file (self, hash, error))
    return FALSE;
  if (self->place.old_fd >= 0)
    confsync_file_meta_copy (self->place.old_fd, self->fd);
  if (fill (self, text))
    return TRUE;

  /* the new file's own name tells a person nothing, and would be another one at each attempt */
  confsync_file_fail (error, errno, "write it", self->place.path);
  unlinkat (self->place.temp_dirfd, self->name, 0);
  return FALSE;
}

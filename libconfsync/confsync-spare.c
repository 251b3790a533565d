/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The spare file. Its size is that of the last text: most edits change it by less than a block. Its
 * name is the number of its inode: who finds another one under it knows that the two have changed
 * places, without a name that is given at the last moment and would have to become durable too.
 */

#include "config.h"

#include "confsync-spare-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "confsync-file-sync-private.h"

#define SUFFIX ".spare"
#define NAME_FORMAT "%" G_GINT64_MODIFIER "x" SUFFIX
/* above this, what a save waits for is its data in any case */
#define MAX_BYTES (256 * 1024)

struct _ConfsyncSpare
{
  char *base; /* (nullable): nothing is wanted yet */
  char *sub;
  gsize wanted;     /* bytes */
  char *name;       /* (nullable): there is none */
  dev_t device;     /* of the directory that it is in */
  ino_t directory;
  gsize size;       /* bytes */
};

ConfsyncSpare *
confsync_spare_new (void)
{
  return g_new0 (ConfsyncSpare, 1);
}

static void
discard (ConfsyncSpare *self)
{
  g_auto (ConfsyncFd) dirfd =
    self->name != NULL ? confsync_file_open_base (self->base, self->sub, FALSE, NULL) : -1;

  if (dirfd >= 0)
    unlinkat (dirfd, self->name, 0);
  g_clear_pointer (&self->name, g_free);
}

void
confsync_spare_free (ConfsyncSpare *self)
{
  discard (self);
  g_free (self->base);
  g_free (self->sub);
  g_free (self);
}

void
confsync_spare_want (ConfsyncSpare *self, const char *base, const char *sub, gsize size)
{
  if (g_strcmp0 (base, self->base) != 0 || g_strcmp0 (sub, self->sub) != 0)
    {
      discard (self);
      g_free (self->base);
      g_free (self->sub);
      self->base = g_strdup (base);
      self->sub = g_strdup (sub);
    }
  self->wanted = size;
}

static char *
make_name (ino_t inode)
{
  return g_strdup_printf (NAME_FORMAT, (guint64) inode);
}

/* The name is known only when the file is there. */
static gboolean
give_name (ConfsyncSpare *self, int dirfd, int fd, const char *first_name)
{
  struct stat info;

  if (fstat (fd, &info) == 0)
    self->name = make_name (info.st_ino);
  if (self->name != NULL && renameat (dirfd, first_name, dirfd, self->name) == 0)
    return TRUE;
  unlinkat (dirfd, first_name, 0);
  g_clear_pointer (&self->name, g_free);
  return FALSE;
}

static gboolean
fill (int fd, gsize size)
{
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (size), size);

  return confsync_file_write_all (fd, zeros) && confsync_file_sync (fd) == 0;
}

void
confsync_spare_prepare (ConfsyncSpare *self)
{
  g_autofree char *first_name = g_strdup_printf ("x%08x" SUFFIX, g_random_int ());
  g_auto (ConfsyncFd) dirfd = -1;
  g_auto (ConfsyncFd) fd = -1;
  struct stat info;

  /* it saves waiting, where there is any */
  if (self->base == NULL || self->name != NULL || self->wanted > MAX_BYTES ||
      !confsync_file_sync_is_enabled ())
    return;
  dirfd = confsync_file_open_base (self->base, self->sub, FALSE, NULL);
  if (dirfd < 0 || fstat (dirfd, &info) < 0)
    return;

  self->device = info.st_dev;
  self->directory = info.st_ino;
  self->size = self->wanted;
  fd = confsync_file_openat (dirfd, first_name,
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && give_name (self, dirfd, fd, first_name) && !fill (fd, self->size))
    discard (self);
}

static gboolean
is_in (ConfsyncSpare *self, int dirfd)
{
  struct stat info;

  return fstat (dirfd, &info) == 0 && info.st_dev == self->device && info.st_ino == self->directory;
}

int
confsync_spare_take (ConfsyncSpare *self, int dirfd, char **name, gsize *size)
{
  g_auto (ConfsyncFd) fd = -1;

  if (self->name == NULL)
    return -1;
  if (!is_in (self, dirfd))
    {
      discard (self);
      return -1;
    }
  fd = confsync_file_open_to_write (dirfd, self->name, 0, 0, NULL);
  /* under its name something else may be by now, such as another name of a file of value */
  if (fd < 0 || !confsync_spare_is_itself (self->name, fd))
    {
      unlinkat (dirfd, self->name, 0);
      g_clear_pointer (&self->name, g_free);
      return -1;
    }
  *name = g_steal_pointer (&self->name);
  *size = self->size;
  return g_steal_fd (&fd);
}

void
confsync_spare_put_back (ConfsyncSpare *self, char *name)
{
  g_free (self->name);
  self->name = name;
}

gboolean
confsync_spare_is_name (const char *name)
{
  return g_str_has_suffix (name, SUFFIX);
}

gboolean
confsync_spare_is_itself (const char *name, int fd)
{
  g_autofree char *own_name = NULL;
  struct stat info;

  /* one that had no name yet */
  if (name[0] == 'x')
    return TRUE;
  if (fstat (fd, &info) < 0)
    return FALSE;
  own_name = make_name (info.st_ino);
  return g_str_equal (name, own_name);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Walks a path as the kernel would: component by component, symbolic links followed by hand. It
 * takes a picture and no more: who watches walks again until two pictures agree.
 */

#include "config.h"

#include "confsync-watch-path-private.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* the kernel's own bound */
#define LINKS_MAX 40

typedef struct
{
  GPtrArray *points; /* (element-type ConfsyncWatchPoint) */
  GQueue todo;       /* (element-type filename): the components that are left */
  GString *here;     /* the directory reached; "" is the root */
  int n_links;
} Walk;

static void
point_free (ConfsyncWatchPoint *point)
{
  g_free (point->directory);
  g_free (point->name);
  g_free (point);
}

static void
walk_add (Walk *walk, ConfsyncWatchPointKind kind, const char *name)
{
  ConfsyncWatchPoint *point = g_new (ConfsyncWatchPoint, 1);

  point->kind = kind;
  point->directory = g_strdup (walk->here->len > 0 ? walk->here->str : "/");
  point->name = g_strdup (name);
  g_ptr_array_add (walk->points, point);
}

/* Puts the components of @path before those that are left. */
static void
walk_push (Walk *walk, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    if (*parts[i - 1] != '\0' && strcmp (parts[i - 1], ".") != 0)
      g_queue_push_head (&walk->todo, g_strdup (parts[i - 1]));
}

/* @here holds no links, so the parent is what stands before the last slash */
static void
walk_up (Walk *walk)
{
  const char *slash = strrchr (walk->here->str, '/');

  if (slash != NULL)
    g_string_truncate (walk->here, slash - walk->here->str);
}

static gboolean
walk_follow (Walk *walk, const char *name, const char *path)
{
  char target[PATH_MAX + 1];
  gssize length;

  walk_add (walk, CONFSYNC_WATCH_POINT_NAME, name);
  length = readlink (path, target, PATH_MAX);
  if (length < 0 || ++walk->n_links > LINKS_MAX)
    return FALSE;
  target[length] = '\0';
  if (*target == '/')
    g_string_truncate (walk->here, 0);
  walk_push (walk, target);
  return TRUE;
}

/* Whether the file can be written to under another name. */
static gboolean
has_other_ways (const struct statx *info)
{
  return info->stx_nlink > 1 || (info->stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static void
walk_end (Walk *walk, const char *name, const struct statx *info)
{
  walk_add (walk, CONFSYNC_WATCH_POINT_LEAF, name);
  if (S_ISREG (info->stx_mode) && has_other_ways (info))
    walk_add (walk, CONFSYNC_WATCH_POINT_INODE, name);
}

/* Takes one component; %FALSE where the walk ends. */
static gboolean
walk_step (Walk *walk, const char *name)
{
  g_autofree char *path = NULL;
  struct statx info;

  if (strcmp (name, "..") == 0)
    {
      walk_up (walk);
      return TRUE;
    }
  path = g_strconcat (walk->here->str, "/", name, NULL);
  if (statx (AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &info) != 0)
    {
      walk_add (walk, g_queue_is_empty (&walk->todo) ? CONFSYNC_WATCH_POINT_LEAF
                                                     : CONFSYNC_WATCH_POINT_NAME, name);
      return FALSE;
    }
  if (S_ISLNK (info.stx_mode))
    return walk_follow (walk, name, path);
  if (!S_ISDIR (info.stx_mode) || g_queue_is_empty (&walk->todo))
    {
      walk_end (walk, name, &info);
      return FALSE;
    }
  walk_add (walk, CONFSYNC_WATCH_POINT_DIRECTORY, name);
  g_string_append_printf (walk->here, "/%s", name);
  return TRUE;
}

/*
 * confsync_watch_path_resolve:
 * @path: an absolute path; nothing on it needs to exist
 *
 * Returns: (transfer container) (element-type ConfsyncWatchPoint): what to watch, from the root on
 */
GPtrArray *
confsync_watch_path_resolve (const char *path)
{
  Walk walk = { .todo = G_QUEUE_INIT };
  gboolean more = TRUE;

  walk.points = g_ptr_array_new_with_free_func ((GDestroyNotify) point_free);
  walk.here = g_string_new (NULL);
  walk_push (&walk, path);
  while (more && !g_queue_is_empty (&walk.todo))
    {
      g_autofree char *name = g_queue_pop_head (&walk.todo);

      more = walk_step (&walk, name);
    }
  g_queue_clear_full (&walk.todo, g_free);
  g_string_free (walk.here, TRUE);
  return walk.points;
}

/*
 * confsync_watch_path_ends_plainly:
 *
 * Returns: whether the path ends at a file that its directory tells all about
 */
gboolean
confsync_watch_path_ends_plainly (const char *path)
{
  struct statx info;

  return statx (AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
                &info) == 0 &&
         S_ISREG (info.stx_mode) && !has_other_ways (&info);
}

char *
confsync_watch_point_dup_path (const ConfsyncWatchPoint *point)
{
  return g_build_filename (point->directory, point->name, NULL);
}

/*
 * confsync_watch_path_get_remote_name:
 * @magic: a file system's number, as statfs(2) gives it
 *
 * Returns: (nullable): its name if files on it can change without this kernel knowing, or %NULL
 */
const char *
confsync_watch_path_get_remote_name (gint64 magic)
{
  static const struct
  {
    gint64 magic;
    const char *name;
  } remote[] = {
    { 0x6969, "nfs" },      { 0xff534d42, "cifs" },     { 0xfe534d42, "smb2" },
    { 0x517b, "smb" },      { 0x01021997, "9p" },       { 0x00c36400, "ceph" },
    { 0x65735546, "fuse" }, { 0x5346414f, "afs" },      { 0x6b414653, "afs" },
    { 0x73757245, "coda" }, { 0x47504653, "gpfs" },     { 0x0bd00bd0, "lustre" },
  };

  /* f_type is signed and 32 bits wide on some machines */
  for (gsize i = 0; i < G_N_ELEMENTS (remote); i++)
    if (remote[i].magic == (magic & 0xffffffff))
      return remote[i].name;
  return NULL;
}

/*
 * confsync_watch_path_find_remote:
 * @points: what confsync_watch_path_resolve() gave
 * @directory: (out) (transfer none): the first directory on a remote file system, owned by @points
 *
 * Looks only where a link or the end of the path lies: a directory on the way that is remote can
 * move unseen, which is rare, and found by a check.
 *
 * Returns: (nullable): the file system's name, or %NULL if all are local
 */
const char *
confsync_watch_path_find_remote (const GPtrArray *points, const char **directory)
{
  for (guint i = 0; i < points->len; i++)
    {
      const ConfsyncWatchPoint *point = g_ptr_array_index (points, i);
      const char *name = NULL;
      struct statfs info;

      if (point->kind != CONFSYNC_WATCH_POINT_DIRECTORY && statfs (point->directory, &info) == 0)
        name = confsync_watch_path_get_remote_name (info.f_type);
      *directory = point->directory;
      if (name != NULL)
        return name;
    }
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Owners and modes of folders of plugins. A group of its owner alone counts as the owner: that is
 * how many systems set up their users, with files that are open to the group.
 */

#include "config.h"

#include "confsync-plugin-place-private.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-error.h"

#define NAMES_MAX_BYTES (64 * 1024)
#define OVERFLOW_UID 65534

/* In a user namespace without the machine's root, what belongs to root looks like nobody's. */
static gboolean
is_hidden_root (uid_t owner)
{
  g_autofree char *map = NULL;
  g_auto (GStrv) lines = NULL;

  if (owner != OVERFLOW_UID || !g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL))
    return FALSE;
  lines = g_strsplit (map, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint inside, outside, count;

      if (sscanf (lines[i], "%u %u %u", &inside, &outside, &count) == 3 && outside == 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_ours (uid_t owner)
{
  return owner == 0 || owner == geteuid () || is_hidden_root (owner);
}

/* Whether nobody but @owner, and root, is in the group. */
static gboolean
is_private_group (gid_t gid, uid_t owner)
{
  g_autofree char *user_names = g_malloc (NAMES_MAX_BYTES);
  g_autofree char *group_names = g_malloc (NAMES_MAX_BYTES);
  struct passwd user, *found_user = NULL;
  struct group group, *found_group = NULL;

  if (gid == 0)
    return TRUE;
  if (getpwuid_r (owner, &user, user_names, NAMES_MAX_BYTES, &found_user) != 0 ||
      getgrgid_r (gid, &group, group_names, NAMES_MAX_BYTES, &found_group) != 0 ||
      found_user == NULL || found_group == NULL || user.pw_gid != gid ||
      !g_str_equal (user.pw_name, group.gr_name))
    return FALSE;
  for (char **member = group.gr_mem; *member != NULL; member++)
    if (!g_str_equal (*member, user.pw_name))
      return FALSE;
  return TRUE;
}

static gboolean
is_open_to_others (const struct stat *info)
{
  return (info->st_mode & S_IWOTH) != 0 ||
         ((info->st_mode & S_IWGRP) != 0 && !is_private_group (info->st_gid, info->st_uid));
}

static gboolean
check_mode (const char *path, const struct stat *info, GError **error)
{
  if (!is_ours (info->st_uid))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "%s belongs to another user (uid %u), so no plugin is taken from there; it has "
                   "to be root's, or yours", path, (guint) info->st_uid);
      return FALSE;
    }
  if (is_open_to_others (info))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "other users may write to %s (mode %04o), so no plugin is taken from there; "
                   "chmod go-w it", path, (guint) info->st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

/* In a folder that all may write to, only the sticky bit keeps a name from being given to something
 * else. */
static gboolean
check_above (const char *real, GError **error)
{
  g_autofree char *at = g_strdup (real);

  while (!g_str_equal (at, "/"))
    {
      char *parent = g_path_get_dirname (at);
      struct stat info;

      g_free (at);
      at = parent;
      if (stat (at, &info) < 0)
        return fail (at, error);
      if ((info.st_mode & S_IWOTH) == 0 || (info.st_mode & S_ISVTX) != 0)
        continue;
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                   "everybody may put another folder in the place of one in %s (mode %04o), so no "
                   "plugin is taken from below; chmod o-w it",
                   at, (guint) info.st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}

gboolean
confsync_plugin_place_check (const char *folder, GError **error)
{
  g_autofree char *real = realpath (folder, NULL);
  struct stat info;

  if (real == NULL || stat (real, &info) < 0)
    return fail (folder, error);
  return check_mode (real, &info, error) && check_above (real, error);
}

gboolean
confsync_plugin_place_check_file (const char *path, GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *folder = real != NULL ? g_path_get_dirname (real) : NULL;
  struct stat info;

  if (real == NULL || stat (real, &info) < 0)
    return fail (path, error);
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN, "%s is no regular file", real);
      return FALSE;
    }
  return check_mode (real, &info, error) && confsync_plugin_place_check (folder, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The three ways to replace the live file. Aside-and-link has no live file for a few microseconds;
 * the record {live, dir, next, prev} is on disk before that, and gone after. In place, the new text
 * is on disk beside before the first byte of the old one goes.
 */

#include "config.h"

#include "confsync-swap-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "confsync-durable-file-private.h"
#include "confsync-file-sync-private.h"
#include "confsync-json-builder-private.h"
#include "confsync-shelf-private.h"
#include "confsync-torn-private.h"

#define RECOVER_NAME "recover"
#define IN_PLACE_NAME "in-place"
/* what the last half written file said */
#define TORN_NAME "torn"
/* how often an editor may take away or make the live file under us, in one save */
#define RACE_ATTEMPTS 1000

static char *
make_old_name (void)
{
  return g_strdup_printf ("%08x%08x" CONFSYNC_SHELF_OLD_SUFFIX, g_random_int (), g_random_int ());
}

/* 0, or what a failure of that means for a save */
static int
check_regular (int dirfd, const char *name)
{
  struct stat info;

  if (fstatat (dirfd, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
    return errno;
  return S_ISREG (info.st_mode) ? 0 : EISDIR;
}

static int
exchange (const ConfsyncSwap *self, guint flags)
{
  int result =
    renameat2 (self->temp_dirfd, self->temp_name, self->live_dirfd, self->live_name, flags);

  return result == 0 ? 0 : errno;
}

int
confsync_swap_exchange (const ConfsyncSwap *self, GPtrArray *came_out)
{
  g_autofree char *old_name = make_old_name ();
  int errnum = ENOENT;

  for (guint i = 0; i < RACE_ATTEMPTS && (errnum == ENOENT || errnum == EEXIST); i++)
    {
      errnum = exchange (self, RENAME_EXCHANGE);
      if (errnum == 0)
        break;
      if (errnum == ENOENT)
        {
          errnum = exchange (self, RENAME_NOREPLACE);
          if (errnum == 0)
            return 0;
        }
    }
  if (errnum != 0)
    return errnum;

  errnum = check_regular (self->temp_dirfd, self->temp_name);
  if (errnum == EISDIR)
    {
      exchange (self, RENAME_EXCHANGE);
      return errnum;
    }
  /* the name says at a restart that this isn't ours; the old name does too, by its hash */
  if (renameat (self->temp_dirfd, self->temp_name, self->temp_dirfd, old_name) < 0)
    g_ptr_array_add (came_out, g_strdup (self->temp_name));
  else
    g_ptr_array_add (came_out, g_steal_pointer (&old_name));
  return 0;
}

static gboolean
write_record (const ConfsyncSwap *self, const char *prev, GError **error)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  const char *const members[][2] = { { "live", self->live_path },
                                     { "dir", self->temp_dir },
                                     { "next", self->temp_name },
                                     { "prev", prev } };
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) text = NULL;

  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      confsync_json_builder_name (builder, members[i][0]);
      confsync_json_builder_string (builder, members[i][1]);
    }
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, error);
  if (json == NULL)
    return FALSE;
  text = confsync_json_to_compact (json);
  return confsync_durable_write (self->state_dirfd, RECOVER_NAME, text, 0600, error);
}

/* Renames it, where the place is free. */
static int
rename_in (int temp_dirfd, const char *temp_name, int live_dirfd, const char *live_name)
{
  if (renameat2 (temp_dirfd, temp_name, live_dirfd, live_name, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
    return errno;
  if (faccessat (live_dirfd, live_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
    return EEXIST;
  return renameat (temp_dirfd, temp_name, live_dirfd, live_name) == 0 ? 0 : errno;
}

/* Links the new file in; without links on the file system, renames it. */
static int
link_in (int temp_dirfd, const char *temp_name, int live_dirfd, const char *live_name)
{
  if (linkat (temp_dirfd, temp_name, live_dirfd, live_name, 0) == 0)
    {
      unlinkat (temp_dirfd, temp_name, 0);
      return 0;
    }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
    return errno;
  return rename_in (temp_dirfd, temp_name, live_dirfd, live_name);
}

/* Moves what is live to @prev; ENOENT where there is nothing. */
static int
take_out (const ConfsyncSwap *self, const char *prev)
{
  int errnum;

  if (renameat (self->live_dirfd, self->live_name, self->temp_dirfd, prev) < 0)
    return errno;
  errnum = check_regular (self->temp_dirfd, prev);
  if (errnum == EISDIR)
    renameat (self->temp_dirfd, prev, self->live_dirfd, self->live_name);
  return errnum;
}

int
confsync_swap_move_aside (const ConfsyncSwap *self, GPtrArray *came_out)
{
  g_autofree char *first = make_old_name ();
  g_autofree char *prev = g_strdup (first);
  int errnum = EEXIST;

  if (!write_record (self, first, NULL))
    return EIO;
  for (guint i = 0; i < RACE_ATTEMPTS && errnum == EEXIST; i++)
    {
      errnum = take_out (self, prev);
      if (errnum == 0)
        {
          g_ptr_array_add (came_out, g_steal_pointer (&prev));
          prev = make_old_name ();
        }
      if (errnum == 0 || errnum == ENOENT)
        errnum = link_in (self->temp_dirfd, self->temp_name, self->live_dirfd, self->live_name);
    }
  /* what was there goes back, so that a failed save changes nothing; where it was a link that
   * failed, another one may fail, too */
  if (errnum != 0 && came_out->len > 0 &&
      rename_in (self->temp_dirfd, came_out->pdata[came_out->len - 1], self->live_dirfd,
                 self->live_name) == 0)
    g_ptr_array_remove_index (came_out, came_out->len - 1);
  confsync_file_sync (self->live_dirfd);
  confsync_file_sync (self->temp_dirfd);
  /* while the record is there, the next start puts back what is missing */
  if (check_regular (self->live_dirfd, self->live_name) == 0)
    unlinkat (self->state_dirfd, RECOVER_NAME, 0);
  return errnum;
}

gboolean
confsync_swap_is_mount_point (int dirfd, const char *name)
{
  struct statx info;

  return statx (dirfd, name, AT_SYMLINK_NOFOLLOW, 0, &info) == 0 &&
         (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static gboolean
overwrite (int dirfd, const char *name, GBytes *text, GError **error)
{
  g_auto (ConfsyncFd) fd = confsync_file_open_to_write (dirfd, name, 0, 0, error);

  if (fd < 0)
    return FALSE;
  if (!confsync_file_write_all (fd, text) ||
      ftruncate (fd, g_bytes_get_size (text)) < 0 || confsync_file_sync (fd) < 0)
    return confsync_file_fail_at (error, errno, "write it in place", dirfd, name);
  return TRUE;
}

gboolean
confsync_swap_in_place (const ConfsyncSwap *self, GBytes *text, GError **error)
{
  return confsync_durable_write (self->state_dirfd, IN_PLACE_NAME, text, 0600, error) &&
         overwrite (self->live_dirfd, self->live_name, text, error) &&
         confsync_durable_remove (self->state_dirfd, IN_PLACE_NAME, error);
}

static GBytes *
read_at (int dirfd, const char *name, GError **error)
{
  g_auto (ConfsyncFd) fd = confsync_file_open (dirfd, name, O_NOFOLLOW, error);
  g_autofree char *path = confsync_file_path_at (dirfd, name);

  return fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, error) : NULL;
}

static gboolean
is_whole (GBytes *text)
{
  static const ConfsyncJsonLimits no_limits = { G_MAXSIZE, G_MAXUINT, G_MAXUINT };
  g_autoptr (ConfsyncDocument) document =
    text != NULL ? confsync_document_new (text, &no_limits, NULL) : NULL;

  return document != NULL;
}

/* Whether @live is part of what was there before, by one of its copies, and part @text. */
static gboolean
is_torn (int state_dirfd, GBytes *live, GBytes *text)
{
  g_autofree char *path = confsync_file_path_at (state_dirfd, "tmp");
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  g_auto (ConfsyncFd) dirfd = confsync_file_open_dir (state_dirfd, "tmp", FALSE, NULL);
  const char *name;

  while (directory != NULL && dirfd >= 0 && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autoptr (GBytes) before =
        g_str_has_suffix (name, CONFSYNC_SHELF_OLD_SUFFIX) ? read_at (dirfd, name, NULL) : NULL;

      if (before != NULL && confsync_torn_is_mix (live, before, text))
        return TRUE;
    }
  return FALSE;
}

/* Nobody can be sure that it isn't an edit, so what goes can be had again. */
static gboolean
write_to_end (int state_dirfd,
              const char *live_path,
              GBytes *live,
              GBytes *text,
              const ConfsyncFileReport *report,
              GError **error)
{
  if (live != NULL && !confsync_durable_write (state_dirfd, TORN_NAME, live, 0600, error))
    return FALSE;
  if (!overwrite (AT_FDCWD, live_path, text, error))
    return FALSE;
  confsync_file_report_notice (report, "%s: was half written when an earlier run ended; written "
                                       "to the end%s", live_path,
                               live != NULL ? " (what was there is in " CONFSYNC_STATE_DIR
                                              "/" TORN_NAME ")" : "");
  return TRUE;
}

/* What is whole was written to the end, or not at all, or by somebody since: it stays. But some of
 * the old text and some of the new one may happen to be whole, too. */
static gboolean
recover_in_place (int state_dirfd,
                  const char *live_path,
                  const ConfsyncFileReport *report,
                  GError **error)
{
  g_autoptr (GBytes) text = read_at (state_dirfd, IN_PLACE_NAME, NULL);
  g_autoptr (GBytes) live = text != NULL ? read_at (AT_FDCWD, live_path, NULL) : NULL;

  if (text == NULL)
    return TRUE;
  if ((!is_whole (live) || is_torn (state_dirfd, live, text)) &&
      !write_to_end (state_dirfd, live_path, live, text, report, error))
    return FALSE;
  return confsync_durable_remove (state_dirfd, IN_PLACE_NAME, error);
}

static char *
dup_member (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member != NULL ? confsync_json_dup_string (member) : NULL;
}

/* Puts the new file in place, or else the old one; nothing where the record makes no sense. */
static void
recover_aside (ConfsyncJson *record, const ConfsyncFileReport *report)
{
  static const char *const candidates[] = { "next", "prev" };
  g_autofree char *live = dup_member (record, "live");
  g_autofree char *dir = dup_member (record, "dir");

  if (live == NULL || dir == NULL || access (live, F_OK) == 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    {
      g_autofree char *name = dup_member (record, candidates[i]);
      g_autofree char *path = name != NULL ? g_build_filename (dir, name, NULL) : NULL;

      g_autoptr (GBytes) text = path != NULL ? read_at (AT_FDCWD, path, NULL) : NULL;

      if (is_whole (text) && link_in (AT_FDCWD, path, AT_FDCWD, live) == 0)
        {
          confsync_file_report_notice (report, "%s: was missing since an earlier run ended while "
                                               "replacing it; put back", live);
          return;
        }
    }
}

gboolean
confsync_swap_recover (const char *base_dir,
                       const char *live_path,
                       const ConfsyncFileReport *report,
                       GError **error)
{
  g_auto (ConfsyncFd) state_dirfd =
    confsync_file_open_base (base_dir, CONFSYNC_STATE_DIR, FALSE, NULL);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (ConfsyncJson) record = NULL;

  /* no directory: nothing was ever begun */
  if (state_dirfd < 0)
    return TRUE;

  confsync_durable_sweep (state_dirfd);
  text = read_at (state_dirfd, RECOVER_NAME, NULL);
  if (text != NULL)
    {
      record = confsync_json_parse (text, NULL, NULL);
      if (record != NULL)
        recover_aside (record, report);
      if (!confsync_durable_remove (state_dirfd, RECOVER_NAME, error))
        return FALSE;
    }
  return recover_in_place (state_dirfd, live_path, report, error);
}

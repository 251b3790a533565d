/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Two locks of open file descriptions. BASE/.confsync/lock says whose the base directory is, also
 * when nobody runs: two documents in it would take each other's notes for their own. A second one,
 * beside what the live file's links lead to, stands for the live file, by whatever path and with
 * whatever base directory it is named. Neither is ever taken for a sign by its being there.
 */

#include "config.h"

#include "confsync-file-lock-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-json-builder-private.h"
#include "confsync-shelf-private.h"

#define BASE_LOCK_NAME "lock"
#define LIVE_LOCK_SUFFIX ".lock"
/* a number and a path, each of whose bytes may be escaped */
#define TEXT_MAX_BYTES (6 * 4096 + 256)
/* how often the file may be removed while it is being taken */
#define ATTEMPTS 100

struct _ConfsyncFileLock
{
  ConfsyncFd base_fd;  /* -1 for none */
  ConfsyncFd live_fd;  /* -1 for none */
  char *live_dir;      /* (nullable): of the live file, links followed */
  char *live_name;     /* (nullable): of its lock, below .confsync in that directory */
};

/* what the lock of somebody else says */
typedef struct
{
  gint64 pid; /* 0: unknown */
  char *live; /* (owned) (nullable) */
} Owner;

static void
owner_clear (Owner *owner)
{
  g_free (owner->live);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Owner, owner_clear)

/* A live file below the base directory is noted by what follows: both may move together. */
static char *
make_relative (const char *live_path, const char *base_dir)
{
  gsize length = strlen (base_dir);

  return g_strdup (g_str_has_prefix (live_path, base_dir) && live_path[length] == '/'
                     ? live_path + length + 1
                     : live_path);
}

static GBytes *
make_text (const char *live_path, const char *base_dir)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autofree char *live = make_relative (live_path, base_dir);
  g_autofree char *valid = g_utf8_make_valid (live, -1); /* such a name can't be told again */
  g_autoptr (ConfsyncJson) json = NULL;

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "pid");
  confsync_json_builder_integer (builder, getpid ());
  confsync_json_builder_name (builder, "live");
  confsync_json_builder_string (builder, valid);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  return confsync_json_to_compact (json);
}

/* What is no note of ours says nothing. */
static void
read_owner (int fd, const char *base_dir, Owner *owner)
{
  g_autofree char *text = g_malloc (TEXT_MAX_BYTES);
  gssize length = pread (fd, text, TEXT_MAX_BYTES, 0);
  g_autoptr (GBytes) bytes = length > 0 ? g_bytes_new (text, length) : NULL;
  g_autoptr (ConfsyncJson) json = bytes != NULL ? confsync_json_parse (bytes, NULL, NULL) : NULL;
  g_autoptr (ConfsyncJson) pid = json != NULL ? confsync_json_get_member (json, "pid") : NULL;
  g_autoptr (ConfsyncJson) live = json != NULL ? confsync_json_get_member (json, "live") : NULL;
  g_autofree char *path = live != NULL ? confsync_json_dup_string (live) : NULL;

  if (pid != NULL && confsync_json_get_kind (pid) == CONFSYNC_JSON_INTEGER)
    owner->pid = confsync_json_get_integer (pid);
  if (path != NULL && path[0] != '\0')
    owner->live = g_canonicalize_filename (path, base_dir);
}

static gboolean
is_same_file (const char *a, const char *b)
{
  g_autofree char *real_a = confsync_file_resolve (a, NULL);
  g_autofree char *real_b = confsync_file_resolve (b, NULL);

  return g_str_equal (a, b) || (real_a != NULL && g_strcmp0 (real_a, real_b) == 0);
}

static void
fail_busy (const char *live_path, const Owner *owner, GError **error)
{
  if (owner->pid > 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "another instance keeps %s in sync: process %" G_GINT64_FORMAT
                 " (“ps %" G_GINT64_FORMAT "” shows it); end that one first",
                 live_path, owner->pid, owner->pid);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "another instance keeps %s in sync; end that one first", live_path);
}

static void
fail_other (const char *live_path,
            const char *base_dir,
            const Owner *owner,
            gboolean is_running,
            GError **error)
{
  g_autofree char *who = is_running && owner->pid > 0
                           ? g_strdup_printf (" (process %" G_GINT64_FORMAT ")", owner->pid)
                           : g_strdup ("");

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "%s holds the versions of %s%s, so it can't hold those of %s; give this one a "
               "directory of its own (--base-dir DIRECTORY)%s%s%s",
               base_dir, owner->live, who, live_path, is_running ? "" : ", or remove ",
               is_running ? "" : base_dir,
               is_running ? "" : "/" CONFSYNC_STATE_DIR "/" BASE_LOCK_NAME
                                 " if it is the same document");
}

/* TRUE: the lock is held, or there can be none. *@fd is -1 where it is not held. */
static gboolean
lock (ConfsyncFd *fd, const char *path, const ConfsyncFileReport *report, gboolean *is_taken)
{
  struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  *is_taken = FALSE;
  if (fcntl (*fd, F_OFD_SETLK, &range) == 0)
    return TRUE;
  if (errno == EAGAIN || errno == EACCES)
    {
      *is_taken = TRUE;
      return FALSE;
    }
  confsync_file_report_notice (report,
                               "%s: can't be locked (%s), so nothing keeps a second instance from "
                               "the same document; put the base directory on a local file system",
                               path, g_strerror (errno));
  confsync_fd_close (g_steal_fd (fd));
  return TRUE;
}

/* Whether the file that is open still has its name: a lock on another one is worth nothing. */
static gboolean
is_current (int dirfd, const char *name, int fd)
{
  struct stat held, named;

  return fstat (fd, &held) == 0 && fstatat (dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* What stands in the way of the lock may be no mere lack of rights or room: a link, or whatever
 * else is no file, was put there, and without a lock a second instance could work there unseen. */
static gboolean
check_way (const char *base, const char *name, GError **error)
{
  g_autofree char *dir = g_build_filename (base, CONFSYNC_STATE_DIR, NULL);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  struct stat info;

  if (lstat (dir, &info) == 0 && !S_ISDIR (info.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                 "%s is %s where a directory of our own is needed; move it away", dir,
                 S_ISLNK (info.st_mode) ? "a symbolic link, which isn't followed," : "a file");
  else if (lstat (path, &info) == 0 && !S_ISREG (info.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s is no regular file (a symbolic link, a directory, a FIFO?), so nothing keeps "
                 "a second instance from the same document; move it away",
                 path);
  else
    return TRUE;
  return FALSE;
}

/* Opens the lock below .confsync in @base, and locks it. -1 where that can't be: with @is_taken,
 * because somebody else has it, who is named in @owner; with an error, because something else is
 * there; with neither, there is no lock. */
static int
take_one (const char *base,
          const char *name,
          const ConfsyncFileReport *report,
          gboolean *is_taken,
          Owner *owner,
          GError **error)
{
  *is_taken = FALSE;
  for (guint i = 0; i < ATTEMPTS; i++)
    {
      g_auto (ConfsyncFd) dirfd = confsync_file_open_base (base, CONFSYNC_STATE_DIR, TRUE, NULL);
      g_auto (ConfsyncFd) fd =
        dirfd >= 0 ? openat (dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
      g_autofree char *path = NULL;

      /* its directory may have gone between the two */
      if (dirfd >= 0 && fd < 0 && errno == ENOENT)
        continue;
      /* a FIFO opens like a file; the rest is told when the state is saved there */
      if (!check_way (base, name, error) || fd < 0)
        return -1;
      path = g_build_filename (base, CONFSYNC_STATE_DIR, name, NULL);
      if (!lock (&fd, path, report, is_taken))
        {
          read_owner (fd, base, owner);
          return -1;
        }
      if (fd < 0 || is_current (dirfd, name, fd))
        return g_steal_fd (&fd);
    }
  return -1;
}

/* For people, and for whom the base directory is refused later; a failure costs no more. */
static void
write_owner (int fd, const char *live_path, const char *base_dir)
{
  g_autoptr (GBytes) text = make_text (live_path, base_dir);

  if (fd >= 0 && ftruncate (fd, 0) == 0 && lseek (fd, 0, SEEK_SET) == 0)
    confsync_file_write_all (fd, text);
}

static gboolean
take_base (ConfsyncFileLock *self,
           const char *live_path,
           const char *base_dir,
           const ConfsyncFileReport *report,
           GError **error)
{
  g_auto (Owner) owner = { 0 };
  g_autoptr (GError) in_the_way = NULL;
  gboolean is_taken;

  self->base_fd = take_one (base_dir, BASE_LOCK_NAME, report, &is_taken, &owner, &in_the_way);
  if (in_the_way != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&in_the_way));
      return FALSE;
    }
  if (is_taken && (owner.live == NULL || is_same_file (owner.live, live_path)))
    {
      fail_busy (live_path, &owner, error);
      return FALSE;
    }
  if (self->base_fd >= 0)
    read_owner (self->base_fd, base_dir, &owner);
  /* a document whose file is gone was moved here, or given up */
  if (is_taken || (owner.live != NULL && access (owner.live, F_OK) == 0 &&
                   !is_same_file (owner.live, live_path)))
    {
      fail_other (live_path, base_dir, &owner, is_taken, error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_live (ConfsyncFileLock *self,
           const char *live_path,
           const ConfsyncFileReport *report,
           GError **error)
{
  g_autofree char *target = confsync_file_resolve (live_path, NULL);
  g_autofree char *name = target != NULL ? g_path_get_basename (target) : NULL;
  g_autoptr (GError) in_the_way = NULL;
  g_auto (Owner) owner = { 0 };
  gboolean is_taken;

  if (target == NULL)
    return TRUE;

  self->live_dir = g_path_get_dirname (target);
  self->live_name = g_strconcat (name, LIVE_LOCK_SUFFIX, NULL);
  self->live_fd = take_one (self->live_dir, self->live_name, report, &is_taken, &owner,
                            &in_the_way);
  if (in_the_way != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&in_the_way));
      return FALSE;
    }
  if (is_taken)
    fail_busy (live_path, &owner, error);
  return !is_taken;
}

ConfsyncFileLock *
confsync_file_lock_take (const char *live_path,
                         const char *base_dir,
                         const ConfsyncFileReport *report,
                         GError **error)
{
  g_autoptr (ConfsyncFileLock) self = g_new0 (ConfsyncFileLock, 1);

  self->base_fd = self->live_fd = -1;
  if (!take_base (self, live_path, base_dir, report, error) ||
      !take_live (self, live_path, report, error))
    return NULL;
  write_owner (self->base_fd, live_path, base_dir);
  if (self->live_fd >= 0)
    write_owner (self->live_fd, live_path, self->live_dir);
  return g_steal_pointer (&self);
}

/* Looking only */

/* -1 without an error where there is no such file, so nobody has it. */
static int
open_to_look (const char *base, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (ConfsyncFd) dirfd = confsync_file_open_base (base, CONFSYNC_STATE_DIR, FALSE, &local);
  int fd = dirfd >= 0 ? confsync_file_open (dirfd, name, O_NOFOLLOW, &local) : -1;

  if (fd < 0 && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&local));
  return fd;
}

static gboolean
look_at_one (const char *base, const char *name, gboolean *is_taken, Owner *owner, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (ConfsyncFd) fd = open_to_look (base, name, &local);
  struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  *is_taken = FALSE;
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (fd < 0)
    return TRUE;
  /* a file system without locks keeps nobody from taking one either */
  *is_taken = fcntl (fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  read_owner (fd, base, owner);
  return TRUE;
}

static gboolean
look_at_base (const char *live_path, const char *base_dir, GError **error)
{
  g_auto (Owner) owner = { 0 };
  gboolean is_taken;

  if (!look_at_one (base_dir, BASE_LOCK_NAME, &is_taken, &owner, error))
    return FALSE;
  if (owner.live != NULL && !is_same_file (owner.live, live_path) &&
      (is_taken || access (owner.live, F_OK) == 0))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "%s holds the versions of %s, not those of %s", base_dir, owner.live, live_path);
      return FALSE;
    }
  if (is_taken)
    fail_busy (live_path, &owner, error);
  return !is_taken;
}

static gboolean
look_at_live (const char *live_path, GError **error)
{
  g_autofree char *target = confsync_file_resolve (live_path, NULL);
  g_autofree char *dir = target != NULL ? g_path_get_dirname (target) : NULL;
  g_autofree char *base = target != NULL ? g_path_get_basename (target) : NULL;
  g_autofree char *name = base != NULL ? g_strconcat (base, LIVE_LOCK_SUFFIX, NULL) : NULL;
  g_auto (Owner) owner = { 0 };
  gboolean is_taken;

  if (target == NULL)
    return TRUE;
  if (!look_at_one (dir, name, &is_taken, &owner, error))
    return FALSE;
  if (is_taken)
    fail_busy (live_path, &owner, error);
  return !is_taken;
}

gboolean
confsync_file_lock_look (const char *live_path, const char *base_dir, GError **error)
{
  return look_at_base (live_path, base_dir, error) && look_at_live (live_path, error);
}

char *
confsync_file_lock_find_live (const char *base_dir, GError **error)
{
  g_auto (Owner) owner = { 0 };
  gboolean is_taken;

  if (!look_at_one (base_dir, BASE_LOCK_NAME, &is_taken, &owner, error))
    return NULL;
  if (owner.live == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "%s: no document's versions are kept here", base_dir);
  return g_steal_pointer (&owner.live);
}

/* Letting go */

/* The live file's directory is left as it was found. */
static void
remove_live (ConfsyncFileLock *self)
{
  g_auto (ConfsyncFd) dirfd =
    confsync_file_open_base (self->live_dir, CONFSYNC_STATE_DIR, FALSE, NULL);
  g_autofree char *state_dir = NULL;

  if (dirfd < 0 || !is_current (dirfd, self->live_name, self->live_fd))
    return;
  unlinkat (dirfd, self->live_name, 0);
  state_dir = g_build_filename (self->live_dir, CONFSYNC_STATE_DIR, NULL);
  rmdir (state_dir); /* if it is empty */
}

void
confsync_file_lock_free (ConfsyncFileLock *self)
{
  if (self->live_fd >= 0)
    remove_live (self);
  confsync_fd_close (self->live_fd);
  confsync_fd_close (self->base_fd);
  g_free (self->live_dir);
  g_free (self->live_name);
  g_free (self);
}

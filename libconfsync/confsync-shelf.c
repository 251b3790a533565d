/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Looking after files that were swapped out. A read lease is refused while anybody has the file
 * open for writing, so one that is granted says that no writer is left. It is dropped at once:
 * while it stands, a writer's open() would wait for us. The first look is late enough for an
 * open() that was under way at the moment of the swap to be counted.
 */

#include "config.h"

#include "confsync-shelf-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "confsync-durable-file-private.h"
#include "confsync-error.h"
#include "confsync-file-sync-private.h"
#include "confsync-place-private.h"
#include "confsync-spare-private.h"
#include "confsync-stamp-note-private.h"

#define FIRST_LOOK_US (20 * G_TIME_SPAN_MILLISECOND)
#define LAST_LOOK_INTERVAL_US G_TIME_SPAN_SECOND
/* where the system gives no leases: another user's file, or some file systems */
#define BLIND_WAIT_US (2 * G_TIME_SPAN_SECOND)

typedef enum {
  WRITER_GONE,
  WRITER_PRESENT,
  WRITER_UNKNOWN,
} Writer;

typedef struct
{
  char *path;      /* (owned) */
  GBytes *seen;    /* (owned) (nullable): what somebody knows of, or has been told of */
  char *seen_hash; /* (owned) (nullable) */
  GBytes *last;    /* (owned) (nullable): at the last look */
  gboolean is_edit;
  gboolean watched;
  gint64 since_us;
  gint64 due_us;
} Item;

struct _ConfsyncShelf
{
  char *base_dir;
  const ConfsyncFileReport *report;
  GPtrArray *items; /* (element-type Item) */
};

static void
item_free (Item *item)
{
  g_free (item->path);
  g_clear_pointer (&item->seen, g_bytes_unref);
  g_free (item->seen_hash);
  g_clear_pointer (&item->last, g_bytes_unref);
  g_free (item);
}

ConfsyncShelf *
confsync_shelf_new (const char *base_dir, const ConfsyncFileReport *report)
{
  ConfsyncShelf *self = g_new0 (ConfsyncShelf, 1);

  self->base_dir = g_strdup (base_dir);
  self->report = report;
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  return self;
}

void
confsync_shelf_free (ConfsyncShelf *self)
{
  g_free (self->base_dir);
  g_ptr_array_unref (self->items);
  g_free (self);
}

/* Opens the directory that the file is in; no link is followed in our own part of its path. */
static int
open_dir_of (const char *path, char **name, GError **error)
{
  static const char *const subs[] = { "/" CONFSYNC_PLACE_SUB_DIR, "/" CONFSYNC_PLACE_BESIDE };
  g_autofree char *dir = g_path_get_dirname (path);

  *name = g_path_get_basename (path);
  for (guint i = 0; i < G_N_ELEMENTS (subs); i++)
    if (g_str_has_suffix (dir, subs[i]))
      {
        g_autofree char *base = g_strndup (dir, strlen (dir) - strlen (subs[i]));

        return confsync_file_open_base (base, subs[i] + 1, FALSE, error);
      }
  return confsync_file_open_dir (AT_FDCWD, dir, FALSE, error);
}

static int
open_file (const char *path, GError **error)
{
  g_autofree char *name = NULL;
  g_auto (ConfsyncFd) dirfd = open_dir_of (path, &name, error);

  return dirfd >= 0 ? confsync_file_open (dirfd, name, O_NOFOLLOW, error) : -1;
}

static void
remove_file (const char *path)
{
  g_autofree char *name = NULL;
  g_auto (ConfsyncFd) dirfd = open_dir_of (path, &name, NULL);

  if (dirfd >= 0)
    unlinkat (dirfd, name, 0);
}

static void
item_set_seen (Item *item, GBytes *seen, const char *hash)
{
  g_clear_pointer (&item->seen, g_bytes_unref);
  item->seen = seen != NULL ? g_bytes_ref (seen) : NULL;
  g_free (item->seen_hash);
  item->seen_hash = g_strdup (hash);
}

void
confsync_shelf_add (ConfsyncShelf *self,
                    const char *path,
                    GBytes *seen,
                    const char *hash,
                    gboolean is_edit)
{
  Item *item = g_new0 (Item, 1);

  item->path = g_strdup (path);
  item_set_seen (item, seen, hash);
  item->is_edit = is_edit;
  item->watched = TRUE;
  item->since_us = g_get_monotonic_time ();
  item->due_us = item->since_us + FIRST_LOOK_US;
  g_ptr_array_add (self->items, item);
}

static Writer
find_writer (int fd)
{
  /* the signal of a broken lease kills by default; this one is ignored by default */
  fcntl (fd, F_SETSIG, SIGURG);
  if (fcntl (fd, F_SETLEASE, F_RDLCK) == 0)
    {
      fcntl (fd, F_SETLEASE, F_UNLCK);
      return WRITER_GONE;
    }
  return errno == EAGAIN ? WRITER_PRESENT : WRITER_UNKNOWN;
}

/* The bytes of what is no document, beside the state, where a person can find them. */
static void
keep_leftover (ConfsyncShelf *self, const char *path)
{
  g_autofree char *time = confsync_file_format_time (g_get_real_time () / G_USEC_PER_SEC);
  g_autofree char *name = g_strdup_printf ("displaced-%s-%04x.txt", time, g_random_int () & 0xffff);
  g_autoptr (GError) error = NULL;
  g_auto (ConfsyncFd) dirfd =
    confsync_file_open_base (self->base_dir, CONFSYNC_STATE_DIR, TRUE, &error);
  g_autofree char *from_name = NULL;
  g_auto (ConfsyncFd) from_dirfd = open_dir_of (path, &from_name, NULL);
  gboolean ok = dirfd >= 0 && renameat (from_dirfd, from_name, dirfd, name) == 0;

  /* another file system */
  if (dirfd >= 0 && !ok && errno == EXDEV)
    {
      g_auto (ConfsyncFd) fd = open_file (path, &error);
      g_autoptr (GBytes) bytes =
        fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, &error) : NULL;

      ok = bytes != NULL && confsync_durable_write (dirfd, name, bytes, 0600, &error);
      if (ok)
        remove_file (path);
    }
  else if (dirfd >= 0)
    confsync_file_sync (dirfd);
  if (ok)
    confsync_file_report_notice (self->report,
                                 "%s/" CONFSYNC_STATE_DIR "/%s: what an editor had left in the "
                                 "live file is no JSON document; take from it what you need",
                                 self->base_dir, name);
  else
    confsync_file_report_notice (self->report,
                                 "%s: what an editor had left in the live file stays here: %s",
                                 path, error != NULL ? error->message : "can't be moved");
}

/* Tells what nobody has been told of yet. FALSE where the content is no document. */
static gboolean
hand_out (ConfsyncShelf *self, Item *item, GBytes *bytes, const ConfsyncJsonLimits *limits)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  const char *hash;

  if (confsync_file_is_blank (bytes) ||
      (item->seen != NULL && g_bytes_equal (bytes, item->seen)))
    return TRUE;

  document = confsync_document_new (bytes, limits, NULL);
  if (document == NULL)
    return FALSE;

  hash = confsync_document_get_hash (document);
  if (g_strcmp0 (hash, item->seen_hash) != 0)
    {
      item->is_edit = TRUE;
      confsync_file_report_displaced (self->report, document);
    }
  item_set_seen (item, bytes, hash);
  return TRUE;
}

static void
postpone (Item *item, gint64 now_us, Writer writer)
{
  gint64 age_us = now_us - item->since_us;

  item->due_us = writer == WRITER_UNKNOWN && age_us < BLIND_WAIT_US
                   ? item->since_us + BLIND_WAIT_US
                   : now_us + CLAMP (age_us / 4, FIRST_LOOK_US, LAST_LOOK_INTERVAL_US);
}

/* NULL where it can't be read now; @gone says whether it can't ever. */
static GBytes *
read_item (Item *item, Writer *writer, gboolean *gone)
{
  g_autoptr (GError) error = NULL;
  g_auto (ConfsyncFd) fd = open_file (item->path, &error);

  *gone = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  /* first the writer: what is read after the last one has left is what it left */
  *writer = fd >= 0 ? find_writer (fd) : WRITER_UNKNOWN;
  return fd >= 0 ? confsync_file_read (fd, item->path, G_MAXSSIZE, NULL, NULL) : NULL;
}

static void
look_at (ConfsyncShelf *self, Item *item, gint64 now_us, const ConfsyncJsonLimits *limits)
{
  Writer writer;
  gboolean gone;
  g_autoptr (GBytes) bytes = read_item (item, &writer, &gone);
  gboolean blind = writer == WRITER_UNKNOWN && now_us - item->since_us < BLIND_WAIT_US;

  if (gone)
    {
      item->watched = item->is_edit = FALSE;
      return;
    }
  if (bytes == NULL || writer == WRITER_PRESENT || blind)
    {
      /* unchanged since the last look: this is what the writer means for now */
      if (bytes != NULL && item->last != NULL && g_bytes_equal (bytes, item->last))
        hand_out (self, item, bytes, limits);
      g_clear_pointer (&item->last, g_bytes_unref);
      item->last = g_steal_pointer (&bytes);
      postpone (item, now_us, writer);
      return;
    }

  item->watched = FALSE;
  if (!hand_out (self, item, bytes, limits))
    {
      keep_leftover (self, item->path);
      item->is_edit = FALSE;
    }
}

/* Lets go of what nobody needs any more. */
static void
tidy (ConfsyncShelf *self)
{
  for (guint i = self->items->len; i-- > 0;)
    {
      Item *item = self->items->pdata[i];

      if (!item->watched && !item->is_edit)
        {
          remove_file (item->path);
          g_ptr_array_remove_index (self->items, i);
        }
    }
}

gint64
confsync_shelf_look (ConfsyncShelf *self, const ConfsyncJsonLimits *limits)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 next_us = -1;

  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = self->items->pdata[i];

      if (item->watched && item->due_us <= now_us)
        look_at (self, item, now_us, limits);
      if (item->watched && (next_us < 0 || item->due_us < next_us))
        next_us = item->due_us;
    }
  tidy (self);
  return next_us;
}

void
confsync_shelf_kept (ConfsyncShelf *self, const char *hash)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = self->items->pdata[i];

      if (item->is_edit && g_strcmp0 (item->seen_hash, hash) == 0)
        item->is_edit = FALSE;
    }
  tidy (self);
}

typedef struct
{
  char *path;
  gint64 modified_us;
} Stray;

static void
stray_free (Stray *stray)
{
  g_free (stray->path);
  g_free (stray);
}

static int
compare_strays (gconstpointer a, gconstpointer b)
{
  const Stray *const *stray_a = a;
  const Stray *const *stray_b = b;

  return ((*stray_a)->modified_us > (*stray_b)->modified_us) -
         ((*stray_a)->modified_us < (*stray_b)->modified_us);
}

static gboolean
holds_path (ConfsyncShelf *self, const char *path)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_str_equal (((Item *) self->items->pdata[i])->path, path))
      return TRUE;
  return FALSE;
}

/* (element-type Stray): by age, oldest first */
static GPtrArray *
list_strays (ConfsyncShelf *self, const char *directory)
{
  GPtrArray *strays = g_ptr_array_new_with_free_func ((GDestroyNotify) stray_free);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      struct stat info;
      Stray *stray;

      if ((!g_str_has_suffix (name, CONFSYNC_SHELF_NEW_SUFFIX) &&
           !g_str_has_suffix (name, CONFSYNC_SHELF_OLD_SUFFIX) && !confsync_spare_is_name (name)) ||
          holds_path (self, path) || lstat (path, &info) < 0 || !S_ISREG (info.st_mode))
        continue;
      stray = g_new (Stray, 1);
      stray->modified_us =
        info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
      stray->path = g_steal_pointer (&path);
      g_ptr_array_add (strays, stray);
    }
  g_ptr_array_sort (strays, compare_strays);
  return strays;
}

/* What we wrote ourselves carries its hash in its name, or in its stamp; the rest may be known to
 * the history. */
static gboolean
is_known (const char *path,
          int fd,
          const char *hash,
          const char *live_hash,
          ConfsyncHistory *history)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_note_read (fd, NULL, hash, NULL);

  return stamp != NULL || g_str_has_prefix (name, hash) || g_strcmp0 (hash, live_hash) == 0 ||
         confsync_history_knows (history, hash);
}

static void
take_in (ConfsyncShelf *self,
         const char *path,
         const char *live_hash,
         ConfsyncHistory *history,
         const ConfsyncJsonLimits *limits)
{
  g_autofree char *name = g_path_get_basename (path);
  g_auto (ConfsyncFd) fd = open_file (path, NULL);
  g_autoptr (GBytes) bytes =
    fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    bytes != NULL ? confsync_document_new (bytes, limits, &error) : NULL;
  const char *hash = document != NULL ? confsync_document_get_hash (document) : NULL;

  /* left alone: the next start may be able to read it */
  if (bytes == NULL)
    return;
  /* our own, not finished when the process ended */
  if (confsync_spare_is_name (name) && confsync_spare_is_itself (name, fd))
    remove_file (path);
  else if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON) &&
      g_str_has_suffix (path, CONFSYNC_SHELF_NEW_SUFFIX))
    remove_file (path);
  else if (document == NULL)
    confsync_shelf_add (self, path, NULL, NULL, FALSE);
  else if (is_known (path, fd, hash, live_hash, history))
    confsync_shelf_add (self, path, bytes, hash, FALSE);
  else
    {
      confsync_shelf_add (self, path, bytes, hash, TRUE);
      confsync_file_report_displaced (self->report, document);
    }
}

void
confsync_shelf_sweep (ConfsyncShelf *self,
                      const char *directory,
                      const char *live_hash,
                      ConfsyncHistory *history,
                      const ConfsyncJsonLimits *limits)
{
  g_autoptr (GPtrArray) strays = list_strays (self, directory);

  for (guint i = 0; i < strays->len; i++)
    take_in (self, ((Stray *) strays->pdata[i])->path, live_hash, history, limits);
}

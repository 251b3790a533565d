/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The live file. A save writes beside, swaps, and only then looks at what was there: looking first
 * and replacing after loses every edit that is made in between. Symbolic links stay; what they lead
 * to is replaced.
 *
 * The stamp is on the new file before it goes live, so a process that ends at any moment leaves no
 * content behind that nobody knows the origin of. Its attribute becomes durable with the swap, not
 * before: file systems with a journal write both in their order.
 */

#include "config.h"

#include "confsync-live-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confsync-durable-file-private.h"
#include "confsync-file-sync-private.h"
#include "confsync-new-file-private.h"
#include "confsync-shelf-private.h"
#include "confsync-stamp-note-private.h"
#include "confsync-swap-private.h"

/* what is read, parsed and hashed in well under a millisecond */
#define SMALL_BYTES (64 * 1024)

struct _ConfsyncLiveFile
{
  char *path;
  char *last_path; /* (nullable): of the last save, with links followed */
  char *base_dir;
  const ConfsyncFileReport *report;
  ConfsyncShelf *shelf;
  ConfsyncSpare *spare;
  ConfsyncNewFile ready; /* opened for the next save, if is_ready */
  gboolean is_ready;
  GBytes *known_text;               /* (owned) (nullable): as last read or written */
  char *known_hash;                 /* (owned) (nullable): of what known_text says */
  ConfsyncDocument *known_document; /* (owned) (nullable): of known_text, if it was read */
  ConfsyncStamp *origin;            /* (owned) (nullable): of what was edited before the start */
  gboolean recovered;
  gboolean started; /* read once: nobody asks any more what an earlier process left */
  gboolean beside; /* the base directory turned out to be on another mount */
  gboolean warned; /* of the way of replacing */
  gboolean slow;   /* its file system can't say what is in memory */
  /* read already, for the next load; the descriptor is -1 for none */
  ConfsyncFd read_fd;
  GBytes *read_text;
  struct stat read_info;
};

/* what one save works with */
typedef struct
{
  ConfsyncNewFile new_file;
  GBytes *text;
  const char *hash;     /* of what the text says */
  ConfsyncStamp *stamp; /* of the revision that it is */
  GPtrArray *came_out;
} Save;

static void
save_clear (Save *save)
{
  confsync_new_file_clear (&save->new_file);
  g_clear_pointer (&save->text, g_bytes_unref);
  g_clear_pointer (&save->came_out, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Save, save_clear)

ConfsyncLiveFile *
confsync_live_file_new (const char *path, const char *base_dir, const ConfsyncFileReport *report)
{
  ConfsyncLiveFile *self = g_new0 (ConfsyncLiveFile, 1);

  self->path = g_strdup (path);
  self->base_dir = g_strdup (base_dir);
  self->report = report;
  self->shelf = confsync_shelf_new (base_dir, report);
  self->spare = confsync_spare_new ();
  self->ready = (ConfsyncNewFile) CONFSYNC_NEW_FILE_INIT;
  self->read_fd = -1;
  return self;
}

static void
set_known (ConfsyncLiveFile *self, GBytes *text, const char *hash, ConfsyncDocument *document)
{
  g_free (self->known_hash);
  self->known_hash = g_strdup (hash);
  g_clear_pointer (&self->known_text, g_bytes_unref);
  g_clear_pointer (&self->known_document, confsync_document_unref);
  self->known_text = text != NULL ? g_bytes_ref (text) : NULL;
  self->known_document = document != NULL ? confsync_document_ref (document) : NULL;
}

void
confsync_live_file_free (ConfsyncLiveFile *self)
{
  confsync_live_file_stand_down (self);
  set_known (self, NULL, NULL, NULL);
  confsync_shelf_free (self->shelf);
  confsync_spare_free (self->spare);
  g_free (self->path);
  g_free (self->last_path);
  g_free (self->base_dir);
  g_clear_pointer (&self->origin, confsync_stamp_unref);
  g_free (self);
}

ConfsyncStamp *
confsync_live_file_get_origin (ConfsyncLiveFile *self)
{
  return self->origin;
}

static gboolean
recover (ConfsyncLiveFile *self, GError **error)
{
  if (!self->recovered)
    self->recovered = confsync_swap_recover (self->base_dir, self->path, self->report, error);
  return self->recovered;
}

static gboolean
take_text (ConfsyncLiveFile *self,
           int fd,
           GBytes *text,
           const struct stat *info,
           const ConfsyncJsonLimits *limits,
           ConfsyncDocument **document,
           ConfsyncStamp **stamp,
           gint64 *modified,
           GError **error)
{
  *modified = info->st_mtim.tv_sec * G_USEC_PER_SEC + info->st_mtim.tv_nsec / 1000;
  if (!confsync_file_is_blank (text))
    {
      *document = confsync_file_parse (text, self->path, limits, error);
      if (*document == NULL)
        return FALSE;
      *stamp = confsync_stamp_note_read (fd, self->started ? NULL : self->base_dir,
                                         confsync_document_get_hash (*document),
                                         self->started ? NULL : &self->origin);
    }
  set_known (self, text, *document != NULL ? confsync_document_get_hash (*document) : NULL,
             *document);
  self->started = TRUE;
  return TRUE;
}

gboolean
confsync_live_file_read_at_hand (ConfsyncLiveFile *self)
{
  if (!self->recovered || self->slow)
    return FALSE;
  self->read_fd = confsync_file_open (AT_FDCWD, self->path, 0, NULL);
  if (self->read_fd >= 0)
    self->read_text =
      confsync_file_read_at_hand (self->read_fd, SMALL_BYTES, &self->read_info, &self->slow);
  if (self->read_text == NULL)
    confsync_fd_close (g_steal_fd (&self->read_fd));
  return self->read_text != NULL;
}

/* Opens and reads what the next load is of; -1 without an error where there is no file. */
static int
read_live (ConfsyncLiveFile *self,
           const ConfsyncJsonLimits *limits,
           GBytes **text,
           struct stat *info,
           GError **error)
{
  g_auto (ConfsyncFd) fd = g_steal_fd (&self->read_fd);
  g_autoptr (GError) local = NULL;

  if (fd >= 0)
    {
      *text = g_steal_pointer (&self->read_text);
      *info = self->read_info;
      return g_steal_fd (&fd);
    }
  fd = confsync_file_open (AT_FDCWD, self->path, 0, &local);
  if (fd >= 0)
    *text = confsync_file_read (fd, self->path, confsync_file_max_bytes (limits), info, &local);
  if (*text != NULL)
    return g_steal_fd (&fd);
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&local));
  return -1;
}

gboolean
confsync_live_file_load (ConfsyncLiveFile *self,
                         const ConfsyncJsonLimits *limits,
                         ConfsyncDocument **document,
                         ConfsyncStamp **stamp,
                         gint64 *modified,
                         GError **error)
{
  g_auto (ConfsyncFd) fd = -1;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) local = NULL;
  struct stat info;

  *document = NULL;
  *stamp = NULL;
  *modified = 0;
  if (!recover (self, error))
    return FALSE;

  fd = read_live (self, limits, &text, &info, &local);
  if (fd >= 0)
    return take_text (self, fd, text, &info, limits, document, stamp, modified, error);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  set_known (self, NULL, NULL, NULL);
  return TRUE;
}

static gboolean
open_new_file (ConfsyncLiveFile *self, ConfsyncNewFile *new_file, GError **error)
{
  return confsync_new_file_open (new_file, self->spare, self->base_dir,
                                 self->beside ? CONFSYNC_PLACE_FORCE_BESIDE
                                              : CONFSYNC_PLACE_SAME_MOUNT,
                                 error);
}

/* Opens all that a save works with; no new file where it is to be written in place. */
static gboolean
open_all (ConfsyncLiveFile *self, ConfsyncNewFile *new_file, gboolean *in_place, GError **error)
{
  if (!recover (self, error) ||
      !confsync_place_open (&new_file->place, self->path, self->last_path, error))
    return FALSE;
  g_free (self->last_path);
  self->last_path = g_strdup (new_file->place.path);
  *in_place = confsync_swap_is_mount_point (new_file->place.dirfd, new_file->place.name);
  return *in_place || open_new_file (self, new_file, error);
}

void
confsync_live_file_get_ready (ConfsyncLiveFile *self)
{
  gboolean in_place;

  if (self->is_ready)
    return;
  self->is_ready = open_all (self, &self->ready, &in_place, NULL) && !in_place;
  if (!self->is_ready)
    confsync_new_file_clear (&self->ready);
}

void
confsync_live_file_stand_down (ConfsyncLiveFile *self)
{
  if (!self->is_ready)
    return;
  confsync_new_file_give_back (&self->ready, self->spare);
  confsync_new_file_clear (&self->ready);
  self->is_ready = FALSE;
}

static gboolean
open_save (ConfsyncLiveFile *self, Save *save, gboolean *in_place, GError **error)
{
  *in_place = FALSE;
  if (!self->is_ready)
    return open_all (self, &save->new_file, in_place, error);
  save->new_file = self->ready;
  self->ready = (ConfsyncNewFile) CONFSYNC_NEW_FILE_INIT;
  self->is_ready = FALSE;
  return TRUE;
}

/* What the new text is to look like: what was last read, which is mostly what is there. */
static ConfsyncDocument *
find_model (ConfsyncLiveFile *self, Save *save, const ConfsyncJsonLimits *limits)
{
  const ConfsyncPlace *place = &save->new_file.place;
  g_autoptr (GBytes) old = NULL;

  if (place->old_fd < 0)
    return NULL;
  if (self->known_document != NULL)
    return confsync_document_ref (self->known_document);
  old = confsync_file_read (place->old_fd, place->path, confsync_file_max_bytes (limits), NULL,
                            NULL);
  return old != NULL ? confsync_document_new (old, limits, NULL) : NULL;
}

static GBytes *
format_text (ConfsyncLiveFile *self,
             Save *save,
             ConfsyncRevision *revision,
             const ConfsyncJsonLimits *limits)
{
  ConfsyncJson *json = confsync_document_get_json (confsync_revision_get_document (revision));
  g_autoptr (ConfsyncDocument) model = find_model (self, save, limits);

  g_autoptr (GBytes) pretty =
    confsync_json_to_pretty (json, model != NULL ? confsync_document_get_json (model) : NULL);

  /* nested deep, indentation may be nearly all of it; what can't be read again is of no use */
  if (g_bytes_get_size (pretty) > confsync_file_max_bytes (limits))
    return confsync_json_to_compact (json);
  return g_steal_pointer (&pretty);
}

static ConfsyncSwap
get_swap (Save *save)
{
  const ConfsyncPlace *place = &save->new_file.place;

  return (ConfsyncSwap){
    .live_dirfd = place->dirfd,
    .live_name = place->name,
    .live_path = place->path,
    .temp_dirfd = place->temp_dirfd,
    .temp_dir = place->temp_dir,
    .temp_name = save->new_file.name,
    .state_dirfd = place->state_dirfd,
  };
}

static void
warn_once (ConfsyncLiveFile *self, const char *what)
{
  if (!self->warned)
    confsync_file_report_notice (self->report, "%s: %s", self->path, what);
  self->warned = TRUE;
}

static int
move_aside (ConfsyncLiveFile *self, Save *save)
{
  ConfsyncSwap swap = get_swap (save);

  warn_once (self, "its file system can't exchange two files; the live file is missing for "
                   "microseconds at each save. A local file system can");
  return confsync_swap_move_aside (&swap, save->came_out);
}

/* Gives 0 or an errno value. */
static int
swap_in (ConfsyncLiveFile *self, Save *save)
{
  ConfsyncSwap swap = get_swap (save);
  int errnum;

  confsync_stamp_note_write (save->new_file.fd, swap.state_dirfd, FALSE, save->hash, save->stamp);
  errnum = confsync_swap_exchange (&swap, save->came_out);
  if (errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP)
    errnum = move_aside (self, save);
  if (errnum != 0)
    unlinkat (save->new_file.place.temp_dirfd, save->new_file.name, 0);
  return errnum;
}

/* Whether the text is an edit that the caller doesn't know of; @document (nullable) is what it
 * says. That it was read lately isn't enough: the answer may still be on its way to the caller. */
static gboolean
is_unexpected (ConfsyncLiveFile *self,
               GBytes *text,
               ConfsyncDocument *expected,
               const ConfsyncJsonLimits *limits,
               ConfsyncDocument **document)
{
  if (confsync_file_is_blank (text) ||
      (expected != NULL && self->known_text != NULL &&
       g_strcmp0 (self->known_hash, confsync_document_get_hash (expected)) == 0 &&
       g_bytes_equal (text, self->known_text)))
    return FALSE;

  *document = confsync_document_new (text, limits, NULL);
  return *document == NULL || expected == NULL || !confsync_document_equal (*document, expected);
}

/* Looks at one file that came out, and gives it into the shelf's care. */
static void
look_at (ConfsyncLiveFile *self,
         Save *save,
         const char *name,
         ConfsyncDocument *expected,
         const ConfsyncJsonLimits *limits,
         ConfsyncDocument **displaced)
{
  const ConfsyncPlace *place = &save->new_file.place;
  g_autofree char *path = g_build_filename (place->temp_dir, name, NULL);
  g_auto (ConfsyncFd) fd = confsync_file_open (place->temp_dirfd, name, O_NOFOLLOW, NULL);
  g_autoptr (GBytes) text =
    fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, NULL) : NULL;
  g_autoptr (ConfsyncDocument) document = NULL;
  gboolean is_edit = text == NULL || is_unexpected (self, text, expected, limits, &document);

  /* what is no document may be half of one: the shelf decides when the writer has left */
  if (is_edit && document == NULL)
    confsync_shelf_add (self->shelf, path, NULL, NULL, FALSE);
  else
    confsync_shelf_add (self->shelf, path, text,
                        document != NULL ? confsync_document_get_hash (document) : NULL, is_edit);
  if (!is_edit || document == NULL)
    return;

  /* an older one of several: the caller's answer has room for the last */
  if (*displaced != NULL)
    {
      confsync_file_report_displaced (self->report, *displaced);
      confsync_document_unref (*displaced);
    }
  *displaced = g_steal_pointer (&document);
}

static gboolean
sync_names (Save *save, gboolean has_edit, GError **error)
{
  const ConfsyncPlace *place = &save->new_file.place;

  if ((save->new_file.fd >= 0 && confsync_file_sync (save->new_file.fd) < 0) ||
      confsync_file_sync (place->dirfd) < 0)
    return confsync_file_fail (error, errno, "make its replacement durable", place->path);
  if (has_edit && confsync_file_sync (place->temp_dirfd) < 0)
    return confsync_file_fail (error, errno, "make it durable", place->temp_dir);
  return TRUE;
}

static void
look_at_all (ConfsyncLiveFile *self,
             Save *save,
             ConfsyncDocument *expected,
             const ConfsyncJsonLimits *limits,
             ConfsyncDocument **displaced)
{
  for (guint i = 0; i < save->came_out->len; i++)
    look_at (self, save, save->came_out->pdata[i], expected, limits, displaced);
}

/* A failed call has no other way to hand over what it found. */
static void
report_instead (ConfsyncLiveFile *self, ConfsyncDocument **displaced)
{
  if (*displaced != NULL)
    confsync_file_report_displaced (self->report, *displaced);
  g_clear_pointer (displaced, confsync_document_unref);
}

static gboolean
finish (ConfsyncLiveFile *self,
        Save *save,
        ConfsyncDocument *expected,
        const ConfsyncJsonLimits *limits,
        ConfsyncDocument **displaced,
        GError **error)
{
  look_at_all (self, save, expected, limits, displaced);
  set_known (self, save->text, save->hash, NULL);
  if (save->new_file.fd >= 0)
    confsync_spare_want (self->spare, save->new_file.place.temp_base, save->new_file.place.temp_sub,
                         g_bytes_get_size (save->text));
  if (sync_names (save, *displaced != NULL, error))
    return TRUE;

  report_instead (self, displaced);
  return FALSE;
}

/* A mount point can't be replaced: what is there is copied, durably, then overwritten. */
static gboolean
replace_in_place (ConfsyncLiveFile *self,
                  Save *save,
                  ConfsyncDocument *expected,
                  const ConfsyncJsonLimits *limits,
                  ConfsyncDocument **displaced,
                  GError **error)
{
  ConfsyncPlace *place = &save->new_file.place;
  g_autofree char *old_name =
    g_strdup_printf ("%08x%08x" CONFSYNC_SHELF_OLD_SUFFIX, g_random_int (), g_random_int ());
  g_autoptr (GBytes) old = NULL;
  ConfsyncSwap swap;

  if (!confsync_place_open_private (place, self->base_dir, CONFSYNC_PLACE_ANY_MOUNT, error))
    return FALSE;
  warn_once (self, "is a mount point, so it is overwritten instead of replaced, and who reads it "
                   "meanwhile may see half of it. Mount its directory instead of the file");
  if (place->old_fd < 0)
    return confsync_file_fail (error, EACCES, "read what is to be overwritten", place->path);
  old = confsync_file_read (place->old_fd, place->path, G_MAXSSIZE, NULL, error);
  if (old == NULL || !confsync_durable_write (place->temp_dirfd, old_name, old, 0600, error))
    return FALSE;

  swap = get_swap (save);
  confsync_stamp_note_write (place->old_fd, swap.state_dirfd, TRUE, save->hash, save->stamp);
  if (!confsync_swap_in_place (&swap, save->text, error))
    return FALSE;
  g_ptr_array_add (save->came_out, g_steal_pointer (&old_name));
  return finish (self, save, expected, limits, displaced, error);
}

gboolean
confsync_live_file_replace (ConfsyncLiveFile *self,
                            ConfsyncRevision *revision,
                            ConfsyncDocument *expected,
                            const ConfsyncJsonLimits *limits,
                            ConfsyncDocument **displaced,
                            GError **error)
{
  g_auto (Save) save = { .new_file = CONFSYNC_NEW_FILE_INIT };
  gboolean in_place;
  int errnum;

  *displaced = NULL;
  if (!open_save (self, &save, &in_place, error))
    return FALSE;

  save.came_out = g_ptr_array_new_with_free_func (g_free);
  save.text = format_text (self, &save, revision, limits);
  save.hash = confsync_document_get_hash (confsync_revision_get_document (revision));
  save.stamp = confsync_revision_get_stamp (revision);
  if (in_place)
    return replace_in_place (self, &save, expected, limits, displaced, error);

  if (!confsync_new_file_write (&save.new_file, save.text, save.hash, error))
    return FALSE;
  errnum = swap_in (self, &save);
  if (errnum == EXDEV && !self->beside)
    {
      self->beside = TRUE;
      if (!open_new_file (self, &save.new_file, error) ||
          !confsync_new_file_write (&save.new_file, save.text, save.hash, error))
        return FALSE;
      errnum = swap_in (self, &save);
    }
  if (errnum == EBUSY)
    return replace_in_place (self, &save, expected, limits, displaced, error);
  if (errnum != 0)
    {
      look_at_all (self, &save, expected, limits, displaced);
      report_instead (self, displaced);
      return confsync_file_fail (error, errnum, "replace it", save.new_file.place.path);
    }
  return finish (self, &save, expected, limits, displaced, error);
}

gint64
confsync_live_file_look (ConfsyncLiveFile *self, const ConfsyncJsonLimits *limits)
{
  return confsync_shelf_look (self->shelf, limits);
}

void
confsync_live_file_prepare (ConfsyncLiveFile *self)
{
  confsync_spare_prepare (self->spare);
}

void
confsync_live_file_kept (ConfsyncLiveFile *self, const char *hash)
{
  confsync_shelf_kept (self->shelf, hash);
}

void
confsync_live_file_sweep (ConfsyncLiveFile *self,
                          ConfsyncHistory *history,
                          const ConfsyncJsonLimits *limits)
{
  g_autofree char *target = confsync_file_resolve (self->path, NULL);
  g_autofree char *parent = target != NULL ? g_path_get_dirname (target) : NULL;
  const char *const places[][2] = { { self->base_dir, CONFSYNC_PLACE_SUB_DIR },
                                    { parent, CONFSYNC_PLACE_BESIDE } };
  const char *live_hash =
    self->known_document != NULL ? confsync_document_get_hash (self->known_document) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      /* also to know that no link leads to another directory */
      g_auto (ConfsyncFd) fd =
        places[i][0] != NULL ? confsync_file_open_base (places[i][0], places[i][1], FALSE, NULL)
                             : -1;
      g_autofree char *directory = NULL;

      if (fd < 0)
        continue;
      confsync_durable_sweep (fd);
      directory = g_build_filename (places[i][0], places[i][1], NULL);
      confsync_shelf_sweep (self->shelf, directory, live_hash, history, limits);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Records on their way to a file. Only the worker's thread touches the file once it is open; what
 * both sides see has the lock. It must never make the engine wait, nor follow a symbolic link.
 */

#include "config.h"

#include "confsync-audit-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-audit-private.h"
#include "confsync-audit-record-private.h"
#include "confsync-error.h"
#include "confsync-worker-private.h"

#define FILE_MODE 0600
/* how many records may wait: at most some megabytes */
#define WAITING_MAX 1000
/* how long the end waits for a disk that hangs */
#define LAST_WAIT_US G_USEC_PER_SEC
#define TOO_SLOW "the disk was too slow"

struct _ConfsyncAuditFile
{
  char *path;
  ConfsyncWorker *worker; /* (nullable) for one record, which needs none */

  /* the worker's */
  int fd; /* -1 for none */
  dev_t device;
  ino_t inode;
  gboolean torn; /* the last line has no end */
  char *problem; /* (nullable): why it can't be written to, as told */

  GMutex lock; /* guards what follows */
  GCond idle;
  GMainContext *context; /* (nullable) once it was freed */
  guint waiting;
  guint64 lost;      /* records, since the last that the file has */
  char *lost_reason; /* (nullable) */
  gboolean wants_reopening;
  ConfsyncAuditFunc function; /* (nullable) once it was freed */
  gpointer user_data;
};

static void
close_file (ConfsyncAuditFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
audit_file_clear (ConfsyncAuditFile *self)
{
  close_file (self);
  g_free (self->path);
  g_free (self->problem);
  g_free (self->lost_reason);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
}

static void
audit_file_unref (ConfsyncAuditFile *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) audit_file_clear);
}

static ConfsyncAuditFile *
audit_file_new (const char *path)
{
  ConfsyncAuditFile *self = g_atomic_rc_box_new0 (ConfsyncAuditFile);

  self->path = g_strdup (path);
  self->context = g_main_context_ref_thread_default ();
  self->fd = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  return self;
}

/* the file */

static gboolean
fail (ConfsyncAuditFile *self, int number, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
               "%s can't be written to as an audit file: %s", name,
               number == ELOOP ? "it is a symbolic link, and those are not followed"
                               : g_strerror (number));
  return FALSE;
}

static gboolean
refuse (ConfsyncAuditFile *self, const char *reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s is refused as an audit file: %s",
               name, reason);
  return FALSE;
}

/* A record that others may write or take away proves nothing. The mode of a file that is there is
 * its owner's choice otherwise: a group may read it. */
static gboolean
check_file (ConfsyncAuditFile *self, const struct stat *info, GError **error)
{
  if (!S_ISREG (info->st_mode))
    return refuse (self, "it is no regular file", error);
  if (info->st_uid != geteuid () && info->st_uid != 0)
    return refuse (self, "it belongs to another user", error);
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse (self, "others may write to it (chmod go-w)", error);
  return TRUE;
}

/* What a crash, or a full disk, left without an end. */
static gboolean
is_torn (int fd, goffset size)
{
  char last = '\n';

  return size > 0 && pread (fd, &last, 1, size - 1) == 1 && last != '\n';
}

static gboolean
open_file (ConfsyncAuditFile *self, GError **error)
{
  struct stat info;

  /* without O_NONBLOCK a pipe in its place would keep us waiting */
  self->fd = open (self->path,
                   O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                   FILE_MODE);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    {
      const int number = errno;

      close_file (self);
      return fail (self, number, error);
    }
  if (!check_file (self, &info, error))
    {
      close_file (self);
      return FALSE;
    }
  self->device = info.st_dev;
  self->inode = info.st_ino;
  self->torn = is_torn (self->fd, info.st_size);
  return TRUE;
}

/* Whether the file at the path is the one that is open. */
static gboolean
is_in_place (ConfsyncAuditFile *self)
{
  struct stat info;

  return self->fd >= 0 && lstat (self->path, &info) == 0 && info.st_dev == self->device &&
         info.st_ino == self->inode;
}

static gboolean
write_all (ConfsyncAuditFile *self, const char *text, gsize length, GError **error)
{
  while (length > 0)
    {
      const gssize n = write (self->fd, text, length);

      if (n < 0 && errno != EINTR)
        return fail (self, errno, error);
      if (n > 0)
        {
          text += n;
          length -= n;
          self->torn = text[-1] != '\n';
        }
    }
  return TRUE;
}

/* One write for a whole line, so that two programs may share a file. */
static gboolean
write_line (ConfsyncAuditFile *self, const char *line, GError **error)
{
  g_autofree char *text = g_strconcat (self->torn ? "\n" : "", line, NULL);

  return write_all (self, text, strlen (text), error);
}

static char *
make_line (ConfsyncLevel level,
           const char *kind,
           GVariant *details,
           const char *instance,
           const char *document)
{
  g_autoptr (GVariant) record =
    confsync_audit_record_new (level, kind, details, instance, document);

  return record != NULL
           ? confsync_audit_record_to_line (g_get_real_time (), level, kind, record)
           : NULL;
}

/* in the worker's thread */

static gboolean
take_reopening (ConfsyncAuditFile *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const gboolean wanted = self->wants_reopening;

  self->wants_reopening = FALSE;
  return wanted;
}

static gboolean
ensure_open (ConfsyncAuditFile *self, GError **error)
{
  if (!take_reopening (self) && is_in_place (self))
    return TRUE;
  close_file (self);
  return open_file (self, error);
}

static void
lose (ConfsyncAuditFile *self, const char *reason)
{
  self->lost++;
  g_free (self->lost_reason);
  self->lost_reason = g_strdup (reason);
}

/* Says first how many are missing. */
static gboolean
tell_gap (ConfsyncAuditFile *self, GError **error)
{
  g_autoptr (GVariant) details = NULL;
  g_autofree char *line = NULL;
  g_autofree char *reason = NULL;
  GVariantDict dict;
  guint64 lost;

  g_mutex_lock (&self->lock);
  lost = self->lost;
  reason = g_strdup (self->lost_reason);
  g_mutex_unlock (&self->lock);
  if (lost == 0)
    return TRUE;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "lost", "t", lost);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  line = make_line (CONFSYNC_LEVEL_ERROR, CONFSYNC_EVENT_AUDIT_GAP, details, NULL, NULL);
  if (!write_line (self, line, error))
    return FALSE;

  g_mutex_lock (&self->lock);
  self->lost -= lost;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

typedef struct
{
  ConfsyncAuditFile *file; /* (owned) */
  char *text;              /* (nullable) a line, or why it can't be written to */
} Parcel;

static Parcel *
parcel_new (ConfsyncAuditFile *self, char *text)
{
  Parcel *parcel = g_new (Parcel, 1);

  parcel->file = g_atomic_rc_box_acquire (self);
  parcel->text = text;
  return parcel;
}

static void
parcel_free (Parcel *parcel)
{
  audit_file_unref (parcel->file);
  g_free (parcel->text);
  g_free (parcel);
}

static gboolean
tell_cb (gpointer user_data)
{
  Parcel *parcel = user_data;
  ConfsyncAuditFunc function;

  g_mutex_lock (&parcel->file->lock);
  function = parcel->file->function;
  g_mutex_unlock (&parcel->file->lock);
  if (function != NULL)
    function (parcel->text, parcel->file->user_data);
  return G_SOURCE_REMOVE;
}

/* Never through g_main_context_invoke(), which may run it right here. */
static void
note_outcome (ConfsyncAuditFile *self, const char *problem)
{
  g_autoptr (GSource) source = NULL;

  if (g_strcmp0 (self->problem, problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  source = g_idle_source_new ();
  g_source_set_static_name (source, "confsync audit");
  g_source_set_callback (source, tell_cb, parcel_new (self, g_strdup (problem)),
                         (GDestroyNotify) parcel_free);
  g_mutex_lock (&self->lock);
  if (self->function != NULL)
    g_source_attach (source, self->context);
  g_mutex_unlock (&self->lock);
}

static void
write_work (gpointer data)
{
  Parcel *parcel = data;
  ConfsyncAuditFile *self = parcel->file;
  g_autoptr (GError) error = NULL;
  const gboolean written = ensure_open (self, &error) && tell_gap (self, &error) &&
                           write_line (self, parcel->text, &error);

  note_outcome (self, written ? NULL : error->message);
  g_mutex_lock (&self->lock);
  if (!written)
    lose (self, error->message);
  if (--self->waiting == 0)
    g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

/* for its owner */

/*
 * confsync_audit_file_open:
 * @path: a file that is ours, or none yet
 *
 * Returns: (transfer full): what takes records from now on
 */
ConfsyncAuditFile *
confsync_audit_file_open (const char *path,
                          ConfsyncAuditFunc function,
                          gpointer user_data,
                          GError **error)
{
  ConfsyncAuditFile *self = audit_file_new (path);

  if (!open_file (self, error))
    {
      audit_file_unref (self);
      return NULL;
    }
  self->worker = confsync_worker_new ();
  self->function = function;
  self->user_data = user_data;
  confsync_audit_add_file (self);
  return self;
}

void
confsync_audit_file_free (ConfsyncAuditFile *self)
{
  const gint64 deadline = g_get_monotonic_time () + LAST_WAIT_US;

  confsync_audit_remove_file (self);
  g_mutex_lock (&self->lock);
  self->function = NULL;
  while (self->waiting > 0 && g_cond_wait_until (&self->idle, &self->lock, deadline))
    ;
  /* what waits in there to be told holds the file */
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_unlock (&self->lock);
  confsync_worker_free (self->worker);
  audit_file_unref (self);
}

const char *
confsync_audit_file_get_path (ConfsyncAuditFile *self)
{
  return self->path;
}

void
confsync_audit_file_follow (ConfsyncAuditFile *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_main_context_unref (self->context);
  self->context = g_steal_pointer (&context);
}

void
confsync_audit_file_take (ConfsyncAuditFile *self,
                          ConfsyncLevel level,
                          const char *kind,
                          GVariant *details,
                          const char *instance,
                          const char *document)
{
  g_autofree char *line = make_line (level, kind, details, instance, document);

  if (line == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (self->waiting >= WAITING_MAX)
    lose (self, TOO_SLOW);
  else
    {
      self->waiting++;
      confsync_worker_push (self->worker, write_work, parcel_new (self, g_steal_pointer (&line)),
                            (GDestroyNotify) parcel_free);
    }
  g_mutex_unlock (&self->lock);
}

void
confsync_audit_file_reopen (ConfsyncAuditFile *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->wants_reopening = TRUE;
}

gboolean
confsync_audit_file_append (const char *path,
                            ConfsyncLevel level,
                            const char *kind,
                            GVariant *details,
                            GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);
  g_autofree char *line = make_line (level, kind, sunk, NULL, NULL);
  ConfsyncAuditFile *self = audit_file_new (path);
  const gboolean written =
    line == NULL || (open_file (self, error) && write_line (self, line, error));

  audit_file_unref (self);
  return written;
}

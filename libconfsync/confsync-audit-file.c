/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Records on their way to a file. Only the worker's thread touches the file once it is open; what
 * both sides see has the lock. It must never make the engine wait.
 */

#include "config.h"

#include "confsync-audit-file-private.h"

#include "confsync-audit-private.h"
#include "confsync-audit-record-private.h"
#include "confsync-audit-sheet-private.h"
#include "confsync-worker-private.h"

/* how many records may wait: at most some megabytes */
#define WAITING_MAX 1000
/* how long the end waits for a disk that hangs */
#define LAST_WAIT_US G_USEC_PER_SEC
#define TOO_SLOW "the disk was too slow"

struct _ConfsyncAuditFile
{
  ConfsyncWorker *worker; /* (nullable) where it could not be opened */

  /* the worker's, once it is open */
  ConfsyncAuditSheet sheet;
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
audit_file_clear (ConfsyncAuditFile *self)
{
  confsync_audit_sheet_clear (&self->sheet);
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

  confsync_audit_sheet_init (&self->sheet, path);
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  return self;
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
  return (!take_reopening (self) && confsync_audit_sheet_is_in_place (&self->sheet)) ||
         confsync_audit_sheet_open (&self->sheet, error);
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
  line = confsync_audit_make_line (CONFSYNC_LEVEL_ERROR, CONFSYNC_EVENT_AUDIT_GAP, details, NULL,
                                   NULL);
  if (!confsync_audit_sheet_write (&self->sheet, line, error))
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
                           confsync_audit_sheet_write (&self->sheet, parcel->text, &error);

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

  if (!confsync_audit_sheet_open (&self->sheet, error))
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
  return self->sheet.path;
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
  g_autofree char *line = confsync_audit_make_line (level, kind, details, instance, document);

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

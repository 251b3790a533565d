/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a file store does on its worker. All members but the weak reference belong to the worker
 * while it has something to do. Signals and timers go to the owner's main context as sources,
 * never through g_main_context_invoke(), which may run them right here.
 *
 * One thing after the other: the order in which history, live file and state change is an
 * invariant, since a process may end, or the power fail, between any two of these steps. What a
 * revision R replaces is L; each line says what an end after it leaves, and who heals it.
 *
 *  1. L is a version, with its index line (the driver asks for that first).
 *     Versions without a line: cause and stamp unknown, the content is there (history).
 *  2. R is written beside, its data made durable.
 *     A stray file of ours: removed (sweep). L is live; whoever sent R still has it.
 *  3. R's stamp goes with its file: an attribute, or else .confsync/stamp, durable.
 *     The same; the note isn't the live file's (stamp note).
 *  4. R and what is live change places. Without exchange: {live, next, prev} is on disk first, then
 *     L is moved aside and R linked in; on a mount point: L is copied aside, R is on disk as
 *     in-place, then L is overwritten.
 *     R is live, and its stamp says what it is: it is adopted (replica). A live file that is
 *     missing or half written is put back or written to the end, from the record (swap). Not
 *     durable yet: after a power cut either is live, whole, as the file system's journal has it.
 *  5. What came out gets a name of its own, and is looked at: not L, it is an edit.
 *     A stray file that is not what its name says: taken in unless history knows it (sweep).
 *  6. R's file and the names are made durable; only now it is acknowledged.
 *  7. R is a version.
 *     Without it: the next start keeps what is live (driver).
 *  8. The state says that R is the head.
 *     Without it: the stamp of the live file is newer than the state's head, and is adopted; if
 *     somebody wrote into that file, it tells what that edit was made on (origin).
 *  9. An edit that came out goes when a version of it is kept.
 *     Before: it is found and told of again, as often as need be (sweep).
 *
 * An edit that is found in the live file takes steps 7 and 8 only, after it was sent. Without them
 * it is found again, and joins with what the others have, which is the same.
 */

#include "config.h"

#include "confsync-file-work-inside-private.h"

#include "confsync-durable-file-private.h"
#include "confsync-error.h"
#include "confsync-file-io-private.h"
#include "confsync-file-sync-private.h"
#include "confsync-needed-private.h"
#include "confsync-shelf-private.h"

#define STATE_NAME "state.json"
/* How long the worker stays awake for a save that is expected: a few times what it takes to read a
 * message of some kilobytes. */
#define AWAIT_US 200

/* a signal on its way to the owner */
typedef struct
{
  ConfsyncFileWork *work;     /* (owned) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  char *message;              /* (owned) (nullable) */
  ConfsyncVersion *damaged;   /* (owned) (nullable) */
} Emission;

static void
work_clear (ConfsyncFileWork *self)
{
  g_weak_ref_clear (&self->store);
  g_main_context_unref (self->context);
  confsync_live_file_free (self->live);
  confsync_history_free (self->history);
  g_clear_pointer (&self->lock, confsync_file_lock_free);
  g_free (self->path);
  g_free (self->base_dir);
  confsync_unkept_free (self->unkept);
  confsync_glimpser_free (self->glimpser);
  confsync_worker_free (self->worker);
}

void
confsync_file_work_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) work_clear);
}

static void
emission_free (Emission *emission)
{
  g_clear_pointer (&emission->document, confsync_document_unref);
  g_free (emission->message);
  g_clear_pointer (&emission->damaged, confsync_version_unref);
  g_atomic_int_add (&emission->work->pushed, -1);
  confsync_file_work_unref (emission->work);
  g_free (emission);
}

static gboolean
emit_cb (gpointer user_data)
{
  Emission *emission = user_data;
  g_autoptr (ConfsyncStore) store = g_weak_ref_get (&emission->work->store);

  if (store != NULL && emission->document != NULL)
    confsync_store_emit_displaced (store, emission->document);
  if (store != NULL && emission->message != NULL)
    confsync_store_emit_notice (store, emission->message);
  if (store != NULL && emission->damaged != NULL && emission->work->damaged != NULL)
    emission->work->damaged (emission->damaged, emission->work->damaged_data);
  return G_SOURCE_REMOVE;
}

/* The priority is that of a task's answer, so signals and answers keep their order. */
static void
emit (ConfsyncFileWork *self, ConfsyncDocument *document, const char *message,
      ConfsyncVersion *damaged)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Emission *emission = g_new0 (Emission, 1);

  emission->work = g_atomic_rc_box_acquire (self);
  g_atomic_int_inc (&self->pushed);
  emission->document = document != NULL ? confsync_document_ref (document) : NULL;
  emission->message = g_strdup (message);
  emission->damaged = damaged != NULL ? confsync_version_ref (damaged) : NULL;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_cb, emission, (GDestroyNotify) emission_free);
  g_source_set_static_name (source, "confsync file store signal");
  g_source_attach (source, self->context);
}

static void
report_displaced (ConfsyncDocument *document, gpointer data)
{
  ConfsyncFileWork *self = data;

  confsync_glimpser_know (self->glimpser, confsync_document_get_hash (document));
  emit (self, document, NULL, NULL);
}

static void
report_notice (const char *message, gpointer data)
{
  emit (data, NULL, message, NULL);
}

ConfsyncFileWork *
confsync_file_work_new (ConfsyncStore *store, const char *path, const char *base_dir)
{
  ConfsyncFileWork *self = g_atomic_rc_box_new0 (ConfsyncFileWork);

  g_weak_ref_init (&self->store, store);
  self->context = g_main_context_ref_thread_default ();
  self->worker = confsync_worker_new ();
  self->unkept = confsync_unkept_new ();
  self->glimpser = confsync_glimpser_new (path, self->context, &confsync_file_work_glimpse_owner,
                                          self);
  self->report.displaced = report_displaced;
  self->report.notice = report_notice;
  self->report.data = self;
  self->live = confsync_live_file_new (path, base_dir, &self->report);
  self->history = confsync_history_new (base_dir, &self->report);
  self->path = g_strdup (path);
  self->base_dir = g_strdup (base_dir);
  return self;
}

static void
do_load (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  if (confsync_live_file_load (self->live, &call->settings.limits, &document, &stamp, &modified,
                               &error))
    {
      if (document != NULL)
        confsync_glimpser_know (self->glimpser, confsync_document_get_hash (document));
      confsync_store_return_loaded (call->task, document, stamp, modified);
    }
  else
    g_task_return_error (call->task, g_steal_pointer (&error));

  /* after the answer: who hears of an old edit must know what is live */
  if (!self->swept)
    confsync_live_file_sweep (self->live, self->history, &call->settings.limits);
  self->swept = TRUE;
}

static void
do_save (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;
  const char *expected =
    call->document != NULL ? confsync_document_get_hash (call->document) : NULL;

  confsync_glimpser_know (
    self->glimpser, confsync_document_get_hash (confsync_revision_get_document (call->revision)));
  if (!confsync_unkept_check (self->unkept, expected, &error))
    g_task_return_error (call->task, g_steal_pointer (&error));
  else if (confsync_live_file_replace (self->live, call->revision, call->document,
                                       &call->settings.limits, &displaced, &error))
    {
      if (displaced != NULL)
        confsync_glimpser_know (self->glimpser, confsync_document_get_hash (displaced));
      confsync_store_return_saved (call->task, displaced);
    }
  else
    g_task_return_error (call->task, g_steal_pointer (&error));
}

static void
do_save_version (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  const char *hash =
    confsync_document_get_hash (confsync_revision_get_document (call->revision));
  g_autoptr (GError) error = NULL;
  g_autofree char *name =
    confsync_history_keep (self->history, call->revision, call->cause, g_get_real_time (),
                           &call->settings.retention, &error);

  if (name == NULL)
    {
      confsync_unkept_add (self->unkept, hash, error);
      g_task_return_error (call->task, g_steal_pointer (&error));
      return;
    }
  confsync_unkept_remove (self->unkept, hash);
  confsync_live_file_kept (self->live, hash);
  confsync_store_return_name (call->task, name);
}

static void
do_list_versions (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) versions = confsync_history_list (self->history, &error);

  if (versions != NULL)
    confsync_store_return_versions (call->task, (ConfsyncVersion **) versions->pdata,
                                    versions->len);
  else
    g_task_return_error (call->task, g_steal_pointer (&error));
}

static void
return_document (ConfsyncFileCall *call, ConfsyncDocument *document, GError *error)
{
  if (document != NULL)
    confsync_store_return_document (call->task, document);
  else
    g_task_return_error (call->task, error);
}

/* What a version holds no more may be had elsewhere, if it is known what that was. */
static void
tell_damaged (ConfsyncFileWork *self, const char *name, const GError *error)
{
  ConfsyncVersion *version = confsync_history_find (self->history, name);

  if ((g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON) ||
       g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT)) &&
      version != NULL && confsync_version_get_stamp (version) != NULL &&
      confsync_version_get_hash (version) != NULL)
    emit (self, NULL, NULL, version);
}

static void
do_get_version (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  GError *error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_history_get (self->history, call->name, &call->settings.limits, &error);

  if (error != NULL)
    tell_damaged (self, call->name, error);
  return_document (call, document, error);
}

static void
return_done (ConfsyncFileCall *call, gboolean done, GError *error)
{
  if (done)
    g_task_return_boolean (call->task, TRUE);
  else
    g_task_return_error (call->task, error);
}

static void
do_acknowledge (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  GError *error = NULL;
  gboolean done = confsync_history_acknowledge (self->history, call->revision, &error);

  return_done (call, done, error);
}

static ConfsyncDocument *
read_state (ConfsyncFileWork *self, GError **error)
{
  static const ConfsyncJsonLimits no_limits = { G_MAXSIZE, G_MAXUINT, G_MAXUINT };
  g_autofree char *path = g_build_filename (self->base_dir, CONFSYNC_STATE_DIR, STATE_NAME, NULL);
  g_auto (ConfsyncFd) fd =
    confsync_file_open_below (self->base_dir, CONFSYNC_STATE_DIR, STATE_NAME, error);
  g_autoptr (GBytes) text =
    fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, error) : NULL;

  return text != NULL ? confsync_file_parse (text, path, &no_limits, error) : NULL;
}

static void
do_load_state (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  GError *error = NULL;
  g_autoptr (ConfsyncDocument) state = read_state (self, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      g_set_error (&error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   "%s/" CONFSYNC_STATE_DIR "/" STATE_NAME ": nothing was noted yet",
                   self->base_dir);
    }
  if (error == NULL)
    confsync_history_set_needed (self->history, confsync_needed_new (state));
  return_document (call, state, error);
}

static void
do_save_state (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  g_autoptr (GBytes) text =
    confsync_json_to_compact (confsync_document_get_json (call->document));
  GError *error = NULL;
  g_auto (ConfsyncFd) dirfd =
    confsync_file_open_base (self->base_dir, CONFSYNC_STATE_DIR, TRUE, &error);
  gboolean done =
    dirfd >= 0 && confsync_durable_write (dirfd, STATE_NAME, text, 0600, &error);

  confsync_history_set_needed (self->history, confsync_needed_new (call->document));
  return_done (call, done, error);
}

static void
do_claim (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  GError *error = NULL;

  if (self->lock == NULL)
    self->lock = confsync_file_lock_take (self->path, self->base_dir, &self->report, &error);
  return_done (call, self->lock != NULL, error);
}

static void
do_release (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  g_clear_pointer (&self->lock, confsync_file_lock_free);
  return_done (call, TRUE, NULL);
}

static void
do_mend (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  GError *error = NULL;
  gboolean done = confsync_history_mend (self->history, call->name, call->revision,
                                         &call->settings.limits, &error);

  return_done (call, done, error);
}

/* in the order of ConfsyncFileOperation */
static void (*const operations[]) (ConfsyncFileWork *self, ConfsyncFileCall *call) = {
  do_load,        do_save,        do_save_version, do_list_versions,
  do_get_version, do_acknowledge, do_load_state,   do_save_state,
  do_claim,       do_release,     do_mend,
};

void
confsync_file_work_run (ConfsyncFileWork *self,
                        ConfsyncWorkFunc func,
                        gpointer data,
                        GDestroyNotify destroy)
{
  g_atomic_int_inc (&self->pushed);
  confsync_worker_push (self->worker, func, data, destroy);
  /* only now, or the worker would run into the queue's lock */
  g_atomic_int_set (&self->came, TRUE);
}

void
confsync_file_work_done (ConfsyncFileWork *self)
{
  (void) g_atomic_int_dec_and_test (&self->pushed);
}

static void
stop_timer (ConfsyncFileWork *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void look_thread (gpointer data);

static gboolean
look_cb (gpointer user_data)
{
  ConfsyncFileWork *self = user_data;

  confsync_file_work_run (self, look_thread, g_atomic_rc_box_acquire (self),
                          confsync_file_work_unref);
  return G_SOURCE_REMOVE;
}

/* The timer is the owner's, since the worker has no thread while it waits. */
static void
look (ConfsyncFileWork *self)
{
  gint64 due_us;

  if (self->closed)
    return;

  stop_timer (self);
  due_us = confsync_live_file_look (self->live, &self->limits);
  if (due_us < 0)
    return;
  self->timer = g_timeout_source_new (1);
  g_source_set_ready_time (self->timer, due_us);
  g_source_set_callback (self->timer, look_cb, g_atomic_rc_box_acquire (self),
                         confsync_file_work_unref);
  g_source_set_static_name (self->timer, "confsync file store look");
  g_source_attach (self->timer, self->context);
}

/* Once a state was saved, what a change brings about is on disk. The next one is not kept waiting
 * where it is here by then; whatever is done last finds the time. */
static void
prepare (ConfsyncFileWork *self)
{
  if (!self->settled || self->closed || g_atomic_int_get (&self->pushed) != 1)
    return;
  confsync_live_file_prepare (self->live);
  self->settled = FALSE;
}

static void
look_thread (gpointer data)
{
  ConfsyncFileWork *self = data;

  confsync_file_sync_enable (!self->fast);
  confsync_live_file_stand_down (self->live);
  look (self);
  prepare (self);
  confsync_file_work_done (self);
}

static void
call_thread (gpointer data)
{
  ConfsyncFileCall *call = data;
  ConfsyncFileWork *self = call->work;

  self->limits = call->settings.limits;
  self->fast = call->settings.fast;
  confsync_file_sync_enable (!self->fast);
  if (call->operation != CONFSYNC_FILE_SAVE)
    confsync_live_file_stand_down (self->live);
  if (!g_task_return_error_if_cancelled (call->task))
    operations[call->operation](self, call);
  confsync_live_file_stand_down (self->live);
  look (self);
  self->settled |= call->operation == CONFSYNC_FILE_SAVE_STATE;
  prepare (self);
  confsync_file_work_done (self);
}

void
confsync_file_work_push (ConfsyncFileWork *self, ConfsyncFileCall *call)
{
  call->work = g_atomic_rc_box_acquire (self);
  confsync_file_work_run (self, call_thread, call, (GDestroyNotify) confsync_file_call_free);
}

/* A thread that falls asleep takes longer to wake than the save takes to come. What is open is for
 * the next thing in the queue, and stays open no longer. */
static void
expect_thread (gpointer data)
{
  ConfsyncFileWork *self = data;
  gint64 end_us = g_get_monotonic_time () + AWAIT_US;

  confsync_file_sync_enable (!self->fast);
  confsync_live_file_get_ready (self->live);
  while (!g_atomic_int_get (&self->came) && g_get_monotonic_time () < end_us)
    g_thread_yield ();
  if (!g_atomic_int_get (&self->came))
    confsync_live_file_stand_down (self->live);
  confsync_file_work_done (self);
}

void
confsync_file_work_expect_save (ConfsyncFileWork *self)
{
  /* who is at work is awake */
  if (g_atomic_int_get (&self->pushed) > 0 || !self->swept)
    return;
  g_atomic_int_inc (&self->pushed);
  g_atomic_int_set (&self->came, FALSE);
  confsync_worker_push (self->worker, expect_thread, g_atomic_rc_box_acquire (self),
                        confsync_file_work_unref);
}

ConfsyncStamp *
confsync_file_work_get_origin (ConfsyncFileWork *self)
{
  return confsync_live_file_get_origin (self->live);
}

gboolean
confsync_file_work_load_at_hand (ConfsyncFileWork *self,
                                 const ConfsyncFileSettings *settings,
                                 ConfsyncDocument **document,
                                 gint64 *modified,
                                 GError **error)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;

  if (g_atomic_int_get (&self->pushed) > 0 || !self->swept ||
      !confsync_live_file_read_at_hand (self->live))
    return FALSE;
  confsync_live_file_load (self->live, &settings->limits, document, &stamp, modified, error);
  return TRUE;
}

void
confsync_file_work_watch_damage (ConfsyncFileWork *self, ConfsyncDamageFunc func, gpointer data)
{
  /* who leaves may have been followed by another one */
  if (func == NULL && data != self->damaged_data)
    return;
  self->damaged = func;
  self->damaged_data = func != NULL ? data : NULL;
}

static void
close_thread (gpointer data)
{
  ConfsyncFileWork *self = data;

  self->closed = TRUE;
  stop_timer (self);
  confsync_file_work_done (self);
}

void
confsync_file_work_close (ConfsyncFileWork *self)
{
  /* nothing is ours any more once it is pushed */
  g_atomic_int_inc (&self->pushed);
  confsync_worker_push (self->worker, close_thread, self, confsync_file_work_unref);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a store with local members writes. An edit that a save displaces may be one of local members
 * alone: nobody else is told of it; it is kept as a version, and the file is written once more with
 * it. The store behind does things in the order in which it is asked, so nothing waits here.
 */

#include "config.h"

#include "confsync-local-store-inside-private.h"

#include "confsync-revision-private.h"

#define EDITS_MAX 16
/* files that were replaced lately; the newest one stays, whatever its size */
#define BEFORES_MAX 16
#define BEFORES_MAX_BYTES (1024 * 1024)

/* one save under way */
typedef struct
{
  ConfsyncLocalStore *self;   /* (owned) */
  GTask *task;                /* (owned) (nullable): of who asked for it */
  ConfsyncRevision *revision; /* (owned): what is shared */
  ConfsyncDocument *expected; /* (owned) (nullable): likewise */
  ConfsyncDocument *live;     /* (owned): what is written */
  ConfsyncDocument *replaced; /* (owned) (nullable): what is believed to be there */
} Save;

static void
save_free (Save *save)
{
  g_clear_object (&save->task);
  confsync_revision_unref (save->revision);
  g_clear_pointer (&save->expected, confsync_document_unref);
  g_clear_pointer (&save->live, confsync_document_unref);
  g_clear_pointer (&save->replaced, confsync_document_unref);
  g_object_unref (save->self);
  g_free (save);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Save, save_free)

static void
set_document (ConfsyncDocument **place, ConfsyncDocument *document)
{
  ConfsyncDocument *old = *place;

  *place = document != NULL ? confsync_document_ref (document) : NULL;
  g_clear_pointer (&old, confsync_document_unref);
}

/* Notes */

static void
notes_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalStore) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean saved =
    confsync_store_save_state_finish (CONFSYNC_STORE (source), result, &error);

  if (!saved && !self->complained)
    {
      g_autofree char *message =
        g_strdup_printf ("the values of local members can't be noted: %s", error->message);

      confsync_store_emit_notice (CONFSYNC_STORE (self), message);
    }
  self->complained = !saved;
}

/* Nothing is noted before the engine notes something: a store is new without. */
static void
save_notes (ConfsyncLocalStore *self)
{
  g_autoptr (ConfsyncDocument) notes = NULL;

  if (self->notes == NULL)
    return;
  g_mutex_lock (&self->lock);
  notes = confsync_local_ledger_save (self->ledger, self->notes);
  g_mutex_unlock (&self->lock);
  confsync_store_save_state_async (self->store, notes, NULL, notes_saved_cb, g_object_ref (self));
}

/* Edits that came to light */

static void
edit_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalStore) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, &error);

  if (name == NULL)
    confsync_store_emit_notice (CONFSYNC_STORE (self), error->message);
}

/* The store behind lets go of what it displaced once a version of it is kept. */
static void
keep_file (ConfsyncLocalStore *self,
           ConfsyncDocument *live,
           ConfsyncStamp *stamp,
           const char *hash,
           GAsyncReadyCallback callback)
{
  g_autoptr (ConfsyncRevision) revision = confsync_revision_new_laid (live, stamp, hash);

  confsync_store_save_version_async (self->store, revision, CONFSYNC_CAUSE_EDIT, NULL, callback,
                                     g_object_ref (self));
}

/* The engine will keep a version of it: then the file itself is to be found. */
static void
remember_edit (ConfsyncLocalStore *self, ConfsyncDocument *live, ConfsyncDocument *shared)
{
  g_mutex_lock (&self->lock);
  if (g_hash_table_size (self->edits) >= EDITS_MAX)
    g_hash_table_remove_all (self->edits);
  g_hash_table_insert (self->edits, g_strdup (confsync_document_get_hash (shared)),
                       confsync_document_ref (live));
  g_mutex_unlock (&self->lock);
}

/* Writing the live configuration */

void
confsync_local_before_free (ConfsyncLocalBefore *self)
{
  g_clear_pointer (&self->file, confsync_document_unref);
  confsync_local_view_unref (self->view);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_free (self->hash);
  g_free (self);
}

static gsize
size_of_befores (ConfsyncLocalStore *self)
{
  gsize bytes = 0;

  for (GList *l = self->befores.head; l != NULL; l = l->next)
    {
      ConfsyncLocalBefore *before = l->data;

      bytes += before->file != NULL ? confsync_document_get_size (before->file) : 0;
    }
  return bytes;
}

static void
note_before (ConfsyncLocalStore *self, Save *save)
{
  ConfsyncLocalBefore *before = g_new0 (ConfsyncLocalBefore, 1);
  const char *hash =
    save->expected != NULL ? confsync_document_get_hash (save->expected) : NULL;
  ConfsyncStamp *stamp =
    hash != NULL ? confsync_local_ledger_get_stamp (self->ledger, hash) : NULL;

  if (stamp == NULL && hash != NULL)
    stamp = g_hash_table_lookup (self->stamps, hash);
  set_document (&before->file, save->replaced);
  before->view = confsync_local_view_ref (confsync_local_ledger_get_view (self->ledger));
  before->hash = g_strdup (hash);
  before->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  g_queue_push_head (&self->befores, before);
  while (self->befores.length > BEFORES_MAX ||
         (self->befores.length > 1 && size_of_befores (self) > BEFORES_MAX_BYTES))
    confsync_local_before_free (g_queue_pop_tail (&self->befores));
}

/* What a file says that somebody was slow to save, and the file that it was made on (nullable).
 * Where it says what that said, only its local members are new: then @stamp is what that was saved
 * with. The save that took the file away may not have been heard of yet. */
static ConfsyncDocument *
read_late (ConfsyncLocalStore *self,
           ConfsyncDocument *live,
           ConfsyncDocument **base,
           ConfsyncStamp **stamp)
{
  ConfsyncLocalBefore *newest = g_queue_peek_head (&self->befores);
  ConfsyncDocument *current = confsync_local_ledger_get_live (self->ledger);
  g_autoptr (ConfsyncDocument) shared = confsync_local_ledger_read (self->ledger, live);

  *base = current;
  *stamp = confsync_local_ledger_get_stamp (self->ledger, confsync_document_get_hash (shared));
  if (*stamp != NULL)
    return g_steal_pointer (&shared);
  for (GList *l = self->befores.head; l != NULL; l = l->next)
    {
      ConfsyncLocalBefore *before = l->data;
      g_autoptr (ConfsyncDocument) read =
        confsync_local_ledger_read_by (self->ledger, before->view, live);

      *base = before->file;
      *stamp = before->stamp;
      if (g_strcmp0 (confsync_document_get_hash (read), before->hash) == 0)
        return g_steal_pointer (&read);
    }
  *stamp = NULL;
  *base = newest == NULL || self->saving > 0 ? current : newest->file;
  return *base == current ? g_steal_pointer (&shared)
                          : confsync_local_ledger_read_by (self->ledger, newest->view, live);
}

/* Takes the local members of what was displaced, and gives what it says to the others; NULL where
 * it says nothing new. */
static ConfsyncDocument *
take_displaced (ConfsyncLocalStore *self, Save *save, ConfsyncDocument *displaced)
{
  g_autoptr (ConfsyncDocument) shared = NULL;
  ConfsyncLocalBefore *before;

  g_mutex_lock (&self->lock);
  if (displaced != NULL)
    {
      shared = confsync_local_ledger_read (self->ledger, displaced);
      confsync_local_ledger_collect (self->ledger, save->replaced, displaced);
    }
  note_before (self, save);
  before = g_queue_peek_head (&self->befores);
  confsync_local_ledger_wrote (self->ledger, save->live,
                               confsync_revision_get_document (save->revision),
                               confsync_revision_get_stamp (save->revision));
  g_mutex_unlock (&self->lock);
  if (shared == NULL || confsync_document_is_empty (shared))
    return NULL;
  if (g_strcmp0 (confsync_document_get_hash (shared), before->hash) != 0)
    {
      remember_edit (self, displaced, shared);
      return g_steal_pointer (&shared);
    }
  if (before->stamp != NULL)
    keep_file (self, displaced, before->stamp, before->hash, edit_kept_cb);
  return NULL;
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Save) save = user_data;
  ConfsyncLocalStore *self = save->self;
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (ConfsyncDocument) edit = NULL;
  g_autoptr (GError) error = NULL;
  gboolean saved =
    confsync_store_save_finish (CONFSYNC_STORE (source), result, &displaced, &error);

  self->saving--;
  self->saving_again -= save->task == NULL;
  self->saved = TRUE;
  if (self->saving == 0)
    g_clear_pointer (&self->written, confsync_document_unref);
  if (saved)
    edit = take_displaced (self, save, displaced);
  if (save->task != NULL && saved)
    confsync_store_return_saved (save->task, edit);
  else if (save->task != NULL)
    g_task_return_error (save->task, g_steal_pointer (&error));
  else if (!saved && !self->stuck)
    confsync_store_emit_notice (CONFSYNC_STORE (self), error->message);
  else if (edit != NULL)
    confsync_store_emit_displaced (CONFSYNC_STORE (self), edit);
  self->stuck = !saved;
  if (saved)
    confsync_local_store_follow_up (self);
}

static ConfsyncRevision *
make_laid (ConfsyncDocument *live, ConfsyncRevision *revision)
{
  return confsync_revision_new_laid (live, confsync_revision_get_stamp (revision),
                                     confsync_revision_get_hash (revision));
}

void
confsync_local_store_save (ConfsyncLocalStore *self,
                           ConfsyncRevision *revision,
                           ConfsyncDocument *expected,
                           GTask *task)
{
  ConfsyncDocument *shared = confsync_revision_get_document (revision);
  Save *save = g_new0 (Save, 1);
  g_autoptr (ConfsyncRevision) laid = NULL;
  gboolean notes_first;

  save->self = g_object_ref (self);
  save->task = task != NULL ? g_object_ref (task) : NULL;
  save->revision = confsync_revision_ref (revision);
  save->expected = expected != NULL ? confsync_document_ref (expected) : NULL;
  g_mutex_lock (&self->lock);
  notes_first = confsync_local_ledger_announce (self->ledger, shared);
  save->replaced = self->written != NULL ? confsync_document_ref (self->written)
                                         : confsync_local_ledger_expect (self->ledger, expected);
  save->live = confsync_local_ledger_lay (self->ledger, shared);
  g_mutex_unlock (&self->lock);

  set_document (&self->written, save->live);
  self->saving++;
  self->saving_again += task == NULL;
  laid = make_laid (save->live, revision);
  if (notes_first)
    save_notes (self);
  confsync_store_save_async (self->store, laid, save->replaced,
                             task != NULL ? g_task_get_cancellable (task) : NULL, saved_cb, save);
}

/* Writing versions */

static void
version_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  ConfsyncLocalStore *self = call->self;
  GError *error = NULL;
  g_autofree char *name =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, &error);

  if (name == NULL)
    {
      g_task_return_error (call->task, error);
      return;
    }
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->hashes, g_strdup (name), g_strdup (call->hash));
  g_mutex_unlock (&self->lock);
  confsync_store_return_name (call->task, name);
  confsync_local_store_follow_up (self);
}

/* The file that holds it, if there was one; else what such a file would hold. */
static ConfsyncDocument *
find_file (ConfsyncLocalStore *self, ConfsyncRevision *revision)
{
  ConfsyncDocument *edit =
    g_hash_table_lookup (self->edits, confsync_revision_get_hash (revision));
  ConfsyncDocument *file;

  if (edit == NULL)
    return confsync_local_ledger_expect (self->ledger, confsync_revision_get_document (revision));
  file = confsync_document_ref (edit);
  g_hash_table_remove (self->edits, confsync_revision_get_hash (revision));
  return file;
}

void
confsync_local_store_save_version (ConfsyncLocalStore *self,
                                   ConfsyncRevision *revision,
                                   ConfsyncCause cause,
                                   GTask *task)
{
  ConfsyncLocalCall *call = confsync_local_call_new (self, task);
  g_autoptr (ConfsyncDocument) file = NULL;
  g_autoptr (ConfsyncRevision) laid = NULL;

  call->hash = g_strdup (confsync_revision_get_hash (revision));
  g_mutex_lock (&self->lock);
  file = find_file (self, revision);
  confsync_local_ledger_kept (self->ledger, confsync_revision_get_document (revision));
  g_hash_table_insert (self->stamps, g_strdup (call->hash),
                       confsync_stamp_ref (confsync_revision_get_stamp (revision)));
  g_mutex_unlock (&self->lock);
  laid = make_laid (file, revision);
  confsync_store_save_version_async (self->store, laid, cause, g_task_get_cancellable (task),
                                     version_saved_cb, call);
}

/* What an editor left that was slow, or an earlier life */

void
confsync_local_store_displaced_cb (ConfsyncStore *store, ConfsyncDocument *live, gpointer user_data)
{
  g_autoptr (ConfsyncLocalStore) self = g_object_ref (user_data);
  g_autoptr (ConfsyncDocument) shared = NULL;
  g_autoptr (ConfsyncStamp) known = NULL;
  ConfsyncDocument *base;
  ConfsyncStamp *stamp;

  if (!confsync_local_store_is_active (self))
    {
      confsync_store_emit_displaced (CONFSYNC_STORE (self), live);
      return;
    }
  if (self->ledger == NULL || confsync_document_is_empty (live))
    return;
  g_mutex_lock (&self->lock);
  shared = read_late (self, live, &base, &stamp);
  /* before the first save, this is of an earlier life */
  if (self->saved)
    confsync_local_ledger_collect (self->ledger, base, live);
  else if (stamp == NULL)
    stamp = g_hash_table_lookup (self->stamps, confsync_document_get_hash (shared));
  known = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  g_mutex_unlock (&self->lock);

  if (known != NULL)
    keep_file (self, live, known, confsync_document_get_hash (shared), edit_kept_cb);
  else if (!confsync_document_is_empty (shared))
    {
      remember_edit (self, live, shared);
      confsync_store_emit_displaced (CONFSYNC_STORE (self), shared);
    }
  confsync_local_store_follow_up (self);
}

/* What follows */

static void
retired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalStore) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, &error);
  g_autofree char *message =
    name != NULL
      ? g_strdup_printf ("other members are local now, and those that are no more get the shared "
                         "value; the file as it was is kept as %s", name)
      : g_strdup (error->message);

  confsync_store_emit_notice (CONFSYNC_STORE (self), message);
}

static void
write_again (ConfsyncLocalStore *self)
{
  g_autoptr (ConfsyncDocument) shared = NULL;
  g_autoptr (ConfsyncDocument) file = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncRevision) revision = NULL;
  gboolean stale, retiring;

  /* the save's end brings us back here */
  if (self->saving > 0)
    return;
  g_mutex_lock (&self->lock);
  stale = confsync_local_ledger_is_stale (self->ledger, &shared, &stamp);
  retiring = stale && confsync_local_ledger_is_retiring (self->ledger);
  if (retiring)
    file = confsync_local_ledger_expect (self->ledger, shared);
  g_mutex_unlock (&self->lock);
  if (!stale)
    return;
  if (retiring)
    keep_file (self, file, stamp, confsync_document_get_hash (shared), retired_cb);
  revision = confsync_revision_new (shared, stamp);
  confsync_local_store_save (self, revision, shared, NULL);
}

static void
tell (ConfsyncLocalStore *self)
{
  for (;;)
    {
      g_autofree char *notice = NULL;

      g_mutex_lock (&self->lock);
      notice = confsync_local_ledger_pop_notice (self->ledger);
      g_mutex_unlock (&self->lock);
      if (notice == NULL)
        return;
      confsync_store_emit_notice (CONFSYNC_STORE (self), notice);
    }
}

static gboolean
follow_up_cb (gpointer user_data)
{
  ConfsyncLocalStore *self = user_data;
  gboolean dirty;

  /* nobody is left who would hear of it */
  if (self->store == NULL)
    return G_SOURCE_REMOVE;
  tell (self);
  g_mutex_lock (&self->lock);
  dirty = confsync_local_ledger_is_dirty (self->ledger);
  g_mutex_unlock (&self->lock);
  if (dirty)
    save_notes (self);
  write_again (self);
  return G_SOURCE_REMOVE;
}

void
confsync_local_store_follow_up (ConfsyncLocalStore *self)
{
  g_autoptr (GMainContext) here = g_main_context_ref_thread_default ();
  g_autoptr (GSource) source = NULL;

  if (here == self->context)
    {
      follow_up_cb (self);
      return;
    }
  /* a caller of another thread, or one that waits in a context of its own */
  source = g_idle_source_new ();
  g_source_set_callback (source, follow_up_cb, g_object_ref (self), g_object_unref);
  g_source_set_static_name (source, "confsync local store follow-up");
  g_source_attach (source, self->context);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a store with local members. As long as no member is local, and none was, all
 * calls go to the store behind it as they came, task and all.
 */

#include "config.h"

#include "confsync-local-store-inside-private.h"

#include "confsync-error.h"
#include "confsync-store-private.h"

enum {
  PROP_STORE = 1,
  PROP_LOCAL_KEYS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void confsync_local_store_initable_init (GInitableIface *iface);
static void confsync_local_store_iface_init (ConfsyncStoreInterface *iface);

/**
 * ConfsyncLocalStore:
 *
 * A store before another one, which keeps some members on this machine.
 *
 * The live configuration is the shared one with the local members laid over it. What this store
 * loads and lists is the shared one: it has at each local member what the others have there, or
 * nothing. What it saves is laid: it has there what the live configuration had before. So whoever
 * uses this store never sees a local value. Versions keep the live configuration as it was, local
 * members included; their hash is that of what is shared.
 *
 * The values are also among the engine's notes: one that has no room, because something else than
 * an object is where it belongs, waits there. Where a member is no longer named, the live
 * configuration gets the shared value back, and is kept as a version before.
 *
 * Without keys, and without any in an earlier life, it passes everything on as it is.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncLocalStore, confsync_local_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE,
                                                      confsync_local_store_initable_init)
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE,
                                                      confsync_local_store_iface_init))

static void
notice_cb (ConfsyncStore *store, const char *message, gpointer user_data)
{
  confsync_store_emit_notice (user_data, message);
}

static void
confsync_local_store_constructed (GObject *object)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (object);
  g_autoptr (ConfsyncLocalMembers) members =
    confsync_local_members_new ((const char *const *) self->local_keys, &self->invalid);

  G_OBJECT_CLASS (confsync_local_store_parent_class)->constructed (object);
  self->context = g_main_context_ref_thread_default ();
  if (members != NULL)
    self->ledger = confsync_local_ledger_new (members);
  else
    g_prefix_error_literal (&self->invalid, "local-keys: ");
  if (self->store == NULL)
    {
      g_clear_error (&self->invalid);
      self->invalid = g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                                   "a store with local members needs one behind it");
      return;
    }
  g_signal_connect (self->store, "displaced", G_CALLBACK (confsync_local_store_displaced_cb), self);
  g_signal_connect (self->store, "notice", G_CALLBACK (notice_cb), self);
}

static void
confsync_local_store_dispose (GObject *object)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (object);

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (confsync_local_store_parent_class)->dispose (object);
}

static void
confsync_local_store_finalize (GObject *object)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (object);

  g_strfreev (self->local_keys);
  g_clear_error (&self->invalid);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->ledger, confsync_local_ledger_free);
  g_clear_pointer (&self->notes, confsync_document_unref);
  g_clear_pointer (&self->written, confsync_document_unref);
  g_queue_clear_full (&self->befores, (GDestroyNotify) confsync_local_before_free);
  g_hash_table_unref (self->hashes);
  g_hash_table_unref (self->stamps);
  g_hash_table_unref (self->edits);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (confsync_local_store_parent_class)->finalize (object);
}

static void
confsync_local_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (object);

  if (id == PROP_STORE)
    g_value_set_object (value, self->store);
  else if (id == PROP_LOCAL_KEYS)
    g_value_set_boxed (value, self->local_keys);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
confsync_local_store_set_property (GObject *object,
                                   guint id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (object);

  if (id == PROP_STORE)
    self->store = g_value_dup_object (value);
  else if (id == PROP_LOCAL_KEYS)
    self->local_keys = g_value_dup_boxed (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
confsync_local_store_class_init (ConfsyncLocalStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  confsync_store_set_shortcuts (CONFSYNC_TYPE_LOCAL_STORE, &confsync_local_store_shortcuts);
  object_class->constructed = confsync_local_store_constructed;
  object_class->dispose = confsync_local_store_dispose;
  object_class->finalize = confsync_local_store_finalize;
  object_class->get_property = confsync_local_store_get_property;
  object_class->set_property = confsync_local_store_set_property;

  /**
   * ConfsyncLocalStore:store:
   *
   * The store behind this one.
   *
   * Since: 1.0
   */
  props[PROP_STORE] = g_param_spec_object ("store", NULL, NULL, CONFSYNC_TYPE_STORE, flags);
  /**
   * ConfsyncLocalStore:local-keys:
   *
   * JSON Pointers of the members that stay on this machine, such as `/device_id`. They may not lead
   * into arrays, nor into one another.
   *
   * Since: 1.0
   */
  props[PROP_LOCAL_KEYS] = g_param_spec_boxed ("local-keys", NULL, NULL, G_TYPE_STRV, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
confsync_local_store_init (ConfsyncLocalStore *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->befores);
  self->hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->stamps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) confsync_stamp_unref);
  self->edits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) confsync_document_unref);
}

static gboolean
confsync_local_store_initable (GInitable *initable, GCancellable *cancellable, GError **error)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (initable);

  if (self->invalid != NULL && error != NULL)
    *error = g_error_copy (self->invalid);
  return self->invalid == NULL;
}

static void
confsync_local_store_initable_init (GInitableIface *iface)
{
  iface->init = confsync_local_store_initable;
}

ConfsyncLocalCall *
confsync_local_call_new (ConfsyncLocalStore *self, GTask *task)
{
  ConfsyncLocalCall *call = g_new0 (ConfsyncLocalCall, 1);

  call->self = g_object_ref (self);
  call->task = g_object_ref (task);
  return call;
}

void
confsync_local_call_free (ConfsyncLocalCall *self)
{
  g_object_unref (self->task);
  g_clear_pointer (&self->document, confsync_document_unref);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_free (self->name);
  g_free (self->hash);
  g_object_unref (self->self);
  g_free (self);
}

/* The store behind, where a call is to go there as it is; one of no use is answered. */
static ConfsyncStore *
get_target (ConfsyncLocalStore *self, GTask *task, gboolean *done)
{
  *done = self->invalid != NULL;
  if (*done)
    g_task_return_error (task, g_error_copy (self->invalid));
  return *done || confsync_local_store_is_active (self) ? NULL : self->store;
}

static void
load (ConfsyncStore *store, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);

  if (target != NULL)
    CONFSYNC_STORE_GET_IFACE (target)->load (target, task);
  else if (!done)
    confsync_local_store_load (self, task);
}

static void
save (ConfsyncStore *store, ConfsyncRevision *revision, ConfsyncDocument *expected, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);

  if (target != NULL)
    CONFSYNC_STORE_GET_IFACE (target)->save (target, revision, expected, task);
  else if (!done)
    confsync_local_store_save (self, revision, expected, task);
}

static void
save_version (ConfsyncStore *store, ConfsyncRevision *revision, ConfsyncCause cause, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);

  if (target != NULL)
    CONFSYNC_STORE_GET_IFACE (target)->save_version (target, revision, cause, task);
  else if (!done)
    confsync_local_store_save_version (self, revision, cause, task);
}

static void
list_versions (ConfsyncStore *store, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);

  if (target != NULL)
    CONFSYNC_STORE_GET_IFACE (target)->list_versions (target, task);
  else if (!done)
    confsync_local_store_list_versions (self, task);
}

static void
get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);

  if (target != NULL)
    CONFSYNC_STORE_GET_IFACE (target)->get_version (target, name, task);
  else if (!done)
    confsync_local_store_get_version (self, name, task);
}

/* Versions are known by what is shared, so this is the same on both sides. */
static void
acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);

  if (self->invalid != NULL)
    g_task_return_error (task, g_error_copy (self->invalid));
  else
    CONFSYNC_STORE_GET_IFACE (self->store)->acknowledge (self->store, revision, task);
}

static void
state_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncLocalCall) call = user_data;
  ConfsyncLocalStore *self = call->self;
  GError *error = NULL;
  g_autoptr (ConfsyncDocument) notes =
    confsync_store_load_state_finish (CONFSYNC_STORE (source), result, &error);
  g_autoptr (ConfsyncDocument) others = NULL;

  if (notes == NULL)
    {
      g_task_return_error (call->task, error);
      return;
    }
  g_mutex_lock (&self->lock);
  others = confsync_local_ledger_restore (self->ledger, notes);
  g_clear_pointer (&self->notes, confsync_document_unref);
  self->notes = confsync_document_ref (others);
  g_mutex_unlock (&self->lock);
  confsync_store_return_document (call->task, others);
}

/* Whether any member was local before is told by the notes, so these are always looked at. */
static void
load_state (ConfsyncStore *store, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);

  if (self->invalid != NULL)
    g_task_return_error (task, g_error_copy (self->invalid));
  else
    confsync_store_load_state_async (self->store, g_task_get_cancellable (task), state_loaded_cb,
                                     confsync_local_call_new (self, task));
}

static void
save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  ConfsyncLocalStore *self = CONFSYNC_LOCAL_STORE (store);
  gboolean done;
  ConfsyncStore *target = get_target (self, task, &done);
  g_autoptr (ConfsyncDocument) notes = NULL;

  if (done)
    return;
  if (target != NULL)
    {
      CONFSYNC_STORE_GET_IFACE (target)->save_state (target, state, task);
      return;
    }
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->notes, confsync_document_unref);
  self->notes = confsync_document_ref (state);
  confsync_local_ledger_note_head (self->ledger, state);
  notes = confsync_local_ledger_save (self->ledger, state);
  g_mutex_unlock (&self->lock);
  CONFSYNC_STORE_GET_IFACE (self->store)->save_state (self->store, notes, task);
  confsync_local_store_follow_up (self);
}

static void
confsync_local_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = load;
  iface->save = save;
  iface->save_version = save_version;
  iface->list_versions = list_versions;
  iface->get_version = get_version;
  iface->acknowledge = acknowledge;
  iface->load_state = load_state;
  iface->save_state = save_state;
}

/**
 * confsync_local_store_new:
 * @store: the store behind the new one
 * @local_keys: (nullable) (array zero-terminated=1): JSON Pointers of the members that stay on this
 *   machine
 * @error: return location for an error, or %NULL
 *
 * Makes a store. Nothing is read or written yet.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER for what is no JSON Pointer, for one of the whole
 * document, for one of a place in an array, and for one inside another.
 *
 * Returns: (transfer full): the store
 *
 * Since: 1.0
 */
ConfsyncLocalStore *
confsync_local_store_new (ConfsyncStore *store, const char *const *local_keys, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_STORE (store), NULL);

  return g_initable_new (CONFSYNC_TYPE_LOCAL_STORE, NULL, error, "store", store, "local-keys",
                         local_keys, NULL);
}

/**
 * confsync_local_store_check_keys:
 * @local_keys: (nullable) (array zero-terminated=1): JSON Pointers
 * @error: return location for an error, or %NULL
 *
 * Tells whether members may be local together. Fails as [ctor@LocalStore.new] does.
 *
 * Returns: whether they may
 *
 * Since: 1.0
 */
gboolean
confsync_local_store_check_keys (const char *const *local_keys, GError **error)
{
  g_autoptr (ConfsyncLocalMembers) members = confsync_local_members_new (local_keys, error);

  return members != NULL;
}

/**
 * confsync_local_store_get_store:
 * @self: a store
 *
 * Gets the store behind it.
 *
 * Returns: (transfer none): the store behind it
 *
 * Since: 1.0
 */
ConfsyncStore *
confsync_local_store_get_store (ConfsyncLocalStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_LOCAL_STORE (self), NULL);

  return self->store;
}

/**
 * confsync_local_store_get_local_keys:
 * @self: a store
 *
 * Gets the JSON Pointers of the members that stay on this machine.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the pointers, as they were given
 *
 * Since: 1.0
 */
const char *const *
confsync_local_store_get_local_keys (ConfsyncLocalStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_LOCAL_STORE (self), NULL);

  return (const char *const *) self->local_keys;
}

/**
 * confsync_local_store_is_active:
 * @self: a store
 *
 * Tells whether it does anything else than passing calls on: a member is local, or was in an
 * earlier life, which is known once the engine's notes were loaded. May be called from any thread.
 *
 * Returns: whether the store behind it holds something else than this one shows
 *
 * Since: 1.0
 */
gboolean
confsync_local_store_is_active (ConfsyncLocalStore *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (CONFSYNC_IS_LOCAL_STORE (self), FALSE);

  locker = g_mutex_locker_new (&self->lock);
  return self->ledger == NULL || confsync_local_ledger_is_active (self->ledger);
}

/**
 * confsync_local_store_lay:
 * @self: a store
 * @shared: a document as this store loads it
 *
 * Gives what the live configuration holds, or would hold, where it is that: with the local members
 * of this machine.
 *
 * Returns: (transfer full): the document with local members
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_local_store_lay (ConfsyncLocalStore *self, ConfsyncDocument *shared)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (CONFSYNC_IS_LOCAL_STORE (self), NULL);
  g_return_val_if_fail (shared != NULL, NULL);

  locker = g_mutex_locker_new (&self->lock);
  return self->ledger != NULL ? confsync_local_ledger_lay (self->ledger, shared)
                              : confsync_document_ref (shared);
}

/**
 * confsync_local_store_split:
 * @self: a store
 * @document: a document with local members, as [method@LocalStore.lay] gives it, changed by an
 *   application
 *
 * Takes an application's edit apart: where it changed local members, these are changed here; what
 * is left is for the others. The live configuration gets the local members with the next save,
 * or by itself where nothing else was changed.
 *
 * Returns: (transfer full): the shared document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_local_store_split (ConfsyncLocalStore *self, ConfsyncDocument *document)
{
  ConfsyncDocument *shared;

  g_return_val_if_fail (CONFSYNC_IS_LOCAL_STORE (self), NULL);
  g_return_val_if_fail (document != NULL, NULL);

  if (!confsync_local_store_is_active (self) || self->ledger == NULL)
    return confsync_document_ref (document);
  g_mutex_lock (&self->lock);
  shared = confsync_local_ledger_split (self->ledger, document);
  g_mutex_unlock (&self->lock);
  confsync_local_store_follow_up (self);
  return shared;
}

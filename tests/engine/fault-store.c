/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Everything is handed to the inner store's own functions, unless it is broken.
 */

#include "fault-store.h"

#include "test-revision.h"

struct _FaultStore
{
  GObject parent_instance;

  ConfsyncStore *inner;
  char *broken;
};

static gboolean
is_broken (ConfsyncStore *store, const char *what, GTask *task)
{
  FaultStore *self = FAULT_STORE (store);

  if (g_strcmp0 (self->broken, what) != 0)
    return FALSE;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "%s is broken", what);
  return TRUE;
}

#define INNER(store) FAULT_STORE (store)->inner
#define INNER_IFACE(store) CONFSYNC_STORE_GET_IFACE (INNER (store))

static void
fault_store_load (ConfsyncStore *store, GTask *task)
{
  if (!is_broken (store, "load", task))
    INNER_IFACE (store)->load (INNER (store), task);
}

static void
fault_store_save (ConfsyncStore *store,
                  ConfsyncRevision *revision,
                  ConfsyncDocument *expected,
                  GTask *task)
{
  if (!is_broken (store, "save", task))
    INNER_IFACE (store)->save (INNER (store), revision, expected, task);
}

static void
fault_store_save_version (ConfsyncStore *store,
                          ConfsyncRevision *revision,
                          ConfsyncCause cause,
                          GTask *task)
{
  if (!is_broken (store, "save_version", task))
    INNER_IFACE (store)->save_version (INNER (store), revision, cause, task);
}

static void
fault_store_list_versions (ConfsyncStore *store, GTask *task)
{
  if (!is_broken (store, "list_versions", task))
    INNER_IFACE (store)->list_versions (INNER (store), task);
}

static void
fault_store_get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  if (!is_broken (store, "get_version", task))
    INNER_IFACE (store)->get_version (INNER (store), name, task);
}

static void
fault_store_acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  if (!is_broken (store, "acknowledge", task))
    INNER_IFACE (store)->acknowledge (INNER (store), revision, task);
}

static void
fault_store_load_state (ConfsyncStore *store, GTask *task)
{
  if (!is_broken (store, "load_state", task))
    INNER_IFACE (store)->load_state (INNER (store), task);
}

static void
fault_store_save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  if (!is_broken (store, "save_state", task))
    INNER_IFACE (store)->save_state (INNER (store), state, task);
}

static void
fault_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = fault_store_load;
  iface->save = fault_store_save;
  iface->save_version = fault_store_save_version;
  iface->list_versions = fault_store_list_versions;
  iface->get_version = fault_store_get_version;
  iface->acknowledge = fault_store_acknowledge;
  iface->load_state = fault_store_load_state;
  iface->save_state = fault_store_save_state;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FaultStore, fault_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE, fault_store_iface_init))

static void
fault_store_finalize (GObject *object)
{
  g_object_unref (FAULT_STORE (object)->inner);
  g_free (FAULT_STORE (object)->broken);

  G_OBJECT_CLASS (fault_store_parent_class)->finalize (object);
}

static void
fault_store_class_init (FaultStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fault_store_finalize;
}

static void
fault_store_init (FaultStore *self)
{
  self->inner = CONFSYNC_STORE (confsync_memory_store_new ());
}

FaultStore *
fault_store_new (const char *text)
{
  FaultStore *self = g_object_new (FAULT_TYPE_STORE, NULL);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->inner), document);
  return self;
}

void
fault_store_break (FaultStore *self, const char *what)
{
  g_free (self->broken);
  self->broken = g_strdup (what);
}

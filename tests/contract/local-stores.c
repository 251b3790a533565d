/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A ConfsyncLocalStore over a store in memory, and one over a file. All calls go straight to it. In
 * memory, each edit comes with a local member, of which nobody may see anything.
 */

#include "local-stores.h"

static const char *const local_keys[] = { "/device_id", "/secrets/key", NULL };

enum {
  PROP_MAX_VERSIONS = 1,
  PROP_PATH,
};

struct _TestLocalMemoryStore
{
  GObject parent_instance;
  ConfsyncStore *behind; /* (owned) */
  ConfsyncStore *store;  /* (owned): with local members */
};

struct _TestLocalFileStore
{
  GObject parent_instance;
  ConfsyncStore *behind; /* (owned) */
  ConfsyncStore *store;  /* (owned): with local members */
  char *path;
};

static ConfsyncStore *
get_store (ConfsyncStore *store)
{
  return g_object_get_data (G_OBJECT (store), "local-store");
}

static void
forward_load (ConfsyncStore *store, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->load (get_store (store), task);
}

static void
forward_save (ConfsyncStore *store,
              ConfsyncRevision *revision,
              ConfsyncDocument *expected,
              GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->save (get_store (store), revision, expected, task);
}

static void
forward_save_version (ConfsyncStore *store,
                      ConfsyncRevision *revision,
                      ConfsyncCause cause,
                      GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))
    ->save_version (get_store (store), revision, cause, task);
}

static void
forward_list_versions (ConfsyncStore *store, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->list_versions (get_store (store), task);
}

static void
forward_get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->get_version (get_store (store), name, task);
}

static void
forward_acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->acknowledge (get_store (store), revision, task);
}

static void
forward_load_state (ConfsyncStore *store, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->load_state (get_store (store), task);
}

static void
forward_save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  CONFSYNC_STORE_GET_IFACE (get_store (store))->save_state (get_store (store), state, task);
}

static void
test_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = forward_load;
  iface->save = forward_save;
  iface->save_version = forward_save_version;
  iface->list_versions = forward_list_versions;
  iface->get_version = forward_get_version;
  iface->acknowledge = forward_acknowledge;
  iface->load_state = forward_load_state;
  iface->save_state = forward_save_state;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestLocalMemoryStore, test_local_memory_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE, test_store_iface_init))

G_DEFINE_FINAL_TYPE_WITH_CODE (TestLocalFileStore, test_local_file_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE, test_store_iface_init))

static void
displaced_cb (ConfsyncStore *store, ConfsyncDocument *document, gpointer outer)
{
  confsync_store_emit_displaced (outer, document);
}

/* Gives the store with local members. */
static ConfsyncStore *
put_before (GObject *outer, ConfsyncStore *behind)
{
  g_autoptr (GError) error = NULL;
  ConfsyncLocalStore *store = confsync_local_store_new (behind, local_keys, &error);

  g_assert_no_error (error);
  g_object_set_data (outer, "local-store", store);
  g_signal_connect (store, "displaced", G_CALLBACK (displaced_cb), outer);
  return CONFSYNC_STORE (store);
}

static void
let_go (GObject *outer, ConfsyncStore **store, ConfsyncStore **behind)
{
  if (*store != NULL)
    g_signal_handlers_disconnect_by_data (*store, outer);
  g_clear_object (store);
  g_clear_object (behind);
}

/* In memory */

static void
edit_cb (TestLocalMemoryStore *self, ConfsyncDocument *document, gpointer unused)
{
  g_autoptr (GBytes) secret = g_bytes_new_static ("\"hunter2\"", 9);
  g_autoptr (ConfsyncJson) value = confsync_json_parse (secret, NULL, NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncDocument) live = NULL;

  if (document != NULL)
    {
      json = confsync_json_put (confsync_document_get_json (document), "/device_id", value, NULL);
      live = confsync_document_new_from_json (json, NULL);
    }
  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->behind), live);
}

static void
test_local_memory_store_dispose (GObject *object)
{
  TestLocalMemoryStore *self = TEST_LOCAL_MEMORY_STORE (object);

  let_go (object, &self->store, &self->behind);
  G_OBJECT_CLASS (test_local_memory_store_parent_class)->dispose (object);
}

static void
test_local_memory_store_set_property (GObject *object,
                                      guint id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  g_object_set_property (G_OBJECT (TEST_LOCAL_MEMORY_STORE (object)->behind), "max-versions",
                         value);
}

static void
test_local_memory_store_class_init (TestLocalMemoryStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = test_local_memory_store_dispose;
  object_class->set_property = test_local_memory_store_set_property;
  g_object_class_install_property (
    object_class, PROP_MAX_VERSIONS,
    g_param_spec_uint ("max-versions", NULL, NULL, 0, G_MAXUINT, 100, G_PARAM_WRITABLE));
  g_signal_new_class_handler ("contract-edit", TEST_TYPE_LOCAL_MEMORY_STORE, G_SIGNAL_RUN_LAST,
                              G_CALLBACK (edit_cb), NULL, NULL, NULL, G_TYPE_NONE, 1,
                              CONFSYNC_TYPE_DOCUMENT);
}

static void
test_local_memory_store_init (TestLocalMemoryStore *self)
{
  self->behind = CONFSYNC_STORE (confsync_memory_store_new ());
  self->store = put_before (G_OBJECT (self), self->behind);
}

/* In a file */

static void
test_local_file_store_constructed (GObject *object)
{
  TestLocalFileStore *self = TEST_LOCAL_FILE_STORE (object);

  G_OBJECT_CLASS (test_local_file_store_parent_class)->constructed (object);
  self->behind = CONFSYNC_STORE (confsync_file_store_new (self->path, NULL));
  self->store = put_before (object, self->behind);
}

static void
test_local_file_store_dispose (GObject *object)
{
  TestLocalFileStore *self = TEST_LOCAL_FILE_STORE (object);

  let_go (object, &self->store, &self->behind);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (test_local_file_store_parent_class)->dispose (object);
}

static void
test_local_file_store_set_property (GObject *object,
                                    guint id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  TestLocalFileStore *self = TEST_LOCAL_FILE_STORE (object);

  if (id == PROP_PATH)
    self->path = g_value_dup_string (value);
  else
    g_object_set_property (G_OBJECT (self->behind), "max-versions", value);
}

static void
test_local_file_store_class_init (TestLocalFileStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = test_local_file_store_constructed;
  object_class->dispose = test_local_file_store_dispose;
  object_class->set_property = test_local_file_store_set_property;
  g_object_class_install_property (
    object_class, PROP_MAX_VERSIONS,
    g_param_spec_uint ("max-versions", NULL, NULL, 0, G_MAXUINT, 100, G_PARAM_WRITABLE));
  g_object_class_install_property (
    object_class, PROP_PATH,
    g_param_spec_string ("path", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY));
}

static void
test_local_file_store_init (TestLocalFileStore *self)
{
}

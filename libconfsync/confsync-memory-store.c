/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store in memory. It answers at once, that is from the main context; names of versions and
 * retention are those of the file store.
 */

#include "config.h"

#include "confsync-memory-store.h"

#include "confsync-error.h"
#include "confsync-file-store.h"
#include "confsync-needed-private.h"
#include "confsync-retention-private.h"
#include "confsync-revision-private.h"
#include "confsync-version-name-private.h"
#include "confsync-version-private.h"

enum {
  PROP_MAX_VERSIONS = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

typedef struct
{
  char *name;
  ConfsyncRevision *revision; /* (owned) */
  ConfsyncCause cause;
  gboolean acknowledged;
  guint64 sequence;
} Kept;

/**
 * ConfsyncMemoryStore:
 *
 * A configuration, its versions and the engine's notes in memory.
 *
 * Since: 1.0
 */
struct _ConfsyncMemoryStore
{
  GObject parent_instance;
  ConfsyncDocument *live; /* (owned) (nullable) */
  ConfsyncStamp *stamp;   /* (owned) (nullable) */
  gint64 modified;
  GPtrArray *versions;     /* (element-type Kept): oldest first */
  ConfsyncDocument *state; /* (owned) (nullable) */
  guint max_versions;
};

static void confsync_memory_store_iface_init (ConfsyncStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncMemoryStore, confsync_memory_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE,
                                                      confsync_memory_store_iface_init))

static void
kept_free (Kept *kept)
{
  g_free (kept->name);
  confsync_revision_unref (kept->revision);
  g_free (kept);
}

static void
confsync_memory_store_finalize (GObject *object)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (object);

  g_clear_pointer (&self->live, confsync_document_unref);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_ptr_array_unref (self->versions);
  g_clear_pointer (&self->state, confsync_document_unref);
  G_OBJECT_CLASS (confsync_memory_store_parent_class)->finalize (object);
}

static void
confsync_memory_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_MAX_VERSIONS)
    g_value_set_uint (value, CONFSYNC_MEMORY_STORE (object)->max_versions);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
confsync_memory_store_set_property (GObject *object,
                                    guint id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  if (id == PROP_MAX_VERSIONS)
    confsync_memory_store_set_max_versions (CONFSYNC_MEMORY_STORE (object),
                                            g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
confsync_memory_store_class_init (ConfsyncMemoryStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = confsync_memory_store_finalize;
  object_class->get_property = confsync_memory_store_get_property;
  object_class->set_property = confsync_memory_store_set_property;

  /**
   * ConfsyncMemoryStore:max-versions:
   *
   * How many versions stay; 0 keeps all. See [property@FileStore:max-versions].
   *
   * Since: 1.0
   */
  props[PROP_MAX_VERSIONS] =
    g_param_spec_uint ("max-versions", NULL, NULL, 0, G_MAXUINT, CONFSYNC_STORE_MAX_VERSIONS,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_EXPLICIT_NOTIFY |
                         G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
confsync_memory_store_init (ConfsyncMemoryStore *self)
{
  self->versions = g_ptr_array_new_with_free_func ((GDestroyNotify) kept_free);
}

static void
set_live (ConfsyncMemoryStore *self, ConfsyncDocument *document, ConfsyncStamp *stamp)
{
  ConfsyncDocument *old_live = self->live;
  ConfsyncStamp *old_stamp = self->stamp;

  self->live = document != NULL ? confsync_document_ref (document) : NULL;
  self->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  self->modified = document != NULL ? g_get_real_time () : 0;
  g_clear_pointer (&old_live, confsync_document_unref);
  g_clear_pointer (&old_stamp, confsync_stamp_unref);
}

static void
confsync_memory_store_load (ConfsyncStore *store, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);

  confsync_store_return_loaded (task, self->live, self->stamp, self->modified);
}

static void
confsync_memory_store_save (ConfsyncStore *store,
                            ConfsyncRevision *revision,
                            ConfsyncDocument *expected,
                            GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);
  g_autoptr (ConfsyncDocument) displaced = NULL;

  if (self->live != NULL &&
      (expected == NULL || !confsync_document_equal (self->live, expected)))
    displaced = confsync_document_ref (self->live);
  set_live (self, confsync_revision_get_document (revision),
            confsync_revision_get_stamp (revision));
  confsync_store_return_saved (task, displaced);
}

static Kept *
get_newest (ConfsyncMemoryStore *self)
{
  return self->versions->len > 0 ? self->versions->pdata[self->versions->len - 1] : NULL;
}

static void
apply_retention (ConfsyncMemoryStore *self, gint64 now_s)
{
  guint n = self->versions->len;
  g_autofree ConfsyncRetained *retained = g_new (ConfsyncRetained, n);
  g_autofree gboolean *remove = g_new (gboolean, n);
  const ConfsyncRetentionLimits limits = { .max_versions = self->max_versions };
  g_autoptr (GHashTable) needed = confsync_needed_new (self->state);

  for (guint i = 0; i < n; i++)
    {
      Kept *kept = self->versions->pdata[i];

      retained[i].time_s = confsync_version_name_get_time (kept->name);
      retained[i].lost = kept->cause == CONFSYNC_CAUSE_LOST;
      retained[i].acknowledged = kept->acknowledged;
      retained[i].needed =
        g_hash_table_contains (needed, confsync_revision_get_hash (kept->revision));
    }
  confsync_retention_select (retained, n, now_s, &limits, remove);
  for (guint i = n; i-- > 0;)
    if (remove[i])
      g_ptr_array_remove_index (self->versions, i);
}

static void
confsync_memory_store_save_version (ConfsyncStore *store,
                                    ConfsyncRevision *revision,
                                    ConfsyncCause cause,
                                    GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  Kept *newest = get_newest (self);

  if (newest != NULL && confsync_revision_same (newest->revision, revision) &&
      confsync_document_equal (confsync_revision_get_document (newest->revision),
                               confsync_revision_get_document (revision)))
    {
      /* kept before it lost: from now on it is not thinned */
      if (cause == CONFSYNC_CAUSE_LOST)
        newest->cause = cause;
    }
  else
    {
      Kept *kept = g_new0 (Kept, 1);

      kept->name = confsync_version_name_next (newest != NULL ? newest->name : NULL, now_s);
      kept->revision = confsync_revision_ref (revision);
      kept->cause = cause;
      kept->sequence = (newest != NULL ? newest->sequence : 0) + 1;
      g_ptr_array_add (self->versions, kept);
      apply_retention (self, now_s);
    }
  confsync_store_return_name (task, get_newest (self)->name);
}

static void
confsync_memory_store_list_versions (ConfsyncStore *store, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);
  g_autoptr (GPtrArray) list =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_version_unref);

  for (guint i = self->versions->len; i-- > 0;)
    {
      Kept *kept = self->versions->pdata[i];

      ConfsyncDocument *document = confsync_revision_get_document (kept->revision);
      const ConfsyncVersionFacts facts = {
        .name = kept->name,
        .stamp = confsync_revision_get_stamp (kept->revision),
        .hash = confsync_revision_get_hash (kept->revision),
        .cause = kept->cause,
        .acknowledged = kept->acknowledged,
        .sequence = kept->sequence,
        .size = g_bytes_get_size (confsync_document_get_text (document)),
      };

      g_ptr_array_add (list, confsync_version_new_of (&facts));
    }
  confsync_store_return_versions (task, (ConfsyncVersion **) list->pdata, list->len);
}

static void
confsync_memory_store_get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);

  for (guint i = 0; i < self->versions->len; i++)
    {
      Kept *kept = self->versions->pdata[i];

      if (g_str_equal (kept->name, name))
        {
          confsync_store_return_document (task, confsync_revision_get_document (kept->revision));
          return;
        }
    }
  g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                           "no version “%s” is kept", name);
}

static void
confsync_memory_store_acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);

  for (guint i = self->versions->len; i-- > 0;)
    {
      Kept *kept = self->versions->pdata[i];

      if (confsync_revision_same (kept->revision, revision))
        {
          kept->acknowledged = TRUE;
          break;
        }
    }
  g_task_return_boolean (task, TRUE);
}

static void
confsync_memory_store_load_state (ConfsyncStore *store, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);

  if (self->state != NULL)
    confsync_store_return_document (task, self->state);
  else
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                             "nothing was noted yet");
}

static void
confsync_memory_store_save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  ConfsyncMemoryStore *self = CONFSYNC_MEMORY_STORE (store);
  ConfsyncDocument *old = self->state;

  self->state = confsync_document_ref (state);
  g_clear_pointer (&old, confsync_document_unref);
  g_task_return_boolean (task, TRUE);
}

static void
confsync_memory_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = confsync_memory_store_load;
  iface->save = confsync_memory_store_save;
  iface->save_version = confsync_memory_store_save_version;
  iface->list_versions = confsync_memory_store_list_versions;
  iface->get_version = confsync_memory_store_get_version;
  iface->acknowledge = confsync_memory_store_acknowledge;
  iface->load_state = confsync_memory_store_load_state;
  iface->save_state = confsync_memory_store_save_state;
}

/**
 * confsync_memory_store_new:
 *
 * Makes an empty store.
 *
 * Returns: (transfer full): the store
 *
 * Since: 1.0
 */
ConfsyncMemoryStore *
confsync_memory_store_new (void)
{
  return g_object_new (CONFSYNC_TYPE_MEMORY_STORE, NULL);
}

/**
 * confsync_memory_store_edit:
 * @self: a store
 * @document: (nullable): what becomes the live configuration, or %NULL for none
 *
 * Plays an editor: changes the live configuration behind everybody's back. Nothing is emitted; a
 * watcher says that something may have changed.
 *
 * Since: 1.0
 */
void
confsync_memory_store_edit (ConfsyncMemoryStore *self, ConfsyncDocument *document)
{
  g_return_if_fail (CONFSYNC_IS_MEMORY_STORE (self));

  set_live (self, document, NULL);
}

/**
 * confsync_memory_store_get_live:
 * @self: a store
 *
 * Asks for the live configuration without loading it.
 *
 * Returns: (transfer none) (nullable): the live configuration, or %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_memory_store_get_live (ConfsyncMemoryStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MEMORY_STORE (self), NULL);

  return self->live;
}

/**
 * confsync_memory_store_get_max_versions:
 * @self: a store
 *
 * Gets how many versions stay.
 *
 * Returns: how many versions stay; 0 for all
 *
 * Since: 1.0
 */
guint
confsync_memory_store_get_max_versions (ConfsyncMemoryStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MEMORY_STORE (self), 0);

  return self->max_versions;
}

/**
 * confsync_memory_store_set_max_versions:
 * @self: a store
 * @max_versions: how many versions stay; 0 for all
 *
 * Sets the number; versions beyond it go when the next one is kept.
 *
 * Since: 1.0
 */
void
confsync_memory_store_set_max_versions (ConfsyncMemoryStore *self, guint max_versions)
{
  g_return_if_fail (CONFSYNC_IS_MEMORY_STORE (self));

  if (self->max_versions == max_versions)
    return;
  self->max_versions = max_versions;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_VERSIONS]);
}

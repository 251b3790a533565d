/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of the file store: settings, and calls handed to the worker. Nothing here
 * touches a file.
 */

#include "config.h"

#include "confsync-file-store.h"

#include "confsync-file-work-private.h"
#include "confsync-store-private.h"

enum {
  PROP_PATH = 1,
  PROP_BASE_DIR,
  PROP_MAX_VERSIONS,
  PROP_MAX_VERSION_DAYS,
  PROP_MAX_BYTES,
  PROP_MAX_DEPTH,
  PROP_MAX_VALUES,
  PROP_DURABILITY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/**
 * ConfsyncFileStore:
 *
 * A live file, with its versions in `config_versions/` and the engine's notes in `.confsync/` under
 * a base directory.
 *
 * A save replaces the file as a whole and then looks at what was in its place, so that an edit that
 * is made at the same moment is handed out instead of lost. Owner, mode, other attributes,
 * indentation and order of members stay as they are. A symbolic link stays, and what it leads to is
 * replaced.
 *
 * No call blocks; the work is done on a thread of its own, in the order of the calls. Signals are
 * emitted in the thread-default main context of the thread that made the store.
 *
 * A store may be dropped while calls are under way: they are carried out.
 *
 * Since: 1.0
 */
struct _ConfsyncFileStore
{
  GObject parent_instance;
  char *path;
  char *base_dir;
  ConfsyncFileSettings settings;
  ConfsyncFileWork *work; /* (owned) */
};

static void confsync_file_store_iface_init (ConfsyncStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncFileStore, confsync_file_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE,
                                                      confsync_file_store_iface_init))

static void
confsync_file_store_constructed (GObject *object)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (object);
  g_autofree char *given_base = g_steal_pointer (&self->base_dir);
  g_autofree char *given_path = g_steal_pointer (&self->path);

  /* later changes of the working directory change nothing */
  self->path = g_canonicalize_filename (given_path != NULL ? given_path : "config.json", NULL);
  self->base_dir = given_base != NULL ? g_canonicalize_filename (given_base, NULL)
                                      : g_path_get_dirname (self->path);
  self->work = confsync_file_work_new (CONFSYNC_STORE (self), self->path, self->base_dir);
  G_OBJECT_CLASS (confsync_file_store_parent_class)->constructed (object);
}

static void
confsync_file_store_finalize (GObject *object)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (object);

  confsync_file_work_close (self->work);
  g_free (self->path);
  g_free (self->base_dir);
  G_OBJECT_CLASS (confsync_file_store_parent_class)->finalize (object);
}

static void
confsync_file_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_BASE_DIR:
      g_value_set_string (value, self->base_dir);
      break;
    case PROP_MAX_VERSIONS:
      g_value_set_uint (value, self->settings.retention.max_versions);
      break;
    case PROP_MAX_VERSION_DAYS:
      g_value_set_uint (value, self->settings.retention.max_days);
      break;
    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, self->settings.limits.max_bytes);
      break;
    case PROP_MAX_DEPTH:
      g_value_set_uint (value, self->settings.limits.max_depth);
      break;
    case PROP_MAX_VALUES:
      g_value_set_uint (value, self->settings.limits.max_values);
      break;
    case PROP_DURABILITY:
      g_value_set_int (value, confsync_file_store_get_durability (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_file_store_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (object);

  switch (id)
    {
    case PROP_PATH:
      self->path = g_value_dup_string (value);
      break;
    case PROP_BASE_DIR:
      self->base_dir = g_value_dup_string (value);
      break;
    case PROP_MAX_VERSIONS:
      confsync_file_store_set_max_versions (self, g_value_get_uint (value));
      break;
    case PROP_MAX_VERSION_DAYS:
      confsync_file_store_set_max_version_days (self, g_value_get_uint (value));
      break;
    case PROP_MAX_BYTES:
      self->settings.limits.max_bytes = MIN (g_value_get_uint64 (value), G_MAXSSIZE);
      break;
    case PROP_MAX_DEPTH:
      self->settings.limits.max_depth = g_value_get_uint (value);
      break;
    case PROP_MAX_VALUES:
      self->settings.limits.max_values = g_value_get_uint (value);
      break;
    case PROP_DURABILITY:
      self->settings.fast = g_value_get_int (value) == CONFSYNC_DURABILITY_FAST;
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
install_settings (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * ConfsyncFileStore:max-versions:
   *
   * How many versions stay; 0 keeps all. Fewer stay of what is recent: at most 20 of the last
   * minute, one a minute of the last hour, one an hour of the last day.
   *
   * Since: 1.0
   */
  props[PROP_MAX_VERSIONS] =
    g_param_spec_uint ("max-versions", NULL, NULL, 0, G_MAXUINT, CONFSYNC_STORE_MAX_VERSIONS,
                       flags | G_PARAM_EXPLICIT_NOTIFY);
  /**
   * ConfsyncFileStore:max-version-days:
   *
   * How many days a version stays, counted from when it was kept here; 0 for any number. What is
   * live, what the engine needs, and the newest version that a peer holds stay in any case.
   *
   * Since: 1.0
   */
  props[PROP_MAX_VERSION_DAYS] = g_param_spec_uint ("max-version-days", NULL, NULL, 0, G_MAXUINT, 0,
                                                    flags | G_PARAM_EXPLICIT_NOTIFY);
  /**
   * ConfsyncFileStore:max-bytes:
   *
   * The largest live file that is read, in bytes.
   *
   * Since: 1.0
   */
  props[PROP_MAX_BYTES] = g_param_spec_uint64 ("max-bytes", NULL, NULL, 1, G_MAXUINT64,
                                               CONFSYNC_JSON_MAX_BYTES, flags);
  /**
   * ConfsyncFileStore:max-depth:
   *
   * The deepest nesting that is read.
   *
   * Since: 1.0
   */
  props[PROP_MAX_DEPTH] =
    g_param_spec_uint ("max-depth", NULL, NULL, 1, G_MAXUINT, CONFSYNC_JSON_MAX_DEPTH, flags);
  /**
   * ConfsyncFileStore:max-values:
   *
   * The most values that are read.
   *
   * Since: 1.0
   */
  props[PROP_MAX_VALUES] =
    g_param_spec_uint ("max-values", NULL, NULL, 1, G_MAXUINT, CONFSYNC_JSON_MAX_VALUES, flags);
  /**
   * ConfsyncFileStore:durability:
   *
   * What it waits for before it says that something is saved, a [enum@Durability].
   *
   * Since: 1.0
   */
  props[PROP_DURABILITY] =
    g_param_spec_int ("durability", NULL, NULL, CONFSYNC_DURABILITY_FULL, CONFSYNC_DURABILITY_FAST,
                      CONFSYNC_DURABILITY_FULL, flags);
}

static gboolean
confsync_file_store_load_at_hand (ConfsyncStore *store,
                                  ConfsyncDocument **document,
                                  gint64 *modified,
                                  GError **error)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (store);

  return confsync_file_work_load_at_hand (self->work, &self->settings, document, modified, error);
}

static ConfsyncStamp *
confsync_file_store_get_origin (ConfsyncStore *store)
{
  return confsync_file_work_get_origin (CONFSYNC_FILE_STORE (store)->work);
}

static void
confsync_file_store_glimpse (ConfsyncStore *store, gboolean anyway)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (store);

  confsync_file_work_glimpse (self->work, &self->settings, anyway);
}

static void
confsync_file_store_expect_save (ConfsyncStore *store)
{
  confsync_file_work_expect_save (CONFSYNC_FILE_STORE (store)->work);
}

static void
push (ConfsyncStore *store, ConfsyncFileCall *call)
{
  ConfsyncFileStore *self = CONFSYNC_FILE_STORE (store);

  call->settings = self->settings;
  confsync_file_work_push (self->work, call);
}

static void
confsync_file_store_claim (ConfsyncStore *store, GTask *task)
{
  push (store, confsync_file_call_new (CONFSYNC_FILE_CLAIM, task));
}

static void
confsync_file_store_release (ConfsyncStore *store, GTask *task)
{
  push (store, confsync_file_call_new (CONFSYNC_FILE_RELEASE, task));
}

static void
confsync_file_store_watch_damage (ConfsyncStore *store, ConfsyncDamageFunc func, gpointer data)
{
  confsync_file_work_watch_damage (CONFSYNC_FILE_STORE (store)->work, func, data);
}

static void
confsync_file_store_mend (ConfsyncStore *store,
                          const char *name,
                          ConfsyncRevision *revision,
                          GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_MEND, task);

  call->name = g_strdup (name);
  call->revision = confsync_revision_ref (revision);
  push (store, call);
}

static const ConfsyncStoreShortcuts shortcuts = {
  .load_at_hand = confsync_file_store_load_at_hand,
  .get_origin = confsync_file_store_get_origin,
  .glimpse = confsync_file_store_glimpse,
  .expect_save = confsync_file_store_expect_save,
  .claim = confsync_file_store_claim,
  .release = confsync_file_store_release,
  .watch_damage = confsync_file_store_watch_damage,
  .mend = confsync_file_store_mend,
};

static void
confsync_file_store_class_init (ConfsyncFileStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  confsync_store_set_shortcuts (CONFSYNC_TYPE_FILE_STORE, &shortcuts);
  object_class->constructed = confsync_file_store_constructed;
  object_class->finalize = confsync_file_store_finalize;
  object_class->get_property = confsync_file_store_get_property;
  object_class->set_property = confsync_file_store_set_property;

  /**
   * ConfsyncFileStore:path:
   *
   * The live file; it need not exist.
   *
   * Since: 1.0
   */
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  /**
   * ConfsyncFileStore:base-dir:
   *
   * Where versions and notes are; the live file's directory where none is given. Its last component
   * is made where it is missing.
   *
   * Since: 1.0
   */
  props[PROP_BASE_DIR] = g_param_spec_string ("base-dir", NULL, NULL, NULL, flags);
  install_settings (object_class);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
confsync_file_store_init (ConfsyncFileStore *self)
{
}

static void
confsync_file_store_load (ConfsyncStore *store, GTask *task)
{
  push (store, confsync_file_call_new (CONFSYNC_FILE_LOAD, task));
}

static void
confsync_file_store_save (ConfsyncStore *store,
                          ConfsyncRevision *revision,
                          ConfsyncDocument *expected,
                          GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_SAVE, task);

  call->revision = confsync_revision_ref (revision);
  call->document = expected != NULL ? confsync_document_ref (expected) : NULL;
  push (store, call);
}

static void
confsync_file_store_save_version (ConfsyncStore *store,
                                  ConfsyncRevision *revision,
                                  ConfsyncCause cause,
                                  GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_SAVE_VERSION, task);

  call->revision = confsync_revision_ref (revision);
  call->cause = cause;
  push (store, call);
}

static void
confsync_file_store_list_versions (ConfsyncStore *store, GTask *task)
{
  push (store, confsync_file_call_new (CONFSYNC_FILE_LIST_VERSIONS, task));
}

static void
confsync_file_store_get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_GET_VERSION, task);

  call->name = g_strdup (name);
  push (store, call);
}

static void
confsync_file_store_acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_ACKNOWLEDGE, task);

  call->revision = confsync_revision_ref (revision);
  push (store, call);
}

static void
confsync_file_store_load_state (ConfsyncStore *store, GTask *task)
{
  push (store, confsync_file_call_new (CONFSYNC_FILE_LOAD_STATE, task));
}

static void
confsync_file_store_save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  ConfsyncFileCall *call = confsync_file_call_new (CONFSYNC_FILE_SAVE_STATE, task);

  call->document = confsync_document_ref (state);
  push (store, call);
}

static void
confsync_file_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = confsync_file_store_load;
  iface->save = confsync_file_store_save;
  iface->save_version = confsync_file_store_save_version;
  iface->list_versions = confsync_file_store_list_versions;
  iface->get_version = confsync_file_store_get_version;
  iface->acknowledge = confsync_file_store_acknowledge;
  iface->load_state = confsync_file_store_load_state;
  iface->save_state = confsync_file_store_save_state;
}

/**
 * confsync_file_store_new:
 * @path: (type filename): the live file; it need not exist, its directory must before the first
 *   save
 * @base_dir: (type filename) (nullable): where versions and notes are, or %NULL for the live file's
 *   directory
 *
 * Makes a store. Nothing is read or written yet.
 *
 * Returns: (transfer full): the store
 *
 * Since: 1.0
 */
ConfsyncFileStore *
confsync_file_store_new (const char *path, const char *base_dir)
{
  g_return_val_if_fail (path != NULL, NULL);

  return g_object_new (CONFSYNC_TYPE_FILE_STORE, "path", path, "base-dir", base_dir, NULL);
}

/**
 * confsync_file_store_get_path:
 * @self: a store
 *
 * Gets the live file's path, absolute.
 *
 * Returns: (type filename): the live file's path, absolute; links in it are not followed
 *
 * Since: 1.0
 */
const char *
confsync_file_store_get_path (ConfsyncFileStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), NULL);

  return self->path;
}

/**
 * confsync_file_store_get_base_dir:
 * @self: a store
 *
 * Gets the directory of versions and notes, absolute.
 *
 * Returns: (type filename): the directory of versions and notes, absolute
 *
 * Since: 1.0
 */
const char *
confsync_file_store_get_base_dir (ConfsyncFileStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), NULL);

  return self->base_dir;
}

/**
 * confsync_file_store_get_max_versions:
 * @self: a store
 *
 * Gets how many versions stay.
 *
 * Returns: how many versions stay; 0 for all
 *
 * Since: 1.0
 */
guint
confsync_file_store_get_max_versions (ConfsyncFileStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), 0);

  return self->settings.retention.max_versions;
}

/**
 * confsync_file_store_set_max_versions:
 * @self: a store
 * @max_versions: how many versions stay; 0 for all
 *
 * Sets the number; versions beyond it go when the next one is kept.
 *
 * Since: 1.0
 */
void
confsync_file_store_set_max_versions (ConfsyncFileStore *self, guint max_versions)
{
  g_return_if_fail (CONFSYNC_IS_FILE_STORE (self));

  if (self->settings.retention.max_versions == max_versions)
    return;
  self->settings.retention.max_versions = max_versions;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_VERSIONS]);
}

/**
 * confsync_file_store_get_durability:
 * @self: a store
 *
 * Gets what it waits for before it says that something is saved.
 *
 * Returns: what it waits for
 *
 * Since: 1.0
 */
ConfsyncDurability
confsync_file_store_get_durability (ConfsyncFileStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), CONFSYNC_DURABILITY_FULL);

  return self->settings.fast ? CONFSYNC_DURABILITY_FAST : CONFSYNC_DURABILITY_FULL;
}

/**
 * confsync_file_store_get_max_version_days:
 * @self: a store
 *
 * Gets how many days a version stays.
 *
 * Returns: how many days a version stays; 0 for any number
 *
 * Since: 1.0
 */
guint
confsync_file_store_get_max_version_days (ConfsyncFileStore *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), 0);

  return self->settings.retention.max_days;
}

/**
 * confsync_file_store_set_max_version_days:
 * @self: a store
 * @days: how many days a version stays; 0 for any number
 *
 * Sets the number of days; older versions go when the next one is kept.
 *
 * Since: 1.0
 */
void
confsync_file_store_set_max_version_days (ConfsyncFileStore *self, guint days)
{
  g_return_if_fail (CONFSYNC_IS_FILE_STORE (self));

  if (self->settings.retention.max_days == days)
    return;
  self->settings.retention.max_days = days;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_VERSION_DAYS]);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The manager: what an application talks to. It brings a document's parts together, from the names
 * and paths that it was given or from objects of the application's own, and shows what the driver
 * makes of them.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"
#include "confsync-file-store.h"
#include "confsync-file-watcher.h"
#include "confsync-registry.h"

#define DEFAULT_RESOLVER "lww"
#define DEFAULT_MAX_VERSIONS 100

enum {
  PROP_NAME = 1,
  PROP_CONFIG_PATH,
  PROP_BASE_DIR,
  PROP_RESOLVER_NAME,
  PROP_MAX_VERSIONS,
  PROP_NODE,
  PROP_STORE,
  PROP_WATCHER,
  PROP_RESOLVER,
  PROP_RUNNING,
  PROP_HASH,
  PROP_LAST_SYNC_TIME,
  N_PROPERTIES
};

enum {
  CHANGED,
  EVENT,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncManager:
 *
 * One document on one instance. It keeps the live configuration in step with the other instances,
 * and tells the application of each change:
 *
 * ```c
 * g_autoptr (ConfsyncManager) manager = confsync_manager_new ("/etc/app/config.json", NULL);
 *
 * confsync_node_add_peer (confsync_manager_get_node (manager), "ws://hall:8765/sync", &error);
 * g_signal_connect (manager, "changed::/theme", G_CALLBACK (theme_changed_cb), app);
 * confsync_manager_start_async (manager, NULL, started_cb, app);
 * ```
 *
 * A manager belongs to the thread, and to the thread-default main context, in which it was started.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ConfsyncManager, confsync_manager, G_TYPE_OBJECT)

static const char *
get_hash (ConfsyncManager *self)
{
  ConfsyncRevision *head = self->driver != NULL ? confsync_driver_get_head (self->driver) : NULL;

  return head != NULL ? confsync_revision_get_hash (head) : NULL;
}

static void
confsync_manager_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_CONFIG_PATH:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_BASE_DIR:
      g_value_set_string (value, self->base_dir);
      break;
    case PROP_RESOLVER_NAME:
      g_value_set_string (value, self->resolver_name);
      break;
    case PROP_MAX_VERSIONS:
      g_value_set_uint (value, self->max_versions);
      break;
    case PROP_NODE:
      g_value_set_object (value, self->node);
      break;
    case PROP_STORE:
      g_value_set_object (value, self->store);
      break;
    case PROP_WATCHER:
      g_value_set_object (value, self->watcher);
      break;
    case PROP_RESOLVER:
      g_value_set_object (value, self->resolver);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    case PROP_HASH:
      g_value_set_string (value, get_hash (self));
      break;
    case PROP_LAST_SYNC_TIME:
      g_value_set_int64 (value, self->last_sync_time);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_manager_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  switch (id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_CONFIG_PATH:
      self->config_path = g_value_dup_string (value);
      break;
    case PROP_BASE_DIR:
      self->base_dir = g_value_dup_string (value);
      break;
    case PROP_RESOLVER_NAME:
      self->resolver_name = g_value_dup_string (value);
      break;
    case PROP_MAX_VERSIONS:
      self->max_versions = g_value_get_uint (value);
      break;
    case PROP_NODE:
      self->node = g_value_dup_object (value);
      break;
    case PROP_STORE:
      self->store = g_value_dup_object (value);
      break;
    case PROP_WATCHER:
      self->watcher = g_value_dup_object (value);
      break;
    case PROP_RESOLVER:
      self->resolver = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_manager_constructed (GObject *object)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  G_OBJECT_CLASS (confsync_manager_parent_class)->constructed (object);

  if (self->node == NULL)
    self->node = confsync_node_new (NULL);
}

/* Nobody is left whom it could serve. */
static void
stop_idle_node (ConfsyncManager *self)
{
  if (!confsync_node_has_documents (self->node))
    confsync_node_stop (self->node);
}

static void
drop_driver (ConfsyncManager *self)
{
  if (self->driver == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->driver, self);
  g_clear_object (&self->driver);
}

static void
confsync_manager_dispose (GObject *object)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  if (self->driver != NULL)
    {
      confsync_driver_stop_async (self->driver, NULL, NULL);
      stop_idle_node (self);
    }
  drop_driver (self);
  g_clear_object (&self->node);
  g_clear_object (&self->store);
  g_clear_object (&self->watcher);
  g_clear_object (&self->resolver);

  G_OBJECT_CLASS (confsync_manager_parent_class)->dispose (object);
}

static void
confsync_manager_finalize (GObject *object)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  g_free (self->name);
  g_free (self->config_path);
  g_free (self->base_dir);
  g_free (self->resolver_name);

  G_OBJECT_CLASS (confsync_manager_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags construct =
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * ConfsyncManager:name:
   *
   * The document's name, where a node has several; instances sync documents of the same name.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", construct);
  /**
   * ConfsyncManager:config-path:
   *
   * The live file.
   *
   * Since: 1.0
   */
  properties[PROP_CONFIG_PATH] = g_param_spec_string ("config-path", NULL, NULL, NULL, construct);
  /**
   * ConfsyncManager:base-dir:
   *
   * Where versions and state are kept; the folder of the live file unless given.
   *
   * Since: 1.0
   */
  properties[PROP_BASE_DIR] = g_param_spec_string ("base-dir", NULL, NULL, NULL, construct);
  /**
   * ConfsyncManager:resolver-name:
   *
   * The resolver plugin to use, where [property@Manager:resolver] isn't given; `lww` by default.
   *
   * Since: 1.0
   */
  properties[PROP_RESOLVER_NAME] =
    g_param_spec_string ("resolver-name", NULL, NULL, DEFAULT_RESOLVER, construct);
  /**
   * ConfsyncManager:max-versions:
   *
   * How many versions are kept; 0 keeps all.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_VERSIONS] = g_param_spec_uint ("max-versions", NULL, NULL, 0, G_MAXUINT,
                                                     DEFAULT_MAX_VERSIONS, construct);
  /**
   * ConfsyncManager:node:
   *
   * The node that the document is on; one of its own is made unless given.
   *
   * Since: 1.0
   */
  properties[PROP_NODE] =
    g_param_spec_object ("node", NULL, NULL, CONFSYNC_TYPE_NODE, construct);
  /**
   * ConfsyncManager:store:
   *
   * Where the document is; a file store of [property@Manager:config-path] unless given.
   *
   * Since: 1.0
   */
  properties[PROP_STORE] =
    g_param_spec_object ("store", NULL, NULL, CONFSYNC_TYPE_STORE, construct);
  /**
   * ConfsyncManager:watcher:
   *
   * What says that the document may have changed; a file watcher of
   * [property@Manager:config-path] unless given, or unless the store was given.
   *
   * Since: 1.0
   */
  properties[PROP_WATCHER] =
    g_param_spec_object ("watcher", NULL, NULL, CONFSYNC_TYPE_WATCHER, construct);
  /**
   * ConfsyncManager:resolver:
   *
   * What decides between two edits that didn't know each other.
   *
   * Since: 1.0
   */
  properties[PROP_RESOLVER] =
    g_param_spec_object ("resolver", NULL, NULL, CONFSYNC_TYPE_RESOLVER, construct);
  /**
   * ConfsyncManager:running:
   *
   * Whether it was started.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, readable);
  /**
   * ConfsyncManager:hash:
   *
   * The SHA-256 of the configuration's canonical form; %NULL where there is none.
   *
   * Since: 1.0
   */
  properties[PROP_HASH] = g_param_spec_string ("hash", NULL, NULL, NULL, readable);
  /**
   * ConfsyncManager:last-sync-time:
   *
   * When another instance's content was last applied here, or all peers last held an edit made
   * here, in microseconds since the Unix epoch; 0 before the first time.
   *
   * Since: 1.0
   */
  properties[PROP_LAST_SYNC_TIME] =
    g_param_spec_int64 ("last-sync-time", NULL, NULL, 0, G_MAXINT64, 0, readable);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_manager_class_init (ConfsyncManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_manager_get_property;
  object_class->set_property = confsync_manager_set_property;
  object_class->constructed = confsync_manager_constructed;
  object_class->dispose = confsync_manager_dispose;
  object_class->finalize = confsync_manager_finalize;
  install_properties (object_class);

  /**
   * ConfsyncManager::changed:
   * @self: the manager
   * @document: the configuration now
   * @author: the instance that made it what it is
   * @local: whether that was this instance
   *
   * The configuration is another one. A handler may ask for a detail, a JSON Pointer such as
   * `changed::/zones`: it is called where that value or anything in it has changed.
   *
   * Since: 1.0
   */
  signals[CHANGED] =
    g_signal_new ("changed", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL,
                  NULL, NULL, G_TYPE_NONE, 3, CONFSYNC_TYPE_DOCUMENT, G_TYPE_STRING,
                  G_TYPE_BOOLEAN);
  /**
   * ConfsyncManager::event:
   * @self: the manager
   * @level: how much it matters, a [enum@Level]
   * @kind: what happened, such as %CONFSYNC_EVENT_CHANGED
   * @details: what is to be said of it, a dictionary by name (`a{sv}`)
   *
   * Something happened to the document that a person may want to read. What happens to listeners
   * and peers comes with [signal@Node::event].
   *
   * Since: 1.0
   */
  signals[EVENT] =
    g_signal_new ("event", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_INT, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
confsync_manager_init (ConfsyncManager *self)
{
}

static void
driver_changed_cb (ConfsyncDriver *driver,
                   ConfsyncRevision *now,
                   ConfsyncRevision *before,
                   gboolean local,
                   gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HASH]);
  g_signal_emit (self, signals[CHANGED], 0, confsync_revision_get_document (now),
                 confsync_stamp_get_author (confsync_revision_get_stamp (now)), local);
  confsync_manager_emit_details (self, signals[CHANGED], before, now, local);
}

static void
driver_event_cb (ConfsyncDriver *driver,
                 int level,
                 const char *kind,
                 GVariant *details,
                 gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);

  if (g_str_equal (kind, CONFSYNC_EVENT_SYNCED) || g_str_equal (kind, CONFSYNC_EVENT_APPLIED))
    {
      self->last_sync_time = confsync_clock_get_time (confsync_node_get_clock (self->node));
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAST_SYNC_TIME]);
    }
  g_signal_emit (self, signals[EVENT], 0, level, kind, details);
}

static void
file_watcher_notice_cb (ConfsyncFileWatcher *watcher, GParamSpec *pspec, gpointer user_data)
{
  g_autofree char *notice = NULL;
  GVariantDict details;

  g_object_get (watcher, "notice", &notice, NULL);
  if (notice == NULL)
    return;
  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "message", "s", notice);
  g_signal_emit (user_data, signals[EVENT], 0, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_NOTICE,
                 g_variant_dict_end (&details));
}

/* Makes the parts that the application didn't bring. */
static gboolean
make_parts (ConfsyncManager *self, GError **error)
{
  if (self->store == NULL && self->config_path == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                   "a manager needs a config-path, or a store");
      return FALSE;
    }
  if (self->store == NULL)
    {
      guint64 max_bytes;
      guint max_depth, max_values;

      g_object_get (self->node, "max-bytes", &max_bytes, "max-depth", &max_depth, "max-values",
                    &max_values, NULL);
      if (self->watcher == NULL)
        self->watcher = CONFSYNC_WATCHER (confsync_file_watcher_new (self->config_path));
      self->store = g_object_new (CONFSYNC_TYPE_FILE_STORE, "path", self->config_path, "base-dir",
                                  self->base_dir, "max-versions", self->max_versions, "max-bytes",
                                  max_bytes, "max-depth", max_depth, "max-values", max_values,
                                  NULL);
    }
  if (CONFSYNC_IS_FILE_WATCHER (self->watcher))
    {
      /* once, however often it is started */
      g_signal_handlers_disconnect_by_func (self->watcher, file_watcher_notice_cb, self);
      g_signal_connect_object (self->watcher, "notify::notice",
                               G_CALLBACK (file_watcher_notice_cb), self, 0);
    }
  if (self->resolver == NULL)
    {
      GType type = confsync_registry_find (CONFSYNC_TYPE_RESOLVER, self->resolver_name, error);

      if (type == G_TYPE_INVALID)
        return FALSE;
      self->resolver = g_object_new (type, NULL);
    }
  return TRUE;
}

static void
make_driver (ConfsyncManager *self)
{
  ConfsyncJsonLimits limits = { 0 };
  guint64 max_bytes;

  g_object_get (self->node, "max-bytes", &max_bytes, "max-depth", &limits.max_depth, "max-values",
                &limits.max_values, NULL);
  limits.max_bytes = max_bytes;
  self->driver =
    confsync_driver_new (self->node, self->name,
                         self->config_path != NULL ? self->config_path : "the configuration",
                         self->store, self->watcher, self->resolver, &limits);
  g_signal_connect (self->driver, "changed", G_CALLBACK (driver_changed_cb), self);
  g_signal_connect (self->driver, "event", G_CALLBACK (driver_event_cb), self);
}

/**
 * confsync_manager_new:
 * @config_path: (type filename): the live file; it need not exist yet
 * @base_dir: (type filename) (nullable): where versions and state are kept; %NULL for the folder of
 *   the live file
 *
 * Makes a manager with a node of its own. Properties for more are set with g_object_new().
 *
 * Returns: (transfer full): a manager that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncManager *
confsync_manager_new (const char *config_path, const char *base_dir)
{
  g_return_val_if_fail (config_path != NULL, NULL);

  return g_object_new (CONFSYNC_TYPE_MANAGER, "config-path", config_path, "base-dir", base_dir,
                       NULL);
}

/**
 * confsync_manager_get_node:
 * @self: a manager
 *
 * Returns: (transfer none): the node that the document is on
 *
 * Since: 1.0
 */
ConfsyncNode *
confsync_manager_get_node (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  return self->node;
}

/**
 * confsync_manager_get_store:
 * @self: a manager
 *
 * Returns: (transfer none) (nullable): where the document is; %NULL before the start, unless it was
 *   given
 *
 * Since: 1.0
 */
ConfsyncStore *
confsync_manager_get_store (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), NULL);

  return self->store;
}

static void
set_running (ConfsyncManager *self, gboolean running)
{
  if (self->running == running)
    return;
  self->running = running;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

/* A stop, or a stop and another start, may have come before the answer. */
static gboolean
is_current (GTask *task)
{
  ConfsyncManager *self = g_task_get_source_object (task);

  return self->driver != NULL && self->driver == g_task_get_task_data (task);
}

/* Takes @error. */
static void
end_start (GTask *task, GError *error)
{
  ConfsyncManager *self = g_task_get_source_object (task);

  if (!is_current (task) && error == NULL)
    error = g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager was stopped");
  if (is_current (task) && error != NULL)
    {
      confsync_driver_stop_async (self->driver, NULL, NULL);
      drop_driver (self);
      set_running (self, FALSE);
    }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
node_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  confsync_node_start_finish (CONFSYNC_NODE (source), result, &error);
  end_start (task, error);
}

static void
driver_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ConfsyncManager *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!confsync_driver_start_finish (CONFSYNC_DRIVER (source), result, &error) ||
      !is_current (task) || confsync_node_is_running (self->node))
    {
      end_start (task, error);
      return;
    }
  confsync_node_start_async (self->node, g_task_get_cancellable (task), node_started_cb,
                             g_object_ref (task));
}

/**
 * confsync_manager_start_async:
 * @self: a manager that doesn't run
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Reads the live configuration, watches it, and starts the node unless it runs.
 *
 * Since: 1.0
 */
void
confsync_manager_start_async (ConfsyncManager *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_start_async);
  if (self->running)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                               "the manager runs already");
      return;
    }
  if (!make_parts (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  make_driver (self);
  g_task_set_task_data (task, g_object_ref (self->driver), g_object_unref);
  set_running (self, TRUE);
  confsync_driver_start_async (self->driver, cancellable, driver_started_cb,
                               g_steal_pointer (&task));
}

/**
 * confsync_manager_start_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a start. A live file that is missing or invalid is no failure; the manager says so with
 * [signal@Manager::event] and waits for a better one.
 *
 * Fails with a %G_IO_ERROR of the system where the file can't be read or the state can't be kept,
 * with %CONFSYNC_ERROR_NOT_FOUND where there is no such resolver, and with what
 * [method@Node.start_finish] fails with.
 *
 * Returns: whether the manager runs
 *
 * Since: 1.0
 */
gboolean
confsync_manager_start_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
driver_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  confsync_driver_stop_finish (CONFSYNC_DRIVER (source), result, NULL);
  g_task_return_boolean (task, TRUE);
}

/**
 * confsync_manager_stop_async:
 * @self: a manager
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async) (nullable): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Stops watching and syncing. What is being written is finished first. The node goes on where other
 * documents use it; one that the manager made is stopped.
 *
 * Since: 1.0
 */
void
confsync_manager_stop_async (ConfsyncManager *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (ConfsyncDriver) driver = NULL;

  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_manager_stop_async);
  if (self->driver == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  driver = g_object_ref (self->driver);
  drop_driver (self);
  set_running (self, FALSE);
  confsync_driver_stop_async (driver, driver_stopped_cb, g_steal_pointer (&task));
  stop_idle_node (self);
}

/**
 * confsync_manager_stop_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a stop.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
confsync_manager_stop_finish (ConfsyncManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_manager_is_running:
 * @self: a manager
 *
 * Returns: whether it was started and not stopped since
 *
 * Since: 1.0
 */
gboolean
confsync_manager_is_running (ConfsyncManager *self)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);

  return self->running;
}

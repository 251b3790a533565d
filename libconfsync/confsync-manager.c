/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The manager: what an application talks to, its properties and signals. It shows what the driver
 * makes of the parts that confsync-manager-life.c brings together.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"


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
  PROP_STATE,
  PROP_STATE_REASON,
  PROP_N_VERSIONS,
  N_PROPERTIES
};

enum {
  CHANGED,
  EVENT,
  PEERS_CHANGED,
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
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_STATE_REASON:
      g_value_set_string (value, self->state_reason);
      break;
    case PROP_N_VERSIONS:
      g_value_set_uint (value, self->n_versions);
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
node_peers_changed_cb (ConfsyncNode *node, gpointer user_data)
{
  g_signal_emit (user_data, signals[PEERS_CHANGED], 0);
}

static void
confsync_manager_constructed (GObject *object)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  G_OBJECT_CLASS (confsync_manager_parent_class)->constructed (object);

  if (self->node == NULL)
    self->node = confsync_node_new (NULL);
  g_signal_connect_object (self->node, "peers-changed", G_CALLBACK (node_peers_changed_cb),
                           self, 0);
}

static void
confsync_manager_dispose (GObject *object)
{
  ConfsyncManager *self = CONFSYNC_MANAGER (object);

  if (self->driver != NULL)
    {
      confsync_driver_stop_async (self->driver, NULL, NULL);
      confsync_manager_stop_idle_node (self);
    }
  confsync_manager_drop_driver (self);
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
  g_strfreev (self->notices);
  g_free (self->state_reason);

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
  /**
   * ConfsyncManager:state:
   *
   * Whether the document is kept in sync, or what stands in the way, a [enum@ManagerState].
   *
   * Since: 1.0
   */
  properties[PROP_STATE] =
    g_param_spec_int ("state", NULL, NULL, CONFSYNC_MANAGER_STOPPED, CONFSYNC_MANAGER_UNREADABLE,
                      CONFSYNC_MANAGER_STOPPED, readable);
  /**
   * ConfsyncManager:state-reason:
   *
   * Why it is waiting, or the live configuration can't be used, and what to do; %NULL else.
   *
   * Since: 1.0
   */
  properties[PROP_STATE_REASON] =
    g_param_spec_string ("state-reason", NULL, NULL, NULL, readable);
  /**
   * ConfsyncManager:n-versions:
   *
   * How many versions are kept. It follows a moment after one is kept or removed.
   *
   * Since: 1.0
   */
  properties[PROP_N_VERSIONS] =
    g_param_spec_uint ("n-versions", NULL, NULL, 0, G_MAXUINT, 0, readable);
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
  /**
   * ConfsyncManager::peers-changed:
   * @self: the manager
   *
   * What [method@Manager.list_peer_statuses] gives may have changed. It comes often: gather them.
   *
   * Since: 1.0
   */
  signals[PEERS_CHANGED] =
    g_signal_new ("peers-changed", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
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

  if (confsync_manager_is_sync (kind, details))
    {
      self->last_sync_time = confsync_clock_get_time (confsync_node_get_clock (self->node));
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAST_SYNC_TIME]);
    }
  g_signal_emit (self, signals[EVENT], 0, level, kind, details);
}

static void
driver_status_changed_cb (ConfsyncDriver *driver, gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);

  confsync_manager_update_status (self);
  g_signal_emit (self, signals[PEERS_CHANGED], 0);
}

void
confsync_manager_emit_event (ConfsyncManager *self,
                             ConfsyncLevel level,
                             const char *kind,
                             GVariant *details)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);

  g_signal_emit (self, signals[EVENT], 0, level, kind, sunk);
}

void
confsync_manager_set_running (ConfsyncManager *self, gboolean running)
{
  if (self->running == running)
    return;
  self->running = running;
  confsync_manager_update_status (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

void
confsync_manager_make_driver (ConfsyncManager *self)
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
  g_signal_connect (self->driver, "status-changed", G_CALLBACK (driver_status_changed_cb), self);
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
 * Gets the node that the document is on.
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
 * Gets where the document is.
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

/**
 * confsync_manager_is_running:
 * @self: a manager
 *
 * Tells whether it was started and not stopped since.
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

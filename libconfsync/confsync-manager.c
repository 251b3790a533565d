/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The manager: what an application talks to, its properties and signals. It shows what the driver
 * makes of the parts that confsync-manager-life.c brings together.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

enum {
  CHANGED,
  EVENT,
  PEERS_CHANGED,
  CONFLICTS_CHANGED,
  N_SIGNALS
};

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
  g_clear_object (&self->local);
  g_clear_object (&self->watcher);
  g_clear_object (&self->validator);
  g_clear_object (&self->resolver);
  g_clear_object (&self->decider);

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
  g_strfreev (self->local_keys);
  g_ptr_array_unref (self->rules);
  g_strfreev (self->notices);
  g_free (self->state_reason);
  g_free (self->degraded);

  G_OBJECT_CLASS (confsync_manager_parent_class)->finalize (object);
}

static void
confsync_manager_class_init (ConfsyncManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = confsync_manager_constructed;
  object_class->dispose = confsync_manager_dispose;
  object_class->finalize = confsync_manager_finalize;
  confsync_manager_install_properties (object_class);
  confsync_manager_install_validation (object_class);
  confsync_manager_install_trials (object_class);

  /**
   * ConfsyncManager::changed:
   * @self: the manager
   * @document: the configuration now
   * @author: the instance that made it what it is
   * @local: whether that was this instance; what is put back after a [signal@Manager::trial] that
   *   failed is nobody's edit
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
  /**
   * ConfsyncManager::conflicts-changed:
   * @self: the manager
   *
   * What [method@Manager.list_conflicts] gives, or [property@Manager:edited-here], may have
   * changed: a conflict is new, has another side, or is settled.
   *
   * Since: 1.0
   */
  signals[CONFLICTS_CHANGED] =
    g_signal_new ("conflicts-changed", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 0);
}

static void
confsync_manager_init (ConfsyncManager *self)
{
  self->rules = confsync_manager_new_rules ();
}

static void
driver_changed_cb (ConfsyncDriver *driver,
                   ConfsyncRevision *now,
                   ConfsyncRevision *before,
                   gboolean local,
                   gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);
  g_autoptr (ConfsyncDocument) document =
    confsync_manager_lay (self, confsync_revision_get_document (now));

  g_object_notify (G_OBJECT (self), "hash");
  g_signal_emit (self, signals[CHANGED], 0, document,
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
      g_object_notify (G_OBJECT (self), "last-sync-time");
    }
  confsync_node_audit (self->node, self->name, level, kind, details);
  g_signal_emit (self, signals[EVENT], 0, level, kind, details);
}

static void
driver_status_changed_cb (ConfsyncDriver *driver, gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);

  confsync_manager_update_status (self);
  g_signal_emit (self, signals[PEERS_CHANGED], 0);
}

static void
driver_conflicts_changed_cb (ConfsyncDriver *driver, gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);

  confsync_manager_update_conflicts (self);
  g_signal_emit (self, signals[CONFLICTS_CHANGED], 0);
}

void
confsync_manager_emit_event (ConfsyncManager *self,
                             ConfsyncLevel level,
                             const char *kind,
                             GVariant *details)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);

  confsync_node_audit (self->node, self->name, level, kind, sunk);
  g_signal_emit (self, signals[EVENT], 0, level, kind, sunk);
}

void
confsync_manager_set_running (ConfsyncManager *self, gboolean running)
{
  if (self->running == running)
    return;
  self->running = running;
  confsync_manager_update_status (self);
  confsync_manager_update_conflicts (self);
  g_object_notify (G_OBJECT (self), "running");
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
                         CONFSYNC_STORE (self->local), self->watcher, self->decider, &limits);
  confsync_driver_set_manners (self->driver, self->role, self->join);
  confsync_manager_connect_validation (self);
  confsync_manager_connect_trials (self);
  g_signal_connect (self->driver, "changed", G_CALLBACK (driver_changed_cb), self);
  g_signal_connect (self->driver, "event", G_CALLBACK (driver_event_cb), self);
  g_signal_connect (self->driver, "status-changed", G_CALLBACK (driver_status_changed_cb), self);
  g_signal_connect (self->driver, "conflicts-changed", G_CALLBACK (driver_conflicts_changed_cb),
                    self);
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
 * Gets where the document is. Where members of it stay on this machine, it is a
 * [class@LocalStore], whose versions are without them.
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

  if (self->local != NULL && confsync_local_store_is_active (self->local))
    return CONFSYNC_STORE (self->local);
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

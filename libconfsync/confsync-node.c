/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node: its properties, and its life from start to stop.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-stamp-private.h"

#define BEAT_INTERVAL_MS 30000

enum {
  PROP_INSTANCE_ID = 1,
  PROP_CLOCK,
  PROP_ALLOW_UNAUTHENTICATED,
  PROP_ALLOW_LEGACY_PEERS,
  PROP_TLS,
  PROP_AUDIT_FILE,
  PROP_RUNNING,
  N_PROPERTIES
};

enum {
  EVENT,
  PEERS_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncNode:
 *
 * An instance: its id, its listeners and its peers, shared by all documents that it keeps. It
 * belongs to the thread, and to the thread-default main context, in which it was started.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ConfsyncNode, confsync_node, G_TYPE_OBJECT)

static void
confsync_node_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  switch (id)
    {
    case PROP_INSTANCE_ID:
      g_value_set_string (value, self->instance_id);
      break;
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_ALLOW_UNAUTHENTICATED:
      g_value_set_boolean (value, self->allow_unauthenticated);
      break;
    case PROP_ALLOW_LEGACY_PEERS:
      g_value_set_boolean (value, self->allow_legacy_peers);
      break;
    case PROP_TLS:
      g_value_set_object (value, self->tls);
      break;
    case PROP_AUDIT_FILE:
      if (self->audit != NULL)
        g_value_set_string (value, confsync_audit_file_get_path (self->audit));
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      if (!confsync_node_limits_get (&self->limits, id, value) &&
          !confsync_node_get_key_property (self, id, value) &&
          !confsync_node_access_get (&self->access, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_node_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  switch (id)
    {
    case PROP_INSTANCE_ID:
      if (g_value_get_string (value) != NULL)
        confsync_node_set_instance_id (self, g_value_get_string (value), NULL);
      break;
    case PROP_CLOCK:
      g_set_object (&self->clock, g_value_get_object (value));
      break;
    case PROP_ALLOW_UNAUTHENTICATED:
      self->allow_unauthenticated = g_value_get_boolean (value);
      break;
    case PROP_ALLOW_LEGACY_PEERS:
      self->allow_legacy_peers = g_value_get_boolean (value);
      break;
    case PROP_TLS:
      g_set_object (&self->tls, g_value_get_object (value));
      confsync_node_spread_tls (self);
      break;
    default:
      if (confsync_node_limits_set (&self->limits, id, value) ||
          confsync_node_set_key_property (self, id, value))
        break;
      if (!confsync_node_access_set (&self->access, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      else
        confsync_node_spread_access (self);
    }
}

static void
confsync_node_constructed (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  G_OBJECT_CLASS (confsync_node_parent_class)->constructed (object);

  if (self->clock == NULL)
    self->clock = confsync_clock_new_system ();
}

static void
confsync_node_dispose (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  confsync_node_stop (self);
  g_clear_object (&self->clock);
  g_clear_object (&self->tls);
  g_hash_table_remove_all (self->transports);
  g_hash_table_remove_all (self->documents);

  G_OBJECT_CLASS (confsync_node_parent_class)->dispose (object);
}

static void
confsync_node_finalize (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  g_free (self->instance_id);
  g_free (self->session);
  confsync_node_clear_key (self);
  confsync_node_access_clear (&self->access);
  g_ptr_array_unref (self->addresses);
  g_ptr_array_unref (self->listeners);
  g_ptr_array_unref (self->peers);
  g_hash_table_unref (self->transports);
  g_hash_table_unref (self->documents);
  confsync_clock_book_free (self->clocks);
  g_hash_table_unref (self->refusals);
  g_clear_pointer (&self->audit, confsync_audit_file_free);

  G_OBJECT_CLASS (confsync_node_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * ConfsyncNode:instance-id:
   *
   * The name that this instance goes by. One that is not set is taken from the state of its first
   * document, or made of the host's name and six hexadecimal digits.
   *
   * Since: 1.0
   */
  properties[PROP_INSTANCE_ID] = g_param_spec_string ("instance-id", NULL, NULL, NULL,
                                                      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:clock:
   *
   * Where all its time comes from; the system's clock unless given.
   *
   * Since: 1.0
   */
  properties[PROP_CLOCK] =
    g_param_spec_object ("clock", NULL, NULL, CONFSYNC_TYPE_CLOCK,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:allow-unauthenticated:
   *
   * Whether anybody who reaches a listener may come in. Without it, a listener that other machines
   * can reach is refused, unless there is a shared key or certificates are pinned. A node that has
   * it warns at each start.
   *
   * Since: 1.0
   */
  properties[PROP_ALLOW_UNAUTHENTICATED] =
    g_param_spec_boolean ("allow-unauthenticated", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:allow-legacy-peers:
   *
   * Whether instances of the original Python module on other machines are synced with, whichever
   * side dials. They can't say who they are. On this machine they are always welcome.
   *
   * Since: 1.0
   */
  properties[PROP_ALLOW_LEGACY_PEERS] =
    g_param_spec_boolean ("allow-legacy-peers", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:tls:
   *
   * What it shows of itself in TLS (`wss://`), and whom it trusts. Without one, addresses with TLS
   * can be dialled where the system trusts their certificates. Set it before the node runs.
   *
   * Since: 1.0
   */
  properties[PROP_TLS] = g_param_spec_object ("tls", NULL, NULL, CONFSYNC_TYPE_TLS,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:audit-file:
   *
   * Where records of the audit are added; see [method@Node.set_audit_file].
   *
   * Since: 1.0
   */
  properties[PROP_AUDIT_FILE] = g_param_spec_string (
    "audit-file", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:running:
   *
   * Whether it listens and dials.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  confsync_node_install_key_properties (object_class);
}

static void
confsync_node_class_init (ConfsyncNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_node_get_property;
  object_class->set_property = confsync_node_set_property;
  object_class->constructed = confsync_node_constructed;
  object_class->dispose = confsync_node_dispose;
  object_class->finalize = confsync_node_finalize;
  install_properties (object_class);
  confsync_node_access_install (object_class);
  confsync_node_limits_install (object_class);

  /**
   * ConfsyncNode::event:
   * @self: the node
   * @level: how much it matters, a [enum@Level]
   * @kind: what happened, such as %CONFSYNC_EVENT_PEER_UP
   * @details: what is to be said of it, a dictionary by name (`a{sv}`)
   *
   * Something happened that a person may want to read.
   *
   * Since: 1.0
   */
  signals[EVENT] =
    g_signal_new ("event", CONFSYNC_TYPE_NODE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                  3, G_TYPE_INT, G_TYPE_STRING, G_TYPE_VARIANT);
  /**
   * ConfsyncNode::peers-changed:
   * @self: the node
   *
   * What [method@Node.list_peers] gives, or what it gives is like, may have changed.
   *
   * Since: 1.0
   */
  signals[PEERS_CHANGED] = g_signal_new ("peers-changed", CONFSYNC_TYPE_NODE, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
confsync_node_init (ConfsyncNode *self)
{
  self->session = confsync_random_hex (8);
  self->clocks = confsync_clock_book_new ();
  self->proofs = confsync_proof_book_new ();
  confsync_node_access_init (&self->access);
  self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->addresses = g_ptr_array_new_with_free_func (g_free);
  self->listeners = g_ptr_array_new_with_free_func (g_object_unref);
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->transports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) confsync_node_drop_entry);
}

void
confsync_node_emit_event (ConfsyncNode *self,
                          ConfsyncLevel level,
                          const char *kind,
                          GVariant *details)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);

  confsync_node_audit (self, NULL, level, kind, sunk);
  g_signal_emit (self, signals[EVENT], 0, level, kind, sunk);
}

void
confsync_node_emit_peers_changed (ConfsyncNode *self)
{
  g_signal_emit (self, signals[PEERS_CHANGED], 0);
}

static gboolean beat_cb (gpointer user_data);

static void
start_beat (ConfsyncNode *self)
{
  g_clear_pointer (&self->beat, g_source_unref);
  self->beat = confsync_clock_add_once (self->clock, BEAT_INTERVAL_MS, beat_cb, self, NULL);
}

/* One timer for everything that is due now and then. */
static gboolean
beat_cb (gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = g_object_ref (user_data);
  g_autofree char *digest = confsync_node_make_digest (self);
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self);

  start_beat (self);
  CONFSYNC_NODE_FOR_EACH (self, tick);
  for (guint i = 0; self->running && i < peers->len; i++)
    if (confsync_peer_get_link (peers->pdata[i]) != NULL)
      confsync_link_beat (confsync_peer_get_link (peers->pdata[i]), digest);
  return G_SOURCE_REMOVE;
}

void
confsync_node_finish_start (ConfsyncNode *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);
  g_autoptr (GPtrArray) peers = NULL;

  if (task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (error != NULL)
    {
      confsync_node_stop (self);
      g_task_return_error (task, error);
      return;
    }

  start_beat (self);
  peers = confsync_node_list_peers (self);
  for (guint i = 0; self->running && i < peers->len; i++)
    confsync_peer_dial (peers->pdata[i]);
  g_task_return_boolean (task, TRUE);
}

/**
 * confsync_node_new:
 * @instance_id: (nullable): the name that the instance goes by; see
 *   [property@Node:instance-id]
 *
 * Makes a node that doesn't run yet.
 *
 * Returns: (transfer full): a node that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncNode *
confsync_node_new (const char *instance_id)
{
  return g_object_new (CONFSYNC_TYPE_NODE, "instance-id", instance_id, NULL);
}

/**
 * confsync_node_get_instance_id:
 * @self: a node
 *
 * Gets the name that it goes by.
 *
 * Returns: (nullable): the name that it goes by; %NULL where it isn't decided yet
 *
 * Since: 1.0
 */
const char *
confsync_node_get_instance_id (ConfsyncNode *self)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), NULL);

  return self->instance_id;
}

/**
 * confsync_node_set_instance_id:
 * @self: a node that doesn't run
 * @id: 1 to 64 letters, digits, `.`, `_` and `-`
 * @error: return location for an error, or %NULL
 *
 * Sets the name that it goes by.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED for an id that can't be used, and with %CONFSYNC_ERROR_BUSY
 * while the node runs: others know it by its id.
 *
 * Returns: whether it goes by @id now
 *
 * Since: 1.0
 */
gboolean
confsync_node_set_instance_id (ConfsyncNode *self, const char *id, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  if (!confsync_instance_id_is_valid (id))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "“%s” can't name an instance: use 1 to 64 letters, digits, “.”, “_” and “-”",
                   id);
      return FALSE;
    }
  if (self->running)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "“%s” runs; stop it before giving it another id", self->instance_id);
      return FALSE;
    }
  g_free (self->instance_id);
  self->instance_id = g_strdup (id);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSTANCE_ID]);
  return TRUE;
}

/**
 * confsync_node_start_async:
 * @self: a node that doesn't run
 * @cancellable: (nullable): ignored once listeners are being opened
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Opens all listeners, then dials all peers.
 *
 * Since: 1.0
 */
void
confsync_node_start_async (ConfsyncNode *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (CONFSYNC_IS_NODE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_node_start_async);
  if (self->running)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                               "the node runs already");
      return;
    }
  if (!confsync_node_check_key (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  if (self->instance_id == NULL)
    self->instance_id = confsync_instance_id_make ();
  self->running = TRUE;
  self->starts++;
  if (self->audit != NULL)
    confsync_audit_file_follow (self->audit);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  self->starting = g_steal_pointer (&task);
  confsync_node_open_listeners (self, cancellable);
}

/**
 * confsync_node_start_finish:
 * @self: a node
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a start. Peers that can't be reached are no failure: they are dialled again.
 *
 * Fails with what a listener fails with; the node doesn't run then.
 *
 * Returns: whether the node runs
 *
 * Since: 1.0
 */
gboolean
confsync_node_start_finish (ConfsyncNode *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
stop_timers (ConfsyncNode *self)
{
  if (self->beat != NULL)
    g_source_destroy (self->beat);
  g_clear_pointer (&self->beat, g_source_unref);
  confsync_node_stop_telling (self);
  if (self->network != NULL)
    g_signal_handlers_disconnect_by_data (self->network, self);
  g_clear_object (&self->network);
}

/**
 * confsync_node_stop:
 * @self: a node
 *
 * Closes all listeners and links; they are opened and dialled again at the next start. Nothing is
 * emitted for them any more. Stopping a node that doesn't run does nothing.
 *
 * Since: 1.0
 */
void
confsync_node_stop (ConfsyncNode *self)
{
  g_return_if_fail (CONFSYNC_IS_NODE (self));

  if (!self->running)
    return;

  self->running = FALSE;
  stop_timers (self);
  confsync_node_stop_listeners (self);
  confsync_node_stop_peers (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  confsync_node_finish_start (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                                                 "the node was stopped"));
}

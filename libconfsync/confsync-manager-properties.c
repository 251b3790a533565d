/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager's properties: how it is made, and what of it can be watched. Whoever changes one of
 * those notifies by its name.
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
  PROP_MAX_VERSION_DAYS,
  PROP_NODE,
  PROP_STORE,
  PROP_WATCHER,
  PROP_RESOLVER,
  PROP_VALIDATOR,
  PROP_ROLE,
  PROP_JOIN,
  PROP_LOCAL_KEYS,
  PROP_CONFIRM_TIMEOUT,
  PROP_CONFIRM_SCOPE,
  PROP_RUNNING,
  PROP_HASH,
  PROP_LAST_SYNC_TIME,
  PROP_STATE,
  PROP_STATE_REASON,
  PROP_N_VERSIONS,
  PROP_N_CONFLICTS,
  PROP_EDITED_HERE,
  PROP_ON_TRIAL,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static const char *
get_hash (ConfsyncManager *self)
{
  ConfsyncRevision *head = self->driver != NULL ? confsync_driver_get_head (self->driver) : NULL;

  return head != NULL ? confsync_revision_get_hash (head) : NULL;
}

/* Those that nobody sets. */
static void
get_status (ConfsyncManager *self, guint id, GValue *value)
{
  switch (id)
    {
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
    case PROP_N_CONFLICTS:
      g_value_set_uint (value, self->n_conflicts);
      break;
    case PROP_EDITED_HERE:
      g_value_set_boolean (value, self->edited_here);
      break;
    case PROP_ON_TRIAL:
      g_value_set_boolean (value, confsync_manager_get_trial (self, NULL, NULL, NULL));
      break;
    default:
      g_warn_if_reached ();
    }
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
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
    case PROP_MAX_VERSION_DAYS:
      g_value_set_uint (value, self->max_version_days);
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
    case PROP_VALIDATOR:
      g_value_set_object (value, self->validator);
      break;
    case PROP_ROLE:
      g_value_set_int (value, self->role);
      break;
    case PROP_JOIN:
      g_value_set_int (value, self->join);
      break;
    case PROP_LOCAL_KEYS:
      g_value_set_boxed (value, self->local_keys);
      break;
    case PROP_CONFIRM_TIMEOUT:
      g_value_set_uint (value, self->confirm_timeout);
      break;
    case PROP_CONFIRM_SCOPE:
      g_value_set_int (value, self->confirm_scope);
      break;
    default:
      get_status (self, id, value);
    }
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
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
    case PROP_MAX_VERSION_DAYS:
      self->max_version_days = g_value_get_uint (value);
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
    case PROP_VALIDATOR:
      self->validator = g_value_dup_object (value);
      break;
    case PROP_ROLE:
      self->role = g_value_get_int (value);
      break;
    case PROP_JOIN:
      self->join = g_value_get_int (value);
      break;
    case PROP_LOCAL_KEYS:
      self->local_keys = g_value_dup_boxed (value);
      break;
    case PROP_CONFIRM_TIMEOUT:
      self->confirm_timeout = g_value_get_uint (value);
      break;
    case PROP_CONFIRM_SCOPE:
      self->confirm_scope = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
specify_parts (void)
{
  const GParamFlags construct =
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

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
   * ConfsyncManager:max-version-days:
   *
   * How many days a version is kept; 0 for any number. See [property@FileStore:max-version-days].
   *
   * Since: 1.0
   */
  properties[PROP_MAX_VERSION_DAYS] =
    g_param_spec_uint ("max-version-days", NULL, NULL, 0, G_MAXUINT, 0, construct);
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
   * ConfsyncManager:validator:
   *
   * What says whether a document may become the configuration, such as by a schema; %NULL where
   * anything may. It is asked before [signal@Manager::validate].
   *
   * Since: 1.0
   */
  properties[PROP_VALIDATOR] =
    g_param_spec_object ("validator", NULL, NULL, CONFSYNC_TYPE_VALIDATOR, construct);
}

static void
specify_manners (void)
{
  const GParamFlags construct =
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * ConfsyncManager:role:
   *
   * Which way edits go, a [enum@Role].
   *
   * Since: 1.0
   */
  properties[PROP_ROLE] =
    g_param_spec_int ("role", NULL, NULL, CONFSYNC_ROLE_BOTH, CONFSYNC_ROLE_RECEIVE_ONLY,
                      CONFSYNC_ROLE_BOTH, construct);
  /**
   * ConfsyncManager:join:
   *
   * What becomes of a file that was there before the first start, where others have another
   * content, a [enum@Join].
   *
   * Since: 1.0
   */
  properties[PROP_JOIN] = g_param_spec_int ("join", NULL, NULL, CONFSYNC_JOIN_ADOPT,
                                            CONFSYNC_JOIN_ASK, CONFSYNC_JOIN_ADOPT, construct);
  /**
   * ConfsyncManager:local-keys:
   *
   * JSON Pointers to members that stay on this machine, such as `/device_id`. Their values are in
   * the live file and its versions, and are never sent. %NULL for none.
   *
   * Since: 1.0
   */
  properties[PROP_LOCAL_KEYS] =
    g_param_spec_boxed ("local-keys", NULL, NULL, G_TYPE_STRV, construct);
}

static void
specify_trials (void)
{
  const GParamFlags construct =
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * ConfsyncManager:confirm-timeout:
   *
   * How long the application has to confirm what another instance made, in milliseconds; 0 where
   * it need not. See [signal@Manager::trial].
   *
   * Since: 1.0
   */
  properties[PROP_CONFIRM_TIMEOUT] =
    g_param_spec_uint ("confirm-timeout", NULL, NULL, 0, G_MAXINT, 0, construct);
  /**
   * ConfsyncManager:confirm-scope:
   *
   * Who goes back where that is not confirmed, a [enum@ConfirmScope].
   *
   * Since: 1.0
   */
  properties[PROP_CONFIRM_SCOPE] =
    g_param_spec_int ("confirm-scope", NULL, NULL, CONFSYNC_CONFIRM_FLEET, CONFSYNC_CONFIRM_LOCAL,
                      CONFSYNC_CONFIRM_FLEET, construct);
  /**
   * ConfsyncManager:on-trial:
   *
   * Whether the configuration waits to be confirmed; see [method@Manager.get_trial].
   *
   * Since: 1.0
   */
  properties[PROP_ON_TRIAL] =
    g_param_spec_boolean ("on-trial", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
specify_status (void)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
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
  /**
   * ConfsyncManager:n-conflicts:
   *
   * How many conflicts wait for a person; see [method@Manager.list_conflicts].
   *
   * Since: 1.0
   */
  properties[PROP_N_CONFLICTS] =
    g_param_spec_uint ("n-conflicts", NULL, NULL, 0, G_MAXUINT, 0, readable);
  /**
   * ConfsyncManager:edited-here:
   *
   * Whether the live configuration was edited on an instance that only receives, or by an edit that
   * validation refuses. That edit goes nowhere; [method@Manager.revert_local_async] puts back what
   * the others have.
   *
   * Since: 1.0
   */
  properties[PROP_EDITED_HERE] =
    g_param_spec_boolean ("edited-here", NULL, NULL, FALSE, readable);
}

void
confsync_manager_install_properties (GObjectClass *object_class)
{
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  specify_parts ();
  specify_manners ();
  specify_trials ();
  specify_status ();
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

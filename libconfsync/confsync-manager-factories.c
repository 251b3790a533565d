/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Managers for the usual deployments. What the program says is as strong as a command line; the
 * environment, key files and the add-on's options fill in the rest, from the same table of names as
 * the command's. Whom an instance talks to is the deployment's own decision.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"
#include "confsync-node-options-private.h"
#include "confsync-option-sources-private.h"
#include "confsync-secret-environment-private.h"

/* what an error calls the options that a program gave */
#define ADDON_PLACE "options"

static gboolean
take_base_dir (ConfsyncOptions *options, const char *base_dir, GError **error)
{
  return base_dir == NULL ||
         confsync_options_take (options, confsync_options_find (options, "config-base-dir"),
                                CONFSYNC_SOURCE_COMMAND_LINE, "base_dir", base_dir, error);
}

/* @addon_options: (nullable): read in place of the file that options-file names; @place: what an
 * error calls them */
static ConfsyncOptions *
read_options (const char *base_dir,
              ConfsyncJson *addon_options,
              const char *place,
              GError **error)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();
  g_auto (ConfsyncSecretEnvironment) environment = confsync_secret_environment_dup_trusted ();

  confsync_options_set_lenient (options, TRUE);
  if (!take_base_dir (options, base_dir, error) ||
      !confsync_node_options_read (options, (const char *const *) environment, addon_options, place,
                                   error))
    return NULL;
  return g_steal_pointer (&options);
}

static ConfsyncManager *
make_manager (ConfsyncOptions *options,
              const char *config_path,
              ConfsyncNode *node,
              GError **error)
{
  ConfsyncManager *self = confsync_node_options_make_manager (
    options, config_path, confsync_options_get_string (options, "config-base-dir"), node, error);

  if (self != NULL)
    self->notices = confsync_options_dup_warnings (options);
  return self;
}

static ConfsyncManager *
make_addon (const char *config_path,
            const char *base_dir,
            ConfsyncJson *addon_options,
            const char *place,
            GError **error)
{
  g_autoptr (ConfsyncOptions) options = read_options (base_dir, addon_options, place, error);
  g_autoptr (ConfsyncNode) node =
      options != NULL ? confsync_node_options_make_node (options, error) : NULL;
  g_auto (GStrv) peers = NULL;
  g_autofree char *server = NULL;

  if (node == NULL)
    return NULL;
  peers = confsync_options_dup_strings (options, "peer-urls");
  server = confsync_node_options_dup_listener (options, peers[0] != NULL);
  if (!confsync_node_options_add_listeners (options, node, server, error) ||
      !confsync_node_options_add_peers (options, node, error))
    return NULL;
  return make_manager (options, config_path, node, error);
}

/**
 * confsync_manager_new_single_instance:
 * @config_path: (type filename): the live file; it need not exist yet
 * @base_dir: (type filename) (nullable): where versions and state are kept; %NULL for the folder of
 *   the live file
 * @error: return location for an error, or %NULL
 *
 * Makes a manager that keeps versions and tells of changes, and talks to nobody.
 *
 * The options `instance-id`, `max-versions`, `max-version-days`, `resolver`, `resolver-for`,
 * `role`, `join`, `local-keys`, `schema`, `validator`, `confirm-timeout`, `confirm-scope` and,
 * without @base_dir, `config-base-dir` are taken from the environment (`CONFSYNC_MAX_VERSIONS`;
 * `AICLEANER_INSTANCE_ID`), then from the group `[confsync]` of
 * `$XDG_CONFIG_HOME/confsync/confsync.conf` and of `/etc/confsync/confsync.conf`, or of the file
 * that `CONFSYNC_SETTINGS_FILE` names instead. What is unknown there is told as a
 * %CONFSYNC_EVENT_NOTICE at the start.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION where one of these places says what can't be, naming
 * the place, with %CONFSYNC_ERROR_REFUSED where the instance id is none, and with what the
 * validator's plugin says where the schema can't be used.
 *
 * Returns: (transfer full): a manager that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncManager *
confsync_manager_new_single_instance (const char *config_path, const char *base_dir, GError **error)
{
  g_autoptr (ConfsyncOptions) options = NULL;
  g_autoptr (ConfsyncNode) node = NULL;

  g_return_val_if_fail (config_path != NULL, NULL);

  options = read_options (base_dir, NULL, NULL, error);
  node = options != NULL ? confsync_node_options_make_node (options, error) : NULL;
  return node != NULL ? make_manager (options, config_path, node, error) : NULL;
}

/**
 * confsync_manager_new_ha_addon:
 * @config_path: (type filename): the live file; it need not exist yet
 * @base_dir: (type filename) (nullable): where versions and state are kept; %NULL for the folder of
 *   the live file
 * @addon_options: (nullable): an object such as that in Home Assistant's `/data/options.json`, with
 *   members such as `sync_port`, `peer_urls` and `enable_sync_server`; %NULL for the file that
 *   `CONFSYNC_OPTIONS_FILE` names, or for none
 * @error: return location for an error, or %NULL
 *
 * Makes a manager for an add-on, or a container. It dials the peers. It listens, at `bind` and
 * `sync-port` (127.0.0.1 and 8765), where `enable-sync-server` says so; where nothing says whether,
 * only if there are peers. It listens at each `listen` as well.
 *
 * All options of `confsync run` that concern an instance count. The environment is stronger than
 * key files, and these are stronger than @addon_options; see
 * [ctor@Manager.new_single_instance]. Members of @addon_options that are like no option are the
 * program's own. `sync_key` is the key that all instances share; the seed's `rate_limit_…` bound
 * how often one address may connect.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION where an option can't be what it is, naming the place,
 * with %CONFSYNC_ERROR_INVALID_ADDRESS where an address is none or no transport has its scheme, and
 * with %CONFSYNC_ERROR_INVALID_JSON or a %G_IO_ERROR where a named file can't be read.
 *
 * Returns: (transfer full): a manager that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncManager *
confsync_manager_new_ha_addon (const char *config_path,
                               const char *base_dir,
                               ConfsyncJson *addon_options,
                               GError **error)
{
  g_return_val_if_fail (config_path != NULL, NULL);

  return make_addon (config_path, base_dir, addon_options, ADDON_PLACE, error);
}

/**
 * confsync_manager_new_ha_addon_from_file:
 * @config_path: (type filename): the live file; it need not exist yet
 * @base_dir: (type filename) (nullable): where versions and state are kept; %NULL for the folder of
 *   the live file
 * @options_path: (type filename): where the add-on's options are, such as `/data/options.json`
 * @error: return location for an error, or %NULL
 *
 * Does what [ctor@Manager.new_ha_addon] does, with options from a file. Fails with the same errors,
 * and with a %G_IO_ERROR or %CONFSYNC_ERROR_INVALID_JSON where the file can't be read.
 *
 * Returns: (transfer full): a manager that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncManager *
confsync_manager_new_ha_addon_from_file (const char *config_path,
                                         const char *base_dir,
                                         const char *options_path,
                                         GError **error)
{
  g_autoptr (ConfsyncJson) options = NULL;

  g_return_val_if_fail (config_path != NULL && options_path != NULL, NULL);

  options = confsync_options_parse_file (options_path, error);
  return options != NULL ? make_addon (config_path, base_dir, options, options_path, error) : NULL;
}

/**
 * confsync_manager_new_development:
 * @config_path: (type filename): the live file; it need not exist yet
 * @base_dir: (type filename) (nullable): where versions and state are kept; %NULL for the folder of
 *   the live file
 * @error: return location for an error, or %NULL
 *
 * Makes a manager that listens at 127.0.0.1, port 8765, and dials nobody. The options `bind`,
 * `sync-port` and `enable-sync-server` count too; see [ctor@Manager.new_single_instance] for the
 * others, for where they come from, and for errors. Fails with what
 * [method@Node.add_listener] fails with, too.
 *
 * Returns: (transfer full): a manager that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncManager *
confsync_manager_new_development (const char *config_path, const char *base_dir, GError **error)
{
  g_autoptr (ConfsyncOptions) options = NULL;
  g_autoptr (ConfsyncNode) node = NULL;
  g_autofree char *server = NULL;

  g_return_val_if_fail (config_path != NULL, NULL);

  options = read_options (base_dir, NULL, NULL, error);
  node = options != NULL ? confsync_node_options_make_node (options, error) : NULL;
  if (node == NULL)
    return NULL;

  server = confsync_node_options_dup_listener (options, TRUE);
  if (server != NULL && !confsync_node_add_listener (node, server, error))
    return NULL;
  return make_manager (options, config_path, node, error);
}

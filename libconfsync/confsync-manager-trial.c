/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Trials as the application sees them: what another instance made is live, and the application says
 * whether it works.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"

static guint trial_signal;

void
confsync_manager_install_trials (GObjectClass *object_class)
{
  /**
   * ConfsyncManager::trial:
   * @self: the manager
   * @document: the configuration, with the members that stay on this machine
   * @author: the instance that made it
   * @hash: its hash, for [method@Manager.confirm]
   *
   * What another instance made is live on trial: the application has
   * [property@Manager:confirm-timeout] to try it, and to call [method@Manager.confirm] if it works,
   * or [method@Manager.reject] if it doesn't. It comes after [signal@Manager::changed].
   *
   * What isn't confirmed in time is rejected. Then the content that was confirmed last is made the
   * configuration again, by a new edit, on all instances; or, where
   * [property@Manager:confirm-scope] says so, on this one alone, which stays behind until there is
   * another edit. The same holds where this instance only receives, where it never confirmed
   * anything but the file that it found at its first start, and for a content that is rejected here
   * for the second time.
   *
   * An edit that is made here confirms, too: who edits it has seen it. What another instance
   * makes meanwhile is tried in its place, from the beginning. A content that was confirmed here
   * before, or made here, is not on trial; nor is the first configuration of all, since there is
   * nothing to go back to. After a restart in the middle of a trial it begins anew.
   *
   * Since: 1.0
   */
  trial_signal = g_signal_new ("trial", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 3, CONFSYNC_TYPE_DOCUMENT, G_TYPE_STRING,
                               G_TYPE_STRING);
}

static void
trial_changed_cb (ConfsyncDriver *driver, ConfsyncRevision *revision, gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);
  g_autoptr (ConfsyncDocument) document = NULL;

  g_object_notify (G_OBJECT (self), "on-trial");
  if (revision == NULL)
    return;
  document = confsync_manager_lay (self, confsync_revision_get_document (revision));
  g_signal_emit (self, trial_signal, 0, document,
                 confsync_stamp_get_author (confsync_revision_get_stamp (revision)),
                 confsync_revision_get_hash (revision));
}

void
confsync_manager_connect_trials (ConfsyncManager *self)
{
  confsync_driver_set_trials (self->driver, self->confirm_timeout, self->confirm_scope);
  g_signal_connect (self->driver, "trial-changed", G_CALLBACK (trial_changed_cb), self);
}

/**
 * confsync_manager_confirm:
 * @self: a manager that runs
 * @hash: (nullable): the hash of the configuration that works; %NULL for whatever is on trial
 * @error: return location for an error, or %NULL
 *
 * Confirms what is on trial: it stays. See [signal@Manager::trial].
 *
 * Fails with %CONFSYNC_ERROR_NOT_FOUND where nothing is on trial, with %CONFSYNC_ERROR_CONFLICT
 * where another configuration is by now, and with %CONFSYNC_ERROR_CLOSED where the manager doesn't
 * run.
 *
 * Returns: whether it is confirmed
 *
 * Since: 1.0
 */
gboolean
confsync_manager_confirm (ConfsyncManager *self, const char *hash, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);

  return confsync_manager_check_running (self, error) &&
         confsync_driver_confirm (self->driver, hash, error);
}

/**
 * confsync_manager_reject:
 * @self: a manager that runs
 * @hash: (nullable): the hash of the configuration that doesn't work; %NULL for whatever is on
 *   trial
 * @reason: (nullable): why, for people, without a value of the configuration
 * @error: return location for an error, or %NULL
 *
 * Ends a trial at once, as if its time were over. See [signal@Manager::trial]. The configuration
 * is another one soon after.
 *
 * Fails as [method@Manager.confirm] does.
 *
 * Returns: whether it is rejected
 *
 * Since: 1.0
 */
gboolean
confsync_manager_reject (ConfsyncManager *self,
                         const char *hash,
                         const char *reason,
                         GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);

  return confsync_manager_check_running (self, error) &&
         confsync_driver_reject (self->driver, hash, reason, error);
}

/**
 * confsync_manager_get_trial:
 * @self: a manager
 * @hash: (out) (optional) (nullable) (transfer full): the hash of what is on trial
 * @author: (out) (optional) (nullable) (transfer full): the instance that made it
 * @until: (out) (optional): when the trial ends, in microseconds since the Unix epoch
 *
 * Tells what is on trial.
 *
 * Returns: whether anything is
 *
 * Since: 1.0
 */
gboolean
confsync_manager_get_trial (ConfsyncManager *self, char **hash, char **author, gint64 *until)
{
  const char *held_hash, *held_author = NULL;
  gint64 held_until = 0;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);

  held_hash = self->driver != NULL
                ? confsync_driver_get_trial (self->driver, &held_author, &held_until)
                : NULL;
  if (hash != NULL)
    *hash = g_strdup (held_hash);
  if (author != NULL)
    *author = g_strdup (held_author);
  if (until != NULL)
    *until = held_until;
  return held_hash != NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager's life. A start brings a document's parts together, from the names and paths that it
 * was given or from objects of the application's own; a stop may come at any moment of it.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"
#include "confsync-file-store.h"
#include "confsync-file-watcher.h"

/* how much larger a file may be than its document in canonical form */
#define TEXT_PART 8
#define TEXT_EXTRA_BYTES (1024 * 1024)

static void
file_watcher_notice_cb (ConfsyncFileWatcher *watcher, GParamSpec *pspec, gpointer user_data)
{
  g_autofree char *notice = NULL, *valid = NULL;
  GVariantDict details;

  g_object_get (watcher, "notice", &notice, NULL);
  if (notice == NULL)
    return;
  g_variant_dict_init (&details, NULL);
  valid = g_utf8_make_valid (notice, -1); /* it may quote a path */
  g_variant_dict_insert (&details, "message", "s", valid);
  confsync_manager_emit_event (user_data, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_NOTICE,
                               g_variant_dict_end (&details));
}

/* Also where no member stays on this machine: one that did so in an earlier life must not be taken
 * for an edit. */
static gboolean
make_local (ConfsyncManager *self, GError **error)
{
  g_clear_object (&self->local);
  if (CONFSYNC_IS_LOCAL_STORE (self->store) && self->local_keys == NULL)
    self->local = CONFSYNC_LOCAL_STORE (g_object_ref (self->store));
  else
    self->local = confsync_local_store_new (self->store, (const char *const *) self->local_keys,
                                            error);
  return self->local != NULL;
}

/* Of a file whose document is within the limit: indentation and spelling add to it. */
static guint64
get_max_text (guint64 max_bytes)
{
  return MIN (TEXT_PART * max_bytes + TEXT_EXTRA_BYTES, G_MAXINT32);
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
                                  self->base_dir, "max-versions", self->max_versions,
                                  "max-version-days", self->max_version_days, "max-bytes",
                                  get_max_text (max_bytes), "max-depth", max_depth, "max-values",
                                  max_values,
                                  "durability", self->durability, NULL);
    }
  if (!make_local (self, error))
    return FALSE;
  if (CONFSYNC_IS_FILE_WATCHER (self->watcher))
    {
      /* once, however often it is started */
      g_signal_handlers_disconnect_by_func (self->watcher, file_watcher_notice_cb, self);
      g_signal_connect_object (self->watcher, "notify::notice",
                               G_CALLBACK (file_watcher_notice_cb), self, 0);
    }
  return confsync_manager_make_resolver (self, error);
}

/* Nobody is left whom it could serve. */
void
confsync_manager_stop_idle_node (ConfsyncManager *self)
{
  if (!confsync_node_has_documents (self->node))
    confsync_node_stop (self->node);
}

void
confsync_manager_drop_driver (ConfsyncManager *self)
{
  if (self->driver == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->driver, self);
  confsync_driver_set_validation (self->driver, NULL, NULL, NULL);
  g_clear_object (&self->driver);
}

/* A stop, or a stop and another start, may have come before the answer. */
static gboolean
is_current (GTask *task)
{
  ConfsyncManager *self = g_task_get_source_object (task);

  return self->driver != NULL && self->driver == g_task_get_task_data (task);
}

/* a start that failed, until nothing is left of it */
typedef struct
{
  GTask *task; /* (owned) */
  GError *error;
} FailedStart;

static void
failed_driver_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree FailedStart *failed = user_data;

  confsync_driver_stop_finish (CONFSYNC_DRIVER (source), result, NULL);
  g_task_return_error (failed->task, failed->error);
  g_object_unref (failed->task);
}

/* Takes @error. It is told once the file is let go, so that who tries again at once can have it. */
static void
fail_start (GTask *task, GError *error)
{
  ConfsyncManager *self = g_task_get_source_object (task);
  g_autoptr (ConfsyncDriver) driver = g_object_ref (self->driver);
  FailedStart *failed = g_new (FailedStart, 1);

  failed->task = g_object_ref (task);
  failed->error = error;
  confsync_manager_drop_driver (self);
  confsync_manager_set_running (self, FALSE);
  confsync_driver_stop_async (driver, failed_driver_stopped_cb, failed);
}

/* Takes @error. */
static void
end_start (GTask *task, GError *error)
{
  if (!is_current (task) && error == NULL)
    error = g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager was stopped");
  if (is_current (task) && error != NULL)
    fail_start (task, error);
  else if (error != NULL)
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

/* Once: what was wrong with the options, and not so wrong that there could be no manager. */
static void
tell_notices (ConfsyncManager *self)
{
  g_auto (GStrv) notices = g_steal_pointer (&self->notices);

  for (gsize i = 0; notices != NULL && notices[i] != NULL; i++)
    {
      g_autofree char *message = g_utf8_make_valid (notices[i], -1);
      GVariantDict details;

      g_variant_dict_init (&details, NULL);
      g_variant_dict_insert (&details, "message", "s", message);
      confsync_manager_emit_event (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_NOTICE,
                                   g_variant_dict_end (&details));
    }
}

static void
driver_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ConfsyncManager *self = g_task_get_source_object (task);
  GError *error = NULL;

  tell_notices (self);
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
  confsync_manager_make_driver (self);
  g_task_set_task_data (task, g_object_ref (self->driver), g_object_unref);
  confsync_manager_set_running (self, TRUE);
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
 * with %CONFSYNC_ERROR_BUSY where another instance keeps the same file in sync, by whatever path
 * (the message names its process), with %CONFSYNC_ERROR_REFUSED where the base directory holds the
 * versions of another document, with %CONFSYNC_ERROR_NOT_FOUND where there is no such resolver, and
 * with what [method@Node.start_finish] fails with.
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
  confsync_driver_tell_all (driver);
  /* whoever heard of it may have stopped, and even started, the manager */
  if (self->driver == driver)
    {
      confsync_manager_drop_driver (self);
      confsync_manager_set_running (self, FALSE);
    }
  confsync_driver_stop_async (driver, driver_stopped_cb, g_steal_pointer (&task));
  confsync_manager_stop_idle_node (self);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What can be asked of a manager in a thread of its own. Each function only posts.
 */

#include "config.h"

#include "confsync-thread-inside-private.h"

static guint64
submit (ConfsyncThread *self, ConfsyncRequestKind kind, const char *text, GError **error)
{
  return confsync_engine_submit (self->engine, confsync_request_new (kind, text), error);
}

static guint64
submit_json (ConfsyncThread *self,
             ConfsyncRequestKind kind,
             const char *text,
             ConfsyncJson *json,
             GError **error)
{
  ConfsyncRequest *request = confsync_request_new (kind, text);

  request->json = confsync_json_ref (json);
  return confsync_engine_submit (self->engine, request, error);
}

/**
 * confsync_thread_start:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.start_async].
 *
 * Fails, as all requests do, with %CONFSYNC_ERROR_CLOSED after [method@Thread.close], with
 * %CONFSYNC_ERROR_BUSY where 10,000 answers were not read, and with a %G_IO_ERROR or a
 * %G_THREAD_ERROR where the system has no descriptor or no thread to give.
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_start (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_START, NULL, error);
}

/**
 * confsync_thread_stop:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.stop_async]. The thread stays, for another start.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_stop (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_STOP, NULL, error);
}

/**
 * confsync_thread_force_sync:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.force_sync_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_force_sync (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_FORCE_SYNC, NULL, error);
}

/**
 * confsync_thread_set_document:
 * @self: a thread
 * @document: the new configuration
 * @flags: how
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.set_document_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_set_document (ConfsyncThread *self,
                              ConfsyncDocument *document,
                              ConfsyncEditFlags flags,
                              GError **error)
{
  ConfsyncRequest *request;

  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (document != NULL, 0);

  request = confsync_request_new (CONFSYNC_REQUEST_SET_DOCUMENT, NULL);
  request->document = confsync_document_ref (document);
  request->flags = flags;
  return confsync_engine_submit (self->engine, request, error);
}

/**
 * confsync_thread_set_value:
 * @self: a thread
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole configuration
 * @value: the value
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.set_value_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_set_value (ConfsyncThread *self,
                           const char *pointer,
                           ConfsyncJson *value,
                           GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (pointer != NULL, 0);
  g_return_val_if_fail (value != NULL, 0);

  return submit_json (self, CONFSYNC_REQUEST_SET_VALUE, pointer, value, error);
}

/**
 * confsync_thread_patch:
 * @self: a thread
 * @patch: a JSON Patch (RFC 6902)
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.patch_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_patch (ConfsyncThread *self, ConfsyncJson *patch, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (patch != NULL, 0);

  return submit_json (self, CONFSYNC_REQUEST_PATCH, NULL, patch, error);
}

/**
 * confsync_thread_add_peer:
 * @self: a thread
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Node.add_peer].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_add_peer (ConfsyncThread *self, const char *address, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (address != NULL, 0);

  return submit (self, CONFSYNC_REQUEST_ADD_PEER, address, error);
}

/**
 * confsync_thread_query_status:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks how things are. The answer's [method@Notification.get_details] has, by name: `running` (b),
 * `instance-id` (s), `hash` (s), `last-sync-time` (x, microseconds since the Unix epoch, 0 for
 * never), `listeners` (as), `role` (s), `n-conflicts` (u), `edited-here` (b) and `peers` (aa{sv}),
 * each with `id` (s), `address` (s), `remote` (s), `state` (u, a [enum@PeerState]), `round-trip`
 * (x, microseconds) and `clock-ahead` (x, microseconds). What isn't known is absent.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_query_status (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_STATUS, NULL, error);
}

/**
 * confsync_thread_list_versions:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Store.list_versions_async]. The answer is refused with %CONFSYNC_ERROR_CLOSED
 * before the first start.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_list_versions (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_LIST_VERSIONS, NULL, error);
}

/**
 * confsync_thread_get_version:
 * @self: a thread
 * @name: a version's name as [method@Thread.list_versions] gives it
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Store.get_version_async]. The answer is refused with %CONFSYNC_ERROR_CLOSED
 * before the first start.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_get_version (ConfsyncThread *self, const char *name, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  return submit (self, CONFSYNC_REQUEST_GET_VERSION, name, error);
}

/**
 * confsync_thread_list_conflicts:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.list_conflicts].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_list_conflicts (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_LIST_CONFLICTS, NULL, error);
}

/**
 * confsync_thread_resolve:
 * @self: a thread
 * @id: (nullable): the conflict; %NULL where there is only one
 * @choice: what to take
 * @value: (nullable): what to put there, for %CONFSYNC_CHOICE_VALUE
 * @flags: how
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.resolve_async]. The answer's [method@Notification.get_details] has
 * `hash` (s) and `ours-at` (as), as [method@Manager.resolve_finish] gives them.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_resolve (ConfsyncThread *self,
                         const char *id,
                         ConfsyncChoice choice,
                         ConfsyncJson *value,
                         ConfsyncEditFlags flags,
                         GError **error)
{
  ConfsyncRequest *request;

  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail ((choice == CONFSYNC_CHOICE_VALUE) == (value != NULL), 0);

  request = confsync_request_new (CONFSYNC_REQUEST_RESOLVE, id);
  request->choice = choice;
  request->json = value != NULL ? confsync_json_ref (value) : NULL;
  request->flags = flags;
  return confsync_engine_submit (self->engine, request, error);
}

/**
 * confsync_thread_revert_local:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.revert_local_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_revert_local (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_REVERT_LOCAL, NULL, error);
}

/**
 * confsync_thread_reset_clock:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.reset_clock_async].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_reset_clock (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_RESET_CLOCK, NULL, error);
}

/**
 * confsync_thread_confirm:
 * @self: a thread
 * @hash: (nullable): the hash of the configuration that works; %NULL for whatever is on trial
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.confirm]. That a trial has begun is told as an event of the kind
 * %CONFSYNC_EVENT_TRIAL.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_confirm (ConfsyncThread *self, const char *hash, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_CONFIRM, hash, error);
}

/**
 * confsync_thread_reject:
 * @self: a thread
 * @hash: (nullable): the hash of the configuration that doesn't work; %NULL for whatever is on
 *   trial
 * @reason: (nullable): why
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.reject].
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_reject (ConfsyncThread *self, const char *hash, const char *reason, GError **error)
{
  ConfsyncRequest *request;

  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  request = confsync_request_new (CONFSYNC_REQUEST_REJECT, hash);
  request->reason = g_strdup (reason);
  return confsync_engine_submit (self->engine, request, error);
}

/**
 * confsync_thread_rollback:
 * @self: a thread
 * @name: a version's name as [method@Thread.list_versions] gives it
 * @flags: how
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.rollback_async]. The answer's [method@Notification.get_details] has
 * `hash` (s).
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_rollback (ConfsyncThread *self,
                          const char *name,
                          ConfsyncEditFlags flags,
                          GError **error)
{
  ConfsyncRequest *request;

  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  request = confsync_request_new (CONFSYNC_REQUEST_ROLLBACK, name);
  request->flags = flags;
  return confsync_engine_submit (self->engine, request, error);
}

/**
 * confsync_thread_restore:
 * @self: a thread
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.restore_async]. The answer's [method@Notification.get_details] has
 * `restored` (b).
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_restore (ConfsyncThread *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);

  return submit (self, CONFSYNC_REQUEST_RESTORE, NULL, error);
}

/**
 * confsync_thread_explain:
 * @self: a thread
 * @pointer: a JSON Pointer (RFC 6901)
 * @error: return location for an error, or %NULL
 *
 * Asks for [method@Manager.explain_async]. [method@Notification.get_explanation] of the answer is
 * what came of it.
 *
 * Fails as [method@Thread.start].
 *
 * Returns: the request's number, above 0; or 0 with @error set
 *
 * Since: 1.0
 */
guint64
confsync_thread_explain (ConfsyncThread *self, const char *pointer, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_THREAD (self), 0);
  g_return_val_if_fail (pointer != NULL, 0);

  return submit (self, CONFSYNC_REQUEST_EXPLAIN, pointer, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The methods about the past: what is kept, going back to it, putting back a file that is gone, and
 * who last changed a value.
 */

#include "config.h"

#include "confsync-control-methods.h"

#include "confsync-control-variant.h"

/* %NULL, and the call is answered, where there is none: before the start. */
static ConfsyncStore *
get_store (ConfsyncControlCall *call)
{
  ConfsyncStore *store = confsync_manager_get_store (call->access->manager);

  if (store == NULL)
    confsync_control_call_fail (call, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                                                   "the instance is starting"));
  return store;
}

static void
versions_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) versions =
    confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);

  if (versions == NULL)
    confsync_control_call_fail (call, error);
  else
    confsync_control_call_return (
      call, g_variant_new ("(@aa{sv})", confsync_control_versions_to_variant (versions)));
}

static gboolean
list_versions_cb (ConfsyncDBusDocument *skeleton,
                  GDBusMethodInvocation *invocation,
                  ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  ConfsyncStore *store = get_store (call);

  if (store != NULL)
    confsync_store_list_versions_async (store, access->closed, versions_listed_cb,
                                        g_steal_pointer (&call));
  return TRUE;
}

static void
version_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  if (document != NULL)
    confsync_control_call_return (
      call, g_variant_new ("(@s)", confsync_control_document_to_variant (document)));
  else
    confsync_control_call_fail (call, error);
}

static gboolean
get_version_cb (ConfsyncDBusDocument *skeleton,
                GDBusMethodInvocation *invocation,
                const char *name,
                ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  ConfsyncStore *store = get_store (call);

  if (store != NULL)
    confsync_store_get_version_async (store, name, access->closed, version_read_cb,
                                      g_steal_pointer (&call));
  return TRUE;
}

static void
rolled_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autofree char *hash =
    confsync_manager_rollback_finish (CONFSYNC_MANAGER (source), result, &error);

  if (hash != NULL)
    confsync_control_call_return (call, g_variant_new ("(s)", hash));
  else
    confsync_control_call_fail (call, error);
}

static gboolean
rollback_cb (ConfsyncDBusDocument *skeleton,
             GDBusMethodInvocation *invocation,
             const char *name,
             guint flags,
             ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  GError *error = NULL;

  if (confsync_control_call_check_flags (flags, &error))
    confsync_manager_rollback_async (access->manager, name, flags, NULL, rolled_back_cb,
                                     g_steal_pointer (&call));
  else
    confsync_control_call_fail (call, error);
  return TRUE;
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  gboolean restored;
  GError *error = NULL;

  if (confsync_manager_restore_finish (CONFSYNC_MANAGER (source), result, &restored, &error))
    confsync_control_call_return (call, g_variant_new ("(b)", restored));
  else
    confsync_control_call_fail (call, error);
}

static gboolean
restore_cb (ConfsyncDBusDocument *skeleton,
            GDBusMethodInvocation *invocation,
            ConfsyncControlAccess *access)
{
  confsync_manager_restore_async (access->manager, NULL, restored_cb,
                                  confsync_control_call_new (access, invocation));
  return TRUE;
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autoptr (ConfsyncExplanation) explanation =
    confsync_manager_explain_finish (CONFSYNC_MANAGER (source), result, &error);

  if (explanation != NULL)
    confsync_control_call_return (
      call, g_variant_new ("(@a{sv})", confsync_control_explanation_to_variant (explanation)));
  else
    confsync_control_call_fail (call, error);
}

static gboolean
explain_cb (ConfsyncDBusDocument *skeleton,
            GDBusMethodInvocation *invocation,
            const char *pointer,
            ConfsyncControlAccess *access)
{
  confsync_manager_explain_async (access->manager, pointer, access->closed, explained_cb,
                                  confsync_control_call_new (access, invocation));
  return TRUE;
}

void
confsync_control_past_connect (ConfsyncDBusDocument *skeleton, ConfsyncControlAccess *access)
{
  static const ConfsyncControlMethod methods[] = {
    { "handle-list-versions", G_CALLBACK (list_versions_cb) },
    { "handle-get-version", G_CALLBACK (get_version_cb) },
    { "handle-rollback", G_CALLBACK (rollback_cb) },
    { "handle-restore", G_CALLBACK (restore_cb) },
    { "handle-explain", G_CALLBACK (explain_cb) },
  };

  confsync_control_access_connect (access, skeleton, methods, G_N_ELEMENTS (methods));
}

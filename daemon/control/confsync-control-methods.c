/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the methods do: check, hand over to the manager, answer. Nothing here blocks, and nothing
 * that comes in is taken for granted.
 */

#include "config.h"

#include "confsync-control-methods.h"

#include "confsync-control-variant.h"

static gboolean
get_value_cb (ConfsyncDBusDocument *skeleton,
              GDBusMethodInvocation *invocation,
              const char *pointer,
              ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncJson) value = NULL;
  GError *error = NULL;

  document = confsync_control_call_get_document (call, &error);
  if (document != NULL)
    value = confsync_json_lookup (confsync_document_get_json (document), pointer, &error);
  if (value != NULL)
    confsync_control_call_return (call,
                                  g_variant_new ("(@s)", confsync_control_json_to_variant (value)));
  else
    confsync_control_call_fail (call, error);
  return TRUE;
}

static gboolean
get_document_cb (ConfsyncDBusDocument *skeleton,
                 GDBusMethodInvocation *invocation,
                 ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autofree char *hash = NULL;
  GError *error = NULL;

  document = confsync_control_call_get_document (call, &error);
  if (document == NULL)
    {
      confsync_control_call_fail (call, error);
      return TRUE;
    }
  hash = confsync_control_dup_hash (access->manager);
  confsync_control_call_return (
    call, g_variant_new ("(@ss)", confsync_control_document_to_variant (document), hash));
  return TRUE;
}

/* Edits */

static void
return_hash (ConfsyncControlCall *call, const char *hash, GError *error)
{
  if (hash != NULL)
    confsync_control_call_return (call, g_variant_new ("(s)", hash));
  else
    confsync_control_call_fail (call, error);
}

/* What was set may not be what others hold: some of it may stay on this machine. */
static void
return_hash_now (ConfsyncControlCall *call)
{
  g_autofree char *hash = confsync_control_dup_hash (call->access->manager);

  return_hash (call, hash, NULL);
}

static void
value_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autofree char *hash =
    confsync_manager_set_json_finish (CONFSYNC_MANAGER (source), result, &error);

  return_hash (call, hash, error);
}

static gboolean
set_value_cb (ConfsyncDBusDocument *skeleton,
              GDBusMethodInvocation *invocation,
              const char *pointer,
              const char *json,
              guint flags,
              ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncJson) value = NULL;
  GError *error = NULL;

  if (confsync_control_call_check_flags (flags, &error))
    value = confsync_control_call_parse (call, 1, &error);
  if (value == NULL)
    confsync_control_call_fail (call, error);
  else
    confsync_manager_set_json_async (access->manager, pointer, value, flags, NULL, value_set_cb,
                                     g_steal_pointer (&call));
  return TRUE;
}

static void
patched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;
  g_autofree char *hash =
    confsync_manager_patch_full_finish (CONFSYNC_MANAGER (source), result, &error);

  return_hash (call, hash, error);
}

static gboolean
patch_cb (ConfsyncDBusDocument *skeleton,
          GDBusMethodInvocation *invocation,
          const char *patch,
          guint flags,
          ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncJson) operations = NULL;
  GError *error = NULL;

  if (confsync_control_call_check_flags (flags, &error))
    operations = confsync_control_call_parse (call, 0, &error);
  if (operations == NULL)
    confsync_control_call_fail (call, error);
  else
    confsync_manager_patch_full_async (access->manager, operations, flags, NULL, patched_cb,
                                       g_steal_pointer (&call));
  return TRUE;
}

static void
replaced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;

  if (confsync_manager_replace_finish (CONFSYNC_MANAGER (source), result, &error))
    return_hash_now (call);
  else
    confsync_control_call_fail (call, error);
}

static void
document_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  GError *error = NULL;

  if (confsync_manager_set_document_finish (CONFSYNC_MANAGER (source), result, &error))
    return_hash_now (call);
  else
    confsync_control_call_fail (call, error);
}

static gboolean
replace_cb (ConfsyncDBusDocument *skeleton,
            GDBusMethodInvocation *invocation,
            const char *expected,
            const char *json,
            guint flags,
            ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncJson) value = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;
  GError *error = NULL;

  if (confsync_control_call_check_flags (flags, &error))
    value = confsync_control_call_parse (call, 1, &error);
  if (value != NULL)
    document = confsync_document_new_from_json (value, &error);
  if (document == NULL)
    {
      confsync_control_call_fail (call, error);
      return TRUE;
    }
  if (*expected != '\0')
    confsync_manager_replace_async (access->manager, expected, document, flags, NULL, replaced_cb,
                                    g_steal_pointer (&call));
  else
    confsync_manager_set_document_async (access->manager, document, flags, NULL, document_set_cb,
                                         g_steal_pointer (&call));
  return TRUE;
}

static gboolean
sync_cb (ConfsyncDBusDocument *skeleton,
         GDBusMethodInvocation *invocation,
         guint timeout_ms,
         ConfsyncControlAccess *access)
{
  confsync_control_sync (confsync_control_call_new (access, invocation), timeout_ms);
  return TRUE;
}

void
confsync_control_methods_connect (ConfsyncDBusDocument *skeleton, ConfsyncControlAccess *access)
{
  static const ConfsyncControlMethod methods[] = {
    { "handle-get-value", G_CALLBACK (get_value_cb) },
    { "handle-get-document", G_CALLBACK (get_document_cb) },
    { "handle-set-value", G_CALLBACK (set_value_cb) },
    { "handle-replace", G_CALLBACK (replace_cb) },
    { "handle-patch", G_CALLBACK (patch_cb) },
    { "handle-sync", G_CALLBACK (sync_cb) },
  };

  confsync_control_access_connect (access, skeleton, methods, G_N_ELEMENTS (methods));
}

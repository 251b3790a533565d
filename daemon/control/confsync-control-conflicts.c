/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The methods by which a person decides: conflicts, edits that go nowhere, what is on trial,
 * epochs. The list has no values, so that it stays small however large a configuration is.
 */

#include "config.h"

#include "confsync-control-methods.h"
#include "confsync-control-variant.h"

/* how many places an answer names */
#define PLACES_MAX 1000

/* %FALSE, and the call is answered, where nothing is kept in sync. */
static gboolean
check_running (ConfsyncControlCall *call)
{
  if (confsync_manager_is_running (call->access->manager))
    return TRUE;
  confsync_control_call_fail (call, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                                                 "the instance doesn't run"));
  return FALSE;
}

static gboolean
list_conflicts_cb (ConfsyncDBusDocument *skeleton,
                   GDBusMethodInvocation *invocation,
                   ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (GPtrArray) conflicts = NULL;

  if (!check_running (call))
    return TRUE;
  conflicts = confsync_manager_list_conflicts (access->manager);
  confsync_control_call_return (
    call, g_variant_new ("(@aa{sv})", confsync_control_conflicts_to_variant (conflicts)));
  return TRUE;
}

static ConfsyncOpenConflict *
find (GPtrArray *conflicts, const char *id)
{
  for (guint i = 0; i < conflicts->len; i++)
    if (g_str_equal (confsync_open_conflict_get_id (conflicts->pdata[i]), id))
      return conflicts->pdata[i];
  return NULL;
}

static gboolean
get_conflict_cb (ConfsyncDBusDocument *skeleton,
                 GDBusMethodInvocation *invocation,
                 const char *id,
                 ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (GPtrArray) conflicts = NULL;
  ConfsyncOpenConflict *conflict;

  if (!check_running (call))
    return TRUE;
  conflicts = confsync_manager_list_conflicts (access->manager);
  conflict = find (conflicts, id);
  if (conflict == NULL)
    confsync_control_call_fail (
      call, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                         "there is no conflict \"%s\", or it is settled by now", id));
  else
    confsync_control_call_return (
      call, g_variant_new ("(@a{sv})", confsync_control_sides_to_variant (conflict)));
  return TRUE;
}

static void
resolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  const char *const none[] = { NULL };
  g_auto (GStrv) took_ours = NULL;
  GError *error = NULL;
  g_autofree char *hash =
    confsync_manager_resolve_finish (CONFSYNC_MANAGER (source), result, &took_ours, &error);

  if (hash == NULL)
    {
      confsync_control_call_fail (call, error);
      return;
    }
  confsync_control_call_return (
    call, g_variant_new ("(s@as)", hash,
                         g_variant_new_strv (took_ours != NULL ? (const char *const *) took_ours
                                                               : none,
                                             MIN (took_ours != NULL ? g_strv_length (took_ours) : 0,
                                                  PLACES_MAX))));
}

/* Reads choice and value; the value is %NULL but for the choice of one. */
static gboolean
read_choice (ConfsyncControlCall *call,
             const char *name,
             const char *json,
             ConfsyncChoice *choice,
             ConfsyncJson **value,
             GError **error)
{
  g_autoptr (GError) reason = NULL;

  *value = NULL;
  if (!confsync_choice_from_string (name, choice, &reason))
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, reason->message);
      return FALSE;
    }
  if (*choice == CONFSYNC_CHOICE_VALUE)
    {
      *value = confsync_control_call_parse (call, 2, error);
      return *value != NULL;
    }
  if (*json == '\0')
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "the choice \"%s\" takes no value", name);
  return FALSE;
}

static gboolean
resolve_conflict_cb (ConfsyncDBusDocument *skeleton,
                     GDBusMethodInvocation *invocation,
                     const char *id,
                     const char *name,
                     const char *json,
                     guint flags,
                     ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  g_autoptr (ConfsyncJson) value = NULL;
  ConfsyncChoice choice;
  GError *error = NULL;

  if (!confsync_control_call_check_flags (flags, &error) ||
      !read_choice (call, name, json, &choice, &value, &error))
    {
      confsync_control_call_fail (call, error);
      return TRUE;
    }
  confsync_manager_resolve_async (access->manager, id, choice, value, flags, NULL, resolved_cb,
                                  g_steal_pointer (&call));
  return TRUE;
}

static void
reverted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  g_autofree char *hash = NULL;
  GError *error = NULL;

  if (!confsync_manager_revert_local_finish (CONFSYNC_MANAGER (source), result, &error))
    {
      confsync_control_call_fail (call, error);
      return;
    }
  hash = confsync_control_dup_hash (CONFSYNC_MANAGER (source));
  confsync_control_call_return (call, g_variant_new ("(s)", hash));
}

static gboolean
revert_local_cb (ConfsyncDBusDocument *skeleton,
                 GDBusMethodInvocation *invocation,
                 ConfsyncControlAccess *access)
{
  confsync_manager_revert_local_async (access->manager, NULL, reverted_cb,
                                       confsync_control_call_new (access, invocation));
  return TRUE;
}

/* Takes @error. */
static void
return_nothing (ConfsyncControlCall *call, GError *error)
{
  if (error == NULL)
    confsync_control_call_return (call, g_variant_new ("()"));
  else
    confsync_control_call_fail (call, error);
}

/* The empty hash is whatever is on trial. */
static const char *
get_hash (const char *hash)
{
  return *hash != '\0' ? hash : NULL;
}

static gboolean
confirm_cb (ConfsyncDBusDocument *skeleton,
            GDBusMethodInvocation *invocation,
            const char *hash,
            ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  GError *error = NULL;

  confsync_manager_confirm (access->manager, get_hash (hash), &error);
  return_nothing (call, error);
  return TRUE;
}

static gboolean
reject_cb (ConfsyncDBusDocument *skeleton,
           GDBusMethodInvocation *invocation,
           const char *hash,
           const char *reason,
           ConfsyncControlAccess *access)
{
  g_autoptr (ConfsyncControlCall) call = confsync_control_call_new (access, invocation);
  GError *error = NULL;

  confsync_manager_reject (access->manager, get_hash (hash), reason, &error);
  return_nothing (call, error);
  return TRUE;
}

static void
clock_reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlCall) call = user_data;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  GError *error = NULL;

  if (!confsync_manager_reset_clock_finish (CONFSYNC_MANAGER (source), result, &error))
    {
      confsync_control_call_fail (call, error);
      return;
    }
  stamp = confsync_manager_dup_stamp (CONFSYNC_MANAGER (source));
  confsync_control_call_return (
    call, g_variant_new ("(u)", stamp != NULL ? confsync_stamp_get_epoch (stamp) : 0));
}

static gboolean
reset_clock_cb (ConfsyncDBusDocument *skeleton,
                GDBusMethodInvocation *invocation,
                ConfsyncControlAccess *access)
{
  confsync_manager_reset_clock_async (access->manager, NULL, clock_reset_cb,
                                      confsync_control_call_new (access, invocation));
  return TRUE;
}

void
confsync_control_conflicts_connect (ConfsyncDBusDocument *skeleton, ConfsyncControlAccess *access)
{
  static const ConfsyncControlMethod methods[] = {
    { "handle-list-conflicts", G_CALLBACK (list_conflicts_cb) },
    { "handle-get-conflict", G_CALLBACK (get_conflict_cb) },
    { "handle-resolve-conflict", G_CALLBACK (resolve_conflict_cb) },
    { "handle-revert-local", G_CALLBACK (revert_local_cb) },
    { "handle-confirm", G_CALLBACK (confirm_cb) },
    { "handle-reject", G_CALLBACK (reject_cb) },
    { "handle-reset-clock", G_CALLBACK (reset_clock_cb) },
  };

  confsync_control_access_connect (access, skeleton, methods, G_N_ELEMENTS (methods));
}

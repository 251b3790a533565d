/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Answers to calls. Every call is answered once, whatever becomes of the connection.
 */

#include "config.h"

#include "confsync-control-call.h"

#include <string.h>

ConfsyncControlAccess *
confsync_control_access_new (ConfsyncManager *manager,
                            GCancellable *closed,
                            ConfsyncControlBacklog *backlog)
{
  ConfsyncControlAccess *self = g_rc_box_new0 (ConfsyncControlAccess);

  self->manager = g_object_ref (manager);
  self->closed = g_object_ref (closed);
  self->backlog = backlog;
  return self;
}

ConfsyncControlAccess *
confsync_control_access_ref (ConfsyncControlAccess *self)
{
  return g_rc_box_acquire (self);
}

static void
access_clear (ConfsyncControlAccess *self)
{
  g_object_unref (self->manager);
  g_object_unref (self->closed);
}

void
confsync_control_access_unref (ConfsyncControlAccess *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) access_clear);
}

static void
access_unref_closure (gpointer access, GClosure *closure)
{
  confsync_control_access_unref (access);
}

void
confsync_control_access_connect (ConfsyncControlAccess *self,
                                 ConfsyncDBusDocument *skeleton,
                                 const ConfsyncControlMethod *methods,
                                 gsize n_methods)
{
  for (gsize i = 0; i < n_methods; i++)
    g_signal_connect_data (skeleton, methods[i].signal, methods[i].handler,
                           confsync_control_access_ref (self), access_unref_closure, 0);
}

ConfsyncControlCall *
confsync_control_call_new (ConfsyncControlAccess *access, GDBusMethodInvocation *invocation)
{
  ConfsyncControlCall *self = g_new0 (ConfsyncControlCall, 1);

  self->access = confsync_control_access_ref (access);
  self->invocation = invocation;
  return self;
}

void
confsync_control_call_free (ConfsyncControlCall *self)
{
  if (self->invocation != NULL)
    confsync_control_call_fail (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                                                   "the call was dropped"));
  confsync_control_access_unref (self->access);
  g_free (self);
}

static void
note_sent (ConfsyncControlCall *self, gsize bytes)
{
  if (self->access->backlog != NULL)
    confsync_control_backlog_sent (self->access->backlog, bytes);
}

void
confsync_control_call_return (ConfsyncControlCall *self, GVariant *values)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (values);

  g_return_if_fail (self->invocation != NULL);

  g_dbus_method_invocation_return_value (g_steal_pointer (&self->invocation), sunk);
  note_sent (self, g_variant_get_size (sunk));
}

void
confsync_control_call_fail (ConfsyncControlCall *self, GError *error)
{
  g_autoptr (GError) owned = error;
  /* a message may quote the bytes of a path */
  g_autofree char *message = g_utf8_make_valid (error->message, -1);

  g_return_if_fail (self->invocation != NULL);

  g_dbus_method_invocation_return_error_literal (g_steal_pointer (&self->invocation),
                                                 error->domain, error->code, message);
  note_sent (self, strlen (message));
}

ConfsyncDocument *
confsync_control_call_get_document (ConfsyncControlCall *self, GError **error)
{
  ConfsyncDocument *document = confsync_manager_dup_document (self->access->manager);

  if (document != NULL)
    return document;
  if (confsync_manager_is_running (self->access->manager))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "there is no configuration yet: neither in the file nor from a peer");
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the instance is stopping");
  return NULL;
}

ConfsyncJson *
confsync_control_call_parse (ConfsyncControlCall *self, guint argument, GError **error)
{
  ConfsyncNode *node = confsync_manager_get_node (self->access->manager);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (self->invocation);
  g_autoptr (GBytes) bytes = NULL;
  ConfsyncJsonLimits limits = { 0 };
  guint64 max_bytes;
  const char *text;

  /* in access: no copy of what may be refused in a moment */
  g_variant_get_child (parameters, argument, "&s", &text);
  g_object_get (node, "max-bytes", &max_bytes, "max-depth", &limits.max_depth, "max-values",
                &limits.max_values, NULL);
  limits.max_bytes = max_bytes;
  bytes = g_bytes_new_with_free_func (text, strlen (text), (GDestroyNotify) g_variant_unref,
                                      g_variant_ref (parameters));
  return confsync_json_parse (bytes, &limits, error);
}

gboolean
confsync_control_call_check_flags (guint flags, GError **error)
{
  if ((flags & ~(guint) CONFSYNC_EDIT_ALLOW_EMPTY) == 0)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "there is no flag %u; 1 allows an empty configuration", flags);
  return FALSE;
}

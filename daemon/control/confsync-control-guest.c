/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The door. The kernel says who it is; the handshake may only say the same again. A handshake
 * occupies a thread, so it has a deadline, and whoever calls lets few in at once.
 */

#include "config.h"

#include "confsync-control-guest.h"

#include <confsync.h>
#include <unistd.h>

#define HANDSHAKE_MS 5000

static gboolean
is_welcome (GCredentials *credentials)
{
  const uid_t uid =
    credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;

  return uid == 0 || uid == geteuid ();
}

gboolean
confsync_control_guest_check (GSocketConnection *stream, GError **error)
{
  GSocket *socket = g_socket_connection_get_socket (stream);
  g_autoptr (GCredentials) credentials = g_socket_get_credentials (socket, error);

  if (credentials == NULL)
    return FALSE;
  if (is_welcome (credentials))
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "user %u (process %ld) may not use this user's control socket",
               (guint) g_credentials_get_unix_user (credentials, NULL),
               (long) g_credentials_get_unix_pid (credentials, NULL));
  return FALSE;
}

/* These two are called in a thread of GDBus. */
static gboolean
authorize_cb (GDBusAuthObserver *observer,
                  GIOStream *stream,
                  GCredentials *credentials,
                  gpointer user_data)
{
  return is_welcome (credentials);
}

static gboolean
allow_mechanism_cb (GDBusAuthObserver *observer, const char *mechanism, gpointer user_data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_finish (result, &error);

  if (connection != NULL)
    g_task_return_pointer (task, connection, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
forget_deadline (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
cancelled_cb (GCancellable *cancellable, GCancellable *inner)
{
  g_cancellable_cancel (inner);
}

void
confsync_control_guest_let_in_async (GSocketConnection *stream,
                                     const char *guid,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, NULL, callback, user_data);
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autoptr (GCancellable) inner = g_cancellable_new ();
  GSource *deadline = g_timeout_source_new (HANDSHAKE_MS);

  g_task_set_source_tag (task, confsync_control_guest_let_in_async);
  g_source_set_callback (deadline, deadline_cb, g_object_ref (inner), g_object_unref);
  g_source_attach (deadline, g_main_context_get_thread_default ());
  g_task_set_task_data (task, deadline, forget_deadline);
  g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (cancelled_cb), inner, 0);

  g_signal_connect (observer, "authorize-authenticated-peer", G_CALLBACK (authorize_cb), NULL);
  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (allow_mechanism_cb), NULL);
  g_dbus_connection_new (G_IO_STREAM (stream), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         observer, inner, connected_cb, g_object_ref (task));
}

GDBusConnection *
confsync_control_guest_let_in_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

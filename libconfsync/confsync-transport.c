/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a transport: checks arguments, then asks the implementation.
 */

#include "config.h"

#include "confsync-transport.h"

#include "confsync-call-private.h"
#include "confsync-error.h"

/**
 * ConfsyncTransport:
 *
 * Reaches other instances by addresses of some schemes. It only moves messages: reconnecting,
 * handshake, heartbeats and limits are the core's.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (ConfsyncTransport, confsync_transport, G_TYPE_OBJECT)

static void
confsync_transport_default_init (ConfsyncTransportInterface *iface)
{
}

/**
 * confsync_transport_get_schemes:
 * @self: a transport
 *
 * Gets the address schemes it understands.
 *
 * Returns: (transfer none) (array zero-terminated=1): the address schemes it understands
 *
 * Since: 1.0
 */
const char *const *
confsync_transport_get_schemes (ConfsyncTransport *self)
{
  g_return_val_if_fail (CONFSYNC_IS_TRANSPORT (self), NULL);

  return CONFSYNC_TRANSPORT_GET_IFACE (self)->get_schemes (self);
}

/**
 * confsync_transport_listen_async:
 * @self: a transport
 * @address: a URL with one of its schemes
 * @flags: who may come in
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Opens a listener.
 *
 * Since: 1.0
 */
void
confsync_transport_listen_async (ConfsyncTransport *self,
                                 const char *address,
                                 ConfsyncListenFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_TRANSPORT (self));
  g_return_if_fail (address != NULL);

  task = confsync_call_begin (self, confsync_transport_listen_async, CONFSYNC_CALL_ANSWER,
                              cancellable, callback, user_data);
  /* an implementation may open at once, and nobody would want the listener */
  if (!g_task_return_error_if_cancelled (task))
    CONFSYNC_TRANSPORT_GET_IFACE (self)->listen (self, address, flags, task);
}

/**
 * confsync_transport_listen_finish:
 * @self: a transport
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a listener.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_ADDRESS, with %CONFSYNC_ERROR_REFUSED where the address is
 * open to other machines and @flags didn't allow that, and with a %G_IO_ERROR of the system, such
 * as %G_IO_ERROR_ADDRESS_IN_USE.
 *
 * Returns: (transfer full): the listener
 *
 * Since: 1.0
 */
ConfsyncListener *
confsync_transport_listen_finish (ConfsyncTransport *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * confsync_transport_dial:
 * @self: a transport
 * @address: a URL with one of its schemes
 * @error: return location for an error, or %NULL
 *
 * Starts to connect. The channel is still connecting: what goes wrong later comes with its
 * [signal@Channel::closed].
 *
 * Fails with %CONFSYNC_ERROR_INVALID_ADDRESS where the address makes no sense.
 *
 * Returns: (transfer full): the channel
 *
 * Since: 1.0
 */
ConfsyncChannel *
confsync_transport_dial (ConfsyncTransport *self, const char *address, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_TRANSPORT (self), NULL);
  g_return_val_if_fail (address != NULL, NULL);

  return CONFSYNC_TRANSPORT_GET_IFACE (self)->dial (self, address, error);
}

/**
 * confsync_transport_return_listener:
 * @task: the task that listen was given
 * @listener: the open listener
 *
 * For implementations: ends a listen with success.
 *
 * Since: 1.0
 */
void
confsync_transport_return_listener (GTask *task, ConfsyncListener *listener)
{
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (CONFSYNC_IS_LISTENER (listener));

  confsync_call_return (task, g_object_ref (listener), g_object_unref);
}

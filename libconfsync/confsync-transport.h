/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How another instance is reached: the interface that transport plugins implement.
 */

#pragma once

#include "confsync-listener.h"

G_BEGIN_DECLS

/**
 * ConfsyncListenFlags:
 * @CONFSYNC_LISTEN_NONE: only this machine may come in; another address is refused
 * @CONFSYNC_LISTEN_EXPOSED: other machines may come in
 * @CONFSYNC_LISTEN_LEGACY: from other machines, too, those may come in that agree on no protocol;
 *   from this machine they always may
 *
 * Who a listener may serve.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_LISTEN_NONE = 0,
  CONFSYNC_LISTEN_EXPOSED = 1 << 0,
  CONFSYNC_LISTEN_LEGACY = 1 << 1,
} ConfsyncListenFlags;

#define CONFSYNC_TYPE_TRANSPORT (confsync_transport_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncTransport, confsync_transport, CONFSYNC, TRANSPORT, GObject)

/**
 * ConfsyncTransportInterface:
 *
 * What a transport implements. One that has a `clock` property gets the node's clock there, and one
 * that has a `tls` property gets the node's [class@Tls], which may be %NULL, before it is asked for
 * anything. So it is with `allow-public`, `proxy`, `allow-origin` and `allow-host`: it gets what
 * the node has.
 *
 * Since: 1.0
 */
struct _ConfsyncTransportInterface
{
  GTypeInterface parent_iface;

  /**
   * ConfsyncTransportInterface::get_schemes:
   * @self: the transport
   *
   * The address schemes that it understands, such as `ws`.
   *
   * Returns: (transfer none) (array zero-terminated=1): the schemes; the same ones every time
   *
   * Since: 1.0
   */
  const char *const *(*get_schemes) (ConfsyncTransport *self);

  /**
   * ConfsyncTransportInterface::listen:
   * @self: the transport
   * @address: a URL with one of its schemes
   * @flags: who may come in
   * @task: ended with [func@Transport.return_listener] or a failure, once, now or later
   *
   * Opens a listener.
   *
   * Since: 1.0
   */
  void (*listen) (ConfsyncTransport *self,
                  const char *address,
                  ConfsyncListenFlags flags,
                  GTask *task);

  /**
   * ConfsyncTransportInterface::dial:
   * @self: the transport
   * @address: a URL with one of its schemes
   * @error: return location for an error, or %NULL
   *
   * Starts to connect, and gives the channel back at once.
   *
   * Returns: (transfer full): the channel
   *
   * Since: 1.0
   */
  ConfsyncChannel *(*dial) (ConfsyncTransport *self, const char *address, GError **error);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
const char *const *confsync_transport_get_schemes (ConfsyncTransport *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_transport_listen_async (ConfsyncTransport *self,
                                      const char *address,
                                      ConfsyncListenFlags flags,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncListener *confsync_transport_listen_finish (ConfsyncTransport *self,
                                                    GAsyncResult *result,
                                                    GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncChannel *confsync_transport_dial (ConfsyncTransport *self,
                                          const char *address,
                                          GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_transport_return_listener (GTask *task, ConfsyncListener *listener);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Somebody who connected and is not upgraded yet: has its TLS done, where that is wanted, reads
 * one request, has it judged, answers it. A
 * guest that is slow is shown out by a deadline; nothing here trusts what it says.
 */

#pragma once

#include <confsync.h>

#include "confsync-websocket-address.h"
#include "confsync-websocket-gate.h"
#include "confsync-websocket-policy.h"
#include "confsync-websocket-stream.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_WEBSOCKET_GUEST (confsync_websocket_guest_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncWebsocketGuest, confsync_websocket_guest, CONFSYNC, WEBSOCKET_GUEST,
                      GObject)

/* What the house does with a guest. */
typedef struct
{
  /* (transfer full): the health report */
  char *(*health) (gpointer host);
  void (*refused) (gpointer host, ConfsyncWebsocketGuest *guest, const char *reason);
  /* the stream is the host's from now on; done came before */
  void (*upgraded) (gpointer host, ConfsyncWebsocketGuest *guest, const char *protocol);
  /* called exactly once, also after confsync_websocket_guest_cut() */
  void (*done) (gpointer host, ConfsyncWebsocketGuest *guest);
} ConfsyncWebsocketHost;

/* @tls: (nullable) where none is wanted. @gate: where it waits for its turn with that. @legacy: it
 * may come in without offering a protocol. @table is static; @host and @gate outlive the guest, or
 * it is cut before they go. */
ConfsyncWebsocketGuest *confsync_websocket_guest_new (ConfsyncWebsocketStream *stream,
                                                      ConfsyncWebsocketAddress *address,
                                                      ConfsyncTls *tls,
                                                      ConfsyncWebsocketGate *gate,
                                                      ConfsyncWebsocketPolicy *policy,
                                                      gboolean legacy,
                                                      const ConfsyncWebsocketHost *table,
                                                      gpointer host);

/* Begins; @timeout_ms is for everything until the upgrade has been answered. */
void confsync_websocket_guest_serve (ConfsyncWebsocketGuest *self, guint timeout_ms);

/* Shows it out at once, with a reason (nullable) that is reported. */
void confsync_websocket_guest_cut (ConfsyncWebsocketGuest *self, const char *reason);

ConfsyncWebsocketStream *confsync_websocket_guest_get_stream (ConfsyncWebsocketGuest *self);

/* see confsync_websocket_remote_dup_place () */
const char *confsync_websocket_guest_get_place (ConfsyncWebsocketGuest *self);

G_END_DECLS

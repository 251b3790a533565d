/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lets a few in at a time, and the others wait. GIO keeps a thread of a small pool for each TLS
 * handshake until it is over, so those who stop in the middle of theirs would keep everybody out.
 * All listeners of a transport share one, as they share the threads; it belongs to their thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncWebsocketGate ConfsyncWebsocketGate;
typedef struct _ConfsyncWebsocketVisit ConfsyncWebsocketVisit;

/* what a visitor is told; @visitor: what it gave */
typedef struct
{
  /* it is inside; perhaps at once, before it has the visit */
  void (*enter) (gpointer visitor);
  /* it was inside for too long while others wait, and is to leave soon */
  void (*hurry) (gpointer visitor);
} ConfsyncWebsocketVisitor;

ConfsyncWebsocketGate *confsync_websocket_gate_new (guint max, guint patience_ms);

ConfsyncWebsocketGate *confsync_websocket_gate_ref (ConfsyncWebsocketGate *self);
/* Where it was the last one, all visitors have left. */
void confsync_websocket_gate_unref (ConfsyncWebsocketGate *self);

/* @place: where the visitor is from; one of a place that has fewer inside goes first. @table is
 * static. The visit is for confsync_websocket_gate_leave(), which is called once. */
ConfsyncWebsocketVisit *confsync_websocket_gate_visit (ConfsyncWebsocketGate *self,
                                                       const char *place,
                                                       const ConfsyncWebsocketVisitor *table,
                                                       gpointer visitor);

/* It goes, from inside or from the queue. */
void confsync_websocket_gate_leave (ConfsyncWebsocketGate *self, ConfsyncWebsocketVisit *visit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncWebsocketGate, confsync_websocket_gate_unref)

G_END_DECLS

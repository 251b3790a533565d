/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Messages and file changes for programs whose loop is not GLib's: transports and watchers in a
 * thread of their own. It knows nothing of what is in a message.
 */

#pragma once

#include "confsync-transport.h"

G_BEGIN_DECLS

/**
 * ConfsyncCourierEvent:
 * @CONFSYNC_COURIER_NOTHING: nothing waits
 * @CONFSYNC_COURIER_OPENED: a dialled channel stands, its text says with whom; or a file is watched
 * @CONFSYNC_COURIER_LISTENING: others can come in; the text is the address, with the real port
 * @CONFSYNC_COURIER_ACCEPTED: somebody came in, under a new number; the text says from where
 * @CONFSYNC_COURIER_RECEIVED: a message came in
 * @CONFSYNC_COURIER_CHANGED: a watched file may have changed
 * @CONFSYNC_COURIER_REFUSED: a listener turned somebody away; the text says whom and why
 * @CONFSYNC_COURIER_CLOSED: it is over, and the number with it; the text says why, and is %NULL for
 *   an orderly end
 *
 * What a courier has to say.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_COURIER_NOTHING,
  CONFSYNC_COURIER_OPENED,
  CONFSYNC_COURIER_LISTENING,
  CONFSYNC_COURIER_ACCEPTED,
  CONFSYNC_COURIER_RECEIVED,
  CONFSYNC_COURIER_CHANGED,
  CONFSYNC_COURIER_REFUSED,
  CONFSYNC_COURIER_CLOSED,
} ConfsyncCourierEvent;

#define CONFSYNC_TYPE_COURIER (confsync_courier_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncCourier, confsync_courier, CONFSYNC, COURIER, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncCourier *confsync_courier_new (const char *instance_id);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_courier_listen (ConfsyncCourier *self,
                               const char *address,
                               ConfsyncListenFlags flags,
                               GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_courier_dial (ConfsyncCourier *self, const char *address, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_courier_watch (ConfsyncCourier *self, const char *path, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_courier_send (ConfsyncCourier *self, guint id, GBytes *message);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_courier_end (ConfsyncCourier *self, guint id);

CONFSYNC_AVAILABLE_IN_1_0
int confsync_courier_get_fd (ConfsyncCourier *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncCourierEvent confsync_courier_pop (ConfsyncCourier *self,
                                           guint *id,
                                           GBytes **message,
                                           char **text);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_courier_close (ConfsyncCourier *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Turns away, for next to nothing, who may not even come in: one answer, nothing is read.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncWebsocketDoorstep ConfsyncWebsocketDoorstep;

ConfsyncWebsocketDoorstep *confsync_websocket_doorstep_new (void);
void confsync_websocket_doorstep_free (ConfsyncWebsocketDoorstep *self);

/* Says @answer (nullable) and ends the connection. */
void confsync_websocket_doorstep_turn_away (ConfsyncWebsocketDoorstep *self,
                                            GSocketConnection *connection,
                                            const char *answer);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a TCP socket does about data that nobody acknowledges: it sends it again at least about once
 * a second, so that a network that healed is noticed at once, and gives up in the end. It knows
 * nothing of what is sent.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncTcpResender ConfsyncTcpResender;

/* Sets up a connected socket (borrowed). @dialled: its owner can dial anew. */
ConfsyncTcpResender *confsync_tcp_resender_new (int fd, gboolean dialled);

/* Something was given to the socket to send. */
void confsync_tcp_resender_wrote (ConfsyncTcpResender *self);

/* To be called before the socket is closed; consumes @self. The connection ends. Where it wasn't
 * dialled, and the other end is to learn of that (@tell) but seems not to hear, what it has not
 * acknowledged is sent again for as long as before. */
void confsync_tcp_resender_end (ConfsyncTcpResender *self, gboolean tell);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The first frame each way. Who dialled offers protocols; who listens takes one, or says why not.
 * Both are a line of text, so that whatever else is spoken on a socket is told from it at once.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CONFSYNC_UNIX_PROTOCOL "confsync.v1"

/* of a handshake's frame; what begins like HTTP or JSON announces far more */
#define CONFSYNC_UNIX_HANDSHAKE_MAX_BYTES 512

GBytes *confsync_unix_handshake_offer (void);

/* Reads an offer. Gives the protocol (static), NULL with an error for people. */
const char *confsync_unix_handshake_read_offer (GBytes *frame, GError **error);

GBytes *confsync_unix_handshake_take (const char *protocol);
GBytes *confsync_unix_handshake_refuse (const char *reason);

/* Reads what an offer was answered with. Gives the protocol (static), NULL with an error. */
const char *confsync_unix_handshake_read_answer (GBytes *frame, GError **error);

G_END_DECLS

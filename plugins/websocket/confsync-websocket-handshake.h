/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The opening handshake of RFC 6455 from both ends, as pure functions on heads and text; and which
 * requests our side of it takes at all.
 */

#pragma once

#include "confsync-websocket-address.h"
#include "confsync-websocket-head.h"
#include "confsync-websocket-policy.h"

G_BEGIN_DECLS

#define CONFSYNC_WEBSOCKET_PROTOCOL "confsync.v1"

/* the HTTP status codes that a listener uses */
typedef enum {
  CONFSYNC_HTTP_SWITCHING = 101, /* to a WebSocket */
  CONFSYNC_HTTP_OK = 200,        /* the health report */
  CONFSYNC_HTTP_BAD_REQUEST = 400,
  CONFSYNC_HTTP_FORBIDDEN = 403,
  CONFSYNC_HTTP_NOT_FOUND = 404,
  CONFSYNC_HTTP_METHOD = 405,
  CONFSYNC_HTTP_BODY = 413,
  CONFSYNC_HTTP_UPGRADE_REQUIRED = 426,
  CONFSYNC_HTTP_TOO_MANY = 429, /* requests from there */
  CONFSYNC_HTTP_HEAD_TOO_LARGE = 431,
  CONFSYNC_HTTP_VERSION = 505,
} ConfsyncHttpStatus;

/* the words that go with it */
const char *confsync_http_status_phrase (ConfsyncHttpStatus status);

/* what a request is answered with */
typedef struct
{
  ConfsyncHttpStatus status;
  char *reason;         /* (nullable) one line, where it is refused */
  const char *protocol; /* (nullable) the agreed one, where it is an upgrade */
} ConfsyncWebsocketVerdict;

void confsync_websocket_verdict_clear (ConfsyncWebsocketVerdict *self);

/* Judges a request to a listener that takes peers at @address; @legacy: also where they offer no
 * protocol. */
void confsync_websocket_handshake_judge (const ConfsyncWebsocketHead *request,
                                         const ConfsyncWebsocketAddress *address,
                                         const ConfsyncWebsocketPolicy *policy,
                                         gboolean legacy,
                                         ConfsyncWebsocketVerdict *verdict);

/* The text that accepts an upgrade that was judged 101. */
char *confsync_websocket_handshake_accept (const ConfsyncWebsocketHead *request,
                                           const char *protocol);

/* a fresh Sec-WebSocket-Key */
char *confsync_websocket_handshake_new_key (void);

char *confsync_websocket_handshake_request (const ConfsyncWebsocketAddress *address,
                                            const char *key);

/* Checks a server's answer; @plain: nothing was offered. @protocol is what it agreed to: NULL where
 * it knows none. Fails with
 * CONFSYNC_ERROR_REFUSED, where the message has the HTTP status, and with
 * CONFSYNC_ERROR_INVALID_MESSAGE where it is no proper answer. */
gboolean confsync_websocket_handshake_check_answer (const ConfsyncWebsocketHead *answer,
                                                    const char *key,
                                                    gboolean plain,
                                                    const char **protocol,
                                                    GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncWebsocketVerdict, confsync_websocket_verdict_clear)

G_END_DECLS

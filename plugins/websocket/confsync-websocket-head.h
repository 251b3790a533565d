/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The head of an HTTP/1.1 request or answer, strictly read: what RFC 9112 lets a reader be lenient
 * about is refused, since nobody who speaks to us needs it.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_WEBSOCKET_HEAD_REQUEST,
  CONFSYNC_WEBSOCKET_HEAD_ANSWER,
} ConfsyncWebsocketHeadKind;

/* immutable */
typedef struct _ConfsyncWebsocketHead ConfsyncWebsocketHead;

/* @text ends with the empty line. Fails with CONFSYNC_ERROR_INVALID_MESSAGE. */
ConfsyncWebsocketHead *confsync_websocket_head_parse (const char *text,
                                                      gsize size,
                                                      GError **error);

void confsync_websocket_head_free (ConfsyncWebsocketHead *self);

/* Reads up to and including the empty line, at most @max_bytes, and fails as soon as the beginning
 * can't be a head of that kind. */
void confsync_websocket_head_read_async (GInputStream *input,
                                         ConfsyncWebsocketHeadKind kind,
                                         gsize max_bytes,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

/* @rest: what was read beyond the head (transfer full). Fails with CONFSYNC_ERROR_INVALID_MESSAGE,
 * CONFSYNC_ERROR_TOO_LARGE, G_IO_ERROR_CONNECTION_CLOSED at an early end, or an I/O error. */
ConfsyncWebsocketHead *confsync_websocket_head_read_finish (GAsyncResult *result,
                                                            GBytes **rest,
                                                            GError **error);

/* the three parts of the first line: method, target, version; or version, status, reason */
const char *confsync_websocket_head_get_start (const ConfsyncWebsocketHead *self, guint part);

/* how many header lines have that name */
guint confsync_websocket_head_count (const ConfsyncWebsocketHead *self, const char *name);

/* the value of the first header line of that name; NULL where there is none */
const char *confsync_websocket_head_get (const ConfsyncWebsocketHead *self, const char *name);

/* all comma-separated elements of all header lines of that name */
GStrv confsync_websocket_head_list (const ConfsyncWebsocketHead *self, const char *name);

/* whether an element is @token, in any case */
gboolean confsync_websocket_head_has_token (const ConfsyncWebsocketHead *self,
                                            const char *name,
                                            const char *token);

/* what a stranger sent, for a message: short, ASCII, control characters escaped */
char *confsync_websocket_head_quote (const char *text, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncWebsocketHead, confsync_websocket_head_free)

G_END_DECLS

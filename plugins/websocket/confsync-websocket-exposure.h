/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which addresses may be listened on, dialled and served, on which terms: the one table that says
 * so, as pure functions. It must not resolve, open or remember anything.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* from where an address can be reached; the wider is the greater */
typedef enum {
  CONFSYNC_WEBSOCKET_REACH_LOOPBACK, /* this machine */
  CONFSYNC_WEBSOCKET_REACH_PRIVATE,  /* link-local, private (RFC 1918), unique local (RFC 4193) */
  CONFSYNC_WEBSOCKET_REACH_ANY,      /* 0.0.0.0 and ::, whatever the machine has */
  CONFSYNC_WEBSOCKET_REACH_PUBLIC,   /* everything else, also what is no host's address */
} ConfsyncWebsocketReach;

/* IPv4 that is mapped into IPv6 counts as what it is. */
ConfsyncWebsocketReach confsync_websocket_reach_of (GInetAddress *address);

/* what was agreed to */
typedef struct
{
  gboolean tls;          /* the scheme is wss */
  gboolean open;         /* others may come in: they have to prove who they are, or anybody may */
  gboolean allow_public; /* somebody said so */
} ConfsyncWebsocketTerms;

/* Each gives NULL, or what speaks against it, to be read behind the address (static). */
const char *confsync_websocket_exposure_judge_listener (ConfsyncWebsocketReach reach,
                                                        const ConfsyncWebsocketTerms *terms);
/* @remote and @local: the ends of a connection that came in */
const char *confsync_websocket_exposure_judge_guest (ConfsyncWebsocketReach remote,
                                                     ConfsyncWebsocketReach local,
                                                     const ConfsyncWebsocketTerms *terms);
const char *confsync_websocket_exposure_judge_dial (ConfsyncWebsocketReach reach,
                                                    const ConfsyncWebsocketTerms *terms);

G_END_DECLS

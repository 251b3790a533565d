/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What somebody has allowed beyond what is safe for everybody, and which proxy is taken. Immutable:
 * a transport makes another one for a change, and what was begun before keeps its own.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean allow_public; /* addresses, with TLS */
  char *proxy;           /* (nullable): the URL of the only one that is used */
  GStrv origins;         /* whose web pages may connect, as browsers write them */
  GStrv hosts;           /* other names of this machine, for the health report */
} ConfsyncWebsocketPolicy;

/* @origins and @hosts are nullable. */
ConfsyncWebsocketPolicy *confsync_websocket_policy_new (gboolean allow_public,
                                                        const char *proxy,
                                                        const char *const *origins,
                                                        const char *const *hosts);
ConfsyncWebsocketPolicy *confsync_websocket_policy_ref (ConfsyncWebsocketPolicy *self);
void confsync_websocket_policy_unref (ConfsyncWebsocketPolicy *self);

/* Whether an Origin header is one of those that may connect; “null” never is. */
gboolean confsync_websocket_policy_takes_origin (const ConfsyncWebsocketPolicy *self,
                                                 const char *origin);

/* Whether a name, without a port, is one of this machine's. */
gboolean confsync_websocket_policy_takes_host (const ConfsyncWebsocketPolicy *self,
                                               const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncWebsocketPolicy, confsync_websocket_policy_unref)

G_END_DECLS

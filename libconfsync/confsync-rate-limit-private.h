/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How often strangers may come from one address, and for how long one is blocked that came more
 * often. It only counts; who asks turns away.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 0 requests a minute: there is no limit. */
typedef struct
{
  guint requests_per_minute;
  guint block_seconds;
  gboolean whitelist_local; /* loopback addresses are never blocked for requests */
} ConfsyncRateLimits;

typedef struct _ConfsyncRateLimit ConfsyncRateLimit;

ConfsyncRateLimit *confsync_rate_limit_new (void);
void confsync_rate_limit_free (ConfsyncRateLimit *self);

/* What holds from now on (borrowed). */
ConfsyncRateLimits *confsync_rate_limit_get_limits (ConfsyncRateLimit *self);

/* what came: a failed proof counts from this machine, too */
typedef enum {
  CONFSYNC_RATE_REQUEST,
  CONFSYNC_RATE_FAILED_PROOF,
} ConfsyncRateKind;

/* Counts one, and gives how many seconds the address is blocked yet, at least 1; 0: it is not.
 * @remote: an IP address with a port, as in 10.0.0.2:4711 or [fe80::1]:4711; anything else, such as
 * a Unix socket, is never blocked. @begins: (out): whether this was the one too many. */
guint confsync_rate_limit_count (ConfsyncRateLimit *self,
                                 const char *remote,
                                 ConfsyncRateKind kind,
                                 gint64 now_us,
                                 gboolean *begins);

/* Takes one request back: who made it has shown since that it belongs here. Where those who are
 * blocked have mostly done so, their block ends early: a fleet that comes at once is no attack.
 * Nothing is taken back that wasn't counted within the same minute, nor what is never counted. Says
 * whether a block ended. */
gboolean confsync_rate_limit_give_back (ConfsyncRateLimit *self,
                                        const char *remote,
                                        gint64 now_us);

/* How many addresses are blocked. */
guint confsync_rate_limit_count_blocked (ConfsyncRateLimit *self, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncRateLimit, confsync_rate_limit_free)

G_END_DECLS

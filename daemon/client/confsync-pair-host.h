/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The listening end of `confsync pair`: takes connections until one of them knows the code.
 */

#pragma once

#include "confsync-pairing.h"

G_BEGIN_DECLS

typedef struct _ConfsyncPairHost ConfsyncPairHost;

/* @host: a name or an address; `::` is every address, of IPv4 as well. @port: 0 for a free one.
 * @side must outlive it. */
ConfsyncPairHost *confsync_pair_host_new (const char *host,
                                          guint16 port,
                                          const ConfsyncPairingSide *side,
                                          GError **error);
void confsync_pair_host_free (ConfsyncPairHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncPairHost, confsync_pair_host_free)

guint16 confsync_pair_host_get_port (ConfsyncPairHost *self);

/* Runs the default main context. Fails with CONFSYNC_ERROR_DEADLINE, and with
 * CONFSYNC_ERROR_REFUSED after five wrong proofs. */
ConfsyncPairingPeer *confsync_pair_host_wait (ConfsyncPairHost *self,
                                              guint timeout_ms,
                                              GError **error);

G_END_DECLS

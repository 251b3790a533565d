/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's limits. The values only; who takes something in compares.
 */

#pragma once

#include "confsync-json.h"
#include "confsync-transport.h"

G_BEGIN_DECLS

typedef struct
{
  ConfsyncJsonLimits document;
  guint max_connections;
  guint max_handshakes; /* of one address, not known yet */
  guint handshake_timeout_ms;
  gsize max_unsent_bytes;
} ConfsyncNodeLimits;

void confsync_node_limits_install (GObjectClass *klass);
/* FALSE: @id is no limit. */
gboolean confsync_node_limits_get (const ConfsyncNodeLimits *self, guint id, GValue *value);
gboolean confsync_node_limits_set (ConfsyncNodeLimits *self, guint id, const GValue *value);

/* Tells a transport what it has to hold, as far as it has properties for it; for what is begun
 * afterwards. */
void confsync_node_limits_give (const ConfsyncNodeLimits *self, ConfsyncTransport *transport);

G_END_DECLS

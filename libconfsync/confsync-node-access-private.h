/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * From where a node may be reached, what it may reach, and how often strangers may come.
 */

#pragma once

#include "confsync-rate-limit-private.h"
#include "confsync-transport.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean allow_public;
  char *proxy; /* (nullable) */
  GStrv allow_origin;
  GStrv allow_host;
  ConfsyncRateLimit *rate; /* (owned) */
  guint64 refused;         /* how many were turned away */
  GSource *telling;        /* (owned) (nullable): will notify of that number */
} ConfsyncNodeAccess;

void confsync_node_access_init (ConfsyncNodeAccess *self);
void confsync_node_access_clear (ConfsyncNodeAccess *self);

void confsync_node_access_install (GObjectClass *klass);
/* FALSE: @id is none of these. */
gboolean confsync_node_access_get (const ConfsyncNodeAccess *self, guint id, GValue *value);
gboolean confsync_node_access_set (ConfsyncNodeAccess *self, guint id, const GValue *value);

/* Tells a transport, as far as it has properties for it; for what is begun afterwards. */
void confsync_node_access_give (const ConfsyncNodeAccess *self, ConfsyncTransport *transport);

G_END_DECLS

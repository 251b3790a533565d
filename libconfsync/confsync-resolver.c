/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a resolver.
 */

#include "config.h"

#include "confsync-resolver.h"

/**
 * ConfsyncResolver:
 *
 * Decides between two concurrent revisions. It is called in the manager's thread.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (ConfsyncResolver, confsync_resolver, G_TYPE_OBJECT)

static void
confsync_resolver_default_init (ConfsyncResolverInterface *iface)
{
}

/**
 * confsync_resolver_resolve:
 * @self: a resolver
 * @conflict: what to decide
 *
 * Asks for a decision. The answer comes through @conflict, perhaps before this function returns.
 *
 * Since: 1.0
 */
void
confsync_resolver_resolve (ConfsyncResolver *self, ConfsyncConflict *conflict)
{
  g_return_if_fail (CONFSYNC_IS_RESOLVER (self));
  g_return_if_fail (conflict != NULL);

  CONFSYNC_RESOLVER_GET_IFACE (self)->resolve (self, conflict);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The winner keeps its own stamp: a joined one would claim that the loser is included, and an
 * instance that merges would never see it.
 */

#include "confsync-lww-resolver.h"

struct _ConfsyncLwwResolver
{
  GObject parent_instance;
};

static void confsync_lww_resolver_resolver_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncLwwResolver, confsync_lww_resolver, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER,
                                                      confsync_lww_resolver_resolver_init))

static void
confsync_lww_resolver_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  if (confsync_revision_compare (confsync_conflict_get_local (conflict),
                                 confsync_conflict_get_remote (conflict)) > 0)
    confsync_conflict_take_local (conflict);
  else
    confsync_conflict_take_remote (conflict);
}

static gboolean
confsync_lww_resolver_needs_base (ConfsyncResolver *resolver)
{
  return FALSE;
}

static void
confsync_lww_resolver_resolver_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = confsync_lww_resolver_resolve;
  iface->needs_base = confsync_lww_resolver_needs_base;
}

static void
confsync_lww_resolver_class_init (ConfsyncLwwResolverClass *klass)
{
}

static void
confsync_lww_resolver_init (ConfsyncLwwResolver *self)
{
}

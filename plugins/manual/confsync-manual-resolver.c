/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * It holds no conflict itself: what is declined goes back to the engine, which lists it, keeps it
 * on disk and has it settled. So it outlives the process.
 */

#include "confsync-manual-resolver.h"

struct _ConfsyncManualResolver
{
  GObject parent_instance;
};

static void confsync_manual_resolver_resolver_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncManualResolver, confsync_manual_resolver, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER,
                                                      confsync_manual_resolver_resolver_init))

static void
confsync_manual_resolver_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  confsync_conflict_decline (conflict, "waits for a decision");
}

static gboolean
confsync_manual_resolver_needs_base (ConfsyncResolver *resolver)
{
  return FALSE;
}

static void
confsync_manual_resolver_resolver_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = confsync_manual_resolver_resolve;
  iface->needs_base = confsync_manual_resolver_needs_base;
}

static void
confsync_manual_resolver_class_init (ConfsyncManualResolverClass *klass)
{
}

static void
confsync_manual_resolver_init (ConfsyncManualResolver *self)
{
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who decides between two concurrent revisions: the interface that resolver plugins implement.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-conflict.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_RESOLVER (confsync_resolver_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncResolver, confsync_resolver, CONFSYNC, RESOLVER, GObject)

/**
 * ConfsyncResolverInterface:
 * @resolve: answers the conflict, or keeps a reference and answers later
 * @needs_base: (nullable): whether the answer depends on what both sides were made from; where it
 *   isn't implemented, it does
 *
 * What a resolver implements.
 *
 * Since: 1.0
 */
struct _ConfsyncResolverInterface
{
  GTypeInterface parent_iface;

  void (*resolve) (ConfsyncResolver *self, ConfsyncConflict *conflict);
  gboolean (*needs_base) (ConfsyncResolver *self);

  /*< private >*/
  gpointer _reserved[7];
};

CONFSYNC_AVAILABLE_IN_1_0
void confsync_resolver_resolve (ConfsyncResolver *self, ConfsyncConflict *conflict);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_resolver_needs_base (ConfsyncResolver *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_resolver_decide_async (ConfsyncResolver *self,
                                     ConfsyncRevision *base,
                                     ConfsyncRevision *local,
                                     ConfsyncRevision *remote,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_resolver_decide_finish (ConfsyncResolver *self,
                                                   GAsyncResult *result,
                                                   GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_resolver_decide_finish_full (ConfsyncResolver *self,
                                                        GAsyncResult *result,
                                                        GStrv *overruled,
                                                        GStrv *open,
                                                        char **remark,
                                                        GError **error);

G_END_DECLS

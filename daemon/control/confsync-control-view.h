/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One interface of one object on one connection: an exported skeleton that shows what the model
 * has. GDBus can export a skeleton on one connection only, so there is one of these for each.
 */

#pragma once

#include "confsync-control-backlog.h"
#include "confsync-control-document.h"
#include "confsync-control-node.h"

G_BEGIN_DECLS

typedef struct _ConfsyncControlView ConfsyncControlView;

/* @backlog must outlive it. */
ConfsyncControlView *confsync_control_view_new_manager (ConfsyncControlNode *node,
                                                        ConfsyncControlBacklog *backlog);
ConfsyncControlView *confsync_control_view_new_document (ConfsyncControlDocument *document,
                                                         GCancellable *closed,
                                                         ConfsyncControlBacklog *backlog);
void confsync_control_view_free (ConfsyncControlView *self);

/* What is exported (borrowed). */
GDBusObjectSkeleton *confsync_control_view_get_object (ConfsyncControlView *self);
/* What has changed goes out now. */
void confsync_control_view_flush (ConfsyncControlView *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node as the interface Manager shows it: the one model of all that is exported, whatever the
 * number of connections.
 */

#pragma once

#include <confsync.h>

#include "confsync-dbus.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CONTROL_NODE (confsync_control_node_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncControlNode, confsync_control_node, CONFSYNC, CONTROL_NODE, GObject)

/* Signals:
 *   stale ()  what takes some work to show has changed; confsync_control_node_refresh () does it */
ConfsyncControlNode *confsync_control_node_new (ConfsyncNode *node);

/* Holds the properties, and emits the interface's signal; never exported itself (borrowed). */
ConfsyncDBusManager *confsync_control_node_get_model (ConfsyncControlNode *self);
void confsync_control_node_refresh (ConfsyncControlNode *self);

G_END_DECLS

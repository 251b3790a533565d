/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One connection, and the objects that are exported on it: they follow the models, and go with it.
 */

#pragma once

#include "confsync-control-document.h"
#include "confsync-control-node.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CONTROL_CLIENT (confsync_control_client_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncControlClient, confsync_control_client, CONFSYNC, CONTROL_CLIENT,
                      GObject)

/* Signals:
 *   closed ()                the connection is gone
 *   notice (const char *)    something worth telling a person about it */

/* @connection doesn't process messages yet; the objects are there before the first. */
ConfsyncControlClient *confsync_control_client_new (GDBusConnection *connection,
                                                    ConfsyncControlNode *node);
void confsync_control_client_add_document (ConfsyncControlClient *self,
                                           ConfsyncControlDocument *document);
/* Messages are processed from now on; until then they wait. */
void confsync_control_client_start (ConfsyncControlClient *self);
/* What the models have gathered goes out. */
void confsync_control_client_flush (ConfsyncControlClient *self);
/* Ends the connection; nothing is emitted any more. */
void confsync_control_client_close (ConfsyncControlClient *self);

G_END_DECLS

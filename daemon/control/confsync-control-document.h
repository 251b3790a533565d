/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager as the interface Document shows it: the one model of all that is exported, whatever
 * the number of connections.
 */

#pragma once

#include <confsync.h>

#include "confsync-dbus.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CONTROL_DOCUMENT (confsync_control_document_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncControlDocument, confsync_control_document, CONFSYNC,
                      CONTROL_DOCUMENT, GObject)

/* Signals:
 *   stale ()  what takes some work to show has changed; confsync_control_document_refresh () does
 *             it */
ConfsyncControlDocument *confsync_control_document_new (ConfsyncManager *manager);

ConfsyncManager *confsync_control_document_get_manager (ConfsyncControlDocument *self);
/* Of the object. */
const char *confsync_control_document_get_path (ConfsyncControlDocument *self);
/* Holds the properties, and emits the interface's signals; never exported itself (borrowed). */
ConfsyncDBusDocument *confsync_control_document_get_model (ConfsyncControlDocument *self);
void confsync_control_document_refresh (ConfsyncControlDocument *self);
/* Whether anybody hears of changes; where they differ isn't looked for otherwise. */
void confsync_control_document_set_watched (ConfsyncControlDocument *self, gboolean watched);

G_END_DECLS

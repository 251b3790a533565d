/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The methods of the interface Document.
 */

#pragma once

#include "confsync-control-call.h"

G_BEGIN_DECLS

/* Answers what is asked of @skeleton; takes a reference on @access for as long as that lives. */
void confsync_control_methods_connect (ConfsyncDBusDocument *skeleton,
                                       ConfsyncControlAccess *access);

/* The same for conflicts, edits of an instance that only receives, and epochs. */
void confsync_control_conflicts_connect (ConfsyncDBusDocument *skeleton,
                                         ConfsyncControlAccess *access);

/* The same for versions, rollbacks, restores and explanations. */
void confsync_control_past_connect (ConfsyncDBusDocument *skeleton, ConfsyncControlAccess *access);

/* Compares notes with all peers, and answers; takes @call. The timeout is in ms: 0 doesn't wait,
 * %G_MAXUINT32 waits for ever. */
void confsync_control_sync (ConfsyncControlCall *call, guint timeout_ms);

G_END_DECLS

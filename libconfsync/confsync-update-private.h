/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A revision as a message, whole or as a patch on what the other end of a link holds, and the
 * document that such a message is about. Pure: which revisions both ends know is the replica's to
 * tell; who sends decides what a patch has to save.
 */

#pragma once

#include "confsync-message-private.h"
#include "confsync-replica-private.h"

G_BEGIN_DECLS

/* All but the content; that is added by one of the next two. */
ConfsyncMessage *confsync_update_new (ConfsyncRevision *revision);
void confsync_update_set_whole (ConfsyncMessage *self, ConfsyncRevision *revision);
/* FALSE: nothing is known that both ends of the link have. */
gboolean confsync_update_set_patch (ConfsyncMessage *self,
                                    ConfsyncReplica *replica,
                                    const char *link,
                                    ConfsyncRevision *revision);

/* The document of an update that came; %NULL where only the whole can tell: what the patch is for
 * isn't here, it doesn't fit that, or it gives something else than the message says. */
ConfsyncDocument *confsync_update_read (ConfsyncMessage *self, ConfsyncReplica *replica);

G_END_DECLS

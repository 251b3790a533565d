/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Clocks of others that are far ahead of the one here. Nothing is refused for it; a person is told,
 * by name and amount, since edits made there win over others made meanwhile.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

static void
note (ConfsyncNode *self, const char *who, const char *remote, gint64 ahead)
{
  GVariantDict dict;

  if (!confsync_clock_book_note (self->clocks, who, ahead))
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peer", "s", who);
  if (remote != NULL)
    g_variant_dict_insert (&dict, "remote", "s", remote);
  g_variant_dict_insert (&dict, "ahead", "x",
                         ahead > CONFSYNC_CLOCK_AHEAD_MIN_US ? ahead : (gint64) 0);
  confsync_node_emit_event (
    self, ahead > CONFSYNC_CLOCK_AHEAD_MIN_US ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO,
    CONFSYNC_EVENT_CLOCK, g_variant_dict_end (&dict));
}

void
confsync_node_check_clock (ConfsyncNode *self, ConfsyncPeer *peer)
{
  if (confsync_peer_get_id (peer) != NULL)
    note (self, confsync_peer_get_id (peer), NULL, confsync_peer_get_clock_ahead (peer));
}

/* Whoever is linked itself says what time it is; and our own clock can't be ahead of itself. */
void
confsync_node_note_author_ahead (ConfsyncNode *self,
                                 const char *author,
                                 const char *link,
                                 gint64 ahead)
{
  if (g_strcmp0 (author, self->instance_id) != 0 && !confsync_node_reaches (self, author))
    note (self, author, link != NULL ? confsync_node_get_link_peer (self, link) : NULL, ahead);
}

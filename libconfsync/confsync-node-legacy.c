/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's legacy peers: who may come in, and what is told of them. They say no hello, so there is
 * nothing to judge but where they are.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-roster-private.h"

static void
emit_up (ConfsyncNode *self, ConfsyncPeer *peer)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peer", "s", confsync_node_name_peer (self, peer));
  g_variant_dict_insert (&dict, "remote", "s", confsync_peer_get_remote (peer));
  g_variant_dict_insert (&dict, "legacy", "b", TRUE);
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_PEER_UP,
                            g_variant_dict_end (&dict));
}

static void
take_into_use (ConfsyncNode *self, ConfsyncPeer *peer)
{
  g_autoptr (ConfsyncLink) link = g_object_ref (confsync_peer_get_link (peer));
  g_autoptr (ConfsyncPeer) keep = g_object_ref (peer);
  g_autofree char *name = g_strdup_printf ("legacy#%u", ++self->links_made);

  confsync_peer_set_live (peer, name);
  confsync_peer_announce (peer);
  emit_up (self, peer);
  CONFSYNC_NODE_FOR_EACH (self, link_up, name, confsync_link_is_leaf (link));
  CONFSYNC_NODE_FOR_EACH (self, link_settled, name);
  confsync_link_use (link);
}

void
confsync_node_judge_legacy (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);

  if (self->allow_legacy_peers || confsync_link_is_local (link))
    take_into_use (self, peer);
  else
    confsync_link_refuse (link, "legacy",
                          "it speaks the legacy protocol, which can't say who it is; set "
                          "allow-legacy-peers to sync with it all the same");
}

gboolean
confsync_node_link_is_legacy (ConfsyncNode *self, const char *link)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  return peer != NULL && confsync_peer_is_legacy (peer);
}

void
confsync_node_send_legacy (ConfsyncNode *self, const char *link, GBytes *frame)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  if (peer != NULL)
    confsync_link_send_legacy (confsync_peer_get_link (peer), frame);
}

gboolean
confsync_node_reaches (ConfsyncNode *self, const char *id)
{
  return confsync_roster_find_live (self->peers, id, NULL) != NULL;
}

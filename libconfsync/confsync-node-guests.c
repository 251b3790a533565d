/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who came in and hasn't said yet who it is. An honest guest needs milliseconds for that, so where
 * there are too many, the one that is longest here goes: who only sits there keeps nobody out.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"

/* of all places; the rest is for those who are known, also where each guest has an address of its
 * own */
#define GUESTS_PART 2

static gboolean
is_guest (ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);

  return confsync_peer_get_address (peer) == NULL && link != NULL &&
         confsync_link_is_unknown (link);
}

/* Gives the guest that is longest here from @network (nullable: anywhere), and how many are. */
static ConfsyncPeer *
oldest_guest (ConfsyncNode *self, const char *network, guint *count)
{
  ConfsyncPeer *oldest = NULL;

  *count = 0;
  for (guint i = 0; i < self->peers->len; i++)
    {
      ConfsyncPeer *peer = self->peers->pdata[i];
      g_autofree char *from = NULL;

      if (!is_guest (peer))
        continue;
      if (network != NULL)
        from = confsync_address_dup_network (
          confsync_link_get_remote (confsync_peer_get_link (peer)));
      if (network != NULL && !g_str_equal (from, network))
        continue;
      oldest = oldest != NULL ? oldest : peer;
      (*count)++;
    }
  return oldest;
}

static void
cut (ConfsyncPeer *guest, const char *reason)
{
  confsync_link_refuse (confsync_peer_get_link (guest), CONFSYNC_LINK_CODE_BUSY, reason);
}

gboolean
confsync_node_make_room (ConfsyncNode *self, ConfsyncChannel *channel)
{
  const ConfsyncNodeLimits *limits = &self->limits;
  g_autofree char *network = confsync_address_dup_network (confsync_channel_get_remote (channel));
  ConfsyncPeer *oldest;
  guint count;

  oldest = oldest_guest (self, network, &count);
  if (count >= limits->max_handshakes)
    cut (oldest, "too many from there haven't said who they are");

  oldest = oldest_guest (self, NULL, &count);
  if (self->peers->len < limits->max_connections &&
      count < MAX (limits->max_connections / GUESTS_PART, 1))
    return TRUE;
  if (oldest != NULL)
    cut (oldest, "too many haven't said who they are");
  return oldest != NULL;
}

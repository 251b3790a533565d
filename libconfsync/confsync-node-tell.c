/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a node tells of its peers: who is there, who is gone, who was turned away. What happens
 * again and again is told once, and after that only to who looks for a fault.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"

/* how many names of those who were turned away are remembered: names come from outside */
#define REFUSALS_MAX 1024

void
confsync_node_tell_peer_up (ConfsyncNode *self, ConfsyncPeer *peer)
{
  const char *link = confsync_peer_get_link_name (peer);
  gboolean same = TRUE;
  GHashTableIter iter;
  ConfsyncNodeEntry *document;
  GVariantDict dict;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &document))
    same &= document->functions->is_same (document->data, link);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peer", "s", confsync_peer_get_id (peer));
  g_variant_dict_insert (&dict, "remote", "s", confsync_peer_get_remote (peer));
  g_variant_dict_insert (&dict, "round-trip", "x", confsync_peer_get_round_trip (peer));
  g_variant_dict_insert (&dict, "same", "b", same);
  confsync_node_describe_proof (peer, &dict);
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_PEER_UP,
                            g_variant_dict_end (&dict));
}

/* Who comes in again and again to be turned away is somebody new each time, but for the name. */
static gboolean
is_refusal_told (ConfsyncNode *self, ConfsyncPeer *peer, const char *reason)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *id = NULL;

  if (link == NULL || confsync_peer_get_address (peer) != NULL)
    return FALSE;
  /* who is nobody of us may come by many names */
  id = confsync_link_get_stranger (link) != NULL || confsync_link_has_failed_proof (link)
         ? confsync_address_dup_network (confsync_link_get_remote (link))
         : g_strdup (confsync_peer_get_id (peer));
  if (id == NULL)
    return FALSE;
  if (g_strcmp0 (g_hash_table_lookup (self->refusals, id), reason) == 0)
    return TRUE;
  if (g_hash_table_size (self->refusals) >= REFUSALS_MAX)
    g_hash_table_remove_all (self->refusals);
  g_hash_table_replace (self->refusals, g_steal_pointer (&id), g_strdup (reason));
  return FALSE;
}

/* Why an address can't be reached, or somebody is turned away, is told once, until it changes. */
static ConfsyncLevel
level_of_failure (ConfsyncNode *self,
                  ConfsyncPeer *peer,
                  const GError *error,
                  const char *reason,
                  gboolean was_up)
{
  gboolean refused = g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  gboolean news = (confsync_peer_note_reason (peer, reason) &&
                   !(refused && is_refusal_told (self, peer, reason))) ||
                  was_up;

  if (!news)
    return CONFSYNC_LEVEL_DEBUG;
  return refused ? CONFSYNC_LEVEL_WARNING : CONFSYNC_LEVEL_INFO;
}

/* Its id, or the address that was dialled where it has none of its own. */
const char *
confsync_node_name_peer (ConfsyncNode *self, ConfsyncPeer *peer)
{
  const char *id = confsync_peer_get_id (peer), *address = confsync_peer_get_address (peer);

  /* whoever goes by our id would be taken for us */
  if (id != NULL && g_strcmp0 (id, self->instance_id) != 0)
    return id;
  if (address != NULL)
    return address;
  return confsync_peer_get_remote (peer) != NULL ? confsync_peer_get_remote (peer) : "?";
}

static void
emit_peer_down (ConfsyncNode *self,
                ConfsyncPeer *peer,
                const GError *error,
                gint64 retry,
                gboolean was_up)
{
  const char *reason = error != NULL ? error->message : "closed by the other side";
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peer", "s", confsync_node_name_peer (self, peer));
  g_variant_dict_insert (&dict, "reason", "s", reason);
  if (retry >= 0)
    g_variant_dict_insert (&dict, "retry", "x", retry);
  if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    g_variant_dict_insert (&dict, "refused", "b", TRUE);
  confsync_node_emit_event (self, level_of_failure (self, peer, error, reason, was_up),
                            CONFSYNC_EVENT_PEER_DOWN, g_variant_dict_end (&dict));
}

/* Somebody came in and could not prove to be one of us: whatever it calls itself, it is no peer. */
static void
emit_unproven (ConfsyncNode *self, ConfsyncPeer *peer, const GError *error)
{
  const char *remote = confsync_peer_get_remote (peer);
  const char *id = confsync_link_get_id (confsync_peer_get_link (peer));
  const char *reason = error != NULL ? error->message : "it went without a proof of the shared key";
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "remote", "s", remote != NULL ? remote : "?");
  g_variant_dict_insert (&dict, "reason", "s", reason);
  if (id != NULL)
    g_variant_dict_insert (&dict, "peer", "s", id);
  confsync_node_emit_event (self, level_of_failure (self, peer, error, reason, FALSE),
                            CONFSYNC_EVENT_UNPROVEN, g_variant_dict_end (&dict));
}

void
confsync_node_tell_end (ConfsyncNode *self,
                        ConfsyncPeer *peer,
                        const GError *error,
                        gint64 retry,
                        gboolean was_up)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);

  if (link != NULL && confsync_link_has_failed_proof (link) && !confsync_link_is_dialled (link))
    emit_unproven (self, peer, error);
  else
    emit_peer_down (self, peer, error, retry, was_up);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's peers: what becomes of those whose hello is in, where their messages go, and what is
 * told of them.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-error.h"
#include "confsync-roster-private.h"

void
confsync_node_identify (ConfsyncLinkIdentity *identity, gpointer user_data)
{
  ConfsyncNode *self = user_data;

  identity->clock = self->clock;
  identity->instance_id = self->instance_id;
  identity->session = self->session;
  identity->limits = self->limits;
  identity->leaf = self->addresses->len == 0 && self->peers->len == 1;
}

static void
refuse_clone (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *reason = g_strdup_printf (
    "two instances go by the id “%s”; give one of them another with --instance-id, or remove the "
    "state of the copy",
    confsync_link_get_id (link));

  confsync_link_refuse (link, "duplicate-id", reason);
}

static void
take_into_use (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *digest = confsync_node_make_digest (self);
  g_autofree char *name =
    g_strdup_printf ("%s#%u", confsync_link_get_id (link), ++self->links_made);

  confsync_peer_set_live (peer, name);
  CONFSYNC_NODE_FOR_EACH (self, link_up, name, confsync_link_is_leaf (link));
  confsync_link_probe (link, digest);
}

static void
peer_greeted_cb (ConfsyncPeer *peer, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  ConfsyncLink *link = confsync_peer_get_link (peer);
  ConfsyncPeer *rival;

  switch (confsync_roster_judge (self->peers, peer, self->instance_id, self->session, &rival))
    {
    case CONFSYNC_VERDICT_USE:
      take_into_use (self, peer);
      break;
    case CONFSYNC_VERDICT_SELF:
      confsync_peer_park (peer);
      confsync_link_refuse (link, "self", "the address leads back to this instance");
      break;
    case CONFSYNC_VERDICT_CLONE:
      refuse_clone (self, peer);
      break;
    case CONFSYNC_VERDICT_SURPLUS:
      confsync_peer_park (peer);
      confsync_link_refuse (link, "surplus", "the two instances are linked already");
      break;
    case CONFSYNC_VERDICT_WAIT:
      confsync_peer_park (peer);
      break;
    case CONFSYNC_VERDICT_REPLACE:
    default:
      /* the earlier link answers, or goes: see peer_probed_cb () and peer_down_cb () */
      confsync_link_probe (confsync_peer_get_link (rival), "");
    }
}

static gboolean
is_greeted (ConfsyncPeer *peer)
{
  return confsync_peer_get_link (peer) != NULL &&
         confsync_link_is_greeted (confsync_peer_get_link (peer));
}

/* Those that wait because @peer has their id: if it answers they are clones of it. */
static GPtrArray *
find_waiting (ConfsyncNode *self, ConfsyncPeer *peer)
{
  GPtrArray *waiting = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->peers->len; i++)
    {
      ConfsyncPeer *other = self->peers->pdata[i];

      if (other != peer && is_greeted (other) && confsync_peer_get_link_name (other) == NULL &&
          g_strcmp0 (confsync_peer_get_id (other), confsync_peer_get_id (peer)) == 0)
        g_ptr_array_add (waiting, g_object_ref (other));
    }
  return waiting;
}

static void
emit_peer_up (ConfsyncNode *self, ConfsyncPeer *peer)
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
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_PEER_UP,
                            g_variant_dict_end (&dict));
}

static void
peer_probed_cb (ConfsyncPeer *peer, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autoptr (GPtrArray) waiting = NULL;

  if (confsync_peer_get_link_name (peer) == NULL)
    return;
  if (g_object_get_data (G_OBJECT (peer), "confsync-announced") == NULL)
    {
      g_object_set_data (G_OBJECT (peer), "confsync-announced", GINT_TO_POINTER (TRUE));
      emit_peer_up (self, peer);
    }

  waiting = find_waiting (self, peer);
  for (guint i = 0; i < waiting->len; i++)
    if (!g_str_equal (confsync_link_get_session (confsync_peer_get_link (waiting->pdata[i])),
                      confsync_link_get_session (confsync_peer_get_link (peer))))
      refuse_clone (self, waiting->pdata[i]);
}

static void
take_heads (ConfsyncNode *self, const char *link, ConfsyncMessage *message)
{
  for (guint i = 0; i < message->heads->len; i++)
    {
      ConfsyncHead *head = message->heads->pdata[i];
      ConfsyncNodeEntry *document = g_hash_table_lookup (self->documents, head->document);
      g_autoptr (ConfsyncMessage) one = NULL;

      if (document == NULL)
        continue;
      one = confsync_message_new (CONFSYNC_MESSAGE_HEADS);
      one->stamp = head->stamp != NULL ? confsync_stamp_ref (head->stamp) : NULL;
      one->config_hash = g_strdup (head->hash);
      document->functions->message (document->data, link, one);
    }
}

static void
take_heartbeat (ConfsyncNode *self, ConfsyncPeer *peer, ConfsyncMessage *message)
{
  g_autofree char *digest = confsync_node_make_digest (self);
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));

  if (message->probe)
    {
      g_autoptr (ConfsyncMessage) answer = confsync_message_new (CONFSYNC_MESSAGE_HEARTBEAT);

      answer->digest = g_strdup (digest);
      confsync_link_send (confsync_peer_get_link (peer), answer);
    }
  if (!g_str_equal (digest, message->digest))
    CONFSYNC_NODE_FOR_EACH (self, differs, link);
}

static void
peer_message_cb (ConfsyncPeer *peer, ConfsyncMessage *message, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  ConfsyncNodeEntry *document;

  /* a link that is not in use: what it says will be said again when it is */
  if (link == NULL)
    return;

  if (message->type == CONFSYNC_MESSAGE_HEADS)
    take_heads (self, link, message);
  else if (message->type == CONFSYNC_MESSAGE_HEARTBEAT)
    take_heartbeat (self, peer, message);
  else
    {
      if (message->type == CONFSYNC_MESSAGE_ACK)
        confsync_link_got_ack (confsync_peer_get_link (peer));
      document = g_hash_table_lookup (self->documents, message->document);
      if (document != NULL)
        document->functions->message (document->data, link, message);
    }
}

/* The news of an address that can't be reached is told once, until it changes. */
static ConfsyncLevel
level_of_failure (ConfsyncPeer *peer, const char *reason, gboolean was_live)
{
  const char *last = g_object_get_data (G_OBJECT (peer), "confsync-reason");
  gboolean told = !was_live && g_strcmp0 (last, reason) == 0;

  g_object_set_data_full (G_OBJECT (peer), "confsync-reason", g_strdup (reason), g_free);
  return told ? CONFSYNC_LEVEL_DEBUG : CONFSYNC_LEVEL_INFO;
}

static void
emit_peer_down (ConfsyncNode *self,
                ConfsyncPeer *peer,
                const GError *error,
                gint64 retry,
                gboolean was_live)
{
  const char *reason = error != NULL ? error->message : "closed by the other side";
  const char *name = confsync_peer_get_id (peer);
  gboolean refused = g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  GVariantDict dict;

  if (name == NULL)
    name = confsync_peer_get_address (peer);
  if (name == NULL)
    name = confsync_peer_get_remote (peer);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peer", "s", name != NULL ? name : "?");
  g_variant_dict_insert (&dict, "reason", "s", reason);
  if (retry >= 0)
    g_variant_dict_insert (&dict, "retry", "x", retry);
  confsync_node_emit_event (self,
                            refused ? CONFSYNC_LEVEL_WARNING
                                    : level_of_failure (peer, reason, was_live),
                            CONFSYNC_EVENT_PEER_DOWN, g_variant_dict_end (&dict));
}

static void
network_changed_cb (GNetworkMonitor *network, gboolean available, gpointer user_data)
{
  ConfsyncNode *self = user_data;

  for (guint i = 0; available && i < self->peers->len; i++)
    confsync_peer_hurry (self->peers->pdata[i]);
}

/* Costs threads and memory, so only those who wait for somebody have one. */
static void
watch_network (ConfsyncNode *self)
{
  if (self->network != NULL || !self->running)
    return;
  self->network = g_object_ref (g_network_monitor_get_default ());
  g_signal_connect_object (self->network, "network-changed", G_CALLBACK (network_changed_cb), self,
                           0);
}

/* Who waited for this id to be free can be used, or dialled, now. */
static void
release_rivals (ConfsyncNode *self, ConfsyncPeer *gone)
{
  g_autoptr (GPtrArray) waiting = find_waiting (self, gone);

  if (waiting->len > 0)
    take_into_use (self, waiting->pdata[0]);
  for (guint i = 0; waiting->len == 0 && i < self->peers->len; i++)
    {
      ConfsyncPeer *other = self->peers->pdata[i];

      if (other != gone &&
          g_strcmp0 (confsync_peer_get_id (other), confsync_peer_get_id (gone)) == 0)
        confsync_peer_unpark (other);
    }
}

/* Whether its instance is linked in another way. A clone is no such instance. */
static gboolean
is_linked_otherwise (ConfsyncNode *self, ConfsyncPeer *peer)
{
  const char *id = confsync_peer_get_id (peer);
  ConfsyncPeer *live = id != NULL ? confsync_roster_find_live (self->peers, id, peer) : NULL;
  ConfsyncLink *link = confsync_peer_get_link (peer);

  return live != NULL &&
         (link == NULL || confsync_link_get_session (link) == NULL ||
          g_str_equal (confsync_link_get_session (link),
                       confsync_link_get_session (confsync_peer_get_link (live))));
}

static void
peer_down_cb (ConfsyncPeer *peer, const GError *error, gint64 retry, gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = g_object_ref (user_data);
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  g_autoptr (ConfsyncPeer) keep = g_object_ref (peer);
  gboolean surplus = g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY) ||
                     (link == NULL && is_linked_otherwise (self, peer));

  g_object_set_data (G_OBJECT (peer), "confsync-announced", NULL);
  if (surplus)
    confsync_peer_park (peer);
  if (link != NULL)
    {
      confsync_peer_clear_live (peer);
      CONFSYNC_NODE_FOR_EACH (self, link_down, link);
    }
  if (confsync_peer_get_address (peer) == NULL)
    g_ptr_array_remove (self->peers, peer);
  if (self->running && !surplus)
    emit_peer_down (self, peer, error, retry, link != NULL);
  if (self->running && link != NULL)
    release_rivals (self, peer);
  if (retry >= 0)
    watch_network (self);
}

void
confsync_node_adopt_peer (ConfsyncNode *self, ConfsyncPeer *peer)
{
  g_ptr_array_add (self->peers, peer);
  g_signal_connect (peer, "greeted", G_CALLBACK (peer_greeted_cb), self);
  g_signal_connect (peer, "message", G_CALLBACK (peer_message_cb), self);
  g_signal_connect (peer, "probed", G_CALLBACK (peer_probed_cb), self);
  g_signal_connect (peer, "down", G_CALLBACK (peer_down_cb), self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's peers: what becomes of those whose hello is in, and where their messages go.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-roster-private.h"

void
confsync_node_identify (ConfsyncLinkIdentity *identity, gpointer user_data)
{
  ConfsyncNode *self = user_data;

  identity->clock = self->clock;
  identity->instance_id = self->instance_id;
  identity->session = self->session;
  identity->limits = self->limits.document;
  identity->key = self->key;
  identity->leaf = self->addresses->len == 0 && self->peers->len == 1;
  identity->handshake_timeout_ms = self->limits.handshake_timeout_ms;
  identity->max_unsent_bytes = self->limits.max_unsent_bytes;
}

/* @rival is the one that is linked already; %NULL for this instance itself. */
static void
refuse_clone (ConfsyncPeer *peer, ConfsyncPeer *rival)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *place = confsync_address_dup_place (confsync_link_get_remote (link));
  g_autofree char *other =
    rival != NULL ? confsync_address_dup_place (confsync_peer_get_remote (rival)) : NULL;
  g_autofree char *first = other != NULL ? g_strconcat ("one at ", other, NULL)
                                         : g_strdup ("this one");
  g_autofree char *reason = g_strdup_printf (
    "two instances go by the id “%s”, %s and one at %s; give one of them another with "
    "--instance-id, or remove the state of the copy",
    confsync_link_get_id (link), first, place);

  confsync_link_refuse (link, "duplicate-id", reason);
}

/* For whom it is isn't known before it is read. */
static void
incoming_cb (gpointer user_data)
{
  ConfsyncNode *self = user_data;
  GHashTableIter iter;
  ConfsyncNodeEntry *document;

  if (g_hash_table_size (self->documents) != 1)
    return;
  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &document))
    document->functions->incoming (document->data);
}

static void
try_others (ConfsyncNode *self, ConfsyncPeer *but)
{
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self);

  for (guint i = 0; i < peers->len; i++)
    if (peers->pdata[i] != but)
      confsync_peer_try_now (peers->pdata[i]);
}

static void
take_into_use (ConfsyncNode *self, ConfsyncPeer *peer)
{
  g_autoptr (ConfsyncLink) link = g_object_ref (confsync_peer_get_link (peer));
  g_autofree char *digest = confsync_node_make_digest (self);
  g_autofree char *name =
    g_strdup_printf ("%s#%u", confsync_link_get_id (link), ++self->links_made);

  confsync_peer_set_live (peer, name);
  CONFSYNC_NODE_FOR_EACH (self, link_up, name, confsync_link_is_leaf (link));
  confsync_link_probe (link, digest);
  confsync_link_set_incoming (link, incoming_cb, self);
  confsync_link_use (link);
  try_others (self, peer);
}

static void
refuse_surplus (ConfsyncPeer *peer)
{
  confsync_link_refuse (confsync_peer_get_link (peer), "surplus",
                        "the two instances are linked already");
}

static void
judge (ConfsyncNode *self, ConfsyncPeer *peer)
{
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
      refuse_clone (peer, NULL);
      break;
    case CONFSYNC_VERDICT_SURPLUS:
      refuse_surplus (peer);
      break;
    case CONFSYNC_VERDICT_WAIT:
      confsync_link_wait (link);
      break;
    case CONFSYNC_VERDICT_PROBE:
      confsync_link_wait (link);
      confsync_link_probe (confsync_peer_get_link (rival), "");
      break;
    case CONFSYNC_VERDICT_REPLACE:
    default:
      /* the earlier link answers, or goes: see peer_probed_cb () and peer_down_cb () */
      confsync_link_probe (confsync_peer_get_link (rival), "");
    }
}

static void
peer_greeted_cb (ConfsyncPeer *peer, gpointer user_data)
{
  if (confsync_node_turns_away (user_data, peer))
    return;
  if (confsync_peer_is_legacy (peer))
    confsync_node_judge_legacy (user_data, peer);
  else
    judge (user_data, peer);
}

static gboolean
is_greeted (ConfsyncPeer *peer)
{
  return confsync_peer_get_link (peer) != NULL &&
         confsync_link_is_greeted (confsync_peer_get_link (peer));
}

/* Those that wait because @peer has their id: if it answers they are surplus, or clones of it. */
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

/* @peer answers, so @other is one too many. */
static void
turn_away (ConfsyncNode *self, ConfsyncPeer *peer, ConfsyncPeer *other)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  ConfsyncLink *second = confsync_peer_get_link (other);

  if (!g_str_equal (confsync_link_get_session (second), confsync_link_get_session (link)))
    refuse_clone (other, peer);
  else if (confsync_roster_closes_surplus (self->instance_id, confsync_link_get_id (link)))
    refuse_surplus (other);
}

static void
peer_probed_cb (ConfsyncPeer *peer, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autoptr (GPtrArray) waiting = NULL;

  if (confsync_peer_get_link_name (peer) == NULL)
    return;
  waiting = find_waiting (self, peer);
  for (guint i = 0; i < waiting->len; i++)
    turn_away (self, peer, waiting->pdata[i]);

  if (confsync_peer_announce (peer))
    {
      CONFSYNC_NODE_FOR_EACH (self, link_settled, confsync_peer_get_link_name (peer));
      g_hash_table_remove (self->refusals, confsync_peer_get_id (peer));
      confsync_node_tell_peer_up (self, peer);
    }
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
  confsync_node_check_clock (self, peer);
  /* without a digest it is only a sign of life */
  if (message->probe ? !g_str_equal (digest, message->digest)
                     : *message->digest != '\0' && !g_str_equal (digest, message->digest))
    CONFSYNC_NODE_FOR_EACH (self, differs, link);
}

static void
peer_message_cb (ConfsyncPeer *peer, ConfsyncMessage *message, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  ConfsyncNodeEntry *document;

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

/* Whether there is a way to the world (@available) says nothing of the peers: in a network of its
 * own there is none. */
static void
network_changed_cb (GNetworkMonitor *network, gboolean available, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self);

  for (guint i = 0; i < peers->len; i++)
    confsync_peer_hurry (peers->pdata[i]);
}

/* Costs threads and memory, so only those who wait for somebody elsewhere have one. */
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
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self);

  for (guint i = 0; i < waiting->len; i++)
    if (is_greeted (waiting->pdata[i]))
      judge (self, waiting->pdata[i]);
  if (confsync_roster_find_live (self->peers, confsync_peer_get_id (gone), NULL) != NULL)
    return;
  for (guint i = 0; i < peers->len; i++)
    if (peers->pdata[i] != gone && g_strcmp0 (confsync_peer_get_id (peers->pdata[i]),
                                              confsync_peer_get_id (gone)) == 0)
      confsync_peer_unpark (peers->pdata[i]);
}

/* Whether its instance is linked in another way. A clone is no such instance. */
static gboolean
is_linked_otherwise (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncPeer *live =
    confsync_roster_find_live (self->peers, confsync_peer_get_id (peer), peer);
  ConfsyncLink *link = confsync_peer_get_link (peer);

  return live != NULL &&
         (link == NULL || confsync_link_get_session (link) == NULL ||
          g_str_equal (confsync_link_get_session (link),
                       confsync_link_get_session (confsync_peer_get_link (live))));
}

/* Whether it is no loss: its instance is linked, or about to be, in another way. */
static gboolean
is_surplus (ConfsyncNode *self, ConfsyncPeer *peer, const GError *error)
{
  const char *id = confsync_peer_get_id (peer);
  g_autoptr (GPtrArray) waiting = NULL;

  if (id == NULL || g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    return FALSE;
  if (confsync_peer_get_link_name (peer) == NULL)
    return is_linked_otherwise (self, peer);
  if (!g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY))
    return FALSE;
  waiting = find_waiting (self, peer);
  return waiting->len > 0;
}

/* The dialled end has said that an address leads back here. */
static gboolean
is_own_echo (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);

  /* who has not proven anything may say anything */
  return link != NULL && !confsync_link_is_dialled (link) &&
         !confsync_link_has_failed_proof (link) &&
         g_strcmp0 (confsync_link_get_session (link), self->session) == 0;
}

static void
peer_down_cb (ConfsyncPeer *peer, const GError *error, gint64 retry, gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = g_object_ref (user_data);
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  g_autoptr (ConfsyncPeer) keep = g_object_ref (peer);
  gboolean surplus = is_surplus (self, peer, error);
  gboolean was_up = link != NULL && !confsync_peer_announce (peer);

  confsync_node_note_proof (self, peer);
  if (surplus)
    confsync_peer_park (peer);
  if (link != NULL)
    {
      confsync_peer_clear_live (peer);
      CONFSYNC_NODE_FOR_EACH (self, link_down, link);
    }
  if (confsync_peer_get_address (peer) == NULL)
    g_ptr_array_remove (self->peers, peer);
  confsync_node_emit_peers_changed (self);
  if (self->running && !surplus && !is_own_echo (self, peer))
    confsync_node_tell_end (self, peer, error, retry, was_up);
  if (self->running && link != NULL)
    release_rivals (self, peer);
  if (retry >= 0 && !surplus && !confsync_peer_is_local (peer))
    watch_network (self);
}

static void
peer_notify_cb (ConfsyncPeer *peer, GParamSpec *pspec, gpointer user_data)
{
  confsync_node_emit_peers_changed (user_data);
}

void
confsync_node_adopt_peer (ConfsyncNode *self, ConfsyncPeer *peer)
{
  g_ptr_array_add (self->peers, peer);
  g_signal_connect (peer, "greeted", G_CALLBACK (peer_greeted_cb), self);
  g_signal_connect (peer, "message", G_CALLBACK (peer_message_cb), self);
  g_signal_connect (peer, "probed", G_CALLBACK (peer_probed_cb), self);
  g_signal_connect (peer, "down", G_CALLBACK (peer_down_cb), self);
  g_signal_connect (peer, "notify", G_CALLBACK (peer_notify_cb), self);
  confsync_node_emit_peers_changed (self);
}

/* @address is a good one. */
static ConfsyncPeer *
add_peer (ConfsyncNode *self, const char *address)
{
  ConfsyncPeer *peer =
    confsync_peer_new_dialled (address, confsync_node_get_transport (self, address, NULL),
                               self->clock, confsync_node_identify, self);

  confsync_node_adopt_peer (self, peer);
  return peer;
}

/* Ends every link, which the documents learn at once; addresses stay, with new peers to dial. */
void
confsync_node_stop_peers (ConfsyncNode *self)
{
  g_autoptr (GPtrArray) peers = g_steal_pointer (&self->peers);

  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < peers->len; i++)
    {
      ConfsyncPeer *peer = peers->pdata[i];
      const char *link = confsync_peer_get_link_name (peer);

      g_signal_handlers_disconnect_by_data (peer, self);
      confsync_peer_stop (peer);
      if (link != NULL)
        CONFSYNC_NODE_FOR_EACH (self, link_down, link);
      if (confsync_peer_get_address (peer) != NULL)
        add_peer (self, confsync_peer_get_address (peer));
    }
  confsync_node_emit_peers_changed (self);
}

/**
 * confsync_node_add_peer:
 * @self: a node
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL
 * @error: return location for an error, or %NULL
 *
 * Adds an instance to dial whenever the node runs. An address that is there already is no error.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_ADDRESS.
 *
 * Returns: whether the address makes sense
 *
 * Since: 1.0
 */
gboolean
confsync_node_add_peer (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *url = NULL;
  ConfsyncPeer *peer;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  url = confsync_address_normalize (address, error);
  if (url == NULL || confsync_node_get_transport (self, url, error) == NULL)
    return FALSE;
  for (guint i = 0; i < self->peers->len; i++)
    if (g_strcmp0 (confsync_peer_get_address (self->peers->pdata[i]), url) == 0)
      return TRUE;

  peer = add_peer (self, url);
  if (self->running && self->starting == NULL)
    confsync_peer_dial (peer);
  return TRUE;
}

/**
 * confsync_node_list_peers:
 * @self: a node
 *
 * Lists those that are dialled and those that came in.
 *
 * Returns: (transfer container) (element-type Confsync.Peer): those that are dialled and those that
 *   came in
 *
 * Since: 1.0
 */
GPtrArray *
confsync_node_list_peers (ConfsyncNode *self)
{
  GPtrArray *peers;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), NULL);

  peers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->peers->len; i++)
    g_ptr_array_add (peers, g_object_ref (self->peers->pdata[i]));
  return peers;
}

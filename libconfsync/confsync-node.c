/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node: opens listeners, dials peers, and puts what comes over their links before the right
 * document.
 */

#include "config.h"

#include "confsync-node-private.h"

#include <string.h>

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-registry.h"
#include "confsync-revision-private.h"
#include "confsync-roster-private.h"
#include "confsync-stamp-private.h"

#define BEAT_INTERVAL_MS 30000
#define CHANNELS_MAX 1024

typedef struct
{
  const ConfsyncNodeDocument *functions;
  gpointer data;
} Document;

struct _ConfsyncNode
{
  GObject parent_instance;

  char *instance_id; /* (nullable) until it starts */
  char *session;
  ConfsyncClock *clock; /* (owned) */
  ConfsyncJsonLimits limits;
  gboolean allow_unauthenticated;
  gboolean running;

  GPtrArray *addresses;    /* of char *: to listen on */
  GPtrArray *listeners;    /* of ConfsyncListener */
  GPtrArray *peers;        /* of ConfsyncPeer */
  GHashTable *transports;  /* scheme to ConfsyncTransport */
  GHashTable *documents;   /* name to Document */
  guint links_made;
  GSource *beat;            /* (owned) (nullable) */
  GNetworkMonitor *network; /* (owned) (nullable): once somebody could not be reached */
  GTask *starting;          /* (owned) (nullable) */
  guint listens_under_way;
};

enum {
  PROP_INSTANCE_ID = 1,
  PROP_CLOCK,
  PROP_ALLOW_UNAUTHENTICATED,
  PROP_RUNNING,
  PROP_MAX_BYTES,
  PROP_MAX_DEPTH,
  PROP_MAX_VALUES,
  N_PROPERTIES
};

enum {
  EVENT,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncNode:
 *
 * An instance: its id, its listeners and its peers, shared by all documents that it keeps. It
 * belongs to the thread, and to the thread-default main context, in which it was started.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ConfsyncNode, confsync_node, G_TYPE_OBJECT)

static void
confsync_node_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  switch (id)
    {
    case PROP_INSTANCE_ID:
      g_value_set_string (value, self->instance_id);
      break;
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_ALLOW_UNAUTHENTICATED:
      g_value_set_boolean (value, self->allow_unauthenticated);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, self->limits.max_bytes);
      break;
    case PROP_MAX_DEPTH:
      g_value_set_uint (value, self->limits.max_depth);
      break;
    case PROP_MAX_VALUES:
      g_value_set_uint (value, self->limits.max_values);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_node_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  switch (id)
    {
    case PROP_INSTANCE_ID:
      if (g_value_get_string (value) != NULL)
        confsync_node_set_instance_id (self, g_value_get_string (value), NULL);
      break;
    case PROP_CLOCK:
      g_set_object (&self->clock, g_value_get_object (value));
      break;
    case PROP_ALLOW_UNAUTHENTICATED:
      self->allow_unauthenticated = g_value_get_boolean (value);
      break;
    case PROP_MAX_BYTES:
      self->limits.max_bytes = g_value_get_uint64 (value);
      break;
    case PROP_MAX_DEPTH:
      self->limits.max_depth = g_value_get_uint (value);
      break;
    case PROP_MAX_VALUES:
      self->limits.max_values = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_node_constructed (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  G_OBJECT_CLASS (confsync_node_parent_class)->constructed (object);

  if (self->clock == NULL)
    self->clock = confsync_clock_new_system ();
}

static void
confsync_node_dispose (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  confsync_node_stop (self);
  g_clear_object (&self->clock);
  g_hash_table_remove_all (self->transports);
  g_hash_table_remove_all (self->documents);

  G_OBJECT_CLASS (confsync_node_parent_class)->dispose (object);
}

static void
confsync_node_finalize (GObject *object)
{
  ConfsyncNode *self = CONFSYNC_NODE (object);

  g_free (self->instance_id);
  g_free (self->session);
  g_ptr_array_unref (self->addresses);
  g_ptr_array_unref (self->listeners);
  g_ptr_array_unref (self->peers);
  g_hash_table_unref (self->transports);
  g_hash_table_unref (self->documents);

  G_OBJECT_CLASS (confsync_node_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * ConfsyncNode:instance-id:
   *
   * The name that this instance goes by. One that is not set is taken from the state of its first
   * document, or made of the host's name and six hexadecimal digits.
   *
   * Since: 1.0
   */
  properties[PROP_INSTANCE_ID] = g_param_spec_string ("instance-id", NULL, NULL, NULL,
                                                      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:clock:
   *
   * Where all its time comes from; the system's clock unless given.
   *
   * Since: 1.0
   */
  properties[PROP_CLOCK] =
    g_param_spec_object ("clock", NULL, NULL, CONFSYNC_TYPE_CLOCK,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:allow-unauthenticated:
   *
   * Whether anybody who reaches a listener may come in. Without it, a listener that other machines
   * can reach is refused.
   *
   * Since: 1.0
   */
  properties[PROP_ALLOW_UNAUTHENTICATED] =
    g_param_spec_boolean ("allow-unauthenticated", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:running:
   *
   * Whether it listens and dials.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:max-bytes:
   *
   * The largest document in bytes of its canonical form.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_BYTES] =
    g_param_spec_uint64 ("max-bytes", NULL, NULL, 2, G_MAXINT32 / 2, CONFSYNC_JSON_MAX_BYTES,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:max-depth:
   *
   * How deep a document may nest.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DEPTH] =
    g_param_spec_uint ("max-depth", NULL, NULL, 1, 1000, CONFSYNC_JSON_MAX_DEPTH,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncNode:max-values:
   *
   * How many values a document may have.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_VALUES] =
    g_param_spec_uint ("max-values", NULL, NULL, 1, 100000000, CONFSYNC_JSON_MAX_VALUES,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_node_class_init (ConfsyncNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_node_get_property;
  object_class->set_property = confsync_node_set_property;
  object_class->constructed = confsync_node_constructed;
  object_class->dispose = confsync_node_dispose;
  object_class->finalize = confsync_node_finalize;
  install_properties (object_class);

  /**
   * ConfsyncNode::event:
   * @self: the node
   * @level: how much it matters, a [enum@Level]
   * @kind: what happened, such as %CONFSYNC_EVENT_PEER_UP
   * @details: what is to be said of it, a dictionary by name (`a{sv}`)
   *
   * Something happened that a person may want to read.
   *
   * Since: 1.0
   */
  signals[EVENT] =
    g_signal_new ("event", CONFSYNC_TYPE_NODE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                  3, G_TYPE_INT, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
confsync_node_init (ConfsyncNode *self)
{
  self->session = confsync_random_hex (8);
  self->addresses = g_ptr_array_new_with_free_func (g_free);
  self->listeners = g_ptr_array_new_with_free_func (g_object_unref);
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->transports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
confsync_node_emit_event (ConfsyncNode *self,
                          ConfsyncLevel level,
                          const char *kind,
                          GVariant *details)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);

  g_signal_emit (self, signals[EVENT], 0, level, kind, sunk);
}

static void
emit_message (ConfsyncNode *self, ConfsyncLevel level, const char *message)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "message", "s", message);
  confsync_node_emit_event (self, level, CONFSYNC_EVENT_NOTICE, g_variant_dict_end (&dict));
}

/* What all documents hold, in one word: equal digests mean equal contents and stamps. */
static char *
make_digest (ConfsyncNode *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GList) names = g_hash_table_get_keys (self->documents);

  names = g_list_sort (names, (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    {
      Document *document = g_hash_table_lookup (self->documents, l->data);
      g_autoptr (ConfsyncHead) head = document->functions->get_head (document->data);
      g_autofree char *key =
        head->stamp != NULL ? confsync_stamp_make_key (head->stamp, head->hash) : g_strdup ("");

      g_checksum_update (checksum, l->data, strlen (l->data) + 1);
      g_checksum_update (checksum, (const guchar *) key, strlen (key) + 1);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Calls one function of every document. */
#define FOR_EACH_DOCUMENT(self, function, ...)                                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GList) documents_ = g_hash_table_get_values ((self)->documents);                    \
    for (GList *l_ = documents_; l_ != NULL; l_ = l_->next)                                        \
      {                                                                                            \
        Document *document_ = l_->data;                                                            \
        document_->functions->function (document_->data, ##__VA_ARGS__);                           \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* Peers */

static void
identify (ConfsyncLinkIdentity *identity, gpointer user_data)
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
  g_autofree char *digest = make_digest (self);
  g_autofree char *name =
    g_strdup_printf ("%s#%u", confsync_link_get_id (link), ++self->links_made);

  confsync_peer_set_live (peer, name);
  FOR_EACH_DOCUMENT (self, link_up, name, confsync_link_is_leaf (link));
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
  Document *document;
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
      Document *document = g_hash_table_lookup (self->documents, head->document);
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
  g_autofree char *digest = make_digest (self);
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));

  if (message->probe)
    {
      g_autoptr (ConfsyncMessage) answer = confsync_message_new (CONFSYNC_MESSAGE_HEARTBEAT);

      answer->digest = g_strdup (digest);
      confsync_link_send (confsync_peer_get_link (peer), answer);
    }
  if (!g_str_equal (digest, message->digest))
    FOR_EACH_DOCUMENT (self, differs, link);
}

static void
peer_message_cb (ConfsyncPeer *peer, ConfsyncMessage *message, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  Document *document;

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

static void
peer_down_cb (ConfsyncPeer *peer, const GError *error, gint64 retry, gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = g_object_ref (user_data);
  g_autofree char *link = g_strdup (confsync_peer_get_link_name (peer));
  g_autoptr (ConfsyncPeer) keep = g_object_ref (peer);
  gboolean surplus = g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY) ||
                     (link == NULL && confsync_peer_get_id (peer) != NULL &&
                      confsync_roster_find_live (self->peers, confsync_peer_get_id (peer), peer));

  g_object_set_data (G_OBJECT (peer), "confsync-announced", NULL);
  if (surplus)
    confsync_peer_park (peer);
  if (link != NULL)
    {
      confsync_peer_clear_live (peer);
      FOR_EACH_DOCUMENT (self, link_down, link);
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

static void
adopt_peer (ConfsyncNode *self, ConfsyncPeer *peer)
{
  g_ptr_array_add (self->peers, peer);
  g_signal_connect (peer, "greeted", G_CALLBACK (peer_greeted_cb), self);
  g_signal_connect (peer, "message", G_CALLBACK (peer_message_cb), self);
  g_signal_connect (peer, "probed", G_CALLBACK (peer_probed_cb), self);
  g_signal_connect (peer, "down", G_CALLBACK (peer_down_cb), self);
}

/* Transports and listeners */

static ConfsyncTransport *
get_transport (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *scheme = confsync_address_get_scheme (address);
  ConfsyncTransport *transport = g_hash_table_lookup (self->transports, scheme);
  g_autoptr (GError) local = NULL;
  GType type;

  if (transport != NULL)
    return transport;

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, &local);
  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS, "“%s”: %s", address,
                   local->message);
      return NULL;
    }
  transport = g_object_new (type, NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (transport), "clock") != NULL)
    g_object_set (transport, "clock", self->clock, NULL);
  g_hash_table_insert (self->transports, g_steal_pointer (&scheme), transport);
  return transport;
}

static void
listener_accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, gpointer user_data)
{
  ConfsyncNode *self = user_data;

  if (self->peers->len >= CHANNELS_MAX)
    {
      confsync_listener_emit_refused (listener, confsync_channel_get_remote (channel),
                                      "1024 peers are connected already");
      confsync_channel_close (channel);
      return;
    }
  adopt_peer (self, confsync_peer_new_accepted (channel, self->clock, identify, self));
}

static void
listener_refused_cb (ConfsyncListener *listener,
                     const char *remote,
                     const char *reason,
                     gpointer user_data)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "remote", "s", remote);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  confsync_node_emit_event (user_data, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_REFUSED,
                            g_variant_dict_end (&dict));
}

static char *
listener_health_cb (ConfsyncListener *listener, gpointer user_data)
{
  ConfsyncNode *self = user_data;
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) text = NULL;
  guint live = 0;

  for (guint i = 0; i < self->peers->len; i++)
    live += confsync_peer_get_link_name (self->peers->pdata[i]) != NULL;
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "status");
  confsync_json_builder_string (builder, "healthy");
  confsync_json_builder_name (builder, "instance_id");
  confsync_json_builder_string (builder, self->instance_id);
  confsync_json_builder_name (builder, "connected_clients");
  confsync_json_builder_integer (builder, live);
  confsync_json_builder_name (builder, "timestamp");
  confsync_json_builder_double (builder,
                                confsync_clock_get_time (self->clock) / (double) G_USEC_PER_SEC);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  text = confsync_json_to_compact (json);
  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

static void
announce_listener (ConfsyncNode *self, ConfsyncListener *listener)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "address", "s", confsync_listener_get_address (listener));
  g_variant_dict_insert (&dict, "exposed", "b", confsync_listener_is_exposed (listener));
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_LISTENING,
                            g_variant_dict_end (&dict));
  if (confsync_listener_is_exposed (listener))
    {
      g_autofree char *message = g_strdup_printf (
        "anybody who can reach %s may read and change the configuration (allow-unauthenticated)",
        confsync_listener_get_address (listener));

      emit_message (self, CONFSYNC_LEVEL_WARNING, message);
    }
}

static gboolean beat_cb (gpointer user_data);

static void
start_beat (ConfsyncNode *self)
{
  g_clear_pointer (&self->beat, g_source_unref);
  self->beat = confsync_clock_add_once (self->clock, BEAT_INTERVAL_MS, beat_cb, self, NULL);
}

/* One timer for everything that is due now and then. */
static gboolean
beat_cb (gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = g_object_ref (user_data);
  g_autofree char *digest = make_digest (self);
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self);

  start_beat (self);
  FOR_EACH_DOCUMENT (self, tick);
  for (guint i = 0; i < peers->len; i++)
    if (confsync_peer_get_link (peers->pdata[i]) != NULL)
      confsync_link_beat (confsync_peer_get_link (peers->pdata[i]), digest);
  return G_SOURCE_REMOVE;
}

static void
finish_start (ConfsyncNode *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);

  if (task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (error != NULL)
    {
      confsync_node_stop (self);
      g_task_return_error (task, error);
      return;
    }

  start_beat (self);
  for (guint i = 0; i < self->peers->len; i++)
    confsync_peer_dial (self->peers->pdata[i]);
  g_task_return_boolean (task, TRUE);
}

static void
listen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncNode) self = user_data;
  g_autoptr (GError) error = NULL;
  ConfsyncListener *listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);

  self->listens_under_way--;
  if (listener == NULL)
    {
      finish_start (self, g_steal_pointer (&error));
      return;
    }
  if (!self->running)
    {
      confsync_listener_stop (listener);
      g_object_unref (listener);
      return;
    }

  g_ptr_array_add (self->listeners, listener);
  g_signal_connect_object (listener, "accepted", G_CALLBACK (listener_accepted_cb), self, 0);
  g_signal_connect_object (listener, "refused", G_CALLBACK (listener_refused_cb), self, 0);
  g_signal_connect_object (listener, "health", G_CALLBACK (listener_health_cb), self, 0);
  announce_listener (self, listener);
  if (self->listens_under_way == 0)
    finish_start (self, NULL);
}

/**
 * confsync_node_new:
 * @instance_id: (nullable): the name that the instance goes by; see
 *   [property@Node:instance-id]
 *
 * Returns: (transfer full): a node that doesn't run yet
 *
 * Since: 1.0
 */
ConfsyncNode *
confsync_node_new (const char *instance_id)
{
  return g_object_new (CONFSYNC_TYPE_NODE, "instance-id", instance_id, NULL);
}

/**
 * confsync_node_get_instance_id:
 * @self: a node
 *
 * Returns: (nullable): the name that it goes by; %NULL where it isn't decided yet
 *
 * Since: 1.0
 */
const char *
confsync_node_get_instance_id (ConfsyncNode *self)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), NULL);

  return self->instance_id;
}

/**
 * confsync_node_set_instance_id:
 * @self: a node that doesn't run
 * @id: 1 to 64 letters, digits, `.`, `_` and `-`
 * @error: return location for an error, or %NULL
 *
 * Sets the name that it goes by.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED for an id that can't be used.
 *
 * Returns: whether it goes by @id now
 *
 * Since: 1.0
 */
gboolean
confsync_node_set_instance_id (ConfsyncNode *self, const char *id, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  if (!confsync_instance_id_is_valid (id))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "“%s” can't name an instance: use 1 to 64 letters, digits, “.”, “_” and “-”", id);
      return FALSE;
    }
  g_free (self->instance_id);
  self->instance_id = g_strdup (id);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSTANCE_ID]);
  return TRUE;
}

/**
 * confsync_node_add_listener:
 * @self: a node that doesn't run
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL; a bare port is open to this machine only
 * @error: return location for an error, or %NULL
 *
 * Adds an address on which others may come in, once the node runs.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_ADDRESS.
 *
 * Returns: whether the address makes sense
 *
 * Since: 1.0
 */
gboolean
confsync_node_add_listener (ConfsyncNode *self, const char *address, GError **error)
{
  g_autofree char *url = NULL;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  url = confsync_address_normalize (address, error);
  if (url == NULL || get_transport (self, url, error) == NULL)
    return FALSE;
  g_ptr_array_add (self->addresses, g_steal_pointer (&url));
  return TRUE;
}

/**
 * confsync_node_add_peer:
 * @self: a node
 * @address: `PORT`, `HOST:PORT`, `unix:/path` or a URL
 * @error: return location for an error, or %NULL
 *
 * Adds an instance to dial, for as long as the node runs. An address that is there already is no
 * error.
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
  ConfsyncTransport *transport;
  ConfsyncPeer *peer;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  url = confsync_address_normalize (address, error);
  transport = url != NULL ? get_transport (self, url, error) : NULL;
  if (transport == NULL)
    return FALSE;
  for (guint i = 0; i < self->peers->len; i++)
    if (g_strcmp0 (confsync_peer_get_address (self->peers->pdata[i]), url) == 0)
      return TRUE;

  peer = confsync_peer_new_dialled (url, transport, self->clock, identify, self);
  adopt_peer (self, peer);
  if (self->running && self->starting == NULL)
    confsync_peer_dial (peer);
  return TRUE;
}

/**
 * confsync_node_start_async:
 * @self: a node that doesn't run
 * @cancellable: (nullable): ignored once listeners are being opened
 * @callback: (scope async): called once, never before this function returns
 * @user_data: data for @callback
 *
 * Opens all listeners, then dials all peers.
 *
 * Since: 1.0
 */
void
confsync_node_start_async (ConfsyncNode *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CONFSYNC_IS_NODE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, confsync_node_start_async);
  if (self->running)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                               "the node runs already");
      return;
    }

  if (self->instance_id == NULL)
    self->instance_id = confsync_instance_id_make ();
  self->running = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  self->starting = g_steal_pointer (&task);
  self->listens_under_way = self->addresses->len;
  for (guint i = 0; i < self->addresses->len; i++)
    confsync_transport_listen_async (
      get_transport (self, self->addresses->pdata[i], NULL), self->addresses->pdata[i],
      self->allow_unauthenticated ? CONFSYNC_LISTEN_EXPOSED : CONFSYNC_LISTEN_NONE, cancellable,
      listen_cb, g_object_ref (self));
  if (self->addresses->len == 0)
    finish_start (self, NULL);
}

/**
 * confsync_node_start_finish:
 * @self: a node
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Collects a start. Peers that can't be reached are no failure: they are dialled again.
 *
 * Fails with what a listener fails with; the node doesn't run then.
 *
 * Returns: whether the node runs
 *
 * Since: 1.0
 */
gboolean
confsync_node_start_finish (ConfsyncNode *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * confsync_node_stop:
 * @self: a node
 *
 * Closes all listeners and links. Stopping a node that doesn't run does nothing.
 *
 * Since: 1.0
 */
void
confsync_node_stop (ConfsyncNode *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (CONFSYNC_IS_NODE (self));

  if (!self->running)
    return;

  self->running = FALSE;
  if (self->beat != NULL)
    g_source_destroy (self->beat);
  g_clear_pointer (&self->beat, g_source_unref);
  if (self->network != NULL)
    g_signal_handlers_disconnect_by_data (self->network, self);
  g_clear_object (&self->network);
  for (guint i = 0; i < self->listeners->len; i++)
    confsync_listener_stop (self->listeners->pdata[i]);
  g_ptr_array_set_size (self->listeners, 0);

  peers = g_steal_pointer (&self->peers);
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < peers->len; i++)
    confsync_peer_stop (peers->pdata[i]);
  for (guint i = 0; i < peers->len; i++)
    g_signal_handlers_disconnect_by_data (peers->pdata[i], self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  finish_start (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the node was stopped"));
}

/**
 * confsync_node_list_listeners:
 * @self: a node
 *
 * Returns: (transfer full): the addresses on which others can come in
 *
 * Since: 1.0
 */
GStrv
confsync_node_list_listeners (ConfsyncNode *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), NULL);

  for (guint i = 0; i < self->listeners->len; i++)
    g_strv_builder_add (builder, confsync_listener_get_address (self->listeners->pdata[i]));
  return g_strv_builder_end (builder);
}

/**
 * confsync_node_list_peers:
 * @self: a node
 *
 * Returns: (transfer full) (element-type Confsync.Peer): those that are dialled and those that came
 *   in
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

/* For documents */

gboolean
confsync_node_register (ConfsyncNode *self,
                        const char *name,
                        const ConfsyncNodeDocument *functions,
                        gpointer data,
                        GError **error)
{
  Document *document;

  if (g_hash_table_contains (self->documents, name))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "the node has a document “%s” already", name);
      return FALSE;
    }
  document = g_new (Document, 1);
  document->functions = functions;
  document->data = data;
  g_hash_table_insert (self->documents, g_strdup (name), document);

  for (guint i = 0; i < self->peers->len; i++)
    {
      const char *link = confsync_peer_get_link_name (self->peers->pdata[i]);

      if (link != NULL)
        functions->link_up (
          data, link, confsync_link_is_leaf (confsync_peer_get_link (self->peers->pdata[i])));
    }
  return TRUE;
}

void
confsync_node_unregister (ConfsyncNode *self, const char *name)
{
  g_hash_table_remove (self->documents, name);
}

gboolean
confsync_node_has_documents (ConfsyncNode *self)
{
  return g_hash_table_size (self->documents) > 0;
}

ConfsyncClock *
confsync_node_get_clock (ConfsyncNode *self)
{
  return self->clock;
}

gboolean
confsync_node_is_running (ConfsyncNode *self)
{
  return self->running;
}

void
confsync_node_send (ConfsyncNode *self, const char *link, ConfsyncMessage *message)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  if (peer != NULL)
    confsync_link_send (confsync_peer_get_link (peer), message);
}

void
confsync_node_send_update (ConfsyncNode *self, const char *link, GBytes *text)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  if (peer != NULL)
    confsync_link_send_update (confsync_peer_get_link (peer), text);
}

gboolean
confsync_node_link_can (ConfsyncNode *self, const char *link, const char *capability)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  return peer != NULL && confsync_link_can (confsync_peer_get_link (peer), capability);
}

const char *
confsync_node_get_link_peer (ConfsyncNode *self, const char *link)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  return peer != NULL ? confsync_peer_get_id (peer) : "?";
}

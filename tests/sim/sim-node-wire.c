/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's side of the wire: messages as the engine's driver and node make and read them.
 */

#include "config.h"

#include "confsync-update-private.h"
#include "sim-local.h"
#include "sim-world.h"

#include <stdlib.h>
#include <string.h>

static const ConfsyncJsonLimits limits = { 1024 * 1024, 32, 10000 };

void
sim_node_link_up (SimNode *self, SimNode *other)
{
  self->world->n_handled++;
  confsync_replica_link_up (self->replica, sim_node_get_time (self), other->link_name,
                            other->wires->len == 1);
  sim_node_run_actions (self);
}

void
sim_node_link_down (SimNode *self, SimNode *other)
{
  if (self->replica == NULL)
    return;
  self->world->n_handled++;
  confsync_replica_link_down (self->replica, other->link_name);
  sim_node_run_actions (self);
}

static ConfsyncMessage *
message_new (SimNode *self, ConfsyncMessageType type)
{
  ConfsyncMessage *message = confsync_message_new (type);

  message->timestamp = sim_node_get_time (self);
  message->instance_id = g_strdup (self->name);
  return message;
}

static ConfsyncMessage *
update_new (SimNode *self, ConfsyncRevision *revision)
{
  ConfsyncMessage *message = confsync_update_new (revision);

  message->timestamp = sim_node_get_time (self);
  message->instance_id = g_strdup (self->name);
  return message;
}

static GBytes *
encode_whole (SimNode *self, ConfsyncRevision *revision)
{
  g_autoptr (ConfsyncMessage) message = NULL;

  if (self->encoded_revision == revision)
    return g_bytes_ref (self->encoded);

  message = update_new (self, revision);
  confsync_update_set_whole (message, revision);
  g_clear_pointer (&self->encoded_revision, confsync_revision_unref);
  g_clear_pointer (&self->encoded, g_bytes_unref);
  self->encoded_revision = confsync_revision_ref (revision);
  self->encoded = confsync_message_encode (message);
  return g_bytes_ref (self->encoded);
}

/* A sender that gets it wrong: the patch is for something else than it says, doesn't fit there, or
 * gives something else. */
static void
spoil (SimNode *self, ConfsyncMessage *message)
{
  static const char *const wrong[] = { "[]", "[{\"op\":\"remove\",\"path\":\"/nowhere\"}]" };
  gint64 fault = sim_dice_roll (&self->dice, G_N_ELEMENTS (wrong) + 1);
  g_autoptr (GBytes) text = NULL;

  if (fault == G_N_ELEMENTS (wrong))
    {
      g_free (message->base_hash);
      message->base_hash = g_strdup (message->config_hash);
      return;
    }
  text = g_bytes_new_static (wrong[fault], strlen (wrong[fault]));
  confsync_json_unref (message->patch);
  message->patch = confsync_json_parse (text, NULL, NULL);
}

/* However small the document is: what a patch has to save is the engine's own matter. */
static GBytes *
encode_patch (SimNode *self, const char *link, ConfsyncRevision *revision)
{
  SimWorld *world = self->world;
  g_autoptr (ConfsyncMessage) message = NULL;

  if (!self->patches || !sim_world_get (world, atoi (link))->patches)
    return NULL;
  message = update_new (self, revision);
  if (!confsync_update_set_patch (message, self->replica, link, revision))
    return NULL;
  world->n_patches++;
  if (world->crooked > 0 && sim_dice_hits (&self->dice, world->crooked))
    spoil (self, message);
  return confsync_message_encode (message);
}

static GBytes *
encode_update (SimNode *self, ConfsyncAction *action)
{
  GBytes *patch = encode_patch (self, action->link, action->revision);

  return patch != NULL ? patch : encode_whole (self, action->revision);
}

static GBytes *
encode_heads (SimNode *self, const char *link)
{
  ConfsyncRevision *head = confsync_replica_get_told_head (self->replica, link);
  g_autoptr (ConfsyncMessage) message = message_new (self, CONFSYNC_MESSAGE_HEADS);

  message->heads = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_head_free);
  g_ptr_array_add (message->heads,
                   confsync_head_new ("", head != NULL ? confsync_revision_get_stamp (head) : NULL,
                                      head != NULL ? confsync_revision_get_hash (head) : NULL));
  return confsync_message_encode (message);
}

static GBytes *
encode_request (SimNode *self, const char *link, gboolean whole)
{
  ConfsyncRevision *head =
    whole ? NULL : confsync_replica_get_told_head (self->replica, link);
  g_autoptr (ConfsyncMessage) message = message_new (self, CONFSYNC_MESSAGE_REQUEST);

  message->have = head != NULL ? g_strdup (confsync_revision_get_hash (head)) : NULL;
  return confsync_message_encode (message);
}

static GBytes *
encode_ack (SimNode *self, ConfsyncAction *action)
{
  ConfsyncRevision *head = confsync_replica_get_told_head (self->replica, action->link);
  g_autoptr (ConfsyncMessage) message = message_new (self, CONFSYNC_MESSAGE_ACK);

  message->for_stamp = confsync_stamp_ref (confsync_revision_get_stamp (action->revision));
  message->for_hash = g_strdup (confsync_revision_get_hash (action->revision));
  message->outcome = action->outcome;
  message->reason = g_strdup (action->reason);
  if (head != NULL)
    {
      message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (head));
      message->config_hash = g_strdup (confsync_revision_get_hash (head));
    }
  return confsync_message_encode (message);
}

/* About what two revisions were both made from: the question, and the answer. */
static GBytes *
encode_base (SimNode *self, ConfsyncAction *action)
{
  gboolean answer = action->type == CONFSYNC_ACTION_SEND_BASE;
  g_autoptr (ConfsyncMessage) message =
    message_new (self, answer ? CONFSYNC_MESSAGE_RESPONSE : CONFSYNC_MESSAGE_REQUEST);

  for (int i = 0; i < 2; i++)
    message->base_for[i] = confsync_stamp_ref (action->stamps[i]);
  message->is_base = answer;
  message->more = action->count;
  if (answer && action->revision != NULL)
    {
      message->config_hash = g_strdup (confsync_revision_get_hash (action->revision));
      message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (action->revision));
      message->data = confsync_document_ref (confsync_revision_get_document (action->revision));
    }
  return confsync_message_encode (message);
}

static GBytes *
encode (SimNode *self, ConfsyncAction *action)
{
  switch ((int) action->type)
    {
    case CONFSYNC_ACTION_SEND_UPDATE:
      return encode_update (self, action);
    case CONFSYNC_ACTION_SEND_REQUEST:
      return encode_request (self, action->link, FALSE);
    case CONFSYNC_ACTION_SEND_ACK:
      return encode_ack (self, action);
    case CONFSYNC_ACTION_SEND_BASE_REQUEST:
    case CONFSYNC_ACTION_SEND_BASE:
      return encode_base (self, action);
    case CONFSYNC_ACTION_SEND_HEADS:
    default:
      return encode_heads (self, action->link);
    }
}

static void
trace_message (SimNode *self, SimNode *to, GBytes *bytes)
{
  sim_world_trace (self->world, "%s > %s: %.*s", self->name, to->name,
                   (int) g_bytes_get_size (bytes), (const char *) g_bytes_get_data (bytes, NULL));
}

static void
send_bytes (SimNode *self, SimWire *wire, GBytes *bytes, SimSends sends)
{
  SimWorld *world = self->world;

  if (sends == SIM_SENDS_BEAT || sends == SIM_SENDS_HEADS)
    world->n_beats++;
  else
    world->n_messages++;
  world->n_updates += sends == SIM_SENDS_UPDATE;
  world->n_bytes += g_bytes_get_size (bytes);
  if (world->has_local)
    sim_local_check_message (self, bytes);
  if (world->trace != NULL)
    trace_message (self, sim_wire_other (wire, self), bytes);
  sim_wire_send (wire, sim_wire_side_of (wire, self), bytes, sends);
}

void
sim_node_send (SimNode *self, ConfsyncAction *action)
{
  SimWire *wire = sim_wire_find (self->world, self->index, atoi (action->link));
  g_autoptr (GBytes) bytes = NULL;

  if (wire == NULL || wire->ends[sim_wire_side_of (wire, self)].channel == 0)
    return;
  bytes = encode (self, action);
  send_bytes (self, wire, bytes,
              action->type == CONFSYNC_ACTION_SEND_UPDATE ? SIM_SENDS_UPDATE : SIM_SENDS_OTHER);
}

/* Signs of life */

/* Equal digests mean equal heads; FNV-1a does for a world without strangers. */
static char *
make_digest (SimNode *self)
{
  ConfsyncRevision *head = sim_node_get_head (self);
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (const char *p = head != NULL ? confsync_revision_get_key (head) : ""; *p != '\0'; p++)
    hash = (hash ^ (guchar) *p) * G_GUINT64_CONSTANT (0x100000001b3);
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", hash);
}

static void
send_beat (SimNode *self, SimWire *wire, gboolean probe, const char *digest)
{
  g_autoptr (ConfsyncMessage) message = message_new (self, CONFSYNC_MESSAGE_HEARTBEAT);
  g_autoptr (GBytes) bytes = NULL;

  message->digest = g_strdup (digest);
  message->probe = probe;
  bytes = confsync_message_encode (message);
  send_bytes (self, wire, bytes, SIM_SENDS_BEAT);
}

void
sim_node_probe (SimNode *self, SimWire *wire, gboolean with_digest)
{
  g_autofree char *digest = with_digest ? make_digest (self) : g_strdup ("");

  send_beat (self, wire, TRUE, digest);
}

static void
take_heartbeat (SimNode *self, SimWire *wire, ConfsyncMessage *message)
{
  g_autofree char *link = g_strdup_printf ("%u", sim_wire_other (wire, self)->index);
  g_autofree char *digest = make_digest (self);
  g_autoptr (GBytes) heads = NULL;

  if (message->probe)
    send_beat (self, wire, FALSE, digest);
  /* without a digest it is only a sign of life */
  if (g_str_equal (digest, message->digest) || (!message->probe && *message->digest == '\0'))
    return;
  heads = encode_heads (self, link);
  send_bytes (self, wire, heads, SIM_SENDS_HEADS);
}

/* Receiving */

/* Whether it is about what two revisions were both made from. */
static gboolean
take_base (SimNode *self, const char *link, ConfsyncMessage *message)
{
  gint64 now = sim_node_get_time (self);
  g_autoptr (ConfsyncRevision) base = NULL;

  if (message->base_for[0] == NULL)
    return FALSE;
  if (message->type == CONFSYNC_MESSAGE_REQUEST)
    {
      confsync_replica_got_base_request (self->replica, now, link, message->base_for[0],
                                         message->base_for[1]);
      return TRUE;
    }
  if (message->data != NULL)
    base = confsync_revision_new (message->data, message->stamp);
  confsync_replica_got_base (self->replica, now, link, message->base_for[0], message->base_for[1],
                             base, message->more);
  return TRUE;
}

static void
take_update (SimNode *self, SimWire *wire, ConfsyncMessage *message)
{
  const char *link = sim_wire_other (wire, self)->link_name;
  g_autoptr (ConfsyncDocument) document = confsync_update_read (message, self->replica);
  g_autoptr (ConfsyncRevision) revision = NULL;
  g_autoptr (GBytes) request = NULL;

  if (document == NULL)
    {
      self->world->n_useless++;
      sim_world_trace (self->world, "%s: no use for a patch of %s", self->name,
                       sim_wire_other (wire, self)->name);
      request = encode_request (self, link, TRUE);
      send_bytes (self, wire, request, SIM_SENDS_OTHER);
      return;
    }
  if (!g_str_equal (confsync_document_get_hash (document), message->config_hash))
    sim_world_fail (self->world, "%s made something else of a patch than it was to be", self->name);
  revision = confsync_revision_new_open (document, message->stamp, message->conflicts);
  confsync_replica_received (self->replica, sim_node_get_time (self), link, revision);
}

static void
take (SimNode *self, SimWire *wire, ConfsyncMessage *message)
{
  const char *link = sim_wire_other (wire, self)->link_name;
  gint64 now = sim_node_get_time (self);
  ConfsyncHead *head;

  if (take_base (self, link, message))
    return;
  switch (message->type)
    {
    case CONFSYNC_MESSAGE_UPDATE:
    case CONFSYNC_MESSAGE_RESPONSE:
      take_update (self, wire, message);
      break;
    case CONFSYNC_MESSAGE_HEADS:
      head = message->heads->pdata[0];
      confsync_replica_got_heads (self->replica, now, link, head->stamp, head->hash);
      break;
    case CONFSYNC_MESSAGE_REQUEST:
      confsync_replica_got_request (self->replica, now, link, message->have);
      break;
    case CONFSYNC_MESSAGE_ACK:
      sim_wire_got_ack (wire, sim_wire_side_of (wire, self));
      confsync_replica_got_ack (self->replica, now, link, message);
      break;
    case CONFSYNC_MESSAGE_HEARTBEAT:
      take_heartbeat (self, wire, message);
      break;
    case CONFSYNC_MESSAGE_HELLO:
    case CONFSYNC_MESSAGE_AUTH:
    case CONFSYNC_MESSAGE_ERROR:
    default:
      g_assert_not_reached ();
    }
}

void
sim_node_receive (SimNode *self, SimWire *wire, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) message = confsync_message_decode (bytes, &limits, &error);

  if (message == NULL)
    {
      sim_world_fail (self->world, "%s can't read a message of %s: %s", self->name,
                      sim_wire_other (wire, self)->name, error != NULL ? error->message : "type");
      return;
    }
  self->world->n_handled++;
  take (self, wire, message);
  sim_node_run_actions (self);
}

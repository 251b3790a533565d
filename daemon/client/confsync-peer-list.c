/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Puts together what an instance says of its peers in two places: how the link is, and how the peer
 * stands to the document. Both lists have the same peers in the same order.
 */

#include "config.h"

#include "confsync-peer-list.h"

#include <glib/gi18n.h>

#include "confsync-table.h"
#include "confsync-units.h"

typedef struct {
  GVariant *link, *document; /* (owned): a{sv} */
  const char *id, *address, *remote, *state, *sync, *reason; /* (nullable) */
  gint64 round_trip_us;  /* negative for unknown */
  gint64 clock_ahead_us; /* 0 for not ahead */
  gboolean dialled;
} Peer;

static void
clear_peer (Peer *self)
{
  g_clear_pointer (&self->link, g_variant_unref);
  g_clear_pointer (&self->document, g_variant_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Peer, clear_peer)

static GVariant *
dup_peers (GVariant *properties)
{
  GVariant *peers = g_variant_lookup_value (properties, "Peers", G_VARIANT_TYPE ("aa{sv}"));

  return peers != NULL ? peers : g_variant_ref_sink (g_variant_new ("aa{sv}", NULL));
}

/* The empty text counts as unknown. */
static const char *
get_text (GVariant *dict, const char *name)
{
  const char *text = NULL;

  return g_variant_lookup (dict, name, "&s", &text) && *text != '\0' ? text : NULL;
}

static void
read_peer (Peer *self, GVariant *links, GVariant *documents, gsize index)
{
  self->link = g_variant_get_child_value (links, index);
  self->document = index < g_variant_n_children (documents)
                     ? g_variant_get_child_value (documents, index)
                     : g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  self->id = get_text (self->link, "id");
  self->address = get_text (self->link, "address");
  self->remote = get_text (self->link, "remote");
  self->state = get_text (self->link, "state");
  self->sync = get_text (self->document, "sync");
  self->reason = get_text (self->document, "reason");
  if (self->reason == NULL)
    self->reason = get_text (self->link, "reason");
  if (!g_variant_lookup (self->link, "round-trip", "x", &self->round_trip_us))
    self->round_trip_us = -1;
  g_variant_lookup (self->link, "clock-ahead", "x", &self->clock_ahead_us);
  g_variant_lookup (self->link, "dialled", "b", &self->dialled);
}

static gboolean
holds (const Peer *peer)
{
  return g_strcmp0 (peer->sync, "holds") == 0;
}

static void
count_peer (ConfsyncPeerCount *count, const Peer *peer)
{
  const gboolean live = g_strcmp0 (peer->state, "live") == 0;

  count->total++;
  count->live += live;
  count->keeping += live && g_strcmp0 (peer->sync, "apart") != 0;
  count->holding += live && holds (peer);
}

static const char *
style_of (gboolean good)
{
  return good ? CONFSYNC_STYLE_GREEN : CONFSYNC_STYLE_YELLOW;
}

static void
add_row (ConfsyncTable *table, const Peer *peer)
{
  g_autofree char *trip =
    peer->round_trip_us >= 0 ? confsync_units_duration (peer->round_trip_us) : NULL;

  confsync_table_add (table, NULL, peer->id);
  confsync_table_add (table, NULL, peer->address != NULL ? peer->address : peer->remote);
  confsync_table_add (table, style_of (g_strcmp0 (peer->state, "live") == 0), peer->state);
  confsync_table_add (table, NULL, trip);
  confsync_table_add (table, style_of (holds (peer)), peer->sync);
  confsync_table_add (table, NULL, peer->reason);
}

/*
 * confsync_peer_list_print:
 *
 * Writes a table of the peers, and nothing where there are none.
 */
ConfsyncPeerCount
confsync_peer_list_print (ConfsyncInstance *instance, ConfsyncOutput *output)
{
  g_autoptr (GVariant) links = dup_peers (confsync_instance_get_manager (instance));
  g_autoptr (GVariant) documents = dup_peers (confsync_instance_get_document (instance));
  const char *const titles[] = { _ ("PEER"), _ ("ADDRESS"), _ ("STATE"), _ ("ROUND TRIP"),
                                 _ ("CONTENT"), _ ("REASON") };
  g_autoptr (ConfsyncTable) table = confsync_table_new (G_N_ELEMENTS (titles));
  ConfsyncPeerCount count = { 0 };

  confsync_table_align_right (table, 3);
  confsync_table_add_titles (table, titles);
  for (gsize i = 0; i < g_variant_n_children (links); i++)
    {
      g_auto (Peer) peer = { 0 };

      read_peer (&peer, links, documents, i);
      count_peer (&count, &peer);
      add_row (table, &peer);
    }
  if (count.total > 0)
    confsync_table_print (table, output);
  return count;
}

ConfsyncPeerCount
confsync_peer_list_count (ConfsyncInstance *instance)
{
  g_autoptr (GVariant) links = dup_peers (confsync_instance_get_manager (instance));
  g_autoptr (GVariant) documents = dup_peers (confsync_instance_get_document (instance));
  ConfsyncPeerCount count = { 0 };

  for (gsize i = 0; i < g_variant_n_children (links); i++)
    {
      g_auto (Peer) peer = { 0 };

      read_peer (&peer, links, documents, i);
      count_peer (&count, &peer);
    }
  return count;
}

static const char *
name_of (const Peer *peer)
{
  if (peer->id != NULL)
    return peer->id;
  if (peer->address != NULL)
    return peer->address;
  return peer->remote != NULL ? peer->remote : "?";
}

/*
 * confsync_peer_list_dup_clocks:
 *
 * Returns: (nullable) (transfer full): whose clock is ahead, and how far, such as `attic is 5 h
 *   ahead`; %NULL for nobody's
 */
char *
confsync_peer_list_dup_clocks (ConfsyncInstance *instance)
{
  g_autoptr (GVariant) links = dup_peers (confsync_instance_get_manager (instance));
  g_autoptr (GVariant) documents = dup_peers (confsync_instance_get_document (instance));
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (links); i++)
    {
      g_auto (Peer) peer = { 0 };
      g_autofree char *ahead = NULL;

      read_peer (&peer, links, documents, i);
      if (peer.clock_ahead_us <= 0)
        continue;
      ahead = confsync_units_duration (peer.clock_ahead_us);
      g_string_append_printf (text, _ ("%s%s is %s ahead"), text->len > 0 ? ", " : "",
                              name_of (&peer), ahead);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/*
 * confsync_json_add_text:
 * @text: (nullable): %NULL and the empty text become null
 */
void
confsync_json_add_text (JsonBuilder *builder, const char *member, const char *text)
{
  json_builder_set_member_name (builder, member);
  if (text != NULL && *text != '\0')
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
build_peer (JsonBuilder *builder, const Peer *peer)
{
  json_builder_begin_object (builder);
  confsync_json_add_text (builder, "id", peer->id);
  confsync_json_add_text (builder, "address", peer->address);
  confsync_json_add_text (builder, "remote", peer->remote);
  json_builder_set_member_name (builder, "dialled");
  json_builder_add_boolean_value (builder, peer->dialled);
  confsync_json_add_text (builder, "state", peer->state);
  json_builder_set_member_name (builder, "round_trip_us");
  if (peer->round_trip_us >= 0)
    json_builder_add_int_value (builder, peer->round_trip_us);
  else
    json_builder_add_null_value (builder);
  json_builder_set_member_name (builder, "clock_ahead_us");
  json_builder_add_int_value (builder, peer->clock_ahead_us);
  json_builder_set_member_name (builder, "holds_head");
  json_builder_add_boolean_value (builder, holds (peer));
  confsync_json_add_text (builder, "sync", peer->sync);
  confsync_json_add_text (builder, "reason", peer->reason);
  json_builder_end_object (builder);
}

/* Adds an array of the peers; README.md names the members. */
void
confsync_peer_list_build (ConfsyncInstance *instance, JsonBuilder *builder)
{
  g_autoptr (GVariant) links = dup_peers (confsync_instance_get_manager (instance));
  g_autoptr (GVariant) documents = dup_peers (confsync_instance_get_document (instance));

  json_builder_begin_array (builder);
  for (gsize i = 0; i < g_variant_n_children (links); i++)
    {
      g_auto (Peer) peer = { 0 };

      read_peer (&peer, links, documents, i);
      build_peer (builder, &peer);
    }
  json_builder_end_array (builder);
}

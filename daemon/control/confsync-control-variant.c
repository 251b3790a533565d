/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What isn't known is left out, as D-Bus has no null.
 */

#include "config.h"

#include "confsync-control-variant.h"

#include <string.h>

/* in the order of ConfsyncPeerState; these names are part of the interface */
static const char *const peer_states[] = { "connecting", "greeting", "live", "backoff", "closed" };

char *
confsync_control_dup_text (const char *text)
{
  return text != NULL ? g_utf8_make_valid (text, -1) : g_strdup ("");
}

char *
confsync_control_dup_hash (ConfsyncManager *manager)
{
  char *hash;

  g_object_get (manager, "hash", &hash, NULL);
  return hash != NULL ? hash : g_strdup ("");
}

static void
add_text (GVariantDict *dict, const char *name, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return;
  valid = confsync_control_dup_text (text);
  g_variant_dict_insert (dict, name, "s", valid);
}

static void
add_identity (GVariantDict *dict, ConfsyncPeer *peer)
{
  add_text (dict, "id", confsync_peer_get_id (peer));
  add_text (dict, "address", confsync_peer_get_address (peer));
  add_text (dict, "remote", confsync_peer_get_remote (peer));
}

GVariant *
confsync_control_peers_to_variant (GPtrArray *peers)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < peers->len; i++)
    {
      ConfsyncPeer *peer = peers->pdata[i];
      const gint64 round_trip = confsync_peer_get_round_trip (peer);
      const gint64 ahead = confsync_peer_get_clock_ahead (peer);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      add_identity (&dict, peer);
      g_variant_dict_insert (&dict, "dialled", "b", confsync_peer_get_address (peer) != NULL);
      g_variant_dict_insert (&dict, "state", "s", peer_states[confsync_peer_get_state (peer)]);
      if (round_trip >= 0)
        g_variant_dict_insert (&dict, "round-trip", "x", round_trip);
      if (ahead > 0)
        g_variant_dict_insert (&dict, "clock-ahead", "x", ahead);
      add_text (&dict, "reason", confsync_peer_get_reason (peer));
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

GVariant *
confsync_control_statuses_to_variant (GPtrArray *statuses)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < statuses->len; i++)
    {
      ConfsyncPeerStatus *status = statuses->pdata[i];
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      add_identity (&dict, confsync_peer_status_get_peer (status));
      g_variant_dict_insert (&dict, "sync", "s", confsync_sync_state_to_string (
                                                   confsync_peer_status_get_state (status)));
      add_text (&dict, "reason", confsync_peer_status_get_reason (status));
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

/* Floating. The text was read, so it is UTF-8 and has no zero byte. */
static GVariant *
text_to_variant (GBytes *text)
{
  return g_variant_new_take_string (
    g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text)));
}

GVariant *
confsync_control_json_to_variant (ConfsyncJson *json)
{
  g_autoptr (GBytes) text = confsync_json_to_compact (json);

  return text_to_variant (text);
}

/* As its author laid it out; what came over a link on one line is laid out anew. */
GVariant *
confsync_control_document_to_variant (ConfsyncDocument *document)
{
  GBytes *text = confsync_document_get_text (document);
  g_autoptr (GBytes) laid_out = NULL;
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  if (memchr (data, '\n', size) != NULL)
    return text_to_variant (text);
  laid_out = confsync_json_to_pretty (confsync_document_get_json (document), NULL);
  return text_to_variant (laid_out);
}

static void
add_version (GVariantDict *dict, ConfsyncVersion *version)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version);

  add_text (dict, "name", confsync_version_get_name (version));
  if (stamp != NULL)
    {
      g_variant_dict_insert (dict, "time", "x", confsync_stamp_get_time (stamp));
      add_text (dict, "author", confsync_stamp_get_author (stamp));
    }
  add_text (dict, "hash", confsync_version_get_hash (version));
  add_text (dict, "cause", confsync_cause_to_string (confsync_version_get_cause (version)));
  g_variant_dict_insert (dict, "acknowledged", "b", confsync_version_is_acknowledged (version));
  if (confsync_version_get_size (version) > 0)
    g_variant_dict_insert (dict, "size", "t", confsync_version_get_size (version));
}

GVariant *
confsync_control_versions_to_variant (GPtrArray *versions)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < versions->len; i++)
    {
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      add_version (&dict, versions->pdata[i]);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

static void
add_state (GVariantDict *dict, const char *name, ConfsyncVersion *version, ConfsyncJson *value)
{
  GVariantDict inner;

  g_variant_dict_init (&inner, NULL);
  add_version (&inner, version);
  if (value != NULL)
    g_variant_dict_insert_value (&inner, "value", confsync_control_json_to_variant (value));
  g_variant_dict_insert_value (dict, name, g_variant_dict_end (&inner));
}

GVariant *
confsync_control_explanation_to_variant (ConfsyncExplanation *explanation)
{
  ConfsyncVersion *previous = confsync_explanation_get_previous_version (explanation);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "exact", "b", confsync_explanation_is_exact (explanation));
  add_state (&dict, "since", confsync_explanation_get_version (explanation),
             confsync_explanation_get_value (explanation));
  if (previous != NULL)
    add_state (&dict, "before", previous, confsync_explanation_get_previous_value (explanation));
  return g_variant_dict_end (&dict);
}

/* A side: who wrote it, and when. */
static void
add_stamp (GVariantDict *dict, const char *author, const char *time, ConfsyncStamp *stamp)
{
  if (stamp == NULL)
    return;
  add_text (dict, author, confsync_stamp_get_author (stamp));
  g_variant_dict_insert (dict, time, "x", confsync_stamp_get_time (stamp));
}

GVariant *
confsync_control_conflicts_to_variant (GPtrArray *conflicts)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < conflicts->len; i++)
    {
      ConfsyncOpenConflict *conflict = conflicts->pdata[i];
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      add_text (&dict, "id", confsync_open_conflict_get_id (conflict));
      add_text (&dict, "pointer", confsync_open_conflict_get_pointer (conflict));
      add_text (&dict, "reason", confsync_open_conflict_get_reason (conflict));
      g_variant_dict_insert (&dict, "since", "x", confsync_open_conflict_get_since (conflict));
      add_stamp (&dict, "ours-author", "ours-time",
                 confsync_open_conflict_get_ours_stamp (conflict));
      add_stamp (&dict, "theirs-author", "theirs-time",
                 confsync_open_conflict_get_theirs_stamp (conflict));
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

static void
add_json (GVariantDict *dict, const char *name, ConfsyncJson *value)
{
  g_autoptr (GBytes) text = value != NULL ? confsync_json_to_compact (value) : NULL;

  if (text != NULL)
    g_variant_dict_insert_value (dict, name,
                                 g_variant_new_take_string (g_strndup (
                                   g_bytes_get_data (text, NULL), g_bytes_get_size (text))));
}

GVariant *
confsync_control_sides_to_variant (ConfsyncOpenConflict *conflict)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_json (&dict, "base", confsync_open_conflict_get_base (conflict));
  add_json (&dict, "ours", confsync_open_conflict_get_ours (conflict));
  add_json (&dict, "theirs", confsync_open_conflict_get_theirs (conflict));
  return g_variant_dict_end (&dict);
}

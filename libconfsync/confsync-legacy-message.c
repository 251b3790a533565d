/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Writing and reading frames of the legacy protocol. Nobody ever checked them, so here everything
 * is: past this file a frame is what its type says.
 */

#include "config.h"

#include "confsync-legacy-message-private.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-stamp-private.h"

/* of an id as the peer says it */
#define ID_MAX_LENGTH 256
/* of an id that is made of another one: what is kept of it, and what tells it from its like */
#define ID_KEPT_LENGTH 57
#define ID_DIGITS 6
#define ACTOR_DIGITS 16
#define CONFLICT_RESOLUTION "last_write_wins"

static void
add_string (ConfsyncJsonBuilder *builder, const char *name, const char *value)
{
  confsync_json_builder_name (builder, name);
  confsync_json_builder_string (builder, value);
}

GBytes *
confsync_legacy_encode (ConfsyncMessageType type,
                        gint64 timestamp,
                        const char *instance_id,
                        const char *hash,
                        ConfsyncDocument *document)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;

  confsync_json_builder_begin_object (builder);
  add_string (builder, "type", confsync_message_type_to_string (type));
  confsync_json_builder_name (builder, "timestamp");
  confsync_json_builder_double (builder, timestamp / (double) G_USEC_PER_SEC);
  add_string (builder, "instance_id", instance_id);
  add_string (builder, "config_hash", hash);
  confsync_json_builder_name (builder, "config_data");
  if (document != NULL)
    confsync_json_builder_append (builder, confsync_document_get_json (document));
  else
    confsync_json_builder_null (builder);
  add_string (builder, "conflict_resolution", CONFLICT_RESOLUTION);
  confsync_json_builder_close (builder);

  json = confsync_json_builder_end (builder, NULL);
  g_assert (json != NULL);
  return confsync_json_to_compact (json);
}

static gboolean
fail (GError **error, const char *member, const char *expected)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
               "a legacy frame whose “%s” is not %s", member, expected);
  return FALSE;
}

static char *
dup_string (ConfsyncJson *json, const char *name, gsize max, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);
  gsize length = 0;

  if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_STRING)
    {
      confsync_json_get_string (member, &length);
      if (length <= max)
        return confsync_json_dup_string (member);
    }
  fail (error, name, "a short string");
  return NULL;
}

/* A time outside of the format tells nothing: the time of receipt has to do. */
static gboolean
read_timestamp (ConfsyncJson *json, gint64 *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "timestamp");
  double seconds;

  if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_INTEGER)
    seconds = confsync_json_get_integer (member);
  else if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_DOUBLE)
    seconds = confsync_json_get_double (member);
  else
    return fail (error, "timestamp", "a time in seconds");
  if (seconds < 0 || seconds > CONFSYNC_STAMP_TIME_MAX / (double) G_USEC_PER_SEC)
    seconds = 0;
  *value = (gint64) (seconds * G_USEC_PER_SEC + 0.5);
  return TRUE;
}

/* Its hash is not held against it: no legacy peer checks it, and what counts is the content. */
static gboolean
read_data (ConfsyncJson *json, ConfsyncDocument **value, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "config_data");

  if (member == NULL || confsync_json_get_kind (member) == CONFSYNC_JSON_NULL)
    return TRUE;
  if (confsync_json_get_kind (member) != CONFSYNC_JSON_OBJECT)
    return fail (error, "config_data", "an object");
  *value = confsync_document_new_from_json (member, error);
  return *value != NULL;
}

static int
find_type (const char *name)
{
  static const ConfsyncMessageType types[] = {
    CONFSYNC_MESSAGE_UPDATE,
    CONFSYNC_MESSAGE_RESPONSE,
    CONFSYNC_MESSAGE_REQUEST,
    CONFSYNC_MESSAGE_HEARTBEAT,
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (name, confsync_message_type_to_string (types[i])))
      return types[i];
  return -1;
}

static ConfsyncJson *
parse (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  ConfsyncJsonLimits larger = {
    limits->max_bytes + CONFSYNC_MESSAGE_EXTRA_BYTES,
    limits->max_depth + CONFSYNC_MESSAGE_EXTRA_DEPTH,
    limits->max_values + CONFSYNC_MESSAGE_EXTRA_VALUES,
  };
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, &larger, error);

  if (json == NULL)
    g_prefix_error (error, "a legacy frame that can't be taken: ");
  else if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "a legacy frame that is no JSON object");
      return NULL;
    }
  return g_steal_pointer (&json);
}

ConfsyncMessage *
confsync_legacy_decode (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  g_autoptr (ConfsyncJson) json = parse (text, limits, error);
  g_autofree char *name = NULL;
  g_autofree char *id = NULL;
  g_autoptr (ConfsyncMessage) self = NULL;
  int type;

  if (json == NULL || (name = dup_string (json, "type", ID_MAX_LENGTH, error)) == NULL)
    return NULL;
  type = find_type (name);
  if (type < 0)
    return NULL;

  id = dup_string (json, "instance_id", ID_MAX_LENGTH, error);
  if (id == NULL)
    return NULL;
  self = confsync_message_new (type);
  self->instance_id = confsync_legacy_make_id (id);
  self->document = g_strdup ("");
  if (!read_timestamp (json, &self->timestamp, error) || !read_data (json, &self->data, error))
    return NULL;
  return g_steal_pointer (&self);
}

char *
confsync_legacy_hash (ConfsyncDocument *document)
{
  g_autoptr (GBytes) text = confsync_json_to_python (confsync_document_get_json (document));

  return g_compute_checksum_for_bytes (G_CHECKSUM_MD5, text);
}

char *
confsync_legacy_make_id (const char *id)
{
  g_autofree char *digest = NULL;
  g_autofree char *kept = NULL;

  if (confsync_instance_id_is_valid (id))
    return g_strdup (id);

  digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);
  kept = g_strndup (*id != '\0' ? id : "legacy", ID_KEPT_LENGTH);
  for (char *p = kept; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      *p = '_';
  return g_strdup_printf ("%s-%.*s", kept, ID_DIGITS, digest);
}

guint64
confsync_legacy_make_actor (const char *id)
{
  g_autofree char *name = g_strconcat ("legacy:", id, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  digest[ACTOR_DIGITS] = '\0';
  return g_ascii_strtoull (digest, NULL, 16) | 1; /* never 0 */
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reading protocol messages. Every byte is hostile until checked here; past this file a message is
 * what its type says.
 */

#include "config.h"

#include "confsync-message-private.h"

#include <string.h>

#include "confsync-conflict-list-private.h"
#include "confsync-error.h"
#include "confsync-stamp-private.h"

#define MORE_BASES_MAX 1000
#define HASH_LENGTH 64
#define NAME_MAX_LENGTH 255
#define TOKEN_MAX_LENGTH 128
#define CAPABILITIES_MAX 64

static gboolean
fail (GError **error, const char *member, const char *expected)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
               "the message's “%s” is not %s", member, expected);
  return FALSE;
}

static ConfsyncJson *
get (ConfsyncJson *json, const char *name, ConfsyncJsonKind kind)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member != NULL && confsync_json_get_kind (member) == kind ? g_steal_pointer (&member)
                                                                   : NULL;
}

static gboolean
is_absent (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member == NULL || confsync_json_get_kind (member) == CONFSYNC_JSON_NULL;
}

static gboolean
read_string (ConfsyncJson *json, const char *name, gsize max, char **value, GError **error)
{
  g_autoptr (ConfsyncJson) member = get (json, name, CONFSYNC_JSON_STRING);
  gsize length;

  if (member == NULL)
    return fail (error, name, "a string");
  confsync_json_get_string (member, &length);
  if (length > max)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the message's “%s” has more than %" G_GSIZE_FORMAT " bytes", name, max);
      return FALSE;
    }
  *value = confsync_json_dup_string (member);
  return TRUE;
}

/* Absent and null both leave @value %NULL. */
static gboolean
read_hash (ConfsyncJson *json, const char *name, char **value, GError **error)
{
  if (is_absent (json, name))
    return TRUE;
  if (!read_string (json, name, HASH_LENGTH, value, error))
    return FALSE;
  if (strlen (*value) != HASH_LENGTH || strspn (*value, "0123456789abcdef") != HASH_LENGTH)
    return fail (error, name, "a SHA-256 in 64 hexadecimal digits");
  return TRUE;
}

static gboolean
read_boolean (ConfsyncJson *json, const char *name, gboolean *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = NULL;

  if (is_absent (json, name))
    return TRUE;
  member = get (json, name, CONFSYNC_JSON_BOOLEAN);
  if (member == NULL)
    return fail (error, name, "true or false");
  *value = confsync_json_get_boolean (member);
  return TRUE;
}

static gboolean
read_count (ConfsyncJson *json, const char *name, guint max, guint *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = NULL;

  if (is_absent (json, name))
    return TRUE;
  member = get (json, name, CONFSYNC_JSON_INTEGER);
  if (member == NULL || confsync_json_get_integer (member) < 0 ||
      confsync_json_get_integer (member) > max)
    return fail (error, name, "a small number");
  *value = (guint) confsync_json_get_integer (member);
  return TRUE;
}

/* Absent and null both leave @value %NULL. */
static gboolean
read_stamp (ConfsyncJson *json, const char *name, ConfsyncStamp **value, GError **error)
{
  g_autoptr (ConfsyncJson) member = NULL;

  if (is_absent (json, name))
    return TRUE;
  member = confsync_json_get_member (json, name);
  *value = confsync_stamp_new_from_json (member, error);
  return *value != NULL;
}

static gboolean
read_timestamp (ConfsyncJson *json, gint64 *value, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "timestamp");
  double seconds = -1;

  if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_INTEGER)
    seconds = confsync_json_get_integer (member);
  else if (member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_DOUBLE)
    seconds = confsync_json_get_double (member);
  if (seconds < 0 || seconds > CONFSYNC_STAMP_TIME_MAX / (double) G_USEC_PER_SEC)
    return fail (error, "timestamp", "a time in seconds before the year 2200");
  *value = (gint64) (seconds * G_USEC_PER_SEC + 0.5);
  return TRUE;
}

static gboolean
read_common (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  if (!read_timestamp (json, &self->timestamp, error) ||
      !read_string (json, "instance_id", TOKEN_MAX_LENGTH, &self->instance_id, error) ||
      !read_hash (json, "config_hash", &self->config_hash, error))
    return FALSE;
  if (!confsync_instance_id_is_valid (self->instance_id))
    return fail (error, "instance_id", "1 to 64 letters, digits, “.”, “_”, “-”");
  if (is_absent (json, "document"))
    self->document = g_strdup ("");
  else if (!read_string (json, "document", NAME_MAX_LENGTH, &self->document, error))
    return FALSE;
  return TRUE;
}

static gboolean
read_capabilities (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) list = get (json, "capabilities", CONFSYNC_JSON_ARRAY);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (list == NULL || confsync_json_get_length (list) > CAPABILITIES_MAX)
    return fail (error, "capabilities", "a short list of strings");
  for (guint i = 0; i < confsync_json_get_length (list); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (list, i);
      g_autofree char *name = NULL;

      if (confsync_json_get_kind (item) != CONFSYNC_JSON_STRING)
        return fail (error, "capabilities", "a short list of strings");
      name = confsync_json_dup_string (item);
      g_strv_builder_add (builder, name);
    }
  self->capabilities = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_hello (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) protocol = get (json, "protocol", CONFSYNC_JSON_INTEGER);

  if (protocol == NULL || confsync_json_get_integer (protocol) < 1 ||
      confsync_json_get_integer (protocol) > G_MAXINT32)
    return fail (error, "protocol", "a positive integer");
  self->protocol = confsync_json_get_integer (protocol);
  return read_string (json, "session", TOKEN_MAX_LENGTH, &self->session, error) &&
         read_string (json, "nonce", TOKEN_MAX_LENGTH, &self->nonce, error) &&
         read_capabilities (self, json, error) &&
         read_boolean (json, "leaf", &self->leaf, error);
}

static ConfsyncHead *
read_head (ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncHead) head = confsync_head_new (NULL, NULL, NULL);

  if (!read_string (json, "document", NAME_MAX_LENGTH, &head->document, error) ||
      !read_stamp (json, "stamp", &head->stamp, error) ||
      !read_hash (json, "hash", &head->hash, error))
    return NULL;
  if ((head->stamp == NULL) != (head->hash == NULL))
    {
      fail (error, "heads", "a list with both stamp and hash, or neither");
      return NULL;
    }
  return g_steal_pointer (&head);
}

static gboolean
read_heads (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) list = get (json, "heads", CONFSYNC_JSON_ARRAY);

  if (list == NULL || confsync_json_get_length (list) > CONFSYNC_HEADS_PER_MESSAGE)
    return fail (error, "heads", "a list of at most 1000 objects");
  self->heads = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_head_free);
  for (guint i = 0; i < confsync_json_get_length (list); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (list, i);
      ConfsyncHead *head = read_head (item, error);

      if (head == NULL)
        return FALSE;
      g_ptr_array_add (self->heads, head);
    }
  return TRUE;
}

/* The document must be what the hash says; a patch is checked by who applies it. */
static gboolean
read_data (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) data = get (json, "config_data", CONFSYNC_JSON_OBJECT);

  if (data == NULL)
    return fail (error, "config_data", "an object");
  self->data = confsync_document_new_from_json (data, error);
  if (self->data == NULL)
    return FALSE;
  if (!g_str_equal (confsync_document_get_hash (self->data), self->config_hash))
    return fail (error, "config_hash", "the hash of its config_data");
  return TRUE;
}

static gboolean
read_conflicts (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) member = NULL;

  if (is_absent (json, "conflicts"))
    return TRUE;
  member = confsync_json_get_member (json, "conflicts");
  return confsync_conflict_list_read (member, &self->conflicts, error);
}

/* Absent and null both leave the stamps %NULL. */
static gboolean
read_base_for (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) list = NULL;

  if (is_absent (json, "base_for"))
    return TRUE;
  list = get (json, "base_for", CONFSYNC_JSON_ARRAY);
  if (list == NULL || confsync_json_get_length (list) != 2)
    return fail (error, "base_for", "a list of two stamps");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (list, i);

      self->base_for[i] = confsync_stamp_new_from_json (item, error);
      if (self->base_for[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* What two revisions were both made from; without a stamp, nobody knows any more. */
static gboolean
read_base (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  if (!read_base_for (self, json, error) || !read_stamp (json, "stamp", &self->stamp, error))
    return FALSE;
  if (self->base_for[0] == NULL)
    return fail (error, "base_for", "there");
  if (!read_count (json, "more", MORE_BASES_MAX, &self->more, error))
    return FALSE;
  if (self->stamp == NULL)
    return TRUE;
  if (self->config_hash == NULL)
    return fail (error, "config_hash", "there");
  return read_data (self, json, error);
}

static gboolean
read_revision (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  if (self->type == CONFSYNC_MESSAGE_RESPONSE &&
      !read_boolean (json, "base", &self->is_base, error))
    return FALSE;
  if (self->is_base)
    return read_base (self, json, error);
  if (!read_conflicts (self, json, error))
    return FALSE;
  if (!read_stamp (json, "stamp", &self->stamp, error) ||
      !read_hash (json, "base_hash", &self->base_hash, error))
    return FALSE;
  if (self->stamp == NULL)
    return fail (error, "stamp", "there");
  if (self->config_hash == NULL)
    return fail (error, "config_hash", "there");
  if (self->base_hash == NULL)
    return read_data (self, json, error);

  self->patch = get (json, "patch", CONFSYNC_JSON_ARRAY);
  return self->patch != NULL || fail (error, "patch", "a list");
}

static gboolean
read_outcome (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autofree char *name = NULL;

  if (!read_string (json, "outcome", TOKEN_MAX_LENGTH, &name, error))
    return FALSE;
  if (g_str_equal (name, "taken"))
    self->outcome = CONFSYNC_OUTCOME_TAKEN;
  else if (g_str_equal (name, "pending"))
    self->outcome = CONFSYNC_OUTCOME_PENDING;
  else if (g_str_equal (name, "refused"))
    self->outcome = CONFSYNC_OUTCOME_REFUSED;
  else
    return fail (error, "outcome", "taken, pending or refused");
  return is_absent (json, "reason") ||
         read_string (json, "reason", CONFSYNC_REASON_MAX_BYTES, &self->reason, error);
}

static gboolean
read_ack (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  g_autoptr (ConfsyncJson) answered = get (json, "for", CONFSYNC_JSON_OBJECT);

  if (answered == NULL)
    return fail (error, "for", "an object");
  if (!read_stamp (answered, "stamp", &self->for_stamp, error) ||
      !read_hash (answered, "hash", &self->for_hash, error) ||
      !read_stamp (json, "stamp", &self->stamp, error))
    return FALSE;
  if (self->for_stamp == NULL || self->for_hash == NULL)
    return fail (error, "for", "a stamp and a hash");
  if ((self->stamp == NULL) != (self->config_hash == NULL))
    return fail (error, "stamp", "there exactly where config_hash is");
  return read_outcome (self, json, error);
}

static gboolean
read_particulars (ConfsyncMessage *self, ConfsyncJson *json, GError **error)
{
  switch (self->type)
    {
    case CONFSYNC_MESSAGE_HELLO:
      return read_hello (self, json, error);
    case CONFSYNC_MESSAGE_HEADS:
      return read_heads (self, json, error);
    case CONFSYNC_MESSAGE_UPDATE:
    case CONFSYNC_MESSAGE_RESPONSE:
      return read_revision (self, json, error);
    case CONFSYNC_MESSAGE_REQUEST:
      return read_hash (json, "have", &self->have, error) && read_base_for (self, json, error);
    case CONFSYNC_MESSAGE_ACK:
      return read_ack (self, json, error);
    case CONFSYNC_MESSAGE_HEARTBEAT:
      return read_string (json, "digest", TOKEN_MAX_LENGTH, &self->digest, error) &&
             read_boolean (json, "probe", &self->probe, error);
    case CONFSYNC_MESSAGE_ERROR:
      return read_string (json, "code", TOKEN_MAX_LENGTH, &self->code, error) &&
             read_string (json, "message", CONFSYNC_REASON_MAX_BYTES, &self->reason, error);
    default:
      g_assert_not_reached ();
    }
}

static int
find_type (const char *name)
{
  for (int type = 0; type <= CONFSYNC_MESSAGE_ERROR; type++)
    if (g_str_equal (name, confsync_message_type_to_string (type)))
      return type;
  return -1;
}

ConfsyncMessage *
confsync_message_decode (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  ConfsyncJsonLimits larger = {
    limits->max_bytes + CONFSYNC_MESSAGE_EXTRA_BYTES,
    limits->max_depth + CONFSYNC_MESSAGE_EXTRA_DEPTH,
    limits->max_values + CONFSYNC_MESSAGE_EXTRA_VALUES,
  };
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, &larger, error);
  g_autoptr (ConfsyncMessage) self = NULL;
  g_autofree char *name = NULL;
  int type;

  if (json == NULL)
    return NULL;
  if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the message is no JSON object");
      return NULL;
    }
  if (!read_string (json, "type", TOKEN_MAX_LENGTH, &name, error))
    return NULL;

  type = find_type (name);
  if (type < 0)
    return NULL;
  self = confsync_message_new (type);
  if (!read_common (self, json, error) || !read_particulars (self, json, error))
    return NULL;
  return g_steal_pointer (&self);
}

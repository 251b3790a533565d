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
#include "confsync-sha256-private.h"
#include "confsync-stamp-private.h"

#define MORE_BASES_MAX 1000
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

/* A member of the message, or of an object in it; @value is only set where it is there. */
static gboolean
get (ConfsyncCursor object, const char *name, ConfsyncJsonKind kind, ConfsyncCursor *value)
{
  return confsync_cursor_get_member (object, name, value) && confsync_cursor_kind (*value) == kind;
}

/* A null counts as absent. */
static gboolean
get_present (ConfsyncCursor object, const char *name, ConfsyncCursor *value)
{
  return confsync_cursor_get_member (object, name, value) &&
         confsync_cursor_kind (*value) != CONFSYNC_JSON_NULL;
}

static gboolean
check_string (ConfsyncCursor member, const char *name, gsize max, GError **error)
{
  if (confsync_cursor_kind (member) != CONFSYNC_JSON_STRING)
    return fail (error, name, "a string");
  if (confsync_cursor_cell (member)->string.length > max)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the message's “%s” has more than %" G_GSIZE_FORMAT " bytes", name, max);
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_string (ConfsyncCursor member, const char *name, gsize max, char **value, GError **error)
{
  if (!check_string (member, name, max, error))
    return FALSE;
  *value = confsync_cursor_dup_string (member);
  return TRUE;
}

static gboolean
read_string (ConfsyncCursor object, const char *name, gsize max, char **value, GError **error)
{
  ConfsyncCursor member;

  if (!confsync_cursor_get_member (object, name, &member))
    return fail (error, name, "a string");
  return take_string (member, name, max, value, error);
}

static gboolean
is_hash (ConfsyncCursor string)
{
  gsize length;
  const char *text = confsync_cursor_text (string, &length);

  return confsync_sha256_is_text (text, length);
}

static gboolean
read_count (ConfsyncCursor object, const char *name, guint max, guint *value, GError **error)
{
  ConfsyncCursor member;
  gint64 count;

  if (!get_present (object, name, &member))
    return TRUE;
  if (confsync_cursor_kind (member) != CONFSYNC_JSON_INTEGER)
    return fail (error, name, "a small number");
  count = confsync_cursor_cell (member)->integer;
  if (count < 0 || count > max)
    return fail (error, name, "a small number");
  *value = (guint) count;
  return TRUE;
}

/* Absent and null both leave @value %NULL. */
static gboolean
read_optional_string (ConfsyncCursor object,
                      const char *name,
                      gsize max,
                      char **value,
                      GError **error)
{
  ConfsyncCursor member;

  return !get_present (object, name, &member) || take_string (member, name, max, value, error);
}

/* Absent and null both leave @value %NULL. */
static gboolean
read_hash (ConfsyncCursor object, const char *name, char **value, GError **error)
{
  ConfsyncCursor member;

  if (!get_present (object, name, &member))
    return TRUE;
  if (!check_string (member, name, CONFSYNC_SHA256_TEXT_LENGTH, error))
    return FALSE;
  if (!is_hash (member))
    return fail (error, name, "a SHA-256 in 64 hexadecimal digits");
  *value = confsync_cursor_dup_string (member);
  return TRUE;
}

static gboolean
read_boolean (ConfsyncCursor object, const char *name, gboolean *value, GError **error)
{
  ConfsyncCursor member;

  if (!get_present (object, name, &member))
    return TRUE;
  if (confsync_cursor_kind (member) != CONFSYNC_JSON_BOOLEAN)
    return fail (error, name, "true or false");
  *value = confsync_cursor_cell (member)->integer != 0;
  return TRUE;
}

/* Absent and null both leave @value %NULL. */
static gboolean
read_stamp (ConfsyncCursor object, const char *name, ConfsyncStamp **value, GError **error)
{
  ConfsyncCursor member;

  if (!get_present (object, name, &member))
    return TRUE;
  *value = confsync_stamp_read (member, error);
  return *value != NULL;
}

static gboolean
read_timestamp (ConfsyncCursor object, gint64 *value, GError **error)
{
  ConfsyncCursor member;
  double seconds = -1;

  if (get (object, "timestamp", CONFSYNC_JSON_DOUBLE, &member))
    seconds = confsync_cursor_cell (member)->number;
  else if (get (object, "timestamp", CONFSYNC_JSON_INTEGER, &member))
    seconds = confsync_cursor_cell (member)->integer;
  if (seconds < 0 || seconds > CONFSYNC_STAMP_TIME_MAX / (double) G_USEC_PER_SEC)
    return fail (error, "timestamp", "a time in seconds before the year 2200");
  *value = (gint64) (seconds * G_USEC_PER_SEC + 0.5);
  return TRUE;
}

static gboolean
read_common (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor name;

  if (!read_timestamp (json, &self->timestamp, error) ||
      !read_string (json, "instance_id", TOKEN_MAX_LENGTH, &self->instance_id, error) ||
      !read_hash (json, "config_hash", &self->config_hash, error))
    return FALSE;
  if (!confsync_instance_id_is_valid (self->instance_id))
    return fail (error, "instance_id", "1 to 64 letters, digits, “.”, “_”, “-”");
  if (get_present (json, "document", &name))
    return take_string (name, "document", NAME_MAX_LENGTH, &self->document, error);
  self->document = g_strdup ("");
  return TRUE;
}

static gboolean
read_capabilities (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  ConfsyncCursor list, item;

  if (!get (json, "capabilities", CONFSYNC_JSON_ARRAY, &list) ||
      confsync_cursor_length (list) > CAPABILITIES_MAX)
    return fail (error, "capabilities", "a short list of strings");
  item = confsync_cursor_first (list);
  for (guint i = 0; i < confsync_cursor_length (list); i++, item = confsync_cursor_after (item))
    {
      g_autofree char *name = NULL;

      if (confsync_cursor_kind (item) != CONFSYNC_JSON_STRING)
        return fail (error, "capabilities", "a short list of strings");
      name = confsync_cursor_dup_string (item);
      g_strv_builder_add (builder, name);
    }
  self->capabilities = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_hello (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor protocol;

  if (!get (json, "protocol", CONFSYNC_JSON_INTEGER, &protocol) ||
      confsync_cursor_cell (protocol)->integer < 1 ||
      confsync_cursor_cell (protocol)->integer > G_MAXINT32)
    return fail (error, "protocol", "a positive integer");
  self->protocol = confsync_cursor_cell (protocol)->integer;
  return read_string (json, "session", TOKEN_MAX_LENGTH, &self->session, error) &&
         read_string (json, "nonce", TOKEN_MAX_LENGTH, &self->nonce, error) &&
         read_capabilities (self, json, error) &&
         read_boolean (json, "leaf", &self->leaf, error) &&
         read_optional_string (json, "auth", TOKEN_MAX_LENGTH, &self->auth, error);
}

static gboolean
read_auth (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  return read_hash (json, "proof", &self->proof, error) &&
         (self->proof != NULL || fail (error, "proof", "there"));
}

static ConfsyncHead *
read_head (ConfsyncCursor json, GError **error)
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
read_heads (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor list, item;

  if (!get (json, "heads", CONFSYNC_JSON_ARRAY, &list) ||
      confsync_cursor_length (list) > CONFSYNC_HEADS_PER_MESSAGE)
    return fail (error, "heads", "a list of at most 1000 objects");
  self->heads = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_head_free);
  item = confsync_cursor_first (list);
  for (guint i = 0; i < confsync_cursor_length (list); i++, item = confsync_cursor_after (item))
    {
      ConfsyncHead *head = read_head (item, error);

      if (head == NULL)
        return FALSE;
      g_ptr_array_add (self->heads, head);
    }
  return TRUE;
}

/* The document must be what the hash says; a patch is checked by who applies it. */
static gboolean
read_data (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  g_autoptr (ConfsyncJson) data = NULL;
  ConfsyncCursor member;

  if (!get (json, "config_data", CONFSYNC_JSON_OBJECT, &member))
    return fail (error, "config_data", "an object");
  data = confsync_json_new_at (member);
  self->data = confsync_document_new_from_json (data, error);
  if (self->data == NULL)
    return FALSE;
  if (!g_str_equal (confsync_document_get_hash (self->data), self->config_hash))
    return fail (error, "config_hash", "the hash of its config_data");
  return TRUE;
}

static gboolean
read_conflicts (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  g_autoptr (ConfsyncJson) list = NULL;
  ConfsyncCursor member;

  if (!get_present (json, "conflicts", &member))
    return TRUE;
  list = confsync_json_new_at (member);
  return confsync_conflict_list_read (list, &self->conflicts, error);
}

/* Absent and null both leave the stamps %NULL. */
static gboolean
read_base_for (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor list, item;

  if (!get_present (json, "base_for", &list))
    return TRUE;
  if (confsync_cursor_kind (list) != CONFSYNC_JSON_ARRAY || confsync_cursor_length (list) != 2)
    return fail (error, "base_for", "a list of two stamps");
  item = confsync_cursor_first (list);
  for (guint i = 0; i < 2; i++, item = confsync_cursor_after (item))
    {
      self->base_for[i] = confsync_stamp_read (item, error);
      if (self->base_for[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* What two revisions were both made from; without a stamp, nobody knows any more. */
static gboolean
read_base (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
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
read_revision (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor patch;

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

  if (!get (json, "patch", CONFSYNC_JSON_ARRAY, &patch))
    return fail (error, "patch", "a list");
  self->patch = confsync_json_new_at (patch);
  return TRUE;
}

static gboolean
read_outcome (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor reason;
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
  return !get_present (json, "reason", &reason) ||
         take_string (reason, "reason", CONFSYNC_REASON_MAX_BYTES, &self->reason, error);
}

static gboolean
read_ack (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  ConfsyncCursor answered;

  if (!get (json, "for", CONFSYNC_JSON_OBJECT, &answered))
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
read_particulars (ConfsyncMessage *self, ConfsyncCursor json, GError **error)
{
  switch (self->type)
    {
    case CONFSYNC_MESSAGE_HELLO:
      return read_hello (self, json, error);
    case CONFSYNC_MESSAGE_AUTH:
      return read_auth (self, json, error);
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
find_type (ConfsyncCursor name)
{
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  for (int type = 0; type <= CONFSYNC_MESSAGE_ERROR; type++)
    {
      const char *known = confsync_message_type_to_string (type);

      if (strlen (known) == length && memcmp (known, text, length) == 0)
        return type;
    }
  return -1;
}

/* Gives -1 without an error for a type that isn't known. */
static int
read_type (ConfsyncCursor json, GError **error)
{
  ConfsyncCursor name;

  if (confsync_cursor_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the message is no JSON object");
      return -1;
    }
  if (!confsync_cursor_get_member (json, "type", &name))
    {
      fail (error, "type", "a string");
      return -1;
    }
  return check_string (name, "type", TOKEN_MAX_LENGTH, error) ? find_type (name) : -1;
}

ConfsyncMessage *
confsync_message_decode (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  ConfsyncJsonLimits larger = {
    limits->max_bytes + CONFSYNC_MESSAGE_EXTRA_BYTES,
    limits->max_depth + CONFSYNC_MESSAGE_EXTRA_DEPTH,
    limits->max_values + CONFSYNC_MESSAGE_EXTRA_VALUES,
  };
  g_autoptr (ConfsyncTape) tape = confsync_tape_parse (text, &larger, error);
  g_autoptr (ConfsyncMessage) self = NULL;
  ConfsyncCursor json = { tape, 0 };
  int type;

  if (tape == NULL)
    return NULL;
  type = read_type (json, error);
  if (type < 0)
    return NULL;
  self = confsync_message_new (type);
  if (!read_common (self, json, error) || !read_particulars (self, json, error))
    return NULL;
  return g_steal_pointer (&self);
}

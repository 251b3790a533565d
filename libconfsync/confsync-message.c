/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Protocol messages: their parts, and writing them. Reading, where all is hostile, is in
 * confsync-message-reader.c.
 */

#include "config.h"

#include "confsync-message-private.h"

#include <string.h>

#include "confsync-conflict-list-private.h"
#include "confsync-stamp-private.h"

#define AS_IT_IS_MAX_BYTES (16 * 1024)

/* what the parts of a message take, rather too much than too little */
#define COMMON_BYTES 320
#define STAMP_BYTES 160
#define ENTRY_BYTES (CONFSYNC_ACTOR_TEXT_LENGTH + 20)

/* in the order of ConfsyncMessageType */
static const char *const type_names[] = {
  "hello",           "auth", "heads",     "config_update", "config_request",
  "config_response", "ack",  "heartbeat", "error",
};

/* in the order of ConfsyncOutcome */
static const char *const outcome_names[] = { "taken", "pending", "refused" };

ConfsyncHead *
confsync_head_new (const char *document, ConfsyncStamp *stamp, const char *hash)
{
  ConfsyncHead *self = g_new0 (ConfsyncHead, 1);

  self->document = g_strdup (document);
  self->stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  self->hash = g_strdup (hash);
  return self;
}

void
confsync_head_free (ConfsyncHead *self)
{
  g_free (self->document);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_free (self->hash);
  g_free (self);
}

ConfsyncMessage *
confsync_message_new (ConfsyncMessageType type)
{
  ConfsyncMessage *self = g_new (ConfsyncMessage, 1);

  *self = (ConfsyncMessage){ .type = type };
  return self;
}

void
confsync_message_free (ConfsyncMessage *self)
{
  g_free (self->instance_id);
  g_free (self->document);
  g_free (self->config_hash);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_clear_pointer (&self->data, confsync_document_unref);
  g_free (self->base_hash);
  g_clear_pointer (&self->patch, confsync_json_unref);
  g_clear_pointer (&self->conflicts, g_ptr_array_unref);
  g_clear_pointer (&self->base_for[0], confsync_stamp_unref);
  g_clear_pointer (&self->base_for[1], confsync_stamp_unref);
  g_clear_pointer (&self->for_stamp, confsync_stamp_unref);
  g_free (self->for_hash);
  g_free (self->reason);
  g_clear_pointer (&self->heads, g_ptr_array_unref);
  g_free (self->session);
  g_free (self->nonce);
  g_free (self->auth);
  g_free (self->proof);
  g_strfreev (self->capabilities);
  g_free (self->digest);
  g_free (self->have);
  g_free (self->code);
  g_free (self);
}

const char *
confsync_message_type_to_string (ConfsyncMessageType type)
{
  return type_names[type];
}

static void
add_string (ConfsyncJsonBuilder *builder, const char *name, const char *value)
{
  confsync_json_builder_name (builder, name);
  confsync_json_builder_string (builder, value);
}

/* A reason may hold anything, such as the path of a file that is no UTF-8. */
static void
add_reason (ConfsyncJsonBuilder *builder, const char *name, const char *reason)
{
  g_autofree char *valid = g_utf8_make_valid (reason, -1);

  if (strlen (valid) > CONFSYNC_REASON_MAX_BYTES)
    *g_utf8_find_prev_char (valid, valid + CONFSYNC_REASON_MAX_BYTES + 1) = '\0';
  add_string (builder, name, valid);
}

static void
add_stamp (ConfsyncJsonBuilder *builder, const char *name, ConfsyncStamp *stamp)
{
  confsync_json_builder_name (builder, name);
  if (stamp != NULL)
    confsync_stamp_build (stamp, builder);
  else
    confsync_json_builder_null (builder);
}

static void
add_hello (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "protocol");
  confsync_json_builder_integer (builder, self->protocol);
  add_string (builder, "session", self->session);
  add_string (builder, "nonce", self->nonce);
  confsync_json_builder_name (builder, "capabilities");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; self->capabilities != NULL && self->capabilities[i] != NULL; i++)
    confsync_json_builder_string (builder, self->capabilities[i]);
  confsync_json_builder_close (builder);
  confsync_json_builder_name (builder, "leaf");
  confsync_json_builder_boolean (builder, self->leaf);
  if (self->auth != NULL)
    add_string (builder, "auth", self->auth);
}

static void
add_heads (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "heads");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < self->heads->len; i++)
    {
      ConfsyncHead *head = self->heads->pdata[i];

      confsync_json_builder_begin_object (builder);
      add_string (builder, "document", head->document);
      add_stamp (builder, "stamp", head->stamp);
      add_string (builder, "hash", head->hash);
      confsync_json_builder_close (builder);
    }
  confsync_json_builder_close (builder);
}

static void
add_base_for (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  if (self->base_for[0] == NULL)
    return;
  confsync_json_builder_name (builder, "base_for");
  confsync_json_builder_begin_array (builder);
  confsync_stamp_build (self->base_for[0], builder);
  confsync_stamp_build (self->base_for[1], builder);
  confsync_json_builder_close (builder);
}

/* A document's text follows behind. */
static void
add_revision (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  if (self->is_base)
    {
      confsync_json_builder_name (builder, "base");
      confsync_json_builder_boolean (builder, TRUE);
      add_base_for (self, builder);
      confsync_json_builder_name (builder, "more");
      confsync_json_builder_integer (builder, self->more);
    }
  else
    add_string (builder, "conflict_resolution", "last_write_wins");
  add_stamp (builder, "stamp", self->stamp);
  if (self->conflicts != NULL)
    {
      confsync_json_builder_name (builder, "conflicts");
      confsync_conflict_list_build (self->conflicts, builder);
    }
  if (self->patch == NULL)
    return;

  add_string (builder, "base_hash", self->base_hash);
  confsync_json_builder_name (builder, "patch");
  confsync_json_builder_append (builder, self->patch);
}

static void
add_ack (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "for");
  confsync_json_builder_begin_object (builder);
  add_stamp (builder, "stamp", self->for_stamp);
  add_string (builder, "hash", self->for_hash);
  confsync_json_builder_close (builder);
  add_stamp (builder, "stamp", self->stamp);
  add_string (builder, "outcome", outcome_names[self->outcome]);
  if (self->reason != NULL)
    add_reason (builder, "reason", self->reason);
}

static void
add_particulars (ConfsyncMessage *self, ConfsyncJsonBuilder *builder)
{
  switch (self->type)
    {
    case CONFSYNC_MESSAGE_HELLO:
      add_hello (self, builder);
      break;
    case CONFSYNC_MESSAGE_AUTH:
      add_string (builder, "proof", self->proof);
      break;
    case CONFSYNC_MESSAGE_HEADS:
      add_heads (self, builder);
      break;
    case CONFSYNC_MESSAGE_UPDATE:
    case CONFSYNC_MESSAGE_RESPONSE:
      add_revision (self, builder);
      break;
    case CONFSYNC_MESSAGE_REQUEST:
      add_string (builder, "have", self->have);
      add_base_for (self, builder);
      break;
    case CONFSYNC_MESSAGE_ACK:
      add_ack (self, builder);
      break;
    case CONFSYNC_MESSAGE_HEARTBEAT:
      add_string (builder, "digest", self->digest);
      confsync_json_builder_name (builder, "probe");
      confsync_json_builder_boolean (builder, self->probe);
      break;
    case CONFSYNC_MESSAGE_ERROR:
      add_string (builder, "code", self->code);
      add_reason (builder, "message", self->reason);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* A short text goes as it was read: its spaces cost less than writing it anew. A long one goes
 * without them, or it might be too long for a message. */
static GBytes *
get_data_text (ConfsyncDocument *data)
{
  GBytes *text = confsync_document_get_text (data);

  if (g_bytes_get_size (text) <= AS_IT_IS_MAX_BYTES)
    return g_bytes_ref (text);
  return confsync_json_to_compact (confsync_document_get_json (data));
}

/* About as many bytes as all but the document takes. */
static gsize
guess_size (ConfsyncMessage *self)
{
  ConfsyncStamp *stamps[] = { self->stamp, self->for_stamp, self->base_for[0], self->base_for[1] };
  gsize size = COMMON_BYTES;

  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
    if (stamps[i] != NULL)
      size += STAMP_BYTES +
              ENTRY_BYTES * confsync_vector_get_length (confsync_stamp_get_vector (stamps[i]));
  return size;
}

GBytes *
confsync_message_encode (ConfsyncMessage *self)
{
  g_auto (ConfsyncJsonBuilder) builder;
  g_autoptr (GBytes) data = self->data != NULL ? get_data_text (self->data) : NULL;
  GBytes *text;

  confsync_json_builder_init (&builder);
  confsync_json_builder_begin_text (
    &builder, guess_size (self) + (data != NULL ? g_bytes_get_size (data) : 0));
  confsync_json_builder_begin_object (&builder);
  add_string (&builder, "type", type_names[self->type]);
  confsync_json_builder_name (&builder, "timestamp");
  confsync_json_builder_double (&builder, self->timestamp / (double) G_USEC_PER_SEC);
  add_string (&builder, "instance_id", self->instance_id);
  add_string (&builder, "config_hash", self->config_hash);
  if (self->document != NULL && *self->document != '\0')
    add_string (&builder, "document", self->document);
  add_particulars (self, &builder);
  if (data != NULL)
    {
      confsync_json_builder_name (&builder, "config_data");
      confsync_json_builder_raw (&builder, data);
    }
  confsync_json_builder_close (&builder);

  text = confsync_json_builder_end_text (&builder, NULL);
  g_assert (text != NULL);
  return text;
}

gboolean
confsync_message_seems_revision (GBytes *text)
{
  static const char *const beginnings[] = { "{\"type\":\"config_update\"",
                                            "{\"type\":\"config_response\"" };
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (size > strlen (beginnings[i]) && memcmp (data, beginnings[i], strlen (beginnings[i])) == 0)
      return TRUE;
  return FALSE;
}

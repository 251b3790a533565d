/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How a link begins: both ends say hello and, where there is a shared key, prove that they know it.
 * Until then nothing else is read, and little of it; whoever fails is told why, and the link ends.
 */

#include "config.h"

#include "confsync-link-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"

#define NONCE_BYTES 16
/* what a stranger may send at a time */
#define GREETING_MAX_BYTES 4096

static const char *const own_capabilities[] = { CONFSYNC_LINK_CAPABILITY_GZIP, "patch", NULL };

void
confsync_link_limit_message (ConfsyncLink *self)
{
  gboolean stranger = self->key != NULL && !self->greeted && !self->legacy;

  confsync_channel_set_max_message (
    self->channel,
    stranger ? GREETING_MAX_BYTES : self->limits.max_bytes + CONFSYNC_MESSAGE_EXTRA_BYTES);
}

void
confsync_link_send_hello (ConfsyncLink *self)
{
  g_autoptr (ConfsyncMessage) hello = confsync_message_new (CONFSYNC_MESSAGE_HELLO);

  self->own_nonce = confsync_random_hex (NONCE_BYTES);
  hello->protocol = CONFSYNC_PROTOCOL_VERSION;
  hello->session = g_strdup (self->own_session);
  hello->nonce = g_strdup (self->own_nonce);
  hello->capabilities = g_strdupv ((GStrv) own_capabilities);
  hello->leaf = self->own_leaf;
  hello->auth = self->key != NULL ? g_strdup (CONFSYNC_KEY_METHOD) : NULL;
  confsync_link_send (self, hello);
}

static ConfsyncSide
get_own_side (ConfsyncLink *self)
{
  return self->dialled ? CONFSYNC_SIDE_DIALLER : CONFSYNC_SIDE_LISTENER;
}

static ConfsyncSide
get_other_side (ConfsyncLink *self)
{
  return self->dialled ? CONFSYNC_SIDE_LISTENER : CONFSYNC_SIDE_DIALLER;
}

/* By side, so that both ends have the same one. */
static ConfsyncHandshake
get_handshake (ConfsyncLink *self)
{
  ConfsyncHandshake handshake;

  handshake.parties[get_own_side (self)] =
    (ConfsyncParty) { self->own_id, self->own_session, self->own_nonce };
  handshake.parties[get_other_side (self)] =
    (ConfsyncParty) { self->id, self->session, self->nonce };
  return handshake;
}

/* Both ends find out by themselves, and say the same of it. */
static void
refuse_keyless (ConfsyncLink *self, const char *asks, const char *lacks)
{
  g_autofree char *reason =
    g_strdup_printf ("%s asks for a shared key, and %s has none; give %s the key of %s (key-file)",
                     asks, lacks, lacks, asks);

  confsync_link_refuse (self, CONFSYNC_LINK_CODE_AUTH, reason);
}

static void
refuse_proof (ConfsyncLink *self)
{
  g_autofree char *reason =
    g_strdup_printf ("%s and %s have not the same shared key; give both the same one (key-file)",
                     self->own_id, self->id);

  confsync_link_refuse (self, CONFSYNC_LINK_CODE_AUTH, reason);
}

static void
send_proof (ConfsyncLink *self)
{
  g_autoptr (ConfsyncMessage) auth = confsync_message_new (CONFSYNC_MESSAGE_AUTH);
  ConfsyncHandshake handshake = get_handshake (self);

  auth->proof = confsync_key_prove (self->key, &handshake, get_own_side (self));
  confsync_link_send (self, auth);
}

/* Whether the two ends agree on how they prove that they belong together. */
static gboolean
agree_on_auth (ConfsyncLink *self, ConfsyncMessage *hello)
{
  gboolean other = g_strcmp0 (hello->auth, CONFSYNC_KEY_METHOD) == 0;

  if (self->key != NULL && !other)
    refuse_keyless (self, self->own_id, self->id);
  else if (self->key == NULL && hello->auth != NULL)
    refuse_keyless (self, self->id, self->own_id);
  return self->failure == NULL;
}

void
confsync_link_take_hello (ConfsyncLink *self, ConfsyncMessage *hello)
{
  if (self->id != NULL)
    {
      confsync_link_refuse (self, "protocol", "a second hello");
      return;
    }
  if (hello->protocol != CONFSYNC_PROTOCOL_VERSION)
    {
      g_autofree char *reason =
        g_strdup_printf ("%s speaks protocol %u, this instance %d; bring both to one version",
                         hello->instance_id, hello->protocol, CONFSYNC_PROTOCOL_VERSION);

      confsync_link_refuse (self, "protocol", reason);
      return;
    }

  self->id = g_strdup (hello->instance_id);
  self->session = g_strdup (hello->session);
  self->nonce = g_strdup (hello->nonce);
  self->capabilities = g_strdupv (hello->capabilities);
  self->leaf = hello->leaf;
  if (!agree_on_auth (self, hello))
    return;
  if (self->key != NULL)
    send_proof (self);
  else
    confsync_link_greet (self);
}

void
confsync_link_take_auth (ConfsyncLink *self, ConfsyncMessage *auth)
{
  ConfsyncHandshake handshake;

  if (self->key == NULL || self->id == NULL || self->greeted)
    {
      confsync_link_refuse (self, "protocol", "a proof that nobody asked for");
      return;
    }
  handshake = get_handshake (self);
  if (!g_str_equal (auth->instance_id, self->id) ||
      !confsync_key_accepts (self->key, &handshake, get_other_side (self), auth->proof))
    {
      refuse_proof (self);
      return;
    }
  confsync_link_greet (self);
}

/* The channel may have ended for what it can judge by itself: too much, or no proper messages. */
void
confsync_link_judge_end (ConfsyncLink *self, const GError *error)
{
  if (self->key != NULL && !self->greeted &&
      (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE) ||
       g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE)))
    self->failed_proof = TRUE;
}

/* Nothing that was to come has come in time. */
GError *
confsync_link_explain_silence (ConfsyncLink *self)
{
  return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE, "no %s within %g s",
                      self->id == NULL ? "hello" : "proof of the shared key",
                      self->handshake_timeout_ms / 1000.0);
}

const char *
confsync_link_get_stranger (ConfsyncLink *self)
{
  return confsync_channel_get_stranger (self->channel);
}

gboolean
confsync_link_is_proven (ConfsyncLink *self)
{
  return self->key != NULL && self->greeted && !self->legacy;
}

gboolean
confsync_link_has_failed_proof (ConfsyncLink *self)
{
  return self->failed_proof;
}

gboolean
confsync_link_is_rejected (ConfsyncLink *self)
{
  return self->failed_proof || self->rejected;
}

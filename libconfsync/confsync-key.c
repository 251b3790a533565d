/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Shared keys. A proof is HMAC-SHA256 over a fixed name, the side that proves, and what both ends
 * said in their hellos, each with its length before it, so that no two links and no two sides have
 * the same text to prove: a proof that is sent back, or sent again, is worth nothing.
 */

#include "config.h"

#include "confsync-key-private.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-secret-private.h"

/* two while one takes the place of the other */
#define KEYS_MAX 2
#define DOMAIN "confsync.v1 shared key"
#define SEPARATORS " \t\r\n,"

struct _ConfsyncKey
{
  guint8 keys[KEYS_MAX][CONFSYNC_KEY_BYTES];
  guint n_keys;
};

/* in the order of ConfsyncSide */
static const char *const side_names[] = { "dialler", "listener" };

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               "%s; “confsync keygen --shared” makes a key of %d hexadecimal digits", what,
               CONFSYNC_KEY_TEXT_LENGTH);
  return FALSE;
}

/* Bytes that are all the same were never drawn by lot. */
static gboolean
is_placeholder (const guint8 *key)
{
  return memcmp (key, key + 1, CONFSYNC_KEY_BYTES - 1) == 0;
}

static gboolean
has_key (ConfsyncKey *self, const guint8 *key)
{
  for (guint i = 0; i < self->n_keys; i++)
    if (memcmp (self->keys[i], key, CONFSYNC_KEY_BYTES) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
add_key (ConfsyncKey *self, const char *text, gsize length, GError **error)
{
  guint8 *key = self->keys[MIN (self->n_keys, KEYS_MAX - 1)];

  if (self->n_keys == KEYS_MAX)
    return refuse (error, "there are more than two keys");
  if (length != CONFSYNC_KEY_TEXT_LENGTH)
    return refuse (error, "it is no key: it has another length");
  for (gsize i = 0; i < CONFSYNC_KEY_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return refuse (error, "it is no key: it has other characters than digits and a to f");
      key[i] = (guint8) (high << 4 | low);
    }
  if (is_placeholder (key))
    return refuse (error, "it is no key: anybody would guess it");
  if (has_key (self, key))
    return refuse (error, "both keys are the same");
  self->n_keys++;
  return TRUE;
}

static gboolean
add_keys (ConfsyncKey *self, const char *text, GError **error)
{
  for (text += strspn (text, SEPARATORS); *text != '\0'; text += strspn (text, SEPARATORS))
    {
      gsize length = strcspn (text, SEPARATORS);

      if (*text == '#')
        length = strcspn (text, "\n");
      else if (!add_key (self, text, length, error))
        return FALSE;
      text += length;
    }
  return self->n_keys > 0 || refuse (error, "there is no key in it");
}

ConfsyncKey *
confsync_key_new (const char *text, GError **error)
{
  g_autoptr (ConfsyncKey) self = g_atomic_rc_box_new0 (ConfsyncKey);

  return add_keys (self, text, error) ? g_steal_pointer (&self) : NULL;
}

ConfsyncKey *
confsync_key_ref (ConfsyncKey *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
wipe (ConfsyncKey *self)
{
  explicit_bzero (self, sizeof *self);
}

void
confsync_key_unref (ConfsyncKey *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) wipe);
}

gboolean
confsync_key_is_same (ConfsyncKey *self, ConfsyncKey *other)
{
  return self->n_keys == other->n_keys && memcmp (self->keys, other->keys, sizeof self->keys) == 0;
}

static void
add_field (GHmac *hmac, const char *text)
{
  guint32 length = GUINT32_TO_BE ((guint32) strlen (text));

  g_hmac_update (hmac, (const guchar *) &length, sizeof length);
  g_hmac_update (hmac, (const guchar *) text, (gssize) strlen (text));
}

static char *
make_proof (const guint8 *key, const ConfsyncHandshake *handshake, ConfsyncSide side)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, CONFSYNC_KEY_BYTES);

  add_field (hmac, DOMAIN);
  add_field (hmac, side_names[side]);
  for (guint i = 0; i < G_N_ELEMENTS (handshake->parties); i++)
    {
      add_field (hmac, handshake->parties[i].id);
      add_field (hmac, handshake->parties[i].session);
      add_field (hmac, handshake->parties[i].nonce);
    }
  return g_strdup (g_hmac_get_string (hmac));
}

/* Looks at every byte, wherever the first difference is. */
static gboolean
is_same (const char *expected, const char *proof)
{
  volatile guint8 difference = 0;

  if (strlen (proof) != CONFSYNC_KEY_TEXT_LENGTH)
    return FALSE;
  for (gsize i = 0; i < CONFSYNC_KEY_TEXT_LENGTH; i++)
    difference |= (guint8) (expected[i] ^ proof[i]);
  return difference == 0;
}

char *
confsync_key_prove (ConfsyncKey *self, const ConfsyncHandshake *handshake, ConfsyncSide side)
{
  return make_proof (self->keys[0], handshake, side);
}

gboolean
confsync_key_accepts (ConfsyncKey *self,
                      const ConfsyncHandshake *handshake,
                      ConfsyncSide side,
                      const char *proof)
{
  gboolean accepted = FALSE;

  for (guint i = 0; i < self->n_keys; i++)
    {
      g_autofree char *expected = make_proof (self->keys[i], handshake, side);

      /* no short cut: how long it takes doesn't tell which key it was */
      accepted |= is_same (expected, proof);
    }
  return accepted;
}

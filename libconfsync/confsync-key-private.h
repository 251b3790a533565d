/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The key that instances share, and what proves to another one that it is known here. The key
 * itself never leaves this file: not to a peer, not to a log, not to whoever holds the value.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CONFSYNC_KEY_BYTES 32
/* two digits a byte */
#define CONFSYNC_KEY_TEXT_LENGTH 64
/* what a hello calls the proof that is made here */
#define CONFSYNC_KEY_METHOD "hmac-sha256"

typedef struct _ConfsyncKey ConfsyncKey;

typedef enum {
  CONFSYNC_SIDE_DIALLER,
  CONFSYNC_SIDE_LISTENER,
} ConfsyncSide;

/* What one end said of itself in its hello. */
typedef struct
{
  const char *id;
  const char *session;
  const char *nonce;
} ConfsyncParty;

/* One link, by both hellos: in the order of ConfsyncSide. */
typedef struct
{
  ConfsyncParty parties[2];
} ConfsyncHandshake;

/* Reads a text of one key, or two, for the time of a change: both are accepted, and the first one
 * is proven. Keys are separated by white space or commas; what follows a # in a line is left out.
 * An error never has a part of the text in it. */
ConfsyncKey *confsync_key_new (const char *text, GError **error);
ConfsyncKey *confsync_key_ref (ConfsyncKey *self);
/* Wipes it with the last reference. */
void confsync_key_unref (ConfsyncKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncKey, confsync_key_unref)

/* Whether both accept and prove the same. */
gboolean confsync_key_is_same (ConfsyncKey *self, ConfsyncKey *other);

/* What @side sends to show that it knows the key, as hexadecimal digits (transfer full). */
char *confsync_key_prove (ConfsyncKey *self,
                          const ConfsyncHandshake *handshake,
                          ConfsyncSide side);
/* Whether @proof could only be made by somebody who knows one of the keys, for this link and for
 * @side. Takes as long for a wrong one as for a right one. */
gboolean confsync_key_accepts (ConfsyncKey *self,
                               const ConfsyncHandshake *handshake,
                               ConfsyncSide side,
                               const char *proof);

G_END_DECLS

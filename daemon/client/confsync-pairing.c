/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Both ends do a TLS 1.3 handshake with the certificates that they are going to use, taking any
 * from the other end. TLS proves that each has the key of what it shows; it doesn't prove whose
 * that is, so somebody in between may have a handshake with either end. That is what the code is
 * for. Each end sends 32 random bytes and its name; then the dialler, and after it the listener,
 * sends
 *
 *   HMAC-SHA256 (code, label, role, both fingerprints, both random numbers, both names, exporter)
 *
 * where the exporter is what TLS derives from its own secrets for this connection (RFC 9266). All
 * parts have a fixed size. Why that is enough:
 *
 * - somebody in between has to show a certificate of its own to either end, so the two ends put
 *   different fingerprints in, and neither proof fits the other end; it can't make one without the
 *   code;
 * - the random numbers and the exporter make each proof good for one connection, and the role for
 *   one direction: it can't be replayed nor sent back;
 * - a listener proves nothing before the dialler has: who dials without the code learns nothing to
 *   try codes on. Who plays a listener does, which is why a code has 100 bits;
 * - five wrong proofs end the listener, and so do five minutes, and the first right one.
 */

#include "config.h"

#include "confsync-pairing.h"

#include <confsync.h>
#include <glib/gi18n.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "confsync-certificate.h"

#define LABEL "confsync pair 1"
#define DEADLINE_MS 10000
#define NONCE_BYTES 32
#define NAME_BYTES 64
#define PROOF_BYTES 32
#define PASSED 'y'
#define FAILED 'n'

/* what either end sends first */
typedef struct {
  char label[sizeof LABEL];
  guint8 nonce[NONCE_BYTES];
  char name[NAME_BYTES]; /* filled up with zeros */
} Hello;

/* what a listener answers to a proof */
typedef struct {
  char verdict;
  guint8 proof[PROOF_BYTES];
} Answer;

typedef struct {
  ConfsyncPairingRole role;
  char *code;
  char *own_fingerprint;
  char *their_fingerprint; /* (nullable) before the handshake */
  GSocketConnection *tcp;  /* (owned) */
  GTlsConnection *tls;     /* (owned) */
  GSource *deadline;       /* (owned) */
  Hello mine;
  Hello theirs;
  guint8 proof[PROOF_BYTES]; /* the dialler's */
  Answer answer;
} Pairing;

void
confsync_pairing_peer_free (ConfsyncPairingPeer *self)
{
  g_free (self->fingerprint);
  g_free (self->name);
  g_free (self);
}

static void
pairing_free (Pairing *self)
{
  g_source_destroy (self->deadline);
  g_source_unref (self->deadline);
  confsync_certificate_wipe (self->code);
  g_free (self->own_fingerprint);
  g_free (self->their_fingerprint);
  g_clear_object (&self->tls);
  /* the last word is in the socket already */
  g_io_stream_close (G_IO_STREAM (self->tcp), NULL, NULL);
  g_clear_object (&self->tcp);
  g_free (self);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_cancellable_cancel (g_task_get_cancellable (user_data));
  return G_SOURCE_REMOVE;
}

/* Takes @error. */
static void
fail (GTask *task, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      error = g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE,
                           _ ("no whole exchange within %d seconds"), DEADLINE_MS / 1000);
    }
  g_task_return_error (task, error);
}

static void
refuse (GTask *task)
{
  g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                           _ ("the codes differ, or somebody is in between"));
}

/* Compares without telling by its time where the difference is. */
static gboolean
is_same (const guint8 *a, const guint8 *b)
{
  return gnutls_memcmp (a, b, PROOF_BYTES) == 0;
}

/* What @role proves. FALSE where TLS gives no exporter. */
static gboolean
make_proof (Pairing *self, ConfsyncPairingRole role, guint8 *proof, GError **error)
{
  const gboolean listening = self->role == CONFSYNC_PAIRING_LISTENER;
  const char *const own = self->own_fingerprint, *const their = self->their_fingerprint;
  const Hello *listener = listening ? &self->mine : &self->theirs;
  const Hello *dialler = listening ? &self->theirs : &self->mine;
  g_autoptr (GByteArray) exporter = g_byte_array_new ();
  g_autoptr (GHmac) hmac = NULL;
  gsize size = PROOF_BYTES;

  if (!g_tls_connection_get_channel_binding_data (self->tls, G_TLS_CHANNEL_BINDING_TLS_EXPORTER,
                                                  exporter, error))
    return FALSE;
  hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) self->code, strlen (self->code));
  g_hmac_update (hmac, (const guchar *) LABEL, sizeof LABEL);
  g_hmac_update (hmac, (const guchar *) (role == CONFSYNC_PAIRING_LISTENER ? "L" : "D"), 1);
  g_hmac_update (hmac, (const guchar *) (listening ? own : their), -1);
  g_hmac_update (hmac, (const guchar *) (listening ? their : own), -1);
  g_hmac_update (hmac, listener->nonce, NONCE_BYTES);
  g_hmac_update (hmac, dialler->nonce, NONCE_BYTES);
  g_hmac_update (hmac, (const guchar *) listener->name, NAME_BYTES);
  g_hmac_update (hmac, (const guchar *) dialler->name, NAME_BYTES);
  g_hmac_update (hmac, exporter->data, exporter->len);
  g_hmac_get_digest (hmac, proof, &size);
  return TRUE;
}

static gboolean
is_name (const char *name)
{
  const char *end = memchr (name, '\0', NAME_BYTES);
  const char *last = end != NULL ? end : name + NAME_BYTES;

  for (const char *p = name; p < last; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      return FALSE;
  return last > name;
}

static void
succeed (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);
  ConfsyncPairingPeer *peer = g_new (ConfsyncPairingPeer, 1);

  peer->fingerprint = g_strdup (self->their_fingerprint);
  peer->name = g_strndup (self->theirs.name, NAME_BYTES);
  g_task_return_pointer (task, peer, (GDestroyNotify) confsync_pairing_peer_free);
}

/* steps: each is called with the task once its bytes are there, or gone */
typedef void (*Step) (GTask *task);

typedef struct {
  GTask *task; /* (owned) */
  Step next;
  gsize size;
} Transfer;

static Transfer *
transfer_new (GTask *task, gsize size, Step next)
{
  Transfer *self = g_new (Transfer, 1);

  self->task = g_object_ref (task);
  self->size = size;
  self->next = next;
  return self;
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Transfer *self = user_data;
  g_autoptr (GTask) task = self->task;
  GError *error = NULL;
  gsize count;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &count, &error))
    fail (task, error);
  else if (count < self->size)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                             _ ("the other end went away"));
  else
    self->next (task);
}

static void
receive (GTask *task, void *buffer, gsize size, Step next)
{
  Pairing *self = g_task_get_task_data (task);

  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (self->tls)), buffer,
                                 size, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                 received_cb, transfer_new (task, size, next));
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Transfer *self = user_data;
  g_autoptr (GTask) task = self->task;
  GError *error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    fail (task, error);
  else
    self->next (task);
}

static void
send_bytes (GTask *task, const void *bytes, gsize size, Step next)
{
  Pairing *self = g_task_get_task_data (task);

  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->tls)), bytes,
                                   size, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                   sent_cb, transfer_new (task, size, next));
}

static void
listener_answered (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);

  if (self->answer.verdict == PASSED)
    succeed (task);
  else
    refuse (task);
}

static void
listener_judge (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);
  guint8 expected[PROOF_BYTES];
  GError *error = NULL;

  if (!make_proof (self, CONFSYNC_PAIRING_DIALLER, expected, &error))
    {
      fail (task, error);
      return;
    }
  self->answer.verdict = is_same (expected, self->proof) ? PASSED : FAILED;
  if (self->answer.verdict == PASSED &&
      !make_proof (self, CONFSYNC_PAIRING_LISTENER, self->answer.proof, &error))
    {
      fail (task, error);
      return;
    }
  send_bytes (task, &self->answer, sizeof self->answer, listener_answered);
}

static void
dialler_judge (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);
  guint8 expected[PROOF_BYTES];
  GError *error = NULL;

  if (!make_proof (self, CONFSYNC_PAIRING_LISTENER, expected, &error))
    fail (task, error);
  else if (self->answer.verdict == PASSED && is_same (expected, self->answer.proof))
    succeed (task);
  else
    refuse (task);
}

static void
dialler_await (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);

  receive (task, &self->answer, sizeof self->answer, dialler_judge);
}

static void
prove (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (memcmp (self->theirs.label, LABEL, sizeof LABEL) != 0 || !is_name (self->theirs.name))
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                             _ ("what is at the other end is no “confsync pair” of this version"));
  else if (self->role == CONFSYNC_PAIRING_LISTENER)
    receive (task, self->proof, PROOF_BYTES, listener_judge);
  else if (make_proof (self, CONFSYNC_PAIRING_DIALLER, self->proof, &error))
    send_bytes (task, self->proof, PROOF_BYTES, dialler_await);
  else
    fail (task, error);
}

static void
greeted (GTask *task)
{
  Pairing *self = g_task_get_task_data (task);

  receive (task, &self->theirs, sizeof self->theirs, prove);
}

static void
shaken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Pairing *self = g_task_get_task_data (task);
  GTlsCertificate *theirs = g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (source));
  GError *error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    fail (task, error);
  else if (theirs == NULL)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                             _ ("the other end shows no certificate"));
  else
    {
      self->their_fingerprint = confsync_tls_dup_fingerprint (theirs);
      send_bytes (task, &self->mine, sizeof self->mine, greeted);
    }
}

/* Whose it is is proven by the code. */
static gboolean
accept_certificate_cb (GTlsConnection *connection,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags problems,
                       gpointer user_data)
{
  return TRUE;
}

static GTlsConnection *
make_tls (GSocketConnection *connection,
          ConfsyncPairingRole role,
          GTlsCertificate *certificate,
          GError **error)
{
  GIOStream *tls = role == CONFSYNC_PAIRING_LISTENER
                     ? g_tls_server_connection_new (G_IO_STREAM (connection), certificate, error)
                     : g_tls_client_connection_new (G_IO_STREAM (connection), NULL, error);

  if (tls == NULL)
    return NULL;
  if (role == CONFSYNC_PAIRING_LISTENER)
    g_object_set (tls, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
  else
    g_tls_connection_set_certificate (G_TLS_CONNECTION (tls), certificate);
  g_tls_connection_set_database (G_TLS_CONNECTION (tls), NULL);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
  g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  return G_TLS_CONNECTION (tls);
}

static Pairing *
pairing_new (GSocketConnection *connection,
             ConfsyncPairingRole role,
             const ConfsyncPairingSide *side)
{
  Pairing *self = g_new0 (Pairing, 1);

  self->role = role;
  self->code = g_strdup (side->code);
  self->own_fingerprint = confsync_tls_dup_fingerprint (side->certificate);
  self->tcp = g_object_ref (connection);
  memcpy (self->mine.label, LABEL, sizeof LABEL);
  memcpy (self->mine.name, side->name, MIN (strlen (side->name), NAME_BYTES));
  return self;
}

void
confsync_pairing_run_async (GSocketConnection *connection,
                            ConfsyncPairingRole role,
                            const ConfsyncPairingSide *side,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Pairing *self = pairing_new (connection, role, side);
  GError *error = NULL;

  self->deadline = g_timeout_source_new (DEADLINE_MS);
  g_source_set_callback (self->deadline, deadline_cb, task, NULL);
  g_source_attach (self->deadline, NULL);
  g_task_set_task_data (task, self, (GDestroyNotify) pairing_free);
  g_task_set_check_cancellable (task, FALSE);

  self->tls = make_tls (connection, role, side->certificate, &error);
  if (self->tls == NULL)
    fail (task, error);
  else if (gnutls_rnd (GNUTLS_RND_NONCE, self->mine.nonce, NONCE_BYTES) < 0)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                             _ ("the system gives no random numbers"));
  else
    g_tls_connection_handshake_async (self->tls, G_PRIORITY_DEFAULT, cancellable, shaken_cb,
                                      g_object_ref (task));
}

ConfsyncPairingPeer *
confsync_pairing_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

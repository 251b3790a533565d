/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A link: greets, then passes messages on. An update that isn't acknowledged in time makes the link
 * suspect: one probe, and if that stays unanswered the link is dead. What comes before the link is
 * in use is held, because the other end may have taken it into use already.
 */

#include "config.h"

#include "confsync-link-inside-private.h"

#include "confsync-error.h"
#include "confsync-gzip-private.h"
#include "confsync-log-line-private.h"

#define HANDSHAKE_TIMEOUT_MS 10000
#define ACK_DEADLINE_MS 5000
#define ACK_BYTES_PER_MS 1024 /* a slow link's rate, on top of the deadline */
#define PROBE_DEADLINE_MS 5000
/* The first answer may have to wait until the other end knows that an earlier link is dead. */
#define FIRST_PROBE_DEADLINE_MS 10000
#define SILENCE_MAX_US (75 * G_USEC_PER_SEC)
#define UNSENT_MAX_BYTES (32 * 1024 * 1024)

enum {
  GREETED,
  MESSAGE,
  PROBED,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncLink, confsync_link, G_TYPE_OBJECT)

static void
stop_deadline (ConfsyncLink *self)
{
  if (self->deadline == NULL)
    return;
  g_source_destroy (self->deadline);
  g_clear_pointer (&self->deadline, g_source_unref);
  self->suspect = FALSE;
}

static void
confsync_link_dispose (GObject *object)
{
  ConfsyncLink *self = CONFSYNC_LINK (object);

  stop_deadline (self);
  if (self->channel != NULL)
    g_signal_handlers_disconnect_by_data (self->channel, self);
  g_clear_object (&self->channel);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (confsync_link_parent_class)->dispose (object);
}

static void
confsync_link_finalize (GObject *object)
{
  ConfsyncLink *self = CONFSYNC_LINK (object);

  g_queue_clear_full (&self->held, (GDestroyNotify) confsync_message_free);
  g_free (self->own_id);
  g_free (self->own_session);
  g_free (self->own_nonce);
  g_free (self->nonce);
  g_clear_pointer (&self->key, confsync_key_unref);
  g_free (self->id);
  g_free (self->session);
  g_strfreev (self->capabilities);
  g_clear_error (&self->failure);

  G_OBJECT_CLASS (confsync_link_parent_class)->finalize (object);
}

static void
confsync_link_class_init (ConfsyncLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_link_dispose;
  object_class->finalize = confsync_link_finalize;

  signals[GREETED] = g_signal_new ("greeted", CONFSYNC_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", CONFSYNC_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[PROBED] = g_signal_new ("probed", CONFSYNC_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[CLOSED] = g_signal_new ("closed", CONFSYNC_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
confsync_link_init (ConfsyncLink *self)
{
  self->round_trip = -1;
  self->probe_sent = CONFSYNC_LINK_NO_PROBE;
  g_queue_init (&self->held);
}

static void
fail (ConfsyncLink *self, GError *error)
{
  if (self->failure == NULL)
    self->failure = error;
  else
    g_error_free (error);
  confsync_channel_close (self->channel);
}

static void start_deadline (ConfsyncLink *self, guint milliseconds);

static guint
get_probe_deadline (ConfsyncLink *self)
{
  return self->round_trip < 0 ? FIRST_PROBE_DEADLINE_MS : PROBE_DEADLINE_MS;
}

/* A slow link is not a dead one: as long as what waits gets less, there is time. */
static gboolean
makes_progress (ConfsyncLink *self)
{
  gsize buffered = confsync_channel_get_buffered (self->channel);

  return self->greeted && buffered > 0 && buffered < self->backlog;
}

static gboolean
deadline_cb (gpointer user_data)
{
  ConfsyncLink *self = user_data;
  gboolean suspect = self->suspect;

  stop_deadline (self);
  if (self->legacy)
    confsync_link_greet (self);
  else if (!self->greeted)
    fail (self, confsync_link_explain_silence (self));
  else if (makes_progress (self))
    {
      start_deadline (self, suspect ? get_probe_deadline (self) : ACK_DEADLINE_MS);
      self->suspect = suspect;
    }
  else if (suspect)
    fail (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE, "no answer within %u s",
                             get_probe_deadline (self) / 1000));
  else
    confsync_link_probe (self, "");
  return G_SOURCE_REMOVE;
}

static void
start_deadline (ConfsyncLink *self, guint milliseconds)
{
  stop_deadline (self);
  self->backlog = confsync_channel_get_buffered (self->channel);
  self->deadline = confsync_clock_add_once (self->clock, milliseconds, deadline_cb, self, NULL);
}

/* Sending */

void
confsync_link_send_text (ConfsyncLink *self, GBytes *text)
{
  g_autoptr (GBytes) packed = NULL;

  if (confsync_link_can (self, CONFSYNC_LINK_CAPABILITY_GZIP) &&
      !confsync_channel_is_local (self->channel))
    packed = confsync_gzip_pack (text);
  confsync_channel_send (self->channel, packed != NULL ? packed : text);
  if (confsync_channel_get_buffered (self->channel) > self->max_unsent_bytes)
    fail (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                             "the peer doesn't read: more than %" G_GSIZE_FORMAT
                             " bytes wait for it",
                             self->max_unsent_bytes));
}

void
confsync_link_send (ConfsyncLink *self, ConfsyncMessage *message)
{
  g_autoptr (GBytes) text = NULL;

  /* a legacy peer would make nothing of it */
  if (self->closed || self->legacy)
    return;
  message->timestamp = confsync_clock_get_time (self->clock);
  g_free (message->instance_id);
  message->instance_id = g_strdup (self->own_id);
  text = confsync_message_encode (message);
  confsync_link_send_text (self, text);
}

void
confsync_link_send_update (ConfsyncLink *self, GBytes *text)
{
  if (self->closed)
    return;
  self->unacked++;
  confsync_link_send_text (self, text);
  if (!self->suspect)
    start_deadline (self, ACK_DEADLINE_MS + g_bytes_get_size (text) / ACK_BYTES_PER_MS);
}

void
confsync_link_got_ack (ConfsyncLink *self)
{
  if (self->unacked > 0)
    self->unacked--;
  if (self->doubtful > 0)
    self->doubtful--;
  if (self->unacked == 0 && !self->suspect)
    stop_deadline (self);
}

void
confsync_link_probe (ConfsyncLink *self, const char *digest)
{
  g_autoptr (ConfsyncMessage) message = NULL;

  if (self->suspect || self->closed || self->legacy)
    return;

  message = confsync_message_new (CONFSYNC_MESSAGE_HEARTBEAT);
  message->digest = g_strdup (digest);
  message->probe = TRUE;
  self->probe_sent = confsync_clock_get_monotonic (self->clock);
  self->doubtful = self->unacked;
  confsync_link_send (self, message);
  start_deadline (self, get_probe_deadline (self));
  self->suspect = TRUE;
}

void
confsync_link_beat (ConfsyncLink *self, const char *digest)
{
  gint64 now = confsync_clock_get_monotonic (self->clock);

  /* a legacy peer answers nothing; that it is still there is the transport's to find out */
  if (!self->greeted || self->closed || self->legacy)
    return;
  if (now - self->last_received > SILENCE_MAX_US)
    fail (self, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE, "silent for %d s",
                             (int) ((now - self->last_received) / G_USEC_PER_SEC)));
  else if (self->dialled)
    confsync_link_probe (self, digest);
}

/* One link too many is nobody's fault. */
static ConfsyncError
error_of_code (const char *code)
{
  return g_str_equal (code, "surplus") ? CONFSYNC_ERROR_BUSY : CONFSYNC_ERROR_REFUSED;
}

void
confsync_link_refuse (ConfsyncLink *self, const char *code, const char *reason)
{
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_ERROR);

  /* who had to make room has failed nothing */
  self->failed_proof |=
    self->key != NULL && !self->greeted && !g_str_equal (code, CONFSYNC_LINK_CODE_BUSY);
  self->rejected |= g_str_equal (code, CONFSYNC_LINK_CODE_AUTH);
  message->code = g_strdup (code);
  message->reason = g_strdup (reason);
  confsync_link_send (self, message);
  fail (self, g_error_new (CONFSYNC_ERROR, error_of_code (code), "%s", reason));
}

void
confsync_link_close (ConfsyncLink *self)
{
  confsync_channel_close (self->channel);
}

/* Receiving */

void
confsync_link_greet (ConfsyncLink *self)
{
  self->greeted = TRUE;
  stop_deadline (self);
  confsync_link_limit_message (self);
  g_signal_emit (self, signals[GREETED], 0);
}

static void
take_heartbeat (ConfsyncLink *self, ConfsyncMessage *heartbeat)
{
  if (heartbeat->probe || self->probe_sent == CONFSYNC_LINK_NO_PROBE)
    return;

  self->round_trip = confsync_clock_get_monotonic (self->clock) - self->probe_sent;
  self->probe_sent = CONFSYNC_LINK_NO_PROBE;
  /* the answer came behind whatever the other end had to say of these */
  self->unacked -= self->doubtful;
  self->doubtful = 0;
  if (self->unacked > 0 && self->deadline == NULL)
    start_deadline (self, ACK_DEADLINE_MS);
  g_signal_emit (self, signals[PROBED], 0);
}

static void
take_error (ConfsyncLink *self, ConfsyncMessage *message)
{
  g_autofree char *reason = confsync_log_escape (message->reason);

  self->rejected |= g_str_equal (message->code, CONFSYNC_LINK_CODE_AUTH);
  fail (self, g_error_new (CONFSYNC_ERROR, error_of_code (message->code), "the peer says: %s",
                           reason));
}

static void
answer_probe (ConfsyncLink *self)
{
  g_autoptr (ConfsyncMessage) answer = confsync_message_new (CONFSYNC_MESSAGE_HEARTBEAT);

  answer->digest = g_strdup ("");
  confsync_link_send (self, answer);
}

/* Keeps what a link says before it is in use; takes @message. */
static void
hold (ConfsyncLink *self, ConfsyncMessage *message, gsize bytes)
{
  if (self->waits && message->type == CONFSYNC_MESSAGE_HEARTBEAT)
    {
      if (message->probe)
        answer_probe (self);
      confsync_message_free (message);
      return;
    }
  self->held_bytes += bytes;
  g_queue_push_tail (&self->held, message);
  if (self->held_bytes > confsync_channel_get_max_message (self->channel))
    confsync_link_refuse (self, "protocol", "too many messages before the link is in use");
}

void
confsync_link_take_message (ConfsyncLink *self, ConfsyncMessage *message, gsize bytes)
{
  g_autoptr (ConfsyncMessage) taken = message;

  if (taken->type == CONFSYNC_MESSAGE_HEARTBEAT)
    take_heartbeat (self, taken);
  if (self->closed || self->failure != NULL)
    return;
  if (self->used)
    g_signal_emit (self, signals[MESSAGE], 0, taken);
  else
    hold (self, g_steal_pointer (&taken), bytes);
}

/* A stranger may say what greets, and nothing else. */
static void
refuse_early (ConfsyncLink *self)
{
  confsync_link_refuse (self, "protocol",
                        self->id == NULL ? "the first message is no hello"
                                         : "another message before the proof of the shared key");
}

/* Takes @message. */
static void
dispatch (ConfsyncLink *self, ConfsyncMessage *message, gsize bytes)
{
  g_autoptr (ConfsyncMessage) taken = message;

  self->last_received = confsync_clock_get_monotonic (self->clock);
  if (self->suspect)
    stop_deadline (self);
  /* the two that are sent the moment that they are made */
  if (taken->type == CONFSYNC_MESSAGE_HELLO || taken->type == CONFSYNC_MESSAGE_HEARTBEAT)
    self->clock_ahead = taken->timestamp - confsync_clock_get_time (self->clock);

  if (taken->type == CONFSYNC_MESSAGE_HELLO)
    confsync_link_take_hello (self, taken);
  else if (taken->type == CONFSYNC_MESSAGE_AUTH)
    confsync_link_take_auth (self, taken);
  else if (taken->type == CONFSYNC_MESSAGE_ERROR)
    take_error (self, taken);
  else if (!self->greeted)
    refuse_early (self);
  else
    confsync_link_take_message (self, g_steal_pointer (&taken), bytes);
}

static void
received_cb (ConfsyncChannel *channel, GBytes *bytes, gpointer user_data)
{
  g_autoptr (ConfsyncLink) self = g_object_ref (user_data);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (ConfsyncMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  if (self->legacy)
    {
      confsync_link_receive_legacy (self, bytes);
      return;
    }
  text = confsync_gzip_is_packed (bytes)
           ? confsync_gzip_unpack (bytes, confsync_channel_get_max_message (channel), &error)
           : g_bytes_ref (bytes);
  if (text != NULL && self->incoming != NULL && confsync_message_seems_revision (text))
    self->incoming (self->incoming_data);
  if (text != NULL)
    message = confsync_message_decode (text, &self->limits, &error);
  if (message != NULL)
    dispatch (self, g_steal_pointer (&message), g_bytes_get_size (text));
  else if (error != NULL)
    {
      if (!g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE))
        g_prefix_error (&error, "a malformed message: ");
      confsync_link_refuse (self, "malformed", error->message);
    }
  else if (self->key != NULL && !self->greeted)
    refuse_early (self);
}

static void
opened_cb (ConfsyncChannel *channel, gpointer user_data)
{
  ConfsyncLink *self = user_data;
  const char *protocol = confsync_channel_get_protocol (channel);

  self->last_received = confsync_clock_get_monotonic (self->clock);
  if (protocol != NULL && *protocol != '\0')
    confsync_link_send_hello (self);
  else
    {
      /* nobody will say hello; whoever has the link is told as soon as it can listen */
      self->legacy = TRUE;
      self->leaf = !self->dialled;
      confsync_link_limit_message (self);
      start_deadline (self, 0);
    }
}

static void
closed_cb (ConfsyncChannel *channel, const GError *error, gpointer user_data)
{
  g_autoptr (ConfsyncLink) self = g_object_ref (user_data);

  if (self->closed)
    return;
  self->closed = TRUE;
  confsync_link_judge_end (self, error);
  stop_deadline (self);
  g_signal_emit (self, signals[CLOSED], 0, self->failure != NULL ? self->failure : error);
}

ConfsyncLink *
confsync_link_new (ConfsyncChannel *channel, gboolean dialled, const ConfsyncLinkIdentity *identity)
{
  ConfsyncLink *self = g_object_new (CONFSYNC_TYPE_LINK, NULL);

  self->channel = g_object_ref (channel);
  self->clock = g_object_ref (identity->clock);
  self->own_id = g_strdup (identity->instance_id);
  self->own_session = g_strdup (identity->session);
  self->own_leaf = identity->leaf;
  self->limits = identity->limits;
  self->dialled = dialled;
  self->handshake_timeout_ms = identity->handshake_timeout_ms != 0
                                 ? identity->handshake_timeout_ms : HANDSHAKE_TIMEOUT_MS;
  self->max_unsent_bytes =
    identity->max_unsent_bytes != 0 ? identity->max_unsent_bytes : UNSENT_MAX_BYTES;

  self->key = identity->key != NULL ? confsync_key_ref (identity->key) : NULL;
  confsync_link_limit_message (self);
  g_signal_connect (channel, "opened", G_CALLBACK (opened_cb), self);
  g_signal_connect (channel, "received", G_CALLBACK (received_cb), self);
  g_signal_connect (channel, "closed", G_CALLBACK (closed_cb), self);
  start_deadline (self, self->handshake_timeout_ms);
  if (confsync_channel_is_open (channel))
    opened_cb (channel, self);
  return self;
}

void
confsync_link_set_incoming (ConfsyncLink *self, ConfsyncLinkIncoming func, gpointer data)
{
  self->incoming = func;
  self->incoming_data = data;
}

void
confsync_link_use (ConfsyncLink *self)
{
  g_autoptr (ConfsyncLink) keep = g_object_ref (self);
  ConfsyncMessage *message;

  self->used = TRUE;
  self->held_bytes = 0;
  while (!self->closed && self->failure == NULL &&
         (message = g_queue_pop_head (&self->held)) != NULL)
    {
      g_signal_emit (self, signals[MESSAGE], 0, message);
      confsync_message_free (message);
    }
}

void
confsync_link_wait (ConfsyncLink *self)
{
  self->waits = TRUE;
}

gboolean
confsync_link_is_dialled (ConfsyncLink *self)
{
  return self->dialled;
}

gboolean
confsync_link_is_unknown (ConfsyncLink *self)
{
  return !self->greeted && !self->closed && self->failure == NULL;
}

gboolean
confsync_link_is_greeted (ConfsyncLink *self)
{
  return self->greeted && !self->closed && self->failure == NULL;
}

const char *
confsync_link_get_remote (ConfsyncLink *self)
{
  const char *remote = confsync_channel_get_remote (self->channel);

  return remote != NULL ? remote : "unknown";
}

const char *
confsync_link_get_id (ConfsyncLink *self)
{
  return self->id;
}

const char *
confsync_link_get_session (ConfsyncLink *self)
{
  return self->session;
}

gboolean
confsync_link_is_leaf (ConfsyncLink *self)
{
  return self->leaf;
}

gboolean
confsync_link_can (ConfsyncLink *self, const char *capability)
{
  return self->capabilities != NULL &&
         g_strv_contains ((const char *const *) self->capabilities, capability);
}

gint64
confsync_link_get_round_trip (ConfsyncLink *self)
{
  return self->round_trip;
}

gint64
confsync_link_get_clock_ahead (ConfsyncLink *self)
{
  return self->clock_ahead;
}

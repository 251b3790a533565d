/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A peer: for an address that is dialled, connecting, greeting, live, backoff and around again; for
 * somebody who came in, greeting, live, closed. What a link is used for is the node's business.
 */

#include "config.h"

#include "confsync-peer-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-clock-book-private.h"
#include "confsync-error.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define BACKOFF_MIN_MS 50
/* Where the two ends have not the same key, trying again soon is of no use; the other end doesn't
 * listen for nearly as long. */
#define BACKOFF_REJECTED_FIRST_MS 1000
#define BACKOFF_REJECTED_MAX_MS 60000
/* Who can't be reached is waited for as long as this, or as this part of the time that it has been
 * so: a network that is back is noticed in less than two seconds after a short failure, and in a
 * small part of its time after a long one. */
#define BACKOFF_UNREACHED_MS 1000
#define BACKOFF_SHARE 64
/* A link that lived so long was a good one: the next try comes soon. */
#define GOOD_LINK_US (10 * G_USEC_PER_SEC)

enum {
  PROP_ID = 1,
  PROP_ADDRESS,
  PROP_REMOTE,
  PROP_STATE,
  PROP_PROTOCOL,
  PROP_ROUND_TRIP,
  PROP_CLOCK_AHEAD,
  PROP_REASON,
  N_PROPERTIES
};

enum {
  GREETED,
  MESSAGE,
  PROBED,
  DOWN,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * ConfsyncPeer:
 *
 * Another instance, or an address that is dialled for one. It belongs to the node's thread.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ConfsyncPeer, confsync_peer, G_TYPE_OBJECT)

static void
drop_link (ConfsyncPeer *self)
{
  if (self->link == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->link, self);
  confsync_link_set_incoming (self->link, NULL, NULL);
  g_clear_object (&self->link);
  g_clear_pointer (&self->link_name, g_free);
}

static void
cancel_retry (ConfsyncPeer *self)
{
  if (self->retry == NULL)
    return;
  g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

static void
confsync_peer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncPeer *self = CONFSYNC_PEER (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_REMOTE:
      g_value_set_string (value, self->remote);
      break;
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_PROTOCOL:
      g_value_set_string (value, self->protocol);
      break;
    case PROP_ROUND_TRIP:
      g_value_set_int64 (value, self->round_trip);
      break;
    case PROP_CLOCK_AHEAD:
      g_value_set_int64 (value, self->clock_ahead);
      break;
    case PROP_REASON:
      g_value_set_string (value, confsync_peer_get_reason (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_peer_dispose (GObject *object)
{
  ConfsyncPeer *self = CONFSYNC_PEER (object);

  cancel_retry (self);
  drop_link (self);
  g_clear_object (&self->transport);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (confsync_peer_parent_class)->dispose (object);
}

static void
confsync_peer_finalize (GObject *object)
{
  ConfsyncPeer *self = CONFSYNC_PEER (object);

  g_free (self->address);
  g_free (self->id);
  g_free (self->remote);
  g_free (self->reason);

  G_OBJECT_CLASS (confsync_peer_parent_class)->finalize (object);
}

static void
confsync_peer_class_init (ConfsyncPeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_peer_get_property;
  object_class->dispose = confsync_peer_dispose;
  object_class->finalize = confsync_peer_finalize;

  /**
   * ConfsyncPeer:id:
   *
   * The instance id that it last said; %NULL before it said one.
   *
   * Since: 1.0
   */
  properties[PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:address:
   *
   * The address that is dialled; %NULL for an instance that came in by itself.
   *
   * Since: 1.0
   */
  properties[PROP_ADDRESS] =
    g_param_spec_string ("address", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:remote:
   *
   * Where the other end was when it was last connected, for people.
   *
   * Since: 1.0
   */
  properties[PROP_REMOTE] =
    g_param_spec_string ("remote", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:state:
   *
   * Where its life stands, a [enum@PeerState].
   *
   * Since: 1.0
   */
  properties[PROP_STATE] =
    g_param_spec_int ("state", NULL, NULL, CONFSYNC_PEER_CONNECTING, CONFSYNC_PEER_CLOSED,
                      CONFSYNC_PEER_CONNECTING, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:protocol:
   *
   * What it speaks: `confsync.v1`, or %CONFSYNC_PEER_PROTOCOL_LEGACY; %NULL before it was first
   * connected. See confsync_peer_get_protocol().
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] =
    g_param_spec_string ("protocol", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:round-trip:
   *
   * How long the last answer took, in microseconds; -1 before the first.
   *
   * Since: 1.0
   */
  properties[PROP_ROUND_TRIP] =
    g_param_spec_int64 ("round-trip", NULL, NULL, -1, G_MAXINT64, -1,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:clock-ahead:
   *
   * By how much its clock is ahead of the one here, in microseconds; 0 where that is less than a
   * minute, or not known.
   *
   * Since: 1.0
   */
  properties[PROP_CLOCK_AHEAD] =
    g_param_spec_int64 ("clock-ahead", NULL, NULL, 0, G_MAXINT64, 0,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncPeer:reason:
   *
   * Why it is down or can't be reached; %NULL while it is live, and before the first try.
   *
   * Since: 1.0
   */
  properties[PROP_REASON] =
    g_param_spec_string ("reason", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  /**
   * ConfsyncPeer::greeted: (skip)
   * @self: the peer
   *
   * For the node: see the private header.
   */
  signals[GREETED] = g_signal_new ("greeted", CONFSYNC_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  /**
   * ConfsyncPeer::message: (skip)
   * @self: the peer
   * @message: (type gpointer): what came in
   *
   * For the node: see the private header.
   */
  signals[MESSAGE] = g_signal_new ("message", CONFSYNC_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  /**
   * ConfsyncPeer::probed: (skip)
   * @self: the peer
   *
   * For the node: see the private header.
   */
  signals[PROBED] = g_signal_new ("probed", CONFSYNC_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  /**
   * ConfsyncPeer::down: (skip)
   * @self: the peer
   * @error: (nullable): why
   * @retry: microseconds until the next try, or -1
   *
   * For the node: see the private header.
   */
  signals[DOWN] = g_signal_new ("down", CONFSYNC_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_ERROR, G_TYPE_INT64);
}

static void
confsync_peer_init (ConfsyncPeer *self)
{
  self->round_trip = -1;
}

static void
set_state (ConfsyncPeer *self, ConfsyncPeerState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static gboolean
retry_cb (gpointer user_data)
{
  ConfsyncPeer *self = user_data;

  cancel_retry (self);
  confsync_peer_dial (self);
  return G_SOURCE_REMOVE;
}

/* Who says no will most likely say it again, while a network that fails also heals. */
static gboolean
is_refusal (const GError *error)
{
  return error != NULL && error->domain == CONFSYNC_ERROR &&
         error->code != CONFSYNC_ERROR_DEADLINE && error->code != CONFSYNC_ERROR_CLOSED;
}

static guint
get_backoff_max (ConfsyncPeer *self, const GError *error)
{
  guint most = MIN (BACKOFF_FIRST_MS << MIN (self->failures, 7), BACKOFF_MAX_MS);
  gint64 down_for = confsync_clock_get_monotonic (self->clock) - self->down_since;

  if (is_refusal (error))
    return most;
  return MIN (most, MAX (BACKOFF_UNREACHED_MS, down_for / G_TIME_SPAN_MILLISECOND / BACKOFF_SHARE));
}

/* Backoff with full jitter, so that a fleet doesn't come back in step. Gives the delay in
 * microseconds, or -1 where nothing is tried again. */
static gint64
schedule_retry (ConfsyncPeer *self, const GError *error)
{
  guint least = BACKOFF_MIN_MS, most = get_backoff_max (self, error), delay;

  if (self->address == NULL || self->stopped || self->parked)
    return -1;

  if (self->link != NULL && confsync_link_is_rejected (self->link))
    {
      least = MIN (BACKOFF_REJECTED_FIRST_MS << MIN (self->failures, 6), BACKOFF_REJECTED_MAX_MS);
      most = MIN (least + least / 4, BACKOFF_REJECTED_MAX_MS);
    }
  delay = g_random_int_range (least, most + 1);
  self->failures++;
  self->refused = is_refusal (error);
  cancel_retry (self);
  self->retry = confsync_clock_add_once (self->clock, delay, retry_cb, self, NULL);
  return delay * G_TIME_SPAN_MILLISECOND;
}

/* A peer that was linked for long, or is tried for the first time, begins with short waits. */
static void
note_down (ConfsyncPeer *self)
{
  gint64 now = confsync_clock_get_monotonic (self->clock);
  gboolean was_good = self->greeted_at != 0 && now - self->greeted_at > GOOD_LINK_US;

  if (was_good)
    self->failures = 0;
  if (was_good || self->down_since == 0)
    self->down_since = now;
  self->greeted_at = 0;
}

static void
went_down (ConfsyncPeer *self, const GError *error)
{
  g_autoptr (ConfsyncPeer) keep = g_object_ref (self);
  gint64 retry;

  note_down (self);
  retry = schedule_retry (self, error);
  set_state (self, self->address != NULL && !self->stopped ? CONFSYNC_PEER_BACKOFF
                                                           : CONFSYNC_PEER_CLOSED);
  g_signal_emit (self, signals[DOWN], 0, error, retry);
  drop_link (self);
}

static void
note_clock (ConfsyncPeer *self)
{
  gint64 ahead = confsync_link_get_clock_ahead (self->link);

  if (ahead <= CONFSYNC_CLOCK_AHEAD_MIN_US)
    ahead = 0;
  if (self->clock_ahead == ahead)
    return;
  self->clock_ahead = ahead;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLOCK_AHEAD]);
}

static void
link_greeted_cb (ConfsyncLink *link, gpointer user_data)
{
  ConfsyncPeer *self = user_data;

  g_free (self->id);
  self->id = g_strdup (confsync_link_get_id (link));
  self->protocol = confsync_link_is_legacy (link) ? CONFSYNC_PEER_PROTOCOL_LEGACY
                                                  : CONFSYNC_PROTOCOL_NAME;
  g_free (self->remote);
  self->remote = g_strdup (confsync_link_get_remote (link));
  self->greeted_at = confsync_clock_get_monotonic (self->clock);
  note_clock (self);
  set_state (self, CONFSYNC_PEER_GREETING);
  g_signal_emit (self, signals[GREETED], 0);
}

/* A legacy client tells its id with its first frame; a legacy server passes on those of others. */
static void
note_legacy_id (ConfsyncPeer *self, ConfsyncMessage *message)
{
  if (self->address != NULL || message->instance_id == NULL ||
      g_strcmp0 (self->id, message->instance_id) == 0)
    return;
  g_free (self->id);
  self->id = g_strdup (message->instance_id);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ID]);
}

static void
link_message_cb (ConfsyncLink *link, ConfsyncMessage *message, gpointer user_data)
{
  if (confsync_link_is_legacy (link))
    note_legacy_id (user_data, message);
  else if (message->type == CONFSYNC_MESSAGE_HEARTBEAT)
    note_clock (user_data);
  g_signal_emit (user_data, signals[MESSAGE], 0, message);
}

static void
link_probed_cb (ConfsyncLink *link, gpointer user_data)
{
  ConfsyncPeer *self = user_data;

  self->round_trip = confsync_link_get_round_trip (link);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ROUND_TRIP]);
  g_signal_emit (self, signals[PROBED], 0);
}

static void
link_closed_cb (ConfsyncLink *link, const GError *error, gpointer user_data)
{
  went_down (user_data, error);
}

static void
take_channel (ConfsyncPeer *self, ConfsyncChannel *channel, gboolean dialled)
{
  ConfsyncLinkIdentity identity = { 0 };

  self->identify (&identity, self->identify_data);
  self->link = confsync_link_new (channel, dialled, &identity);
  g_signal_connect (self->link, "greeted", G_CALLBACK (link_greeted_cb), self);
  g_signal_connect (self->link, "message", G_CALLBACK (link_message_cb), self);
  g_signal_connect (self->link, "probed", G_CALLBACK (link_probed_cb), self);
  g_signal_connect (self->link, "closed", G_CALLBACK (link_closed_cb), self);
}

ConfsyncPeer *
confsync_peer_new_dialled (const char *address,
                           ConfsyncTransport *transport,
                           ConfsyncClock *clock,
                           ConfsyncIdentifyFunc identify,
                           gpointer user_data)
{
  ConfsyncPeer *self = g_object_new (CONFSYNC_TYPE_PEER, NULL);

  self->address = g_strdup (address);
  self->transport = g_object_ref (transport);
  self->clock = g_object_ref (clock);
  self->identify = identify;
  self->identify_data = user_data;
  return self;
}

ConfsyncPeer *
confsync_peer_new_accepted (ConfsyncChannel *channel,
                            ConfsyncClock *clock,
                            ConfsyncIdentifyFunc identify,
                            gpointer user_data)
{
  ConfsyncPeer *self = g_object_new (CONFSYNC_TYPE_PEER, NULL);

  self->clock = g_object_ref (clock);
  self->identify = identify;
  self->identify_data = user_data;
  self->remote = g_strdup (confsync_channel_get_remote (channel));
  take_channel (self, channel, FALSE);
  return self;
}

void
confsync_peer_dial (ConfsyncPeer *self)
{
  g_autoptr (ConfsyncChannel) channel = NULL;
  g_autoptr (GError) error = NULL;

  if (self->link != NULL || self->stopped || self->parked || self->address == NULL)
    return;

  cancel_retry (self);
  set_state (self, CONFSYNC_PEER_CONNECTING);
  channel = confsync_transport_dial (self->transport, self->address, &error);
  if (channel != NULL)
    take_channel (self, channel, TRUE);
  else
    went_down (self, error);
}

void
confsync_peer_hurry (ConfsyncPeer *self)
{
  if (self->retry == NULL)
    return;
  self->failures = 0;
  self->down_since = confsync_clock_get_monotonic (self->clock);
  confsync_peer_dial (self);
}

void
confsync_peer_try_now (ConfsyncPeer *self)
{
  if (self->retry != NULL && !self->refused)
    confsync_peer_dial (self);
}

void
confsync_peer_park (ConfsyncPeer *self)
{
  self->parked = TRUE;
  cancel_retry (self);
}

void
confsync_peer_unpark (ConfsyncPeer *self)
{
  if (!self->parked)
    return;
  self->parked = FALSE;
  self->failures = 0;
  self->down_since = 0;
  confsync_peer_dial (self);
}

void
confsync_peer_stop (ConfsyncPeer *self)
{
  self->stopped = TRUE;
  cancel_retry (self);
  if (self->link != NULL)
    confsync_link_close (self->link);
}

ConfsyncLink *
confsync_peer_get_link (ConfsyncPeer *self)
{
  return self->link;
}

void
confsync_peer_set_live (ConfsyncPeer *self, const char *link_name)
{
  g_free (self->link_name);
  self->link_name = g_strdup (link_name);
  self->parked = FALSE;
  self->announced = FALSE;
  set_state (self, CONFSYNC_PEER_LIVE);
}

void
confsync_peer_clear_live (ConfsyncPeer *self)
{
  g_clear_pointer (&self->link_name, g_free);
}

const char *
confsync_peer_get_link_name (ConfsyncPeer *self)
{
  return self->link_name;
}

gboolean
confsync_peer_is_legacy (ConfsyncPeer *self)
{
  return self->link != NULL && confsync_link_is_legacy (self->link);
}

gboolean
confsync_peer_announce (ConfsyncPeer *self)
{
  gboolean first = !self->announced;

  self->announced = TRUE;
  return first;
}

gboolean
confsync_peer_note_reason (ConfsyncPeer *self, const char *reason)
{
  if (g_strcmp0 (self->reason, reason) == 0)
    return FALSE;
  g_free (self->reason);
  self->reason = g_strdup (reason);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REASON]);
  return TRUE;
}

gboolean
confsync_peer_is_local (ConfsyncPeer *self)
{
  return self->address != NULL && confsync_address_is_local (self->address);
}

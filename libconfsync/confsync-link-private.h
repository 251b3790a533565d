/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One channel's life, seen from the protocol: the hello, whether the other end still answers, and
 * messages instead of bytes. It knows nothing of documents.
 */

#pragma once

#include "confsync-channel.h"
#include "confsync-clock.h"
#include "confsync-key-private.h"
#include "confsync-message-private.h"

G_BEGIN_DECLS

/* what an instance says of itself on every link */
typedef struct
{
  ConfsyncClock *clock;
  const char *instance_id;
  const char *session;
  ConfsyncJsonLimits limits;
  gboolean leaf;
  ConfsyncKey *key; /* (nullable): anybody may be at the other end */
  guint handshake_timeout_ms; /* until the other end has said who it is; 0 for the usual time */
  gsize max_unsent_bytes;     /* that may wait to be sent; 0 for the usual number */
} ConfsyncLinkIdentity;

/* of an error message: the ends have not the same shared key, or one has none */
#define CONFSYNC_LINK_CODE_AUTH "auth"
/* it had to make room */
#define CONFSYNC_LINK_CODE_BUSY "busy"

#define CONFSYNC_TYPE_LINK (confsync_link_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncLink, confsync_link, CONFSYNC, LINK, GObject)

/* Signals, in the thread of the channel:
 *   greeted ()                   the hello of the other end is in, and the proof of the shared key
 *                                where there is one
 *   message (ConfsyncMessage *)  any message after it, but hello and error, once it is in use
 *   probed ()                    an answer to a probe came; the round trip is known
 *   closed (GError *)            exactly once; nullable */
ConfsyncLink *confsync_link_new (ConfsyncChannel *channel,
                                 gboolean dialled,
                                 const ConfsyncLinkIdentity *identity);

gboolean confsync_link_is_dialled (ConfsyncLink *self);
/* Whether the other end hasn't said yet who it is, and nobody has given the link up. */
gboolean confsync_link_is_unknown (ConfsyncLink *self);
/* Whether the hello is in, and nobody has given the link up. */
gboolean confsync_link_is_greeted (ConfsyncLink *self);
const char *confsync_link_get_remote (ConfsyncLink *self);
const char *confsync_link_get_id (ConfsyncLink *self);      /* (nullable) before greeted */
const char *confsync_link_get_session (ConfsyncLink *self); /* (nullable) before greeted */
gboolean confsync_link_is_leaf (ConfsyncLink *self);
gboolean confsync_link_can (ConfsyncLink *self, const char *capability);
gint64 confsync_link_get_round_trip (ConfsyncLink *self);   /* µs; -1: not known yet */
/* By how much the clock of the other end is ahead, in µs, less what the last message that tells
 * took to come; 0: not known yet. */
gint64 confsync_link_get_clock_ahead (ConfsyncLink *self);

/* Whether the other end speaks the legacy protocol: then there is no hello, id and session are not
 * known, and neither acks nor probes exist. A frame that can't be read comes as a message of type
 * CONFSYNC_MESSAGE_ERROR with the reason, and the link stays. */
gboolean confsync_link_is_legacy (ConfsyncLink *self);
/* Sends a frame to a legacy peer. */
void confsync_link_send_legacy (ConfsyncLink *self, GBytes *frame);
/* Whether it is on this machine. */
gboolean confsync_link_is_local (ConfsyncLink *self);
/* (nullable): see confsync_channel_get_stranger () */
const char *confsync_link_get_stranger (ConfsyncLink *self);

/* Whether the other end has proven that it has the shared key. */
gboolean confsync_link_is_proven (ConfsyncLink *self);
/* Whether we asked for a proof, and something else came. */
gboolean confsync_link_has_failed_proof (ConfsyncLink *self);
/* Whether one end or the other found that the two don't belong together. */
gboolean confsync_link_is_rejected (ConfsyncLink *self);

/* Called when a revision seems to have come, before it is read; what is read may be anything. */
typedef void (*ConfsyncLinkIncoming) (gpointer data);
void confsync_link_set_incoming (ConfsyncLink *self, ConfsyncLinkIncoming func, gpointer data);

/* From now on messages are emitted, those that came before first. */
void confsync_link_use (ConfsyncLink *self);
/* It is a second one to an instance that is linked already: it answers probes, and holds the rest
 * until it is in use. */
void confsync_link_wait (ConfsyncLink *self);

/* Fills in who and when, and sends. */
void confsync_link_send (ConfsyncLink *self, ConfsyncMessage *message);
/* Sends what was encoded before; an ack is due for it. */
void confsync_link_send_update (ConfsyncLink *self, GBytes *text);
void confsync_link_got_ack (ConfsyncLink *self);

/* Asks for an answer, unless one is due already; none in time ends the link. */
void confsync_link_probe (ConfsyncLink *self, const char *digest);
/* Each heartbeat interval: probes where this side dialled, ends a link that was silent too long. */
void confsync_link_beat (ConfsyncLink *self, const char *digest);

/* Says why, and closes. */
void confsync_link_refuse (ConfsyncLink *self, const char *code, const char *reason);
void confsync_link_close (ConfsyncLink *self);

G_END_DECLS

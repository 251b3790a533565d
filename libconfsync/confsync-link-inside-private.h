/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a link, shared by the files that it is written in: the protocol of this version,
 * and the legacy one.
 */

#pragma once

#include "confsync-link-private.h"

G_BEGIN_DECLS

#define CONFSYNC_LINK_NO_PROBE (-1)
#define CONFSYNC_LINK_CAPABILITY_GZIP "gzip"

struct _ConfsyncLink
{
  GObject parent_instance;

  ConfsyncChannel *channel; /* (owned) */
  ConfsyncClock *clock;     /* (owned) */
  char *own_id;
  char *own_session;
  char *own_nonce;  /* (nullable) before the hello went out */
  ConfsyncKey *key; /* (owned) (nullable): nothing is to be proven */
  ConfsyncJsonLimits limits;
  guint handshake_timeout_ms;
  gsize max_unsent_bytes;
  gboolean dialled;
  gboolean own_leaf;

  gboolean closed;
  gboolean legacy;
  gboolean greeted;      /* the hello is in, and the proof where there is a key */
  gboolean failed_proof; /* the other end did something else than to prove that it has the key */
  gboolean rejected;     /* either end can't take the other for one of its own */
  char *id;           /* (nullable) before the hello */
  char *session;      /* (nullable) before the hello */
  char *nonce;        /* (nullable) before the hello */
  GStrv capabilities; /* (nullable) before the hello */
  gboolean leaf;
  gboolean used;
  gboolean waits;
  GQueue held; /* of ConfsyncMessage: came before the link was in use */
  gsize held_bytes;

  GSource *deadline; /* (owned) (nullable): of the greeting, an ack, or a probe */
  gboolean suspect;  /* the deadline is a probe's */
  guint unacked;
  guint doubtful;    /* of those, sent before the probe: its answer gives them up */
  gsize backlog;     /* what waited to be sent when the deadline was set */
  gint64 probe_sent; /* monotonic; CONFSYNC_LINK_NO_PROBE: none under way */
  gint64 last_received;
  gint64 round_trip;
  gint64 clock_ahead;
  GError *failure; /* (owned) (nullable): why we closed */

  ConfsyncLinkIncoming incoming; /* (nullable) */
  gpointer incoming_data;
};

/* How it begins: confsync-link-greeting.c */
void confsync_link_limit_message (ConfsyncLink *self);
void confsync_link_send_hello (ConfsyncLink *self);
void confsync_link_take_hello (ConfsyncLink *self, ConfsyncMessage *hello);
void confsync_link_take_auth (ConfsyncLink *self, ConfsyncMessage *auth);
void confsync_link_judge_end (ConfsyncLink *self, const GError *error);
GError *confsync_link_explain_silence (ConfsyncLink *self);

/* Sends what is encoded, compressed where that was agreed on. */
void confsync_link_send_text (ConfsyncLink *self, GBytes *text);
/* The other end is known; whoever has the link decides what becomes of it. */
void confsync_link_greet (ConfsyncLink *self);
/* Emits a message, or keeps it until the link is in use; takes @message. */
void confsync_link_take_message (ConfsyncLink *self, ConfsyncMessage *message, gsize bytes);

/* What comes where the other end speaks the legacy protocol. */
void confsync_link_receive_legacy (ConfsyncLink *self, GBytes *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One message of the protocol, version 1: what it says, and its form as JSON. A message that was
 * decoded is whole and checked: every member that its type needs is there and in range.
 */

#pragma once

#include "confsync-document.h"
#include "confsync-stamp.h"

G_BEGIN_DECLS

#define CONFSYNC_PROTOCOL_NAME "confsync.v1"
#define CONFSYNC_PROTOCOL_VERSION 1
/* A message may be larger and deeper than the document in it. */
#define CONFSYNC_MESSAGE_EXTRA_BYTES (1024 * 1024)
#define CONFSYNC_MESSAGE_EXTRA_DEPTH 4
#define CONFSYNC_MESSAGE_EXTRA_VALUES 100000
#define CONFSYNC_HEADS_PER_MESSAGE 1000
/* A longer reason is cut when it is written, and refused when it is read. */
#define CONFSYNC_REASON_MAX_BYTES 1000

typedef enum {
  CONFSYNC_MESSAGE_HELLO,
  CONFSYNC_MESSAGE_AUTH,
  CONFSYNC_MESSAGE_HEADS,
  CONFSYNC_MESSAGE_UPDATE,
  CONFSYNC_MESSAGE_REQUEST,
  CONFSYNC_MESSAGE_RESPONSE,
  CONFSYNC_MESSAGE_ACK,
  CONFSYNC_MESSAGE_HEARTBEAT,
  CONFSYNC_MESSAGE_ERROR,
} ConfsyncMessageType;

/* What became of a revision. */
typedef enum {
  CONFSYNC_OUTCOME_TAKEN,   /* held, or superseded by what is held */
  CONFSYNC_OUTCOME_PENDING, /* kept aside until somebody decides */
  CONFSYNC_OUTCOME_REFUSED, /* not acceptable here */
} ConfsyncOutcome;

/* What an instance holds of one document; stamp and hash are %NULL where it holds nothing. */
typedef struct
{
  char *document;
  ConfsyncStamp *stamp;
  char *hash;
} ConfsyncHead;

ConfsyncHead *confsync_head_new (const char *document, ConfsyncStamp *stamp, const char *hash);
void confsync_head_free (ConfsyncHead *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncHead, confsync_head_free)

typedef struct
{
  ConfsyncMessageType type;
  gint64 timestamp; /* microseconds since the Unix epoch: when it was sent */
  char *instance_id;
  char *document;    /* name of the document; "" is the default one */
  char *config_hash; /* (nullable): of what the message is about */

  ConfsyncStamp *stamp;   /* update, response: of the revision; ack: of what the sender holds */
  ConfsyncDocument *data; /* update, response (nullable where there is a patch) */
  char *base_hash;        /* update with a patch (nullable) */
  ConfsyncJson *patch;    /* (nullable) */
  GPtrArray *conflicts;   /* update, response (nullable): of ConfsyncOpenConflict */
  gboolean is_base;       /* response: what two revisions were both made from; the members above
                             are all %NULL where that is not known any more */
  guint more;             /* response that is one: how many others are to come */

  ConfsyncStamp *for_stamp; /* ack: the revision that it answers */
  char *for_hash;           /* ack */
  ConfsyncOutcome outcome;  /* ack */
  char *reason;             /* ack (nullable), error: for people */

  GPtrArray *heads; /* heads: of ConfsyncHead */

  guint protocol;     /* hello */
  char *session;      /* hello: random at each start */
  char *nonce;        /* hello: random for each channel */
  char *auth;         /* hello (nullable): how the sender wants to be shown that a key is shared */
  GStrv capabilities; /* hello */
  gboolean leaf;      /* hello: this is the sender's only link */

  char *proof; /* auth: see confsync_key_prove () */

  char *digest;   /* heartbeat: over all documents */
  gboolean probe; /* heartbeat: an answer is wanted */

  char *have; /* request (nullable): hash of what the sender holds */
  ConfsyncStamp *base_for[2]; /* request (both nullable): not the head is wanted, but what two
                                 revisions of these stamps were both made from; response that is
                                 one: which these are */
  char *code; /* error */
} ConfsyncMessage;

ConfsyncMessage *confsync_message_new (ConfsyncMessageType type);
void confsync_message_free (ConfsyncMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncMessage, confsync_message_free)

const char *confsync_message_type_to_string (ConfsyncMessageType type);

/* One JSON object in one line. */
GBytes *confsync_message_encode (ConfsyncMessage *self);

/* Reads what came from a peer. @limits are those of a document. Gives %NULL without an error for a
 * type that this version doesn't know, which is to be ignored. */
ConfsyncMessage *confsync_message_decode (GBytes *text,
                                          const ConfsyncJsonLimits *limits,
                                          GError **error);

/* Whether it begins as an update or a response does that this version wrote: a guess, for those who
 * can do something useful before it is read. */
gboolean confsync_message_seems_revision (GBytes *text);

G_END_DECLS

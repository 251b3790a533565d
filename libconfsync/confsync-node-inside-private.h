/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a node, shared by the files that it is written in: the object and its life, its
 * listeners, its peers and their clocks, and its documents.
 */

#pragma once

#include "confsync-audit-file-private.h"
#include "confsync-clock-book-private.h"
#include "confsync-key-private.h"
#include "confsync-node-access-private.h"
#include "confsync-node-limits-private.h"
#include "confsync-node-private.h"
#include "confsync-peer-private.h"
#include "confsync-proof-book-private.h"
#include "confsync-tls.h"

G_BEGIN_DECLS

/* A box with a count: a handler may take its document off the node while others are called. */
typedef struct
{
  const ConfsyncNodeDocument *functions; /* (nullable) once it is off the node */
  gpointer data;
} ConfsyncNodeEntry;

/* Properties are kept in several files, whose numbers begin here; the node's own are below. */
enum {
  CONFSYNC_NODE_FIRST_LIMIT = 64,
  CONFSYNC_NODE_FIRST_ACCESS = 96,
  CONFSYNC_NODE_FIRST_KEY = 128,
};

struct _ConfsyncNode
{
  GObject parent_instance;

  char *instance_id; /* (nullable) until it starts */
  char *session;
  ConfsyncClock *clock; /* (owned) */
  ConfsyncNodeLimits limits;
  gboolean allow_unauthenticated;
  gboolean allow_legacy_peers;
  ConfsyncTls *tls; /* (owned) (nullable) */
  gboolean allow_local_users;
  ConfsyncKey *key;          /* (owned) (nullable): nothing is to be proven */
  GError *key_failure;       /* (owned) (nullable): why what was set last is no key */
  ConfsyncProofBook *proofs; /* those that failed when they came in */
  guint64 failed_proofs;
  ConfsyncNodeAccess access;
  gboolean running;
  ConfsyncAuditFile *audit; /* (owned) (nullable) */

  GPtrArray *addresses;    /* of char *: to listen on */
  GPtrArray *listeners;    /* of ConfsyncListener */
  GPtrArray *peers;        /* of ConfsyncPeer */
  GHashTable *transports;  /* scheme to ConfsyncTransport */
  GHashTable *documents;   /* name to ConfsyncNodeEntry */
  guint links_made;
  ConfsyncClockBook *clocks;
  GHashTable *refusals;     /* id to why it was turned away when it came in, as told */
  GSource *beat;            /* (owned) (nullable) */
  GNetworkMonitor *network; /* (owned) (nullable): once somebody could not be reached */
  GTask *starting;          /* (owned) (nullable) */
  guint listens_under_way;
  guint starts; /* so that what an earlier start opened is not taken for this one's */
};

/* The documents at this moment (transfer full). */
GPtrArray *confsync_node_list_documents (ConfsyncNode *self);

/* Calls one function of every document. */
#define CONFSYNC_NODE_FOR_EACH(self, function, ...)                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GPtrArray) documents_ = confsync_node_list_documents (self);                        \
    for (guint i_ = 0; i_ < documents_->len; i_++)                                                 \
      {                                                                                            \
        ConfsyncNodeEntry *document_ = documents_->pdata[i_];                                      \
        if (document_->functions != NULL)                                                          \
          document_->functions->function (document_->data, ##__VA_ARGS__);                         \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* Takes a document off; also the destroy function of the table of documents. */
void confsync_node_drop_entry (ConfsyncNodeEntry *entry);

/* What all documents hold, in one word: equal digests mean equal contents and stamps. */
/* Whether the store of any document fails. */
gboolean confsync_node_is_degraded (ConfsyncNode *self);
char *confsync_node_make_digest (ConfsyncNode *self);

/* Whether there is a place for one who came in; who is no longer wanted is cut for it. */
gboolean confsync_node_make_room (ConfsyncNode *self, ConfsyncChannel *channel);
/* Takes a peer in; consumes @peer. */
void confsync_node_adopt_peer (ConfsyncNode *self, ConfsyncPeer *peer);
void confsync_node_emit_peers_changed (ConfsyncNode *self);
/* What a peer is called in events (borrowed). */
const char *confsync_node_name_peer (ConfsyncNode *self, ConfsyncPeer *peer);
void confsync_node_tell_peer_up (ConfsyncNode *self, ConfsyncPeer *peer);
/* @was_up: whether it was told that it is there */
void confsync_node_tell_end (ConfsyncNode *self,
                             ConfsyncPeer *peer,
                             const GError *error,
                             gint64 retry,
                             gboolean was_up);
/* Tells of the clock of a peer that is live, where that is news. */
void confsync_node_check_clock (ConfsyncNode *self, ConfsyncPeer *peer);
/* Takes the link of a legacy peer into use, or turns it away. */
void confsync_node_judge_legacy (ConfsyncNode *self, ConfsyncPeer *peer);
/* Ends every link, which the documents learn at once; addresses stay, with new peers to dial. */
void confsync_node_stop_peers (ConfsyncNode *self);
/* The shared key: confsync-node-key.c. */
void confsync_node_install_key_properties (GObjectClass *object_class);
/* These two say whether the property is one of them. */
gboolean confsync_node_get_key_property (ConfsyncNode *self, guint id, GValue *value);
gboolean confsync_node_set_key_property (ConfsyncNode *self, guint id, const GValue *value);
void confsync_node_clear_key (ConfsyncNode *self);
/* Whether what was set as key is one. */
gboolean confsync_node_check_key (ConfsyncNode *self, GError **error);
/* Counts a link that ended without the proof that was due. */
void confsync_node_note_proof (ConfsyncNode *self, ConfsyncPeer *peer);
/* What an event says of it. */
void confsync_node_describe_proof (ConfsyncPeer *peer, GVariantDict *dict);
/* Whether somebody who came in is heard; else the channel is closed, with a reason. */
gboolean confsync_node_hears (ConfsyncNode *self,
                              ConfsyncListener *listener,
                              ConfsyncChannel *channel);
/* Whether a peer whose hello is in was turned away: another user of this machine is there. */
gboolean confsync_node_turns_away (ConfsyncNode *self, ConfsyncPeer *peer);
/* Says who we are. */
void confsync_node_identify (ConfsyncLinkIdentity *identity, gpointer user_data);

/* The transport for an address, loaded at first use (borrowed). */
ConfsyncTransport *confsync_node_get_transport (ConfsyncNode *self,
                                                const char *address,
                                                GError **error);
/* Uses it for the scheme from now on. */
void confsync_node_adopt_transport (ConfsyncNode *self,
                                    const char *scheme,
                                    ConfsyncTransport *transport);
/* Gives the TLS settings, and those of access, to the transports that are loaded. */
void confsync_node_spread_tls (ConfsyncNode *self);
void confsync_node_spread_access (ConfsyncNode *self);
/* Tells something in words. */
void confsync_node_emit_notice (ConfsyncNode *self, ConfsyncLevel level, const char *message);
/* Tells that somebody was turned away. */
void confsync_node_emit_refused (ConfsyncNode *self, const char *remote, const char *reason);
/* Ends the timer that notifies of how many were turned away. */
void confsync_node_stop_telling (ConfsyncNode *self);
/* Counts one who connects. Gives how many seconds the address is blocked yet; 0: it's welcome. */
guint confsync_node_admit (ConfsyncNode *self, const char *remote);
/* Tells of one whose handshake was refused, and counts it. */
void confsync_node_refuse_guest (ConfsyncNode *self, const char *remote, const char *reason);
/* A guest who has proven to be one of us was no stranger's request. */
void confsync_node_give_request_back (ConfsyncNode *self, ConfsyncPeer *peer);
/* Counts one who came in and didn't prove the shared key; from this machine, too. */
void confsync_node_count_failed_proof (ConfsyncNode *self, const char *remote);
/* Whether who comes in at an address has to prove first that it belongs here; only then, or where
 * somebody allows all, may the address be open to other machines. */
gboolean confsync_node_is_authenticated (ConfsyncNode *self, const char *address);
/* Opens all listeners; confsync_node_finish_start () is called once they stand, or one failed. */
void confsync_node_open_listeners (ConfsyncNode *self, GCancellable *cancellable);
void confsync_node_stop_listeners (ConfsyncNode *self);
/* Takes @error (nullable). */
void confsync_node_finish_start (ConfsyncNode *self, GError *error);

G_END_DECLS

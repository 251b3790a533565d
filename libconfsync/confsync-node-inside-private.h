/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a node, shared by the files that it is written in: the object and its life, its
 * listeners, its peers, and its documents.
 */

#pragma once

#include "confsync-node-private.h"
#include "confsync-peer-private.h"

G_BEGIN_DECLS

typedef struct
{
  const ConfsyncNodeDocument *functions;
  gpointer data;
} ConfsyncNodeEntry;

struct _ConfsyncNode
{
  GObject parent_instance;

  char *instance_id; /* (nullable) until it starts */
  char *session;
  ConfsyncClock *clock; /* (owned) */
  ConfsyncJsonLimits limits;
  gboolean allow_unauthenticated;
  gboolean running;

  GPtrArray *addresses;    /* of char *: to listen on */
  GPtrArray *listeners;    /* of ConfsyncListener */
  GPtrArray *peers;        /* of ConfsyncPeer */
  GHashTable *transports;  /* scheme to ConfsyncTransport */
  GHashTable *documents;   /* name to Document */
  guint links_made;
  GSource *beat;            /* (owned) (nullable) */
  GNetworkMonitor *network; /* (owned) (nullable): once somebody could not be reached */
  GTask *starting;          /* (owned) (nullable) */
  guint listens_under_way;
};

/* Calls one function of every document. */
#define CONFSYNC_NODE_FOR_EACH(self, function, ...)                                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GList) documents_ = g_hash_table_get_values ((self)->documents);                    \
    for (GList *l_ = documents_; l_ != NULL; l_ = l_->next)                                        \
      {                                                                                            \
        ConfsyncNodeEntry *document_ = l_->data;                                                            \
        document_->functions->function (document_->data, ##__VA_ARGS__);                           \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* What all documents hold, in one word: equal digests mean equal contents and stamps. */
char *confsync_node_make_digest (ConfsyncNode *self);

/* Takes a peer in; consumes @peer. */
void confsync_node_adopt_peer (ConfsyncNode *self, ConfsyncPeer *peer);
/* Says who we are. */
void confsync_node_identify (ConfsyncLinkIdentity *identity, gpointer user_data);

/* The transport for an address, loaded at first use (borrowed). */
ConfsyncTransport *confsync_node_get_transport (ConfsyncNode *self,
                                                const char *address,
                                                GError **error);
/* Opens all listeners; confsync_node_finish_start () is called once they stand, or one failed. */
void confsync_node_open_listeners (ConfsyncNode *self, GCancellable *cancellable);
/* Takes @error (nullable). */
void confsync_node_finish_start (ConfsyncNode *self, GError *error);

G_END_DECLS

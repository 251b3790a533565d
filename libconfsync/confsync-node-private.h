/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What documents need of their node: a place on its links.
 */

#pragma once

#include "confsync-message-private.h"
#include "confsync-node.h"

G_BEGIN_DECLS

/* One document on a node. Links go by a name that is unique in this node's life. */
typedef struct
{
  void (*link_up) (gpointer data, const char *link, gboolean leaf);
  /* Both ends have said what they have. */
  void (*link_settled) (gpointer data, const char *link);
  void (*link_down) (gpointer data, const char *link);
  /* A message is likely to come that brings a revision. */
  void (*incoming) (gpointer data);
  void (*message) (gpointer data, const char *link, ConfsyncMessage *message);
  /* The other end holds something else, or may. */
  void (*differs) (gpointer data, const char *link);
  /* Whether the other end of the link holds the same content. */
  gboolean (*is_same) (gpointer data, const char *link);
  /* What is held (transfer full). */
  ConfsyncHead *(*get_head) (gpointer data);
  /* Now and then. */
  void (*tick) (gpointer data);
  /* Whether its store fails. */
  gboolean (*is_degraded) (gpointer data);
} ConfsyncNodeDocument;

gboolean confsync_node_register (ConfsyncNode *self,
                                 const char *name,
                                 const ConfsyncNodeDocument *document,
                                 gpointer data,
                                 GError **error);
/* Does nothing where @data is not what was registered under the name. */
void confsync_node_unregister (ConfsyncNode *self, const char *name, gpointer data);

gboolean confsync_node_has_documents (ConfsyncNode *self);

ConfsyncClock *confsync_node_get_clock (ConfsyncNode *self);
gboolean confsync_node_is_running (ConfsyncNode *self);

/* These do nothing for a link that is gone. */
void confsync_node_send (ConfsyncNode *self, const char *link, ConfsyncMessage *message);
void confsync_node_send_update (ConfsyncNode *self, const char *link, GBytes *text);
gboolean confsync_node_link_can (ConfsyncNode *self, const char *link, const char *capability);
/* Legacy peers: see confsync_link_is_legacy (). */
gboolean confsync_node_link_is_legacy (ConfsyncNode *self, const char *link);
void confsync_node_send_legacy (ConfsyncNode *self, const char *link, GBytes *frame);
/* Whether an instance of this id is linked with us by itself, and no legacy peer. */
gboolean confsync_node_reaches (ConfsyncNode *self, const char *id);
/* The instance at the other end, for people; "?" for a link that is gone. */
const char *confsync_node_get_link_peer (ConfsyncNode *self, const char *link);

/* The time of an edit by @author, brought by @link (nullable), is ahead of the clock here: µs. */
void confsync_node_note_author_ahead (ConfsyncNode *self,
                                      const char *author,
                                      const char *link,
                                      gint64 ahead);

/* Records what happened to @document (nullable), where the audit has such events. Whoever emits
 * ::event of the node does so anyway. */
void confsync_node_audit (ConfsyncNode *self,
                          const char *document,
                          ConfsyncLevel level,
                          const char *kind,
                          GVariant *details);

/* Emits ::event, and records it. Takes a floating @details. */
void confsync_node_emit_event (ConfsyncNode *self,
                               ConfsyncLevel level,
                               const char *kind,
                               GVariant *details);

G_END_DECLS

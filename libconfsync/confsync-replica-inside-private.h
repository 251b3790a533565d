/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a replica, shared by the two files that it is written in: its life (start, state,
 * actor) and its decisions.
 */

#pragma once

#include "confsync-replica-link-private.h"
#include "confsync-replica-private.h"
#include "confsync-stamp-private.h"

G_BEGIN_DECLS

/* Where the head has been: enough to find what two sides were made from. */
#define CONFSYNC_REPLICA_RECENT_MAX 64
#define CONFSYNC_REPLICA_RECENT_MAX_BYTES (8 * 1024 * 1024)

typedef enum {
  CONFSYNC_EVENT_RECEIVED,
  CONFSYNC_EVENT_REMATCH, /* a conflict was decided, but not over what is the head by now */
  CONFSYNC_EVENT_HEADS,
  CONFSYNC_EVENT_REQUEST,
  CONFSYNC_EVENT_DISPLACED,
  CONFSYNC_EVENT_SET,
  CONFSYNC_EVENT_LEGACY, /* a content came from a legacy peer */
} ConfsyncReplicaEventType;

/* what came while an apply was under way */
typedef struct
{
  ConfsyncReplicaEventType type;
  char *link;                 /* (owned) (nullable) */
  ConfsyncRevision *revision; /* (owned) (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  char *hash;                 /* (owned) (nullable) */
  char *id;                   /* (owned) (nullable): of the legacy peer */
  gint64 time;                /* that its frame tells */
  gint64 received;            /* when that came in */
  gboolean hint;              /* it is no legacy peer, but an instance that is reached itself */
} ConfsyncReplicaEvent;

struct _ConfsyncReplica
{
  char *author;
  GRand *random;
  gint64 now; /* of the event that is being looked at */

  guint64 actor;
  gint64 used;       /* the actor's last own time */
  gint64 used_before; /* the same, when this life began */
  gint64 greatest;   /* of all times seen */

  ConfsyncRevision *head;     /* (nullable): nothing is configured yet */
  ConfsyncRevision *previous; /* (nullable): what the last apply took the place of */
  gint64 applied_at;          /* the last one */
  GPtrArray *recent;          /* of ConfsyncRevision, oldest first */
  GPtrArray *carried;         /* of ConfsyncRevision: refused or undecided here, passed on */
  GPtrArray *failed;          /* of ConfsyncRevision: could not be applied, to be tried again */
  GHashTable *evaluated;      /* keys of what was looked at: not to be asked for again */

  /* while an apply is under way */
  ConfsyncRevision *applying;      /* (nullable): becomes the head */
  ConfsyncRevision *applying_from; /* (nullable): the revision that brought it */
  char *applying_link;             /* (nullable) */
  ConfsyncCause applying_cause;
  gboolean reload;  /* the live configuration was read meanwhile */
  GQueue deferred;  /* of ConfsyncReplicaEvent: what came meanwhile */

  ConfsyncStamp *restored_stamp; /* (nullable): head of the earlier life */
  char *restored_hash;           /* (nullable) */
  gboolean restored;

  GHashTable *links; /* id to ConfsyncReplicaLink */
  GQueue actions;    /* of ConfsyncAction */
  gboolean announced; /* the report that all links answered for this head is out, or not due */
};

/* Queues an action and gives it back, to be filled in. */
ConfsyncAction *confsync_replica_act (ConfsyncReplica *self,
                                      ConfsyncActionType type,
                                      const char *link,
                                      ConfsyncRevision *revision,
                                      ConfsyncRevision *other);

/* Learns of times, so that own ones stay above them. */
void confsync_replica_see (ConfsyncReplica *self, ConfsyncStamp *stamp);

/* A stamp for an own edit on @base (nullable), at @at or as early after it as the clocks allow. */
ConfsyncStamp *confsync_replica_stamp_edit (ConfsyncReplica *self,
                                            ConfsyncStampKind kind,
                                            ConfsyncStamp *base,
                                            gint64 at);

/* Own edits that this life did not make: a restored backup, or a clone. Takes a new actor id. */
void confsync_replica_check_actor (ConfsyncReplica *self, ConfsyncStamp *seen);

/* Makes @revision the head; @link (nullable) brought it. */
void confsync_replica_set_head (ConfsyncReplica *self,
                                ConfsyncRevision *revision,
                                const char *link,
                                ConfsyncCause cause);

/* Queues a report and gives it back, to be filled in. */
ConfsyncAction *confsync_replica_report (ConfsyncReplica *self,
                                         ConfsyncReport kind,
                                         const char *link,
                                         ConfsyncRevision *revision,
                                         ConfsyncRevision *other);

/* A link by its name (borrowed); %NULL for %NULL and for one that is gone. */
ConfsyncReplicaLink *confsync_replica_get_link (ConfsyncReplica *self, const char *id);

/* Sends what is next to go over a link. */
void confsync_replica_pump (ConfsyncReplica *self, ConfsyncReplicaLink *link);

/* Offers a revision to one link; @again: even if it was answered before. */
void confsync_replica_offer (ConfsyncReplica *self,
                             ConfsyncReplicaLink *link,
                             ConfsyncRevision *revision,
                             gboolean again);

void confsync_replica_offer_carried (ConfsyncReplica *self, ConfsyncReplicaLink *link);

/* Answers for a revision, where its link is still there. */
void confsync_replica_acknowledge (ConfsyncReplica *self,
                                   const char *link,
                                   ConfsyncRevision *revision,
                                   ConfsyncOutcome outcome,
                                   const char *reason);

void confsync_replica_announce_synced (ConfsyncReplica *self);

/* The sides of these that concern legacy peers. A revision is offered if it is the head and was
 * edited: a content that was merely found could not be told from an edit there. */
void confsync_replica_legacy_offer (ConfsyncReplica *self,
                                    ConfsyncReplicaLink *link,
                                    ConfsyncRevision *revision);
/* @revision came over @link and is not the head: sends the head back, unless it did lately. */
void confsync_replica_legacy_send_back (ConfsyncReplica *self,
                                        ConfsyncReplicaLink *link,
                                        ConfsyncRevision *revision);
/* @revision came over @link and is the head now: something else may have crossed it. */
void confsync_replica_legacy_confirm (ConfsyncReplica *self,
                                      ConfsyncReplicaLink *link,
                                      ConfsyncRevision *revision);
void confsync_replica_take_legacy (ConfsyncReplica *self, ConfsyncReplicaEvent *event);
/* Whoever was sent something else last gets the head. */
void confsync_replica_legacy_tick (ConfsyncReplica *self);

/* Holds a revision back here, and passes it on. */
void confsync_replica_carry (ConfsyncReplica *self, const char *link, ConfsyncRevision *revision);

/* Keeps the side that lost. */
void confsync_replica_lose (ConfsyncReplica *self,
                            const char *link,
                            ConfsyncRevision *loser,
                            ConfsyncRevision *winner);

/* Whether somebody edited it under confsync, or it was merely found. */
gboolean confsync_replica_is_initial (ConfsyncRevision *revision);

/* @revision came over @link (nullable), and @result is to be the head from now on. */
void confsync_replica_settle (ConfsyncReplica *self,
                              const char *link,
                              ConfsyncRevision *revision,
                              ConfsyncRevision *result,
                              ConfsyncCause cause);

/* Decides what a revision means for the head. */
void confsync_replica_evaluate (ConfsyncReplica *self,
                                const char *link,
                                ConfsyncRevision *revision);

/* For finding what two sides were made from. */
void confsync_replica_remember (ConfsyncReplica *self, ConfsyncRevision *revision);

/* Removes those that @head includes. */
void confsync_replica_drop_settled (GPtrArray *revisions, ConfsyncRevision *head);

/* What came while an apply is under way; filled in by the caller. */
ConfsyncReplicaEvent *confsync_replica_defer (ConfsyncReplica *self,
                                              ConfsyncReplicaEventType type,
                                              const char *link);
ConfsyncReplicaEvent *confsync_replica_defer_latest (ConfsyncReplica *self,
                                                     ConfsyncReplicaEventType type,
                                                     const char *link);
void confsync_replica_defer_received (ConfsyncReplica *self,
                                      const char *link,
                                      ConfsyncRevision *revision);
void confsync_replica_event_free (ConfsyncReplicaEvent *event);
/* Looks at what waited for an apply, until the next apply begins. */
void confsync_replica_drain (ConfsyncReplica *self);

G_END_DECLS

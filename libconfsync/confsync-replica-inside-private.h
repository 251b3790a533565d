/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a replica, shared by the files that it is written in: its life and its state, its
 * decisions, what it holds back, what it asks for, and the part that it takes.
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
  CONFSYNC_EVENT_LATE, /* an edit of an earlier life that was displaced, and not decided */
  CONFSYNC_EVENT_SET,
  CONFSYNC_EVENT_SETTLE, /* a person decided: hash is the conflict's id */
  CONFSYNC_EVENT_LEGACY, /* a content came from a legacy peer */
} ConfsyncReplicaEventType;

/* what came while an apply was under way */
typedef struct
{
  ConfsyncReplicaEventType type;
  char *link;                 /* (owned) (nullable) */
  ConfsyncRevision *revision; /* (owned) (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncCause cause;        /* why it is set */
  ConfsyncStamp *stamp;       /* (owned) (nullable) */
  char *hash;                 /* (owned) (nullable) */
  char *id;                   /* (owned) (nullable): of the legacy peer */
  gint64 time;                /* that its frame tells */
  gint64 received;            /* when that came in */
  gboolean hint;              /* it is no legacy peer, but an instance that is reached itself */
} ConfsyncReplicaEvent;

/* Why a revision is held back. */
typedef enum {
  CONFSYNC_HOLD_UNDECIDED, /* its conflict waits for a person */
  CONFSYNC_HOLD_ASKED,     /* so does whether this instance joins with its own file */
  CONFSYNC_HOLD_REFUSED,   /* not acceptable here */
  CONFSYNC_HOLD_SEND_ONLY, /* nothing is taken here */
  CONFSYNC_HOLD_FAILED,    /* could not be applied */
  CONFSYNC_HOLD_UNCONFIRMED, /* was the head here, and failed its trial */
} ConfsyncHold;

/* A revision that is held back here, and passed on. */
typedef struct
{
  ConfsyncRevision *revision;
  ConfsyncHold hold;
  char *reason;
  char *id;               /* of its conflict; stays while later revisions take its place */
  gint64 since;
  ConfsyncRevision *base; /* (nullable): what it and the head were made from */
} ConfsyncCarried;

/* A revision by name, as an earlier life left it. */
typedef struct
{
  ConfsyncStamp *stamp; /* (nullable): none */
  char *hash;           /* (nullable) */
  GPtrArray *conflicts; /* (nullable) */
} ConfsyncNamed;

/* The same of one that was held back. */
typedef struct
{
  ConfsyncNamed revision;
  ConfsyncNamed base;
  ConfsyncHold hold;
  char *reason;
  char *id;
  gint64 since;
} ConfsyncRestored;

/* Two sides of a conflict, while it is asked what both were made from. */
typedef struct
{
  char *link; /* (owned) (nullable) */
  ConfsyncRevision *local;
  ConfsyncRevision *remote;
  GPtrArray *found; /* (element-type ConfsyncRevision): of what both sides include */
  GHashTable *asked; /* links whose other ends were asked, since history doesn't know all */
  GHashTable *waited_for; /* those of them that still have to answer */
  gint64 asked_at;   /* the first one */
} ConfsyncBaseQuestion;

/* A version that is damaged here, and asked for. */
typedef struct
{
  ConfsyncVersion *version;
  GHashTable *asked; /* links whose other ends were asked */
  char *waiting;     /* (nullable): the one among them that still has to answer */
  gint64 asked_at;
  gboolean told;     /* that nobody has it */
} ConfsyncMending;

struct _ConfsyncReplica
{
  char *author;
  GRand *random;
  gint64 now; /* of the event that is being looked at */
  ConfsyncRole role;
  ConfsyncJoin join;
  gboolean needs_base;
  gboolean tries; /* what others made may be on trial */

  guint64 actor;
  guint epoch;       /* of the head: times of others don't count */
  gint64 used;       /* the actor's last own time */
  gint64 used_before; /* the same, when this life began */
  gint64 greatest;   /* of all times seen */

  ConfsyncRevision *head;     /* (nullable): nothing is configured yet */
  ConfsyncRevision *local;    /* (nullable): what is live in place of the head: an edit that goes
                                 nowhere, since this instance only receives, or it was refused */
  gboolean live_refused;      /* what the start finds is not acceptable */
  ConfsyncRevision *fallback; /* (nullable): the head is on trial: what was confirmed last */
  char *found;                /* (nullable): hash of what lay there at the first start */
  ConfsyncRevision *previous; /* (nullable): what the last apply took the place of */
  gint64 applied_at;          /* the last one */
  GPtrArray *recent;          /* of ConfsyncRevision, oldest first */
  GPtrArray *carried;         /* of ConfsyncCarried */
  GPtrArray *listed;          /* of ConfsyncOpenConflict: those that were reported */
  GPtrArray *questions;       /* of ConfsyncBaseQuestion */
  GPtrArray *mendings;        /* of ConfsyncMending */
  GPtrArray *failed;          /* of ConfsyncRevision: could not be applied, to be tried again */
  GHashTable *lost;           /* keys of what lost, and was told of */
  GPtrArray *losses;          /* of what lost to what is not live yet */
  GPtrArray *late;            /* of ConfsyncRevision: displaced edits that are not decided yet */
  GHashTable *evaluated;      /* keys of what was looked at: not to be asked for again */

  /* while an apply is under way */
  ConfsyncRevision *applying;      /* (nullable): becomes the head */
  ConfsyncRevision *applying_from; /* (nullable): the revision that brought it */
  char *applying_link;             /* (nullable) */
  ConfsyncCause applying_cause;
  char *falling_back; /* (nullable): to what was confirmed last: why */
  gboolean reload;  /* the live configuration was read meanwhile */
  GQueue deferred;  /* of ConfsyncReplicaEvent: what came meanwhile */

  /* what the earlier life left; most of it is of no use after the start */
  gboolean restored;
  ConfsyncNamed restored_head;
  ConfsyncNamed restored_next;  /* what was just being applied */
  ConfsyncNamed restored_fallback;
  GPtrArray *restored_carried;  /* of ConfsyncRestored */
  GPtrArray *restored_late;     /* of ConfsyncNamed */
  gint64 restored_greatest;     /* what came later, that state doesn't know */
  ConfsyncStamp *origin;        /* (nullable): of what was live before it was edited */
  char *restored_local;         /* (nullable): hash of what was live in place of the head */
  GHashTable *supplied;         /* hash to ConfsyncDocument */

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

/* The first stamp of the epoch after the head's. */
ConfsyncStamp *confsync_replica_stamp_epoch (ConfsyncReplica *self, gint64 at);

/* An edit by this instance that made @document of @base (nullable). */
ConfsyncRevision *confsync_replica_make_edit (ConfsyncReplica *self,
                                              ConfsyncDocument *document,
                                              ConfsyncRevision *base,
                                              gint64 at);

/* The same of what was made while @base was live, and found too late: it knows of nothing that came
 * after. */
ConfsyncRevision *confsync_replica_make_late_edit (ConfsyncReplica *self,
                                                   ConfsyncDocument *document,
                                                   ConfsyncRevision *base);

/* A base that claims no more than either of two does; %NULL where one is, or they have no epoch in
 * common. */
ConfsyncRevision *confsync_replica_meet (ConfsyncRevision *a, ConfsyncRevision *b);

/* A version of @document that nobody else will ever know of, nor any edit that is made here: no
 * search takes it for what that was made from. */
ConfsyncRevision *confsync_replica_make_aside (ConfsyncReplica *self,
                                               ConfsyncDocument *document,
                                               ConfsyncStampKind kind);

/* The head is of another epoch by now. */
void confsync_replica_enter_epoch (ConfsyncReplica *self, ConfsyncStamp *stamp);

/* Own edits that this life did not make: a restored backup, or a clone. Takes a new actor id. */
void confsync_replica_check_actor (ConfsyncReplica *self, ConfsyncStamp *seen);

/* Makes @revision the head; @from is what came in and led to it, by @link (both nullable). */
void confsync_replica_set_head (ConfsyncReplica *self,
                                ConfsyncRevision *revision,
                                ConfsyncRevision *from,
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

void confsync_replica_offer_carried (ConfsyncReplica *self,
                                     ConfsyncReplicaLink *link,
                                     gboolean again);

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

/* Tells the others: the author everybody, who passes on at least leaves. */
void confsync_replica_push (ConfsyncReplica *self, ConfsyncRevision *revision, const char *from);

/* Holds a revision back here, and passes it on. FALSE: it was held back already. */
gboolean confsync_replica_carry (ConfsyncReplica *self,
                                 const char *link,
                                 ConfsyncRevision *revision,
                                 ConfsyncHold hold,
                                 const char *reason,
                                 ConfsyncRevision *base);
/* It is held back no longer. */
void confsync_replica_uncarry (ConfsyncReplica *self, ConfsyncRevision *revision);
/* The same for what @head includes. */
void confsync_replica_drop_carried (ConfsyncReplica *self, ConfsyncRevision *head);
gboolean confsync_replica_has_asked (ConfsyncReplica *self);
void confsync_replica_carried_free (ConfsyncCarried *carried);
ConfsyncOutcome confsync_hold_get_outcome (ConfsyncHold hold);
/* Reports conflicts that are new, changed or settled since the last time. */
void confsync_replica_note_conflicts (ConfsyncReplica *self);
void confsync_replica_take_settle (ConfsyncReplica *self,
                                   const char *id,
                                   ConfsyncDocument *document);

/* They include the same, and @revision wins over the head by the total order. */
gboolean confsync_revision_is_greater_twin (ConfsyncRevision *revision, ConfsyncRevision *head);

/* The head includes all that @revision does. */
gboolean confsync_revision_is_within (ConfsyncRevision *revision, ConfsyncRevision *head);

/* What two sides were made from, as far as it is in memory or @found (nullable), or what stands for
 * several of these (transfer full) (nullable). */
ConfsyncRevision *confsync_replica_make_base (ConfsyncReplica *self,
                                              ConfsyncRevision *a,
                                              ConfsyncRevision *b,
                                              GPtrArray *found);
void confsync_replica_resolve (ConfsyncReplica *self,
                               const char *link,
                               ConfsyncRevision *remote);
void confsync_replica_base_link_down (ConfsyncReplica *self, const char *link);
void confsync_replica_base_tick (ConfsyncReplica *self);
void confsync_replica_question_free (ConfsyncBaseQuestion *question);

/* Asks who wasn't asked for damaged versions yet. */
void confsync_replica_mend_ask (ConfsyncReplica *self);
/* What came in answer to no other question. */
void confsync_replica_mend_got (ConfsyncReplica *self,
                                const char *link,
                                ConfsyncStamp *a,
                                ConfsyncStamp *b,
                                ConfsyncRevision *base,
                                guint more);
void confsync_replica_mend_link_down (ConfsyncReplica *self, const char *link);
void confsync_replica_mend_tick (ConfsyncReplica *self);
void confsync_replica_mending_free (ConfsyncMending *mending);

/* Whether @revision, which stands so to the head, is left out: this instance only sends, or it
 * comes with a file of its own that doesn't give way. Then it was dealt with. */
gboolean confsync_replica_stay_apart (ConfsyncReplica *self,
                                      const char *link,
                                      ConfsyncRevision *revision,
                                      ConfsyncOrder order);
/* Whether the head must not get there yet, because this instance would join with it. */
gboolean confsync_replica_waits_to_join (ConfsyncReplica *self, ConfsyncReplicaLink *link);
gboolean confsync_replica_is_own_initial (ConfsyncReplica *self);
/* Receive-only: what is live, or was, is kept and goes nowhere. */
void confsync_replica_take_local_only (ConfsyncReplica *self,
                                       ConfsyncDocument *document,
                                       ConfsyncCause cause);
/* The same without a word about it; tells whether it is news. */
gboolean confsync_replica_note_local (ConfsyncReplica *self,
                                      ConfsyncDocument *document,
                                      ConfsyncCause cause);
/* Takes what lay there at the first start. */
void confsync_replica_take_found (ConfsyncReplica *self, gint64 now, ConfsyncDocument *live);
/* Keeps what was read while an apply is under way. */
void confsync_replica_keep_meanwhile (ConfsyncReplica *self, ConfsyncDocument *document);
void confsync_replica_refuse_set (ConfsyncReplica *self, ConfsyncDocument *document);
void confsync_replica_forget_local (ConfsyncReplica *self);

/* The head is that of the fallback again. */
void confsync_replica_take_fallen_back (ConfsyncReplica *self, ConfsyncRevision *result);
/* Whether @result, which @revision brought, failed its trial here; then that was answered for. */
gboolean confsync_replica_refuse_unconfirmed (ConfsyncReplica *self,
                                              const char *link,
                                              ConfsyncRevision *revision,
                                              ConfsyncRevision *result);

/* What the earlier life held back is carried again, and what it would have fallen back to is known,
 * where their documents were supplied. */
void confsync_replica_take_up_carried (ConfsyncReplica *self);
/* The same is decided once more: the resolver or the validation may be another one. */
void confsync_replica_look_again (ConfsyncReplica *self);

void confsync_named_clear (ConfsyncNamed *named);
void confsync_restored_free (ConfsyncRestored *restored);

/* That side lost: it is kept, and told of, when what won is live. */
void confsync_replica_lose (ConfsyncReplica *self,
                            const char *link,
                            ConfsyncRevision *loser,
                            ConfsyncRevision *winner);
/* The same of what stays in history beside a merge, without a word about it. */
void confsync_replica_keep_when_live (ConfsyncReplica *self,
                                      const char *link,
                                      ConfsyncRevision *revision);
/* What won is live, or never will be. */
void confsync_replica_tell_losses (ConfsyncReplica *self);
void confsync_replica_forget_losses (ConfsyncReplica *self);
void confsync_replica_loss_free (gpointer loss);

/* Own edits that were displaced, until the head includes them, or they lost, or are carried. */
void confsync_replica_note_late (ConfsyncReplica *self, ConfsyncRevision *revision);
gboolean confsync_replica_is_late (ConfsyncReplica *self, ConfsyncRevision *revision);
void confsync_replica_drop_late (ConfsyncReplica *self, ConfsyncRevision *revision);
/* The same of an earlier life: named by its state, looked up, and decided. */
GPtrArray *confsync_replica_restored_late_new (void);
void confsync_replica_restore_late (ConfsyncReplica *self, ConfsyncNamed *named);
void confsync_replica_look_at_late (ConfsyncReplica *self);
void confsync_replica_take_late (ConfsyncReplica *self, ConfsyncRevision *revision);

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
/* The same for an edit that was made here. */
void confsync_replica_evaluate_own (ConfsyncReplica *self, ConfsyncRevision *revision);

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

/* An edit that was found late, made on @base (nullable). */
void confsync_replica_take_displaced (ConfsyncReplica *self,
                                      ConfsyncDocument *document,
                                      ConfsyncRevision *base);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica wants done. The manager carries actions out in order.
 */

#pragma once

#include "confsync-conflict.h"
#include "confsync-message-private.h"
#include "confsync-open-conflict.h"
#include "confsync-version.h"

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_ACTION_SEND_UPDATE,  /* link, revision */
  CONFSYNC_ACTION_SEND_HEADS,   /* link */
  CONFSYNC_ACTION_SEND_REQUEST, /* link */
  CONFSYNC_ACTION_SEND_ACK,     /* link, revision, outcome, reason (nullable) */
  CONFSYNC_ACTION_SEND_LEGACY,  /* link, message, time, revision: the head (nullable) */
  CONFSYNC_ACTION_SEND_BASE_REQUEST, /* link, stamps */
  CONFSYNC_ACTION_SEND_BASE,    /* link, stamps, revision (nullable): what it asked for; count: how
                                   many more of them there are to come */
  CONFSYNC_ACTION_APPLY,        /* revision, other: what the live configuration should hold now
                                   (nullable); answer with confsync_replica_applied () or
                                   confsync_replica_apply_refused () */
  CONFSYNC_ACTION_RELOAD,       /* look at the live configuration again */
  CONFSYNC_ACTION_RESOLVE,      /* other: local, revision: remote, base (nullable); answer with
                                   confsync_replica_resolved () */
  CONFSYNC_ACTION_FIND_BASE,    /* link (nullable), stamps; other: local and revision: remote, or
                                   neither. What confsync_bases_select () makes of the versions in
                                   history for both stamps; answer with
                                   confsync_replica_base_found () */
  CONFSYNC_ACTION_MEND,         /* version: damaged; revision: what was in it (nullable): none of
                                   the count peers that were asked has it */
  CONFSYNC_ACTION_KEEP,         /* revision, cause */
  CONFSYNC_ACTION_ACKNOWLEDGED, /* revision: another instance holds it */
  CONFSYNC_ACTION_PERSIST,      /* confsync_replica_save () has something new */
  CONFSYNC_ACTION_REPORT,       /* report and what it says */
} ConfsyncActionType;

typedef enum {
  CONFSYNC_REPORT_CHANGED,  /* revision: an own edit; other: what it replaces (nullable) */
  CONFSYNC_REPORT_UNCHANGED, /* revision: an edit by the application that is the head already */
  CONFSYNC_REPORT_APPLIED,  /* revision, other: what it replaces (nullable); base: what came in and
                               led to it, by link (both nullable: an edit made here) */
  CONFSYNC_REPORT_SYNCED,   /* revision: every link has answered; count of total hold it, and
                               legacy more that can't answer were sent it */
  CONFSYNC_REPORT_LOST,     /* revision lost to other; kept as a version */
  CONFSYNC_REPORT_BEHIND,   /* link holds back revision: reason, outcome; count: 1 if it is a
                               conflict that was told of here */
  CONFSYNC_REPORT_REFUSED,  /* link (nullable), revision is not acceptable here: reason */
  CONFSYNC_REPORT_CONFLICT, /* conflict: a person has to decide; revision: the head; count: 1 if it
                               is new, 0 if a side of it changed */
  CONFSYNC_REPORT_SETTLED,  /* conflict: is none any more; revision: the head that settled it */
  CONFSYNC_REPORT_MERGED,   /* revision: made of other and base, the local and the remote side;
                               pointers: changed on both, the loser's value dropped */
  CONFSYNC_REPORT_JOIN_KEEPS, /* link, revision: to be replaced by other, the content found here */
  CONFSYNC_REPORT_REVERTED, /* revision: the head, back in the place of other, an edit like: */
  CONFSYNC_REPORT_LOCAL_ONLY, /* revision: an edit that goes nowhere; other: the head (nullable) */
  CONFSYNC_REPORT_SEND_ONLY, /* link (nullable), revision is not taken: this instance only sends */
  CONFSYNC_REPORT_REMARK,   /* reason: one sentence; link and revision (nullable): about which */
  CONFSYNC_REPORT_FAILED,   /* revision could not be applied: reason */
  CONFSYNC_REPORT_RENAMED,  /* own edits were seen that this life did not make: a new actor id */
  CONFSYNC_REPORT_EPOCH,    /* link (nullable), revision: the head that began an epoch; count:
                               which one */
  CONFSYNC_REPORT_AHEAD,    /* link (nullable), revision: its time is ahead; count: seconds */
} ConfsyncReport;

typedef struct
{
  ConfsyncActionType type;
  char *link;                 /* (nullable) */
  ConfsyncRevision *revision; /* (nullable) */
  ConfsyncRevision *other;    /* (nullable) */
  ConfsyncRevision *base;     /* (nullable) */
  ConfsyncCause cause;
  ConfsyncOutcome outcome;
  char *reason; /* (nullable) */
  ConfsyncVersion *version;       /* (owned) (nullable) */
  ConfsyncStamp *stamps[2];       /* (owned) (nullable) */
  ConfsyncOpenConflict *conflict; /* (owned) (nullable) */
  GStrv pointers;                 /* (owned) (nullable) */
  ConfsyncReport report;
  guint count;
  guint total;
  guint legacy;
  ConfsyncMessageType message;
  gint64 time; /* that the frame tells, in µs since the Unix epoch */
} ConfsyncAction;

ConfsyncAction *confsync_action_new (ConfsyncActionType type,
                                     const char *link,
                                     ConfsyncRevision *revision,
                                     ConfsyncRevision *other);
void confsync_action_free (ConfsyncAction *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncAction, confsync_action_free)

G_END_DECLS

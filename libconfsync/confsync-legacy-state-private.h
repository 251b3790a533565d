/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a replica remembers of one channel to a legacy peer, who says neither what it holds nor what
 * its edits were made on: what crossed the channel, and when, from which both are guessed. Pure:
 * all times are given, in microseconds since the Unix epoch.
 */

#pragma once

#include "confsync-revision-private.h"

G_BEGIN_DECLS

/* One poll of a legacy watcher and the time for which it is blind after an apply: what was sent so
 * long ago is what its next edit was made on; what is younger may have crossed it. */
#define CONFSYNC_LEGACY_GRACE_US (3 * G_TIME_SPAN_SECOND)
/* The same for an instance like us, which has neither. */
#define CONFSYNC_LEGACY_QUICK_US G_USEC_PER_SEC
/* A clock that is farther off says nothing of when an edit was made. */
#define CONFSYNC_LEGACY_CLOCK_US (60 * G_TIME_SPAN_SECOND)
/* A legacy peer takes only a frame whose time is after its own clock at its last apply. That clock
 * may be ahead, and the apply may take longer than the next edit, of which nothing is heard. So all
 * our frames are dated ahead: by a day, which covers every wrong time zone. */
#define CONFSYNC_LEGACY_LEAD_US G_TIME_SPAN_DAY
/* Apart from that a frame tells when the head was made, for instances like us that only a legacy
 * server links with us; but no time before this, or there would be no lead left. */
#define CONFSYNC_LEGACY_AGE_US G_TIME_SPAN_HOUR
/* For so long, the same content of the same instance is answered only once. */
#define CONFSYNC_LEGACY_ANSWER_US (60 * G_TIME_SPAN_SECOND)

typedef struct _ConfsyncLegacyState ConfsyncLegacyState;

/* What is known of a frame that came in. */
typedef struct
{
  gint64 at;         /* when it came */
  gint64 made;       /* when its content was made, most likely */
  gboolean is_quick; /* by an instance like us, which takes at once what it gets, and whose times
                        never go back */
} ConfsyncLegacyReceipt;

/* @relays: the peer is a server, which passes on to others what it gets from one. */
ConfsyncLegacyState *confsync_legacy_state_new (gboolean relays);
void confsync_legacy_state_free (ConfsyncLegacyState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncLegacyState, confsync_legacy_state_free)

/* A revision was sent over the channel. */
void confsync_legacy_state_sent (ConfsyncLegacyState *self, gint64 now, ConfsyncRevision *revision);
/* @id showed that it holds a revision. */
void confsync_legacy_state_received (ConfsyncLegacyState *self,
                                     gint64 now,
                                     const char *id,
                                     ConfsyncRevision *revision);
/* A content came from an instance like us, and so reached all behind the channel. */
void confsync_legacy_state_passed (ConfsyncLegacyState *self, gint64 now, const char *hash);
/* The content that crossed last is that of this revision: as good as sent when it did. */
void confsync_legacy_state_recognize (ConfsyncLegacyState *self, ConfsyncRevision *revision);
/* Takes in what a frame that came at @now says of its time. */
ConfsyncLegacyReceipt confsync_legacy_state_receive (ConfsyncLegacyState *self,
                                                     gint64 now,
                                                     gint64 timestamp);

/* What the content of a frame by @id was made on (borrowed, nullable): the later of the last
 * revision received from it, and the last one sent long enough ago, by us or by others there. */
ConfsyncStamp *confsync_legacy_state_get_base (ConfsyncLegacyState *self,
                                               const ConfsyncLegacyReceipt *receipt,
                                               const char *id);

/* Whether everybody behind the channel holds the content of this hash, which crossed it last. Not
 * so where another one crossed it at about the same time: each end may have taken the other's. Nor
 * where a clock is off, and legacy peers may refuse what they get from each other. */
gboolean confsync_legacy_state_is_settled (ConfsyncLegacyState *self, const char *hash);

/* Whether nothing crossed the channel lately. */
gboolean confsync_legacy_state_is_quiet (ConfsyncLegacyState *self, gint64 now);

/* Whether this content of this instance is to be answered; notes that it is. */
gboolean confsync_legacy_state_may_answer (ConfsyncLegacyState *self,
                                           gint64 now,
                                           const char *id,
                                           const char *hash);

/* What a frame that is sent at @now says of its time; @head_time is 0 where there is no head. */
gint64 confsync_legacy_state_write_time (ConfsyncLegacyState *self,
                                             gint64 now,
                                             gint64 head_time);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One replica under observation, and a legacy peer at its link "1".
 */

#pragma once

#include "confsync-legacy-state-private.h"
#include "replica-probe.h"

G_BEGIN_DECLS

#define SECOND G_TIME_SPAN_SECOND
/* far from the beginning of time, so that a lead can be told */
#define NOW (T0 + 400 * G_TIME_SPAN_DAY)

void legacy_up (Probe *probe, gint64 now, const char *link, gboolean leaf);
void legacy_take (Probe *probe, gint64 now, const char *id, gint64 time, const char *text);
void legacy_take_hint (Probe *probe, gint64 now, const char *id, const char *text);
/* One whose head is an edit, sent at NOW over the link "1" to a client. */
Probe *legacy_edited_probe (void);
ConfsyncAction *legacy_get_sent (Probe *probe, const char *link);
guint legacy_count_sent (Probe *probe);
/* What was made of the frame that came last, which is to be applied. */
ConfsyncRevision *legacy_get_applied (Probe *probe);
guint64 legacy_actor_of (const char *id);

G_END_DECLS

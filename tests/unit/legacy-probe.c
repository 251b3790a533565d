/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A replica under observation that has a legacy peer.
 */

#include "config.h"

#include "legacy-probe.h"

#include "confsync-legacy-message-private.h"

void
legacy_up (Probe *probe, gint64 now, const char *link, gboolean leaf)
{
  confsync_replica_legacy_up (probe->replica, now, link, leaf);
  probe_collect (probe);
}

void
legacy_take (Probe *probe, gint64 now, const char *id, gint64 time, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  confsync_replica_got_legacy (probe->replica, now, "1", id, time, document, FALSE);
  probe_collect (probe);
}

void
legacy_take_hint (Probe *probe, gint64 now, const char *id, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  confsync_replica_got_legacy (probe->replica, now, "1", id, now, document, TRUE);
  probe_collect (probe);
}

/* One whose head is an edit, sent at NOW over the link "1" to a client. */
Probe *
legacy_edited_probe (void)
{
  Probe *probe = probe_new ("{'a':0}");

  probe_edit (probe, NOW - 10 * SECOND, "{'a':1}");
  legacy_up (probe, NOW, "1", TRUE);
  probe_clear (probe);
  return probe;
}

ConfsyncAction *
legacy_get_sent (Probe *probe, const char *link)
{
  return probe_get (probe, CONFSYNC_ACTION_SEND_LEGACY, link);
}

guint
legacy_count_sent (Probe *probe)
{
  return probe_count (probe, CONFSYNC_ACTION_SEND_LEGACY, NULL);
}

/* What was made of the frame that came last, which is to be applied. */
ConfsyncRevision *
legacy_get_applied (Probe *probe)
{
  return probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision;
}

guint64
legacy_actor_of (const char *id)
{
  return confsync_legacy_make_actor (id);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What happens in an instance, told to people and programs: a level, a kind, and details by name.
 */

#pragma once

#include <glib-object.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * ConfsyncLevel:
 * @CONFSYNC_LEVEL_DEBUG: of use to who looks for a fault
 * @CONFSYNC_LEVEL_INFO: what happens every day
 * @CONFSYNC_LEVEL_WARNING: somebody should look at it
 * @CONFSYNC_LEVEL_ERROR: something that was asked for is not done
 *
 * How much an event matters.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_LEVEL_DEBUG,
  CONFSYNC_LEVEL_INFO,
  CONFSYNC_LEVEL_WARNING,
  CONFSYNC_LEVEL_ERROR,
} ConfsyncLevel;

/**
 * CONFSYNC_EVENT_LISTENING:
 *
 * Others can come in. Details: `address` (s), `exposed` (b), `keyed` (b): whether they must prove
 * that they know the shared key; `authenticated` (b): whether the transport takes only who is
 * pinned; `encrypted` (b): whether nobody on the way can read along.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_LISTENING "listening"

/**
 * CONFSYNC_EVENT_PEER_UP:
 *
 * Another instance is there. Details: `peer` (s), `remote` (s), `round-trip` (x, microseconds),
 * `same` (b): whether it holds the same content; `keyed` (b): whether it has proven that it knows
 * the shared key; `encrypted` (b), only where we dialled another machine. A legacy peer has
 * `legacy` (b) instead of all but the first two, and `peer` is its address, since it doesn't say
 * its id.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_PEER_UP "peer up"

/**
 * CONFSYNC_EVENT_PEER_DOWN:
 *
 * Another instance is gone, or can't be reached. Details: `peer` (s): its id, or its address where
 * it never said an id; `reason` (s), `retry` (x, microseconds; absent where nothing is tried),
 * `refused` (b): whether it was turned away, here or there; absent where it was not.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_PEER_DOWN "peer down"

/**
 * CONFSYNC_EVENT_CHANGED:
 *
 * Somebody edited the configuration here. Details: `pointers` (as, at most 20), `more` (u): how
 * many others; `size` (t, bytes), `version` (s), `initial` (b).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_CHANGED "changed"

/**
 * CONFSYNC_EVENT_ROLLBACK:
 *
 * An older version was made the configuration again here. Details: `to` (s): its name, absent where
 * it has none; `author` (s): this instance; `pointers` (as): what that changed; `more` (u), `size`
 * (t, bytes), `version` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_ROLLBACK "rollback"

/**
 * CONFSYNC_EVENT_RESTORED:
 *
 * The live configuration was gone, and was put back. Details: `path` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_RESTORED "restored"

/**
 * CONFSYNC_EVENT_SYNCED:
 *
 * Every peer has answered for an edit made here. Details: `holding` (u), `total` (u), `elapsed` (x,
 * microseconds), `legacy` (u): how many legacy peers, which can't answer and are not counted in the
 * others, it was sent to; absent for none.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_SYNCED "synced"

/**
 * CONFSYNC_EVENT_APPLIED:
 *
 * Another content is the live configuration now, since something came from elsewhere, or an edit
 * was made here while something did. Details: `pointers` (as), `more` (u), `author` (s): of what is
 * live, which may be this instance, whose edit won; `from` (s): the other instance that what
 * changed here comes from; absent where that is not known, and where `here` (b) says that it was an
 * edit made here; `merge` (b): two edits went together; `peer` (s): who brought it; `elapsed` (x,
 * microseconds since it came in), `version` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_APPLIED "applied"

/**
 * CONFSYNC_EVENT_TRIAL:
 *
 * What another instance made is live on trial, or a trial has ended. Details: `outcome` (s):
 * `begun`, `confirmed`, `failed` (all instances go back to what was confirmed here last), `failed
 * here` (this instance goes back alone) or `over` (something else took its place); `hash` (s),
 * `author` (s): of what is or was on trial; `timeout` (x, microseconds), `reason` (s; absent where
 * there is none).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_TRIAL "trial"

/**
 * CONFSYNC_EVENT_LOST:
 *
 * Of two edits that did not know each other one won; the other is kept. Details: `author` (s) of
 * the one that lost, `winner` (s), `pointers` (as), `more` (u), `version` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_LOST "lost"

/**
 * CONFSYNC_EVENT_CONFLICT:
 *
 * Two edits that did not know each other wait for a person, or what one of them says is another by
 * now. Details: `id` (s), `pointer` (s, where; empty for the whole), `ours` and `theirs` (s, the
 * authors), `pointers` (as, at most 20: where the two differ), `more` (u), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_CONFLICT "conflict"

/**
 * CONFSYNC_EVENT_SETTLED:
 *
 * A conflict is decided. Details: `id` (s), `pointer` (s), `author` (s): of the edit that did it.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_SETTLED "settled"

/**
 * CONFSYNC_EVENT_MERGED:
 *
 * Two edits that did not know each other went together, and what both changed was decided by which
 * was later. Details: `author` and `other` (s, whose edits), `pointers` (as): what both changed;
 * `more` (u).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_MERGED "merged"

/**
 * CONFSYNC_EVENT_JOINING:
 *
 * The file that was here before the first start will replace what others have. Details: `peer` (s):
 * who has it; `pointers` (as): where they differ; `more` (u), `version` (s): what the peer's is
 * kept as here.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_JOINING "joining"

/**
 * CONFSYNC_EVENT_ADOPTED:
 *
 * The file that was here before the first start gives way to what others have. Details: `author`
 * (s) of that; `pointers` (as): where they differ; `more` (u), `version` (s): what the own file is
 * kept as.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_ADOPTED "adopted"

/**
 * CONFSYNC_EVENT_LOCAL_EDIT:
 *
 * Somebody edited the configuration on an instance that only receives; the edit goes nowhere.
 * Details: `pointers` (as): what is different from what the others have; `more` (u), `version` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_LOCAL_EDIT "local edit"

/**
 * CONFSYNC_EVENT_CLOCK:
 *
 * The clock of another instance is far ahead of the one here, or is right again. Details: `peer`
 * (s): whose; `remote` (s): who brought what shows it, where that is another; `ahead` (x,
 * microseconds; 0 where it is right again).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_CLOCK "clock"

/**
 * CONFSYNC_EVENT_EPOCH:
 *
 * Somebody reset the clock: from now on times count anew, and what was edited before without
 * knowing of it loses. Details: `author` (s): whose edit it was; `epoch` (u): its number.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_EPOCH "epoch"

/**
 * CONFSYNC_EVENT_WAITING:
 *
 * There is no configuration. Details: `path` (s), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_WAITING "waiting"

/**
 * CONFSYNC_EVENT_INVALID:
 *
 * The live configuration can't be used as it is, or is refused by validation; nothing is sent.
 * Details: `reason` (s); `stays` (b): it was accepted and sent before, and stays; absent else.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_INVALID "invalid"

/**
 * CONFSYNC_EVENT_REFUSED:
 *
 * Somebody was turned away, or sent what can't be taken. Details: `remote` (s), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_REFUSED "refused"

/**
 * CONFSYNC_EVENT_BEHIND:
 *
 * A peer doesn't take what is offered. Details: `peer` (s), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_BEHIND "behind"

/**
 * CONFSYNC_EVENT_FAILED:
 *
 * Something could not be done. Details: `what` (s), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_FAILED "failed"

/**
 * CONFSYNC_EVENT_NOTICE:
 *
 * Something worth knowing. Details: `message` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_NOTICE "notice"

/**
 * CONFSYNC_EVENT_BLOCKED:
 *
 * An address is shut out for a time, because too much came from it. Told once a block, not once for
 * each of its requests. Details: `remote` (s): the address; `reason` (s), `duration` (x,
 * microseconds).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_BLOCKED "blocked"

/**
 * CONFSYNC_EVENT_UNPROVEN:
 *
 * Somebody came in who did not prove to know the shared key. Details: `remote` (s): its address;
 * `peer` (s): the id that it claims, absent where it claims none; `reason` (s). Never a key or a
 * proof. Where this instance dialled, it is a %CONFSYNC_EVENT_PEER_DOWN.
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_UNPROVEN "unproven"

/**
 * CONFSYNC_EVENT_TRUST:
 *
 * Who is trusted has changed. Details: `outcome` (s): `added`, `removed`, `paired` or
 * `key changed`; `fingerprint` (s): of the certificate, absent for the shared key; `name` (s):
 * whose it is, absent where it has no name; `reason` (s; absent where there is none).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_TRUST "trust"

/**
 * CONFSYNC_EVENT_PLUGIN:
 *
 * A plugin, or a folder of plugins, was not loaded. Told by no signal, since it belongs to no node:
 * only the audit has it, and [func@registry_list_problems]. Details: `path` (s), `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_PLUGIN "plugin refused"

/**
 * CONFSYNC_EVENT_AUDIT_GAP:
 *
 * Records of the audit were lost, before this one. Told by no signal; only the audit has it.
 * Details: `lost` (t): how many; `reason` (s).
 *
 * Since: 1.0
 */
#define CONFSYNC_EVENT_AUDIT_GAP "audit gap"

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_event_get_message_id (const char *kind);

G_END_DECLS

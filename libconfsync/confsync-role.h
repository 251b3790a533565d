/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How an instance takes part in a document: which way edits go, and what becomes of the content
 * that it comes with.
 */

#pragma once

#include <glib-object.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * ConfsyncRole:
 * @CONFSYNC_ROLE_BOTH: edits go both ways
 * @CONFSYNC_ROLE_SEND_ONLY: its edits go to the others; what they have is applied nowhere here
 * @CONFSYNC_ROLE_RECEIVE_ONLY: it follows the others; its own edits are kept as versions and go
 *   nowhere
 *
 * Which way edits go. What is not taken is passed on to others all the same.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_ROLE_BOTH,
  CONFSYNC_ROLE_SEND_ONLY,
  CONFSYNC_ROLE_RECEIVE_ONLY,
} ConfsyncRole;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_role_to_string (ConfsyncRole role);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_role_from_string (const char *name, ConfsyncRole *role, GError **error);

/**
 * ConfsyncJoin:
 * @CONFSYNC_JOIN_ADOPT: what the others have is taken; the own file is kept as a version
 * @CONFSYNC_JOIN_KEEP: the own file is an edit, and replaces what the others have
 * @CONFSYNC_JOIN_ASK: a conflict, which waits until a person decides
 *
 * What becomes of a file that was there before the first start, where others have another content.
 * It counts once, at the first contact; afterwards an edit is an edit.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_JOIN_ADOPT,
  CONFSYNC_JOIN_KEEP,
  CONFSYNC_JOIN_ASK,
} ConfsyncJoin;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_join_to_string (ConfsyncJoin join);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_join_from_string (const char *name, ConfsyncJoin *join, GError **error);

/**
 * ConfsyncConfirmScope:
 * @CONFSYNC_CONFIRM_FLEET: all instances go back with this one: it makes an edit with the content
 *   that it confirmed last
 * @CONFSYNC_CONFIRM_LOCAL: this instance goes back alone, and shows as behind
 *
 * Who goes back where what another instance made is not confirmed here.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_CONFIRM_FLEET,
  CONFSYNC_CONFIRM_LOCAL,
} ConfsyncConfirmScope;

/**
 * ConfsyncChoice:
 * @CONFSYNC_CHOICE_OURS: what this instance has
 * @CONFSYNC_CHOICE_THEIRS: what the other side has
 * @CONFSYNC_CHOICE_MERGE: both, member by member; ours where both changed the same
 * @CONFSYNC_CHOICE_VALUE: something else, which is given with it
 *
 * How a person settles a conflict.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_CHOICE_OURS,
  CONFSYNC_CHOICE_THEIRS,
  CONFSYNC_CHOICE_MERGE,
  CONFSYNC_CHOICE_VALUE,
} ConfsyncChoice;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_choice_to_string (ConfsyncChoice choice);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_choice_from_string (const char *name, ConfsyncChoice *choice, GError **error);

G_END_DECLS

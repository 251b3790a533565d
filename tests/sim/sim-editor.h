/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Somebody who edits a configuration: sets, changes and deletes members, nested ones too, elements
 * of arrays, and elements that have an id.
 */

#pragma once

#include "confsync-document.h"
#include "sim-dice.h"

G_BEGIN_DECLS

/* @base with one change, which has @number in it where it is a value. Never gives an empty one. */
ConfsyncDocument *sim_editor_change (SimDice *dice, ConfsyncDocument *base, guint number);

/* The same, such that nobody else ever makes the same content. */
ConfsyncDocument *sim_editor_set (SimDice *dice, ConfsyncDocument *base, guint number);

ConfsyncDocument *sim_editor_read (const char *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A value being changed: a tree over tapes. A node stands for a whole value on a tape until
 * something inside it is asked for; only then are its children made. Every step costs the logarithm
 * of the number of children. A tree and the tapes beneath it are used by one thread; it borrows the
 * tapes.
 */

#pragma once

#include "confsync-json-builder-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncOverlay ConfsyncOverlay;

ConfsyncOverlay *confsync_overlay_new (ConfsyncCursor value);
void confsync_overlay_free (ConfsyncOverlay *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOverlay, confsync_overlay_free)

/* one of the kinds of values, and the number of members or elements */
guint confsync_overlay_get_kind (ConfsyncOverlay *self);
guint confsync_overlay_get_length (ConfsyncOverlay *self);

/* levels of nesting: never too low, too high where something deep was taken out */
guint confsync_overlay_get_height (ConfsyncOverlay *self);
/* says that something of @height was put @levels deeper */
void confsync_overlay_raise (ConfsyncOverlay *self, guint levels, guint height);

/* the child that a pointer's token names, or %NULL; borrowed */
ConfsyncOverlay *confsync_overlay_get (ConfsyncOverlay *self, const char *token);
/* takes it out, or gives %NULL */
ConfsyncOverlay *confsync_overlay_take (ConfsyncOverlay *self, const char *token);
/* takes @child: a member of that name, or an element put before that one; "-" is after the last.
 * %FALSE, and nothing is taken, where @token names no place. */
gboolean confsync_overlay_put (ConfsyncOverlay *self, const char *token, ConfsyncOverlay *child);
/* exchanges the contents of two nodes */
void confsync_overlay_swap (ConfsyncOverlay *self, ConfsyncOverlay *other);

/* the cells that the value would have, that is its values and its names; counting stops at @max */
gsize confsync_overlay_count (ConfsyncOverlay *self, gsize max);
ConfsyncOverlay *confsync_overlay_copy (ConfsyncOverlay *self);
gboolean confsync_overlay_equal (ConfsyncOverlay *self, ConfsyncCursor value);
void confsync_overlay_write (ConfsyncOverlay *self, ConfsyncJsonBuilder *builder);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Gives memory back to the system: what strangers made a long-running process take must not stay
 * with it. For a process of our own; a program's allocator is none of the library's business.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* Large blocks are mapped one by one, so that each goes back when it's freed. Before any thread. */
void confsync_memory_set_up (void);

/* Who leaves, or is turned away, may have left much behind: what is free goes back a second later.
 * Until the node goes. */
void confsync_memory_follow (ConfsyncNode *node);

G_END_DECLS

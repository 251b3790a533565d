/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The input side of a connection, with a budget for what libsoup 3.2 doesn't bound itself: the sum
 * of a message's fragments, pings that wait for their pong, and how long one busy connection may
 * keep the main loop.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-byte-meter.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_BYTE_BUDGET (confsync_byte_budget_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncByteBudget, confsync_byte_budget, CONFSYNC, BYTE_BUDGET,
                      GFilterInputStream)

ConfsyncByteBudget *confsync_byte_budget_new (GInputStream *base, ConfsyncByteMeter *meter);

/* The handshake is over: what is read from now on is frames, and @rest (nullable), which was read
 * with the handshake, is their beginning. */
void confsync_byte_budget_start (ConfsyncByteBudget *self, GBytes *rest);

void confsync_byte_budget_set_max_message (ConfsyncByteBudget *self, gsize bytes);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Counts what comes in over all channels of the process, and what holds something that may not be
 * sent.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct
{
  gulong hook;
  guint signal;
  guint n_messages;
  guint n_updates;
  guint n_heads;
  guint n_requests;
  guint n_heartbeats;
  guint64 bytes;
  const char *secret; /* (nullable): set by the test */
  guint n_secrets;    /* messages that hold it */
} WireTap;

void wire_tap_start (WireTap *self);
void wire_tap_reset (WireTap *self);
void wire_tap_stop (WireTap *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WireTap, wire_tap_stop)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One end of a loopback link.
 */

#pragma once

#include "confsync-loopback-link.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LOOPBACK_CHANNEL (confsync_loopback_channel_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncLoopbackChannel,
                      confsync_loopback_channel,
                      CONFSYNC,
                      LOOPBACK_CHANNEL,
                      ConfsyncChannel)

/* Takes the link, and begins to connect in the next turn of the main loop. */
ConfsyncChannel *confsync_loopback_channel_dial (LoopbackLink *link, ConfsyncClock *clock);

/* Takes the link of a newcomer; the channel is open. */
ConfsyncChannel *confsync_loopback_channel_accept (LoopbackLink *link, ConfsyncClock *clock);

G_END_DECLS

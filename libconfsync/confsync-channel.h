/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One link that carries whole messages in order. Plugins derive it; the base class keeps the
 * contract, so that no implementation can emit after the end or open twice.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_CHANNEL (confsync_channel_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (ConfsyncChannel, confsync_channel, CONFSYNC, CHANNEL, GObject)

/**
 * ConfsyncChannelClass:
 * @parent_class: the parent's class
 * @send: queues one message behind the others; called only while the channel is open
 * @close: ends the link, after what was queued where that can go out at once; called at most once,
 *   also while connecting; must lead to confsync_channel_emit_closed(), now or later
 * @get_buffered: bytes that were queued and have not left yet; the default is 0
 *
 * What a transport's link overrides.
 *
 * Since: 1.0
 */
struct _ConfsyncChannelClass
{
  GObjectClass parent_class;

  void (*send) (ConfsyncChannel *self, GBytes *message);
  void (*close) (ConfsyncChannel *self);
  gsize (*get_buffered) (ConfsyncChannel *self);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_send (ConfsyncChannel *self, GBytes *message);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_close (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
gsize confsync_channel_get_buffered (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_channel_is_open (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_channel_is_closed (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_channel_is_local (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_channel_get_remote (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_channel_get_stranger (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_channel_get_protocol (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
gsize confsync_channel_get_max_message (ConfsyncChannel *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_set_max_message (ConfsyncChannel *self, gsize bytes);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_emit_opened (ConfsyncChannel *self, const char *protocol);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_emit_received (ConfsyncChannel *self, GBytes *message);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_emit_closed (ConfsyncChannel *self, const GError *error);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_channel_emit_ended (ConfsyncChannel *self);

G_END_DECLS

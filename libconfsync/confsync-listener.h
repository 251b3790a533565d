/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where other instances come in: the base class of what a transport's listen gives back.
 */

#pragma once

#include "confsync-channel.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LISTENER (confsync_listener_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (ConfsyncListener, confsync_listener, CONFSYNC, LISTENER, GObject)

/**
 * ConfsyncListenerClass:
 * @parent_class: the parent's class
 * @stop: takes nobody in any more; channels that came in before stay
 *
 * What a transport's listener overrides.
 *
 * Since: 1.0
 */
struct _ConfsyncListenerClass
{
  GObjectClass parent_class;

  void (*stop) (ConfsyncListener *self);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_listener_get_address (ConfsyncListener *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_listener_is_exposed (ConfsyncListener *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_listener_is_authenticated (ConfsyncListener *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_listener_stop (ConfsyncListener *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_listener_emit_accepted (ConfsyncListener *self, ConfsyncChannel *channel);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_listener_emit_refused (ConfsyncListener *self,
                                     const char *remote,
                                     const char *reason);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_listener_request_admission (ConfsyncListener *self, const char *remote);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_listener_request_health (ConfsyncListener *self);

G_END_DECLS

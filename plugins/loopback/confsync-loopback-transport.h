/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links between instances of one process, with faults on demand.
 */

#pragma once

#include "confsync-loopback-link.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LOOPBACK_TRANSPORT (confsync_loopback_transport_get_type ())

G_DECLARE_FINAL_TYPE (ConfsyncLoopbackTransport,
                      confsync_loopback_transport,
                      CONFSYNC,
                      LOOPBACK_TRANSPORT,
                      GObject)

G_END_DECLS

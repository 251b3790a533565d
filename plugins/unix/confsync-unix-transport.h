/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The transport that is registered for `unix`.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_UNIX_TRANSPORT (confsync_unix_transport_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncUnixTransport, confsync_unix_transport, CONFSYNC, UNIX_TRANSPORT,
                      GObject)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Messages on the way over a network, compressed. Both ends must have said that they can.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The packed form (transfer full); %NULL where packing gains nothing. */
GBytes *confsync_gzip_pack (GBytes *text);

gboolean confsync_gzip_is_packed (GBytes *bytes);

/* Never more than @max bytes, however much the packed form promises (transfer full). */
GBytes *confsync_gzip_unpack (GBytes *bytes, gsize max, GError **error);

G_END_DECLS

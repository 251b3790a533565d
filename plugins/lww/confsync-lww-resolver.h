/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Last write wins: the revision that is greater in the total order, with its own stamp.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_LWW_RESOLVER (confsync_lww_resolver_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncLwwResolver, confsync_lww_resolver, CONFSYNC, LWW_RESOLVER, GObject)

G_END_DECLS

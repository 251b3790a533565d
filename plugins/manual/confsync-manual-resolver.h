/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A person decides: each conflict waits until somebody settles it.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_MANUAL_RESOLVER (confsync_manual_resolver_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncManualResolver, confsync_manual_resolver, CONFSYNC, MANUAL_RESOLVER,
                      GObject)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What has to be written where no instance runs: by one that lives for that alone, and knows no
 * peer.
 */

#pragma once

#include "confsync-kept.h"

G_BEGIN_DECLS

gboolean confsync_lone_restore (ConfsyncKept *kept, gboolean *restored, GError **error);
gboolean confsync_lone_rollback (ConfsyncKept *kept,
                                 const char *name,
                                 ConfsyncEditFlags flags,
                                 GError **error);

G_END_DECLS

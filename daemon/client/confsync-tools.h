/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The commands that talk to a running instance, or change its settings, one a file.
 */

#pragma once

#include "confsync-tool.h"

G_BEGIN_DECLS

extern const ConfsyncToolKind confsync_confirm_tool;
extern const ConfsyncToolKind confsync_conflicts_tool;
extern const ConfsyncToolKind confsync_diff_tool;
extern const ConfsyncToolKind confsync_edit_tool;
extern const ConfsyncToolKind confsync_explain_tool;
extern const ConfsyncToolKind confsync_get_tool;
extern const ConfsyncToolKind confsync_keygen_tool;
extern const ConfsyncToolKind confsync_monitor_tool;
extern const ConfsyncToolKind confsync_pair_tool;
extern const ConfsyncToolKind confsync_peers_tool;
extern const ConfsyncToolKind confsync_reset_clock_tool;
extern const ConfsyncToolKind confsync_resolve_tool;
extern const ConfsyncToolKind confsync_restore_tool;
extern const ConfsyncToolKind confsync_revert_local_tool;
extern const ConfsyncToolKind confsync_rollback_tool;
extern const ConfsyncToolKind confsync_set_tool;
extern const ConfsyncToolKind confsync_show_tool;
extern const ConfsyncToolKind confsync_status_tool;
extern const ConfsyncToolKind confsync_sync_tool;
extern const ConfsyncToolKind confsync_trust_tool;
extern const ConfsyncToolKind confsync_unset_tool;
extern const ConfsyncToolKind confsync_versions_tool;

G_END_DECLS

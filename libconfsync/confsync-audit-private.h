/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The audit of a process: what all its audit files take. What happens to a node or a document is an
 * event of it, and needs nothing else; this is for what belongs to none.
 */

#pragma once

#include "confsync-audit-file-private.h"

G_BEGIN_DECLS

void confsync_audit_note (ConfsyncLevel level, const char *kind, GVariant *details);
void confsync_audit_note_plugin (const char *path, const char *reason);

/* Which files take what is noted. */
void confsync_audit_add_file (ConfsyncAuditFile *file);
void confsync_audit_remove_file (ConfsyncAuditFile *file);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file of audit records, a JSON object a line. It is written to on a thread of its own, so that a
 * disk that hangs keeps nobody waiting; what it can't take in time is counted, and told in the
 * file.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-event.h"

G_BEGIN_DECLS

typedef struct _ConfsyncAuditFile ConfsyncAuditFile;

/* It can't be written to (@reason), or can again (%NULL): once for each change, in the
 * thread-default context of who made the file, or was followed last. */
typedef void (*ConfsyncAuditFunc) (const char *reason, gpointer user_data);

ConfsyncAuditFile *confsync_audit_file_open (const char *path,
                                             ConfsyncAuditFunc function,
                                             gpointer user_data,
                                             GError **error);
/* Waits a moment for what it was given to be on its way to the disk. */
void confsync_audit_file_free (ConfsyncAuditFile *self);

/* Its owner goes on in this thread. */
void confsync_audit_file_follow (ConfsyncAuditFile *self);

const char *confsync_audit_file_get_path (ConfsyncAuditFile *self);

/* May be called in any thread. Does nothing for an event that the audit doesn't have. */
void confsync_audit_file_take (ConfsyncAuditFile *self,
                               ConfsyncLevel level,
                               const char *kind,
                               GVariant *details,
                               const char *instance,
                               const char *document);
/* Opens it anew before the next record. It does so by itself where the file isn't at its path any
 * more. */
void confsync_audit_file_reopen (ConfsyncAuditFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncAuditFile, confsync_audit_file_free)

G_END_DECLS

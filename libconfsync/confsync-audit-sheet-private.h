/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file of audit records itself: which files are taken for one, and how a line gets into it. All
 * of it blocks; ConfsyncAuditFile is what an instance uses.
 */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include "confsync-event.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  int fd; /* -1 for none */
  dev_t device;
  ino_t inode;
  gboolean torn; /* the last line has no end */
} ConfsyncAuditSheet;

void confsync_audit_sheet_init (ConfsyncAuditSheet *self, const char *path);
void confsync_audit_sheet_clear (ConfsyncAuditSheet *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncAuditSheet, confsync_audit_sheet_clear)

/* Opens it, anew where it is open. One that is missing is made; one that others may change is
 * refused. */
gboolean confsync_audit_sheet_open (ConfsyncAuditSheet *self, GError **error);
/* Whether the file at the path is the one that is open. */
gboolean confsync_audit_sheet_is_in_place (const ConfsyncAuditSheet *self);
/* In one write, so that two programs may share a file. */
gboolean confsync_audit_sheet_write (ConfsyncAuditSheet *self, const char *line, GError **error);

/* Whether records may go there, by who is about to do what needs one. */
gboolean confsync_audit_sheet_check (const char *path, GError **error);
/* One record, by who keeps no file open. */
gboolean confsync_audit_sheet_append (const char *path,
                                      ConfsyncLevel level,
                                      const char *kind,
                                      GVariant *details,
                                      GError **error);

G_END_DECLS

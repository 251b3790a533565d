/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which events the audit has, and what a record of one says. It never says a value of the
 * configuration: only what the event says, and that is never more than where something changed.
 */

#pragma once

#include "confsync-event.h"

G_BEGIN_DECLS

/* The longest text that a record has of anything, and the longest pointer. */
#define CONFSYNC_AUDIT_TEXT_MAX_BYTES 512
#define CONFSYNC_AUDIT_POINTER_MAX_BYTES 256

/* data/docs/audit.md has the table. */
const char *confsync_audit_find_id (const char *kind);

GVariant *confsync_audit_record_new (ConfsyncLevel level,
                                     const char *kind,
                                     GVariant *details,
                                     const char *instance,
                                     const char *document);
char *confsync_audit_record_to_line (gint64 time_us,
                                     ConfsyncLevel level,
                                     const char *kind,
                                     GVariant *record);

char *confsync_audit_make_line (ConfsyncLevel level,
                                const char *kind,
                                GVariant *details,
                                const char *instance,
                                const char *document);

/* What GLib's structured logging takes: frees what the fields point to. */
GArray *confsync_audit_record_to_fields (ConfsyncLevel level,
                                         const char *domain,
                                         const char *kind,
                                         const char *message,
                                         GVariant *record);

G_END_DECLS

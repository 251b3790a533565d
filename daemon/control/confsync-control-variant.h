/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lists of the library's values as the specification has them on D-Bus.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* What came from elsewhere, such as a path, as D-Bus takes it: UTF-8 (transfer full); empty for
 * %NULL. */
char *confsync_control_dup_text (const char *text);
/* That of the configuration as all instances have it, without what stays on this machine; "" for
 * none. */
char *confsync_control_dup_hash (ConfsyncManager *manager);

/* The hash of the configuration, as all instances have it: members that stay on this machine are
 * not in it (transfer full); empty where there is none. */
char *confsync_control_dup_hash (ConfsyncManager *manager);

/* These are floating. */
GVariant *confsync_control_peers_to_variant (GPtrArray *peers);
GVariant *confsync_control_statuses_to_variant (GPtrArray *statuses);
GVariant *confsync_control_versions_to_variant (GPtrArray *versions);
GVariant *confsync_control_explanation_to_variant (ConfsyncExplanation *explanation);
/* Texts: of a value without white space, of a document for people. */
GVariant *confsync_control_json_to_variant (ConfsyncJson *json);
GVariant *confsync_control_document_to_variant (ConfsyncDocument *document);
GVariant *confsync_control_conflicts_to_variant (GPtrArray *conflicts);
/* The values of one. */
GVariant *confsync_control_sides_to_variant (ConfsyncOpenConflict *conflict);

G_END_DECLS

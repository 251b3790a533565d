/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A configuration: one JSON object, with its text and its hash. Immutable; may be used from any
 * thread.
 */

#pragma once

#include "confsync-json.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_DOCUMENT (confsync_document_get_type ())

/**
 * ConfsyncDocument:
 *
 * An immutable configuration.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncDocument ConfsyncDocument;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_document_get_type (void) G_GNUC_CONST;
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_document_ref (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
void confsync_document_unref (ConfsyncDocument *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncDocument, confsync_document_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_document_new (GBytes *text, const ConfsyncJsonLimits *limits,
                                         GError **error);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_document_new_from_json (ConfsyncJson *json, GError **error);
CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_document_new_from_node (JsonNode *node, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_document_get_json (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
GBytes *confsync_document_get_text (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_document_get_hash (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
gsize confsync_document_get_size (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
JsonNode *confsync_document_get_root (ConfsyncDocument *self, GError **error);
CONFSYNC_AVAILABLE_IN_1_0
JsonNode *confsync_document_dup_value (ConfsyncDocument *self, const char *pointer,
                                       GError **error);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_document_is_empty (ConfsyncDocument *self);
CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_document_equal (ConfsyncDocument *a, ConfsyncDocument *b);

G_END_DECLS

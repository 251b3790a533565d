/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A document with its stamp: the unit of sync.
 */

#pragma once

#include "confsync-document.h"
#include "confsync-stamp.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_REVISION (confsync_revision_get_type ())

/**
 * ConfsyncRevision:
 *
 * A document with its stamp. Immutable; may be shared between threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncRevision ConfsyncRevision;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_revision_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRevision *confsync_revision_new (ConfsyncDocument *document, ConfsyncStamp *stamp);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncRevision *confsync_revision_ref (ConfsyncRevision *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_revision_unref (ConfsyncRevision *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncRevision, confsync_revision_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_revision_get_document (ConfsyncRevision *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_revision_get_stamp (ConfsyncRevision *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_revision_get_hash (ConfsyncRevision *self);

CONFSYNC_AVAILABLE_IN_1_0
int confsync_revision_compare (ConfsyncRevision *a, ConfsyncRevision *b);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is kept of a document that no instance runs for, as it lies on the disk. It reads only; what
 * is written is the matter of confsync-lone.h.
 */

#pragma once

#include <confsync.h>

#include "confsync-finder.h"

G_BEGIN_DECLS

typedef struct _ConfsyncKept ConfsyncKept;

void confsync_kept_free (ConfsyncKept *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncKept, confsync_kept_free)

ConfsyncKept *confsync_kept_open (const ConfsyncWhich *which, GError **error);

const char *confsync_kept_get_file (ConfsyncKept *self);
const char *confsync_kept_get_base_dir (ConfsyncKept *self);
const char *const *confsync_kept_get_local_keys (ConfsyncKept *self);
const char *confsync_kept_get_live_hash (ConfsyncKept *self);

GVariant *confsync_kept_list_versions (ConfsyncKept *self, GError **error);
char *confsync_kept_read_version (ConfsyncKept *self, const char *name, GError **error);
char *confsync_kept_read_live (ConfsyncKept *self, GError **error);
char *confsync_kept_read_shared (ConfsyncKept *self, GError **error);
GVariant *confsync_kept_explain (ConfsyncKept *self, const char *pointer, GError **error);

G_END_DECLS

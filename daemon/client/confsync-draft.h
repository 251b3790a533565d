/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A text that a person has in an editor.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncDraft ConfsyncDraft;

ConfsyncDraft *confsync_draft_new (const char *name, GBytes *text, GError **error);
void confsync_draft_free (ConfsyncDraft *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncDraft, confsync_draft_free)

const char *confsync_draft_get_path (ConfsyncDraft *self);
gboolean confsync_draft_edit (ConfsyncDraft *self, GError **error);
GBytes *confsync_draft_read (ConfsyncDraft *self, GError **error);
gboolean confsync_draft_write (ConfsyncDraft *self, GBytes *text, GError **error);
void confsync_draft_discard (ConfsyncDraft *self);

G_END_DECLS

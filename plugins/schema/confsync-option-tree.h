/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The schema of an add-on's options, as Home Assistant writes it: words in objects and lists.
 * Immutable; any thread.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct _ConfsyncOptionTree ConfsyncOptionTree;

/* @json is a mapping of names to words, or an add-on's whole config.json. Fails with
 * CONFSYNC_ERROR_INVALID_OPTION, pointer and reason. */
ConfsyncOptionTree *confsync_option_tree_new (ConfsyncJson *json, GError **error);
void confsync_option_tree_free (ConfsyncOptionTree *self);

/* CONFSYNC_ERROR_REFUSED where @options don't fit */
gboolean confsync_option_tree_check (ConfsyncOptionTree *self, ConfsyncJson *options,
                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOptionTree, confsync_option_tree_free)

G_END_DECLS

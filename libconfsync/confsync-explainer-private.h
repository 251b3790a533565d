/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds which version last changed a value. It reads nothing itself: it names the next version that
 * it has to look at, until it knows. From a content it goes to what that was made from, which the
 * stamps tell, so a side that lost explains nothing, and a merge leads to the side that it has the
 * value from.
 */

#pragma once

#include "confsync-explanation.h"

G_BEGIN_DECLS

typedef struct _ConfsyncExplainer ConfsyncExplainer;

/* @versions: of ConfsyncVersion, newest first; @head (nullable): what is live now, where that is
 * known; else it is the newest version that did not lose. */
ConfsyncExplainer *confsync_explainer_new (const char *pointer,
                                           GPtrArray *versions,
                                           ConfsyncRevision *head);
void confsync_explainer_free (ConfsyncExplainer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncExplainer, confsync_explainer_free)

/* The name of the version to be read next; %NULL once it is known. */
const char *confsync_explainer_get_next (ConfsyncExplainer *self);
/* That version's content; %NULL where it can't be read. */
void confsync_explainer_supply (ConfsyncExplainer *self, ConfsyncDocument *document);

/* What came of it (transfer full), once there is no next one. */
ConfsyncExplanation *confsync_explainer_end (ConfsyncExplainer *self, GError **error);

G_END_DECLS

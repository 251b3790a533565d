/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which edits a revision was really made on, whatever its vector says: each edit is a bit. The
 * replicas know nothing of it; it tells whether they broke a promise.
 */

#pragma once

#include "confsync-revision-private.h"

G_BEGIN_DECLS

#define LEDGER_EDITS_MAX 60

typedef struct
{
  GPtrArray *entries; /* of revisions, and what they were made on */
  guint n_edits;
  int editors[LEDGER_EDITS_MAX];
} Ledger;

void ledger_init (Ledger *self);
void ledger_clear (Ledger *self);

/* A new edit; gives its bit. */
guint64 ledger_add_edit (Ledger *self, int editor);
gboolean ledger_is_full (Ledger *self);

/* Those of @edits that @editor made. */
guint64 ledger_filter (Ledger *self, guint64 edits, int editor);

void ledger_learn (Ledger *self, ConfsyncRevision *revision, guint64 edits);
/* What the revision of this name was made on, as far as that is known. */
guint64 ledger_find (Ledger *self, const char *key);
/* One with a joined vector was made on all those of the same content that it includes. */
guint64 ledger_get_edits (Ledger *self, ConfsyncRevision *revision);

/* What is wrong with @head taking the place of @before (nullable). */
const char *ledger_judge (Ledger *self, ConfsyncRevision *before, ConfsyncRevision *head);

G_END_DECLS

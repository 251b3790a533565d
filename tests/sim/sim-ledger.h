/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which edits a revision was really made on, whatever its vector says. The replicas know nothing of
 * it; it tells whether they broke a promise.
 */

#pragma once

#include "confsync-revision-private.h"
#include "sim-edits.h"

G_BEGIN_DECLS

typedef struct
{
  GHashTable *by_key;     /* name of a revision to its entry (owned) */
  GHashTable *by_content; /* hash of a content to the newest entry that has it */
  guint n_edits;
  int editors[SIM_EDITS_MAX];
  SimEdits blurred; /* those whose stamps claim less than they knew */
} SimLedger;

void sim_ledger_init (SimLedger *self);
void sim_ledger_clear (SimLedger *self);

/* A new edit; adds it to @edits. */
void sim_ledger_add_edit (SimLedger *self, int editor, SimEdits *edits);
gboolean sim_ledger_is_full (SimLedger *self);

/* Those of @edits that @editor made. */
SimEdits sim_ledger_filter (SimLedger *self, const SimEdits *edits, int editor);

gboolean sim_ledger_knows (SimLedger *self, ConfsyncRevision *revision);
void sim_ledger_learn (SimLedger *self, ConfsyncRevision *revision, const SimEdits *edits);
/* What the revision of this name was made on, as far as that is known. */
SimEdits sim_ledger_find (SimLedger *self, const char *key);
/* One with a joined vector was made on all those of the same content that it includes. */
SimEdits sim_ledger_get_edits (SimLedger *self, ConfsyncRevision *revision);

/* (nullable): the document of such a revision, whatever is laid over it */
ConfsyncDocument *sim_ledger_find_document (SimLedger *self, ConfsyncRevision *revision);

gboolean sim_ledger_knows_content (SimLedger *self, const char *hash);
/* What the newest revision of this content was made on. */
SimEdits sim_ledger_find_content (SimLedger *self, const char *hash);
/* The same for all that have this stamp. */
SimEdits sim_ledger_find_stamp (SimLedger *self, ConfsyncStamp *stamp);

/* What is wrong with @head taking the place of @before. */
const char *sim_ledger_judge (SimLedger *self, ConfsyncRevision *before, ConfsyncRevision *head);

G_END_DECLS

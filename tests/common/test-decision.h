/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a resolver made of two revisions, with all that it said.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct
{
  ConfsyncDocument *document; /* (nullable): where it declined */
  GError *error;              /* (nullable) */
  char *overruled;            /* pointers in their order, a space between two */
  char *open;                 /* likewise */
  char *remark;               /* (nullable) */
  gboolean answered;
} TestDecision;

void test_decision_clear (TestDecision *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TestDecision, test_decision_clear)

/* The registry's resolver of a name. */
ConfsyncResolver *test_resolver (const char *name);

/* Asks; the answer comes with the main loop. @self is zeroed by the caller. */
void test_decide_begin (TestDecision *self,
                        ConfsyncResolver *resolver,
                        ConfsyncRevision *base,
                        ConfsyncRevision *local,
                        ConfsyncRevision *remote);

/* Asks, and waits for the answer. */
void test_decide (TestDecision *self,
                  ConfsyncResolver *resolver,
                  ConfsyncRevision *base,
                  ConfsyncRevision *local,
                  ConfsyncRevision *remote);

/* Asks with the sides as they are and exchanged, and checks that all is the same but for which side
 * a declined conflict keeps. */
void test_decide_both_ways (TestDecision *self,
                            ConfsyncResolver *resolver,
                            ConfsyncRevision *base,
                            ConfsyncRevision *one,
                            ConfsyncRevision *two);

G_END_DECLS

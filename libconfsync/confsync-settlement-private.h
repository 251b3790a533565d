/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a person decided of a conflict, and the configuration that comes of it. It changes nothing
 * itself.
 */

#pragma once

#include "confsync-document.h"
#include "confsync-open-conflict.h"
#include "confsync-role.h"

G_BEGIN_DECLS

typedef struct
{
  char *id; /* (nullable): the only one that there is */
  ConfsyncChoice choice;
  ConfsyncJson *value; /* (owned) (nullable) but for CONFSYNC_CHOICE_VALUE */
  gboolean allow_empty;
  GStrv ours_at; /* (owned) (nullable): after a merge, where both had changed and ours was taken */
  char *hash;    /* (owned) (nullable): of what came of it */
} ConfsyncSettlement;

/* @id and @value are nullable. */
ConfsyncSettlement *confsync_settlement_new (const char *id,
                                             ConfsyncChoice choice,
                                             ConfsyncJson *value,
                                             gboolean allow_empty);
void confsync_settlement_free (ConfsyncSettlement *self);

/* The conflict that is meant, of those that are open (borrowed). */
ConfsyncOpenConflict *confsync_settlement_find (ConfsyncSettlement *self,
                                                GPtrArray *conflicts,
                                                GError **error);

/* The whole configuration, made of @document and what was decided of @conflict. */
ConfsyncDocument *confsync_settlement_make (ConfsyncSettlement *self,
                                            ConfsyncOpenConflict *conflict,
                                            ConfsyncDocument *document,
                                            GError **error);

G_END_DECLS

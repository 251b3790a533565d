/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What only stores know of a version: beside the hash that all instances know it by, that of what
 * lies in the file, where that has local members; and how many were kept before it.
 */

#pragma once

#include "confsync-version.h"

G_BEGIN_DECLS

/* All that is known of a version. What it points to is borrowed. */
typedef struct
{
  const char *name;
  ConfsyncStamp *stamp;  /* (nullable) */
  const char *hash;      /* (nullable) */
  const char *file_hash; /* (nullable): the same as @hash; else not, or only that is known */
  ConfsyncCause cause;
  gboolean acknowledged;
  guint64 sequence; /* counts what was kept here, also what was removed since; 0: not known */
  guint64 size;     /* of its file, in bytes; 0: not known */
} ConfsyncVersionFacts;

ConfsyncVersion *confsync_version_new_of (const ConfsyncVersionFacts *facts);
/* Fills @facts with what belongs to @self. */
void confsync_version_get_facts (ConfsyncVersion *self, ConfsyncVersionFacts *facts);

/* (nullable): where nothing is recorded */
const char *confsync_version_get_file_hash (ConfsyncVersion *self);
guint64 confsync_version_get_sequence (ConfsyncVersion *self);

G_END_DECLS

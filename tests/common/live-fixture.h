/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A live file in a directory of its own, with what it reports.
 */

#pragma once

#include "confsync-live-file-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *dir;
  char *path; /* dir/config.json */
  char *base; /* dir/base */
  ConfsyncFileReport report;
  GPtrArray *displaced; /* (element-type ConfsyncDocument) */
  GPtrArray *notices;   /* (element-type utf8) */
  ConfsyncLiveFile *live;
} LiveFixture;

/* @parent: where the directory is made; NULL for that of temporary files */
void live_fixture_set_up (LiveFixture *self, gconstpointer parent);
void live_fixture_tear_down (LiveFixture *self, gconstpointer parent);

/* as if the process had ended and started again */
void live_fixture_restart (LiveFixture *self);

/* the document (transfer full) (nullable), which must be readable */
ConfsyncDocument *live_fixture_load (LiveFixture *self);

/* what was displaced (transfer full) (nullable); the save must succeed. @expected is nullable. */
ConfsyncDocument *live_fixture_save (LiveFixture *self,
                                     const char *text,
                                     gint64 time,
                                     const char *expected);

/* until nothing is looked after any more */
void live_fixture_settle (LiveFixture *self);

char *live_fixture_read (LiveFixture *self);

/* how many files there are in the directory; 0 where it is missing */
guint live_fixture_count (const char *directory);

G_END_DECLS

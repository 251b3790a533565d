/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store with local members under observation: calls that are waited for, an editor, restarts, and
 * all that it said.
 */

#pragma once

#include <confsync.h>

#include "test-revision.h"
#include "test-util.h"

G_BEGIN_DECLS

/* in every local value; no line for a person may hold it */
#define LOCAL_PROBE_SECRET "hunter2"

typedef struct
{
  ConfsyncStore *behind; /* (owned) */
  ConfsyncStore *store;  /* (owned) (nullable): with local members */
  char *dir;             /* (nullable): of a store in files */
  char *path;            /* (nullable): the live file */
  GString *notices;      /* lines */
  GPtrArray *displaced;  /* of ConfsyncDocument */
} LocalProbe;

void local_probe_init (LocalProbe *self, gboolean in_files);
void local_probe_clear (LocalProbe *self);

/* A new life with these keys, separated by spaces (nullable); the last one's notes are read. */
void local_probe_start (LocalProbe *self, const char *keys);
/* Plays an editor. */
void local_probe_edit (LocalProbe *self, const char *text);
void local_probe_assert_live (LocalProbe *self, const char *text);
/* Until all that follows from earlier calls has been done. */
void local_probe_settle (LocalProbe *self);

ConfsyncDocument *local_probe_load (LocalProbe *self, ConfsyncStamp **stamp);
void local_probe_assert_load (LocalProbe *self, const char *text);
/* What was displaced (transfer full) (nullable). */
ConfsyncDocument *local_probe_save (LocalProbe *self,
                                    const char *text,
                                    gint64 time,
                                    const char *expected);
char *local_probe_keep (LocalProbe *self, const char *text, gint64 time);
/* As an engine with that head does it. */
void local_probe_note_head (LocalProbe *self, const char *text, gint64 time);
/* All of it after an apply: save, version, notes. */
void local_probe_apply (LocalProbe *self, const char *text, gint64 time, const char *expected);

GPtrArray *local_probe_list (LocalProbe *self);
ConfsyncDocument *local_probe_get_version (LocalProbe *self, const char *name);
/* The notes as they lie in the store behind. */
char *local_probe_dup_notes (LocalProbe *self);
void local_probe_put_notes (LocalProbe *self, const char *notes);

/* A machine in a fleet, with /device_id: {'v':1} is shared, and the head. */
void local_probe_start_at_home (LocalProbe *self, const char *keys);
/* Whether the file of a version has this content. */
gboolean local_probe_has_file (LocalProbe *self, const char *text);

typedef struct
{
  const char *name;
  void (*function) (LocalProbe *self, gconstpointer data);
} LocalProbeCase;

void local_probe_add (const char *path,
                      gboolean in_files,
                      void (*function) (LocalProbe *self, gconstpointer data));
/* Each in memory and in files. */
void local_probe_add_all (const char *path, const LocalProbeCase *cases, guint n_cases);

G_END_DECLS

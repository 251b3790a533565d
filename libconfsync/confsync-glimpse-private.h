/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Looks at the live file while the store's worker waits for a slow disk. A content may come and go
 * meanwhile, and where its editor took it away itself it is nowhere any more. It is read by the
 * owner, in a few system calls that wait for nothing, or beside it where the file system can't
 * promise that; and judged on the worker in its turn.
 */

#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* what the live file held */
typedef struct
{
  GBytes *text; /* (owned) */
  struct stat info;
} ConfsyncGlimpse;

void confsync_glimpse_free (ConfsyncGlimpse *self);

/* Whether it is still what has this path. */
gboolean confsync_glimpse_is_there (ConfsyncGlimpse *self, const char *path);

/* who looks; it is held while a look is due */
typedef struct
{
  gpointer (*hold) (gpointer owner);
  GDestroyNotify let_go;
  gboolean (*is_busy) (gpointer owner); /* what has to be done first takes its time */
  void (*take) (gpointer owner, ConfsyncGlimpse *glimpse); /* (transfer full) */
} ConfsyncGlimpseOwner;

typedef struct _ConfsyncGlimpser ConfsyncGlimpser;

/* @owner is static */
ConfsyncGlimpser *confsync_glimpser_new (const char *path,
                                         GMainContext *context,
                                         const ConfsyncGlimpseOwner *owner,
                                         gpointer data);
void confsync_glimpser_free (ConfsyncGlimpser *self);

/* In the owner's context: the file changed. It is looked at some milliseconds later, if its owner
 * is still busy by then or in any case (@anyway). */
void confsync_glimpser_changed (ConfsyncGlimpser *self, gboolean anyway);

/* On the worker: contents that it read or wrote itself. The last few are remembered. */
void confsync_glimpser_know (ConfsyncGlimpser *self, const char *hash);
gboolean confsync_glimpser_knows (ConfsyncGlimpser *self, const char *hash);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where one save works, by descriptor: the directory of the live file, with links followed, and a
 * private one on the same mount for what goes in and what comes out. Blocks; belongs on the store's
 * worker.
 */

#pragma once

#include "confsync-file-io-private.h"

G_BEGIN_DECLS

/* the private directory, below the base directory */
#define CONFSYNC_PLACE_SUB_DIR ".confsync/tmp"
/* the same, beside the live file, where the base directory is on another file system */
#define CONFSYNC_PLACE_BESIDE ".confsync-tmp"

typedef struct
{
  char *path;             /* of the live file, links followed */
  char *name;             /* its last component */
  ConfsyncFd dirfd;       /* of its directory */
  ConfsyncFd old_fd;      /* what is live; -1 for none, or for one that can't be read */
  char *temp_base;        /* the private directory is in it, */
  const char *temp_sub;   /* by this name, */
  char *temp_dir;         /* and so at this path */
  ConfsyncFd temp_dirfd;
  ConfsyncFd state_dirfd; /* of the directory of notes */
} ConfsyncPlace;

#define CONFSYNC_PLACE_INIT { .dirfd = -1, .old_fd = -1, .temp_dirfd = -1, .state_dirfd = -1 }

void confsync_place_clear (ConfsyncPlace *self);

/* Opens what is to be replaced. @last_path (nullable): the path with links followed that it had the
 * last time, which is tried first. */
gboolean confsync_place_open (ConfsyncPlace *self,
                              const char *live_path,
                              const char *last_path,
                              GError **error);

typedef enum {
  CONFSYNC_PLACE_SAME_MOUNT, /* below the base directory if that will do, else beside */
  CONFSYNC_PLACE_FORCE_BESIDE,
  CONFSYNC_PLACE_ANY_MOUNT,  /* nothing is to be renamed */
} ConfsyncPlaceWhere;

/* Opens the private directory, and makes it where it is missing; once more, somewhere else, if need
 * be. */
gboolean confsync_place_open_private (ConfsyncPlace *self,
                                      const char *base_dir,
                                      ConfsyncPlaceWhere where,
                                      GError **error);

G_END_DECLS

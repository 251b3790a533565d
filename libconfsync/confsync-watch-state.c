/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What stat(2) says about a file, through symbolic links.
 */

#include "config.h"

#include "confsync-watch-state-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* more than the coarsest tick of a Linux file system's clock */
#define TICK_NS (100 * G_GINT64_CONSTANT (1000000))

static gint64
to_ns (struct timespec time)
{
  return (gint64) time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

void
confsync_watch_state_take (ConfsyncWatchState *state, const char *path)
{
  struct stat info;

  memset (state, 0, sizeof *state);
  state->taken_ns = g_get_real_time () * 1000;
  if (stat (path, &info) != 0)
    {
      state->error = errno;
      return;
    }
  state->device = info.st_dev;
  state->inode = info.st_ino;
  state->mode = info.st_mode;
  state->size = info.st_size;
  state->mtime_ns = to_ns (info.st_mtim);
  state->ctime_ns = to_ns (info.st_ctim);
}

gboolean
confsync_watch_state_equal (const ConfsyncWatchState *a, const ConfsyncWatchState *b)
{
  return a->error == b->error && a->device == b->device && a->inode == b->inode &&
         a->mode == b->mode && a->size == b->size && a->mtime_ns == b->mtime_ns &&
         a->ctime_ns == b->ctime_ns;
}

/*
 * confsync_watch_state_is_racy:
 *
 * Returns: %TRUE if the file changed so shortly before the look that a change right after it could
 *   carry the same times, and so pass unseen
 */
gboolean
confsync_watch_state_is_racy (const ConfsyncWatchState *state)
{
  return state->error == 0 && ABS (state->taken_ns - state->ctime_ns) < TICK_NS;
}

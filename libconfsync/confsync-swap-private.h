/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Putting a file in the live one's place without losing what is there at that very moment: by
 * exchange; where the file system knows none, by moving the live file aside and linking the new
 * one in; on a mount point, in place. The latter two leave a record that a restart can repair by.
 */

#pragma once

#include "confsync-file-io-private.h"

G_BEGIN_DECLS

typedef struct
{
  int live_dirfd;
  const char *live_name;
  const char *live_path;
  int temp_dirfd;
  const char *temp_dir;
  const char *temp_name; /* the new file: whole, and on disk */
  int state_dirfd;
} ConfsyncSwap;

/* Both give 0, or an errno value: nothing has happened then. @came_out (element-type utf8) gets the
 * names, below temp_dir, of what was in the live one's place, oldest first. EISDIR: what is there
 * is no regular file. */
int confsync_swap_exchange (const ConfsyncSwap *self, GPtrArray *came_out);
int confsync_swap_move_aside (const ConfsyncSwap *self, GPtrArray *came_out);

/* Overwrites the live file. */
gboolean confsync_swap_in_place (const ConfsyncSwap *self, GBytes *text, GError **error);

/* Whether the live file is a mount point of its own, and so can't be replaced. */
gboolean confsync_swap_is_mount_point (int dirfd, const char *name);

/* Ends what an earlier process began: afterwards there is a whole live file, if there was one. */
gboolean confsync_swap_recover (const char *base_dir,
                                const char *live_path,
                                const ConfsyncFileReport *report,
                                GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The order of writes is the same either way, so without the waiting a process may still end at any
 * moment; only the power mustn't.
 */

#include "config.h"

#include "confsync-file-sync-private.h"

#include <unistd.h>

static __thread gboolean disabled;

void
confsync_file_sync_enable (gboolean enabled)
{
  disabled = !enabled;
}

gboolean
confsync_file_sync_is_enabled (void)
{
  return !disabled;
}

int
confsync_file_sync (int fd)
{
  return disabled ? 0 : TEMP_FAILURE_RETRY (fsync (fd));
}

int
confsync_file_sync_data (int fd)
{
  return disabled ? 0 : TEMP_FAILURE_RETRY (fdatasync (fd));
}

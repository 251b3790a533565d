/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whose the files of a store are, for who only wants to read them. Nothing is taken or written.
 */

#include "config.h"

#include "confsync-file-store.h"

#include "confsync-file-lock-private.h"

/**
 * confsync_file_store_find_path:
 * @base_dir: (type filename): a directory of versions and notes
 * @error: return location for an error, or %NULL
 *
 * Finds whose versions are in a directory, as whoever kept them last noted it. Blocks.
 *
 * Fails with %G_IO_ERROR_NOT_FOUND where nothing says so, or with another %G_IO_ERROR.
 *
 * Returns: (type filename) (transfer full): the live file's path, absolute; it need not exist
 *
 * Since: 1.0
 */
char *
confsync_file_store_find_path (const char *base_dir, GError **error)
{
  g_autofree char *absolute = NULL;

  g_return_val_if_fail (base_dir != NULL, NULL);

  absolute = g_canonicalize_filename (base_dir, NULL);
  return confsync_file_lock_find_live (absolute, error);
}

/**
 * confsync_file_store_check_unused:
 * @self: a store
 * @error: return location for an error, or %NULL
 *
 * Looks whether any process keeps the live file in sync now, or has its versions in the base
 * directory. Nothing is taken, so one may begin at any moment. Blocks.
 *
 * Fails with %CONFSYNC_ERROR_BUSY where one does, with %CONFSYNC_ERROR_REFUSED where the base
 * directory holds the versions of another live file, and with a %G_IO_ERROR where it can't be
 * seen.
 *
 * Returns: whether none does
 *
 * Since: 1.0
 */
gboolean
confsync_file_store_check_unused (ConfsyncFileStore *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_STORE (self), FALSE);

  return confsync_file_lock_look (confsync_file_store_get_path (self),
                                  confsync_file_store_get_base_dir (self), error);
}

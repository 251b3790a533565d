/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The index of the versions: from any bytes come records with good names, and what is written of
 * them is read again as the same records.
 */

#include "config.h"

#include "fuzz.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "confsync-history-index-private.h"
#include "confsync-version-name-private.h"

#define INDEX_NAME ".index.jsonl"
#define NEW_NAME "config_20991231235959.json"

static char *folder;
static int folder_fd = -1;
static guint n_notices;

static void
notice_cb (const char *message, gpointer data)
{
  g_assert_true (g_utf8_validate (message, -1, NULL));
  n_notices++;
}

static const ConfsyncFileReport report = { .notice = notice_cb };

static void
remove_folder (void)
{
  unlinkat (folder_fd, INDEX_NAME, 0);
  close (folder_fd);
  g_rmdir (folder);
  g_free (folder);
}

static void
write_index (const guint8 *data, gsize size)
{
  int fd;

  if (folder == NULL)
    {
      folder = g_dir_make_tmp ("confsync-fuzz-XXXXXX", NULL);
      folder_fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      atexit (remove_folder);
    }
  fd = openat (folder_fd, INDEX_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  close (fd);
}

static void
check_record (ConfsyncVersion *a, ConfsyncVersion *b)
{
  g_assert_nonnull (b);
  g_assert_cmpstr (confsync_version_get_hash (a), ==, confsync_version_get_hash (b));
  g_assert_cmpint (confsync_version_get_cause (a), ==, confsync_version_get_cause (b));
  g_assert_cmpint (confsync_version_is_acknowledged (a), ==, confsync_version_is_acknowledged (b));
  g_assert_cmpint (confsync_version_get_stamp (a) != NULL, ==,
                   confsync_version_get_stamp (b) != NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (ConfsyncHistoryIndex) index = confsync_history_index_new (&report);
  g_autoptr (ConfsyncHistoryIndex) later = confsync_history_index_new (&report);
  g_autoptr (ConfsyncVersion) added = confsync_version_new (NEW_NAME, NULL, NULL,
                                                            CONFSYNC_CAUSE_EDIT, FALSE);
  g_autoptr (GPtrArray) versions = g_ptr_array_new ();
  g_autoptr (GHashTable) records = NULL;
  g_autoptr (GHashTable) again = NULL;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer name, version;

  write_index (data, size);
  records = confsync_history_index_read (index, folder_fd);
  g_hash_table_iter_init (&iter, records);
  while (g_hash_table_iter_next (&iter, &name, &version))
    {
      g_assert_true (confsync_version_name_is_valid (name));
      if (!g_str_equal (name, NEW_NAME))
        g_ptr_array_add (versions, version);
    }
  g_ptr_array_add (versions, added);
  confsync_history_index_add (index, folder_fd, added, versions, &error);
  g_assert_no_error (error);

  n_notices = 0;
  again = confsync_history_index_read (later, folder_fd);
  g_assert_cmpuint (n_notices, ==, 0);
  for (guint i = 0; i < versions->len; i++)
    check_record (versions->pdata[i],
                  g_hash_table_lookup (again, confsync_version_get_name (versions->pdata[i])));
  return 0;
}

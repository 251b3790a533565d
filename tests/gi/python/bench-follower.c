/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Follows one peer, and prints the member "n" of each change with the time of its callback, in
 * microseconds of the monotonic clock. Usage: bench-follower FILE ADDRESS
 */

#include <confsync.h>

static void
changed_cb (ConfsyncManager *manager,
            ConfsyncDocument *document,
            const char *author,
            gboolean local,
            gpointer user_data)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (ConfsyncJson) n =
    confsync_json_get_member (confsync_document_get_json (document), "n");

  g_print ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", confsync_json_get_integer (n), now_us);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 3)
    return 2;
  manager = confsync_manager_new (argv[1], NULL);
  if (!confsync_node_add_peer (confsync_manager_get_node (manager), argv[2], &error))
    g_error ("%s", error->message);
  g_signal_connect (manager, "changed", G_CALLBACK (changed_cb), NULL);
  confsync_manager_start_async (manager, NULL, NULL, NULL);
  g_main_loop_run (loop);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One instance for the benchmarks: FILE listen|dial ADDRESS [IDENTITY]. With an identity, that is
 * a path without .crt and .key, it takes TLS, and trusts nobody but who shows the same one. It
 * prints the addresses that it listens on, counts the returns from poll of its main loop, answers
 * each line of input with the count so far, and ends with its input.
 */

#include "config.h"

#include <confsync.h>

#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

static GMainLoop *loop;
static guint64 n_polls;
static gboolean asked; /* the answer wakes the loop once more, by the loop's own event descriptor */

static int
counting_poll (GPollFD *fds, guint n_fds, int timeout_ms)
{
  int n = g_poll (fds, n_fds, timeout_ms);

  /* a look that doesn't wait doesn't wake either */
  if (timeout_ms != 0 && !asked)
    n_polls++;
  asked = FALSE;
  return n;
}

static void
say (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("%s\n", text);
}

/* A plain descriptor: a source that arms itself anew would wake the loop once more. */
static gboolean
input_cb (int fd, GIOCondition condition, gpointer user_data)
{
  char buffer[64];

  if (read (fd, buffer, sizeof buffer) <= 0)
    {
      g_main_loop_quit (loop);
      return G_SOURCE_REMOVE;
    }
  /* without the one that brought the question */
  say ("polls %" G_GUINT64_FORMAT, --n_polls);
  asked = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
event_cb (GObject *object, int level, const char *kind, GVariant *details, gpointer user_data)
{
  g_autofree char *text = NULL;

  if (level < CONFSYNC_LEVEL_WARNING)
    return;
  text = g_variant_print (details, FALSE);
  g_printerr ("bench-node: %s %s\n", kind, text);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncManager *manager = CONFSYNC_MANAGER (source);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) addresses = NULL;

  if (!confsync_manager_start_finish (manager, result, &error))
    {
      g_printerr ("bench-node: %s\n", error->message);
      exit (1);
    }
  addresses = confsync_node_list_listeners (confsync_manager_get_node (manager));
  say ("started %s", addresses[0] != NULL ? addresses[0] : "-");
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  confsync_manager_stop_finish (CONFSYNC_MANAGER (source), result, NULL);
  g_main_loop_quit (loop);
}

/* Gives the node a certificate, which is also the one that is pinned. */
static gboolean
give_tls (ConfsyncNode *node, const char *identity, GError **error)
{
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();
  g_autofree char *certificate = g_strconcat (identity, ".crt", NULL);
  g_autofree char *key = g_strconcat (identity, ".key", NULL);
  g_autofree char *pin = NULL;

  if (!confsync_tls_load_identity (tls, certificate, key, error))
    return FALSE;
  pin = confsync_tls_dup_fingerprint (confsync_tls_get_certificate (tls));
  if (!confsync_tls_add_pin (tls, pin, error))
    return FALSE;
  g_object_set (node, "tls", tls, NULL);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncNode *node;
  gboolean ok;

  if (argc != 4 && argc != 5)
    {
      g_printerr ("usage: bench-node FILE listen|dial ADDRESS [IDENTITY]\n");
      return 2;
    }
  g_main_context_set_poll_func (NULL, counting_poll);
  loop = g_main_loop_new (NULL, FALSE);
  manager = confsync_manager_new (argv[1], NULL);
  node = confsync_manager_get_node (manager);
  ok = argc == 4 || give_tls (node, argv[4], &error);
  if (ok)
    ok = g_str_equal (argv[2], "listen") ? confsync_node_add_listener (node, argv[3], &error)
                                         : confsync_node_add_peer (node, argv[3], &error);
  if (!ok)
    {
      g_printerr ("bench-node: %s\n", error->message);
      return 2;
    }
  g_signal_connect (manager, "event", G_CALLBACK (event_cb), NULL);
  g_signal_connect (node, "event", G_CALLBACK (event_cb), NULL);
  confsync_manager_start_async (manager, NULL, started_cb, NULL);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, input_cb, NULL);
  g_main_loop_run (loop);

  confsync_manager_stop_async (manager, NULL, stopped_cb, NULL);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}

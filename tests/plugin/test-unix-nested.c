/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who hears of a message over a Unix socket may run a main loop: what comes behind keeps its order,
 * and nobody is told of it from within.
 */

#include <confsync.h>

#include <string.h>

#include "test-channel-end.h"
#include "test-util.h"

typedef struct
{
  ConfsyncTransport *transport;
  char *dir;
  TestPort *port;
  TestEnd *dialled;
  TestEnd *accepted;
  guint depth;
  guint n_handled;
  gboolean close;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "unix", &error);
  g_autofree char *address = NULL;

  g_assert_no_error (error);
  fixture->transport = g_object_new (type, NULL);
  fixture->dir = test_temp_dir ();
  address = g_strdup_printf ("unix:%s/socket", fixture->dir);
  fixture->port = test_port_new (fixture->transport, address);
  fixture->dialled = test_end_dial (fixture->transport, address);
  fixture->accepted = test_port_wait (fixture->port, 0);
  test_end_wait_opened (fixture->dialled);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_end_free (fixture->dialled);
  test_port_free (fixture->port);
  g_assert_finalize_object (fixture->transport);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

/* One message more is there to be read while the main loop runs. */
static void
handle_cb (ConfsyncChannel *channel, GBytes *message, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (fixture->depth, ==, 0);
  fixture->n_handled++;
  if (fixture->n_handled == 1)
    test_end_send (fixture->dialled, "third");
  if (fixture->n_handled == 1 && fixture->close)
    confsync_channel_close (channel);
  fixture->depth++;
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  fixture->depth--;
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "first", "second", "third" };

  g_signal_connect (fixture->accepted->channel, "received", G_CALLBACK (handle_cb), fixture);
  test_end_send (fixture->dialled, texts[0]);
  test_end_send (fixture->dialled, texts[1]);
  test_end_wait_messages (fixture->accepted, G_N_ELEMENTS (texts));
  g_assert_cmpuint (fixture->n_handled, ==, G_N_ELEMENTS (texts));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gsize size;
      const char *found = g_bytes_get_data (fixture->accepted->messages->pdata[i], &size);

      g_assert_cmpmem (found, size, texts[i], strlen (texts[i]));
    }
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Closed from within, it stays closed");
  fixture->close = TRUE;
  g_signal_connect (fixture->accepted->channel, "received", G_CALLBACK (handle_cb), fixture);
  test_end_send (fixture->dialled, "first");
  test_end_send (fixture->dialled, "second");
  test_end_wait_closed (fixture->accepted);
  test_end_wait_closed (fixture->dialled);
  g_assert_cmpuint (fixture->n_handled, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/unix-nested/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/unix-nested/close", Fixture, NULL, set_up, test_close, tear_down);
  return g_test_run ();
}

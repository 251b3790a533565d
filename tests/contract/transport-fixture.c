/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One line a transport: adding one is all it takes to hold another to the contract.
 */

#include "transport-fixture.h"

#include "test-util.h"

#define WAIT_MS 20000

static char *
dial_by_address (ConfsyncListener *listener)
{
  return g_strdup (confsync_listener_get_address (listener));
}

static char *
place_by_port (ConfsyncListener *listener)
{
  g_autoptr (GUri) uri =
    g_uri_parse (confsync_listener_get_address (listener), G_URI_FLAGS_NONE, NULL);

  g_assert_nonnull (uri);
  g_assert_cmpint (g_uri_get_port (uri), >, 0);
  return g_strdup_printf ("%d", g_uri_get_port (uri));
}

const TransportRow transport_rows[] = {
  { "loopback", FALSE, "loopback:contract", dial_by_address, dial_by_address },
  { "unix", FALSE, "unix:%s/contract", dial_by_address, dial_by_address },
  { "ws", TRUE, "ws://127.0.0.1:0", dial_by_address, place_by_port },
  { NULL },
};

ConfsyncTransport *
transport_make (const TransportRow *row)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, row->scheme, &error);

  g_assert_no_error (error);
  return g_object_new (type, NULL);
}

TestPort *
transport_listen (TransportFixture *fixture)
{
  g_auto (GStrv) parts = g_strsplit (fixture->row->listen, "%s", -1);
  g_autofree char *address = g_strjoinv (fixture->dir, parts);

  return test_port_new (fixture->transport, address);
}

void
transport_setup (TransportFixture *fixture, gconstpointer data)
{
  fixture->row = data;
  fixture->transport = transport_make (fixture->row);
  fixture->dir = test_temp_dir ();
  fixture->port = transport_listen (fixture);
  fixture->address = fixture->row->dial (fixture->port->listener);
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *) data == NULL;
}

/* What a transport still does in the background may hold it a little longer. */
void
transport_teardown (TransportFixture *fixture, gconstpointer data)
{
  gpointer watched = fixture->transport;

  g_object_add_weak_pointer (G_OBJECT (fixture->transport), &watched);
  g_clear_pointer (&fixture->port, test_port_free);
  g_clear_object (&fixture->transport);
  g_assert_true (test_wait_until (is_null, &watched, WAIT_MS));
  g_free (fixture->address);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

TestEnd *
transport_connect (TransportFixture *fixture, TestEnd **accepted)
{
  TestEnd *dialled = test_end_dial (fixture->transport, fixture->address);
  guint index = fixture->port->ends->len;

  test_end_wait_opened (dialled);
  *accepted = test_port_wait (fixture->port, index);
  return dialled;
}

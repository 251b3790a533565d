/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making and joining what is under test.
 */

#include "contract-transport-fixture.h"

#include "test-util.h"

/* (owned) (nullable) */
static ConfsyncTls *identity;

/**
 * confsync_contract_set_tls:
 * @tls: (nullable): what transports are told of certificates; it has to trust its own
 *
 * Says what is needed for transports whose addresses are secured by TLS.
 *
 * Since: 1.0
 */
void
confsync_contract_set_tls (ConfsyncTls *tls)
{
  g_set_object (&identity, tls);
}

ConfsyncTransport *
transport_make (const ContractRow *row)
{
  ConfsyncTransport *transport = g_object_new (row->type, NULL);

  if (identity != NULL)
    g_object_set (transport, "tls", identity, NULL);
  return transport;
}

TestPort *
transport_listen (TransportFixture *fixture)
{
  g_auto (GStrv) parts = g_strsplit (fixture->row->text, "%s", -1);
  g_autofree char *address = g_strjoinv (fixture->dir, parts);

  return test_port_new (fixture->transport, address);
}

char *
transport_dup_place (TransportFixture *fixture)
{
  g_autoptr (GUri) uri = g_uri_parse (fixture->address, G_URI_FLAGS_NONE, NULL);

  if (uri != NULL && g_uri_get_port (uri) > 0)
    return g_strdup_printf ("%d", g_uri_get_port (uri));
  return g_strdup (fixture->address);
}

void
transport_setup (TransportFixture *fixture, gconstpointer data)
{
  fixture->row = data;
  fixture->transport = transport_make (fixture->row);
  fixture->dir = test_temp_dir ();
  fixture->port = transport_listen (fixture);
  fixture->address = g_strdup (confsync_listener_get_address (fixture->port->listener));
}

/* What a transport still does in the background may hold it a little longer. */
void
transport_teardown (TransportFixture *fixture, gconstpointer data)
{
  gpointer watched = fixture->transport;

  g_object_add_weak_pointer (G_OBJECT (fixture->transport), &watched);
  confsync_listener_stop (fixture->port->listener);
  g_clear_pointer (&fixture->port, test_port_free);
  g_clear_object (&fixture->transport);
  g_assert_true (contract_wait_gone (&watched));
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

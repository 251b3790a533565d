/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A transport of the class under test, and a listener on it.
 */

#pragma once

#include "contract-private.h"
#include "test-channel-end.h"

G_BEGIN_DECLS

typedef struct
{
  const ContractRow *row; /* its text is where to listen */
  ConfsyncTransport *transport;
  char *dir;
  TestPort *port;
  char *address; /* of the port, to dial */
} TransportFixture;

ConfsyncTransport *transport_make (const ContractRow *row);

/* Listens anew at the row's place. */
TestPort *transport_listen (TransportFixture *fixture);

/* What the error about a taken address has to name (transfer full). */
char *transport_dup_place (TransportFixture *fixture);

/* Have the shape of a test's own setup and teardown; the data is a row. */
void transport_setup (TransportFixture *fixture, gconstpointer data);
void transport_teardown (TransportFixture *fixture, gconstpointer data);

/* Dials and waits until both ends stand. */
TestEnd *transport_connect (TransportFixture *fixture, TestEnd **accepted);

G_END_DECLS

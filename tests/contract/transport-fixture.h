/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The table of transports that the contract is for, and a listener on one of them.
 */

#pragma once

#include <confsync.h>

#include "test-channel-end.h"

G_BEGIN_DECLS

typedef struct
{
  const char *scheme;
  gboolean optional; /* its plugin may not have been built */
  const char *listen; /* with %s for a directory of the fixture's own */
  /* what to dial a listener by */
  char *(*dial) (ConfsyncListener *listener);
  /* what the error about a taken address has to name */
  char *(*place) (ConfsyncListener *listener);
} TransportRow;

typedef struct
{
  const TransportRow *row;
  ConfsyncTransport *transport;
  char *dir;
  TestPort *port;
  char *address; /* of the port, to dial */
} TransportFixture;

/* all rows; the last one's scheme is NULL */
extern const TransportRow transport_rows[];

ConfsyncTransport *transport_make (const TransportRow *row);

/* Listens anew at the row's place. */
TestPort *transport_listen (TransportFixture *fixture);

/* Have the shape of a test's own setup and teardown; the data is a row. */
void transport_setup (TransportFixture *fixture, gconstpointer data);
void transport_teardown (TransportFixture *fixture, gconstpointer data);

/* Dials and waits until both ends stand. */
TestEnd *transport_connect (TransportFixture *fixture, TestEnd **accepted);

G_END_DECLS

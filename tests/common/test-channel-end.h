/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A channel under observation: what it emitted, in a form that tests can wait for and compare.
 */

#pragma once

#include "confsync-transport.h"

G_BEGIN_DECLS

typedef struct
{
  ConfsyncChannel *channel; /* (owned) (nullable) once dropped */
  GThread *thread;          /* in which every signal has to come */
  GPtrArray *messages;      /* of GBytes */
  guint opened;
  guint closed;
  GError *error; /* (nullable) what closed brought */
} TestEnd;

/* Takes the channel. */
TestEnd *test_end_new (ConfsyncChannel *channel);
void test_end_free (TestEnd *self);

/* Dials, and asserts that the address is good. */
TestEnd *test_end_dial (ConfsyncTransport *transport, const char *address);

/* Lets go of the channel; what came so far stays. */
void test_end_drop (TestEnd *self);

/* Sends the text, without its end. */
void test_end_send (TestEnd *self, const char *text);

gboolean test_end_is_opened (gpointer self);
gboolean test_end_is_closed (gpointer self);
gboolean test_end_is_drained (gpointer self);

/* Waits with a deadline for messages, and asserts that they came. */
void test_end_wait_messages (TestEnd *self, guint count);
void test_end_wait_opened (TestEnd *self);
void test_end_wait_closed (TestEnd *self);

/* A listener and the channels that came in by it. */
typedef struct
{
  ConfsyncListener *listener; /* (owned) (nullable) once dropped */
  GPtrArray *ends;            /* of TestEnd, in the order in which they came in */
} TestPort;

/* Listens, waits, and asserts that it could; listening answers once and not at once. */
TestPort *test_port_new (ConfsyncTransport *transport, const char *address);
void test_port_free (TestPort *self);

/* The same, for what fails. */
GError *test_port_new_error (ConfsyncTransport *transport, const char *address);

/* Waits for that newcomer. */
TestEnd *test_port_wait (TestPort *self, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestEnd, test_end_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestPort, test_port_free)

G_END_DECLS

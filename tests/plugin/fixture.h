/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Both ends of a link over a transport plugin in one process, and the one place where a test waits.
 */

#pragma once

#include <confsync.h>

#define WAIT_MS 20000

/* one end of a link, and what was heard of it */
typedef struct
{
  ConfsyncChannel *channel;
  GPtrArray *received; /* of GBytes */
  guint opened;
  guint closed;
  GError *error;
} End;

typedef struct
{
  ConfsyncTransport *transport;
  ConfsyncListener *listener;
  GError *listen_error;
  End here;  /* the dialled end */
  End there; /* the accepted end */
  GString *refusals;
} Fixture;

/* the one place where a test waits */
#define wait_for(condition) \
  G_STMT_START \
  { \
    guint late = g_timeout_add (WAIT_MS, fixture_late_cb, (gpointer) #condition); \
    while (!(condition)) \
      g_main_context_iteration (NULL, TRUE); \
    g_source_remove (late); \
  } \
  G_STMT_END

gboolean fixture_late_cb (gpointer user_data);

void fixture_set_up (Fixture *fixture, gconstpointer data);

void fixture_tear_down (Fixture *fixture, gconstpointer data);

/* The listener is in the fixture afterwards, or the error. */
void fixture_listen_on (Fixture *fixture, const char *address, ConfsyncListenFlags flags);

/* The channel is in @here afterwards, still connecting. */
void fixture_dial (Fixture *fixture, const char *address);

/* Listens on a free port, dials it, and waits until both ends are there. */
void fixture_link_up (Fixture *fixture);

/* Closes the end, checks that this is said once and that nobody keeps it, and readies it for
 * another channel. */
void end_clear (End *end);

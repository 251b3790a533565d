/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Closing a socket resets the connection if its request is not read, and the reset may overtake the
 * answer. So the last few sockets are kept for a moment, half closed, and unread.
 */

#include "confsync-websocket-doorstep.h"

#include <string.h>

#define KEPT_MAX 32
#define KEPT_FOR_MS 1000

struct _ConfsyncWebsocketDoorstep
{
  GQueue kept;    /* of owned GSocketConnection, the oldest first */
  gint64 last_us; /* when the newest came */
  GSource *timer; /* (owned) (nullable) */
};

ConfsyncWebsocketDoorstep *
confsync_websocket_doorstep_new (void)
{
  return g_new0 (ConfsyncWebsocketDoorstep, 1);
}

static void
drop (gpointer connection)
{
  g_io_stream_close (connection, NULL, NULL);
  g_object_unref (connection);
}

static void
clear (ConfsyncWebsocketDoorstep *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_queue_clear_full (&self->kept, drop);
}

void
confsync_websocket_doorstep_free (ConfsyncWebsocketDoorstep *self)
{
  clear (self);
  g_free (self);
}

static gboolean
timer_cb (gpointer user_data)
{
  ConfsyncWebsocketDoorstep *self = user_data;

  if (g_get_monotonic_time () < self->last_us + KEPT_FOR_MS * 1000)
    return G_SOURCE_CONTINUE;
  clear (self);
  return G_SOURCE_REMOVE;
}

/* Each is kept for that long at least, unless there are too many. */
static void
keep (ConfsyncWebsocketDoorstep *self, GSocketConnection *connection)
{
  if (self->kept.length == KEPT_MAX)
    drop (g_queue_pop_head (&self->kept));
  g_queue_push_tail (&self->kept, g_object_ref (connection));
  self->last_us = g_get_monotonic_time ();
  /* one that runs keeps them up to twice as long: putting it off would wake the loop each time */
  if (self->timer != NULL)
    return;
  self->timer = g_timeout_source_new (KEPT_FOR_MS);
  g_source_set_static_name (self->timer, "confsync websocket doorstep");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

void
confsync_websocket_doorstep_turn_away (ConfsyncWebsocketDoorstep *self,
                                       GSocketConnection *connection,
                                       const char *answer)
{
  GSocket *socket = g_socket_connection_get_socket (connection);

  /* a fresh connection has room for it; where it hasn't, there is nobody worth waiting for */
  g_socket_set_blocking (socket, FALSE);
  if (answer == NULL ||
      g_socket_send (socket, answer, strlen (answer), NULL, NULL) != (gssize) strlen (answer) ||
      !g_socket_shutdown (socket, FALSE, TRUE, NULL))
    {
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return;
    }
  keep (self, connection);
}

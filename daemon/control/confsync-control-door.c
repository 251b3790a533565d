/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * GSocketService would try again at once, for ever, and warn of it each time.
 */

#include "config.h"

#include "confsync-control-door.h"

#define TROUBLE_PAUSE_MS 250

struct _ConfsyncControlDoor
{
  GSocket *socket; /* (owned) */
  GSource *source; /* (owned): the socket's, or a pause */
  ConfsyncControlDoorFunc accepted;
  gpointer user_data;
};

static void
drop_source (ConfsyncControlDoor *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* Takes @source. */
static void
attach (ConfsyncControlDoor *self, GSource *source, GSourceFunc callback)
{
  drop_source (self);
  self->source = source;
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void watch (ConfsyncControlDoor *self);

static gboolean
pause_over_cb (gpointer user_data)
{
  watch (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
ready_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  ConfsyncControlDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, &error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (accepted == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      attach (self, g_timeout_source_new (TROUBLE_PAUSE_MS), pause_over_cb);
      return G_SOURCE_REMOVE;
    }
  if (accepted == NULL)
    return G_SOURCE_CONTINUE;
  stream = g_socket_connection_factory_create_connection (accepted);
  self->accepted (stream, self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
watch (ConfsyncControlDoor *self)
{
  attach (self, g_socket_create_source (self->socket, G_IO_IN, NULL), G_SOURCE_FUNC (ready_cb));
}

ConfsyncControlDoor *
confsync_control_door_new (GSocket *socket, ConfsyncControlDoorFunc accepted, gpointer user_data)
{
  ConfsyncControlDoor *self = g_new0 (ConfsyncControlDoor, 1);

  self->socket = g_object_ref (socket);
  self->accepted = accepted;
  self->user_data = user_data;
  watch (self);
  return self;
}

void
confsync_control_door_free (ConfsyncControlDoor *self)
{
  drop_source (self);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_free (self);
}

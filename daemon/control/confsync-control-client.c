/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A connection's objects. One whose other end doesn't read, or asks without listening, is ended.
 */

#include "config.h"

#include "confsync-control-client.h"

#include "confsync-control-backlog.h"
#include "confsync-control-path.h"
#include "confsync-control-view.h"

struct _ConfsyncControlClient
{
  GObject parent_instance;

  GDBusConnection *connection;       /* (owned) */
  GDBusObjectManagerServer *manager; /* (owned) */
  GCancellable *closing;             /* (owned): cancelled once it is over */
  ConfsyncControlBacklog *backlog;   /* (owned) (nullable) once it is over */
  GPtrArray *views;                  /* of ConfsyncControlView */
  gboolean started;
};

enum {
  CLOSED,
  NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncControlClient, confsync_control_client, G_TYPE_OBJECT)

static void
confsync_control_client_dispose (GObject *object)
{
  ConfsyncControlClient *self = CONFSYNC_CONTROL_CLIENT (object);

  confsync_control_client_close (self);
  g_clear_object (&self->connection);
  g_clear_object (&self->manager);
  g_clear_object (&self->closing);

  G_OBJECT_CLASS (confsync_control_client_parent_class)->dispose (object);
}

static void
confsync_control_client_finalize (GObject *object)
{
  g_ptr_array_unref (CONFSYNC_CONTROL_CLIENT (object)->views);

  G_OBJECT_CLASS (confsync_control_client_parent_class)->finalize (object);
}

static void
confsync_control_client_class_init (ConfsyncControlClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_control_client_dispose;
  object_class->finalize = confsync_control_client_finalize;
  signals[CLOSED] = g_signal_new ("closed", CONFSYNC_TYPE_CONTROL_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[NOTICE] = g_signal_new ("notice", CONFSYNC_TYPE_CONTROL_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
confsync_control_client_init (ConfsyncControlClient *self)
{
  self->closing = g_cancellable_new ();
  self->manager = g_dbus_object_manager_server_new (CONFSYNC_DBUS_PATH);
  self->views =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_control_view_free);
}

static void
closed_cb (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           GError *error,
           ConfsyncControlClient *self)
{
  g_signal_emit (self, signals[CLOSED], 0);
}

static gboolean
overflow_cb (gpointer user_data)
{
  ConfsyncControlClient *self = user_data;
  GCredentials *peer = g_dbus_connection_get_peer_credentials (self->connection);
  g_autofree char *message = g_strdup_printf (
    "a control connection was ended: process %ld asks or is told more than it reads",
    peer != NULL ? (long) g_credentials_get_unix_pid (peer, NULL) : 0L);

  g_signal_emit (self, signals[NOTICE], 0, message);
  g_signal_emit (self, signals[CLOSED], 0);
  return G_SOURCE_REMOVE;
}

static void
export (ConfsyncControlClient *self, ConfsyncControlView *view)
{
  g_ptr_array_add (self->views, view);
  g_dbus_object_manager_server_export (self->manager, confsync_control_view_get_object (view));
}

ConfsyncControlClient *
confsync_control_client_new (GDBusConnection *connection, ConfsyncControlNode *node)
{
  ConfsyncControlClient *self = g_object_new (CONFSYNC_TYPE_CONTROL_CLIENT, NULL);

  self->connection = g_object_ref (connection);
  self->backlog = confsync_control_backlog_new (connection, overflow_cb, self);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), self);
  export (self, confsync_control_view_new_manager (node, self->backlog));
  return self;
}

void
confsync_control_client_add_document (ConfsyncControlClient *self,
                                      ConfsyncControlDocument *document)
{
  if (self->backlog != NULL)
    export (self, confsync_control_view_new_document (document, self->closing, self->backlog));
}

void
confsync_control_client_start (ConfsyncControlClient *self)
{
  if (self->started || self->backlog == NULL)
    return;

  self->started = TRUE;
  g_dbus_object_manager_server_set_connection (self->manager, self->connection);
  g_dbus_connection_start_message_processing (self->connection);
}

void
confsync_control_client_flush (ConfsyncControlClient *self)
{
  for (guint i = 0; i < self->views->len; i++)
    confsync_control_view_flush (self->views->pdata[i]);
}

void
confsync_control_client_close (ConfsyncControlClient *self)
{
  if (self->backlog == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_dbus_object_manager_server_set_connection (self->manager, NULL);
  g_ptr_array_set_size (self->views, 0);
  g_clear_pointer (&self->backlog, confsync_control_backlog_stop);
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_cancellable_cancel (self->closing);
}

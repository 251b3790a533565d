/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The server: who may come in becomes a client, with objects of its own that follow the models.
 * While nobody is connected, nothing is looked at.
 */

#include "config.h"

#include "confsync-control-server.h"

#include "confsync-control-claim.h"
#include "confsync-control-client.h"
#include "confsync-control-door.h"
#include "confsync-control-guest.h"

#define CLIENTS_MAX 64
/* each occupies a thread until its handshake is through */
#define GUESTS_MAX 4
/* changes of peers within this time are told as one */
#define GATHER_MS 50

struct _ConfsyncControlServer
{
  GObject parent_instance;

  ConfsyncControlNode *node;   /* (owned) */
  GPtrArray *documents;        /* of ConfsyncControlDocument */
  ConfsyncControlClaim *claim; /* (owned) (nullable) unless it listens */
  ConfsyncControlDoor *door;   /* (owned) (nullable) unless it listens */
  GCancellable *stopping;      /* (owned) (nullable) unless it listens */
  char *guid;
  GPtrArray *clients; /* of ConfsyncControlClient */
  guint guests;       /* whose handshake isn't through */
  GQueue waiting;     /* of GSocketConnection: whose handshake hasn't begun */
  GSource *gather;    /* (owned) (nullable) */
  char *refusal;      /* (nullable): the last one, told once */
};

enum {
  NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncControlServer, confsync_control_server, G_TYPE_OBJECT)

static void
confsync_control_server_dispose (GObject *object)
{
  ConfsyncControlServer *self = CONFSYNC_CONTROL_SERVER (object);

  confsync_control_server_stop (self);
  if (self->node != NULL)
    g_signal_handlers_disconnect_by_data (self->node, self);
  for (guint i = 0; i < self->documents->len; i++)
    g_signal_handlers_disconnect_by_data (self->documents->pdata[i], self);
  g_ptr_array_set_size (self->documents, 0);
  g_clear_object (&self->node);

  G_OBJECT_CLASS (confsync_control_server_parent_class)->dispose (object);
}

static void
confsync_control_server_finalize (GObject *object)
{
  ConfsyncControlServer *self = CONFSYNC_CONTROL_SERVER (object);

  g_ptr_array_unref (self->documents);
  g_ptr_array_unref (self->clients);
  g_free (self->guid);
  g_free (self->refusal);

  G_OBJECT_CLASS (confsync_control_server_parent_class)->finalize (object);
}

static void
confsync_control_server_class_init (ConfsyncControlServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_control_server_dispose;
  object_class->finalize = confsync_control_server_finalize;
  signals[NOTICE] =
    g_signal_new ("notice", CONFSYNC_TYPE_CONTROL_SERVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_STRING);
}

static void
confsync_control_server_init (ConfsyncControlServer *self)
{
  self->documents = g_ptr_array_new_with_free_func (g_object_unref);
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
  self->guid = g_dbus_generate_guid ();
  g_queue_init (&self->waiting);
}

/* What is shown */

static void
refresh (ConfsyncControlServer *self)
{
  confsync_control_node_refresh (self->node);
  for (guint i = 0; i < self->documents->len; i++)
    confsync_control_document_refresh (self->documents->pdata[i]);
}

static void
cancel_gather (ConfsyncControlServer *self)
{
  if (self->gather != NULL)
    g_source_destroy (self->gather);
  g_clear_pointer (&self->gather, g_source_unref);
}

static gboolean
gather_cb (gpointer user_data)
{
  ConfsyncControlServer *self = user_data;

  cancel_gather (self);
  refresh (self);
  for (guint i = 0; i < self->clients->len; i++)
    confsync_control_client_flush (self->clients->pdata[i]);
  return G_SOURCE_REMOVE;
}

static gboolean
is_starting (ConfsyncControlServer *self)
{
  for (guint i = 0; i < self->documents->len; i++)
    if (confsync_manager_get_state (confsync_control_document_get_manager (
          self->documents->pdata[i])) == CONFSYNC_MANAGER_STARTING)
      return TRUE;
  return FALSE;
}

/* Who comes while the instance starts waits for that, and then finds what there is. */
static void
start_clients (ConfsyncControlServer *self)
{
  if (is_starting (self))
    return;
  for (guint i = 0; i < self->clients->len; i++)
    confsync_control_client_start (self->clients->pdata[i]);
}

static void
stale_cb (ConfsyncControlServer *self)
{
  start_clients (self);
  if (self->gather != NULL || self->clients->len == 0)
    return;
  self->gather = g_timeout_source_new (GATHER_MS);
  g_source_set_callback (self->gather, gather_cb, self, NULL);
  g_source_attach (self->gather, g_main_context_get_thread_default ());
}

static void
set_watched (ConfsyncControlServer *self)
{
  for (guint i = 0; i < self->documents->len; i++)
    confsync_control_document_set_watched (self->documents->pdata[i], self->clients->len > 0);
}

/* Who comes in */

static void
tell (ConfsyncControlServer *self, ConfsyncLevel level, const char *message)
{
  g_signal_emit (self, signals[NOTICE], 0, level, message);
}

/* Who tries again and again is told of once. */
static void
tell_refusal (ConfsyncControlServer *self, const char *reason)
{
  if (g_strcmp0 (self->refusal, reason) == 0)
    return;
  g_free (self->refusal);
  self->refusal = g_strdup (reason);
  tell (self, CONFSYNC_LEVEL_WARNING, reason);
}

static void
client_closed_cb (ConfsyncControlClient *client, ConfsyncControlServer *self)
{
  g_signal_handlers_disconnect_by_data (client, self);
  confsync_control_client_close (client);
  g_ptr_array_remove (self->clients, client);
  if (self->clients->len == 0)
    {
      cancel_gather (self);
      set_watched (self);
    }
}

static void
client_notice_cb (ConfsyncControlClient *client, const char *message, ConfsyncControlServer *self)
{
  tell (self, CONFSYNC_LEVEL_WARNING, message);
}

static void let_in_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
let_next_in (ConfsyncControlServer *self)
{
  while (self->guests < GUESTS_MAX && self->waiting.length > 0)
    {
      g_autoptr (GSocketConnection) stream = g_queue_pop_head (&self->waiting);

      self->guests++;
      confsync_control_guest_let_in_async (stream, self->guid, self->stopping, let_in_cb,
                                           g_object_ref (self));
    }
}

static void
adopt (ConfsyncControlServer *self, GDBusConnection *connection)
{
  ConfsyncControlClient *client = confsync_control_client_new (connection, self->node);

  refresh (self);
  g_signal_connect (client, "closed", G_CALLBACK (client_closed_cb), self);
  g_signal_connect (client, "notice", G_CALLBACK (client_notice_cb), self);
  g_ptr_array_add (self->clients, client);
  if (self->clients->len == 1)
    set_watched (self);
  for (guint i = 0; i < self->documents->len; i++)
    confsync_control_client_add_document (client, self->documents->pdata[i]);
  start_clients (self);
}

static void
let_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncControlServer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = confsync_control_guest_let_in_finish (result, &error);

  self->guests--;
  if (self->door == NULL)
    {
      if (connection != NULL)
        g_dbus_connection_close (connection, NULL, NULL, NULL);
      return;
    }
  /* GDBus reads at once, so it may be over before anybody could connect to `closed` */
  if (connection != NULL && !g_dbus_connection_is_closed (connection))
    adopt (self, connection);
  else if (error != NULL)
    g_debug ("a control connection came to nothing: %s", error->message);
  let_next_in (self);
}

static void
accepted_cb (GSocketConnection *stream, gpointer user_data)
{
  ConfsyncControlServer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->clients->len + self->guests + self->waiting.length >= CLIENTS_MAX)
    g_set_error (&error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                 "%d control connections are open already; another one was refused", CLIENTS_MAX);
  if (error != NULL || !confsync_control_guest_check (stream, &error))
    {
      tell_refusal (self, error->message);
      return;
    }
  g_queue_push_tail (&self->waiting, g_object_ref (stream));
  let_next_in (self);
}

ConfsyncControlServer *
confsync_control_server_new (ConfsyncNode *node)
{
  ConfsyncControlServer *self = g_object_new (CONFSYNC_TYPE_CONTROL_SERVER, NULL);

  self->node = confsync_control_node_new (node);
  g_signal_connect_swapped (self->node, "stale", G_CALLBACK (stale_cb), self);
  return self;
}

void
confsync_control_server_add_document (ConfsyncControlServer *self, ConfsyncManager *manager)
{
  ConfsyncControlDocument *document = confsync_control_document_new (manager);

  g_ptr_array_add (self->documents, document);
  g_signal_connect_swapped (document, "stale", G_CALLBACK (stale_cb), self);
  confsync_control_document_set_watched (document, self->clients->len > 0);
  for (guint i = 0; i < self->clients->len; i++)
    confsync_control_client_add_document (self->clients->pdata[i], document);
}

gboolean
confsync_control_server_listen (ConfsyncControlServer *self,
                                const char *file,
                                const char *base_dir,
                                GError **error)
{
  g_autoptr (ConfsyncControlClaim) claim = NULL;
  g_autoptr (GSocket) socket = NULL;

  g_return_val_if_fail (self->door == NULL, FALSE);

  claim = confsync_control_claim_new (file, base_dir, error);
  if (claim == NULL)
    return FALSE;
  socket = confsync_control_claim_listen (claim, error);
  if (socket == NULL)
    return FALSE;

  self->claim = g_steal_pointer (&claim);
  self->stopping = g_cancellable_new ();
  self->door = confsync_control_door_new (socket, accepted_cb, self);
  return TRUE;
}

const char *
confsync_control_server_get_socket (ConfsyncControlServer *self)
{
  return self->claim != NULL ? confsync_control_claim_get_path (self->claim) : NULL;
}

void
confsync_control_server_stop (ConfsyncControlServer *self)
{
  if (self->door == NULL)
    return;

  g_clear_pointer (&self->door, confsync_control_door_free);
  g_cancellable_cancel (self->stopping);
  g_clear_object (&self->stopping);
  g_queue_clear_full (&self->waiting, g_object_unref);
  cancel_gather (self);
  for (guint i = 0; i < self->clients->len; i++)
    {
      g_signal_handlers_disconnect_by_data (self->clients->pdata[i], self);
      confsync_control_client_close (self->clients->pdata[i]);
    }
  g_ptr_array_set_size (self->clients, 0);
  set_watched (self);
  g_clear_pointer (&self->claim, confsync_control_claim_free);
}

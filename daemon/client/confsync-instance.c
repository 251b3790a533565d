/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Connects to a control socket and asks once for everything that is there. What an instance says of
 * itself is taken with its type checked; a member that it doesn't name is simply unknown.
 */

#include "config.h"

#include "confsync-instance.h"

#include <confsync.h>
#include <glib/gi18n.h>

#include "confsync-control-path.h"

#define MANAGER_INTERFACE CONFSYNC_DBUS_NAME ".Manager"
#define DOCUMENT_INTERFACE CONFSYNC_DBUS_NAME ".Document"
#define OBJECT_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"
#define OBJECTS_TYPE G_VARIANT_TYPE ("(a{oa{sa{sv}}})")
/* how long an instance may take to answer a call; a large document on a slow disk takes a while */
#define ANSWER_TIMEOUT_MS 30000

struct _ConfsyncInstance {
  GDBusConnection *connection; /* (owned) (nullable) */
  char *object;                /* (owned) */
  GVariant *manager;           /* (owned): a{sv}, as it was when it was found */
  GVariant *document;          /* (owned): a{sv}, the same */
  char *file;                  /* (owned): empty for none */
  char *base_dir;              /* (owned): empty for none */
  ConfsyncDBusDocument *proxy; /* (owned) (nullable): made when asked for */
};

typedef struct {
  char *socket;           /* (owned) */
  GSource *deadline;      /* (owned) */
  GDBusConnection *connection; /* (owned) (nullable) */
} Opening;

static void
opening_free (Opening *self)
{
  g_free (self->socket);
  g_source_destroy (self->deadline);
  g_source_unref (self->deadline);
  g_clear_object (&self->connection);
  g_free (self);
}

static char *
dup_path (GVariant *properties, const char *name)
{
  g_autoptr (GVariant) value =
    g_variant_lookup_value (properties, name, G_VARIANT_TYPE_BYTESTRING);

  return value != NULL ? g_variant_dup_bytestring (value, NULL) : g_strdup ("");
}

/*
 * confsync_instance_new:
 * @connection: (nullable): to the instance
 * @object: the document's object path
 * @manager: a{sv}, the properties of the instance
 * @document: a{sv}, those of the document
 */
ConfsyncInstance *
confsync_instance_new (GDBusConnection *connection,
                       const char *object,
                       GVariant *manager,
                       GVariant *document)
{
  ConfsyncInstance *self = g_new0 (ConfsyncInstance, 1);

  self->connection = connection != NULL ? g_object_ref (connection) : NULL;
  self->object = g_strdup (object);
  self->manager = g_variant_ref_sink (manager);
  self->document = g_variant_ref_sink (document);
  self->file = dup_path (document, "Path");
  self->base_dir = dup_path (document, "BaseDir");
  return self;
}

void
confsync_instance_free (ConfsyncInstance *self)
{
  g_clear_object (&self->proxy);
  g_clear_object (&self->connection);
  g_free (self->object);
  g_variant_unref (self->manager);
  g_variant_unref (self->document);
  g_free (self->file);
  g_free (self->base_dir);
  g_free (self);
}

/* Returns: (element-type ConfsyncInstance) (transfer full): one for each document */
static GPtrArray *
list_documents (GDBusConnection *connection, GVariant *objects)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_instance_free);
  g_autoptr (GVariant) manager = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  GVariantIter iter;
  const char *object;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &object, &interfaces))
    {
      g_autoptr (GVariant) found =
        g_variant_lookup_value (interfaces, MANAGER_INTERFACE, G_VARIANT_TYPE_VARDICT);

      if (found != NULL)
        {
          g_variant_unref (manager);
          manager = g_steal_pointer (&found);
        }
    }

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &object, &interfaces))
    {
      g_autoptr (GVariant) document =
        g_variant_lookup_value (interfaces, DOCUMENT_INTERFACE, G_VARIANT_TYPE_VARDICT);

      if (document != NULL)
        g_ptr_array_add (list, confsync_instance_new (connection, object, manager, document));
    }
  return list;
}

/* Ends @task with @error, which it takes; a deadline of ours is told as one. */
static void
fail (GTask *task, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                   _ ("it doesn't answer; is it stopped or very busy?"));
    }
  g_dbus_error_strip_remote_error (error);
  g_task_return_error (task, error);
}

static void
objects_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) objects = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
    g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  objects = g_variant_get_child_value (answer, 0);
  g_task_return_pointer (task, list_documents (G_DBUS_CONNECTION (source), objects),
                         (GDestroyNotify) g_ptr_array_unref);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  opening->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (opening->connection == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_connection_call (opening->connection, NULL, CONFSYNC_DBUS_PATH,
                          OBJECT_MANAGER_INTERFACE, "GetManagedObjects", NULL, OBJECTS_TYPE,
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, g_task_get_cancellable (task),
                          objects_cb, task);
  g_steal_pointer (&task);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

/*
 * confsync_instance_open_async:
 * @socket: a control socket
 * @timeout_ms: for all of it
 *
 * Connects, and asks what is there.
 */
void
confsync_instance_open_async (const char *socket,
                              guint timeout_ms,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *address = confsync_control_dup_address (socket);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);

  opening->socket = g_strdup (socket);
  opening->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (opening->deadline, deadline_cb, g_object_ref (cancellable),
                         g_object_unref);
  g_source_attach (opening->deadline, g_main_context_get_thread_default ());
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  /* how it ended says more than that it was cancelled */
  g_task_set_check_cancellable (task, FALSE);
  g_dbus_connection_new_for_address (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     cancellable, connected_cb, task);
}

/*
 * confsync_instance_open_finish:
 *
 * Fails with a %G_IO_ERROR: %G_IO_ERROR_NOT_FOUND and %G_IO_ERROR_CONNECTION_REFUSED where nobody
 * is there, %G_IO_ERROR_TIMED_OUT where nobody answers.
 *
 * Returns: (element-type ConfsyncInstance) (transfer full): one for each document of the instance
 */
GPtrArray *
confsync_instance_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Which socket @result is about. */
const char *
confsync_instance_get_socket (GAsyncResult *result)
{
  Opening *opening = g_task_get_task_data (G_TASK (result));

  return opening->socket;
}

GDBusConnection *
confsync_instance_get_connection (ConfsyncInstance *self)
{
  return self->connection;
}

const char *
confsync_instance_get_object (ConfsyncInstance *self)
{
  return self->object;
}

/* The live file; empty for none. */
const char *
confsync_instance_get_file (ConfsyncInstance *self)
{
  return self->file;
}

const char *
confsync_instance_get_base_dir (ConfsyncInstance *self)
{
  return self->base_dir;
}

/* The instance's properties as they were when it was found. */
GVariant *
confsync_instance_get_manager (ConfsyncInstance *self)
{
  return self->manager;
}

/* The document's properties as they were at the same moment. */
GVariant *
confsync_instance_get_document (ConfsyncInstance *self)
{
  return self->document;
}

/*
 * confsync_instance_get_proxy:
 *
 * Returns: (transfer none): what calls the document's methods, and keeps no properties
 */
ConfsyncDBusDocument *
confsync_instance_get_proxy (ConfsyncInstance *self, GError **error)
{
  if (self->proxy != NULL)
    return self->proxy;

  self->proxy = confsync_dbus_document_proxy_new_sync (
    self->connection,
    G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, NULL,
    self->object, NULL, error);
  if (self->proxy != NULL)
    g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->proxy), ANSWER_TIMEOUT_MS);
  return self->proxy;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Server and clients share a thread and a main context, so no call may block; each waits with a
 * deadline.
 */

#include "config.h"

#include "control-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "confsync-control-path.h"

#define DOCUMENT_PATH CONFSYNC_CONTROL_DOCUMENT_PREFIX "_"

/* the key that all share, as tests/common/canary.py has it; its beginning is looked for */
#define KEY_BYTES 16
#define KEY_CORE "4f0c9b7e21d85a63b7c1e6f2049d3a58"
#define KEY KEY_CORE "9e84d0176fb2c35a80e1974b6d2fc8a3"

static char *runtime;

/* the key */

static void
parse_core (guint8 *bytes)
{
  for (guint i = 0; i < KEY_BYTES; i++)
    bytes[i] = (guint8) (g_ascii_xdigit_value (KEY_CORE[2 * i]) << 4 |
                         g_ascii_xdigit_value (KEY_CORE[2 * i + 1]));
}

/* As digits of either case, as bytes, or as base64 of the digits. */
static gboolean
has_key (gconstpointer data, gsize size)
{
  g_autofree char *upper = g_ascii_strup (KEY_CORE, -1);
  guint8 bytes[KEY_BYTES];

  parse_core (bytes);
  if (memmem (data, size, bytes, sizeof bytes) != NULL ||
      memmem (data, size, KEY_CORE, strlen (KEY_CORE)) != NULL ||
      memmem (data, size, upper, strlen (upper)) != NULL)
    return TRUE;
  for (guint ahead = 0; ahead < 3; ahead++)
    {
      /* what begins a group of three bytes, and ends one */
      const char *part = KEY_CORE + ahead;
      g_autofree char *digits =
        g_base64_encode ((const guint8 *) part, strlen (part) / 3 * 3);

      if (memmem (data, size, digits, strlen (digits)) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
check_search (void)
{
  static const char *const hidden[] = { "x" KEY, "xy" KEY, "xyz" KEY };
  guint8 bytes[KEY_BYTES + 1] = { 0 };

  parse_core (bytes + 1);
  g_assert_true (has_key (bytes, sizeof bytes));
  g_assert_false (has_key (bytes, KEY_BYTES));
  for (guint i = 0; i < G_N_ELEMENTS (hidden); i++)
    {
      g_autofree char *digits = g_base64_encode ((const guint8 *) hidden[i], strlen (hidden[i]));

      g_assert_true (has_key (hidden[i], strlen (hidden[i])));
      g_assert_true (has_key (digits, strlen (digits)));
    }
}

/* In a thread of GDBus: all that a client hears, replies, errors and signals. */
static GDBusMessage *
search_cb (GDBusConnection *connection,
           GDBusMessage *message,
           gboolean incoming,
           gpointer user_data)
{
  g_autofree guchar *blob = NULL;
  gsize size;

  if (!incoming)
    return message;
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
  g_assert_nonnull (blob);
  if (has_key (blob, size))
    g_error ("the shared key is in a message of the control interface");
  return message;
}

void
control_init (void)
{
  check_search ();
  runtime = test_temp_dir ();
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
}

void
control_finish (void)
{
  g_autofree char *folder = g_build_filename (runtime, "confsync", NULL);

  /* fails where a socket or a lock is left */
  g_assert_true (g_rmdir (folder) == 0 || errno == ENOENT);
  test_remove_tree (runtime);
  g_clear_pointer (&runtime, g_free);
}

static void
notice_cb (ConfsyncControlServer *server, int level, const char *message, Control *self)
{
  g_ptr_array_add (self->notices, g_strdup (message));
}

static void
make (Control *self, Instance *instance)
{
  g_autoptr (GError) error = NULL;

  instance->resolver_name = self->resolver_name;
  instance_make (&self->world, instance);
  if (!self->keyless)
    confsync_node_set_key (instance->node, KEY, &error);
  g_assert_no_error (error);
  if (self->manual_at != NULL)
    confsync_manager_add_resolver_by_name (instance->manager, self->manual_at, "manual", &error);
  g_assert_no_error (error);
}

static void
add_served (Control *self, const char *text)
{
  self->a = world_add (&self->world, "a");
  self->a->role = self->role;
  self->a->confirm_timeout = self->confirm_timeout;
  if (text != NULL)
    instance_edit (self->a, text);
  make (self, self->a);
  instance_listen (self->a, "loopback:a");
  instance_start (&self->world, self->a);
}

Instance *
control_add_peer (Control *self, const char *id)
{
  return world_add (&self->world, id);
}

void
control_start (Control *self, Instance *peer)
{
  make (self, peer);
  instance_dial (peer, "loopback:a");
  instance_start (&self->world, peer);
}

void
control_set_up (Control *self, const char *text)
{
  g_autofree char *file = g_build_filename (runtime, "a.json", NULL);
  g_autoptr (GError) error = NULL;

  world_set_up_real (&self->world, NULL);
  self->notices = g_ptr_array_new_with_free_func (g_free);
  add_served (self, text);
  self->server = confsync_control_server_new (self->a->node);
  g_signal_connect (self->server, "notice", G_CALLBACK (notice_cb), self);
  confsync_control_server_add_document (self->server, self->a->manager);
  confsync_control_server_listen (self->server, file, NULL, &error);
  g_assert_no_error (error);
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_gone (gpointer data)
{
  return *(gboolean *) data;
}

void
control_tear_down (Control *self, gconstpointer data)
{
  gboolean gone = FALSE;

  confsync_control_server_stop (self->server);
  /* a handshake in a thread of GDBus holds it until that has seen that it is over */
  g_object_weak_ref (G_OBJECT (self->server), gone_cb, &gone);
  g_clear_object (&self->server);
  g_assert_true (test_wait_until (is_gone, &gone, TEST_DEADLINE_MS));
  world_tear_down (&self->world, NULL);
  g_ptr_array_unref (self->notices);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

GDBusConnection *
control_connect (Control *self)
{
  g_autofree char *address =
    confsync_control_dup_address (confsync_control_server_get_socket (self->server));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection;

  g_dbus_connection_new_for_address (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     NULL, result_cb, &result);
  g_assert_true (test_wait_until (is_set, &result, TEST_DEADLINE_MS));
  connection = g_dbus_connection_new_for_address_finish (result, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_add_filter (connection, search_cb, NULL, NULL);
  return connection;
}

void
control_disconnect (Control *self, GDBusConnection *connection)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_dbus_connection_close (connection, NULL, result_cb, &result);
  g_assert_true (test_wait_until (is_set, &result, TEST_DEADLINE_MS));
  g_dbus_connection_close_finish (connection, result, &error);
  g_assert_no_error (error);
  g_object_unref (connection);
}

static GVariant *
call (GDBusConnection *connection,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *arguments,
      GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (connection, NULL, path, interface, method, arguments, NULL,
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, result_cb, &result);
  g_assert_true (test_wait_until (is_set, &result, TEST_DEADLINE_MS));
  return g_dbus_connection_call_finish (connection, result, error);
}

GVariant *
control_call (GDBusConnection *connection,
              const char *method,
              GVariant *arguments,
              GError **error)
{
  return call (connection, DOCUMENT_PATH, CONFSYNC_DBUS_NAME ".Document", method, arguments,
               error);
}

char *
control_ask (GDBusConnection *connection, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (connection, method, arguments, &error);
  char *text;

  g_assert_no_error (error);
  g_variant_get_child (values, 0, "s", &text);
  return text;
}

void
control_refuse (GDBusConnection *connection,
                const char *method,
                GVariant *arguments,
                int code,
                const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (connection, method, arguments, &error);

  g_assert_null (values);
  g_assert_error (error, CONFSYNC_ERROR, code);
  g_dbus_error_strip_remote_error (error);
  test_assert_contains (error->message, part);
}

GVariant *
control_get (GDBusConnection *connection, const char *path, const char *name)
{
  const char *interface = g_str_equal (path, CONFSYNC_CONTROL_MANAGER_PATH)
                            ? CONFSYNC_DBUS_NAME ".Manager"
                            : CONFSYNC_DBUS_NAME ".Document";
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values =
    call (connection, path, "org.freedesktop.DBus.Properties", "Get",
          g_variant_new ("(ss)", interface, name), &error);
  GVariant *value;

  g_assert_no_error (error);
  g_variant_get (values, "(v)", &value);
  return value;
}

ConfsyncDBusDocument *
control_document_proxy (GDBusConnection *connection)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncDBusDocument *proxy;

  confsync_dbus_document_proxy_new (connection, G_DBUS_PROXY_FLAGS_NONE, NULL, DOCUMENT_PATH, NULL,
                                    result_cb, &result);
  g_assert_true (test_wait_until (is_set, &result, TEST_DEADLINE_MS));
  proxy = confsync_dbus_document_proxy_new_finish (result, &error);
  g_assert_no_error (error);
  return proxy;
}

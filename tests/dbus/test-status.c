/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What an instance tells of itself over the socket: objects, properties and signals, to several
 * clients at once; and Sync, which waits for others.
 */

#include "config.h"

#include "control-fixture.h"

#include <unistd.h>

#include "confsync-control-path.h"
#include "raw-peer.h"

#define CONTENT "{'a':1,'b':{'c':true}}"

/* A client, and what it has heard. */
typedef struct
{
  GDBusConnection *connection; /* (owned) */
  ConfsyncDBusDocument *proxy; /* (owned) */
  guint changed;
  guint events;
  char *hash;   /* of the last change */
  char *author; /* likewise */
  GStrv places; /* likewise */
  gboolean local;
  char *hash_then; /* the property when the signal came */
} Listener;

static void
set_up (Control *self, gconstpointer data)
{
  control_set_up (self, data);
}

/* For raw peers, which prove nothing. */
static void
set_up_keyless (Control *self, gconstpointer data)
{
  self->keyless = TRUE;
  control_set_up (self, data);
}

static void
set (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

static void
changed_cb (ConfsyncDBusDocument *proxy,
            const char *hash,
            const char *author,
            gboolean local,
            const char *const *places,
            guint more,
            Listener *self)
{
  self->changed++;
  self->local = local;
  set (&self->hash, hash);
  set (&self->author, author);
  set (&self->hash_then, confsync_dbus_document_get_hash (proxy));
  g_strfreev (self->places);
  self->places = g_strdupv ((char **) places);
}

static void
event_cb (ConfsyncDBusDocument *proxy,
          guint level,
          const char *kind,
          GVariant *details,
          Listener *self)
{
  g_assert_cmpuint (level, <=, CONFSYNC_LEVEL_ERROR);
  g_assert_true (g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT));
  self->events++;
}

static Listener *
listener_new (Control *control)
{
  Listener *self = g_new0 (Listener, 1);

  self->connection = control_connect (control);
  self->proxy = control_document_proxy (self->connection);
  g_signal_connect (self->proxy, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (self->proxy, "event", G_CALLBACK (event_cb), self);
  return self;
}

static void
listener_free (Listener *self)
{
  g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_object_unref (self->proxy);
  g_object_unref (self->connection);
  g_free (self->hash);
  g_free (self->author);
  g_free (self->hash_then);
  g_strfreev (self->places);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listener, listener_free)

static gboolean
has_heard (gpointer data)
{
  return ((Listener *) data)->changed > 0;
}

static gboolean
has_two_versions (gpointer data)
{
  return confsync_dbus_document_get_versions (((Listener *) data)->proxy) == 2;
}

static void
test_properties (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  g_autoptr (GVariant) id = NULL, running = NULL, pid = NULL, listeners = NULL;
  g_autofree char *hash = NULL;

  g_object_get (self->a->manager, "hash", &hash, NULL);
  g_assert_cmpstr (confsync_dbus_document_get_name (client->proxy), ==, "");
  g_assert_cmpstr (confsync_dbus_document_get_hash (client->proxy), ==, hash);
  g_assert_cmpstr (confsync_dbus_document_get_author (client->proxy), ==, "a");
  g_assert_cmpstr (confsync_dbus_document_get_state (client->proxy), ==, "running");
  g_assert_cmpstr (confsync_dbus_document_get_reason (client->proxy), ==, "");
  g_assert_cmpuint (confsync_dbus_document_get_size (client->proxy), ==, 22);
  g_assert_cmpint (confsync_dbus_document_get_time (client->proxy), >, 0);
  g_assert_cmpint (confsync_dbus_document_get_last_sync (client->proxy), ==, 0);
  g_assert_true (confsync_dbus_document_get_running (client->proxy));

  id = control_get (client->connection, CONFSYNC_CONTROL_MANAGER_PATH, "InstanceId");
  running = control_get (client->connection, CONFSYNC_CONTROL_MANAGER_PATH, "Running");
  pid = control_get (client->connection, CONFSYNC_CONTROL_MANAGER_PATH, "Pid");
  listeners = control_get (client->connection, CONFSYNC_CONTROL_MANAGER_PATH, "Listeners");
  g_assert_cmpstr (g_variant_get_string (id, NULL), ==, "a");
  g_assert_true (g_variant_get_boolean (running));
  g_assert_cmpuint (g_variant_get_uint32 (pid), ==, getpid ());
  g_assert_cmpuint (g_variant_n_children (listeners), ==, 1);
}

/* A change reaches all who are connected, once, and finds the properties changed. */
static void
test_two_clients (Control *self, gconstpointer data)
{
  g_autoptr (Listener) one = listener_new (self), two = listener_new (self);
  Listener *const both[] = { one, two };

  instance_edit (self->a, "{'a':2,'b':{'c':false}}");
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_assert_true (test_wait_until (has_heard, both[i], TEST_DEADLINE_MS));
      g_assert_cmpuint (both[i]->changed, ==, 1);
      g_assert_cmpstr (both[i]->hash, ==, both[i]->hash_then);
      g_assert_cmpstr (both[i]->author, ==, "a");
      g_assert_true (both[i]->local);
      g_assert_cmpstrv (both[i]->places, ((const char *[]) { "/a", "/b/c", NULL }));
      g_assert_true (test_wait_until (has_two_versions, both[i], TEST_DEADLINE_MS));
      g_assert_cmpuint (both[i]->events, >=, 1);
    }
}

static gboolean
has_synced (gpointer data)
{
  return confsync_dbus_document_get_last_sync (((Listener *) data)->proxy) > 0;
}

typedef struct
{
  Listener *listener;
  const char *sync;
  guint n;
} Expected;

static guint
count_peers (GVariant *peers, const char *name, const char *value)
{
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (peers); i++)
    {
      g_autoptr (GVariant) peer = g_variant_get_child_value (peers, i);
      const char *found;

      n += g_variant_lookup (peer, name, "&s", &found) && g_str_equal (found, value);
    }
  return n;
}

static gboolean
has_peers (gpointer data)
{
  Expected *expected = data;
  GVariant *peers = confsync_dbus_document_get_peers (expected->listener->proxy);

  return count_peers (peers, "sync", expected->sync) == expected->n;
}

static void
expect_peers (Listener *listener, const char *sync, guint n)
{
  Expected expected = { .listener = listener, .sync = sync, .n = n };

  g_assert_true (test_wait_until (has_peers, &expected, TEST_DEADLINE_MS));
}

static Instance *
add_peer (Control *self, const char *id)
{
  Instance *peer = control_add_peer (self, id);

  control_start (self, peer);
  return peer;
}

static void
test_peers (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  g_autoptr (GVariant) peers = NULL;
  Instance *b;

  expect_peers (client, "holds", 0);
  b = add_peer (self, "b");
  add_peer (self, "c");
  expect_peers (client, "holds", 2);
  peers = control_get (client->connection, CONFSYNC_CONTROL_MANAGER_PATH, "Peers");
  g_assert_cmpuint (count_peers (peers, "state", "live"), ==, 2);
  g_assert_cmpuint (count_peers (peers, "id", "b"), ==, 1);

  instance_edit (self->a, "{'a':2}");
  world_expect (&self->world, "{'a':2}");
  expect_peers (client, "holds", 2);
  g_assert_true (test_wait_until (has_synced, client, TEST_DEADLINE_MS));

  instance_stop (&self->world, b);
  expect_peers (client, "holds", 1);
}

/* A peer that is dialled and isn't there, and one that doesn't take what it is sent. */
static void
test_peers_that_lack_it (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  Instance *small = world_add (&self->world, "small");
  g_autofree char *value = g_strnfill (2000, 'x');
  g_autofree char *text = g_strdup_printf ("{'v':'%s'}", value);
  g_autoptr (GVariant) peers = NULL;

  instance_dial (self->a, "loopback:nobody");
  expect_peers (client, "unreached", 1);

  small->max_bytes = 1000;
  control_start (self, small);
  expect_peers (client, "holds", 1);
  instance_edit (self->a, text);
  expect_peers (client, "refused", 1);
  g_assert_false (has_synced (client));
  control_refuse (client->connection, "Sync", g_variant_new ("(u)", 1000), CONFSYNC_ERROR_REFUSED,
                  "small doesn't take the configuration");
  peers = control_get (client->connection, CONFSYNC_CONTROL_DOCUMENT_PREFIX "_", "Peers");
  g_assert_cmpuint (count_peers (peers, "id", "small"), ==, 1);
}

static void
test_sync (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) alone = NULL, together = NULL, begun = NULL;
  guint holding, total;

  alone = control_call (client->connection, "Sync", g_variant_new ("(u)", G_MAXUINT32), &error);
  g_assert_no_error (error);
  g_variant_get (alone, "(uu)", &holding, &total);
  g_assert_cmpuint (holding + total, ==, 0);

  add_peer (self, "b");
  world_wait_live (&self->world, self->a, 1);
  instance_edit (self->a, "{'a':2}");
  together = control_call (client->connection, "Sync", g_variant_new ("(u)", 5000), &error);
  g_assert_no_error (error);
  g_variant_get (together, "(uu)", &holding, &total);
  g_assert_cmpuint (holding, ==, 1);
  g_assert_cmpuint (total, ==, 1);
  begun = control_call (client->connection, "Sync", g_variant_new ("(u)", 0), &error);
  g_assert_no_error (error);
}

/* A peer that says who it is, and nothing more. */
static void
test_sync_deadline (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  TestEnd *silent = raw_dial (&self->world, "loopback:a");

  raw_hello (&self->world, silent, "mute", "0123456789abcdef");
  world_wait_live (&self->world, self->a, 1);
  control_refuse (client->connection, "Sync", g_variant_new ("(u)", 50), CONFSYNC_ERROR_DEADLINE,
                  "after 50 ms: mute: hasn't said yet what it holds");
  test_end_free (silent);
}

/* Who leaves while Sync waits takes the waiting along. */
static void
test_sync_left (Control *self, gconstpointer data)
{
  Listener *client = listener_new (self);
  g_autoptr (Listener) other = listener_new (self);
  TestEnd *silent = raw_dial (&self->world, "loopback:a");

  raw_hello (&self->world, silent, "mute", "0123456789abcdef");
  world_wait_live (&self->world, self->a, 1);
  confsync_dbus_document_call_sync (client->proxy, G_MAXUINT32, NULL, NULL, NULL);
  control_refuse (other->connection, "Sync", g_variant_new ("(u)", 50), CONFSYNC_ERROR_DEADLINE,
                  "mute");
  control_disconnect (self, g_object_ref (client->connection));
  listener_free (client);
  control_refuse (other->connection, "Sync", g_variant_new ("(u)", 50), CONFSYNC_ERROR_DEADLINE,
                  "mute");
  test_end_free (silent);
}

static gboolean
is_waiting (gpointer data)
{
  return g_str_equal (confsync_dbus_document_get_state (((Listener *) data)->proxy), "waiting");
}

static gboolean
is_running (gpointer data)
{
  return g_str_equal (confsync_dbus_document_get_state (((Listener *) data)->proxy), "running");
}

static gboolean
is_stopped (gpointer data)
{
  return g_str_equal (confsync_dbus_document_get_state (((Listener *) data)->proxy), "stopped");
}

static void
test_state (Control *self, gconstpointer data)
{
  g_autoptr (Listener) client = listener_new (self);
  g_auto (Answer) answer = { 0 };

  g_assert_true (is_waiting (client));
  test_assert_contains (confsync_dbus_document_get_reason (client->proxy), "waiting for");
  g_assert_cmpstr (confsync_dbus_document_get_hash (client->proxy), ==, "");
  instance_edit (self->a, CONTENT);
  g_assert_true (test_wait_until (is_running, client, TEST_DEADLINE_MS));
  g_assert_cmpstr (confsync_dbus_document_get_reason (client->proxy), ==, "");
  instance_edit (self->a, NULL);
  g_assert_true (test_wait_until (is_waiting, client, TEST_DEADLINE_MS));
  test_assert_contains (confsync_dbus_document_get_reason (client->proxy), "taken for a mistake");

  confsync_manager_stop_async (self->a->manager, NULL, answer_cb, &answer);
  answer_await (&self->world, &answer);
  g_assert_true (test_wait_until (is_stopped, client, TEST_DEADLINE_MS));
  g_assert_false (confsync_dbus_document_get_running (client->proxy));
}

/* Who asks while it starts is answered once it has started. */
static void
test_starting (Control *self, gconstpointer data)
{
  g_auto (Answer) stopped = { 0 }, started = { 0 };
  g_autoptr (GDBusConnection) client = NULL;
  g_autofree char *value = NULL;

  confsync_manager_stop_async (self->a->manager, NULL, answer_cb, &stopped);
  answer_await (&self->world, &stopped);
  confsync_manager_start_async (self->a->manager, NULL, answer_cb, &started);
  g_assert_cmpint (confsync_manager_get_state (self->a->manager), ==, CONFSYNC_MANAGER_STARTING);
  client = control_connect (self);
  value = control_ask (client, "GetValue", g_variant_new ("(s)", "/a"));
  g_assert_cmpstr (value, ==, "1");
  g_assert_true (test_wait_until (answer_came, &started, TEST_DEADLINE_MS));
  g_assert_no_error (started.error);
}

static void
managed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(GDBusObjectManager **) user_data =
    confsync_dbus_object_manager_client_new_finish (result, &error);
  g_assert_no_error (error);
}

static gboolean
is_there (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
test_object_manager (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) connection = control_connect (self);
  g_autoptr (GDBusObjectManager) manager = NULL;
  g_autoptr (GDBusInterface) document = NULL, node = NULL;

  confsync_dbus_object_manager_client_new (connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE,
                                           NULL, CONFSYNC_DBUS_PATH, NULL, managed_cb, &manager);
  g_assert_true (test_wait_until (is_there, &manager, TEST_DEADLINE_MS));
  document = g_dbus_object_manager_get_interface (manager, CONFSYNC_CONTROL_DOCUMENT_PREFIX "_",
                                                  CONFSYNC_DBUS_NAME ".Document");
  node = g_dbus_object_manager_get_interface (manager, CONFSYNC_CONTROL_MANAGER_PATH,
                                              CONFSYNC_DBUS_NAME ".Manager");
  g_assert_true (CONFSYNC_DBUS_IS_DOCUMENT (document));
  g_assert_true (CONFSYNC_DBUS_IS_MANAGER (node));
  g_assert_cmpstr (confsync_dbus_manager_get_instance_id (CONFSYNC_DBUS_MANAGER (node)), ==, "a");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD_TO(name, text, function, set)                                                          \
  g_test_add ("/control-status/" name, Control, text, set, function, control_tear_down)
#define ADD(name, text, function) ADD_TO (name, text, function, set_up)
  ADD ("properties", CONTENT, test_properties);
  ADD ("two-clients", CONTENT, test_two_clients);
  ADD ("peers", CONTENT, test_peers);
  ADD ("peers-that-lack-it", CONTENT, test_peers_that_lack_it);
  ADD ("sync", CONTENT, test_sync);
  ADD_TO ("sync-deadline", CONTENT, test_sync_deadline, set_up_keyless);
  ADD_TO ("sync-left", CONTENT, test_sync_left, set_up_keyless);
  ADD ("state", NULL, test_state);
  ADD ("starting", CONTENT, test_starting);
  ADD ("object-manager", CONTENT, test_object_manager);
  result = g_test_run ();
  control_finish ();
  return result;
}

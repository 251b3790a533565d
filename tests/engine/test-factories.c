/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Managers for the usual deployments, over real files and sockets: whom each talks to, where its
 * options come from, and what it says of those that it can't take.
 */

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include <confsync.h>

#include "test-util.h"

typedef struct
{
  char *dir;
  char *path;       /* of a live file */
  GPtrArray *names; /* of variables that a test has set */
  GPtrArray *told;  /* notices */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = test_temp_dir ();
  fixture->path = g_build_filename (fixture->dir, "a.json", NULL);
  fixture->names = g_ptr_array_new_with_free_func (g_free);
  fixture->told = g_ptr_array_new_with_free_func (g_free);
  g_setenv ("XDG_CONFIG_HOME", fixture->dir, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < fixture->names->len; i++)
    g_unsetenv (fixture->names->pdata[i]);
  g_ptr_array_unref (fixture->names);
  g_ptr_array_unref (fixture->told);
  test_remove_tree (fixture->dir);
  g_free (fixture->path);
  g_free (fixture->dir);
}

static void
set_variable (Fixture *fixture, const char *name, const char *value)
{
  g_setenv (name, value, TRUE);
  g_ptr_array_add (fixture->names, g_strdup (name));
}

/* A port that nobody listens at. */
static guint16
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  const guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_assert_cmpuint (port, !=, 0);
  return port;
}

/* Returns: (nullable): the manager, or NULL with @error */
static ConfsyncManager *
try_addon (const char *path, const char *options, GError **error)
{
  g_autoptr (GBytes) text = options != NULL ? g_bytes_new (options, strlen (options)) : NULL;
  g_autoptr (ConfsyncJson) json = text != NULL ? confsync_json_parse (text, NULL, NULL) : NULL;

  g_assert_true (options == NULL || json != NULL);
  return confsync_manager_new_ha_addon (path, NULL, json, error);
}

static ConfsyncManager *
make_addon (const char *path, const char *options)
{
  g_autoptr (GError) error = NULL;
  ConfsyncManager *manager = try_addon (path, options, &error);

  g_assert_no_error (error);
  return manager;
}

static void
event_cb (ConfsyncManager *manager,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          Fixture *fixture)
{
  const char *message;

  if (!g_str_equal (kind, CONFSYNC_EVENT_NOTICE))
    return;
  g_assert_cmpint (level, ==, CONFSYNC_LEVEL_WARNING);
  g_assert_true (g_variant_lookup (details, "message", "&s", &message));
  g_ptr_array_add (fixture->told, g_strdup (message));
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
has_result (gpointer result)
{
  return *(GAsyncResult **) result != NULL;
}

static void
start (ConfsyncManager *manager)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  confsync_manager_start_async (manager, NULL, keep_result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
  confsync_manager_start_finish (manager, result, &error);
  g_assert_no_error (error);
}

static void
stop (ConfsyncManager *manager)
{
  g_autoptr (GAsyncResult) result = NULL;

  confsync_manager_stop_async (manager, NULL, keep_result_cb, &result);
  g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
}

/* The running manager listens at these addresses, and knows so many peers. */
static void
assert_reach (ConfsyncManager *manager, const char *listeners, guint n_peers)
{
  ConfsyncNode *node = confsync_manager_get_node (manager);
  g_auto (GStrv) addresses = confsync_node_list_listeners (node);
  g_autofree char *joined = g_strjoinv (" ", addresses);
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (node);

  g_assert_cmpstr (joined, ==, listeners);
  g_assert_cmpuint (peers->len, ==, n_peers);
}

static void
assert_told (Fixture *fixture, const char *joined)
{
  g_autofree char *got = NULL;

  g_ptr_array_add (fixture->told, NULL);
  got = g_strjoinv ("\n", (char **) fixture->told->pdata);
  g_assert_cmpstr (got, ==, joined);
  g_ptr_array_set_size (fixture->told, 0);
}

typedef struct
{
  ConfsyncManager *manager;
  const char *text;
} Expected;

static gboolean
holds (gpointer data)
{
  Expected *expected = data;
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (expected->manager);
  g_autoptr (GBytes) canonical = NULL;
  gsize length;
  const char *text;

  if (document == NULL)
    return FALSE;
  canonical = confsync_json_to_canonical (confsync_document_get_json (document));
  text = g_bytes_get_data (canonical, &length);
  return length == strlen (expected->text) && memcmp (text, expected->text, length) == 0;
}

static void
expect (ConfsyncManager *manager, const char *text)
{
  Expected expected = { manager, text };

  g_assert_true (test_wait_until (holds, &expected, TEST_DEADLINE_MS));
}

static gboolean
is_folder (gpointer path)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static void
test_single_instance (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (fixture->dir, "base", NULL);
  g_autofree char *versions = g_build_filename (base, "config_versions", NULL);
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  guint max_versions;

  g_test_summary ("It keeps versions, and talks to nobody, whatever the environment says");
  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  test_write_file (fixture->path, "{\"a\": 1}");
  set_variable (fixture, "AICLEANER_SYNC_PEERS", "ws://127.0.0.1:1/sync");
  set_variable (fixture, "AICLEANER_SYNC_ENABLE_SERVER", "true");
  set_variable (fixture, "CONFSYNC_LISTEN", "1");
  set_variable (fixture, "AICLEANER_INSTANCE_ID", "instance_001");
  set_variable (fixture, "CONFSYNC_MAX_VERSIONS", "3");
  manager = confsync_manager_new_single_instance (fixture->path, base, &error);
  g_assert_no_error (error);
  start (manager);
  expect (manager, "{\"a\":1}");
  assert_reach (manager, "", 0);
  g_assert_cmpstr (confsync_node_get_instance_id (confsync_manager_get_node (manager)), ==,
                   "instance_001");
  g_object_get (manager, "max-versions", &max_versions, NULL);
  g_assert_cmpuint (max_versions, ==, 3);
  g_assert_true (test_wait_until (is_folder, versions, TEST_DEADLINE_MS));
  stop (manager);
}

static void
test_manners (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (ConfsyncManager) wrong = NULL, unknown = NULL;
  g_autoptr (GError) error = NULL, unknown_error = NULL;
  g_auto (GStrv) local_keys = NULL;

  g_test_summary ("How the document is kept comes from the same places; a plugin that isn't there "
                  "is named with its place");
  set_variable (fixture, "CONFSYNC_ROLE", "send-only");
  set_variable (fixture, "CONFSYNC_JOIN", "keep");
  set_variable (fixture, "CONFSYNC_LOCAL_KEYS", "/id,/keys/api");
  set_variable (fixture, "CONFSYNC_RESOLVER_FOR", "/a=lww");
  manager = confsync_manager_new_development (fixture->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (confsync_manager_get_role (manager), ==, CONFSYNC_ROLE_SEND_ONLY);
  g_assert_cmpint (confsync_manager_get_join (manager), ==, CONFSYNC_JOIN_KEEP);
  g_object_get (manager, "local-keys", &local_keys, NULL);
  g_assert_cmpuint (g_strv_length (local_keys), ==, 2);
  g_assert_cmpstr (local_keys[1], ==, "/keys/api");
  g_assert_false (confsync_manager_add_resolver_by_name (manager, "/a", "lww", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);

  g_clear_error (&error);
  set_variable (fixture, "CONFSYNC_RESOLVER_FOR", "zones");
  wrong = confsync_manager_new_single_instance (fixture->path, NULL, &error);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_assert_true (g_str_has_prefix (error->message, "CONFSYNC_RESOLVER_FOR: "));
  set_variable (fixture, "CONFSYNC_RESOLVER_FOR", "/zones=quack");
  unknown = confsync_manager_new_single_instance (fixture->path, NULL, &unknown_error);
  g_assert_error (unknown_error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (unknown_error->message, "CONFSYNC_RESOLVER_FOR: "));
}

static void
test_addon_alone (Fixture *fixture, gconstpointer data)
{
  const char *const options[] = {
    NULL,
    "{}",
    "{\"sync_port\": 8765, \"peer_urls\": [], \"enable_sync_server\": false,"
    " \"rate_limit_requests_per_minute\": 60, \"rate_limit_block_duration\": 120,"
    " \"rate_limit_whitelist_local\": true}",
    "{\"gemini_api_key\": \"hunter2\", \"zones\": [{\"name\": \"Kitchen\"}]}",
  };

  g_test_summary ("Without peers and without a word about the server, it talks to nobody");
  test_write_file (fixture->path, "{\"a\": 1}");
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (ConfsyncManager) manager = make_addon (fixture->path, options[i]);

      g_signal_connect (manager, "event", G_CALLBACK (event_cb), fixture);
      start (manager);
      assert_reach (manager, "", 0);
      assert_told (fixture, "");
      stop (manager);
    }
}

static void
test_addon_pair (Fixture *fixture, gconstpointer data)
{
  const guint16 first_port = free_port (), second_port = free_port ();
  g_autofree char *other = g_build_filename (fixture->dir, "other", "b.json", NULL);
  g_autofree char *folder = g_path_get_dirname (other);
  g_autofree char *serving =
    g_strdup_printf ("{\"sync_port\": %u, \"enable_sync_server\": true}", first_port);
  g_autofree char *dialling =
    g_strdup_printf ("{\"sync_port\": %u, \"peer_urls\": [\"ws://127.0.0.1:%u/sync\"]}",
                     second_port, first_port);
  g_autofree char *first_address = g_strdup_printf ("ws://127.0.0.1:%u/sync", first_port);
  g_autofree char *second_address = g_strdup_printf ("ws://127.0.0.1:%u/sync", second_port);
  g_autoptr (ConfsyncManager) first = NULL, second = NULL;

  g_test_summary ("A server, and one that has peers and so serves too; a file edit goes through");
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  test_write_file (fixture->path, "{\"n\": 1}");
  first = make_addon (fixture->path, serving);
  second = make_addon (other, dialling);
  start (first);
  start (second);
  assert_reach (first, first_address, 0);
  assert_reach (second, second_address, 1);
  expect (second, "{\"n\":1}");
  test_replace_file (other, "{\"n\": 2}");
  expect (first, "{\"n\":2}");
  stop (second);
  stop (first);
}

static void
test_addon_server_off (Fixture *fixture, gconstpointer data)
{
  g_autofree char *options =
    g_strdup_printf ("{\"peer_urls\": [\"ws://127.0.0.1:%u/sync\"],"
                     " \"enable_sync_server\": false}", free_port ());
  g_autoptr (ConfsyncManager) manager = make_addon (fixture->path, options);

  start (manager);
  assert_reach (manager, "", 1);
  stop (manager);
}

/* One port a place; the places leave, the strongest first. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  const char *const variables[] = { "CONFSYNC_SYNC_PORT", "AICLEANER_SYNC_PORT" };
  g_autofree char *folder = g_build_filename (fixture->dir, "confsync", NULL);
  g_autofree char *settings = g_build_filename (folder, "confsync.conf", NULL);
  guint16 ports[4];
  g_autofree char *text = NULL, *options = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    ports[i] = free_port ();
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      g_autofree char *port = g_strdup_printf ("%u", ports[i]);

      set_variable (fixture, variables[i], port);
    }
  text = g_strdup_printf ("[confsync]\nsync-port=%u\n", ports[2]);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  test_write_file (settings, text);
  options = g_strdup_printf ("{\"sync_port\": %u, \"enable_sync_server\": true}", ports[3]);

  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u/sync", ports[i]);
      g_autoptr (ConfsyncManager) manager = make_addon (fixture->path, options);

      start (manager);
      assert_reach (manager, address, 0);
      stop (manager);
      if (i < G_N_ELEMENTS (variables))
        g_unsetenv (variables[i]);
      else if (i == G_N_ELEMENTS (variables))
        test_remove_tree (folder);
    }
}

static void
test_options_file (Fixture *fixture, gconstpointer data)
{
  const guint16 port = free_port ();
  g_autofree char *path = g_build_filename (fixture->dir, "options.json", NULL);
  g_autofree char *text =
    g_strdup_printf ("{\"sync_port\": %u, \"enable_sync_server\": true}", port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u/sync", port);
  g_autoptr (ConfsyncManager) named = NULL, given = NULL;

  g_test_summary ("The file that a variable names, unless the program gives options itself");
  test_write_file (path, text);
  set_variable (fixture, "CONFSYNC_OPTIONS_FILE", path);
  named = make_addon (fixture->path, NULL);
  start (named);
  assert_reach (named, address, 0);
  stop (named);
  given = make_addon (fixture->path, "{}");
  start (given);
  assert_reach (given, "", 0);
  stop (given);
}

static void
test_from_file (Fixture *fixture, gconstpointer data)
{
  const guint16 port = free_port ();
  g_autofree char *path = g_build_filename (fixture->dir, "options.json", NULL);
  g_autofree char *text =
    g_strdup_printf ("{\"sync_port\": %u, \"enable_sync_server\": true}", port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u/sync", port);
  g_autofree char *message =
    g_strconcat (path, ": sync_port: “0” is not a port (1 to 65535)", NULL);
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_manager_new_ha_addon_from_file (fixture->path, NULL, path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  test_write_file (path, "{");
  g_assert_null (confsync_manager_new_ha_addon_from_file (fixture->path, NULL, path, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_clear_error (&error);
  test_write_file (path, "{\"sync_port\": 0}");
  g_assert_null (confsync_manager_new_ha_addon_from_file (fixture->path, NULL, path, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, message);
  g_clear_error (&error);

  test_write_file (path, text);
  manager = confsync_manager_new_ha_addon_from_file (fixture->path, NULL, path, &error);
  g_assert_no_error (error);
  start (manager);
  assert_reach (manager, address, 0);
  stop (manager);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *options; /* (nullable) */
    const char *variable, *value; /* (nullable) */
    int code;
    const char *start; /* of the message */
  } cases[] = {
    { "{\"sync_port\": 70000}", NULL, NULL, CONFSYNC_ERROR_INVALID_OPTION,
      "options: sync_port: “70000” is not a port (1 to 65535)" },
    { "{\"enable_sync_server\": \"maybe\"}", NULL, NULL, CONFSYNC_ERROR_INVALID_OPTION,
      "options: enable_sync_server: “maybe” is not true or false" },
    { "[]", NULL, NULL, CONFSYNC_ERROR_INVALID_OPTION,
      "options: options are the members of a JSON object, and this is none" },
    { "{\"sync_key\": \"hunter2\"}", NULL, NULL, CONFSYNC_ERROR_INVALID_OPTION,
      "options: sync_key: it is no key: it has another length; “confsync keygen --shared” makes a "
      "key of 64 hexadecimal digits" },
    { NULL, "CONFSYNC_KEY", "hunter2", CONFSYNC_ERROR_INVALID_OPTION,
      "CONFSYNC_KEY: it is no key: it has another length; " },
    { NULL, "AICLEANER_SYNC_PORT", "x", CONFSYNC_ERROR_INVALID_OPTION,
      "AICLEANER_SYNC_PORT: “x” is not a port (1 to 65535)" },
    { NULL, "AICLEANER_INSTANCE_ID", "a b", CONFSYNC_ERROR_REFUSED,
      "AICLEANER_INSTANCE_ID: “a b” can't name an instance" },
    { NULL, "AICLEANER_SYNC_PEERS", "gopher://x", CONFSYNC_ERROR_INVALID_ADDRESS,
      "AICLEANER_SYNC_PEERS: “gopher://x”: " },
    { "{\"peer_urls\": [\"a b:1\"]}", NULL, NULL, CONFSYNC_ERROR_INVALID_ADDRESS,
      "options: peer_urls: " },
    { "{\"listen\": \"1\", \"bind\": \"not a host\", \"enable_sync_server\": true}", NULL, NULL,
      CONFSYNC_ERROR_INVALID_ADDRESS, "options: bind: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      if (cases[i].variable != NULL)
        set_variable (fixture, cases[i].variable, cases[i].value);
      g_assert_null (try_addon (fixture->path, cases[i].options, &error));
      g_assert_error (error, CONFSYNC_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, !=, NULL);
      if (!g_str_has_prefix (error->message, cases[i].start))
        g_assert_cmpstr (error->message, ==, cases[i].start);
      g_assert_null (strstr (error->message, "hunter2"));
      if (cases[i].variable != NULL)
        g_unsetenv (cases[i].variable);
    }
}

static void
test_notices (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncManager) manager = NULL;

  g_test_summary ("What is odd, and not refused, is told once, at the start");
  set_variable (fixture, "CONFSYNC_PEER_URL", "ws://x");
  manager = make_addon (fixture->path, "{\"rate_limit_requests_per_minute\": 30,"
                        " \"sync_prot\": 1, \"rate_limit_block_duration\": 120}");
  g_signal_connect (manager, "event", G_CALLBACK (event_cb), fixture);
  start (manager);
  assert_told (fixture,
               "unknown variable CONFSYNC_PEER_URL in the environment; did you mean "
               "CONFSYNC_PEER_URLS?\n"
               "unknown option options: sync_prot; did you mean sync_port?");
  stop (manager);
  start (manager);
  assert_told (fixture, "");
  stop (manager);
}

static void
test_development (Fixture *fixture, gconstpointer data)
{
  const guint16 port = free_port ();
  g_autofree char *text = g_strdup_printf ("%u", port);
  g_autofree char *address = g_strdup_printf ("ws://127.0.0.1:%u/sync", port);
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  set_variable (fixture, "CONFSYNC_SYNC_PORT", text);
  set_variable (fixture, "CONFSYNC_PEER_URLS", "ws://127.0.0.1:1/sync");
  manager = confsync_manager_new_development (fixture->path, NULL, &error);
  g_assert_no_error (error);
  start (manager);
  assert_reach (manager, address, 0);
  stop (manager);
}

static void
test_development_port (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) probe = g_socket_listener_new ();
  g_autoptr (ConfsyncManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_socket_listener_add_inet_port (probe, 8765, NULL, NULL))
    {
      g_test_skip ("somebody has port 8765");
      return;
    }
  g_clear_object (&probe);
  manager = confsync_manager_new_development (fixture->path, NULL, &error);
  g_assert_no_error (error);
  start (manager);
  assert_reach (manager, "ws://127.0.0.1:8765/sync", 0);
  stop (manager);
}

/* Who tries again as soon as it is told has the file, however often. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Nothing is left of a start that failed once that is told");

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (ConfsyncManager) open =
          make_addon (fixture->path, "{\"listen\": [\"0.0.0.0:0\"]}");
      g_autoptr (ConfsyncManager) closed = make_addon (fixture->path, NULL);
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      confsync_manager_start_async (open, NULL, keep_result_cb, &result);
      g_assert_true (test_wait_until (has_result, &result, TEST_DEADLINE_MS));
      g_assert_false (confsync_manager_start_finish (open, result, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      start (closed);
      stop (closed);
    }
}

#define ADD(path, function) \
  g_test_add ("/factories/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("CONFSYNC_TEST_SLOW"); /* the tests' own, and no option */

  ADD ("single-instance", test_single_instance);
  ADD ("manners", test_manners);
  ADD ("addon/alone", test_addon_alone);
  ADD ("addon/pair", test_addon_pair);
  ADD ("addon/server-off", test_addon_server_off);
  ADD ("addon/order", test_order);
  ADD ("addon/options-file", test_options_file);
  ADD ("addon/from-file", test_from_file);
  ADD ("addon/refused", test_refused);
  ADD ("addon/notices", test_notices);
  ADD ("addon/again", test_again);
  ADD ("development", test_development);
  ADD ("development/port", test_development_port);

  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links over TLS, each with a real handshake: who is let in by pins and by authorities, and what
 * both ends say where somebody isn't.
 */

#include "fixture.h"

#include <string.h>

#include "test-certificate.h"
#include "test-util.h"

#define LARGE_BYTES (1024 * 1024)
/* more than GIO has threads */
#define MANY 40

#define NO_TRUST "it may not trust our certificate"

/* made once for all tests */
static char *folder;

static char *
path_of (const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (folder, file, NULL);
}

static char *
fingerprint_of (const char *name)
{
  g_autofree char *path = path_of (name, ".crt");
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);

  g_assert_no_error (error);
  return confsync_tls_dup_fingerprint (certificate);
}

/* @pins: names with commas between them; all arguments are nullable */
static ConfsyncTls *
make_tls (const char *identity, const char *pins, const char *ca)
{
  ConfsyncTls *tls = confsync_tls_new ();
  g_auto (GStrv) names = g_strsplit (pins != NULL ? pins : "", ",", -1);
  g_autoptr (GError) error = NULL;

  if (identity != NULL)
    {
      g_autofree char *certificate = path_of (identity, ".crt");
      g_autofree char *key = path_of (identity, ".key");

      g_assert_true (confsync_tls_load_identity (tls, certificate, key, &error));
    }
  if (ca != NULL)
    {
      g_autofree char *path = path_of (ca, ".crt");

      g_assert_true (confsync_tls_load_ca (tls, path, &error));
    }
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *fingerprint = fingerprint_of (names[i]);

      g_assert_true (confsync_tls_add_pin (tls, fingerprint, &error));
    }
  g_assert_no_error (error);
  return tls;
}

static void
use_tls (Fixture *fixture, const char *identity, const char *pins, const char *ca)
{
  g_autoptr (ConfsyncTls) tls = make_tls (identity, pins, ca);

  g_object_set (fixture->transport, "tls", tls, NULL);
}

static void
listen_on (Fixture *fixture, const char *address)
{
  fixture_listen_on (fixture, address, CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
}

static void
assert_echo (Fixture *fixture)
{
  g_autofree char *text = g_malloc0 (LARGE_BYTES);
  g_autoptr (GBytes) message = NULL;

  memset (text, 'x', LARGE_BYTES - 1);
  text[0] = '{';
  message = g_bytes_new (text, LARGE_BYTES - 1);
  confsync_channel_send (fixture->here.channel, message);
  wait_for (fixture->there.received->len == 1);
  g_assert_true (g_bytes_equal (fixture->there.received->pdata[0], message));
  confsync_channel_send (fixture->there.channel, message);
  wait_for (fixture->here.received->len == 1);
  g_assert_true (g_bytes_equal (fixture->here.received->pdata[0], message));
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->there.channel), ==, 0);
}

/* one listener and one dialler */
typedef struct
{
  const char *name;
  const char *listener; /* its certificate, and what it pins */
  const char *listener_pins;
  const char *dialler; /* (nullable) */
  const char *dialler_pins;
  const char *ca; /* (nullable): of the dialler */
  /* (nullable) where they get a link: what the dialler says, and the listener */
  const char *complaint;
  const char *refusal;
} Pair;

static const Pair pairs[] = {
  { "mutual", "a", "b", "b", "a", NULL, NULL, NULL },
  { "rotation-old", "a", "b,new", "b", "a", NULL, NULL, NULL },
  { "rotation-new", "a", "b,new", "new", "a,c", NULL, NULL, NULL },
  { "one-sided", "a", NULL, NULL, "a", NULL, NULL, NULL },
  { "not-asked", "a", NULL, "b", "a", NULL, NULL, NULL },
  { "authority", "signed", NULL, NULL, NULL, "ca", NULL, NULL },
  { "authority-and-pin", "signed", "b", "b", "signed", "ca", NULL, NULL },

  { "client-not-pinned", "a", "b", "c", "a", NULL, "answered 403 a certificate that isn't pinned",
    "a certificate that isn't pinned (SHA-256" },
  { "client-without", "a", "b", NULL, "a", NULL, "answered 403 no certificate instead",
    "no certificate" },
  { "client-expired", "a", "old", "old", "a", NULL, "answered 403 a certificate that has expired",
    "a certificate that has expired (SHA-256" },
  { "server-not-pinned", "a", "b", "b", "c", NULL, "shows a certificate that isn't pinned (SHA-256",
    NO_TRUST },
  { "server-expired", "old", "b", "b", "old", NULL,
    "shows a certificate that has expired (SHA-256", NO_TRUST },
  { "server-early", "early", "b", "b", "early", NULL,
    "shows a certificate that isn't valid yet (SHA-256", NO_TRUST },
  { "authority-other-host", "other-host", NULL, NULL, NULL, "ca",
    "shows a certificate for another host (SHA-256", NO_TRUST },
  { "authority-expired", "signed-old", NULL, NULL, NULL, "ca",
    "shows a certificate that has expired (SHA-256", NO_TRUST },
  { "authority-unknown", "a", NULL, NULL, NULL, "ca",
    "shows a certificate of an authority that isn't trusted (SHA-256", NO_TRUST },
  { "authority-of-nobody", "signed", NULL, NULL, NULL, NULL,
    "shows a certificate of an authority that isn't trusted (SHA-256", NO_TRUST },
  { "authority-but-not-pinned", "signed", NULL, NULL, "c", "ca",
    "shows a certificate that isn't pinned (SHA-256", NO_TRUST },
  { "pinned-but-other-authority", "a", NULL, NULL, "a", "ca",
    "shows a certificate of an authority that isn't trusted (SHA-256", NO_TRUST },
};

/* The dialler is turned away, and the listener says that as well. */
static void
wait_for_refusal (Fixture *fixture)
{
  wait_for (fixture->here.closed == 1 && fixture->refusals->len > 0);
  g_test_message ("%s / %s", fixture->here.error->message, fixture->refusals->str);
  g_assert_cmpuint (fixture->here.opened, ==, 0);
  g_assert_null (fixture->there.channel);
}

static void
test_pair (Fixture *fixture, gconstpointer data)
{
  const Pair *pair = data;

  g_test_summary ("A listener and a dialler get a link where they should, or both say why not");

  use_tls (fixture, pair->listener, pair->listener_pins, NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  g_assert_true (
    g_str_has_prefix (confsync_listener_get_address (fixture->listener), "wss://127.0.0.1:"));
  g_assert_cmpint (confsync_listener_is_authenticated (fixture->listener), ==,
                   pair->listener_pins != NULL);
  use_tls (fixture, pair->dialler, pair->dialler_pins, pair->ca);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  if (pair->complaint == NULL)
    {
      wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
      assert_echo (fixture);
      g_assert_cmpstr (fixture->refusals->str, ==, "");
      return;
    }
  wait_for_refusal (fixture);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->here.error->message, pair->complaint));
  g_assert_null (strchr (fixture->here.error->message, '\n'));
  g_assert_nonnull (strstr (fixture->refusals->str, pair->refusal));
}

static void
test_plain_dialler (Fixture *fixture, gconstpointer data)
{
  g_autofree char *plain = NULL;

  g_test_summary ("Who dials a port with TLS without it is told on both ends");

  use_tls (fixture, "a", "b", NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  plain = g_strconcat ("ws", confsync_listener_get_address (fixture->listener) + 3, NULL);
  fixture_dial (fixture, plain);
  wait_for_refusal (fixture);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->here.error->message, "dial wss://"));
  g_assert_nonnull (strstr (fixture->refusals->str, "takes TLS only"));
}

static void
test_plain_listener (Fixture *fixture, gconstpointer data)
{
  g_autofree char *secure = NULL;

  g_test_summary ("Who dials a port without TLS with it is told on both ends");

  use_tls (fixture, "b", "a", NULL);
  listen_on (fixture, "ws://127.0.0.1:0");
  secure = g_strconcat ("wss", confsync_listener_get_address (fixture->listener) + 2, NULL);
  fixture_dial (fixture, secure);
  wait_for_refusal (fixture);
  g_assert_nonnull (strstr (fixture->here.error->message, "is TLS spoken there?"));
  g_assert_nonnull (strstr (fixture->refusals->str, "it begins TLS"));
}

static void
test_no_identity (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A listener with TLS needs a certificate, and the error says how to get one");

  fixture_listen_on (fixture, "wss://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  g_assert_error (fixture->listen_error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (fixture->listen_error->message, "confsync keygen"));
}

/* a client that sends @bytes and then nothing */
typedef struct
{
  const char *name;
  const char *bytes;
  gsize size;
} Stranger;

static const Stranger strangers[] = {
  { "silence", "", 0 },
  { "one-byte", "\x16", 1 },
  { "half-a-hello", "\x16\x03\x01\x02\x00\x01", 6 },
  { "record-without-end", "\x16\x03\x01\xff\xff\x01", 6 },
};

static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  const Stranger *stranger = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Who doesn't finish the handshake is shown out at the deadline");

  use_tls (fixture, "a", "b", NULL);
  g_object_set (fixture->transport, "handshake-timeout", 50, NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  connection = g_socket_client_connect_to_uri (
    client, confsync_listener_get_address (fixture->listener), 0, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             stranger->bytes, stranger->size, NULL, NULL, &error);
  g_assert_no_error (error);
  wait_for (fixture->refusals->len > 0);
  g_assert_nonnull (strstr (fixture->refusals->str, "no whole handshake within 50 ms"));
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  const Stranger *stranger = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Who goes away within the handshake holds nothing, and others are served");

  use_tls (fixture, "a", "b", NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  connection = g_socket_client_connect_to_uri (
    client, confsync_listener_get_address (fixture->listener), 0, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             stranger->bytes, stranger->size, NULL, NULL, &error);
  g_io_stream_close (G_IO_STREAM (connection), NULL, &error);
  g_assert_no_error (error);

  use_tls (fixture, "b", "a", NULL);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

static void
test_close_in_handshake (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A channel that is closed within the handshake closes, and both ends let go");

  use_tls (fixture, "a", "b", NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  use_tls (fixture, "b", "a", NULL);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  for (guint i = 0; i < GPOINTER_TO_UINT (data); i++)
    g_main_context_iteration (NULL, TRUE);
  confsync_channel_close (fixture->here.channel);
  wait_for (fixture->here.closed == 1);
  g_assert_no_error (fixture->here.error);
  confsync_listener_stop (fixture->listener);
}

/* The first record of a handshake, as GIO itself begins one. */
static GBytes *
make_hello (void)
{
  g_autoptr (GInputStream) nothing = g_memory_input_stream_new ();
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (nothing, output);
  g_autoptr (GIOStream) tls = g_tls_client_connection_new (stream, NULL, NULL);

  g_assert_false (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL));
  g_assert_true (g_output_stream_close (output, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (output));
}

/* Somebody at another address of this machine. */
static GSocketConnection *
send_from_elsewhere (const char *address, GBytes *bytes)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) elsewhere = g_inet_socket_address_new_from_string ("127.0.0.2", 0);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_local_address (client, elsewhere);
  connection = g_socket_client_connect_to_uri (client, address, 0, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, NULL,
                             &error);
  g_assert_no_error (error);
  return connection;
}

static void
test_many_slow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) slow = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) hello = make_hello ();

  g_test_summary ("Many who stop in the middle of the handshake keep nobody else out of it");

  use_tls (fixture, "a", "b", NULL);
  g_object_set (fixture->transport, "handshake-timeout", 6000, NULL);
  listen_on (fixture, "wss://127.0.0.1:0");
  for (guint i = 0; i < MANY; i++)
    g_ptr_array_add (
      slow, send_from_elsewhere (confsync_listener_get_address (fixture->listener), hello));
  use_tls (fixture, "b", "a", NULL);
  g_object_set (fixture->transport, "handshake-timeout", WAIT_MS, NULL);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
  g_assert_nonnull (strstr (fixture->refusals->str, "a slow TLS handshake, while others wait"));
  g_assert_null (strstr (fixture->refusals->str, "no whole handshake"));
}

static void
test_key_mode (void)
{
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();
  g_autofree char *certificate = path_of ("a", ".crt");
  g_autofree char *key = path_of ("loose", ".key");
  g_autofree char *other = path_of ("b", ".key");
  g_autofree char *missing = path_of ("missing", ".key");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A private key that others may read isn't used, nor one of another certificate");

  test_certificate_make (folder, "loose", &(TestCertificate) { NULL });
  test_run ((const char *[]) { "chmod", "0604", key, NULL });
  g_assert_false (confsync_tls_load_identity (tls, certificate, key, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "mode 0604"));
  g_clear_error (&error);
  g_assert_false (confsync_tls_load_identity (tls, certificate, missing, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, missing));
  g_clear_error (&error);
  g_assert_false (confsync_tls_load_identity (tls, other, other, &error));
  g_assert_nonnull (error);
  g_assert_null (confsync_tls_get_certificate (tls));
  g_clear_error (&error);
  g_assert_false (confsync_tls_load_ca (tls, other, &error));
  g_assert_nonnull (strstr (error->message, other));
}

static void
test_pins (void)
{
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();
  g_autofree char *plain = fingerprint_of ("a");
  g_autofree char *upper = g_ascii_strup (plain, -1);
  g_autoptr (GString) colons = g_string_new ("kitchen=SHA256:");
  g_autofree char *parsed = NULL;
  g_autofree char *name = NULL;
  const char *bad[] = { "", "ab", "=", "a b=", "x=zz", plain + 1, NULL };

  g_test_summary ("A pin is taken as other programs print it; what is none is refused");

  for (guint i = 0; i < strlen (upper); i += 2)
    g_string_append_printf (colons, "%s%.2s", i > 0 ? ":" : "", upper + i);
  parsed = confsync_tls_parse_pin (colons->str, &name, NULL);
  g_assert_cmpstr (parsed, ==, plain);
  g_assert_cmpstr (name, ==, "kitchen");
  for (guint i = 0; bad[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (confsync_tls_add_pin (tls, bad[i], &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
    }
  g_string_append_c (colons, '0');
  g_assert_false (confsync_tls_add_pin (tls, colons->str, NULL));
  g_assert_false (confsync_tls_has_pins (tls));
}

static void
make_certificates (void)
{
  static const struct
  {
    const char *name;
    TestCertificate spec;
  } all[] = {
    { "a", { NULL } },
    { "b", { NULL } },
    { "c", { NULL } },
    { "new", { NULL } },
    { "old", { .begin_days = -10, .end_days = -1 } },
    { "early", { .begin_days = 1 } },
    { "ca", { .authority = TRUE } },
    { "signed", { .issuer = "ca", .host = "127.0.0.1" } },
    { "signed-old", { .issuer = "ca", .host = "127.0.0.1", .begin_days = -10, .end_days = -1 } },
    { "other-host", { .issuer = "ca", .host = "127.0.0.2" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    test_certificate_make (folder, all[i].name, &all[i].spec);
}

static void
add (const char *group,
     const char *name,
     gconstpointer data,
     void (*function) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/websocket-tls/", group, name, NULL);

  g_test_add (path, Fixture, data, fixture_set_up, function, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  folder = test_temp_dir ();
  make_certificates ();
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    add ("pair/", pairs[i].name, &pairs[i], test_pair);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      add ("stranger/", strangers[i].name, &strangers[i], test_stranger);
      add ("gone/", strangers[i].name, &strangers[i], test_gone);
    }
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      add ("close-in-handshake/", name, GUINT_TO_POINTER (i), test_close_in_handshake);
    }
  add ("", "many-slow", NULL, test_many_slow);
  add ("", "plain-dialler", NULL, test_plain_dialler);
  add ("", "plain-listener", NULL, test_plain_listener);
  add ("", "no-identity", NULL, test_no_identity);
  g_test_add_func ("/websocket-tls/key-mode", test_key_mode);
  g_test_add_func ("/websocket-tls/pins", test_pins);
  code = g_test_run ();
  test_remove_tree (folder);
  g_free (folder);
  return code;
}

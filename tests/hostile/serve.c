/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Listens with the plugin of an address, sends every message back, and prints one JSON object a
 * line for whatever happens. Ends when its standard input does. With “dial”, it dials the address
 * instead.
 *
 *   serve ADDRESS MAX-MESSAGE HANDSHAKE-TIMEOUT-MS [dial]
 */

#include <confsync.h>

#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static GMainLoop *loop;
static guint64 max_message;
static GPtrArray *channels;

/* One line: the event, and pairs of name and text up to a NULL name; a text may be NULL. */
static void G_GNUC_NULL_TERMINATED
say (const char *event, ...)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;
  const char *name;
  va_list args;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "event");
  json_builder_add_string_value (builder, event);
  va_start (args, event);
  while ((name = va_arg (args, const char *)) != NULL)
    {
      json_builder_set_member_name (builder, name);
      json_builder_add_string_value (builder, va_arg (args, const char *));
    }
  va_end (args);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  /* not g_print (), which would turn UTF-8 into the locale's charset */
  puts (line);
  fflush (stdout);
}

static void
received_cb (ConfsyncChannel *channel, GBytes *message, gpointer user_data)
{
  g_autofree char *size = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (message));

  say ("received", "remote", confsync_channel_get_remote (channel), "size", size, NULL);
  if (g_bytes_get_size (message) > 0)
    confsync_channel_send (channel, message);
}

static void
closed_cb (ConfsyncChannel *channel, const GError *error, gpointer user_data)
{
  say ("closed", "remote", confsync_channel_get_remote (channel), "error",
       error != NULL ? error->message : NULL, NULL);
  g_ptr_array_remove_fast (channels, channel);
}

static void
accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, gpointer user_data)
{
  say ("accepted", "remote", confsync_channel_get_remote (channel), "protocol",
       confsync_channel_get_protocol (channel), NULL);
  confsync_channel_set_max_message (channel, max_message);
  g_signal_connect (channel, "received", G_CALLBACK (received_cb), NULL);
  g_signal_connect (channel, "closed", G_CALLBACK (closed_cb), NULL);
  g_ptr_array_add (channels, g_object_ref (channel));
}

static void
refused_cb (ConfsyncListener *listener,
            const char *remote,
            const char *reason,
            gpointer user_data)
{
  say ("refused", "remote", remote, "reason", reason, NULL);
}

static char *
health_cb (ConfsyncListener *listener, gpointer user_data)
{
  return g_strdup ("{\"status\":\"healthy\"}");
}

static void
listened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  ConfsyncListener *listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);
  ConfsyncListener **place = user_data;

  if (listener == NULL)
    {
      g_printerr ("serve: %s\n", error->message);
      exit (1);
    }
  g_signal_connect (listener, "accepted", G_CALLBACK (accepted_cb), NULL);
  g_signal_connect (listener, "refused", G_CALLBACK (refused_cb), NULL);
  g_signal_connect (listener, "health", G_CALLBACK (health_cb), NULL);
  *place = listener;
  say ("listening", "address", confsync_listener_get_address (listener), NULL);
}

static void
opened_cb (ConfsyncChannel *channel, gpointer user_data)
{
  say ("opened", "remote", confsync_channel_get_remote (channel), "protocol",
       confsync_channel_get_protocol (channel), NULL);
}

static void
dial (ConfsyncTransport *transport, const char *address)
{
  g_autoptr (GError) error = NULL;
  ConfsyncChannel *channel = confsync_transport_dial (transport, address, &error);

  if (channel == NULL)
    {
      g_printerr ("serve: %s\n", error->message);
      exit (1);
    }
  confsync_channel_set_max_message (channel, max_message);
  g_signal_connect (channel, "opened", G_CALLBACK (opened_cb), NULL);
  g_signal_connect (channel, "received", G_CALLBACK (received_cb), NULL);
  g_signal_connect (channel, "closed", G_CALLBACK (closed_cb), NULL);
  g_ptr_array_add (channels, channel);
  say ("dialling", "address", address, NULL);
}

static gboolean
input_cb (GObject *stream, gpointer user_data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
quit_with_input (void)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GSource) source =
    g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (input_cb), NULL, NULL);
  g_source_attach (source, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncTransport) transport = NULL;
  g_autoptr (ConfsyncListener) listener = NULL;
  g_autofree char *scheme = argc > 1 ? g_strndup (argv[1], strcspn (argv[1], ":")) : NULL;
  GType type =
    argc < 4 ? G_TYPE_INVALID : confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, &error);

  if (type == G_TYPE_INVALID)
    {
      g_printerr ("serve: %s\n", error != NULL ? error->message : "three arguments, please");
      return 2;
    }
  max_message = g_ascii_strtoull (argv[2], NULL, 10);
  loop = g_main_loop_new (NULL, FALSE);
  channels = g_ptr_array_new_with_free_func (g_object_unref);
  transport =
    g_object_new (type, "handshake-timeout", (guint) g_ascii_strtoull (argv[3], NULL, 10), NULL);
  if (argc > 4)
    dial (transport, argv[1]);
  else
    confsync_transport_listen_async (transport, argv[1], CONFSYNC_LISTEN_NONE, NULL, listened_cb,
                                     &listener);
  quit_with_input ();
  g_main_loop_run (loop);

  if (listener != NULL)
    confsync_listener_stop (listener);
  g_ptr_array_unref (channels);
  g_main_loop_unref (loop);
  return 0;
}

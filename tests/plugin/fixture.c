/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes and takes down links for the tests of the websocket plugin.
 */

#include "fixture.h"

#include <string.h>

gboolean
fixture_late_cb (gpointer user_data)
{
  g_error ("waited for more than %d ms for: %s", WAIT_MS, (const char *) user_data);
  return G_SOURCE_REMOVE;
}

static void
end_opened_cb (ConfsyncChannel *channel, End *end)
{
  end->opened++;
}

static void
end_received_cb (ConfsyncChannel *channel, GBytes *message, End *end)
{
  g_assert_cmpuint (end->closed, ==, 0);
  g_ptr_array_add (end->received, g_bytes_ref (message));
}

static void
end_closed_cb (ConfsyncChannel *channel, const GError *error, End *end)
{
  end->closed++;
  end->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
end_take (End *end, ConfsyncChannel *channel)
{
  g_assert_null (end->channel);
  end->channel = channel;
  end->received = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_signal_connect (channel, "opened", G_CALLBACK (end_opened_cb), end);
  g_signal_connect (channel, "received", G_CALLBACK (end_received_cb), end);
  g_signal_connect (channel, "closed", G_CALLBACK (end_closed_cb), end);
}

void
end_clear (End *end)
{
  if (end->channel != NULL)
    {
      confsync_channel_close (end->channel);
      wait_for (end->closed > 0);
      g_assert_cmpuint (end->closed, ==, 1);
      g_assert_finalize_object (end->channel);
    }
  g_clear_pointer (&end->received, g_ptr_array_unref);
  g_clear_error (&end->error);
  memset (end, 0, sizeof *end);
}

static void
accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, Fixture *fixture)
{
  g_assert_true (confsync_channel_is_open (channel));
  end_take (&fixture->there, g_object_ref (channel));
}

static void
refused_cb (ConfsyncListener *listener, const char *remote, const char *reason, Fixture *fixture)
{
  g_string_append_printf (fixture->refusals, "%s: %s\n", remote, reason);
}

static void
listened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->listener = confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result,
                                                        &fixture->listen_error);
}

void
fixture_listen_on (Fixture *fixture, const char *address, ConfsyncListenFlags flags)
{
  g_assert_null (fixture->listener);
  confsync_transport_listen_async (fixture->transport, address, flags, NULL, listened_cb, fixture);
  wait_for (fixture->listener != NULL || fixture->listen_error != NULL);
  if (fixture->listener == NULL)
    return;

  g_signal_connect (fixture->listener, "accepted", G_CALLBACK (accepted_cb), fixture);
  g_signal_connect (fixture->listener, "refused", G_CALLBACK (refused_cb), fixture);
}

void
fixture_dial (Fixture *fixture, const char *address)
{
  g_autoptr (GError) error = NULL;
  ConfsyncChannel *channel = confsync_transport_dial (fixture->transport, address, &error);

  g_assert_no_error (error);
  g_assert_false (confsync_channel_is_open (channel));
  end_take (&fixture->here, channel);
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "ws", &error);

  g_assert_no_error (error);
  fixture->transport = g_object_new (type, NULL);
  fixture->refusals = g_string_new (NULL);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  end_clear (&fixture->here);
  end_clear (&fixture->there);
  if (fixture->listener != NULL)
    {
      confsync_listener_stop (fixture->listener);
      g_assert_finalize_object (fixture->listener);
    }
  g_clear_error (&fixture->listen_error);
  g_string_free (fixture->refusals, TRUE);
  g_assert_finalize_object (fixture->transport);
}

void
fixture_link_up (Fixture *fixture)
{
  fixture_listen_on (fixture, "ws://127.0.0.1:0", CONFSYNC_LISTEN_NONE);
  g_assert_no_error (fixture->listen_error);
  fixture_dial (fixture, confsync_listener_get_address (fixture->listener));
  wait_for (fixture->here.opened == 1 && fixture->there.channel != NULL);
}

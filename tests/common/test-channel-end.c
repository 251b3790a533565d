/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Observation of channels and listeners. Each signal is checked against the contract as it comes.
 */

#include "test-channel-end.h"

#include "test-util.h"

#define WAIT_MS 20000

static void
opened_cb (ConfsyncChannel *channel, TestEnd *self)
{
  g_assert_true (g_thread_self () == self->thread);
  g_assert_cmpuint (++self->opened, ==, 1);
  g_assert_cmpuint (self->closed, ==, 0);
}

static void
received_cb (ConfsyncChannel *channel, GBytes *message, TestEnd *self)
{
  g_assert_true (g_thread_self () == self->thread);
  g_assert_cmpuint (self->closed, ==, 0);
  g_ptr_array_add (self->messages, g_bytes_ref (message));
}

static void
closed_cb (ConfsyncChannel *channel, const GError *error, TestEnd *self)
{
  g_assert_true (g_thread_self () == self->thread);
  g_assert_cmpuint (++self->closed, ==, 1);
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

TestEnd *
test_end_new (ConfsyncChannel *channel)
{
  TestEnd *self = g_new0 (TestEnd, 1);

  self->channel = channel;
  self->thread = g_thread_self ();
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_signal_connect (channel, "opened", G_CALLBACK (opened_cb), self);
  g_signal_connect (channel, "received", G_CALLBACK (received_cb), self);
  g_signal_connect (channel, "closed", G_CALLBACK (closed_cb), self);
  return self;
}

void
test_end_drop (TestEnd *self)
{
  if (self->channel == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->channel, self);
  g_clear_object (&self->channel);
}

void
test_end_free (TestEnd *self)
{
  test_end_drop (self);
  g_ptr_array_unref (self->messages);
  g_clear_error (&self->error);
  g_free (self);
}

TestEnd *
test_end_dial (ConfsyncTransport *transport, const char *address)
{
  g_autoptr (GError) error = NULL;
  ConfsyncChannel *channel = confsync_transport_dial (transport, address, &error);

  g_assert_no_error (error);
  g_assert_nonnull (channel);
  g_assert_false (confsync_channel_is_open (channel));
  return test_end_new (channel);
}

void
test_end_send (TestEnd *self, const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));

  confsync_channel_send (self->channel, message);
}

gboolean
test_end_is_opened (gpointer self)
{
  return ((TestEnd *) self)->opened > 0;
}

gboolean
test_end_is_closed (gpointer self)
{
  return ((TestEnd *) self)->closed > 0;
}

gboolean
test_end_is_drained (gpointer self)
{
  return confsync_channel_get_buffered (((TestEnd *) self)->channel) == 0;
}

typedef struct
{
  GPtrArray *array;
  guint count;
} Wanted;

static gboolean
has_wanted (gpointer data)
{
  Wanted *wanted = data;

  return wanted->array->len >= wanted->count;
}

void
test_end_wait_messages (TestEnd *self, guint count)
{
  Wanted wanted = { self->messages, count };

  g_assert_true (test_wait_until (has_wanted, &wanted, WAIT_MS));
}

void
test_end_wait_opened (TestEnd *self)
{
  g_assert_true (test_wait_until (test_end_is_opened, self, WAIT_MS));
}

void
test_end_wait_closed (TestEnd *self)
{
  g_assert_true (test_wait_until (test_end_is_closed, self, WAIT_MS));
}

static void
accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, TestPort *self)
{
  g_assert_true (confsync_channel_is_open (channel));
  g_ptr_array_add (self->ends, test_end_new (g_object_ref (channel)));
}

/* what a listen is waited for with */
typedef struct
{
  gboolean returned;
  ConfsyncListener *listener;
  GError *error;
  guint answers;
} Listening;

static void
listen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listening *listening = user_data;

  g_assert_true (listening->returned);
  g_assert_cmpuint (++listening->answers, ==, 1);
  listening->listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &listening->error);
}

static gboolean
has_answer (gpointer data)
{
  return ((Listening *) data)->answers > 0;
}

static Listening
listen_and_wait (ConfsyncTransport *transport, const char *address)
{
  Listening listening = { 0 };

  confsync_transport_listen_async (transport, address, CONFSYNC_LISTEN_NONE, NULL, listen_cb,
                                   &listening);
  listening.returned = TRUE;
  g_assert_true (test_wait_until (has_answer, &listening, WAIT_MS));
  return listening;
}

TestPort *
test_port_new (ConfsyncTransport *transport, const char *address)
{
  Listening listening = listen_and_wait (transport, address);
  TestPort *self = g_new0 (TestPort, 1);

  g_assert_no_error (listening.error);
  g_assert_nonnull (confsync_listener_get_address (listening.listener));
  self->listener = listening.listener;
  self->ends = g_ptr_array_new_with_free_func ((GDestroyNotify) test_end_free);
  g_signal_connect (self->listener, "accepted", G_CALLBACK (accepted_cb), self);
  return self;
}

void
test_port_free (TestPort *self)
{
  if (self->listener != NULL)
    g_signal_handlers_disconnect_by_data (self->listener, self);
  g_clear_object (&self->listener);
  g_ptr_array_unref (self->ends);
  g_free (self);
}

GError *
test_port_new_error (ConfsyncTransport *transport, const char *address)
{
  Listening listening = listen_and_wait (transport, address);

  g_assert_null (listening.listener);
  g_assert_nonnull (listening.error);
  return listening.error;
}

TestEnd *
test_port_wait (TestPort *self, guint index)
{
  Wanted wanted = { self->ends, index + 1 };

  g_assert_true (test_wait_until (has_wanted, &wanted, WAIT_MS));
  return self->ends->pdata[index];
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The contract that the base class keeps for every implementation, with one that breaks it where
 * it can.
 */

#include "config.h"

#include "confsync-channel.h"
#include "confsync-error.h"

typedef struct
{
  ConfsyncChannel parent_instance;
  guint sends;
  guint closes;
  gboolean close_at_once; /* emits closed from within close */
} FakeChannel;

typedef ConfsyncChannelClass FakeChannelClass;

GType fake_channel_get_type (void);

G_DEFINE_TYPE (FakeChannel, fake_channel, CONFSYNC_TYPE_CHANNEL)

static void
fake_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  ((FakeChannel *) channel)->sends++;
}

static void
fake_channel_close (ConfsyncChannel *channel)
{
  FakeChannel *self = (FakeChannel *) channel;

  self->closes++;
  if (self->close_at_once)
    confsync_channel_emit_closed (channel, NULL);
}

static void
fake_channel_class_init (FakeChannelClass *klass)
{
  klass->send = fake_channel_send;
  klass->close = fake_channel_close;
}

static void
fake_channel_init (FakeChannel *self)
{
}

typedef struct
{
  FakeChannel *fake;
  ConfsyncChannel *channel; /* the same */
  GBytes *message;
  GError *error; /* of closed */
  guint opened;
  guint received;
  guint closed;
} Fixture;

static void
opened_cb (ConfsyncChannel *channel, Fixture *fixture)
{
  g_assert_true (confsync_channel_is_open (channel));
  fixture->opened++;
}

static void
received_cb (ConfsyncChannel *channel, GBytes *message, Fixture *fixture)
{
  g_assert_true (message == fixture->message);
  fixture->received++;
}

static void
closed_cb (ConfsyncChannel *channel, const GError *error, Fixture *fixture)
{
  g_assert_true (confsync_channel_is_closed (channel));
  fixture->closed++;
  fixture->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->fake = g_object_new (fake_channel_get_type (), NULL);
  fixture->channel = CONFSYNC_CHANNEL (fixture->fake);
  fixture->message = g_bytes_new_static ("0123456789", 10);
  g_signal_connect (fixture->channel, "opened", G_CALLBACK (opened_cb), fixture);
  g_signal_connect (fixture->channel, "received", G_CALLBACK (received_cb), fixture);
  g_signal_connect (fixture->channel, "closed", G_CALLBACK (closed_cb), fixture);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->channel);
  g_bytes_unref (fixture->message);
  g_clear_error (&fixture->error);
}

static void
test_connecting (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Nothing is sent or received before the channel is open");

  g_assert_false (confsync_channel_is_open (fixture->channel));
  g_assert_false (confsync_channel_is_closed (fixture->channel));
  g_assert_null (confsync_channel_get_protocol (fixture->channel));
  confsync_channel_send (fixture->channel, fixture->message);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  g_assert_cmpuint (fixture->fake->sends, ==, 0);
  g_assert_cmpuint (fixture->received, ==, 0);
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Opened comes once and brings the first protocol; then messages pass");

  confsync_channel_emit_opened (fixture->channel, "confsync.v1");
  confsync_channel_emit_opened (fixture->channel, "another");
  g_assert_cmpuint (fixture->opened, ==, 1);
  g_assert_cmpstr (confsync_channel_get_protocol (fixture->channel), ==, "confsync.v1");

  confsync_channel_send (fixture->channel, fixture->message);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  g_assert_cmpuint (fixture->fake->sends, ==, 1);
  g_assert_cmpuint (fixture->received, ==, 1);
}

static void
test_closed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "first");

  g_test_summary ("Closed comes once, with the first reason, and nothing comes after it");

  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_emit_closed (fixture->channel, error);
  confsync_channel_emit_closed (fixture->channel, NULL);
  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  confsync_channel_send (fixture->channel, fixture->message);
  confsync_channel_close (fixture->channel);

  g_assert_cmpuint (fixture->closed, ==, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_cmpuint (fixture->opened, ==, 1);
  g_assert_cmpuint (fixture->received, ==, 0);
  g_assert_cmpuint (fixture->fake->sends, ==, 0);
  g_assert_cmpuint (fixture->fake->closes, ==, 0);
  g_assert_false (confsync_channel_is_open (fixture->channel));
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Close asks the implementation once; until closed comes, nothing passes");

  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_close (fixture->channel);
  confsync_channel_close (fixture->channel);
  g_assert_cmpuint (fixture->fake->closes, ==, 1);
  g_assert_false (confsync_channel_is_open (fixture->channel));
  g_assert_false (confsync_channel_is_closed (fixture->channel));

  confsync_channel_send (fixture->channel, fixture->message);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  g_assert_cmpuint (fixture->fake->sends, ==, 0);
  g_assert_cmpuint (fixture->received, ==, 0);

  confsync_channel_emit_closed (fixture->channel, NULL);
  g_assert_cmpuint (fixture->closed, ==, 1);
  g_assert_no_error (fixture->error);
}

static void
test_close_connecting (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A channel closed while connecting never opens");

  confsync_channel_close (fixture->channel);
  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_emit_closed (fixture->channel, NULL);
  g_assert_cmpuint (fixture->fake->closes, ==, 1);
  g_assert_cmpuint (fixture->opened, ==, 0);
  g_assert_cmpuint (fixture->closed, ==, 1);
}

static void
test_oversize (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A message of the limit passes; one byte more closes with an error, once");

  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_set_max_message (fixture->channel, 10);
  g_assert_cmpuint (confsync_channel_get_max_message (fixture->channel), ==, 10);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  g_assert_cmpuint (fixture->received, ==, 1);

  confsync_channel_set_max_message (fixture->channel, 9);
  confsync_channel_emit_received (fixture->channel, fixture->message);
  g_assert_cmpuint (fixture->received, ==, 1);
  g_assert_cmpuint (fixture->fake->closes, ==, 1);
  confsync_channel_emit_closed (fixture->channel, NULL);
  g_assert_cmpuint (fixture->closed, ==, 1);
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (fixture->error->message, "10 bytes"));
}

static void
test_close_at_once (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("An implementation may emit closed from within close");

  fixture->fake->close_at_once = TRUE;
  confsync_channel_emit_opened (fixture->channel, NULL);
  confsync_channel_close (fixture->channel);
  g_assert_cmpuint (fixture->closed, ==, 1);
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_object_set (fixture->channel, "remote", "kitchen", "local", TRUE, NULL);

  g_assert_cmpstr (confsync_channel_get_remote (fixture->channel), ==, "kitchen");
  g_assert_true (confsync_channel_is_local (fixture->channel));
  g_assert_cmpuint (confsync_channel_get_max_message (fixture->channel), ==, 16 * 1024 * 1024);
  g_assert_cmpuint (confsync_channel_get_buffered (fixture->channel), ==, 0);
}

static void
drop_cb (ConfsyncChannel *channel, const GError *error, ConfsyncChannel **reference)
{
  g_clear_object (reference);
}

static void
test_drop_in_closed (void)
{
  ConfsyncChannel *channel = g_object_new (fake_channel_get_type (), NULL);
  gpointer watched = channel;

  g_test_summary ("The last reference may go in a handler of closed");

  g_object_add_weak_pointer (G_OBJECT (channel), &watched);
  g_signal_connect (channel, "closed", G_CALLBACK (drop_cb), &channel);
  confsync_channel_emit_closed (channel, NULL);
  g_assert_null (channel);
  g_assert_null (watched);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/channel/connecting", test_connecting);
  ADD ("/channel/open", test_open);
  ADD ("/channel/closed", test_closed);
  ADD ("/channel/close", test_close);
  ADD ("/channel/close-connecting", test_close_connecting);
  ADD ("/channel/oversize", test_oversize);
  ADD ("/channel/close-at-once", test_close_at_once);
  ADD ("/channel/defaults", test_defaults);
  g_test_add_func ("/channel/drop-in-closed", test_drop_in_closed);
  return g_test_run ();
}

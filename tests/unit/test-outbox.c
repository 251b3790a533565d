/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The queue out of a thread: its descriptor, its bounds, and who gets an answer.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-notification-private.h"
#include "confsync-outbox-private.h"
#include "test-revision.h"
#include "test-util.h"

#include <poll.h>

#define STORM 100000

static gboolean
is_readable (ConfsyncOutbox *outbox)
{
  struct pollfd poller = { confsync_outbox_get_fd (outbox), POLLIN, 0 };

  return poll (&poller, 1, 0) == 1;
}

static void
push_change (ConfsyncOutbox *outbox, guint n)
{
  g_autofree char *text = g_strdup_printf ("{'n':%u}", n);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_outbox_push (outbox, confsync_notification_new_changed (document, "kitchen", FALSE));
}

static void
push_event (ConfsyncOutbox *outbox)
{
  confsync_outbox_push (outbox,
                        confsync_notification_new_event (CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_NOTICE,
                                                         g_variant_new ("a{sv}", NULL)));
}

static guint64
open_request (ConfsyncOutbox *outbox)
{
  g_autoptr (GError) error = NULL;
  guint64 id = confsync_outbox_open_request (outbox, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (id, >, 0);
  return id;
}

static void
push_answer (ConfsyncOutbox *outbox, guint64 id)
{
  confsync_outbox_push (outbox, confsync_notification_new_answer (id, NULL));
}

static gint64
get_n (ConfsyncNotification *notification)
{
  g_autoptr (ConfsyncJson) n = confsync_json_get_member (
    confsync_document_get_json (confsync_notification_get_document (notification)), "n");

  return confsync_json_get_integer (n);
}

static ConfsyncNotification *
pop (ConfsyncOutbox *outbox, ConfsyncNotificationKind kind)
{
  ConfsyncNotification *notification = confsync_outbox_pop (outbox);

  g_assert_nonnull (notification);
  g_assert_cmpint (confsync_notification_get_kind (notification), ==, kind);
  return notification;
}

static void
test_order (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (64);
  guint64 first = open_request (outbox), second = open_request (outbox);
  g_autoptr (ConfsyncNotification) a = NULL, b = NULL, c = NULL, d = NULL;

  g_assert_cmpuint (first, !=, second);
  g_assert_false (is_readable (outbox));
  g_assert_null (confsync_outbox_pop (outbox));
  push_change (outbox, 1);
  g_assert_true (is_readable (outbox));
  push_answer (outbox, second);
  push_event (outbox);
  push_answer (outbox, first);

  a = pop (outbox, CONFSYNC_NOTIFICATION_CHANGED);
  g_assert_cmpint (get_n (a), ==, 1);
  g_assert_cmpstr (confsync_notification_get_author (a), ==, "kitchen");
  g_assert_cmpuint (confsync_notification_get_id (a), ==, 0);
  b = pop (outbox, CONFSYNC_NOTIFICATION_ANSWER);
  g_assert_cmpuint (confsync_notification_get_id (b), ==, second);
  c = pop (outbox, CONFSYNC_NOTIFICATION_EVENT);
  g_assert_cmpstr (confsync_notification_get_name (c), ==, CONFSYNC_EVENT_NOTICE);
  g_assert_true (is_readable (outbox));
  d = pop (outbox, CONFSYNC_NOTIFICATION_ANSWER);
  g_assert_cmpuint (confsync_notification_get_id (d), ==, first);
  g_assert_false (is_readable (outbox));
  g_assert_null (confsync_outbox_pop (outbox));
}

/* The newest stay, the gap is told, and nothing else is out of order. */
static void
test_bounds (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (3);
  guint64 id = open_request (outbox);
  guint missed = 0, events = 0;

  push_change (outbox, 0);
  push_answer (outbox, id);
  for (guint i = 1; i <= 10; i++)
    push_change (outbox, i);
  for (guint i = 0; i < CONFSYNC_OUTBOX_MAX_EVENTS + 7; i++)
    push_event (outbox);

  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_ANSWER));
  for (guint i = 8; i <= 10; i++)
    {
      g_autoptr (ConfsyncNotification) change = pop (outbox, CONFSYNC_NOTIFICATION_CHANGED);

      g_assert_cmpint (get_n (change), ==, i);
      g_assert_cmpuint (confsync_notification_get_missed (change), ==, i == 8 ? 8 : 0);
    }
  for (ConfsyncNotification *event; (event = confsync_outbox_pop (outbox)) != NULL; events++)
    {
      missed += confsync_notification_get_missed (event);
      confsync_notification_unref (event);
    }
  g_assert_cmpuint (events, ==, CONFSYNC_OUTBOX_MAX_EVENTS);
  g_assert_cmpuint (missed, ==, 7);
  g_assert_false (is_readable (outbox));

  push_change (outbox, 11);
  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_CHANGED));
}

static void
push_big (ConfsyncOutbox *outbox, gsize bytes)
{
  g_autofree char *filling = g_strnfill (bytes, 'x');
  g_autofree char *text = g_strdup_printf ("{'n':0,'filling':'%s'}", filling);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_outbox_push (outbox, confsync_notification_new_changed (document, "hall", FALSE));
}

static void
test_bytes (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (64);
  g_autoptr (ConfsyncNotification) first = NULL, second = NULL;

  for (guint i = 0; i < 6; i++)
    push_big (outbox, CONFSYNC_OUTBOX_MAX_BYTES / 3);
  first = pop (outbox, CONFSYNC_NOTIFICATION_CHANGED);
  g_assert_cmpuint (confsync_notification_get_missed (first), ==, 4);
  second = pop (outbox, CONFSYNC_NOTIFICATION_CHANGED);
  g_assert_cmpuint (confsync_notification_get_missed (second), ==, 0);
  g_assert_null (confsync_outbox_pop (outbox));
}

static void
test_too_many_requests (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (64);
  g_autoptr (GError) busy = NULL, closed = NULL;

  for (guint i = 0; i < CONFSYNC_OUTBOX_MAX_REQUESTS; i++)
    push_answer (outbox, open_request (outbox));
  g_assert_cmpuint (confsync_outbox_open_request (outbox, &busy), ==, 0);
  g_assert_error (busy, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_ANSWER));
  open_request (outbox);

  confsync_outbox_close (outbox);
  g_assert_cmpuint (confsync_outbox_open_request (outbox, &closed), ==, 0);
  g_assert_error (closed, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_ANSWER));
}

typedef struct
{
  ConfsyncOutbox *outbox;
  guint64 id;
} Asked;

static gpointer
answer_thread (gpointer data)
{
  Asked *asked = data;

  push_change (asked->outbox, 1);
  push_answer (asked->outbox, asked->id);
  return NULL;
}

static void
assert_fails (ConfsyncOutbox *outbox, guint64 id, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_outbox_wait (outbox, id, 1000, &error));
  g_assert_error (error, CONFSYNC_ERROR, code);
}

static void
test_wait (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (64);
  guint64 early = open_request (outbox), late = open_request (outbox);
  g_autoptr (ConfsyncNotification) a = NULL, b = NULL, c = NULL;
  g_autoptr (GError) error = NULL;
  Asked asked = { outbox, open_request (outbox) };
  GThread *thread;

  /* it is in the queue, behind another */
  push_change (outbox, 0);
  push_answer (outbox, early);
  a = confsync_outbox_wait (outbox, early, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (confsync_notification_get_id (a), ==, early);
  assert_fails (outbox, early, CONFSYNC_ERROR_NOT_FOUND);
  assert_fails (outbox, 12345, CONFSYNC_ERROR_NOT_FOUND);

  /* it comes in time */
  thread = g_thread_new ("answer", answer_thread, &asked);
  b = confsync_outbox_wait (outbox, asked.id, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (confsync_notification_get_id (b), ==, asked.id);
  g_thread_join (thread);

  /* it comes too late, and so with the others */
  assert_fails (outbox, late, CONFSYNC_ERROR_DEADLINE);
  push_answer (outbox, late);
  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_CHANGED));
  confsync_notification_unref (pop (outbox, CONFSYNC_NOTIFICATION_CHANGED));
  c = pop (outbox, CONFSYNC_NOTIFICATION_ANSWER);
  g_assert_cmpuint (confsync_notification_get_id (c), ==, late);
  g_assert_false (is_readable (outbox));
}

static gpointer
wait_thread (gpointer data)
{
  Asked *asked = data;
  ConfsyncNotification *got = NULL;

  /* the other one may be first, for a moment */
  while (got == NULL)
    got = confsync_outbox_wait (asked->outbox, asked->id, -1, NULL);
  return got;
}

/* Of two who wait for one answer, one gets it. */
static void
test_two_wait (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (64);
  Asked asked = { outbox, open_request (outbox) };
  GThread *thread = g_thread_new ("wait", wait_thread, &asked);
  g_autoptr (ConfsyncNotification) got = NULL;
  g_autoptr (GError) error = NULL;

  /* until the other one is there, waiting ends with the deadline */
  do
    {
      g_clear_error (&error);
      g_assert_null (confsync_outbox_wait (outbox, asked.id, 100, &error));
    }
  while (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  push_answer (outbox, asked.id);
  got = g_thread_join (thread);
  g_assert_cmpuint (confsync_notification_get_id (got), ==, asked.id);
}

static gpointer
storm_thread (gpointer data)
{
  for (guint i = 0; i < STORM; i++)
    push_change (data, i);
  return NULL;
}

/* A reader that sleeps whenever there is nothing never misses that there is. */
static void
test_storm (void)
{
  g_autoptr (ConfsyncOutbox) outbox = confsync_outbox_new (16);
  struct pollfd poller = { confsync_outbox_get_fd (outbox), POLLIN, 0 };
  GThread *thread = g_thread_new ("storm", storm_thread, outbox);
  gint64 expected = 0;

  while (expected < STORM)
    {
      g_autoptr (ConfsyncNotification) change = NULL;

      g_assert_cmpint (poll (&poller, 1, TEST_DEADLINE_MS), ==, 1);
      change = pop (outbox, CONFSYNC_NOTIFICATION_CHANGED);
      expected += confsync_notification_get_missed (change);
      g_assert_cmpint (get_n (change), ==, expected);
      expected++;
    }
  g_thread_join (thread);
  g_assert_false (is_readable (outbox));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox/order", test_order);
  g_test_add_func ("/outbox/bounds", test_bounds);
  g_test_add_func ("/outbox/bytes", test_bytes);
  g_test_add_func ("/outbox/too-many-requests", test_too_many_requests);
  g_test_add_func ("/outbox/wait", test_wait);
  g_test_add_func ("/outbox/two-wait", test_two_wait);
  g_test_add_func ("/outbox/storm", test_storm);
  return g_test_run ();
}

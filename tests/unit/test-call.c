/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whatever an implementation does with its task, its caller gets one answer, and not before the
 * call returned.
 */

#include "config.h"

#include "confsync-call-private.h"
#include "confsync-error.h"
#include "test-util.h"

#define WAIT_MS 10000

typedef struct
{
  GObject *source;
  GThread *thread;
  guint answers;
  gboolean began; /* the call has returned */
  char *value;
  gboolean ok;
  GError *error;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->source = g_object_new (G_TYPE_OBJECT, NULL);
  fixture->thread = g_thread_self ();
  confsync_call_set_deadline (CONFSYNC_CALL_DEADLINE_MS);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  /* what is still queued holds the source too */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->source);
  g_free (fixture->value);
  g_clear_error (&fixture->error);
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (fixture->began);
  g_assert_true (source == fixture->source);
  g_assert_true (g_thread_self () == fixture->thread);
  g_assert_true (g_task_is_valid (result, source));
  g_assert_cmpuint (++fixture->answers, ==, 1);
  fixture->value = g_task_propagate_pointer (G_TASK (result), &fixture->error);
}

static void
boolean_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (fixture->began);
  g_assert_cmpuint (++fixture->answers, ==, 1);
  fixture->ok = g_task_propagate_boolean (G_TASK (result), &fixture->error);
}

static GTask *
begin (Fixture *fixture)
{
  return confsync_call_begin (fixture->source, begin, CONFSYNC_CALL_ANSWER, NULL, answer_cb,
                              fixture);
}

static gboolean
is_answered (gpointer data)
{
  return ((Fixture *) data)->answers > 0;
}

static void
wait_for_answer (Fixture *fixture)
{
  fixture->began = TRUE;
  g_assert_cmpuint (fixture->answers, ==, 0);
  g_assert_true (test_wait_until (is_answered, fixture, WAIT_MS));
}

static void
test_answer (Fixture *fixture, gconstpointer data)
{
  GTask *inner = begin (fixture);

  g_test_summary ("An answer arrives, not before the call returned");

  confsync_call_return (inner, g_strdup ("forty-two"), g_free);
  g_object_unref (inner);
  wait_for_answer (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->value, ==, "forty-two");
}

static void
test_boolean (Fixture *fixture, gconstpointer data)
{
  GTask *inner = confsync_call_begin (fixture->source, begin, CONFSYNC_CALL_BOOLEAN, NULL,
                                      boolean_cb, fixture);

  g_task_return_boolean (inner, TRUE);
  g_object_unref (inner);
  wait_for_answer (fixture);
  g_assert_no_error (fixture->error);
  g_assert_true (fixture->ok);
}

static void
test_error (Fixture *fixture, gconstpointer data)
{
  GTask *inner = begin (fixture);

  g_task_return_new_error (inner, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE, "taken");
  g_object_unref (inner);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_null (fixture->value);
}

static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A task that goes away unanswered is an error at once");

  g_object_unref (begin (fixture));
  wait_for_answer (fixture);
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
  g_assert_nonnull (strstr (fixture->error->message, "GObject dropped a request"));
}

static void
test_never (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) inner = NULL;

  g_test_summary ("A task that is kept and never answered ends with the deadline");

  confsync_call_set_deadline (20);
  inner = begin (fixture);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
  g_assert_nonnull (strstr (fixture->error->message, "20 ms"));
}

static void
count_free (gpointer data)
{
  (*(guint *) data)++;
}

static void
test_late (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) inner = NULL;
  guint freed = 0;

  g_test_summary ("An answer after the deadline is dropped and freed, and nobody hears of it");

  confsync_call_set_deadline (20);
  inner = begin (fixture);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);

  confsync_call_return (inner, &freed, count_free);
  g_clear_object (&inner);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->answers, ==, 1);
  g_assert_cmpuint (freed, ==, 1);
}

static void
test_twice (Fixture *fixture, gconstpointer data)
{
  GTask *inner = begin (fixture);

  g_test_summary ("A second end of the task is the implementation's bug, not the caller's");

  confsync_call_return (inner, g_strdup ("first"), g_free);
  g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_CRITICAL, "*ever_returned*");
  g_task_return_boolean (inner, TRUE);
  g_test_assert_expected_messages ();
  g_object_unref (inner);
  wait_for_answer (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->value, ==, "first");
}

static void
test_wrong_kind (Fixture *fixture, gconstpointer data)
{
  GTask *inner = begin (fixture);

  g_test_summary ("A plain TRUE where an answer is due is an error");

  g_task_return_boolean (inner, TRUE);
  g_object_unref (inner);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
  g_assert_nonnull (strstr (fixture->error->message, "wrong kind"));
}

static gpointer
answer_thread (gpointer data)
{
  g_autoptr (GTask) inner = data;

  confsync_call_return (inner, g_strdup ("from afar"), g_free);
  return NULL;
}

static void
test_thread (Fixture *fixture, gconstpointer data)
{
  GThread *thread = g_thread_new ("answer", answer_thread, begin (fixture));

  g_test_summary ("An answer given in another thread arrives in the caller's");

  wait_for_answer (fixture);
  g_thread_join (thread);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->value, ==, "from afar");
}

static gpointer
drop_thread (gpointer data)
{
  g_object_unref (data);
  return NULL;
}

/* The call begins inside the loop, as calls do: then the other thread can't run its context. */
static gboolean
begin_dropped_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_thread_join (g_thread_new ("drop", drop_thread, begin (fixture)));
  fixture->began = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_dropped_in_thread (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A task dropped in another thread is an error in the caller's");

  g_idle_add (begin_dropped_cb, fixture);
  g_assert_true (test_wait_until (is_answered, fixture, WAIT_MS));
  g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
}

static void
break_off (GTask *inner)
{
  g_autoptr (GError) error =
    g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_EMPTY, "an exception");

  confsync_call_break_off (inner, error);
}

static void
test_broken_off (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) inner = begin (fixture);

  g_test_summary ("An exception is an error at once, even if the task is kept and ended later");

  break_off (inner);
  break_off (inner);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY);
  confsync_call_return (inner, g_strdup ("late"), g_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->answers, ==, 1);
}

static void
test_broken_off_answered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) inner = begin (fixture);

  g_test_summary ("An exception after the answer changes nothing");

  confsync_call_return (inner, g_strdup ("forty-two"), g_free);
  break_off (inner);
  wait_for_answer (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->value, ==, "forty-two");
}

static void
test_broken_off_failed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) inner = begin (fixture);

  g_task_return_new_error (inner, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE, "taken");
  break_off (inner);
  wait_for_answer (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

static gpointer
break_off_thread (gpointer data)
{
  break_off (data);
  g_object_unref (data);
  return NULL;
}

static void
test_broken_off_in_thread (Fixture *fixture, gconstpointer data)
{
  GThread *thread = g_thread_new ("breaker", break_off_thread, begin (fixture));

  wait_for_answer (fixture);
  g_thread_join (thread);
  g_assert_nonnull (fixture->error);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/call/answer", test_answer);
  ADD ("/call/boolean", test_boolean);
  ADD ("/call/error", test_error);
  ADD ("/call/dropped", test_dropped);
  ADD ("/call/never", test_never);
  ADD ("/call/late", test_late);
  ADD ("/call/twice", test_twice);
  ADD ("/call/wrong-kind", test_wrong_kind);
  ADD ("/call/thread", test_thread);
  ADD ("/call/dropped-in-thread", test_dropped_in_thread);
  ADD ("/call/broken-off", test_broken_off);
  ADD ("/call/broken-off-answered", test_broken_off_answered);
  ADD ("/call/broken-off-failed", test_broken_off_failed);
  ADD ("/call/broken-off-in-thread", test_broken_off_in_thread);
  return g_test_run ();
}

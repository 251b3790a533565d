/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What whoever calls may rely on, however bad the implementation is: one answer, never before the
 * call returns, and none after it.
 */

#include "contract-private.h"

#include "test-revision.h"
#include "test-util.h"

/* beyond the library's own deadline of 10 s */
#define ANSWER_MS 15000

/* long enough for an answer that comes half a second after the deadline */
#define AFTER_MS 2000

typedef struct
{
  const ContractRow *row;
  gpointer object;
  GLogLevelFlags fatal; /* as it was before */
  guint answers;
  gboolean done; /* with success */
  GError *error; /* (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->row = data;
  fixture->object = g_object_new (fixture->row->type, NULL);
  /* gjs reports an exception that nobody catches as a criticism */
  fixture->fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  if (fixture->row->fault != CONFSYNC_CONTRACT_FAULT_THROWS)
    g_log_set_always_fatal (fixture->fatal);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_log_set_always_fatal (fixture->fatal);
  g_clear_error (&fixture->error);
  g_clear_object (&fixture->object);
  contract_collect ();
}

static gboolean
is_answered (gpointer data)
{
  Fixture *fixture = data;

  if (fixture->answers == 0)
    contract_collect ();
  return fixture->answers > 0;
}

static gboolean
is_answered_again (gpointer data)
{
  return ((Fixture *) data)->answers > 1;
}

/* A second end of a task is a criticism of GLib's. */
static void
expect_second_end (Fixture *fixture)
{
  if (fixture->row->fault == CONFSYNC_CONTRACT_FAULT_TWICE)
    g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_CRITICAL, "*ever_returned*");
}

static void
wait_for_answer (Fixture *fixture)
{
  gboolean late = fixture->row->fault == CONFSYNC_CONTRACT_FAULT_LATE;

  g_assert_cmpuint (fixture->answers, ==, 0);
  g_assert_true (test_wait_until (is_answered, fixture, ANSWER_MS));
  contract_collect ();
  g_assert_false (test_wait_until (is_answered_again, fixture, late ? AFTER_MS : 100));
  if (fixture->row->fault == CONFSYNC_CONTRACT_FAULT_TWICE)
    {
      g_assert_no_error (fixture->error);
      g_assert_true (fixture->done);
      return;
    }
  g_assert_false (fixture->done);
  g_assert_nonnull (fixture->error);
  g_test_message ("the caller was told: %s", fixture->error->message);
  if (late)
    g_assert_error (fixture->error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->answers++;
  fixture->done = confsync_store_load_finish (CONFSYNC_STORE (source), result, NULL, NULL, NULL,
                                              &fixture->error);
}

static void
test_store (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Who loads from a bad store gets one answer");

  expect_second_end (fixture);
  confsync_store_load_async (fixture->object, NULL, loaded_cb, fixture);
  wait_for_answer (fixture);
  g_test_assert_expected_messages ();
}

static void
listened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (ConfsyncListener) listener = NULL;

  fixture->answers++;
  listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &fixture->error);
  fixture->done = listener != NULL;
  if (listener != NULL)
    confsync_listener_stop (listener);
}

static void
test_transport (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Who listens with a bad transport gets one answer");

  expect_second_end (fixture);
  confsync_transport_listen_async (fixture->object, "bad:contract", CONFSYNC_LISTEN_NONE, NULL,
                                   listened_cb, fixture);
  wait_for_answer (fixture);
  g_test_assert_expected_messages ();
}

static void
decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (ConfsyncDocument) document =
    confsync_resolver_decide_finish (CONFSYNC_RESOLVER (source), result, &fixture->error);

  fixture->answers++;
  fixture->done = document != NULL;
}

static void
test_resolver (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) local = test_revision ("{'a':1}", 20);
  g_autoptr (ConfsyncRevision) remote = test_revision ("{'a':2}", 30);

  g_test_summary ("Of a bad resolver's answers the first one counts, and none is a decline");

  confsync_resolver_decide_async (fixture->object, NULL, local, remote, NULL, decided_cb, fixture);
  wait_for_answer (fixture);
}

/**
 * confsync_contract_add_fault:
 * @interface_type: the interface: of stores, transports or resolvers
 * @implementation: a class that implements it badly, in `load`, `listen` or `resolve`
 * @fault: what is wrong with it
 *
 * Adds the test that whoever calls gets one answer all the same.
 *
 * Since: 1.0
 */
void
confsync_contract_add_fault (GType interface_type,
                             GType implementation,
                             ConfsyncContractFault fault)
{
  static const char *const names[] = { "throws", "forgets", "twice", "late" };
  ContractRow *row = contract_row_new (implementation, NULL);
  g_autofree char *path = contract_path ("fault", row, names[fault]);

  row->fault = fault;
  if (interface_type == CONFSYNC_TYPE_STORE)
    g_test_add (path, Fixture, row, set_up, test_store, tear_down);
  else if (interface_type == CONFSYNC_TYPE_TRANSPORT)
    g_test_add (path, Fixture, row, set_up, test_transport, tear_down);
  else
    g_test_add (path, Fixture, row, set_up, test_resolver, tear_down);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager in a thread of its own under load: one thread writes as fast as it can, another reads,
 * and somebody stops it in the middle. No answer is lost, and what a reader misses is counted.
 */

#include "thread-fixture.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define UPDATES 100000
/* where a sanitizer makes each of them slow, and keeps what was freed */
#define UPDATES_SANITIZED 10000
/* requests that the writer lets be open; below what the queue takes */
#define AHEAD 500
/* what the process may grow by while nobody reads */
#define GROWTH_MAX_BYTES (8 * 1024 * 1024)

static guint n_updates = UPDATES;

typedef struct
{
  ConfsyncThread *thread;
  GMutex lock;
  GCond answered;
  guint n_asked, n_answered; /* guarded by the lock */

  /* the reader's */
  guint n_done, n_closed;
  gint64 last_n;
  guint n_changes, n_missed;
  guint64 last_id;
} Storm;

static void
read_answer (Storm *storm, ConfsyncNotification *answer)
{
  const GError *error = confsync_notification_get_error (answer);

  g_assert_cmpuint (confsync_notification_get_id (answer), >, storm->last_id);
  storm->last_id = confsync_notification_get_id (answer);
  if (error == NULL)
    storm->n_done++;
  else
    {
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED);
      storm->n_closed++;
    }
  g_mutex_lock (&storm->lock);
  storm->n_answered++;
  g_cond_signal (&storm->answered);
  g_mutex_unlock (&storm->lock);
}

static void
read_one (Storm *storm, ConfsyncNotification *news)
{
  switch (confsync_notification_get_kind (news))
    {
    case CONFSYNC_NOTIFICATION_ANSWER:
      read_answer (storm, news);
      break;
    case CONFSYNC_NOTIFICATION_CHANGED:
      g_assert_cmpint (get_n (news), >, storm->last_n);
      storm->last_n = get_n (news);
      storm->n_changes++;
      storm->n_missed += confsync_notification_get_missed (news);
      break;
    case CONFSYNC_NOTIFICATION_EVENT:
    default:
      break;
    }
}

static gpointer
reader_thread (gpointer data)
{
  Storm *storm = data;

  while (storm->n_done + storm->n_closed < n_updates)
    {
      g_autoptr (ConfsyncNotification) news = thread_next (storm->thread);

      read_one (storm, news);
    }
  return NULL;
}

/* Waits until few enough are open. */
static void
hold_back (Storm *storm)
{
  g_mutex_lock (&storm->lock);
  while (storm->n_asked - storm->n_answered >= AHEAD)
    g_cond_wait (&storm->answered, &storm->lock);
  storm->n_asked++;
  g_mutex_unlock (&storm->lock);
}

static gpointer
writer_thread (gpointer data)
{
  Storm *storm = data;

  for (guint i = 1; i <= n_updates; i++)
    {
      g_autoptr (GError) error = NULL;

      hold_back (storm);
      check_id (set_n (storm->thread, i, &error), error);
    }
  return NULL;
}

static void
storm_init (Storm *storm, ConfsyncThread *thread)
{
  memset (storm, 0, sizeof *storm);
  storm->thread = thread;
  g_mutex_init (&storm->lock);
  g_cond_init (&storm->answered);
}

static void
storm_clear (Storm *storm)
{
  g_mutex_clear (&storm->lock);
  g_cond_clear (&storm->answered);
}

static void
wait_for_answers (Storm *storm, guint n)
{
  g_mutex_lock (&storm->lock);
  while (storm->n_answered < n)
    g_cond_wait (&storm->answered, &storm->lock);
  g_mutex_unlock (&storm->lock);
}

static void
run_storm (ThreadFixture *fixture, Storm *storm, void (*meddle) (Storm *storm))
{
  GThread *reader, *writer;

  storm_init (storm, fixture->thread);
  expect_ok (fixture->thread, confsync_thread_start (fixture->thread, NULL));
  for (ConfsyncNotification *old; (old = confsync_thread_pop (fixture->thread)) != NULL;)
    confsync_notification_unref (old);
  reader = g_thread_new ("reader", reader_thread, storm);
  writer = g_thread_new ("writer", writer_thread, storm);
  if (meddle != NULL)
    meddle (storm);
  g_thread_join (writer);
  g_thread_join (reader);
  g_test_message ("%u done, %u refused, %u changes, %u missed", storm->n_done, storm->n_closed,
                  storm->n_changes, storm->n_missed);
}

static void
test_all (ThreadFixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) last = NULL;
  Storm storm;

  run_storm (fixture, &storm, NULL);
  g_assert_cmpuint (storm.n_done, ==, n_updates);
  g_assert_cmpuint (storm.n_changes + storm.n_missed, ==, n_updates);
  g_assert_cmpint (storm.last_n, ==, n_updates);
  last = confsync_thread_dup_document (fixture->thread);
  g_assert_nonnull (last);
  storm_clear (&storm);
}

static void
stop_in_the_middle (Storm *storm)
{
  guint64 stopped;

  wait_for_answers (storm, n_updates / 2);
  stopped = confsync_thread_stop (storm->thread, NULL);
  expect_ok (storm->thread, stopped);
}

/* What was said to be done is done, what was not is answered, and it can go on. */
static void
test_stop (ThreadFixture *fixture, gconstpointer data)
{
  Storm storm;

  run_storm (fixture, &storm, stop_in_the_middle);
  g_assert_cmpuint (storm.n_done + storm.n_closed, ==, n_updates);
  g_assert_cmpuint (storm.n_done, >=, n_updates / 2);
  g_assert_cmpuint (storm.n_closed, >, 0);
  expect_ok (fixture->thread, confsync_thread_start (fixture->thread, NULL));
  expect_ok (fixture->thread, set_n (fixture->thread, n_updates + 1, NULL));
  storm_clear (&storm);
}

static gsize
get_resident_bytes (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents ("/proc/self/statm", &text, NULL, &error);
  g_assert_no_error (error);
  return g_ascii_strtoull (strchr (text, ' '), NULL, 10) * sysconf (_SC_PAGESIZE);
}

/* Answers are taken past the queue, and nothing else is read. */
static void
set_unread (ConfsyncThread *thread, guint from, guint to)
{
  guint64 ids[AHEAD];

  for (guint i = from; i < to; i += AHEAD)
    {
      for (guint j = 0; j < AHEAD; j++)
        ids[j] = set_n (thread, i + j, NULL);
      for (guint j = 0; j < AHEAD; j++)
        expect_ok (thread, ids[j]);
    }
}

static void
test_unread (ThreadFixture *fixture, gconstpointer data)
{
  ConfsyncThread *thread = fixture->thread;
  guint changes = 0, missed = 0;
  gsize before, after;

  expect_ok (thread, confsync_thread_start (thread, NULL));
  set_unread (thread, 1, n_updates / 5 + 1);
  before = get_resident_bytes ();
  set_unread (thread, n_updates / 5 + 1, n_updates + 1);
  after = get_resident_bytes ();
  g_test_message ("%zu KiB before, %zu KiB after", before / 1024, after / 1024);
  if (n_updates == UPDATES)
    g_assert_cmpuint (after, <, before + GROWTH_MAX_BYTES);

  for (ConfsyncNotification *news; (news = confsync_thread_pop (thread)) != NULL;)
    {
      if (confsync_notification_get_kind (news) == CONFSYNC_NOTIFICATION_CHANGED)
        {
          changes++;
          missed += confsync_notification_get_missed (news);
        }
      confsync_notification_unref (news);
    }
  g_assert_cmpuint (changes, ==, 64);
  g_assert_cmpuint (changes + missed, >=, n_updates);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("CONFSYNC_TEST_SLOW") != NULL)
    n_updates = UPDATES_SANITIZED;
  g_test_add ("/thread-storm/all", ThreadFixture, NULL, thread_set_up, test_all, thread_tear_down);
  g_test_add ("/thread-storm/stop", ThreadFixture, NULL, thread_set_up, test_stop,
              thread_tear_down);
  g_test_add ("/thread-storm/unread", ThreadFixture, NULL, thread_set_up, test_unread,
              thread_tear_down);
  return g_test_run ();
}

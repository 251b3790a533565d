/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The book of failed proofs, and the places that it counts by.
 */

#include "config.h"

#include "confsync-proof-book-private.h"

#include "confsync-address-private.h"

#define START_US G_GINT64_CONSTANT (5000000000)
#define SECOND_US G_USEC_PER_SEC

/* What the second one is told, and any after it: the first one is heard in any case. */
static gint64
get_wait (ConfsyncProofBook *book, const char *place, gint64 now)
{
  gboolean first;

  confsync_proof_book_get_wait (book, place, now, &first);
  return confsync_proof_book_get_wait (book, place, now, &first);
}

static void
test_backoff (void)
{
  ConfsyncProofBook *book = confsync_proof_book_new ();
  const int seconds[] = { 1, 2, 4, 8, 16, 32, 59, 59, 59 };
  gint64 now = START_US;

  g_test_summary ("One second, twice as much each time, a minute at most; others are heard");
  g_assert_cmpint (get_wait (book, "10.0.0.2", now), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      confsync_proof_book_fail (book, "10.0.0.2", now);
      g_assert_cmpint (get_wait (book, "10.0.0.2", now), ==, seconds[i] * SECOND_US);
      g_assert_cmpint (get_wait (book, "10.0.0.3", now), ==, 0);
      now += seconds[i] * SECOND_US;
      g_assert_cmpint (get_wait (book, "10.0.0.2", now - 1), ==, 1);
      g_assert_cmpint (get_wait (book, "10.0.0.2", now), ==, 0);
    }
  confsync_proof_book_free (book);
}

static void
test_at_once (void)
{
  ConfsyncProofBook *book = confsync_proof_book_new ();
  gboolean first;

  g_test_summary ("Links that fail together count once; the first who must wait is told of");
  for (guint i = 0; i < 10; i++)
    confsync_proof_book_fail (book, "a", START_US);
  g_assert_cmpint (confsync_proof_book_get_wait (book, "a", START_US, &first), ==, 0);
  g_assert_false (first);
  g_assert_cmpint (confsync_proof_book_get_wait (book, "a", START_US, &first), ==, SECOND_US);
  g_assert_true (first);
  g_assert_cmpint (confsync_proof_book_get_wait (book, "a", START_US + 1, &first), >, 0);
  g_assert_false (first);
  confsync_proof_book_fail (book, "a", START_US + SECOND_US);
  confsync_proof_book_get_wait (book, "a", START_US + SECOND_US, &first);
  g_assert_false (first);
  confsync_proof_book_get_wait (book, "a", START_US + SECOND_US, &first);
  g_assert_true (first);
  confsync_proof_book_get_wait (book, "b", START_US + SECOND_US, &first);
  g_assert_false (first);
  confsync_proof_book_free (book);
}

/* Tries as often as it is heard; gives how often that was. */
static guint
guess (ConfsyncProofBook *book, gint64 seconds)
{
  guint guesses = 0;
  gboolean first;

  for (gint64 now = START_US; now < START_US + seconds * SECOND_US; now += SECOND_US / 4)
    if (confsync_proof_book_get_wait (book, "a", now, &first) == 0)
      {
        confsync_proof_book_fail (book, "a", now);
        guesses++;
      }
  return guesses;
}

static void
test_early (void)
{
  ConfsyncProofBook *eager = confsync_proof_book_new (), *book = confsync_proof_book_new ();
  gint64 now = START_US;
  guint guesses;

  g_test_summary ("One is heard while others wait, and if it fails, nobody else for longer");
  /* somebody tries for long as an asker does; then it is given the right key */
  for (guint i = 0; i < 20; i++, now += 60 * SECOND_US)
    {
      gboolean first;

      g_assert_cmpint (confsync_proof_book_get_wait (book, "a", now, &first), ==, 0);
      confsync_proof_book_fail (book, "a", now);
    }
  now += 1 - 60 * SECOND_US;
  {
    gboolean first;

    g_assert_cmpint (confsync_proof_book_get_wait (book, "a", now, &first), ==, 0);
    /* another wrong one */
    confsync_proof_book_fail (book, "a", now);
    for (guint i = 0; i < 10; i++)
      {
        g_assert_cmpint (confsync_proof_book_get_wait (book, "a", now, &first), ==, 59 * SECOND_US);
        confsync_proof_book_fail (book, "a", now);
      }
    g_assert_cmpint (confsync_proof_book_get_wait (book, "a", now + 59 * SECOND_US, &first), ==, 0);
  }
  confsync_proof_book_free (book);

  /* six steps until a minute is reached, and two a minute then */
  guesses = guess (eager, 3600);
  g_assert_cmpuint (guesses, >, 60);
  g_assert_cmpuint (guesses, <=, 2 * (61 + 6));
  confsync_proof_book_free (eager);
}

static void
test_forgiven (void)
{
  ConfsyncProofBook *book = confsync_proof_book_new ();

  g_test_summary ("A good proof, or ten minutes without a bad one, and it begins anew");
  for (guint i = 0; i < 5; i++)
    confsync_proof_book_fail (book, "a", START_US + i * 100 * SECOND_US);
  g_assert_cmpint (get_wait (book, "a", START_US + 400 * SECOND_US), ==, 16 * SECOND_US);
  confsync_proof_book_pass (book, "a");
  g_assert_cmpint (get_wait (book, "a", START_US + 400 * SECOND_US), ==, 0);
  confsync_proof_book_fail (book, "a", START_US + 500 * SECOND_US);
  confsync_proof_book_fail (book, "a", START_US + 600 * SECOND_US);
  g_assert_cmpint (get_wait (book, "a", START_US + 600 * SECOND_US), ==, 2 * SECOND_US);
  confsync_proof_book_fail (book, "a", START_US + 1201 * SECOND_US);
  g_assert_cmpint (get_wait (book, "a", START_US + 1201 * SECOND_US), ==, SECOND_US);
  confsync_proof_book_free (book);
}

static void
test_bounded (void)
{
  ConfsyncProofBook *book = confsync_proof_book_new ();
  guint waiting = 0;

  g_test_summary ("Of many places the last thousand are kept");
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *place = g_strdup_printf ("10.0.%u.%u", i / 256, i % 256);

      confsync_proof_book_fail (book, place, START_US + i);
    }
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *place = g_strdup_printf ("10.0.%u.%u", i / 256, i % 256);
      gboolean waits = get_wait (book, place, START_US + 3000) > 0;

      waiting += waits;
      g_assert_cmpint (waits, ==, i >= 3000 - 1024);
    }
  g_assert_cmpuint (waiting, ==, 1024);
  confsync_proof_book_free (book);
}

static void
test_places (void)
{
  static const char *const cases[][2] = {
    { "10.0.0.2:41858", "10.0.0.2" },
    { "[2001:db8:1:2:3:4:5:6]:9", "2001:db8:1:2::" },
    { "[2001:db8:1:2:ffff::1]:10", "2001:db8:1:2::" },
    { "[::1]:10", "::" },
    { "process 12", "local" },
    { "loopback:a#3", "local" },
    { "", "local" },
    { "[", "local" },
    { "[]", "local" },
    { "unknown", "local" },
  };

  g_test_summary ("A port is another one each time, and so is half of an IPv6 address");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *network = confsync_address_dup_network (cases[i][0]);

      g_assert_cmpstr (network, ==, cases[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proof-book/backoff", test_backoff);
  g_test_add_func ("/proof-book/at-once", test_at_once);
  g_test_add_func ("/proof-book/early", test_early);
  g_test_add_func ("/proof-book/forgiven", test_forgiven);
  g_test_add_func ("/proof-book/bounded", test_bounded);
  g_test_add_func ("/proof-book/places", test_places);
  return g_test_run ();
}

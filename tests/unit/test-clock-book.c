/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is news of a clock that is ahead: once for each order of magnitude, and once when it is
 * right again.
 */

#include "confsync-clock-book-private.h"

#define S G_USEC_PER_SEC
#define HOUR G_TIME_SPAN_HOUR

static void
test_once (void)
{
  g_autoptr (ConfsyncClockBook) book = confsync_clock_book_new ();

  g_assert_false (confsync_clock_book_note (book, "hall", 0));
  g_assert_false (confsync_clock_book_note (book, "hall", -HOUR));
  g_assert_false (confsync_clock_book_note (book, "hall", 60 * S));
  g_assert_true (confsync_clock_book_note (book, "hall", 61 * S));
  for (guint i = 0; i < 100; i++)
    g_assert_false (confsync_clock_book_note (book, "hall", (61 + i) * S));
  g_assert_true (confsync_clock_book_note (book, "attic", 61 * S));
}

static void
test_magnitudes (void)
{
  g_autoptr (ConfsyncClockBook) book = confsync_clock_book_new ();

  g_assert_true (confsync_clock_book_note (book, "hall", 5 * 60 * S));
  g_assert_true (confsync_clock_book_note (book, "hall", HOUR));
  g_assert_false (confsync_clock_book_note (book, "hall", HOUR + 60 * S));
  g_assert_true (confsync_clock_book_note (book, "hall", 24 * HOUR));
  g_assert_true (confsync_clock_book_note (book, "hall", 1000 * 24 * HOUR));
  g_assert_true (confsync_clock_book_note (book, "hall", HOUR));
  g_assert_true (confsync_clock_book_note (book, "hall", 0));
  g_assert_false (confsync_clock_book_note (book, "hall", 0));
  g_assert_true (confsync_clock_book_note (book, "hall", 2 * 60 * S));
}

static void
test_border (void)
{
  g_autoptr (ConfsyncClockBook) book = confsync_clock_book_new ();

  g_test_summary ("What swings around a border is told once");
  g_assert_true (confsync_clock_book_note (book, "hall", 601 * S));
  for (guint i = 0; i < 100; i++)
    {
      g_assert_false (confsync_clock_book_note (book, "hall", 590 * S));
      g_assert_false (confsync_clock_book_note (book, "hall", 610 * S));
    }
  g_assert_true (confsync_clock_book_note (book, "hall", 470 * S));
}

static void
test_bound (void)
{
  g_autoptr (ConfsyncClockBook) book = confsync_clock_book_new ();
  guint told = 0;

  g_test_summary ("Names come from outside, so there is a bound to those that are kept");
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);

      told += confsync_clock_book_note (book, name, HOUR);
    }
  g_assert_cmpuint (told, ==, 1024);
  g_assert_true (confsync_clock_book_note (book, "n0", 0));
  g_assert_true (confsync_clock_book_note (book, "another", HOUR));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/clock-book/once", test_once);
  g_test_add_func ("/clock-book/magnitudes", test_magnitudes);
  g_test_add_func ("/clock-book/border", test_border);
  g_test_add_func ("/clock-book/bound", test_bound);

  return g_test_run ();
}

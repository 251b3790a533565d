/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The token bucket: a burst, then a steady rate.
 */

#include "config.h"

#include "confsync-token-bucket-private.h"

#define START_US G_GINT64_CONSTANT (5000000000)

static void
test_burst (void)
{
  ConfsyncTokenBucket bucket;
  guint wait;

  g_test_summary ("So many at once; after the wait that was named there is one more");
  confsync_token_bucket_init (&bucket, 20, 50);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US), ==, 0);
  wait = confsync_token_bucket_take (&bucket, START_US);
  g_assert_cmpuint (wait, >, 0);
  g_assert_cmpuint (wait, <=, 21);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US + wait * 1000), ==, 0);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US + wait * 1000), >, 0);
}

static void
test_rate (void)
{
  ConfsyncTokenBucket bucket;
  guint taken = 0;

  g_test_summary ("Over time, no more than the burst and the rate");
  confsync_token_bucket_init (&bucket, 20, 50);
  for (gint64 at = 0; at <= 10 * G_USEC_PER_SEC; at += 1000)
    taken += confsync_token_bucket_take (&bucket, START_US + at) == 0;
  g_assert_cmpuint (taken, <=, 520);
  g_assert_cmpuint (taken, >=, 518);
}

static void
test_rest (void)
{
  ConfsyncTokenBucket bucket;
  guint taken = 0;

  g_test_summary ("A long rest gathers no more than a burst");
  confsync_token_bucket_init (&bucket, 3, 1);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US), ==, 0);
  while (confsync_token_bucket_take (&bucket, START_US * 1000) == 0)
    taken++;
  g_assert_cmpuint (taken, ==, 3);
}

static void
test_slow (void)
{
  ConfsyncTokenBucket bucket;

  confsync_token_bucket_init (&bucket, 1, 0.5);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US), ==, 0);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US), ==, 2001);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US + 1999000), >, 0);
  g_assert_cmpuint (confsync_token_bucket_take (&bucket, START_US + 2001000), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/token-bucket/burst", test_burst);
  g_test_add_func ("/token-bucket/rate", test_rate);
  g_test_add_func ("/token-bucket/rest", test_rest);
  g_test_add_func ("/token-bucket/slow", test_slow);
  return g_test_run ();
}

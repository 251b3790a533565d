/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How often strangers may come: the numbers at their edges, and what counts as one address.
 */

#include "config.h"

#include "confsync-rate-limit-private.h"

#define START_US G_GINT64_CONSTANT (5000000000)
#define SECOND_US G_USEC_PER_SEC
#define LIMIT 60
#define BLOCK_S 120
#define ADDRESSES_MAX 4096

static ConfsyncRateLimit *
new_limit (void)
{
  ConfsyncRateLimit *self = confsync_rate_limit_new ();

  *confsync_rate_limit_get_limits (self) = (ConfsyncRateLimits) {
    .requests_per_minute = LIMIT, .block_seconds = BLOCK_S, .whitelist_local = TRUE
  };
  return self;
}

static guint
come (ConfsyncRateLimit *self, const char *remote, gint64 now_us)
{
  gboolean begins;

  return confsync_rate_limit_count (self, remote, CONFSYNC_RATE_REQUEST, now_us, &begins);
}

static guint
fail (ConfsyncRateLimit *self, const char *remote, gint64 now_us)
{
  gboolean begins;

  return confsync_rate_limit_count (self, remote, CONFSYNC_RATE_FAILED_PROOF, now_us, &begins);
}

static void
come_often (ConfsyncRateLimit *self, const char *remote, guint times, gint64 now_us)
{
  for (guint i = 0; i < times; i++)
    g_assert_cmpuint (come (self, remote, now_us), ==, 0);
}

static void
test_edges (void)
{
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();
  const gint64 end = START_US + BLOCK_S * SECOND_US;
  gboolean begins;

  g_test_summary ("The sixtieth in a minute comes in, the next is blocked for 120 s");
  come_often (limit, "10.0.0.2:1", LIMIT, START_US);
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, START_US), ==, 0);
  g_assert_cmpuint (confsync_rate_limit_count (limit, "10.0.0.2:2", CONFSYNC_RATE_REQUEST,
                                               START_US, &begins), ==, BLOCK_S);
  g_assert_true (begins);
  g_assert_cmpuint (confsync_rate_limit_count (limit, "10.0.0.2:3", CONFSYNC_RATE_REQUEST,
                                               START_US + 1, &begins), ==, BLOCK_S);
  g_assert_false (begins);
  g_assert_cmpuint (come (limit, "10.0.0.2:3", START_US + SECOND_US), ==, BLOCK_S - 1);
  g_assert_cmpuint (come (limit, "10.0.0.2:4", end - 1), ==, 1);
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, end - 1), ==, 1);
  g_assert_cmpuint (come (limit, "10.0.0.2:4", end), ==, 0);
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, end), ==, 0);
  come_often (limit, "10.0.0.2:5", LIMIT - 1, end);
  g_assert_cmpuint (come (limit, "10.0.0.2:6", end), ==, BLOCK_S);
}

static void
test_minute (void)
{
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("A minute after its first request, an address begins anew; one a second is fine");
  come_often (limit, "10.0.0.2:1", LIMIT, START_US);
  come_often (limit, "10.0.0.2:1", LIMIT, START_US + 60 * SECOND_US);
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US + 120 * SECOND_US - 1), >, 0);
  for (guint i = 0; i < 600; i++)
    g_assert_cmpuint (come (limit, "10.0.0.3:1", START_US + i * SECOND_US), ==, 0);
}

static void
test_addresses (void)
{
  static const struct
  {
    const char *one;
    const char *other;
    gboolean same;
  } cases[] = {
    { "10.0.0.2:1", "10.0.0.2:65535", TRUE },
    { "10.0.0.2:1", "10.0.0.3:1", FALSE },
    { "10.0.0.2:1", "[::ffff:10.0.0.2]:1", TRUE },
    { "[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::9]:7", TRUE },
    { "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", FALSE },
    { "[a00:2::]:1", "10.0.0.2:1", FALSE },
  };

  g_test_summary ("Neither port nor form makes another address; an IPv6 /64 is one");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncRateLimit) limit = new_limit ();

      come_often (limit, cases[i].one, LIMIT, START_US);
      g_assert_cmpint (come (limit, cases[i].other, START_US) > 0, ==, cases[i].same);
    }
}

static void
test_local (void)
{
  static const char *const local[] = { "127.0.0.1:1", "127.9.9.9:1", "[::1]:1",
                                       "[::ffff:127.0.0.1]:1" };

  g_test_summary ("This machine is never blocked for requests, but for failed proofs; or as others "
                  "where that isn't wanted");
  for (gsize i = 0; i < G_N_ELEMENTS (local); i++)
    {
      g_autoptr (ConfsyncRateLimit) limit = new_limit ();

      come_often (limit, local[i], 10 * LIMIT, START_US);
      for (guint n = 0; n < LIMIT; n++)
        g_assert_cmpuint (fail (limit, local[i], START_US), ==, 0);
      g_assert_cmpuint (fail (limit, local[i], START_US), ==, BLOCK_S);
      g_assert_cmpuint (come (limit, local[i], START_US), ==, BLOCK_S);

      confsync_rate_limit_get_limits (limit)->whitelist_local = FALSE;
      come_often (limit, local[i], LIMIT, START_US + BLOCK_S * SECOND_US);
      g_assert_cmpuint (come (limit, local[i], START_US + BLOCK_S * SECOND_US), ==, BLOCK_S);
    }
}

static void
test_never (void)
{
  static const char *const others[] = { "/run/confsync.sock", "@x:1", "", ":", "[", "[]:1",
                                        "kitchen:80", "10.0.0.2" };
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("What is no network address is never blocked; with a limit of 0, nobody is");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    come_often (limit, others[i], 2 * LIMIT, START_US);
  confsync_rate_limit_get_limits (limit)->requests_per_minute = 0;
  come_often (limit, "10.0.0.2:1", 2 * LIMIT, START_US);
}

static void
test_many_addresses (void)
{
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("Who comes from 100,000 addresses takes no block from others, nor memory");
  come_often (limit, "10.0.0.2:1", LIMIT, START_US);
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US), ==, BLOCK_S);
  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *remote = g_strdup_printf ("[2001:db8:%x:%x::1]:1", i >> 16, i & 0xffff);

      g_assert_cmpuint (come (limit, remote, START_US + i), ==, 0);
    }
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US + SECOND_US), ==, BLOCK_S - 1);
}

static void
test_many_blocked (void)
{
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("Of more that are blocked than fit, those go that would be free first");
  confsync_rate_limit_get_limits (limit)->requests_per_minute = 1;
  for (guint i = 0; i < ADDRESSES_MAX + 10; i++)
    {
      g_autofree char *remote = g_strdup_printf ("10.1.%u.%u:1", i >> 8, i & 0xff);

      g_assert_cmpuint (come (limit, remote, START_US + i), ==, 0);
      g_assert_cmpuint (come (limit, remote, START_US + i), ==, BLOCK_S);
    }
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, START_US + SECOND_US), ==,
                    ADDRESSES_MAX);
  g_assert_cmpuint (come (limit, "10.1.0.9:1", START_US + SECOND_US), ==, 0);
  g_assert_cmpuint (come (limit, "10.1.16.9:1", START_US + SECOND_US), >, 0);
}

static guint
come_all (ConfsyncRateLimit *self, const char *remote, guint times, gint64 now_us)
{
  guint blocked = 0;

  for (guint i = 0; i < times; i++)
    blocked += come (self, remote, now_us) > 0;
  return blocked;
}

static void
test_given_back (void)
{
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("Who belongs here comes as often as it likes, and takes nothing from others");
  come_often (limit, "10.0.0.2:1", LIMIT - 1, START_US);
  for (guint i = 0; i < 10 * LIMIT; i++)
    {
      g_assert_cmpuint (come (limit, "10.0.0.2:2", START_US + i), ==, 0);
      g_assert_false (confsync_rate_limit_give_back (limit, "10.0.0.2:2", START_US + i));
    }
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US + SECOND_US), ==, 0);
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US + SECOND_US), ==, BLOCK_S);
}

static void
test_nothing_given_back (void)
{
  const gint64 minute_us = 60 * SECOND_US;
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("Nothing goes back that was not counted, or was in another minute");
  g_assert_false (confsync_rate_limit_give_back (limit, "10.0.0.2:1", START_US));
  g_assert_false (confsync_rate_limit_give_back (limit, "/run/confsync.sock", START_US));
  come_often (limit, "10.0.0.2:1", 1, START_US);
  for (guint i = 0; i < 10; i++)
    g_assert_false (confsync_rate_limit_give_back (limit, "10.0.0.2:1", START_US));
  come_often (limit, "10.0.0.2:1", LIMIT, START_US);
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US), ==, BLOCK_S);
  for (guint i = 0; i < LIMIT; i++)
    g_assert_false (confsync_rate_limit_give_back (limit, "10.0.0.2:1", START_US + minute_us));
  g_assert_cmpuint (come (limit, "10.0.0.2:1", START_US + minute_us), ==, BLOCK_S - 60);

  /* requests of this machine aren't counted, so that failed proofs from there stay */
  for (guint i = 0; i < LIMIT; i++)
    {
      g_assert_cmpuint (fail (limit, "127.0.0.1:1", START_US), ==, 0);
      g_assert_false (confsync_rate_limit_give_back (limit, "127.0.0.1:1", START_US));
    }
  g_assert_cmpuint (fail (limit, "127.0.0.1:1", START_US), ==, BLOCK_S);
}

static void
test_fleet (void)
{
  const guint room = LIMIT / 4;
  const gint64 before_us = START_US + 59 * SECOND_US, after_us = before_us + 5 * SECOND_US;
  g_autoptr (ConfsyncRateLimit) limit = new_limit ();

  g_test_summary ("A fleet that comes all at once is blocked only until it has shown who it is, "
                  "also over the end of a minute");
  come_often (limit, "10.0.0.2:1", 1, START_US);
  g_assert_cmpuint (come_all (limit, "10.0.0.2:1", LIMIT + 20, before_us), ==, 21);
  for (guint i = 0; i < room; i++)
    g_assert_false (confsync_rate_limit_give_back (limit, "10.0.0.2:1", after_us));
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, after_us), ==, 1);
  g_assert_true (confsync_rate_limit_give_back (limit, "10.0.0.2:1", after_us));
  g_assert_cmpuint (confsync_rate_limit_count_blocked (limit, after_us), ==, 0);
  g_assert_cmpuint (come_all (limit, "10.0.0.2:1", room, after_us), ==, 0);

  /* the rest of those who came didn't show it */
  g_assert_cmpuint (come (limit, "10.0.0.2:1", after_us), ==, BLOCK_S);
  g_assert_cmpuint (come (limit, "10.0.0.2:1", after_us + SECOND_US), ==, BLOCK_S - 1);
}

static void
test_small_limits (void)
{
  g_test_summary ("A block ends early only where somebody can come in again");
  for (guint allowed = 1; allowed < 10; allowed++)
    {
      g_autoptr (ConfsyncRateLimit) limit = new_limit ();
      guint given_back = 1;

      confsync_rate_limit_get_limits (limit)->requests_per_minute = allowed;
      g_assert_cmpuint (come_all (limit, "10.0.0.2:1", allowed + 1, START_US), ==, 1);
      while (!confsync_rate_limit_give_back (limit, "10.0.0.2:1", START_US))
        given_back++;
      g_assert_cmpuint (given_back, ==, 2 + (allowed - 1) / 4);
      g_assert_cmpuint (come_all (limit, "10.0.0.2:1", given_back, START_US), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rate-limit/edges", test_edges);
  g_test_add_func ("/rate-limit/minute", test_minute);
  g_test_add_func ("/rate-limit/addresses", test_addresses);
  g_test_add_func ("/rate-limit/local", test_local);
  g_test_add_func ("/rate-limit/never", test_never);
  g_test_add_func ("/rate-limit/given-back", test_given_back);
  g_test_add_func ("/rate-limit/nothing-given-back", test_nothing_given_back);
  g_test_add_func ("/rate-limit/fleet", test_fleet);
  g_test_add_func ("/rate-limit/small-limits", test_small_limits);
  g_test_add_func ("/rate-limit/many-addresses", test_many_addresses);
  g_test_add_func ("/rate-limit/many-blocked", test_many_blocked);

  return g_test_run ();
}

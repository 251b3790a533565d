/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Version vectors: the pointwise order, the total one, joins and folding, against a slow model.
 */

#include "config.h"

#include "confsync-vector-private.h"

#define ACTORS 5
#define ROUNDS 20000
#define DAY_US G_TIME_SPAN_DAY

/* times by actor, with absent ones at the floor */
static gint64
time_of (const ConfsyncVector *vector, guint64 actor)
{
  return confsync_vector_get (vector, actor);
}

static ConfsyncVector *
random_vector (GRand *rand)
{
  ConfsyncVectorEntry entries[ACTORS];
  gint64 floor = g_rand_int_range (rand, 0, 3);
  guint n = 0;

  for (guint64 actor = ACTORS; actor >= 1; actor--)
    if (g_rand_boolean (rand))
      entries[n++] = (ConfsyncVectorEntry){ actor, g_rand_int_range (rand, 1, 6) };
  return confsync_vector_new (floor, entries, n);
}

static ConfsyncOrder
slow_compare (const ConfsyncVector *a, const ConfsyncVector *b)
{
  gboolean more = confsync_vector_get_floor (a) > confsync_vector_get_floor (b);
  gboolean less = confsync_vector_get_floor (a) < confsync_vector_get_floor (b);

  for (guint64 actor = 1; actor <= ACTORS; actor++)
    {
      more |= time_of (a, actor) > time_of (b, actor);
      less |= time_of (a, actor) < time_of (b, actor);
    }
  return more && less ? CONFSYNC_ORDER_CONCURRENT
         : more       ? CONFSYNC_ORDER_AFTER
         : less       ? CONFSYNC_ORDER_BEFORE
                      : CONFSYNC_ORDER_EQUAL;
}

static void
test_entries (void)
{
  const ConfsyncVectorEntry entries[] = { { 9, 50 }, { 2, 10 }, { 5, 30 }, { 3, 9 } };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (10, entries, G_N_ELEMENTS (entries));
  const ConfsyncVectorEntry *sorted = confsync_vector_get_entries (vector);

  g_test_summary ("Entries are sorted; those at or under the floor are left out");
  g_assert_cmpuint (confsync_vector_get_length (vector), ==, 2);
  g_assert_cmpuint (sorted[0].actor, ==, 5);
  g_assert_cmpuint (sorted[1].actor, ==, 9);
  g_assert_cmpint (confsync_vector_get (vector, 9), ==, 50);
  g_assert_cmpint (confsync_vector_get (vector, 2), ==, 10);
  g_assert_cmpint (confsync_vector_get (vector, 77), ==, 10);
  g_assert_true (confsync_vector_has (vector, 5));
  g_assert_false (confsync_vector_has (vector, 3));
  g_assert_cmpint (confsync_vector_get_greatest (vector), ==, 50);
}

static char *
text_of (const ConfsyncVector *vector)
{
  gsize max = confsync_vector_get_text_max (vector);
  char *text = g_malloc (max + 1);
  gsize length = confsync_vector_write_text (vector, text);

  g_assert_cmpuint (length, <=, max);
  text[length] = '\0';
  return text;
}

static void
test_empty (void)
{
  g_autoptr (ConfsyncVector) empty = confsync_vector_new (0, NULL, 0);
  g_autoptr (ConfsyncVector) one = confsync_vector_set (empty, 7, 1);
  g_autoptr (ConfsyncVector) none = confsync_vector_set (one, 7, 0);
  g_autofree char *text = text_of (one);

  g_assert_cmpint (confsync_vector_get_greatest (empty), ==, 0);
  g_assert_cmpint (confsync_vector_compare (empty, one), ==, CONFSYNC_ORDER_BEFORE);
  g_assert_cmpint (confsync_vector_compare (none, empty), ==, CONFSYNC_ORDER_EQUAL);
  g_assert_cmpstr (text, ==, "0/0000000000000007:1,");
}

static void
test_set (void)
{
  const ConfsyncVectorEntry entries[] = { { 2, 20 }, { 4, 40 } };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, entries, 2);

  for (guint64 actor = 1; actor <= 5; actor++)
    {
      g_autoptr (ConfsyncVector) set = confsync_vector_set (vector, actor, 99);

      g_assert_cmpint (confsync_vector_get (set, actor), ==, 99);
      g_assert_cmpuint (confsync_vector_get_length (set), ==, actor % 2 == 0 ? 2 : 3);
      for (guint i = 1; i < confsync_vector_get_length (set); i++)
        g_assert_cmpuint (confsync_vector_get_entries (set)[i - 1].actor, <,
                          confsync_vector_get_entries (set)[i].actor);
    }
  g_assert_cmpint (confsync_vector_get (vector, 2), ==, 20);
}

static void
test_orders (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  guint seen[4] = { 0 };

  g_test_summary ("The total order agrees with the pointwise one, which agrees with a slow model");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncVector) a = random_vector (rand), b = random_vector (rand);
      ConfsyncOrder order = confsync_vector_compare (a, b);
      int total = confsync_vector_compare_total (a, b);

      seen[order + 1]++;
      g_assert_cmpint (order, ==, slow_compare (a, b));
      g_assert_cmpint (confsync_vector_compare (b, a), ==,
                       order == CONFSYNC_ORDER_CONCURRENT ? order : -order);
      g_assert_cmpint (total, ==, -confsync_vector_compare_total (b, a));
      if (order != CONFSYNC_ORDER_CONCURRENT)
        g_assert_cmpint (total, ==, order);
      else
        g_assert_cmpint (total, !=, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_cmpuint (seen[i], >, 10);
}

static void
test_total_transitive (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncVector) a = random_vector (rand), b = random_vector (rand);
      g_autoptr (ConfsyncVector) c = random_vector (rand);

      if (confsync_vector_compare_total (a, b) >= 0 && confsync_vector_compare_total (b, c) >= 0)
        g_assert_cmpint (confsync_vector_compare_total (a, c), >=, 0);
    }
}

static void
test_join (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  g_test_summary ("A join includes both, and nothing more");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncVector) a = random_vector (rand), b = random_vector (rand);
      g_autoptr (ConfsyncVector) join = confsync_vector_join (a, b);
      g_autoptr (ConfsyncVector) other = confsync_vector_join (b, a);
      g_autofree char *text = text_of (join), *other_text = text_of (other), *a_text = text_of (a);

      for (guint64 actor = 1; actor <= ACTORS + 1; actor++)
        g_assert_cmpint (time_of (join, actor), ==, MAX (time_of (a, actor), time_of (b, actor)));
      /* equal vectors have equal text: it is what revisions are named by */
      g_assert_cmpstr (text, ==, other_text);
      g_assert_true (confsync_vector_equal (join, other));
      g_assert_cmpint (confsync_vector_equal (a, join), ==, g_str_equal (a_text, text));
    }
}

static void
test_meet (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  g_test_summary ("What both include is in each of them");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncVector) a = random_vector (rand), b = random_vector (rand);
      g_autoptr (ConfsyncVector) meet = confsync_vector_meet (a, b);

      for (guint64 actor = 1; actor <= ACTORS + 1; actor++)
        g_assert_cmpint (time_of (meet, actor), ==, MIN (time_of (a, actor), time_of (b, actor)));
      g_assert_cmpint (confsync_vector_compare (meet, a), <=, CONFSYNC_ORDER_EQUAL);
      g_assert_cmpint (confsync_vector_compare (meet, b), <=, CONFSYNC_ORDER_EQUAL);
    }
}

/* @n actors; the first @old of them edited long ago, one @ahead of everybody. */
static ConfsyncVector *
crowd (guint n, guint old, gint64 ahead)
{
  g_autofree ConfsyncVectorEntry *entries = g_new (ConfsyncVectorEntry, n);

  for (guint i = 0; i < n; i++)
    entries[i] = (ConfsyncVectorEntry){ i + 1, (i < old ? 1 : 200) * DAY_US + i };
  entries[n - 1].time += ahead;
  return confsync_vector_new (0, entries, n);
}

static void
test_fold (void)
{
  g_autoptr (ConfsyncVector) small = crowd (64, 10, 0), large = crowd (65, 10, 0);
  g_autoptr (ConfsyncVector) same = confsync_vector_fold (small);
  g_autoptr (ConfsyncVector) folded = confsync_vector_fold (large);

  g_test_summary ("More than 64 entries: those 90 days older than the second newest fold");
  g_assert_true (same == small);
  g_assert_cmpuint (confsync_vector_get_length (folded), ==, 55);
  g_assert_cmpint (confsync_vector_get_floor (folded), ==, DAY_US + 9);
  g_assert_cmpint (confsync_vector_get (folded, 1), ==, DAY_US + 9);
  g_assert_cmpint (confsync_vector_get (folded, 11), ==, 200 * DAY_US + 10);
  /* never less than it was */
  g_assert_cmpint (confsync_vector_compare (folded, large), ==, CONFSYNC_ORDER_AFTER);
}

static void
test_fold_ahead (void)
{
  g_autoptr (ConfsyncVector) vector = crowd (65, 0, 3650 * DAY_US);
  g_autoptr (ConfsyncVector) folded = confsync_vector_fold (vector);

  g_test_summary ("One wrong clock doesn't fold everybody else");
  g_assert_cmpint (confsync_vector_compare (folded, vector), ==, CONFSYNC_ORDER_EQUAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vector/entries", test_entries);
  g_test_add_func ("/vector/empty", test_empty);
  g_test_add_func ("/vector/set", test_set);
  g_test_add_func ("/vector/orders", test_orders);
  g_test_add_func ("/vector/total-transitive", test_total_transitive);
  g_test_add_func ("/vector/join", test_join);
  g_test_add_func ("/vector/meet", test_meet);
  g_test_add_func ("/vector/fold", test_fold);
  g_test_add_func ("/vector/fold/ahead", test_fold_ahead);
  return g_test_run ();
}

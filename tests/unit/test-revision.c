/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The total order of revisions: it is one, and it extends causality, or nodes would exchange for
 * ever. The pools are what a few instances make by editing, merging and joining.
 */

#include "config.h"

#include "confsync-revision-private.h"
#include "replica-probe.h"

#define POOLS 300
#define POOL_SIZE 14
#define EDITORS 3

static ConfsyncRevision *
make (const char *text, ConfsyncStampKind kind, guint epoch, gint64 time, const char *author,
      ConfsyncVector *vector)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new (kind, epoch, time, author, vector);

  return confsync_revision_new (document, stamp);
}

static ConfsyncStamp *
stamp_of (ConfsyncRevision *revision)
{
  return confsync_revision_get_stamp (revision);
}

static char *
random_text (GRand *rand)
{
  return g_strdup_printf ("{'a':%d}", g_rand_int_range (rand, 0, 4));
}

static ConfsyncRevision *
random_initial (GRand *rand, guint index)
{
  const ConfsyncVectorEntry entry = { index + 1, 1 + g_rand_int_range (rand, 0, 3) };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, &entry, 1);
  g_autofree char *text = random_text (rand);
  g_autofree char *author = g_strdup_printf ("n%u", index % EDITORS);

  return make (text, CONFSYNC_STAMP_INITIAL, 0, entry.time, author, vector);
}

/* An editor's clock may be behind; its edit still comes after its base and its own last one. */
static ConfsyncRevision *
random_edit (GRand *rand, ConfsyncRevision *base, gint64 *greatest)
{
  guint editor = (guint) g_rand_int_range (rand, 0, EDITORS);
  ConfsyncVector *from = confsync_stamp_get_vector (stamp_of (base));
  gint64 time = MAX (greatest[editor], confsync_vector_get_greatest (from)) + 1 +
                g_rand_int_range (rand, 0, 3);
  g_autoptr (ConfsyncVector) vector = NULL;
  g_autofree char *text = random_text (rand);
  g_autofree char *author = g_strdup_printf ("n%u", editor);

  greatest[editor] = time;
  vector = confsync_vector_set (from, 100 + editor, time);
  return make (text, CONFSYNC_STAMP_EDIT, confsync_stamp_get_epoch (stamp_of (base)), time, author,
               vector);
}

static ConfsyncRevision *
random_merge (GRand *rand, ConfsyncRevision *a, ConfsyncRevision *b)
{
  g_autoptr (ConfsyncRevision) joined = confsync_revision_join (a, b);
  ConfsyncStamp *stamp = stamp_of (joined);
  g_autofree char *text = random_text (rand);

  return make (text, CONFSYNC_STAMP_MERGED, confsync_stamp_get_epoch (stamp),
               confsync_stamp_get_time (stamp), confsync_stamp_get_author (stamp),
               confsync_stamp_get_vector (stamp));
}

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (stamp_of (revision)) == CONFSYNC_STAMP_INITIAL;
}

static GPtrArray *
random_pool (GRand *rand)
{
  GPtrArray *pool = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  gint64 greatest[EDITORS] = { 0 };

  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (pool, random_initial (rand, i));
  while (pool->len < POOL_SIZE)
    {
      ConfsyncRevision *a = pool->pdata[g_rand_int_range (rand, 0, pool->len)];
      ConfsyncRevision *b = pool->pdata[g_rand_int_range (rand, 0, pool->len)];
      ConfsyncOrder order = confsync_stamp_compare (stamp_of (a), stamp_of (b));

      if (is_initial (a) && is_initial (b))
        g_ptr_array_add (pool, confsync_revision_pick (a, b));
      if (g_rand_boolean (rand))
        g_ptr_array_add (pool, random_edit (rand, a, greatest));
      else if (order == CONFSYNC_ORDER_CONCURRENT && !is_initial (a) && !is_initial (b))
        g_ptr_array_add (pool, random_merge (rand, a, b));
    }
  return pool;
}

static void
test_total_order (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint causal = 0, ties = 0;

  g_test_summary ("The order is total, has no cycles, and never contradicts causality");
  for (guint round = 0; round < POOLS; round++)
    {
      g_autoptr (GPtrArray) pool = random_pool (rand);

      for (guint i = 0; i < pool->len; i++)
        for (guint j = 0; j < pool->len; j++)
          {
            ConfsyncRevision *a = pool->pdata[i], *b = pool->pdata[j];
            int total = confsync_revision_compare (a, b);
            ConfsyncOrder order = confsync_stamp_compare (stamp_of (a), stamp_of (b));

            g_assert_cmpint (total > 0, ==, confsync_revision_compare (b, a) < 0);
            /* two initials may come to one vector and content by different ways */
            if (total == 0 || !is_initial (a))
              g_assert_cmpint (total == 0, ==, confsync_revision_same (a, b));
            if (order == CONFSYNC_ORDER_AFTER)
              g_assert_cmpint (total, >, 0);
            causal += order == CONFSYNC_ORDER_AFTER;
            ties += order == CONFSYNC_ORDER_AFTER && confsync_stamp_get_time (stamp_of (a)) ==
                                                       confsync_stamp_get_time (stamp_of (b));
            for (guint k = 0; k < pool->len; k++)
              if (total > 0 && confsync_revision_compare (b, pool->pdata[k]) > 0)
                g_assert_cmpint (confsync_revision_compare (a, pool->pdata[k]), >, 0);
          }
    }
  g_assert_cmpuint (causal, >, POOLS);
  /* where a merge adds no time, only the vector tells it from what it was made of */
  g_assert_cmpuint (ties, >, POOLS / 10);
}

static void
test_ranks (void)
{
  const ConfsyncVectorEntry one = { 1, 50 }, two = { 2, 50 }, late = { 3, 90 };
  g_autoptr (ConfsyncVector) a = confsync_vector_new (0, &one, 1);
  g_autoptr (ConfsyncVector) b = confsync_vector_new (0, &two, 1);
  g_autoptr (ConfsyncVector) c = confsync_vector_new (0, &late, 1);
  /* each beats all before it */
  ConfsyncRevision *ranks[] = {
    make ("{'a':0}", CONFSYNC_STAMP_INITIAL, 0, 90, "z", c),
    make ("{'a':0}", CONFSYNC_STAMP_INITIAL, 0, 50, "z", b),
    make ("{'a':0}", CONFSYNC_STAMP_EDIT, 0, 50, "a", b),
    make ("{'a':0}", CONFSYNC_STAMP_EDIT, 0, 50, "b", b),
    make ("{'a':0}", CONFSYNC_STAMP_EDIT, 0, 50, "b", a),
    make ("{'a':0}", CONFSYNC_STAMP_EDIT, 0, 90, "a", c),
    make ("{'a':0}", CONFSYNC_STAMP_EDIT, 1, 50, "a", b),
  };

  g_test_summary ("Epoch, edited, time, author, vector; among initials the earlier start");
  for (guint i = 0; i < G_N_ELEMENTS (ranks); i++)
    for (guint j = 0; j < i; j++)
      {
        g_assert_cmpint (confsync_revision_compare (ranks[i], ranks[j]), >, 0);
        g_assert_cmpint (confsync_stamp_compare_total (stamp_of (ranks[i]), stamp_of (ranks[j])),
                         >, 0);
      }
  for (guint i = 0; i < G_N_ELEMENTS (ranks); i++)
    confsync_revision_unref (ranks[i]);
}

static void
test_hash_last (void)
{
  const ConfsyncVectorEntry entry = { 1, 50 };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, &entry, 1);
  g_autoptr (ConfsyncRevision) a = make ("{'a':1}", CONFSYNC_STAMP_EDIT, 0, 50, "a", vector);
  g_autoptr (ConfsyncRevision) b = make ("{'a':2}", CONFSYNC_STAMP_EDIT, 0, 50, "a", vector);
  g_autoptr (ConfsyncRevision) copy = make ("{'a':1.0}", CONFSYNC_STAMP_EDIT, 0, 50, "a", vector);

  g_assert_cmpint (confsync_stamp_compare_total (stamp_of (a), stamp_of (b)), ==, 0);
  g_assert_cmpint (confsync_revision_compare (a, b), !=, 0);
  g_assert_cmpint (confsync_revision_compare (a, copy), ==, 0);
  g_assert_true (confsync_revision_same (a, copy));
  g_assert_cmpstr (confsync_revision_get_key (a), ==, confsync_revision_get_key (copy));
  g_assert_false (confsync_revision_same (a, b));
}

static void
test_keys (void)
{
  g_autoptr (ConfsyncVector) empty = confsync_vector_new (0, NULL, 0);
  g_autoptr (ConfsyncVector) named = confsync_vector_new (7, &(ConfsyncVectorEntry){ 1, 50 }, 1);
  g_autoptr (ConfsyncVector) other = confsync_vector_new (7, &(ConfsyncVectorEntry){ 1, 51 }, 1);
  ConfsyncVector *vectors[] = { empty, named, other };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (
    (GDestroyNotify) confsync_revision_unref);

  g_test_summary ("Two revisions are the same exactly where their keys are");
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    for (guint epoch = 0; epoch < 2; epoch++)
      for (guint content = 0; content < 2; content++)
        g_ptr_array_add (all, make (content == 0 ? "{'a':1}" : "{'a':2}", CONFSYNC_STAMP_EDIT,
                                    epoch, 50, "a", vectors[i]));
  for (guint i = 0; i < all->len; i++)
    for (guint j = 0; j < all->len; j++)
      {
        g_assert_cmpint (confsync_revision_same (all->pdata[i], all->pdata[j]), ==, i == j);
        g_assert_cmpint (g_str_equal (confsync_revision_get_key (all->pdata[i]),
                                      confsync_revision_get_key (all->pdata[j])), ==, i == j);
      }
  g_assert_true (g_str_has_suffix (confsync_revision_get_key (all->pdata[6]),
                                   "/1/7/0000000000000001:50,"));
}

static void
test_key_hash (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  char room[64];

  g_test_summary ("A key's hash depends on all of its text, and not on where that lies");
  for (guint i = 0; i < 10000; i++)
    {
      guint at = i % 8;
      guint hash;

      g_snprintf (room + at, sizeof room - at, "%u/%.*s", i, (int) (i % 17), "0123456789abcdefg");
      hash = confsync_key_hash (room + at);
      memmove (room + 1, room + at, strlen (room + at) + 1);
      g_assert_cmpuint (confsync_key_hash (room + 1), ==, hash);
      g_hash_table_add (seen, GUINT_TO_POINTER (hash));
    }
  g_assert_cmpuint (g_hash_table_size (seen), >, 9990);
}

static void
test_long_key (void)
{
  ConfsyncVectorEntry entries[200];
  g_autoptr (ConfsyncVector) vector = NULL, less = NULL;
  g_autoptr (ConfsyncRevision) a = NULL, b = NULL;

  g_test_summary ("A key stays short however many actors are named");
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    entries[i] = (ConfsyncVectorEntry){ i + 1, 1000 + i };
  vector = confsync_vector_new (0, entries, G_N_ELEMENTS (entries));
  less = confsync_vector_new (0, entries, G_N_ELEMENTS (entries) - 1);
  a = make ("{'a':1}", CONFSYNC_STAMP_EDIT, 0, 2000, "a", vector);
  b = make ("{'a':1}", CONFSYNC_STAMP_EDIT, 0, 2000, "a", less);
  g_assert_cmpuint (strlen (confsync_revision_get_key (a)), ==, 64);
  g_assert_cmpstr (confsync_revision_get_key (a), !=, confsync_revision_get_key (b));
  g_assert_false (confsync_revision_same (a, b));
}

static void
test_pick (void)
{
  g_autoptr (ConfsyncRevision) early = make_edit_by ("{'a':1}", 1, 50);
  g_autoptr (ConfsyncRevision) late = make_edit_by ("{'a':2}", 2, 60);
  g_autoptr (ConfsyncRevision) picked = confsync_revision_pick (early, late);
  g_autoptr (ConfsyncRevision) joined = confsync_revision_join (early, late);

  g_test_summary ("A pick is the winner with its own stamp; a join includes both");
  g_assert_true (picked == late);
  assert_content (joined, "{'a':2}");
  g_assert_cmpint (order_of (joined, early), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (order_of (joined, late), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_stamp_get_time (stamp_of (joined)), ==, 60);
}

static void
test_pick_initials (void)
{
  const guint64 actors[] = { 1, 2 };
  const gint64 times[] = { 80, 90 };
  g_autoptr (ConfsyncRevision) two =
    make_revision ("{'a':1}", CONFSYNC_STAMP_INITIAL, 2, actors, times);
  g_autoptr (ConfsyncRevision) one =
    make_revision ("{'a':2}", CONFSYNC_STAMP_INITIAL, 1, &(guint64){ 3 }, &(gint64){ 5 });
  g_autoptr (ConfsyncRevision) edit = make_edit_by ("{'a':3}", 4, 1);
  g_autoptr (ConfsyncRevision) picked = confsync_revision_pick (one, two);
  g_autoptr (ConfsyncRevision) edited = confsync_revision_pick (edit, two);

  g_test_summary ("Initials are counted, and join so that the count is of holders");
  assert_content (picked, "{'a':1}");
  g_assert_cmpuint (
    confsync_vector_get_length (confsync_stamp_get_vector (stamp_of (picked))), ==, 3);
  g_assert_true (edited == edit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/revision/total-order", test_total_order);
  g_test_add_func ("/revision/ranks", test_ranks);
  g_test_add_func ("/revision/hash-last", test_hash_last);
  g_test_add_func ("/revision/keys", test_keys);
  g_test_add_func ("/revision/keys/hash", test_key_hash);
  g_test_add_func ("/revision/keys/long", test_long_key);
  g_test_add_func ("/revision/pick", test_pick);
  g_test_add_func ("/revision/pick/initials", test_pick_initials);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The resolvers lww, merge and manual: what each one makes of known conflicts, and their laws on
 * random ones. That they keep the contract of resolvers is tested with the contract.
 */

#include "config.h"

#include <string.h>

#include "test-config.h"
#include "test-decision.h"
#include "test-revision.h"

#define POOLS 30
#define POOL_SIZE 9
#define ROUNDS 1500

static ConfsyncRevision *
edit_of (const char *text, guint actor, gint64 time)
{
  return test_revision_of (text, actor, time, CONFSYNC_STAMP_EDIT, 0);
}

/* @document with another's stamp, or with that of an edit */
static ConfsyncRevision *
revision_of (ConfsyncDocument *document, guint actor, gint64 time)
{
  g_autoptr (ConfsyncRevision) like = edit_of ("{}", actor, time);

  return confsync_revision_new (document, confsync_revision_get_stamp (like));
}

static ConfsyncDocument *
content_of (ConfsyncRevision *revision)
{
  return confsync_revision_get_document (revision);
}

/* lww */

/* revisions that know nothing of each other, some of one time, some of one author */
static GPtrArray *
random_pool (GRand *rand)
{
  GPtrArray *pool = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);

  for (guint i = 0; i < POOL_SIZE; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'a':%u}", i);
      ConfsyncStampKind kind =
        g_rand_int_range (rand, 0, 4) == 0 ? CONFSYNC_STAMP_MERGED : CONFSYNC_STAMP_EDIT;

      g_ptr_array_add (pool, test_revision_of (text, 1 + g_rand_int_range (rand, 0, 9),
                                               1 + g_rand_int_range (rand, 0, 4), kind,
                                               g_rand_int_range (rand, 0, 5) == 0 ? 1 : 0));
    }
  return pool;
}

/* the one that was chosen, and not a copy of it */
static ConfsyncRevision *
choose (ConfsyncResolver *lww, ConfsyncRevision *local, ConfsyncRevision *remote)
{
  g_auto (TestDecision) decision = { 0 };

  test_decide (&decision, lww, NULL, local, remote);
  g_assert_no_error (decision.error);
  g_assert_cmpstr (decision.overruled, ==, "");
  g_assert_cmpstr (decision.open, ==, "");
  g_assert_null (decision.remark);
  if (decision.document == content_of (local))
    return local;
  g_assert_true (decision.document == content_of (remote));
  return remote;
}

static void
test_lww_laws (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (ConfsyncResolver) lww = test_resolver ("lww");

  g_test_summary ("The last write wins, whoever is asked, in whatever order, and how often");
  for (guint round = 0; round < POOLS; round++)
    {
      g_autoptr (GPtrArray) pool = random_pool (rand);
      ConfsyncRevision *table[POOL_SIZE][POOL_SIZE];
      guint index[POOL_SIZE][POOL_SIZE];

      for (guint i = 0; i < POOL_SIZE; i++)
        for (guint j = 0; j < POOL_SIZE; j++)
          {
            table[i][j] = choose (lww, pool->pdata[i], pool->pdata[j]);
            g_assert_true (g_ptr_array_find (pool, table[i][j], &index[i][j]));
          }
      for (guint i = 0; i < POOL_SIZE; i++)
        {
          g_assert_true (table[i][i] == pool->pdata[i]);
          for (guint j = 0; j < POOL_SIZE; j++)
            {
              g_assert_true (table[i][j] == table[j][i]);
              for (guint k = 0; k < POOL_SIZE; k++)
                g_assert_true (table[index[i][j]][k] == table[i][index[j][k]]);
            }
        }
    }
}

static void
test_needs_base (void)
{
  static const struct
  {
    const char *name;
    gboolean needs_base;
  } cases[] = { { "lww", FALSE }, { "last_write_wins", FALSE }, { "merge", TRUE },
                { "manual", FALSE } };

  g_test_summary ("Only who merges has use for what both sides were made from");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncResolver) resolver = test_resolver (cases[i].name);

      g_assert_cmpint (confsync_resolver_needs_base (resolver), ==, cases[i].needs_base);
    }
}

/* manual */

static void
test_manual (void)
{
  g_autoptr (ConfsyncResolver) manual = test_resolver ("manual");
  g_autoptr (ConfsyncRevision) local = edit_of ("{'a':1}", 1, 20);
  g_autoptr (ConfsyncRevision) remote = edit_of ("{'a':2}", 2, 30);
  g_auto (TestDecision) decision = { 0 };

  g_test_summary ("It declines at once, and says what is waited for");
  test_decide_both_ways (&decision, manual, NULL, local, remote);
  g_assert_error (decision.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpstr (decision.error->message, ==,
                   "ConfsyncManualResolver declined: waits for a decision");
  g_assert_null (decision.remark);
}

/* merge */

/* the winner's edit is the later one */
static const struct
{
  const char *base, *winner, *loser;
  const char *merged, *overruled;
} merges[] = {
  { "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':1,'b':2}", "{'a':2,'b':2}", "" },
  { "{'a':1,'b':1}", "{'b':1,'a':2}", "{'b':2,'a':1}", "{'a':2,'b':2}", "" },
  { "{'a':1}", "{'a':1,'x':1}", "{'a':1,'y':2}", "{'a':1,'x':1,'y':2}", "" },
  { "{'a':1,'b':1,'c':1}", "{'b':1,'c':1}", "{'a':1,'b':2,'c':1}", "{'b':2,'c':1}", "" },
  { "{'o':{'p':{'x':1,'y':1}}}", "{'o':{'p':{'x':2,'y':1}}}", "{'o':{'p':{'x':1}}}",
    "{'o':{'p':{'x':2}}}", "" },
  { "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':3,'b':2}", "{'a':2,'b':2}", "/a" },
  { "{'a':1,'b':1}", "{'b':1}", "{'a':3,'b':2}", "{'b':2}", "/a" },
  { "{'a':1,'b':1}", "{'a':3,'b':2}", "{'b':1}", "{'a':3,'b':2}", "/a" },
  { "{'o':{'x':1}}", "{'o':{'x':2},'p':1}", "{'q':1}", "{'o':{'x':2},'p':1,'q':1}", "/o" },
  { "{'z':[1,2]}", "{'z':[1,2,3]}", "{'z':[0,1,2]}", "{'z':[1,2,3]}", "/z" },
  { "{'z':[{'id':1,'v':0},{'id':2,'v':0}]}", "{'z':[{'id':1,'v':1},{'id':2,'v':0}]}",
    "{'z':[{'id':2,'v':2},{'id':3}]}", "{'z':[{'id':1,'v':1},{'id':2,'v':2},{'id':3}]}", "/z/0" },
  /* what equals one side all the same */
  { "{'a':1,'b':1}", "{'a':2,'b':2}", "{'a':2,'b':1}", "{'a':2,'b':2}", "" },
  { "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':2,'b':2}", "{'a':2,'b':2}", "" },
  { "{'a':1}", "{'a':2}", "{'a':3}", "{'a':2}", "/a" },
};

static void
test_merge_cases (void)
{
  g_autoptr (ConfsyncResolver) merge = test_resolver ("merge");

  g_test_summary ("Different members both survive, of the same one the later; it's a merge always");
  for (guint i = 0; i < G_N_ELEMENTS (merges); i++)
    {
      g_autoptr (ConfsyncRevision) base = edit_of (merges[i].base, 3, 1);
      g_autoptr (ConfsyncRevision) winner = edit_of (merges[i].winner, 1, 30);
      g_autoptr (ConfsyncRevision) loser = edit_of (merges[i].loser, 2, 20);
      g_auto (TestDecision) decision = { 0 };

      test_decide_both_ways (&decision, merge, base, winner, loser);
      g_assert_no_error (decision.error);
      test_assert_document (decision.document, merges[i].merged);
      g_assert_cmpstr (decision.overruled, ==, merges[i].overruled);
      g_assert_null (decision.remark);
      /* a side as it is would say that the other one isn't in it */
      g_assert_true (decision.document != content_of (winner));
      g_assert_true (decision.document != content_of (loser));
    }
}

static void
assert_winner (ConfsyncRevision *base, ConfsyncRevision *winner, ConfsyncRevision *loser,
               const char *remark)
{
  g_autoptr (ConfsyncResolver) merge = test_resolver ("merge");
  g_auto (TestDecision) decision = { 0 };

  test_decide_both_ways (&decision, merge, base, winner, loser);
  g_assert_no_error (decision.error);
  g_assert_true (decision.document == content_of (winner));
  g_assert_cmpstr (decision.overruled, ==, "");
  if (remark == NULL)
    g_assert_null (decision.remark);
  else
    g_assert_nonnull (strstr (decision.remark, remark));
}

static void
test_merge_no_base (void)
{
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'a':1}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'b':1}", 2, 20);

  g_test_summary ("Without a common ancestor the later edit stands as it is, and it is said why");
  assert_winner (NULL, winner, loser, "made from");
}

static void
test_merge_initial (void)
{
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':0}", 3, 1);
  g_autoptr (ConfsyncRevision) edit = edit_of ("{'a':1}", 1, 20);
  g_autoptr (ConfsyncRevision) other = edit_of ("{'b':1}", 2, 30);
  g_autoptr (ConfsyncRevision) found =
    test_revision_of ("{'b':1}", 2, 30, CONFSYNC_STAMP_INITIAL, 0);
  g_autoptr (ConfsyncRevision) reset = test_revision_of ("{'c':1}", 4, 5, CONFSYNC_STAMP_EDIT, 1);

  g_test_summary ("A file that was merely found, and an earlier epoch, are merged with nothing");
  assert_winner (base, edit, found, NULL);
  assert_winner (NULL, edit, found, NULL);
  assert_winner (base, reset, other, NULL);
}

static void
test_merge_to_nothing (void)
{
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':1,'b':1}", 3, 1);
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'b':1}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'a':1}", 2, 20);
  g_autoptr (ConfsyncRevision) cleared = edit_of ("{}", 4, 40);

  g_test_summary ("Two halves removed leave the later edit; what was cleared on purpose is clear");
  assert_winner (base, winner, loser, "empty configuration");
  assert_winner (base, cleared, loser, NULL);
}

static void
assert_merged (ConfsyncResolver *merge, ConfsyncDocument *base, ConfsyncDocument *winner,
               ConfsyncDocument *loser, ConfsyncDocument *expected)
{
  g_autoptr (ConfsyncRevision) common = revision_of (base, 3, 1);
  g_autoptr (ConfsyncRevision) one = revision_of (winner, 1, 30);
  g_autoptr (ConfsyncRevision) other = revision_of (loser, 2, 20);
  g_auto (TestDecision) decision = { 0 };

  test_decide_both_ways (&decision, merge, common, one, other);
  g_assert_no_error (decision.error);
  g_assert_true (confsync_document_equal (decision.document, expected));
  g_assert_cmpstr (decision.overruled, ==, "");
}

static void
test_merge_laws (void)
{
  g_autoptr (ConfsyncResolver) merge = test_resolver ("merge");
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);
  guint merged = 0, overruled = 0;

  g_test_summary ("One side's edit is the result, so are equal edits; and both instances agree");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncDocument) base = test_config_random (rand);
      g_autoptr (ConfsyncDocument) one = test_config_edited (base, rand);
      g_autoptr (ConfsyncDocument) two = test_config_edited (base, rand);
      g_autoptr (ConfsyncRevision) common = revision_of (base, 3, 1);
      g_autoptr (ConfsyncRevision) local = revision_of (one, 1, 20);
      g_autoptr (ConfsyncRevision) remote =
        revision_of (two, 2, g_rand_int_range (rand, 19, 22));
      g_auto (TestDecision) decision = { 0 };

      assert_merged (merge, base, base, one, one);
      assert_merged (merge, base, one, base, one);
      assert_merged (merge, base, one, one, one);
      test_decide_both_ways (&decision, merge, common, local, remote);
      g_assert_no_error (decision.error);
      overruled += *decision.overruled != '\0';
      merged += !confsync_document_equal (decision.document, one) &&
                !confsync_document_equal (decision.document, two);
    }
  g_assert_cmpuint (merged, >, ROUNDS / 4);
  g_assert_cmpuint (overruled, >, ROUNDS / 20);
}

/* base, winner, loser, and what becomes of them: a value a member; NULL is absent */
typedef struct
{
  const char *sides[4][5];
} Flat;

static void
random_flat (Flat *flat, GRand *rand)
{
  static const char *const values[] = { NULL, "0", "1", "'x'" };

  for (guint i = 0; i < G_N_ELEMENTS (flat->sides[0]); i++)
    {
      for (guint side = 0; side < 3; side++)
        flat->sides[side][i] = values[g_rand_int_range (rand, 0, G_N_ELEMENTS (values))];
      flat->sides[3][i] =
        flat->sides[0][i] == flat->sides[1][i] ? flat->sides[2][i] : flat->sides[1][i];
    }
}

static char *
flat_text (const Flat *flat, guint side)
{
  GString *text = g_string_new ("{'always':1");

  for (guint i = 0; i < G_N_ELEMENTS (flat->sides[0]); i++)
    if (flat->sides[side][i] != NULL)
      g_string_append_printf (text, ",'%c':%s", 'a' + i, flat->sides[side][i]);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static gboolean
is_overruled (const Flat *flat, guint i)
{
  return flat->sides[0][i] != flat->sides[1][i] && flat->sides[0][i] != flat->sides[2][i] &&
         flat->sides[1][i] != flat->sides[2][i];
}

static void
test_merge_flat (void)
{
  g_autoptr (ConfsyncResolver) merge = test_resolver ("merge");
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);

  g_test_summary ("Member by member it is as one would do it by hand");
  for (guint round = 0; round < ROUNDS; round++)
    {
      char *texts[4];
      g_autoptr (ConfsyncRevision) base = NULL, winner = NULL, loser = NULL;
      g_auto (TestDecision) decision = { 0 };
      Flat flat;

      random_flat (&flat, rand);
      for (guint side = 0; side < 4; side++)
        texts[side] = flat_text (&flat, side);
      base = edit_of (texts[0], 3, 1);
      winner = edit_of (texts[1], 1, 30);
      loser = edit_of (texts[2], 2, 20);
      test_decide_both_ways (&decision, merge, base, winner, loser);
      g_assert_no_error (decision.error);
      test_assert_document (decision.document, texts[3]);
      for (guint i = 0; i < G_N_ELEMENTS (flat.sides[0]); i++)
        {
          const char pointer[] = { '/', (char) ('a' + i), '\0' };

          g_assert_cmpint (strstr (decision.overruled, pointer) != NULL, ==,
                           is_overruled (&flat, i));
        }
      for (guint side = 0; side < 4; side++)
        g_free (texts[side]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resolvers/lww/laws", test_lww_laws);
  g_test_add_func ("/resolvers/needs-base", test_needs_base);
  g_test_add_func ("/resolvers/manual", test_manual);
  g_test_add_func ("/resolvers/merge/cases", test_merge_cases);
  g_test_add_func ("/resolvers/merge/no-base", test_merge_no_base);
  g_test_add_func ("/resolvers/merge/initial", test_merge_initial);
  g_test_add_func ("/resolvers/merge/nothing", test_merge_to_nothing);
  g_test_add_func ("/resolvers/merge/laws", test_merge_laws);
  g_test_add_func ("/resolvers/merge/flat", test_merge_flat);
  return g_test_run ();
}

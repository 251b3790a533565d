/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What stands for several bases: with it, the merge takes what was changed by who knew the other
 * value, whoever is asked and in whichever order the bases became known.
 */

#include "config.h"

#include "json-test.h"
#include "replica-probe.h"

#include "confsync-bases-private.h"
#include "confsync-json-base-private.h"

typedef struct
{
  const char *bases[4]; /* ends with %NULL */
  const char *joined;
  const char *one, *other;
  const char *merged, *conflicts;
} Case;

static const Case cases[] = {
  /* one base knows of the change that the other lacks */
  { { "{'m':1}", "{'m':0}" }, "{'m':1}", "{'m':3}", "{'m':1}", "{'m':3}", "" },
  { { "{'m':1}", "{'m':0}" }, "{'m':1}", "{'m':1,'x':1}", "{'m':3,'y':1}",
    "{'m':3,'x':1,'y':1}", "" },
  /* back to what it was, on purpose */
  { { "{'m':true}", "{'m':false}" }, "{'m':true}", "{'m':false}", "{'m':true}", "{'m':false}", "" },
  /* both are new */
  { { "{'m':1}", "{'m':0}" }, "{'m':1}", "{'m':3}", "{'m':4}", "{'m':3}", "/m" },
  /* who took which side of a conflict makes no difference to who knew both */
  { { "{'m':1}", "{'m':2}" }, "{'m':2}", "{'m':1}", "{'m':3}", "{'m':3}", "" },
  { { "{'m':1}", "{'m':2}" }, "{'m':1}", "{'m':3}", "{'m':2}", "{'m':3}", "" },
  /* removed by who knew it */
  { { "{'m':1,'x':1}", "{'x':1}" }, "{'m':1,'x':1}", "{'x':1}", "{'m':1,'x':1}", "{'x':1}", "" },
  { { "{'o':{'a':1,'b':0}}", "{'o':{'a':0,'b':1}}" }, "{'o':{'a':1,'b':1}}", "{'z':1}",
    "{'o':{'a':1,'b':1}}", "{'z':1}", "" },
  { { "{'o':{'a':1,'b':0}}", "{'o':{'a':2,'b':1}}" }, "{'o':{'a':1,'b':1}}", "{'z':1}",
    "{'o':{'a':2,'b':1}}", "{'z':1}", "" },
  { { "{'o':{'a':1}}", "{'o':{'b':1}}" }, "{'o':{'a':1,'b':1}}", "{'o':{'a':1,'b':1,'c':1}}",
    "{'o':{'a':3,'b':1}}", "{'o':{'a':3,'b':1,'c':1}}", "" },
  /* by element */
  { { "{'z':[{'id':1,'n':1}]}", "{'z':[{'id':1,'n':0},{'id':2,'n':0}]}" },
    "{'z':[{'id':1,'n':1},{'id':2,'n':0}]}", "{'z':[{'id':1,'n':5},{'id':2,'n':0}]}",
    "{'z':[{'id':1,'n':1}]}", "{'z':[{'id':1,'n':5}]}", "" },
  { { "{'z':[{'id':1},{'id':2}]}", "{'z':[{'id':2},{'id':1}]}" }, "{'z':[{'id':2},{'id':1}]}",
    "{'z':[{'id':2},{'id':1}]}", "{'z':[{'id':3},{'id':2},{'id':1}]}",
    "{'z':[{'id':3},{'id':2},{'id':1}]}", "" },
  { { "{'z':[1]}", "{'z':[]}" }, "{'z':[1]}", "{'z':[1,2]}", "{'z':[1]}", "{'z':[1,2]}", "" },
  { { "{'z':[1]}", "{}" }, "{}", "{'z':[1,2]}", "{'z':[3]}", "{'z':[1,2]}", "/z" },
};

static void
check (const Case *c, gboolean swapped)
{
  ConfsyncJson *bases[4];
  guint n = 0;
  g_autoptr (ConfsyncJson) joined = json_from (c->joined);
  g_autoptr (ConfsyncJson) one = json_from (c->one);
  g_autoptr (ConfsyncJson) other = json_from (c->other);
  g_autoptr (ConfsyncJson) expected = json_from (c->merged);
  g_autoptr (ConfsyncJson) base = NULL;
  g_autoptr (ConfsyncJson) merged = NULL;
  g_auto (GStrv) conflicts = NULL;
  g_autofree char *list = NULL;

  for (; c->bases[n] != NULL; n++)
    bases[n] = json_from (c->bases[n]);
  base = confsync_json_make_base (bases, n, joined, swapped ? other : one, swapped ? one : other);
  merged = confsync_json_merge (base, one, other, &conflicts);
  list = g_strjoinv (" ", conflicts);
  g_assert_cmpstr (list, ==, c->conflicts);
  g_assert_true (confsync_json_equal (merged, expected));
  for (guint i = 0; i < n; i++)
    confsync_json_unref (bases[i]);
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %u", i);
      check (&cases[i], FALSE);
      check (&cases[i], TRUE);
    }
}

/* A base, two edits on it that don't know each other, and a merge of them that one more edit is
 * made on; beside it a merge that took the other side of their conflict. */
typedef struct
{
  ConfsyncRevision *root, *left, *right, *ours, *theirs;
} Past;

static Past
make_past (void)
{
  const guint64 actors[] = { 1, 2, 3, 4 };
  const gint64 ours[] = { T0, T0 + 1, T0 + 2, T0 + 3 };
  const gint64 merged[] = { T0, T0 + 1, T0 + 2 };
  Past past = { .root = make_edit_by ("{'m':0}", 1, T0) };

  past.left = make_edit_on ("{'m':1}", past.root, 2, T0 + 1);
  past.right = make_edit_on ("{'m':2}", past.root, 3, T0 + 2);
  past.ours = make_revision ("{'m':4}", CONFSYNC_STAMP_EDIT, 4, actors, ours);
  past.theirs = make_revision ("{'m':1}", CONFSYNC_STAMP_MERGED, 3, actors, merged);
  return past;
}

static void
past_clear (Past *past)
{
  confsync_revision_unref (past->root);
  confsync_revision_unref (past->left);
  confsync_revision_unref (past->right);
  confsync_revision_unref (past->ours);
  confsync_revision_unref (past->theirs);
}

static GPtrArray *
list_of (ConfsyncRevision *first, ...)
{
  GPtrArray *list = g_ptr_array_new ();
  va_list args;

  va_start (args, first);
  for (ConfsyncRevision *item = first; item != NULL; item = va_arg (args, ConfsyncRevision *))
    g_ptr_array_add (list, item);
  va_end (args);
  return list;
}

static void
test_find (void)
{
  Past past = make_past ();
  ConfsyncStamp *a = confsync_revision_get_stamp (past.ours);
  ConfsyncStamp *b = confsync_revision_get_stamp (past.theirs);
  g_autoptr (GPtrArray) known =
    list_of (past.left, past.root, past.right, past.left, past.ours, NULL);
  g_autoptr (GPtrArray) greatest = confsync_bases_find (known, a, b);
  g_autoptr (GPtrArray) gathered = confsync_bases_gather (known, a, b);
  g_autoptr (GPtrArray) part = list_of (past.root, past.left, NULL);
  g_autoptr (GPtrArray) some = confsync_bases_find (part, a, b);

  g_test_summary ("The greatest are found, each once, and what they were made from with them");
  g_assert_cmpuint (greatest->len, ==, 2);
  g_assert_true (greatest->pdata[0] == past.right);
  g_assert_true (greatest->pdata[1] == past.left);
  g_assert_true (confsync_bases_are_whole (greatest, a, b));
  g_assert_cmpuint (gathered->len, ==, 3);
  g_assert_true (gathered->pdata[2] == past.root);
  g_assert_cmpuint (some->len, ==, 1);
  g_assert_false (confsync_bases_are_whole (some, a, b));
  past_clear (&past);
}

/* A merge with the base of @known, whose order is nobody's matter. */
static void
assert_merged (GPtrArray *known, ConfsyncRevision *ours, ConfsyncRevision *theirs, const char *text)
{
  for (guint turn = 0; turn < 2; turn++)
    {
      g_autoptr (ConfsyncRevision) base =
        confsync_bases_make (known, turn == 0 ? ours : theirs, turn == 0 ? theirs : ours);
      g_autoptr (ConfsyncJson) expected = json_from (text);
      g_auto (GStrv) conflicts = NULL;
      g_autoptr (ConfsyncJson) merged = confsync_json_merge (
        confsync_document_get_json (confsync_revision_get_document (base)),
        confsync_document_get_json (confsync_revision_get_document (theirs)),
        confsync_document_get_json (confsync_revision_get_document (ours)), &conflicts);

      g_assert_true (confsync_json_equal (merged, expected));
      g_assert_null (conflicts[0]);
      for (guint i = 0; i < known->len / 2; i++)
        {
          gpointer first = known->pdata[i];

          known->pdata[i] = known->pdata[known->len - 1 - i];
          known->pdata[known->len - 1 - i] = first;
        }
    }
}

static void
test_past (void)
{
  const guint64 actors[] = { 1, 2, 3, 5, 4 };
  const gint64 base_times[] = { T0, T0 + 1, T0 + 2, T0 + 3 };
  const gint64 times[] = { T0, T0 + 1, T0 + 2, T0 + 3, T0 + 4 };
  Past past = make_past ();
  /* an edit of something else on a merge where the right one won; later “m” is edited there */
  g_autoptr (ConfsyncRevision) base =
    make_revision ("{'m':2,'x':1}", CONFSYNC_STAMP_EDIT, 4, actors, base_times);
  g_autoptr (ConfsyncRevision) ours =
    make_revision ("{'m':4,'x':1}", CONFSYNC_STAMP_EDIT, 5, actors, times);
  /* where the left one won, that edit was merged in, and something else was edited */
  g_autoptr (ConfsyncRevision) theirs = make_edit_on ("{'m':1,'x':1,'y':1}", base, 6, T0 + 9);
  g_autoptr (GPtrArray) known = list_of (past.root, past.left, past.right, base, NULL);

  g_test_summary ("Who edits a member knew both sides of its old conflict, whichever won there");
  assert_merged (known, ours, theirs, "{'m':4,'x':1,'y':1}");
  past_clear (&past);
}

static void
test_crossed (void)
{
  Past past = make_past ();
  g_autoptr (GPtrArray) known = list_of (past.root, past.left, past.right, NULL);

  g_test_summary ("Who edits a merge wins over who merged the same two otherwise");
  assert_merged (known, past.ours, past.theirs, "{'m':4}");
  past_clear (&past);
}

/* Many that don't know each other, and as many below: bounded, and it ends. */
static void
test_many (void)
{
  g_autoptr (GPtrArray) known =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  ConfsyncRevision *root = make_edit_by ("{'m':0}", 1, T0);
  guint64 actors[101] = { 1 };
  gint64 times[101] = { T0 };
  g_autoptr (ConfsyncRevision) side = NULL;
  g_autoptr (ConfsyncRevision) base = NULL;

  g_ptr_array_add (known, root);
  for (guint i = 1; i <= 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'m':%u,'n%u':1}", i, i);

      actors[i] = 100 + i;
      times[i] = T0 + i;
      g_ptr_array_add (known, make_edit_on (text, root, actors[i], times[i]));
    }
  side = make_revision ("{'m':7}", CONFSYNC_STAMP_MERGED, 101, actors, times);
  base = confsync_bases_make (known, side, side);
  g_assert_nonnull (base);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bases/cases", test_cases);
  g_test_add_func ("/bases/find", test_find);
  g_test_add_func ("/bases/crossed", test_crossed);
  g_test_add_func ("/bases/past", test_past);
  g_test_add_func ("/bases/many", test_many);
  return g_test_run ();
}

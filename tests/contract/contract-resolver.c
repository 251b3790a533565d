/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What every resolver promises: that it answers once and touches neither side; and where it decides
 * by itself, the same answer on every instance, whichever side is the local one there.
 */

#include "contract-private.h"

#include "test-config.h"
#include "test-revision.h"
#include "test-util.h"

#define RANDOM_CONFLICTS 100

typedef struct
{
  const ContractRow *row;
  ConfsyncResolver *resolver;
} Fixture;

/* what a decision is waited for with */
typedef struct
{
  ConfsyncDocument *document; /* (nullable) */
  GError *error;              /* (nullable) */
  char *overruled;            /* pointers, one a line */
  guint answers;
  GString *order; /* (nullable): gets one letter an answer */
  char letter;
} Decision;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->row = data;
  fixture->resolver = g_object_new (fixture->row->type, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer resolver = fixture->resolver;

  g_object_add_weak_pointer (G_OBJECT (resolver), &resolver);
  g_object_unref (fixture->resolver);
  g_assert_true (contract_wait_gone (&resolver));
}

static void
decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Decision *decision = user_data;
  g_auto (GStrv) overruled = NULL;

  decision->answers++;
  decision->document = confsync_resolver_decide_finish_full (
    CONFSYNC_RESOLVER (source), result, &overruled, NULL, NULL, &decision->error);
  decision->overruled = g_strjoinv ("\n", overruled);
  if (decision->order != NULL)
    g_string_append_c (decision->order, decision->letter);
}

static gboolean
is_decided (gpointer data)
{
  return ((Decision *) data)->answers > 0;
}

static void
decision_clear (Decision *decision)
{
  g_clear_pointer (&decision->document, confsync_document_unref);
  g_clear_error (&decision->error);
  g_clear_pointer (&decision->overruled, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decision, decision_clear)

static void
decide (Fixture *fixture,
        ConfsyncRevision *base,
        ConfsyncRevision *local,
        ConfsyncRevision *remote,
        Decision *decision)
{
  confsync_resolver_decide_async (fixture->resolver, base, local, remote, NULL, decided_cb,
                                  decision);
  g_assert_cmpuint (decision->answers, ==, 0);
  g_assert_true (test_wait_until (is_decided, decision, TEST_DEADLINE_MS));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (decision->answers, ==, 1);
}

static gboolean
declines (Fixture *fixture)
{
  return (fixture->row->flags & CONFSYNC_CONTRACT_FLAGS_DECLINES) != 0;
}

static void
assert_decided (Fixture *fixture, const Decision *decision)
{
  if (declines (fixture))
    g_assert_error (decision->error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  else
    g_assert_no_error (decision->error);
}

/* Has it decided as two instances would, and gives the hash (transfer full), or %NULL where it
 * declines. */
static char *
decide_both_ways (Fixture *fixture,
                  ConfsyncRevision *base,
                  ConfsyncRevision *one,
                  ConfsyncRevision *two)
{
  g_auto (Decision) here = { 0 };
  g_auto (Decision) there = { 0 };

  decide (fixture, base, one, two, &here);
  decide (fixture, base, two, one, &there);
  assert_decided (fixture, &here);
  assert_decided (fixture, &there);
  g_assert_cmpstr (here.overruled, ==, there.overruled);
  if (declines (fixture))
    return NULL;
  g_assert_cmpstr (confsync_document_get_hash (here.document), ==,
                   confsync_document_get_hash (there.document));
  return g_strdup (confsync_document_get_hash (here.document));
}

/* pairs of concurrent contents, single quotes for double ones */
static const struct
{
  const char *base; /* (nullable) */
  const char *one;
  const char *two;
} pairs[] = {
  { "{'a':0}", "{'a':1}", "{'a':2}" },
  { "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':0,'b':1}" },
  { NULL, "{'a':1}", "{'b':1}" },
  { "{'a':[1,2,3]}", "{'a':[1,2]}", "{'a':[]}" },
  { "{'a':{'b':{'c':1}}}", "{'a':{'b':{'c':2}}}", "{'a':1}" },
  { "{'a':1}", "{}", "{'a':2}" },
  { "{'a':1}", "{'a':1.5}", "{'a':'1'}" },
};

static void
test_same_everywhere (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("Two instances that are asked with the sides exchanged come to one content");

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (ConfsyncRevision) base =
        pairs[i].base != NULL ? test_revision (pairs[i].base, 1) : NULL;
      g_autoptr (ConfsyncRevision) one = test_revision (pairs[i].one, 20);
      g_autoptr (ConfsyncRevision) two = test_revision (pairs[i].two, 30);
      g_autoptr (ConfsyncRevision) earlier = test_revision (pairs[i].two, 10);

      g_free (decide_both_ways (fixture, base, one, two));
      g_free (decide_both_ways (fixture, base, one, earlier));
    }
}

static ConfsyncRevision *
make_side (ConfsyncDocument *document, guint actor, gint64 time)
{
  g_autoptr (ConfsyncRevision) like =
    test_revision_of ("{}", actor, time, CONFSYNC_STAMP_EDIT, 0);

  return confsync_revision_new (document, confsync_revision_get_stamp (like));
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);

  g_test_summary ("So do they about nested configurations and edits as they happen");

  for (guint i = 0; i < RANDOM_CONFLICTS; i++)
    {
      g_autoptr (ConfsyncDocument) before = test_config_random (rand);
      g_autoptr (ConfsyncDocument) mine = test_config_edited (before, rand);
      g_autoptr (ConfsyncDocument) theirs = test_config_edited (before, rand);
      g_autoptr (ConfsyncRevision) base = make_side (before, 3, 1);
      g_autoptr (ConfsyncRevision) one = make_side (mine, 1, 20);
      g_autoptr (ConfsyncRevision) two = make_side (theirs, 2, g_rand_int_range (rand, 19, 22));

      g_free (decide_both_ways (fixture, base, one, two));
    }
}

static void
test_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1,'x':{'y':[1]}}", 20);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2,'x':{'y':[2]}}", 30);
  g_autofree char *first = decide_both_ways (fixture, NULL, one, two);
  g_autoptr (ConfsyncResolver) other = g_object_new (fixture->row->type, NULL);

  g_test_summary ("Asked again, or another one of the class asked, the answer is the same");

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *again = decide_both_ways (fixture, NULL, one, two);

      g_assert_cmpstr (again, ==, first);
      if (i == 5)
        {
          ConfsyncResolver *before = fixture->resolver;

          fixture->resolver = g_steal_pointer (&other);
          g_object_unref (before);
        }
    }
}

static void
test_untouched (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) base = test_revision ("{'a':0,'b':0}", 1);
  g_autoptr (ConfsyncRevision) local = test_revision ("{'a':1,'b':0}", 20);
  g_autoptr (ConfsyncRevision) remote = test_revision ("{'a':0,'b':1}", 30);
  g_auto (Decision) decision = { 0 };

  g_test_summary ("Neither side is changed, nor what they were made from");

  decide (fixture, base, local, remote, &decision);
  test_assert_document (confsync_revision_get_document (base), "{'a':0,'b':0}");
  test_assert_document (confsync_revision_get_document (local), "{'a':1,'b':0}");
  test_assert_document (confsync_revision_get_document (remote), "{'a':0,'b':1}");
}

static void
test_one_content (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 20);
  g_autoptr (ConfsyncRevision) two = test_revision ("{ 'a' : 1.0 }", 30);
  g_autofree char *hash = decide_both_ways (fixture, NULL, one, two);

  g_test_summary ("Of two sides with one content, that is the answer");

  g_assert_cmpstr (hash, ==, declines (fixture) ? NULL : confsync_revision_get_hash (one));
}

static gboolean
is_all_decided (gpointer data)
{
  return ((GString *) data)->len == 3;
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 20);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 30);
  g_autoptr (GString) order = g_string_new (NULL);
  Decision decisions[3] = { { 0 } };

  g_test_summary ("Several that are asked for at once are each answered once");

  for (guint i = 0; i < G_N_ELEMENTS (decisions); i++)
    {
      decisions[i].order = order;
      decisions[i].letter = 'a' + i;
      confsync_resolver_decide_async (fixture->resolver, NULL, one, two, NULL, decided_cb,
                                      &decisions[i]);
    }
  g_assert_cmpuint (order->len, ==, 0);
  g_assert_true (test_wait_until (is_all_decided, order, TEST_DEADLINE_MS));
  for (guint i = 0; i < G_N_ELEMENTS (decisions); i++)
    {
      g_assert_cmpuint (decisions[i].answers, ==, 1);
      assert_decided (fixture, &decisions[i]);
      decision_clear (&decisions[i]);
    }
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (ConfsyncRevision) one = test_revision ("{'a':1}", 20);
  g_autoptr (ConfsyncRevision) two = test_revision ("{'a':2}", 30);
  g_auto (Decision) decision = { 0 };

  g_test_summary ("What was cancelled before is not asked for");

  g_cancellable_cancel (cancellable);
  confsync_resolver_decide_async (fixture->resolver, NULL, one, two, cancellable, decided_cb,
                                  &decision);
  g_assert_cmpuint (decision.answers, ==, 0);
  g_assert_true (test_wait_until (is_decided, &decision, TEST_DEADLINE_MS));
  g_assert_error (decision.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_free (decide_both_ways (fixture, NULL, one, two));
}

static const struct
{
  const char *name;
  void (*function) (Fixture *fixture, gconstpointer data);
} cases[] = {
  { "same-everywhere", test_same_everywhere },
  { "random", test_random },
  { "again", test_again },
  { "untouched", test_untouched },
  { "one-content", test_one_content },
  { "order", test_order },
  { "cancelled", test_cancelled },
};

/**
 * confsync_contract_add_resolver:
 * @implementation: a class that implements #ConfsyncResolver and is made without arguments
 * @flags: what is known of it
 *
 * Adds the tests of a resolver.
 *
 * Since: 1.0
 */
void
confsync_contract_add_resolver (GType implementation, ConfsyncContractFlags flags)
{
  ContractRow *row = contract_row_new (implementation, NULL);

  row->flags = flags;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = contract_path ("resolver", row, cases[i].name);

      g_test_add (path, Fixture, row, set_up, cases[i].function, tear_down);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The policy by path, with the resolvers that the plugins bring and some that come with the tests:
 * known conflicts, and its laws on random rules and configurations.
 */

#include "config.h"

#include <string.h>

#include "test-config.h"
#include "test-decision.h"
#include "test-revision.h"

#define ROUNDS 1500

/* A resolver that answers when the test says so, with what the test says. */

#define TYPE_SLOW (slow_get_type ())
G_DECLARE_FINAL_TYPE (Slow, slow, TEST, SLOW, GObject)

struct _Slow
{
  GObject parent_instance;
  ConfsyncConflict *conflict; /* (owned) (nullable): waiting */
  guint asked;
};

static void slow_iface_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (Slow, slow, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER, slow_iface_init))

static void
slow_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  Slow *self = TEST_SLOW (resolver);

  self->asked++;
  g_clear_pointer (&self->conflict, confsync_conflict_unref);
  self->conflict = confsync_conflict_ref (conflict);
}

static void
slow_iface_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = slow_resolve;
}

static void
slow_dispose (GObject *object)
{
  g_clear_pointer (&TEST_SLOW (object)->conflict, confsync_conflict_unref);
  G_OBJECT_CLASS (slow_parent_class)->dispose (object);
}

static void
slow_class_init (SlowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = slow_dispose;
}

static void
slow_init (Slow *self)
{
}

static ConfsyncRevision *
edit_of (const char *text, guint actor, gint64 time)
{
  return test_revision_of (text, actor, time, CONFSYNC_STAMP_EDIT, 0);
}

/* "lww /a=merge /a/b=manual": the fallback first; "-" for none */
static ConfsyncPolicyResolver *
policy_of (const char *rules)
{
  g_auto (GStrv) words = g_strsplit (rules, " ", -1);
  g_autoptr (ConfsyncResolver) fallback =
    g_str_equal (words[0], "-") ? NULL : test_resolver (words[0]);
  ConfsyncPolicyResolver *policy = confsync_policy_resolver_new (fallback);

  for (char **word = words + 1; *word != NULL; word++)
    {
      g_auto (GStrv) rule = g_strsplit (*word, "=", 2);
      g_autoptr (ConfsyncResolver) resolver = test_resolver (rule[1]);
      g_autoptr (GError) error = NULL;

      g_assert_true (confsync_policy_resolver_add_rule (policy, rule[0], resolver, &error));
      g_assert_no_error (error);
    }
  return policy;
}

/* the winner's edit is the later one */
static const struct
{
  const char *rules, *base, *winner, *loser;
  const char *result;           /* "declined: ", and why; or the content */
  const char *overruled, *open;
  const char *taken;            /* "winner" or "loser" as they are, or "merged" */
} cases[] = {
  /* the longest pointer wins */
  { "lww /a=merge /a/b=manual", "{'a':{'b':0,'c':0,'d':0},'e':0}",
    "{'a':{'b':1,'c':1,'d':0},'e':1}", "{'a':{'b':2,'c':0,'d':2},'e':2}",
    "{'a':{'b':1,'c':1,'d':2},'e':1}", "/e", "/a/b", "merged" },
  { "merge /a=manual /a/b=lww", "{'a':{'b':0,'c':0},'e':0,'f':0}",
    "{'a':{'b':1,'c':0},'e':1,'f':0}", "{'a':{'b':2,'c':0},'e':0,'f':2}",
    "{'a':{'b':1,'c':0},'e':1,'f':2}", "/a/b", "", "merged" },
  /* what one side changed is that side's, whoever decides there */
  { "lww /a=manual", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':0,'b':2}", "{'a':1,'b':2}", "", "",
    "merged" },
  { "manual /a=merge", "{'a':{},'b':0}", "{'a':{'x':1},'b':1}", "{'a':{'y':2},'b':0}",
    "{'a':{'x':1,'y':2},'b':1}", "", "", "merged" },
  { "lww /a=manual", "{'a':0,'b':0}", "{'a':0,'b':1}", "{'a':0,'b':2}", "{'a':0,'b':1}", "", "",
    "winner" },
  { "lww /a=lww", "{'a':0,'b':0}", "{'a':1,'b':1}", "{'a':2,'b':2}", "{'a':1,'b':1}", "", "",
    "winner" },
  { "lww /a=lww", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':2,'b':2}", "{'a':1,'b':2}", "/a", "",
    "merged" },
  { "- /a=lww", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':2,'b':2}", "{'a':1,'b':2}", "/a", "",
    "merged" },
  /* one side undid its change: the other's stands, and that side is known in it */
  { "lww /a=lww", "{'a':0,'b':0}", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':1,'b':0}", "", "",
    "merged" },
  { "lww /a=lww", "{'a':0}", "{'a':1}", "{'a':1.0}", "{'a':1}", "", "", "merged" },
  /* the fallback declines only over what is its own */
  { "manual /a=lww", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':2,'b':0}", "{'a':1,'b':0}", "", "",
    "winner" },
  { "manual /a=lww", "{'a':0,'b':0}", "{'a':1,'b':1}", "{'a':2,'b':2}",
    "declined: waits for a decision", "", "", "" },
  /* a place for a person: lww's value for the time being, even if all equals the winner */
  { "lww /a=manual", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'a':2,'b':0}", "{'a':1,'b':0}", "", "/a",
    "merged" },
  { "lww /a=manual", "{'a':0,'b':0}", "{'b':0}", "{'a':2,'b':0}", "{'b':0}", "", "/a", "merged" },
  { "lww /a=manual", "{'a':0,'b':0}", "{'a':1,'b':0}", "{'b':2}", "{'a':1,'b':2}", "", "/a",
    "merged" },
  { "lww /a=manual", "{'a':0,'b':0}", "{'a':1,'b':1}", "{'a':2,'b':2}", "{'a':1,'b':1}", "/b", "/a",
    "merged" },
  /* nor is it the winner as it is where a part of it was merged */
  { "lww /a=merge", "{'a':{'x':0},'b':0}", "{'a':{'x':1},'b':1}", "{'a':{'x':2},'b':2}",
    "{'a':{'x':1},'b':1}", "/b /a/x", "", "merged" },
  /* what both changed alike was not dropped */
  { "lww /a=lww", "{'a':{'x':0,'y':0},'b':0}", "{'a':{'x':1,'y':1},'b':0}",
    "{'a':{'x':1,'y':2},'b':2}", "{'a':{'x':1,'y':1},'b':2}", "/a/y", "", "merged" },
  /* missing on one side, or on both, or from the beginning */
  { "lww /a/b=merge", "{'c':0}", "{'a':{'b':{'x':1}},'c':0}", "{'a':{'b':{'y':2}},'c':0}",
    "{'a':{'b':{'x':1,'y':2}},'c':0}", "", "", "merged" },
  { "lww /a/b=merge", "{'a':{'b':{'x':0,'y':0}},'c':0}", "{'c':0}",
    "{'a':{'b':{'x':0,'y':1}},'c':0}", "{'c':0}", "/a/b", "", "merged" },
  { "lww /a/b=merge", "{'a':{'b':{'x':0,'y':0}},'c':0}", "{'a':{'b':{'x':0,'y':1}},'c':0}",
    "{'c':0}", "{'a':{'b':{'x':0,'y':1}},'c':0}", "/a/b", "", "merged" },
  { "lww /a/b=manual", "{'c':0}", "{'c':1}", "{'c':2}", "{'c':1}", "", "", "winner" },
  /* a scalar or an array where the rule goes through an object */
  { "lww /a/b=manual", "{'a':{'b':0},'c':0}", "{'a':5,'c':0}", "{'a':{'b':2},'c':0}",
    "{'a':5,'c':0}", "", "/a/b", "merged" },
  { "lww /a/b=lww", "{'a':{'b':0},'c':0}", "{'a':{'b':1},'c':0}", "{'a':5,'c':0}",
    "{'a':5,'c':0}", "/a/b", "", "merged" },
  { "merge /a/b=manual", "{'a':{'b':0},'c':0}", "{'a':{'b':1},'c':1}", "{'a':[],'c':0}",
    "{'a':[],'c':1}", "/a/b", "/a/b", "merged" },
  { "merge /a/b=lww", "{'a':0,'c':0}", "{'a':{'b':1},'c':0}", "{'a':0,'c':2}",
    "{'a':{'b':1},'c':2}", "", "", "merged" },
  /* an array as a whole, and elements by id, under a rule */
  { "lww /z=merge", "{'z':[{'id':1,'v':0}],'k':0}", "{'z':[{'id':1,'v':0},{'id':2}],'k':0}",
    "{'z':[{'id':1,'v':1}],'k':0}", "{'z':[{'id':1,'v':1},{'id':2}],'k':0}", "", "", "merged" },
  { "lww /z=merge", "{'z':[1]}", "{'z':[1,2]}", "{'z':[]}", "{'z':[1,2]}", "/z", "", "merged" },
  /* a part may become empty, the whole may not */
  { "lww /a=merge", "{'a':{'x':0,'y':0},'b':0}", "{'a':{'x':0},'b':0}", "{'a':{'y':0},'b':0}",
    "{'a':{},'b':0}", "", "", "merged" },
  { "merge /a=lww", "{'a':0,'x':0,'y':0}", "{'a':0,'x':0}", "{'a':0,'y':0}", "{'a':0}", "", "",
    "merged" },
  { "lww /a=lww /b=lww", "{'a':0,'b':0}", "{'b':0}", "{'a':0}", "{'b':0}", "", "", "winner" },
};

static void
assert_case (guint i)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of (cases[i].rules);
  g_autoptr (ConfsyncRevision) base = edit_of (cases[i].base, 3, 1);
  g_autoptr (ConfsyncRevision) winner = edit_of (cases[i].winner, 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of (cases[i].loser, 2, 20);
  g_auto (TestDecision) decision = { 0 };
  const char *taken = "merged";

  g_test_message ("case %u: %s", i, cases[i].rules);
  test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), base, winner, loser);
  if (g_str_has_prefix (cases[i].result, "declined: "))
    {
      g_assert_error (decision.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      g_assert_nonnull (strstr (decision.error->message, cases[i].result));
      return;
    }
  g_assert_no_error (decision.error);
  test_assert_document (decision.document, cases[i].result);
  g_assert_cmpstr (decision.overruled, ==, cases[i].overruled);
  g_assert_cmpstr (decision.open, ==, cases[i].open);
  if (decision.document == confsync_revision_get_document (winner))
    taken = "winner";
  else if (decision.document == confsync_revision_get_document (loser))
    taken = "loser";
  g_assert_cmpstr (taken, ==, cases[i].taken);
}

static void
test_cases (void)
{
  g_test_summary ("Each place is decided about by whom the rules say, and the answer names both");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_case (i);
}

static void
test_no_base (void)
{
  static const char *const rules[] = { "lww /a=merge", "merge /a=manual", "- /a=lww" };
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'a':1}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'b':2}", 2, 20);
  g_autoptr (ConfsyncPolicyResolver) cautious = policy_of ("manual /a=lww");
  g_auto (TestDecision) declined = { 0 };

  g_test_summary ("Without a common ancestor the later edit stands as it is, unless a person is to "
                  "decide about the whole");
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (ConfsyncPolicyResolver) policy = policy_of (rules[i]);
      g_auto (TestDecision) decision = { 0 };

      test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), NULL, winner, loser);
      g_assert_no_error (decision.error);
      g_assert_true (decision.document == confsync_revision_get_document (winner));
      g_assert_cmpstr (decision.open, ==, "");
      if (i < 2)
        g_assert_nonnull (strstr (decision.remark, "rules by path can't be followed"));
    }
  test_decide_both_ways (&declined, CONFSYNC_RESOLVER (cautious), NULL, winner, loser);
  g_assert_error (declined.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
}

static void
test_kinds (void)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("merge /a=merge");
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':0,'b':0}", 3, 1);
  g_autoptr (ConfsyncRevision) edit = edit_of ("{'a':1,'b':0}", 1, 20);
  g_autoptr (ConfsyncRevision) found =
    test_revision_of ("{'a':0,'b':2}", 2, 30, CONFSYNC_STAMP_INITIAL, 0);
  g_autoptr (ConfsyncRevision) reset =
    test_revision_of ("{'a':0,'b':3}", 4, 5, CONFSYNC_STAMP_EDIT, 1);
  g_auto (TestDecision) with_found = { 0 };
  g_auto (TestDecision) with_reset = { 0 };

  g_test_summary ("A file that was merely found, and an earlier epoch, lose as a whole");
  test_decide_both_ways (&with_found, CONFSYNC_RESOLVER (policy), base, edit, found);
  g_assert_true (with_found.document == confsync_revision_get_document (edit));
  test_decide_both_ways (&with_reset, CONFSYNC_RESOLVER (policy), base, edit, reset);
  g_assert_true (with_reset.document == confsync_revision_get_document (reset));
}

static void
test_nothing (void)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("merge /a=manual /b=merge");
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':0,'b':0}", 3, 1);
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'b':0}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'a':0}", 2, 20);
  g_auto (TestDecision) decision = { 0 };

  g_test_summary ("Where the parts would leave nothing, the later edit stands as it is");
  test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), base, winner, loser);
  g_assert_no_error (decision.error);
  g_assert_true (decision.document == confsync_revision_get_document (winner));
  g_assert_nonnull (strstr (decision.remark, "empty configuration"));
}

static void
test_no_rules (void)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("merge");
  g_autoptr (ConfsyncPolicyResolver) bare = policy_of ("-");
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':0,'b':0}", 3, 1);
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'a':1,'b':0}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'a':0,'b':2}", 2, 20);
  g_auto (TestDecision) merged = { 0 };
  g_auto (TestDecision) taken = { 0 };

  g_test_summary ("Without rules it is the fallback, and without that the last write wins");
  test_decide_both_ways (&merged, CONFSYNC_RESOLVER (policy), base, winner, loser);
  test_assert_document (merged.document, "{'a':1,'b':2}");
  test_decide_both_ways (&taken, CONFSYNC_RESOLVER (bare), base, winner, loser);
  g_assert_true (taken.document == confsync_revision_get_document (winner));
  g_assert_true (confsync_resolver_needs_base (CONFSYNC_RESOLVER (policy)));
  g_assert_false (confsync_resolver_needs_base (CONFSYNC_RESOLVER (bare)));
}

static void
test_arrays (void)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("lww /z/0=manual");
  g_autoptr (ConfsyncRevision) base = edit_of ("{'z':[0,1],'k':0}", 3, 1);
  g_autoptr (ConfsyncRevision) winner = edit_of ("{'z':[5,1],'k':0}", 1, 30);
  g_autoptr (ConfsyncRevision) loser = edit_of ("{'z':[6,1],'k':2}", 2, 20);
  g_auto (TestDecision) decision = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A rule for an element of an array is refused where a document tells; else it is "
                  "without effect, and that is remarked");
  g_assert_false (confsync_policy_resolver_check_document (
    policy, confsync_revision_get_document (base), &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_assert_cmpstr (error->message, ==,
                   "the rule for \"/z/0\" reaches into the array at \"/z\", whose elements move: "
                   "there can be a rule for the whole array only");
  test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), base, winner, loser);
  test_assert_document (decision.document, "{'z':[5,1],'k':0}");
  g_assert_cmpstr (decision.open, ==, "");
  g_assert_cmpstr (decision.remark, ==, error->message);
}

static void
test_rules (void)
{
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("lww /a=merge /a/b=manual");
  g_autoptr (ConfsyncResolver) lww = test_resolver ("lww");
  g_autoptr (ConfsyncRevision) one = edit_of ("{'a':1}", 1, 20);
  g_autoptr (ConfsyncRevision) two = edit_of ("{'a':2}", 2, 30);
  g_auto (GStrv) pointers = confsync_policy_resolver_dup_pointers (policy);
  g_autofree char *listed = g_strjoinv (" ", pointers);
  g_auto (TestDecision) decision = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Rules are listed and found; what can't be one is refused");
  g_assert_cmpstr (listed, ==, "/a /a/b");
  g_assert_true (confsync_policy_resolver_find_resolver (policy, "/x", &error) ==
                 confsync_policy_resolver_get_fallback (policy));
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (
                     confsync_policy_resolver_find_resolver (policy, "/a/c", &error)), ==,
                   "ConfsyncMergeResolver");
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (
                     confsync_policy_resolver_find_resolver (policy, "/a/b/c", &error)), ==,
                   "ConfsyncManualResolver");
  g_assert_no_error (error);
  g_assert_null (confsync_policy_resolver_find_resolver (policy, "x", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_clear_error (&error);
  g_assert_false (confsync_policy_resolver_add_rule (policy, "", lww, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
  g_clear_error (&error);
  g_assert_false (confsync_policy_resolver_add_rule (policy, "/a", lww, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
  g_clear_error (&error);
  test_decide (&decision, CONFSYNC_RESOLVER (policy), NULL, one, two);
  g_assert_false (confsync_policy_resolver_add_rule (policy, "/c", lww, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY);
}

/* what a slow resolver of /a does with its part */
typedef void (*AnswerFunc) (ConfsyncConflict *part);

static void
answer_outside (ConfsyncConflict *part)
{
  g_autoptr (ConfsyncDocument) document = test_document ("{'a':{'x':9},'b':'stolen','c':1}");

  /* it sees nothing but its own place */
  test_assert_document (confsync_revision_get_document (confsync_conflict_get_base (part)),
                        "{'a':0}");
  test_assert_document (confsync_revision_get_document (confsync_conflict_get_local (part)),
                        "{'a':1}");
  confsync_conflict_add_overruled (part, "/a/x");
  confsync_conflict_add_overruled (part, "/aa");
  confsync_conflict_add_open (part, "", "a reason");
  confsync_conflict_set_remark (part, "made up");
  confsync_conflict_take_merged (part, document);
}

static void
answer_nothing (ConfsyncConflict *part)
{
  g_autoptr (ConfsyncDocument) nothing = test_document ("{}");

  confsync_conflict_take_merged (part, nothing);
}

static void
answer_not (ConfsyncConflict *part)
{
}

static void
assert_later (AnswerFunc answer, const char *result, const char *overruled, const char *open,
              const char *remark)
{
  g_autoptr (Slow) slow = g_object_new (TYPE_SLOW, NULL);
  g_autoptr (ConfsyncPolicyResolver) policy = policy_of ("lww /c=lww");
  g_autoptr (ConfsyncRevision) base = edit_of ("{'a':0,'b':0,'c':0}", 3, 1);
  g_autoptr (ConfsyncRevision) local = edit_of ("{'a':1,'b':0,'c':1}", 1, 30);
  g_autoptr (ConfsyncRevision) remote = edit_of ("{'a':2,'b':2,'c':0}", 2, 20);
  g_auto (TestDecision) decision = { 0 };
  g_autoptr (GError) error = NULL;
  gpointer weak = policy;

  confsync_policy_resolver_add_rule (policy, "/a", CONFSYNC_RESOLVER (slow), &error);
  g_assert_no_error (error);
  g_object_add_weak_pointer (weak, &weak);
  test_decide_begin (&decision, CONFSYNC_RESOLVER (policy), base, local, remote);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (decision.answered);
  g_assert_cmpuint (slow->asked, ==, 1);
  /* the policy is kept as long as it is to answer */
  g_clear_object (&policy);
  g_assert_nonnull (weak);
  answer (slow->conflict);
  g_clear_pointer (&slow->conflict, confsync_conflict_unref);
  while (!decision.answered)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (weak);
  g_assert_no_error (decision.error);
  test_assert_document (decision.document, result);
  g_assert_cmpstr (decision.overruled, ==, overruled);
  g_assert_cmpstr (decision.open, ==, open);
  g_assert_cmpstr (decision.remark, ==, remark);
}

static void
test_later (void)
{
  g_test_summary ("A resolver may take its time, sees its part alone, and reaches no further");
  assert_later (answer_outside, "{'a':{'x':9},'b':2,'c':1}", "/a/x /a", "/a", "/a: made up");
  assert_later (answer_nothing, "{'b':2,'c':1}", "", "", NULL);
  assert_later (confsync_conflict_take_remote, "{'a':2,'b':2,'c':1}", "/a", "", NULL);
  assert_later (answer_not, "{'a':1,'b':2,'c':1}", "", "/a", NULL);
}

/* Laws */

static ConfsyncRevision *
revision_of (ConfsyncDocument *document, guint actor, gint64 time)
{
  g_autoptr (ConfsyncRevision) like = edit_of ("{}", actor, time);

  return confsync_revision_new (document, confsync_revision_get_stamp (like));
}

/* @names: one is chosen for each rule; "merge" among them, so that it makes a difference */
static ConfsyncPolicyResolver *
random_policy (GRand *rand, const char *fallback, const char *const *names, guint n_names)
{
  ConfsyncPolicyResolver *policy = policy_of (fallback);
  guint n = (guint) g_rand_int_range (rand, 1, 6);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncResolver) resolver =
        test_resolver (names[g_rand_int_range (rand, 0, (int) n_names)]);
      g_autoptr (GString) pointer = g_string_new (NULL);
      guint depth = (guint) g_rand_int_range (rand, 1, 4);

      for (guint j = 0; j < depth; j++)
        g_string_append_printf (pointer, "/%c", 'a' + g_rand_int_range (rand, 0, 4));
      /* one that is there already is refused */
      confsync_policy_resolver_add_rule (policy, pointer->str, resolver, NULL);
    }
  return policy;
}

static void
assert_content (ConfsyncPolicyResolver *policy, ConfsyncDocument *base, ConfsyncDocument *local,
                ConfsyncDocument *remote, ConfsyncDocument *expected)
{
  g_autoptr (ConfsyncRevision) common = revision_of (base, 3, 1);
  g_autoptr (ConfsyncRevision) one = revision_of (local, 1, 30);
  g_autoptr (ConfsyncRevision) other = revision_of (remote, 2, 20);
  g_auto (TestDecision) decision = { 0 };

  test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), common, one, other);
  g_assert_no_error (decision.error);
  g_assert_true (confsync_document_equal (decision.document, expected));
  g_assert_cmpstr (decision.overruled, ==, "");
  g_assert_cmpstr (decision.open, ==, "");
  /* both are in it, so neither side is it */
  g_assert_true (decision.document != local);
  g_assert_true (decision.document != remote);
}

/* a place that a person has to decide about has the winner's value, or no room for it */
static void
assert_open (const TestDecision *decision, ConfsyncDocument *winner)
{
  g_auto (GStrv) open = g_strsplit (decision->open, " ", -1);

  for (char **pointer = open; *pointer != NULL; pointer++)
    {
      g_autofree char *here = test_config_show (decision->document, *pointer);
      g_autofree char *there = test_config_show (winner, *pointer);
      gboolean is_leaf = there == NULL || strchr (there, '{') == NULL;

      /* below an object there may be other rules */
      if (here != NULL && is_leaf && strchr (here, '{') == NULL)
        g_assert_cmpstr (here, ==, there);
    }
}

static void
test_laws (void)
{
  static const char *const names[] = { "merge", "lww", "manual" };
  static const char *const fallbacks[] = { "merge", "lww", "-", "manual" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (14);
  guint open = 0, overruled = 0, declined = 0, merged = 0;

  g_test_summary ("With any rules both instances agree, and one side's edit alone is the result");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncPolicyResolver) policy =
        random_policy (rand, fallbacks[i % G_N_ELEMENTS (fallbacks)], names, G_N_ELEMENTS (names));
      g_autoptr (ConfsyncDocument) base = test_config_random (rand);
      g_autoptr (ConfsyncDocument) one = test_config_edited (base, rand);
      g_autoptr (ConfsyncDocument) two = test_config_edited (base, rand);
      g_autoptr (ConfsyncRevision) common = revision_of (base, 3, 1);
      g_autoptr (ConfsyncRevision) winner = revision_of (one, 1, 30);
      g_autoptr (ConfsyncRevision) loser = revision_of (two, 2, 20);
      g_auto (TestDecision) decision = { 0 };

      assert_content (policy, base, base, one, one);
      assert_content (policy, base, one, base, one);
      assert_content (policy, base, one, one, one);
      test_decide_both_ways (&decision, CONFSYNC_RESOLVER (policy), common, winner, loser);
      if (decision.error != NULL)
        {
          g_assert_cmpuint (i % G_N_ELEMENTS (fallbacks), ==, 3);
          declined++;
          continue;
        }
      assert_open (&decision, one);
      open += *decision.open != '\0';
      overruled += *decision.overruled != '\0';
      merged += decision.document != one;
    }
  g_assert_cmpuint (open, >, ROUNDS / 50);
  g_assert_cmpuint (overruled, >, ROUNDS / 50);
  g_assert_cmpuint (declined, >, ROUNDS / 50);
  g_assert_cmpuint (merged, >, ROUNDS / 4);
}

static void
test_all_merge (void)
{
  static const char *const names[] = { "merge" };
  g_autoptr (ConfsyncResolver) merge = test_resolver ("merge");
  g_autoptr (GRand) rand = g_rand_new_with_seed (15);
  guint compared = 0;

  g_test_summary ("Where edits don't meet, merging by regions is merging the whole");
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (ConfsyncPolicyResolver) policy = random_policy (rand, "merge", names, 1);
      g_autoptr (ConfsyncDocument) base = test_config_random (rand);
      g_autoptr (ConfsyncDocument) one = test_config_edited (base, rand);
      g_autoptr (ConfsyncDocument) two = test_config_edited (base, rand);
      g_autoptr (ConfsyncRevision) common = revision_of (base, 3, 1);
      g_autoptr (ConfsyncRevision) winner = revision_of (one, 1, 30);
      g_autoptr (ConfsyncRevision) loser = revision_of (two, 2, 20);
      g_auto (TestDecision) whole = { 0 };
      g_auto (TestDecision) parts = { 0 };

      test_decide (&whole, merge, common, winner, loser);
      test_decide (&parts, CONFSYNC_RESOLVER (policy), common, winner, loser);
      if (*whole.overruled != '\0' || whole.remark != NULL)
        continue;
      compared++;
      g_assert_true (confsync_document_equal (whole.document, parts.document));
      g_assert_cmpstr (parts.overruled, ==, "");
    }
  g_assert_cmpuint (compared, >, ROUNDS / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/cases", test_cases);
  g_test_add_func ("/policy/no-base", test_no_base);
  g_test_add_func ("/policy/kinds", test_kinds);
  g_test_add_func ("/policy/nothing", test_nothing);
  g_test_add_func ("/policy/no-rules", test_no_rules);
  g_test_add_func ("/policy/arrays", test_arrays);
  g_test_add_func ("/policy/rules", test_rules);
  g_test_add_func ("/policy/later", test_later);
  g_test_add_func ("/policy/laws", test_laws);
  g_test_add_func ("/policy/all-merge", test_all_merge);
  return g_test_run ();
}

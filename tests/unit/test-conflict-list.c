/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lists of open conflicts, from the first to the last that becomes of one: inherited, joined,
 * settled by an edit, bounded, written and read, and what a replica does with them.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"
#include "confsync-error.h"
#include "replica-probe.h"

#include <string.h>

static const char *const ab[] = { "/a", "/b", NULL };
static const char *const only_a[] = { "/a", NULL };

static const char *
id_of (GPtrArray *list, guint index)
{
  return confsync_open_conflict_get_id (list->pdata[index]);
}

static ConfsyncRevision *
with_list (ConfsyncRevision *revision, GPtrArray *list)
{
  return confsync_revision_new_open (confsync_revision_get_document (revision),
                                     confsync_revision_get_stamp (revision), list);
}

/* Two sides of one base, what lww makes of them with /a and /b open, and its list. */
typedef struct
{
  ConfsyncRevision *base, *one, *other, *merged;
  GPtrArray *list;
} Fixture;

static GPtrArray *
add (GPtrArray *list, const char *pointer, Fixture *fixture)
{
  gboolean added;

  list = confsync_conflict_list_add (list, pointer, fixture->base, fixture->other, fixture->one,
                                     "waits", &added);
  g_assert_true (added);
  return list;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) plain = NULL, joined = NULL;

  fixture->base = make_edit_by ("{'a':0,'b':0,'c':0}", 5, T0 + 1);
  fixture->one = make_edit_on ("{'a':1,'b':1,'c':0}", fixture->base, 6, T0 + 10);
  fixture->other = make_edit_on ("{'a':2,'c':0}", fixture->base, 7, T0 + 20);
  fixture->list = add (add (NULL, "/a", fixture), "/b", fixture);
  joined = make_edit_on ("{'a':2,'c':0}", fixture->one, 7, T0 + 20);
  plain = with_list (joined, fixture->list);
  fixture->merged = g_steal_pointer (&plain);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_revision_unref (fixture->base);
  confsync_revision_unref (fixture->one);
  confsync_revision_unref (fixture->other);
  confsync_revision_unref (fixture->merged);
  g_ptr_array_unref (fixture->list);
}

static void
test_add (Fixture *fixture, gconstpointer data)
{
  ConfsyncOpenConflict *b = fixture->list->pdata[1];
  g_autofree char *id =
    confsync_open_conflict_make_id ("/a", confsync_revision_get_key (fixture->one),
                                    confsync_revision_get_key (fixture->other));

  g_test_summary ("A conflict below a pointer has three values and the stamps of its sides");
  g_assert_cmpuint (fixture->list->len, ==, 2);
  g_assert_nonnull (confsync_conflict_list_find (fixture->list, id));
  if (g_str_equal (confsync_open_conflict_get_pointer (b), "/a"))
    b = fixture->list->pdata[0];
  g_assert_null (confsync_open_conflict_get_ours (b));
  g_assert_cmpint (confsync_json_get_integer (confsync_open_conflict_get_theirs (b)), ==, 1);
  g_assert_cmpint (confsync_json_get_integer (confsync_open_conflict_get_base (b)), ==, 0);
  g_assert_cmpint (confsync_open_conflict_get_since (b), ==, T0 + 20);
  g_assert_true (confsync_open_conflict_get_theirs_stamp (b) ==
                 confsync_revision_get_stamp (fixture->one));
}

static void
test_inherit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) same = make_document ("{'a':2,'c':9}");
  g_autoptr (ConfsyncDocument) a = make_document ("{'a':3,'c':0}");
  g_autoptr (ConfsyncDocument) b = make_document ("{'a':2,'b':null,'c':0}");
  g_autoptr (ConfsyncDocument) both = make_document ("{'a':3,'b':1}");
  g_autoptr (GPtrArray) all = confsync_conflict_list_inherit (fixture->list, same, NULL);
  g_autoptr (GPtrArray) of_b = confsync_conflict_list_inherit (fixture->list, a, NULL);
  g_autoptr (GPtrArray) of_a = confsync_conflict_list_inherit (fixture->list, b, NULL);
  g_autoptr (GPtrArray) without =
    confsync_conflict_list_inherit (fixture->list, same, id_of (fixture->list, 0));

  g_test_summary ("An edit decides what it changes, and nothing else");
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpuint (of_b->len, ==, 1);
  g_assert_cmpstr (confsync_open_conflict_get_pointer (of_b->pdata[0]), ==, "/b");
  g_assert_cmpuint (of_a->len, ==, 1);
  g_assert_cmpstr (confsync_open_conflict_get_pointer (of_a->pdata[0]), ==, "/a");
  g_assert_null (confsync_conflict_list_inherit (fixture->list, both, NULL));
  g_assert_null (confsync_conflict_list_inherit (NULL, both, NULL));
  g_assert_cmpuint (without->len, ==, 1);
  g_assert_cmpstr (id_of (without, 0), ==, id_of (fixture->list, 1));
}

static void
test_join (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) stranger = make_edit_on ("{'c':9}", fixture->base, 9, T0 + 30);
  g_autoptr (ConfsyncRevision) settled =
    make_edit_on ("{'a':2,'c':7}", fixture->merged, 9, T0 + 30);
  g_autoptr (ConfsyncRevision) later =
    make_edit_on ("{'a':2,'c':8}", fixture->merged, 8, T0 + 31);
  g_autoptr (ConfsyncRevision) later_open = with_list (later, fixture->list);
  g_autoptr (ConfsyncDocument) document = make_document ("{'a':2,'c':9}");
  g_autoptr (ConfsyncDocument) changed = make_document ("{'a':4,'c':9}");
  g_autoptr (GPtrArray) one_way =
    confsync_conflict_list_join (fixture->merged, stranger, document);
  g_autoptr (GPtrArray) other_way =
    confsync_conflict_list_join (stranger, fixture->merged, document);
  g_autoptr (GPtrArray) twice = confsync_conflict_list_join (fixture->merged, later_open, document);
  g_autoptr (GPtrArray) less = confsync_conflict_list_join (fixture->merged, stranger, changed);

  g_test_summary ("A merge leaves open what either side does, but not what the other one settled");
  g_assert_cmpuint (one_way->len, ==, 2);
  g_assert_cmpuint (other_way->len, ==, 2);
  g_assert_cmpstr (id_of (one_way, 0), ==, id_of (other_way, 0));
  g_assert_cmpuint (twice->len, ==, 2);
  g_assert_cmpuint (less->len, ==, 1);
  g_assert_null (confsync_conflict_list_join (later_open, settled, document));
  g_assert_null (confsync_conflict_list_join (stranger, settled, document));
}

static void
test_later_side (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) more = make_edit_on ("{'a':11,'b':1,'c':0}", fixture->one, 6,
                                                    T0 + 30);
  g_autofree char *id = NULL;
  GPtrArray *list = NULL;
  ConfsyncOpenConflict *a;
  gboolean added;

  g_test_summary ("A later edit on one side, by who didn't see the other, is the same conflict");
  list = add (NULL, "/a", fixture);
  id = g_strdup (id_of (list, 0));
  list = confsync_conflict_list_add (list, "/a", fixture->base, more, fixture->merged, "waits",
                                     &added);
  g_assert_true (added);
  g_assert_cmpuint (list->len, ==, 1);
  a = confsync_conflict_list_find (list, id);
  g_assert_nonnull (a);
  g_assert_cmpint (confsync_json_get_integer (confsync_open_conflict_get_ours (a)), ==, 11);
  g_assert_cmpint (confsync_json_get_integer (confsync_open_conflict_get_theirs (a)), ==, 2);
  g_assert_cmpint (confsync_open_conflict_get_since (a), ==, T0 + 20);
  g_ptr_array_unref (list);
}

static void
test_bounds (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (CONFSYNC_CONFLICT_LIST_MAX_BYTES, 'x');
  g_autofree char *text = g_strdup_printf ("{'a':'%s'}", large);
  g_autoptr (ConfsyncRevision) huge = make_edit_on (text, fixture->base, 9, T0 + 30);
  GPtrArray *list = NULL;
  gboolean added;

  g_test_summary ("A list has an end, in number and in bytes; those that are there stay");
  for (guint i = 0; i < CONFSYNC_CONFLICT_LIST_MAX; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/x/%u", i);

      list = add (list, pointer, fixture);
    }
  g_assert_cmpuint (list->len, ==, CONFSYNC_CONFLICT_LIST_MAX);
  list = confsync_conflict_list_add (list, "/a", fixture->base, huge, fixture->one, "waits",
                                     &added);
  g_assert_false (added);
  g_assert_cmpuint (list->len, ==, CONFSYNC_CONFLICT_LIST_MAX);
  g_ptr_array_unref (list);

  list = confsync_conflict_list_add (NULL, "/a", fixture->base, huge, fixture->one, "waits",
                                     &added);
  g_assert_false (added);
  g_assert_null (list);
}

static ConfsyncJson *
write_list (GPtrArray *list)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_conflict_list_build (list, builder);
  return confsync_json_builder_end (builder, NULL);
}

static void
test_json (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncJson) json = write_list (fixture->list), empty = write_list (NULL);
  g_autoptr (ConfsyncJson) again = NULL;
  g_autoptr (GPtrArray) list = NULL, none = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A list is read back as it was");
  g_assert_true (confsync_conflict_list_read (json, &list, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_true (confsync_open_conflict_equal (list->pdata[i], fixture->list->pdata[i]));
  again = write_list (list);
  g_assert_true (confsync_json_equal (json, again));
  g_assert_true (confsync_conflict_list_read (empty, &none, &error));
  g_assert_null (none);
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *pointer, *value; /* %NULL: removed */
  } faults[] = {
    { "/0/id", "\"0123456\"" }, { "/0/id", "\"0123456G\"" }, { "/0/id", "7" },
    { "/0/pointer", "\"a\"" },  { "/0/pointer", "null" },     { "/0/since", "-1" },
    { "/0/since", "\"now\"" },  { "/0/ours_stamp", "{}" },    { "/0/theirs_stamp", "null" },
    { "/0/reason", "[]" },      { "/0", "[]" },               { "/0", "null" },
    { "", "{}" },               { "", "7" },
  };
  g_autoptr (ConfsyncJson) json = write_list (fixture->list);

  g_test_summary ("What comes from outside is checked in every part");
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (GBytes) bytes =
        g_bytes_new_static (faults[i].value, strlen (faults[i].value));
      g_autoptr (ConfsyncJson) value = confsync_json_parse (bytes, NULL, NULL);
      g_autoptr (ConfsyncJson) bad = confsync_json_put (json, faults[i].pointer, value, NULL);
      g_autoptr (GPtrArray) list = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (bad);
      g_assert_false (confsync_conflict_list_read (bad, &list, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE);
      g_assert_null (list);
    }
}

/* A replica that merged @theirs into its own edit, with @open. */
static Probe *
merging_probe (const char *const *open, ConfsyncRevision **theirs)
{
  Probe *probe = probe_new (NULL);
  g_autoptr (ConfsyncRevision) base = make_edit_by ("{'a':0,'b':0,'c':0}", 5, T0 + 1);
  const char *const overruled[] = { "/c", NULL };
  g_autoptr (ConfsyncDocument) merged = make_document ("{'a':2,'b':2,'c':2}");
  const ConfsyncResolution resolution = {
    .answer = CONFSYNC_ANSWER_MERGED,
    .merged = merged,
    .open = open,
    .overruled = overruled,
    .remark = "a remark",
  };

  probe_link (probe, "1");
  probe_receive (probe, T0 + 2, "1", base);
  probe_applied (probe, T0 + 3, NULL, NULL);
  probe_edit (probe, T0 + 10, "{'a':1,'b':1,'c':1}");
  *theirs = make_edit_on ("{'a':2,'b':2,'c':2}", base, 7, T0 + 20);
  probe_clear (probe);
  probe_receive (probe, T0 + 30, "1", *theirs);
  probe_resolve (probe, T0 + 31, &resolution);
  probe_applied (probe, T0 + 32, NULL, NULL);
  return probe;
}

static void
test_replica (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = merging_probe (ab, &theirs);
  GPtrArray *list = confsync_revision_get_conflicts (probe_head (probe));
  ConfsyncAction *merged = probe_get_report (probe, CONFSYNC_REPORT_MERGED);

  g_test_summary ("What a policy leaves open travels with the merge, and both sides are kept");
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 2);
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_CONFLICT), ==, 2);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_KEEP, NULL), ==, 3);
  g_assert_true (merged->revision == probe_head (probe));
  g_assert_true (merged->base == theirs);
  g_assert_cmpstr (merged->pointers[0], ==, "/c");
  g_assert_null (merged->pointers[1]);
  g_assert_cmpstr (probe_get_report (probe, CONFSYNC_REPORT_REMARK)->reason, ==, "a remark");
  g_assert_true (
    confsync_revision_get_conflicts (probe_get (probe, CONFSYNC_ACTION_APPLY, NULL)->revision) ==
    list);
}

static void
test_replica_settles (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = merging_probe (ab, &theirs);
  g_autoptr (ConfsyncRevision) merged = confsync_revision_ref (probe_head (probe));
  g_autofree char *second = NULL;

  g_test_summary ("An ordinary edit of the value settles; so does a person, whatever they pick");
  probe_clear (probe);
  probe_edit (probe, T0 + 40, "{'a':1,'b':2,'c':5}");
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 1);
  g_assert_cmpstr (confsync_open_conflict_get_pointer (
                     probe_get_report (probe, CONFSYNC_REPORT_SETTLED)->conflict),
                   ==, "/a");
  g_assert_cmpuint (probe_count_reports (probe, CONFSYNC_REPORT_CONFLICT), ==, 0);

  second = g_strdup (id_of (confsync_revision_get_conflicts (probe_head (probe)), 0));
  g_assert_true (probe_settle (probe, T0 + 50, second, "{'a':1,'b':2,'c':5}"));
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 0);
  g_assert_cmpint (order_of (probe_head (probe), merged), ==, CONFSYNC_ORDER_AFTER);
  g_assert_cmpint (confsync_stamp_get_time (confsync_revision_get_stamp (probe_head (probe))), ==,
                   T0 + 50);
}

static void
test_replica_takes (void)
{
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = merging_probe (only_a, &theirs), other = probe_new (NULL);
  ConfsyncRevision *head = probe_head (probe);
  g_autoptr (ConfsyncRevision) settled = make_edit_on ("{'a':7,'b':2}", head, 8, T0 + 90);

  g_test_summary ("Whoever takes the revision lists the conflict, and a reset keeps it open");
  probe_link (other, "1");
  probe_receive (other, T0 + 50, "1", head);
  probe_applied (other, T0 + 51, NULL, NULL);
  g_assert_cmpuint (probe_count_conflicts (other), ==, 1);
  probe_get_report (other, CONFSYNC_REPORT_CONFLICT);
  confsync_replica_reset_clock (probe->replica, T0 + 60);
  probe_collect (probe);
  g_assert_cmpuint (probe_count_conflicts (probe), ==, 1);

  probe_clear (other);
  probe_receive (other, T0 + 91, "1", settled);
  probe_applied (other, T0 + 92, NULL, NULL);
  g_assert_cmpuint (probe_count_conflicts (other), ==, 0);
  probe_get_report (other, CONFSYNC_REPORT_SETTLED);
}

static void
test_replica_restart (void)
{
  static const char *const versions[] = { "{'a':2,'b':2,'c':2}", NULL };
  g_autoptr (ConfsyncRevision) theirs = NULL;
  g_autoptr (Probe) probe = merging_probe (ab, &theirs);
  g_autoptr (ConfsyncJson) state = probe_save (probe), again = NULL;
  g_autoptr (Probe) next =
    probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100, versions[0], versions);
  g_autoptr (Probe) edited = probe_new_supplied (state, CONFSYNC_ROLE_BOTH, T0 + 100,
                                                 "{'a':5,'b':2,'c':2}", versions);

  g_test_summary ("The list survives a restart; an edit while the program was down settles too");
  again = probe_save (next);
  g_assert_true (confsync_json_equal (state, again));
  g_assert_cmpuint (probe_count_conflicts (next), ==, 2);
  g_assert_cmpuint (probe_count_reports (next, CONFSYNC_REPORT_CONFLICT), ==, 0);
  g_assert_cmpuint (probe_count_conflicts (edited), ==, 1);
}

static void
test_replica_crash (void)
{
  g_autoptr (Probe) probe = probe_new ("{'a':0}");
  g_autoptr (ConfsyncRevision) theirs = NULL, next = NULL;
  g_autoptr (Probe) donor = merging_probe (ab, &theirs), after = NULL;
  g_autoptr (ConfsyncJson) state = NULL;

  g_test_summary ("After a crash between an apply and the saving of the state, the list is there");
  probe_link (probe, "1");
  next = confsync_revision_ref (probe_head (donor));
  probe_receive (probe, T0 + 50, "1", next);
  g_assert_cmpuint (probe_count (probe, CONFSYNC_ACTION_PERSIST, NULL), >=, 1);
  state = probe_save (probe);
  after = probe_new_restored (state, T0 + 100, "{'a':2,'b':2,'c':2}",
                              confsync_revision_get_stamp (next), T0 + 60, "{'a':0}");
  g_assert_true (confsync_revision_same (probe_head (after), next));
  g_assert_cmpuint (probe_count_conflicts (after), ==, 2);
}

#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/conflict-list/add", test_add);
  ADD ("/conflict-list/inherit", test_inherit);
  ADD ("/conflict-list/join", test_join);
  ADD ("/conflict-list/later-side", test_later_side);
  ADD ("/conflict-list/bounds", test_bounds);
  ADD ("/conflict-list/json", test_json);
  ADD ("/conflict-list/hostile", test_hostile);
  g_test_add_func ("/conflict-list/replica", test_replica);
  g_test_add_func ("/conflict-list/replica/settles", test_replica_settles);
  g_test_add_func ("/conflict-list/replica/takes", test_replica_takes);
  g_test_add_func ("/conflict-list/replica/restart", test_replica_restart);
  g_test_add_func ("/conflict-list/replica/crash", test_replica_crash);
  return g_test_run ();
}

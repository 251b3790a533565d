/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What may become the configuration: a revision that is refused is carried and the sender hears
 * why; an edit that is refused goes nowhere, and is not lost.
 */

#include "instance.h"

#include <string.h>

/* An application's rule: a member “bad” is refused, by the reason that it names. */
typedef struct
{
  guint asked;
  gboolean lenient; /* it isn't */
  char *author;     /* of the last question */
} Rule;

static char *
validate_cb (ConfsyncManager *manager, ConfsyncDocument *document, const char *author, Rule *rule)
{
  g_autoptr (ConfsyncJson) bad =
    confsync_json_get_member (confsync_document_get_json (document), "bad");

  rule->asked++;
  g_free (rule->author);
  rule->author = g_strdup (author);
  if (bad == NULL || rule->lenient)
    return NULL;
  return g_strdup ("/bad: is not allowed");
}

static void
rule_clear (Rule *rule)
{
  g_free (rule->author);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rule, rule_clear)

static void
run (World *world, Instance *self, const char *dials, Rule *rule)
{
  g_autofree char *own = g_strdup_printf ("loopback:%s", self->id);

  instance_make (world, self);
  if (rule != NULL)
    g_signal_connect (self->manager, "validate", G_CALLBACK (validate_cb), rule);
  instance_listen (self, own);
  if (dials != NULL)
    instance_dial (self, dials);
  instance_start (world, self);
}

static Instance *
add (World *world, const char *id, const char *text, const char *dials, Rule *rule)
{
  Instance *self = world_add (world, id);

  if (text != NULL)
    instance_edit (self, text);
  run (world, self, dials, rule);
  return self;
}

static void
assert_holds (Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (self->manager);

  g_assert_nonnull (held);
  test_assert_document (held, text);
}

static ConfsyncSyncState
get_sync (Instance *self, char **reason)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (self->manager);

  g_assert_cmpuint (statuses->len, ==, 1);
  *reason = g_strdup (confsync_peer_status_get_reason (statuses->pdata[0]));
  return confsync_peer_status_get_state (statuses->pdata[0]);
}

static void
test_remote (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Instance *b = add (world, "b", NULL, "loopback:a", &rule);
  g_autofree char *reason = NULL;
  g_autofree char *later = NULL;

  g_test_summary ("A refused revision shows on both sides, and a better one ends it");
  world_expect (world, "{'v':1}");
  g_assert_cmpstr (rule.author, ==, "a");
  rule.asked = 0;
  instance_clear_events (a);
  instance_clear_events (b);
  instance_edit (a, "{'bad':1}");
  world_wait_event (world, a, CONFSYNC_EVENT_BEHIND);
  assert_holds (b, "{'v':1}");
  instance_assert_live (b, "{'v':1}");
  g_assert_cmpuint (rule.asked, ==, 1);
  g_assert_cmpint (get_sync (a, &reason), ==, CONFSYNC_SYNC_REFUSED);
  g_assert_cmpstr (reason, ==, "/bad: is not allowed");
  g_assert_cmpstr (event_get (instance_find_event (a, CONFSYNC_EVENT_BEHIND), "peer"), ==, "b");
  g_assert_cmpstr (event_get (instance_find_event (b, CONFSYNC_EVENT_BEHIND), "reason"), ==,
                   "/bad: is not allowed");
  g_assert_true (instance_has_version (world, b, "{'bad':1}"));

  /* nothing more is said or asked of it */
  world_pass (world, 120 * 1000);
  g_assert_cmpuint (rule.asked, ==, 1);
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_BEHIND), ==, 1);
  g_assert_cmpuint (instance_count_events (b, CONFSYNC_EVENT_BEHIND), ==, 1);

  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpint (get_sync (a, &later), ==, CONFSYNC_SYNC_HOLDS);
}

static void
test_passed_on (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Instance *b = add (world, "b", NULL, "loopback:a", &rule);
  Instance *c = add (world, "c", NULL, "loopback:b", NULL);

  g_test_summary ("Who refuses a revision passes it on; and takes it when validation changes");
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'bad':1}");
  world_wait_event (world, a, CONFSYNC_EVENT_BEHIND);
  world_pass (world, 1000);
  assert_holds (b, "{'v':1}");
  assert_holds (c, "{'bad':1}");

  rule.lenient = TRUE;
  confsync_manager_validation_changed (b->manager);
  world_expect (world, "{'bad':1}");
}

static void
test_restart (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Instance *b = add (world, "b", NULL, "loopback:a", &rule);

  g_test_summary ("What was refused is asked about once more after a restart");
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'bad':1}");
  world_wait_event (world, a, CONFSYNC_EVENT_BEHIND);
  instance_stop (world, b);
  run (world, b, "loopback:a", &rule);
  world_wait_live (world, b, 1);
  assert_holds (b, "{'v':1}");
  instance_stop (world, b);
  run (world, b, "loopback:a", NULL);
  world_expect (world, "{'bad':1}");
}

static void
test_local (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, &rule);
  Instance *b = add (world, "b", NULL, "loopback:a", NULL);

  g_test_summary ("A refused edit is not sent and stays in the file until that is edited again");
  world_expect (world, "{'v':1}");
  instance_clear_events (a);
  rule.asked = 0;
  instance_edit (a, "{'bad':1}");
  world_pass (world, 1000);
  assert_holds (a, "{'v':1}");
  assert_holds (b, "{'v':1}");
  instance_assert_live (a, "{'bad':1}");
  g_assert_cmpuint (rule.asked, ==, 1);
  g_assert_null (rule.author);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_INVALID);
  g_assert_cmpstr (confsync_manager_get_state_reason (a->manager), ==,
                   "refused: /bad: is not allowed");
  g_assert_cmpuint (instance_count_events (a, CONFSYNC_EVENT_INVALID), ==, 1);
  g_assert_true (confsync_manager_is_edited_here (a->manager));
  g_assert_true (instance_has_version (world, a, "{'bad':1}"));
  g_assert_false (instance_has_version (world, b, "{'bad':1}"));

  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_RUNNING);
  g_assert_false (confsync_manager_is_edited_here (a->manager));
}

static void
test_overwritten (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, &rule);
  Instance *b = add (world, "b", NULL, "loopback:a", NULL);

  g_test_summary ("A refused edit gives way to what others edit, and is kept");
  world_expect (world, "{'v':1}");
  instance_edit (a, "{'bad':1}");
  world_pass (world, 1000);
  instance_edit (b, "{'v':3}");
  world_expect (world, "{'v':3}");
  instance_assert_live (a, "{'v':3}");
  g_assert_true (instance_has_version (world, a, "{'bad':1}"));
  g_assert_false (instance_has_version (world, b, "{'bad':1}"));
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_RUNNING);
}

static void
test_put_back (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, &rule);
  g_auto (Answer) answer = { 0 };

  g_test_summary ("A refused edit can be put back, and can become acceptable where it is");
  instance_edit (a, "{'bad':1}");
  world_pass (world, 100);
  confsync_manager_revert_local_async (a->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
  instance_assert_live (a, "{'v':1}");
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_RUNNING);

  instance_edit (a, "{'bad':2}");
  world_pass (world, 100);
  assert_holds (a, "{'v':1}");
  rule.lenient = TRUE;
  confsync_manager_validation_changed (a->manager);
  world_expect (world, "{'bad':2}");

  /* and the other way round: there is nothing better */
  instance_clear_events (a);
  rule.lenient = FALSE;
  confsync_manager_validation_changed (a->manager);
  world_pass (world, 100);
  assert_holds (a, "{'bad':2}");
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_INVALID);
  g_assert_true (g_variant_lookup (instance_find_event (a, CONFSYNC_EVENT_INVALID)->details,
                                   "stays", "b", NULL));
}

static void
test_offline (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, &rule);
  Instance *b = add (world, "b", NULL, "loopback:a", NULL);

  g_test_summary ("What was edited while the program was down is asked about as well");
  world_expect (world, "{'v':1}");
  instance_stop (world, a);
  instance_edit (a, "{'bad':1}");
  run (world, a, NULL, &rule);
  world_wait_live (world, b, 1);
  world_pass (world, 1000);
  assert_holds (a, "{'v':1}");
  assert_holds (b, "{'v':1}");
  instance_assert_live (a, "{'bad':1}");
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_INVALID);
  g_assert_true (instance_has_version (world, a, "{'bad':1}"));
  instance_edit (a, "{'v':2}");
  world_expect (world, "{'v':2}");
}

static void
test_found (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'bad':1}", NULL, &rule);
  Instance *b = NULL;

  g_test_summary ("What a first start finds and refuses never becomes an edit by itself");
  g_assert_null (confsync_manager_dup_document (a->manager));
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_INVALID);
  instance_stop (world, a);
  rule.lenient = TRUE;
  run (world, a, NULL, &rule);
  assert_holds (a, "{'bad':1}");

  /* so what others edited wins over it */
  b = add (world, "b", NULL, NULL, NULL);
  instance_edit (b, "{'v':5}");
  world_pass (world, 100);
  instance_dial (b, "loopback:a");
  world_expect (world, "{'v':5}");
  g_assert_true (instance_has_version (world, a, "{'bad':1}"));
}

static void
test_found_later (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'bad':1}", NULL, &rule);
  g_autoptr (ConfsyncStamp) stamp = NULL;

  rule.lenient = TRUE;
  confsync_manager_validation_changed (a->manager);
  world_expect (world, "{'bad':1}");
  stamp = confsync_manager_dup_stamp (a->manager);
  g_assert_cmpint (confsync_stamp_get_kind (stamp), ==, CONFSYNC_STAMP_INITIAL);
}

static void
test_calls (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, &rule);
  g_autoptr (ConfsyncDocument) document = test_document ("{'bad':1}");
  const char *patch = "[{\"op\":\"add\",\"path\":\"/bad\",\"value\":1}]";
  g_autoptr (GBytes) text = g_bytes_new_static (patch, strlen (patch));
  g_autoptr (ConfsyncJson) operations = confsync_json_parse (text, NULL, NULL);
  g_auto (Answer) set = { 0 };
  g_auto (Answer) patched = { 0 };

  g_test_summary ("What the application sets is refused with the reason, and changes nothing");
  instance_clear_events (a);
  confsync_manager_set_document_async (a->manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &set);
  answer_await (world, &set);
  g_assert_error (set.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpstr (set.error->message, ==, "/bad: is not allowed");
  confsync_manager_patch_async (a->manager, operations, NULL, answer_cb, &patched);
  answer_await (world, &patched);
  g_assert_error (patched.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  instance_assert_live (a, "{'v':1}");
  assert_holds (a, "{'v':1}");
  g_assert_cmpuint (a->events->len, ==, 0);
  g_assert_cmpint (confsync_manager_get_state (a->manager), ==, CONFSYNC_MANAGER_RUNNING);

  rule.asked = 0;
  instance_set (world, a, "{'v':2}");
  g_assert_cmpuint (rule.asked, ==, 1);
}

static void
test_settled (World *world, gconstpointer data)
{
  g_auto (Rule) rule = { 0 };
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  GError *error;

  g_test_summary ("A decision of a person is refused as any other edit");
  a->resolver_name = b->resolver_name = "manual";
  instance_edit (a, "{'v':1}");
  run (world, a, NULL, &rule);
  run (world, b, "loopback:a", NULL);
  world_expect (world, "{'v':1}");
  g_object_set (a->transport, "partition", "a,b", NULL);
  world_pass (world, 200 * 1000);
  instance_edit (a, "{'v':2}");
  instance_edit (b, "{'v':3,'bad':1}");
  g_object_set (a->transport, "partition", NULL, NULL);
  world_wait_live (world, a, 1);
  world_wait_event (world, a, CONFSYNC_EVENT_CONFLICT);
  error = instance_resolve (world, a, NULL, CONFSYNC_CHOICE_THEIRS, NULL);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_assert_cmpstr (error->message, ==, "/bad: is not allowed");
  g_clear_error (&error);
  error = instance_resolve (world, a, NULL, CONFSYNC_CHOICE_VALUE, "{'v':4,'bad':1}");
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_no_error (instance_resolve (world, a, NULL, CONFSYNC_CHOICE_VALUE, "{'v':4}"));
  world_expect (world, "{'v':4}");
}

/* refuses two members that are fine alone */
static char *
not_both_cb (ConfsyncManager *manager,
             ConfsyncDocument *document,
             const char *author,
             gpointer data)
{
  g_autoptr (ConfsyncJson) x =
    confsync_json_get_member (confsync_document_get_json (document), "x");
  g_autoptr (ConfsyncJson) y =
    confsync_json_get_member (confsync_document_get_json (document), "y");

  return x != NULL && y != NULL ? g_strdup ("x and y exclude each other") : NULL;
}

static void
test_merged (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");

  g_test_summary ("Where a merge would be refused, everybody comes to the later edit");
  a->resolver_name = b->resolver_name = "merge";
  instance_edit (a, "{'v':1}");
  run (world, a, NULL, NULL);
  run (world, b, "loopback:a", NULL);
  g_signal_connect (a->manager, "validate", G_CALLBACK (not_both_cb), NULL);
  g_signal_connect (b->manager, "validate", G_CALLBACK (not_both_cb), NULL);
  world_expect (world, "{'v':1}");
  g_object_set (a->transport, "partition", "a,b", NULL);
  world_pass (world, 200 * 1000);
  instance_edit (a, "{'v':1,'x':1}");
  world_pass (world, 1000);
  instance_edit (b, "{'v':1,'y':1}");
  g_object_set (a->transport, "partition", NULL, NULL);
  world_wait_live (world, a, 1);
  world_expect (world, "{'v':1,'y':1}");
  g_assert_true (instance_has_version (world, a, "{'v':1,'x':1}"));
}

static void
test_local_members (World *world, gconstpointer data)
{
  static const char *const keys[] = { "/bad", NULL };
  g_auto (Rule) rule = { 0 };
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Instance *b = world_add (world, "b");
  g_auto (Answer) set = { 0 };
  g_autoptr (ConfsyncDocument) document = test_document ("{'v':4,'bad':2}");

  g_test_summary ("What is asked about is the live file, with what stays on this machine");
  b->local_keys = keys;
  instance_edit (b, "{'v':1,'bad':1}");
  run (world, b, "loopback:a", &rule);
  world_pass (world, 3000);
  g_assert_cmpint (confsync_manager_get_state (b->manager), ==, CONFSYNC_MANAGER_INVALID);
  instance_edit (b, "{'v':1}");
  world_expect (world, "{'v':1}");
  g_assert_cmpint (confsync_manager_get_state (b->manager), ==, CONFSYNC_MANAGER_RUNNING);

  /* nothing that others would hear of, and still refused */
  instance_edit (b, "{'v':1,'bad':1}");
  world_pass (world, 100);
  g_assert_cmpint (confsync_manager_get_state (b->manager), ==, CONFSYNC_MANAGER_INVALID);
  instance_edit (b, "{'v':2}");
  world_expect (world, "{'v':2}");
  confsync_manager_set_document_async (b->manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &set);
  answer_await (world, &set);
  g_assert_error (set.error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  instance_assert_live (b, "{'v':2}");
  instance_edit (a, "{'v':3}");
  world_expect (world, "{'v':3}");
}

/* asks for something itself, and gives a reason that nobody wants to read all of */
static char *
meddling_cb (ConfsyncManager *manager,
             ConfsyncDocument *document,
             const char *author,
             gpointer data)
{
  g_autoptr (ConfsyncDocument) wanted = test_document ("{'v':9}");
  g_autoptr (ConfsyncJson) v =
    confsync_json_get_member (confsync_document_get_json (document), "v");
  Answer *answer = data;

  if (v == NULL || confsync_json_get_integer (v) != 7)
    return NULL;
  confsync_manager_validation_changed (manager);
  if (answer->answers++ == 0)
    confsync_manager_set_document_async (manager, wanted, CONFSYNC_EDIT_NONE, NULL, NULL, NULL);
  return g_strnfill (5000, 'x');
}

static void
test_meddling (World *world, gconstpointer data)
{
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Answer asked = { 0 };

  g_test_summary ("A handler may edit; a reason is as long as a line may be");
  g_signal_connect (a->manager, "validate", G_CALLBACK (meddling_cb), &asked);
  instance_edit (a, "{'v':7}");
  world_expect (world, "{'v':9}");
  instance_assert_live (a, "{'v':9}");
  g_assert_cmpuint (strlen (event_get (instance_find_event (a, CONFSYNC_EVENT_INVALID), "reason")),
                    <, 1100);
  g_assert_true (instance_has_version (world, a, "{'v':7}"));
}

static char *
stopping_cb (ConfsyncManager *manager,
             ConfsyncDocument *document,
             const char *author,
             gpointer data)
{
  if (author != NULL)
    confsync_manager_stop_async (manager, NULL, answer_cb, data);
  return NULL;
}

static void
test_stop (World *world, gconstpointer data)
{
  Instance *a = add (world, "a", "{'v':1}", NULL, NULL);
  Instance *b = add (world, "b", NULL, "loopback:a", NULL);
  g_auto (Answer) answer = { 0 };

  g_test_summary ("A handler may stop the manager: nothing is applied any more");
  world_expect (world, "{'v':1}");
  g_signal_connect (b->manager, "validate", G_CALLBACK (stopping_cb), &answer);
  instance_edit (a, "{'v':2}");
  g_assert_true (world_wait (world, answer_came, &answer, TEST_DEADLINE_MS));
  world_pass (world, 1000);
  instance_assert_live (b, "{'v':1}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add_test(path, function)                                                                  \
  g_test_add ("/validate/" path, World, NULL, world_set_up, function, world_tear_down)
  add_test ("remote", test_remote);
  add_test ("passed-on", test_passed_on);
  add_test ("restart", test_restart);
  add_test ("local", test_local);
  add_test ("overwritten", test_overwritten);
  add_test ("put-back", test_put_back);
  add_test ("offline", test_offline);
  add_test ("found", test_found);
  add_test ("found-later", test_found_later);
  add_test ("calls", test_calls);
  add_test ("settled", test_settled);
  add_test ("merged", test_merged);
  add_test ("local-members", test_local_members);
  add_test ("meddling", test_meddling);
  add_test ("stop", test_stop);
#undef add_test
  return g_test_run ();
}

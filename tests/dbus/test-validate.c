/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Validation and trials over the control interface: calls that are refused, and who says that what
 * is on trial works.
 */

#include "control-fixture.h"

/* longer than any test */
#define TIMEOUT_MS (10 * 60 * 1000)

static char *
validate_cb (ConfsyncManager *manager,
             ConfsyncDocument *document,
             const char *author,
             gpointer data)
{
  g_autoptr (ConfsyncJson) bad =
    confsync_json_get_member (confsync_document_get_json (document), "bad");

  return bad != NULL ? g_strdup ("/bad: is not allowed") : NULL;
}

static void
set_up (Control *self, gconstpointer data)
{
  self->confirm_timeout = TIMEOUT_MS;
  control_set_up (self, "{'v':1}");
  g_signal_connect (self->a->manager, "validate", G_CALLBACK (validate_cb), NULL);
}

static void
test_refused (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  const char *patch = "[{\"op\":\"add\",\"path\":\"/bad\",\"value\":1}]";

  g_test_summary ("Whatever sets something fails with the reason, and changes nothing");
  control_refuse (client, "SetValue", g_variant_new ("(ssu)", "/bad", "1", 0),
                  CONFSYNC_ERROR_REFUSED, "/bad: is not allowed");
  control_refuse (client, "Replace", g_variant_new ("(ssu)", "", "{\"bad\":1}", 0),
                  CONFSYNC_ERROR_REFUSED, "/bad: is not allowed");
  control_refuse (client, "Patch", g_variant_new ("(su)", patch, 0), CONFSYNC_ERROR_REFUSED,
                  "/bad: is not allowed");
  instance_assert_live (self->a, "{'v':1}");
}

static gboolean
is_on_trial (gpointer proxy)
{
  GVariant *trial = confsync_dbus_document_get_trial (proxy);

  return g_variant_n_children (trial) > 0;
}

static gboolean
is_on_trial_no_more (gpointer proxy)
{
  return !is_on_trial (proxy);
}

/* Edits on another instance, and waits until that is on trial; gives its hash. */
static char *
try_edit (Control *self, ConfsyncDBusDocument *proxy, Instance *b, const char *text)
{
  char *hash = NULL;
  const char *author;
  gint64 until;

  instance_edit (b, text);
  g_assert_true (test_wait_until (is_on_trial, proxy, TEST_DEADLINE_MS));
  g_object_get (self->a->manager, "hash", &hash, NULL);
  g_assert_true (g_variant_lookup (confsync_dbus_document_get_trial (proxy), "author", "&s",
                                   &author));
  g_assert_cmpstr (author, ==, "b");
  g_assert_true (g_variant_lookup (confsync_dbus_document_get_trial (proxy), "until", "x",
                                   &until));
  g_assert_cmpint (until, >, g_get_real_time ());
  return hash;
}

static void
test_trial (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (ConfsyncDBusDocument) proxy = control_document_proxy (client);
  Instance *b = control_add_peer (self, "b");
  g_autofree char *hash = NULL, *next = NULL;
  g_autoptr (GVariant) answer = NULL, rejected = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is on trial is told, confirmed, and rejected");
  control_refuse (client, "Confirm", g_variant_new ("(s)", ""), CONFSYNC_ERROR_NOT_FOUND, "");
  control_start (self, b);
  world_expect (&self->world, "{'v':1}");
  hash = try_edit (self, proxy, b, "{'v':2}");
  control_refuse (client, "Confirm", g_variant_new ("(s)", "another"), CONFSYNC_ERROR_CONFLICT,
                  hash);
  control_refuse (client, "Reject", g_variant_new ("(ss)", "another", ""),
                  CONFSYNC_ERROR_CONFLICT, hash);
  answer = control_call (client, "Confirm", g_variant_new ("(s)", hash), &error);
  g_assert_no_error (error);
  g_assert_true (test_wait_until (is_on_trial_no_more, proxy, TEST_DEADLINE_MS));
  control_refuse (client, "Confirm", g_variant_new ("(s)", ""), CONFSYNC_ERROR_NOT_FOUND, "");

  next = try_edit (self, proxy, b, "{'v':3}");
  rejected = control_call (client, "Reject", g_variant_new ("(ss)", "", "it is too loud"), &error);
  g_assert_no_error (error);
  world_expect (&self->world, "{'v':2}");
  g_assert_true (test_wait_until (is_on_trial_no_more, proxy, TEST_DEADLINE_MS));
  test_assert_contains (
    event_get (world_wait_event (&self->world, self->a, CONFSYNC_EVENT_ROLLBACK), "to"),
    "it is too loud");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD(path, function)                                                                       \
  g_test_add ("/control/validate/" path, Control, NULL, set_up, function, control_tear_down)
  ADD ("refused", test_refused);
  ADD ("trial", test_trial);
#undef ADD
  status = g_test_run ();
  control_finish ();
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Updates: a patch only on what both ends are known to hold, and no document from a patch that is
 * for something else, doesn't fit, or gives something else than it says.
 */

#include "config.h"

#include "confsync-update-private.h"
#include "replica-probe.h"

/* A replica that got its head from the other end of link "1". */
typedef struct
{
  Probe *probe;
  ConfsyncRevision *base, *next;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->probe = probe_new (NULL);
  fixture->base = make_edit_by ("{'a':0,'b':[1,2]}", 5, T0 - 100);
  fixture->next = make_edit_on ("{'a':1,'b':[1,2]}", fixture->base, 6, T0 + 1);
  probe_link (fixture->probe, "1");
  probe_link (fixture->probe, "2");
  probe_receive (fixture->probe, T0 + 3, "1", fixture->base);
  probe_applied (fixture->probe, T0 + 4, NULL, NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  probe_free (fixture->probe);
  confsync_revision_unref (fixture->base);
  confsync_revision_unref (fixture->next);
}

static ConfsyncMessage *
make_patch (Fixture *fixture)
{
  ConfsyncMessage *message = confsync_update_new (fixture->next);

  g_assert_true (
    confsync_update_set_patch (message, fixture->probe->replica, "1", fixture->next));
  return message;
}

static void
set_patch (ConfsyncMessage *message, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  confsync_json_unref (message->patch);
  message->patch = confsync_json_parse (bytes, NULL, NULL);
  g_assert_nonnull (message->patch);
}

static void
assert_reads (Fixture *fixture, ConfsyncMessage *message, const char *hash)
{
  g_autoptr (ConfsyncDocument) document =
    confsync_update_read (message, fixture->probe->replica);

  g_assert_cmpstr (document != NULL ? confsync_document_get_hash (document) : NULL, ==, hash);
}

static void
test_known (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncMessage) message = make_patch (fixture);
  g_autoptr (ConfsyncMessage) other = confsync_update_new (fixture->next);

  g_assert_cmpstr (message->base_hash, ==, confsync_revision_get_hash (fixture->base));
  g_assert_null (message->data);
  assert_reads (fixture, message, confsync_revision_get_hash (fixture->next));

  /* of the other end of the second link nothing is known, of a third there is nothing to know */
  g_assert_false (confsync_update_set_patch (other, fixture->probe->replica, "2", fixture->next));
  g_assert_false (confsync_update_set_patch (other, fixture->probe->replica, "3", fixture->next));
  g_assert_null (other->patch);
  confsync_update_set_whole (other, fixture->next);
  assert_reads (fixture, other, confsync_revision_get_hash (fixture->next));
}

static void
test_asked (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncMessage) message = confsync_update_new (fixture->next);

  g_test_summary ("Who asked for the whole gets no patch");
  confsync_replica_got_request (fixture->probe->replica, T0 + 5, "1", NULL);
  g_assert_false (confsync_update_set_patch (message, fixture->probe->replica, "1", fixture->next));
}

static void
test_useless (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ConfsyncMessage) unknown = make_patch (fixture);
  g_autoptr (ConfsyncMessage) misfit = make_patch (fixture);
  g_autoptr (ConfsyncMessage) wrong = make_patch (fixture);
  g_autoptr (ConfsyncMessage) strange = make_patch (fixture);

  g_free (unknown->base_hash);
  unknown->base_hash = g_strdup (unknown->config_hash);
  assert_reads (fixture, unknown, NULL);

  set_patch (misfit, "[{\"op\":\"remove\",\"path\":\"/nowhere\"}]");
  assert_reads (fixture, misfit, NULL);

  set_patch (wrong, "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]");
  assert_reads (fixture, wrong, NULL);

  /* a configuration is an object */
  set_patch (strange, "[{\"op\":\"replace\",\"path\":\"\",\"value\":2}]");
  assert_reads (fixture, strange, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/update/known", Fixture, NULL, fixture_set_up, test_known, fixture_tear_down);
  g_test_add ("/update/asked", Fixture, NULL, fixture_set_up, test_asked, fixture_tear_down);
  g_test_add ("/update/useless", Fixture, NULL, fixture_set_up, test_useless, fixture_tear_down);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store with local members and editors that are slow, or quick: what is saved into a file that
 * was replaced, what is read while the file is being written once more, and which of two files that
 * look the same it is.
 */

#include "config.h"

#include "local-probe.h"

#define SECRET LOCAL_PROBE_SECRET

/* Somebody had an older file open, and saves it now. */
static void
save_late (LocalProbe *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_store_emit_displaced (self->behind, document);
  local_probe_settle (self);
}

static void
test_older (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("An edit of local members alone is no edit for the engine, however old the file");

  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_apply (self, "{'v':3}", 3, "{'v':2}");
  save_late (self, "{'device_id':'" SECRET "-2','v':1}");
  g_assert_cmpuint (self->displaced->len, ==, 0);
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':3}");
  local_probe_assert_load (self, "{'v':3}");
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-2','v':1}"));

  /* one that says something else is, and so is what nobody remembers */
  save_late (self, "{'device_id':'" SECRET "-3','v':'late'}");
  g_assert_cmpuint (self->displaced->len, ==, 1);
  test_assert_document (self->displaced->pdata[0], "{'v':'late'}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-3','v':3}");
}

static void
test_own_view (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("An older file is read as it was then: its object was only there for the member");

  local_probe_edit (self, "{'nest':{'y':'" SECRET "'},'v':1}");
  local_probe_start (self, "/nest/y");
  local_probe_assert_load (self, "{'v':1}");
  g_free (local_probe_keep (self, "{'v':1}", 1));
  local_probe_note_head (self, "{'v':1}", 1);
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_apply (self, "{'nest':{'x':1},'v':3}", 3, "{'v':2}");
  save_late (self, "{'nest':{'y':'" SECRET "-2'},'v':2}");
  g_assert_cmpuint (self->displaced->len, ==, 0);
  local_probe_assert_live (self, "{'nest':{'x':1,'y':'" SECRET "-2'},'v':3}");
}

static void
ignored_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ConfsyncDocument **document = user_data;
  gboolean loaded =
    confsync_store_load_finish (CONFSYNC_STORE (source), result, document, NULL, NULL, NULL);

  g_assert_true (loaded);
}

static void
test_overtaken (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'v':2}", 2);
  g_autoptr (ConfsyncDocument) expected = test_document ("{'v':1}");
  g_autoptr (ConfsyncDocument) loaded = NULL;

  g_test_summary ("What is read before the file is written once more, unasked, is read again");

  local_probe_start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':1}");
  confsync_store_save_async (self->store, revision, expected, NULL, ignored_cb, NULL);
  local_probe_edit (self, "{'device_id':'" SECRET "','v':'edited'}");
  confsync_store_load_async (self->store, NULL, loaded_cb, &loaded);
  local_probe_settle (self);
  test_assert_document (loaded, "{'v':2}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");
  g_assert_cmpuint (self->displaced->len, ==, 1);
  test_assert_document (self->displaced->pdata[0], "{'v':'edited'}");
}

static void
test_alike (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'device_id':'evil','v':1}", 2);
  g_autoptr (ConfsyncDocument) expected = test_document ("{'v':1}");
  g_autoptr (ConfsyncDocument) loaded = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autofree char *notes = NULL;

  g_test_summary ("Ended between the notes and a save that would not have changed the file: it has "
                  "its old stamp, and says what that says");

  local_probe_start_at_home (self, "/device_id");
  confsync_store_save_async (self->store, revision, expected, NULL, ignored_cb, NULL);
  notes = local_probe_dup_notes (self);
  local_probe_settle (self);
  local_probe_apply (self, "{'v':1}", 1, "{'device_id':'evil','v':1}");
  local_probe_put_notes (self, notes);
  local_probe_start (self, "/device_id");
  loaded = local_probe_load (self, &stamp);
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 1);
  test_assert_document (loaded, "{'v':1}");
}

static const LocalProbeCase cases[] = {
  { "older", test_older },
  { "own-view", test_own_view },
  { "alike", test_alike },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  local_probe_add_all ("/local-late", cases, G_N_ELEMENTS (cases));
  /* one in memory does at once what it is asked, so that the order is certain */
  local_probe_add ("/local-late/memory/overtaken", FALSE, test_overtaken);
  return g_test_run ();
}

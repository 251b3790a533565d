/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store with local members over the two stores of the library: what the engine sees, what lies in
 * the live configuration, what is kept; edits at a bad moment, restarts, and crashes.
 */

#include "config.h"

#include "local-probe.h"

#include "confsync-place-private.h"
#include "confsync-store-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET LOCAL_PROBE_SECRET

/* where a file store puts what it took out */
#define STRAYS_DIR CONFSYNC_PLACE_SUB_DIR

static void
ignored_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
}

static void
test_both_ways (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) loaded = NULL;

  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':2}");
  loaded = local_probe_load (self, &stamp);
  test_assert_document (loaded, "{'v':2}");
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 2);
  g_assert_cmpstr (self->notices->str, ==, "");
}

static void
test_restart (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) loaded = NULL;

  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_start (self, "/device_id");
  loaded = local_probe_load (self, &stamp);
  test_assert_document (loaded, "{'v':2}");
  g_assert_nonnull (stamp);
  g_assert_cmpint (confsync_stamp_get_time (stamp), ==, 2);

  /* an edit while nobody looked */
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':3}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':3}");
  local_probe_apply (self, "{'v':4}", 4, "{'v':3}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':4}");
}

/* Another instance shares a value at the member: it can't reach the file, and stays with them. */
static void
test_hostile (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'device_id':'evil','v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':2}");
  local_probe_assert_load (self, "{'device_id':'evil','v':2}");
  g_assert_nonnull (strstr (self->notices->str, "“/device_id” is a local member, but"));
  g_assert_null (strstr (self->notices->str, "evil"));

  local_probe_edit (self, "{'device_id':'" SECRET "','v':3}");
  local_probe_assert_load (self, "{'device_id':'evil','v':3}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'device_id':'evil','v':3}");
}

/* The value of a machine that had none isn't taken from others. */
static void
test_none (LocalProbe *self, gconstpointer data)
{
  local_probe_start (self, "/device_id");
  g_assert_null (local_probe_load (self, NULL));
  local_probe_apply (self, "{'device_id':'evil','v':2}", 2, NULL);
  local_probe_assert_live (self, "{'v':2}");
  local_probe_assert_load (self, "{'device_id':'evil','v':2}");
}

static void
test_waits (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("A value that has no room waits, over a restart, and is laid when there is room");

  local_probe_edit (self, "{'a':{'x':'" SECRET "','y':1}}");
  local_probe_start (self, "/a/x");
  local_probe_assert_load (self, "{'a':{'y':1}}");
  g_free (local_probe_keep (self, "{'a':{'y':1}}", 1));
  local_probe_apply (self, "{'a':5}", 2, "{'a':{'y':1}}");
  local_probe_assert_live (self, "{'a':5}");
  local_probe_start (self, "/a/x");
  local_probe_assert_load (self, "{'a':5}");
  local_probe_apply (self, "{'v':3}", 3, "{'a':5}");
  local_probe_assert_live (self, "{'a':{'x':'" SECRET "'},'v':3}");
  local_probe_assert_load (self, "{'v':3}");

  /* room that was made by hand: as soon as the engine has it */
  local_probe_apply (self, "{'a':[1]}", 4, "{'v':3}");
  local_probe_assert_live (self, "{'a':[1]}");
  g_assert_nonnull (strstr (self->notices->str, "“/a/x” leads through an array"));
  local_probe_edit (self, "{'a':{'y':2}}");
  local_probe_assert_load (self, "{'a':{'y':2}}");
  g_free (local_probe_keep (self, "{'a':{'y':2}}", 5));
  local_probe_note_head (self, "{'a':{'y':2}}", 5);
  local_probe_settle (self);
  local_probe_assert_live (self, "{'a':{'x':'" SECRET "','y':2}}");
  local_probe_assert_load (self, "{'a':{'y':2}}");
}

static void
test_local_edit (LocalProbe *self, gconstpointer data)
{
  g_autofree char *notes = NULL;
  g_autoptr (GPtrArray) versions = NULL;

  local_probe_start_at_home (self, "/device_id /secrets/key");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':1,'secrets':{'key':1}}");
  local_probe_assert_load (self, "{'v':1}");
  local_probe_settle (self);
  notes = local_probe_dup_notes (self);
  g_assert_nonnull (strstr (notes, SECRET "-2"));
  versions = local_probe_list (self);
  g_assert_cmpuint (versions->len, ==, 1);

  /* what was taken out stays out */
  local_probe_edit (self, "{'v':1}");
  local_probe_assert_load (self, "{'v':1}");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'v':2}");
}

/* An empty file, or one with nothing but local members, is no configuration; a missing one neither,
 * and it doesn't take the values along. */
static void
test_no_configuration (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'device_id':'evil','v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{}");
  local_probe_assert_load (self, "{}");
  local_probe_edit (self, "{'device_id':'" SECRET "'}");
  local_probe_assert_load (self, "{}");
  local_probe_edit (self, NULL);
  g_assert_null (local_probe_load (self, NULL));
  local_probe_apply (self, "{'v':3}", 3, NULL);
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':3}");
}

static void
test_newcomer (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("A machine that has nothing but its local members takes what the others have");

  local_probe_edit (self, "{'device_id':'" SECRET "'}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{}");
  local_probe_apply (self, "{'v':1}", 1, NULL);
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':1}");
}

static void
test_displaced_local (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("An edit of local members alone that a save displaces is no edit for the engine");

  local_probe_start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':1}");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");
  local_probe_assert_load (self, "{'v':2}");
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-2','v':1}"));
  g_assert_cmpuint (self->displaced->len, ==, 0);
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  g_assert_cmpuint (self->displaced->len, ==, 0);
}

static void
test_displaced_both (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;

  local_probe_start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':'edited'}");
  displaced = local_probe_save (self, "{'v':2}", 2, "{'v':1}");
  test_assert_document (displaced, "{'v':'edited'}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");

  /* as the engine keeps it, so it was */
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-2','v':'edited'}"));
  local_probe_note_head (self, "{'v':2}", 2);
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  g_assert_cmpuint (self->displaced->len, ==, 0);
}

/* The file that is read was written before the displaced value was known. */
static void
test_displaced_and_read (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'v':2}", 2);
  g_autoptr (ConfsyncDocument) expected = test_document ("{'v':1}");

  local_probe_start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':1}");
  confsync_store_save_async (self->store, revision, expected, NULL, ignored_cb, NULL);
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");
  local_probe_assert_load (self, "{'v':2}");
}

/* Kept as it was, with what neither side of it would make anew. */
static void
test_displaced_as_it_was (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL;

  local_probe_start_at_home (self, "/device_id /secrets/key");
  local_probe_edit (self, "{'device_id':'" SECRET "','secrets':{},'v':'edited'}");
  displaced = local_probe_save (self, "{'v':2}", 2, "{'v':1}");
  test_assert_document (displaced, "{'v':'edited'}");
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  g_assert_true (local_probe_has_file (
    self, "{'device_id':'" SECRET "','secrets':{},'v':'edited'}"));
  local_probe_note_head (self, "{'v':2}", 2);
  local_probe_start (self, "/device_id /secrets/key");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  g_assert_cmpuint (self->displaced->len, ==, 0);
}

/* The notes as they are when the save is carried out, which is before its end is heard of. */
static char *
save_and_dup_notes (LocalProbe *self, const char *text, const char *expected_text)
{
  g_autoptr (ConfsyncRevision) revision = test_revision (text, 2);
  g_autoptr (ConfsyncDocument) expected = test_document (expected_text);
  char *notes;

  confsync_store_save_async (self->store, revision, expected, NULL, ignored_cb, NULL);
  notes = local_probe_dup_notes (self);
  local_probe_settle (self);
  return notes;
}

static void
test_crash (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) loaded = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autofree char *notes = NULL;

  g_test_summary ("Ended between a save that changes what others have at a member and the notes");

  local_probe_start_at_home (self, "/device_id");
  notes = save_and_dup_notes (self, "{'device_id':'evil','v':2}", "{'v':1}");
  local_probe_put_notes (self, notes);
  local_probe_start (self, "/device_id");
  loaded = local_probe_load (self, &stamp);
  test_assert_document (loaded, "{'device_id':'evil','v':2}");
  g_assert_nonnull (stamp);
}

static void
test_crash_before (LocalProbe *self, gconstpointer data)
{
  g_autofree char *notes = NULL;

  g_test_summary ("Ended between the notes and that save");

  local_probe_start_at_home (self, "/device_id");
  notes = save_and_dup_notes (self, "{'device_id':'evil','v':2}", "{'v':1}");
  g_assert_nonnull (strstr (notes, "\"next\""));
  local_probe_edit (self, "{'device_id':'" SECRET "','v':1}");
  local_probe_put_notes (self, notes);
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':1}");
}

static void
test_application (LocalProbe *self, gconstpointer data)
{
  ConfsyncLocalStore *store;
  g_autoptr (ConfsyncDocument) shared = test_document ("{'v':1}");
  g_autoptr (ConfsyncDocument) laid = NULL, local = NULL, both = NULL, left = NULL, split = NULL;

  local_probe_start_at_home (self, "/device_id");
  store = CONFSYNC_LOCAL_STORE (self->store);
  laid = confsync_local_store_lay (store, shared);
  test_assert_document (laid, "{'device_id':'" SECRET "','v':1}");

  local = test_document ("{'device_id':'" SECRET "-2','v':1}");
  left = confsync_local_store_split (store, local);
  test_assert_document (left, "{'v':1}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':1}");

  both = test_document ("{'device_id':'" SECRET "-3','v':2}");
  split = confsync_local_store_split (store, both);
  test_assert_document (split, "{'v':2}");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-3','v':2}");
}

/* In files */

static void
test_layout (LocalProbe *self, gconstpointer data)
{
  g_autofree char *text = NULL;

  test_write_file (self->path, "{\n\t\"v\": 1,\n\t\"device_id\": \"" SECRET "\",\n\t\"w\": 1\n}\n");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':1,'w':1}");
  local_probe_apply (self, "{'new':0,'v':2,'w':2}", 2, "{'v':1,'w':1}");
  g_assert_true (g_file_get_contents (self->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\n\t\"v\": 2,\n\t\"device_id\": \"" SECRET
                             "\",\n\t\"w\": 2,\n\t\"new\": 0\n}\n");
}

typedef struct
{
  ConfsyncStore *store;
  ConfsyncDocument *document;
} AtHand;

/* The worker may still be busy with what comes behind an answer. */
static gboolean
is_at_hand (gpointer data)
{
  AtHand *at_hand = data;
  gint64 modified;

  return confsync_store_load_at_hand (at_hand->store, &at_hand->document, &modified, NULL);
}

static void
test_at_hand (LocalProbe *self, gconstpointer data)
{
  AtHand at_hand = { 0 };

  local_probe_start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':2}");
  at_hand.store = self->store;
  if (!test_wait_until (is_at_hand, &at_hand, 2000))
    {
      g_test_skip ("this file system can't say what is in memory");
      return;
    }
  test_assert_document (at_hand.document, "{'v':2}");
  confsync_document_unref (at_hand.document);
  local_probe_settle (self);
  local_probe_apply (self, "{'v':3}", 3, "{'v':2}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':3}");
}

static void
leave_behind (LocalProbe *self, const char *name, const char *text)
{
  g_autofree char *folder = g_build_filename (self->dir, STRAYS_DIR, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');

  g_assert_no_errno (g_mkdir_with_parents (folder, 0700));
  test_write_file (path, quoted);
}

/* What an earlier life displaced and had no time to keep. */
static void
test_left_behind (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  leave_behind (self, "1.old", "{'device_id':'" SECRET "-9','v':1}");
  leave_behind (self, "2.old", "{'device_id':'" SECRET "-8','v':'edited'}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  g_assert_cmpuint (self->displaced->len, ==, 1);
  test_assert_document (self->displaced->pdata[0], "{'v':'edited'}");
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-9','v':1}"));
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-8','v':'edited'}"));
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':2}");
}

/* The index of a version is lost: what can't be told apart any more isn't shared. */
static void
test_index_lost (LocalProbe *self, gconstpointer data)
{
  g_autofree char *index = g_build_filename (self->dir, "config_versions/.index.jsonl", NULL);
  g_autoptr (GPtrArray) versions = NULL;

  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  g_assert_cmpint (g_remove (index), ==, 0);
  local_probe_start (self, "/device_id");
  versions = local_probe_list (self);
  g_assert_cmpuint (versions->len, ==, 2);
  for (guint i = 0; i < versions->len; i++)
    {
      g_autoptr (ConfsyncDocument) found =
        local_probe_get_version (self, confsync_version_get_name (versions->pdata[i]));

      test_assert_document (found, i == 0 ? "{'v':2}" : "{'v':1}");
    }
}

static void
test_invalid (void)
{
  const char *const keys[] = { "/a/0", NULL };
  g_autoptr (ConfsyncMemoryStore) behind = confsync_memory_store_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_local_store_new (CONFSYNC_STORE (behind), keys, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
}

static void
load_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  confsync_store_load_finish (CONFSYNC_STORE (source), result, NULL, NULL, NULL, user_data);
}

static gboolean
has_failed (gpointer data)
{
  return *(GError **) data != NULL;
}

/* Other languages can make one without asking whether it may be. */
static void
test_made_in_vain (void)
{
  const char *const keys[] = { "/a/0", NULL };
  g_autoptr (ConfsyncMemoryStore) behind = confsync_memory_store_new ();

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ConfsyncStore) store = g_object_new (
        CONFSYNC_TYPE_LOCAL_STORE, "store", i == 0 ? behind : NULL, "local-keys", keys, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (g_initable_init (G_INITABLE (store), NULL, NULL));
      confsync_store_load_async (store, NULL, load_cb, &error);
      g_assert_true (test_wait_until (has_failed, &error, TEST_DEADLINE_MS));
      g_assert_true (g_error_matches (error, CONFSYNC_ERROR,
                                      i == 0 ? CONFSYNC_ERROR_INVALID_POINTER
                                             : CONFSYNC_ERROR_FAILED));
    }
}

static const LocalProbeCase cases[] = {
  { "both-ways", test_both_ways },
  { "restart", test_restart },
  { "hostile", test_hostile },
  { "none", test_none },
  { "waits", test_waits },
  { "local-edit", test_local_edit },
  { "no-configuration", test_no_configuration },
  { "newcomer", test_newcomer },
  { "displaced-local", test_displaced_local },
  { "displaced-both", test_displaced_both },
  { "displaced-and-read", test_displaced_and_read },
  { "displaced-as-it-was", test_displaced_as_it_was },
  { "crash", test_crash },
  { "crash-before", test_crash_before },
  { "application", test_application },
};

#define ADD_IN_FILES(name, function)                                                              \
  local_probe_add ("/local-store/files/" name, TRUE, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  local_probe_add_all ("/local-store", cases, G_N_ELEMENTS (cases));
  ADD_IN_FILES ("layout", test_layout);
  ADD_IN_FILES ("at-hand", test_at_hand);
  ADD_IN_FILES ("index-lost", test_index_lost);
  ADD_IN_FILES ("left-behind", test_left_behind);
  g_test_add_func ("/local-store/invalid", test_invalid);
  g_test_add_func ("/local-store/made-in-vain", test_made_in_vain);
  return g_test_run ();
}

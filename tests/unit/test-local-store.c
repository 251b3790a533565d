/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store with local members over the two stores of the library: what the engine sees, what lies in
 * the live configuration, what is kept; edits at a bad moment, restarts, and another setting.
 */

#include "config.h"

#include "local-probe.h"

#include "confsync-store-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET "hunter2"

static void
set_up (LocalProbe *self, gconstpointer in_files)
{
  local_probe_init (self, in_files != NULL);
}

static void
tear_down (LocalProbe *self, gconstpointer data)
{
  g_assert_null (strstr (self->notices->str, SECRET));
  local_probe_clear (self);
}

/* A machine in a fleet: {'v':1} is shared, and at home. */
static void
start_at_home (LocalProbe *self, const char *keys)
{
  local_probe_edit (self, "{'device_id':'" SECRET "','v':1}");
  local_probe_start (self, keys);
  local_probe_assert_load (self, "{'v':1}");
  g_free (local_probe_keep (self, "{'v':1}", 1));
  local_probe_note_head (self, "{'v':1}", 1);
}

static void
test_both_ways (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (ConfsyncDocument) loaded = NULL;

  start_at_home (self, "/device_id");
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

  start_at_home (self, "/device_id");
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
  start_at_home (self, "/device_id");
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
  local_probe_settle (self);
  local_probe_assert_live (self, "{'a':{'x':'" SECRET "','y':2}}");
  local_probe_assert_load (self, "{'a':{'y':2}}");
}

static void
test_local_edit (LocalProbe *self, gconstpointer data)
{
  g_autofree char *notes = NULL;
  g_autoptr (GPtrArray) versions = NULL;

  start_at_home (self, "/device_id /secrets/key");
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
  start_at_home (self, "/device_id");
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

/* Whether a version is a file with this content. */
static gboolean
has_file (LocalProbe *self, const char *text)
{
  g_autoptr (ConfsyncDocument) wanted = test_document (text);
  g_autoptr (GPtrArray) versions = local_probe_list (self);

  for (guint i = 0; i < versions->len; i++)
    {
      g_autoptr (ConfsyncDocument) file = confsync_store_get_version_sync (
        self->behind, confsync_version_get_name (versions->pdata[i]), NULL, NULL);

      if (confsync_document_equal (file, wanted))
        return TRUE;
    }
  return FALSE;
}

static void
test_displaced_local (LocalProbe *self, gconstpointer data)
{
  g_test_summary ("An edit of local members alone that a save displaces is no edit for the engine");

  start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':1}");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");
  local_probe_assert_load (self, "{'v':2}");
  g_assert_true (has_file (self, "{'device_id':'" SECRET "-2','v':1}"));
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

  start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':'edited'}");
  displaced = local_probe_save (self, "{'v':2}", 2, "{'v':1}");
  test_assert_document (displaced, "{'v':'edited'}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':2}");

  /* as the engine keeps it, so it was */
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  g_assert_true (has_file (self, "{'device_id':'" SECRET "-2','v':'edited'}"));
  local_probe_note_head (self, "{'v':2}", 2);
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  g_assert_cmpuint (self->displaced->len, ==, 0);
}

static void
test_versions (LocalProbe *self, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;
  static const char *const texts[] = { "{'v':1}", "{'device_id':'evil','v':2}", "{'v':3}",
                                       "{'device_id':{'other':1},'v':4}" };

  start_at_home (self, "/device_id");
  for (guint i = 1; i < G_N_ELEMENTS (texts); i++)
    local_probe_apply (self, texts[i], i + 1, texts[i - 1]);
  for (guint life = 0; life < 3; life++)
    {
      g_autoptr (GPtrArray) list = local_probe_list (self);

      g_assert_cmpuint (list->len, >=, G_N_ELEMENTS (texts));
      for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        {
          gpointer version = list->pdata[list->len - 1 - i];
          g_autoptr (ConfsyncDocument) expected = test_document (texts[i]);
          g_autoptr (ConfsyncDocument) found =
            local_probe_get_version (self, confsync_version_get_name (version));

          test_assert_document (found, texts[i]);
          g_assert_cmpstr (confsync_version_get_hash (version), ==,
                           confsync_document_get_hash (expected));
        }
      g_assert_true (has_file (self, "{'device_id':'" SECRET "','v':2}"));
      local_probe_start (self, life == 0 ? "/device_id" : NULL);
      local_probe_assert_load (self, texts[G_N_ELEMENTS (texts) - 1]);
      local_probe_settle (self);
    }
}

/* A key that is named no more */

static void
check_dropped (LocalProbe *self, const char *keys, const char *shared)
{
  local_probe_start (self, keys);
  local_probe_assert_load (self, shared);
  local_probe_settle (self);
  local_probe_assert_live (self, shared);
  local_probe_assert_load (self, shared);
  g_assert_nonnull (strstr (self->notices->str, "the file as it was is kept as config_"));

  /* for good */
  local_probe_start (self, keys);
  local_probe_assert_load (self, shared);
  local_probe_settle (self);
  local_probe_assert_live (self, shared);
}

static void
test_dropped (LocalProbe *self, gconstpointer data)
{
  start_at_home (self, "/device_id /other");
  local_probe_apply (self, "{'device_id':'shared','v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':2}");
  check_dropped (self, "/other", "{'device_id':'shared','v':2}");
  g_assert_true (has_file (self, "{'device_id':'" SECRET "-2','v':2}"));
}

static void
test_dropped_last (LocalProbe *self, gconstpointer data)
{
  start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  check_dropped (self, NULL, "{'v':2}");
  g_assert_true (has_file (self, "{'device_id':'" SECRET "','v':2}"));
}

/* With an edit of something else while nobody looked: that is shared, and only that. */
static void
test_dropped_and_edited (LocalProbe *self, gconstpointer data)
{
  start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{'device_id':'" SECRET "','v':'edited'}");
  local_probe_start (self, NULL);
  local_probe_assert_load (self, "{'v':'edited'}");
  local_probe_settle (self);
  local_probe_assert_load (self, "{'v':'edited'}");
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  local_probe_settle (self);
  local_probe_assert_live (self, "{'v':'edited'}");
}

/* While the file is of no use, nothing is settled. */
static void
test_dropped_while_empty (LocalProbe *self, gconstpointer data)
{
  start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{}");
  local_probe_start (self, NULL);
  local_probe_assert_load (self, "{}");
  local_probe_settle (self);
  local_probe_edit (self, "{'device_id':'" SECRET "','v':2}");
  local_probe_assert_load (self, "{'v':2}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'v':2}");
}

static void
test_narrowed (LocalProbe *self, gconstpointer data)
{
  local_probe_edit (self, "{'a':{'x':'" SECRET "','y':'" SECRET "'},'v':1}");
  local_probe_start (self, "/a");
  local_probe_assert_load (self, "{'v':1}");
  g_free (local_probe_keep (self, "{'v':1}", 1));
  local_probe_note_head (self, "{'v':1}", 1);
  local_probe_start (self, "/a/x");
  local_probe_assert_load (self, "{'v':1}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'a':{'x':'" SECRET "'},'v':1}");
  local_probe_start (self, "/a");
  local_probe_assert_load (self, "{'v':1}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'a':{'x':'" SECRET "'},'v':1}");
}

/* A key that is new: the member was shared until now, and stays so for the others. */
static void
test_named (LocalProbe *self, gconstpointer data)
{
  g_autofree char *notes = NULL;

  local_probe_edit (self, "{'device_id':'old','v':1}");
  local_probe_start (self, NULL);
  g_assert_false (confsync_local_store_is_active (CONFSYNC_LOCAL_STORE (self->store)));
  local_probe_assert_load (self, "{'device_id':'old','v':1}");
  g_free (local_probe_keep (self, "{'device_id':'old','v':1}", 1));
  local_probe_note_head (self, "{'device_id':'old','v':1}", 1);
  notes = local_probe_dup_notes (self);
  g_assert_null (strstr (notes, "local_members"));

  /* named, and given a value in one go */
  local_probe_edit (self, "{'device_id':'" SECRET "','v':1}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'device_id':'old','v':1}");
  local_probe_settle (self);
  local_probe_assert_live (self, "{'device_id':'" SECRET "','v':1}");
  g_assert_nonnull (strstr (self->notices->str, "“/device_id” is a local member, but"));

  local_probe_note_head (self, "{'device_id':'old','v':1}", 1);
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'device_id':'old','v':1}");
}

/* Without the version that would tell what is shared: never the secret. */
static void
test_named_unknown (LocalProbe *self, gconstpointer data)
{
  local_probe_edit (self, "{'device_id':'old','v':1}");
  local_probe_start (self, NULL);
  local_probe_note_head (self, "{'device_id':'old','v':1}", 1);
  local_probe_edit (self, "{'device_id':'" SECRET "','v':1}");
  local_probe_start (self, "/device_id");
  local_probe_assert_load (self, "{'v':1}");
}

static void
test_crash (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) displaced = NULL, loaded = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;

  g_test_summary ("Ended between a save that changes what others have at a member and the notes");

  start_at_home (self, "/device_id");
  displaced = local_probe_save (self, "{'device_id':'evil','v':2}", 2, "{'v':1}");
  g_assert_null (displaced);
  local_probe_start (self, "/device_id");
  loaded = local_probe_load (self, &stamp);
  test_assert_document (loaded, "{'device_id':'evil','v':2}");
  g_assert_nonnull (stamp);
}

static void
ignored_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
}

static void
test_crash_before (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'device_id':'evil','v':2}", 2);
  g_autoptr (ConfsyncDocument) expected = test_document ("{'v':1}");
  g_autofree char *notes = NULL;

  g_test_summary ("Ended between the notes and that save");

  start_at_home (self, "/device_id");
  confsync_store_save_async (self->store, revision, expected, NULL, ignored_cb, NULL);
  notes = local_probe_dup_notes (self);
  local_probe_settle (self);
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

  start_at_home (self, "/device_id");
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

static void
test_at_hand (LocalProbe *self, gconstpointer data)
{
  g_autoptr (ConfsyncDocument) document = NULL, again = NULL;
  gint64 modified;

  start_at_home (self, "/device_id");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':2}");
  if (!confsync_store_load_at_hand (self->store, &document, &modified, NULL))
    {
      g_test_skip ("this file system can't say what is in memory");
      return;
    }
  test_assert_document (document, "{'v':2}");
  local_probe_settle (self);
  local_probe_apply (self, "{'v':3}", 3, "{'v':2}");
  local_probe_assert_live (self, "{'device_id':'" SECRET "-2','v':3}");
}

/* The index of a version is lost: what can't be told apart any more isn't shared. */
static void
test_index_lost (LocalProbe *self, gconstpointer data)
{
  g_autofree char *index = g_build_filename (self->dir, "config_versions/.index.jsonl", NULL);
  g_autoptr (GPtrArray) versions = NULL;

  start_at_home (self, "/device_id");
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

static const struct
{
  const char *name;
  void (*function) (LocalProbe *self, gconstpointer data);
} cases[] = {
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
  { "versions", test_versions },
  { "dropped", test_dropped },
  { "dropped-last", test_dropped_last },
  { "dropped-and-edited", test_dropped_and_edited },
  { "dropped-while-empty", test_dropped_while_empty },
  { "narrowed", test_narrowed },
  { "named", test_named },
  { "named-unknown", test_named_unknown },
  { "crash", test_crash },
  { "crash-before", test_crash_before },
  { "application", test_application },
};

#define ADD_IN_FILES(name, function)                                                              \
  g_test_add ("/local-store/files/" name, LocalProbe, "files", set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *memory = g_strdup_printf ("/local-store/memory/%s", cases[i].name);
      g_autofree char *files = g_strdup_printf ("/local-store/files/%s", cases[i].name);

      g_test_add (memory, LocalProbe, NULL, set_up, cases[i].function, tear_down);
      g_test_add (files, LocalProbe, "files", set_up, cases[i].function, tear_down);
    }
  ADD_IN_FILES ("layout", test_layout);
  ADD_IN_FILES ("at-hand", test_at_hand);
  ADD_IN_FILES ("index-lost", test_index_lost);
  g_test_add_func ("/local-store/invalid", test_invalid);
  return g_test_run ();
}

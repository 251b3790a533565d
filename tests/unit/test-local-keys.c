/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Local members while the setting changes from life to life: a key that is named no more gets the
 * shared value back and gives nothing away; one that is new takes nothing from the others; versions
 * are read as they were written.
 */

#include "config.h"

#include "local-probe.h"

#include <string.h>

#define SECRET LOCAL_PROBE_SECRET

static void
test_versions (LocalProbe *self, gconstpointer data)
{
  g_autoptr (GPtrArray) versions = NULL;
  static const char *const texts[] = { "{'v':1}", "{'device_id':'evil','v':2}", "{'v':3}",
                                       "{'device_id':{'other':1},'v':4}" };

  local_probe_start_at_home (self, "/device_id");
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
      g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "','v':2}"));
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
  local_probe_start_at_home (self, "/device_id /other");
  local_probe_apply (self, "{'device_id':'shared','v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{'device_id':'" SECRET "-2','v':2}");
  check_dropped (self, "/other", "{'device_id':'shared','v':2}");
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "-2','v':2}"));
}

static void
test_dropped_last (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  check_dropped (self, NULL, "{'v':2}");
  g_assert_true (local_probe_has_file (self, "{'device_id':'" SECRET "','v':2}"));
}

/* With an edit of something else while nobody looked: that is shared, and only that. */
static void
test_dropped_and_edited (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
  local_probe_apply (self, "{'v':2}", 2, "{'v':1}");
  local_probe_edit (self, "{'device_id':'" SECRET "','v':'edited'}");
  local_probe_start (self, NULL);
  local_probe_assert_load (self, "{'v':'edited'}");
  local_probe_settle (self);
  local_probe_assert_load (self, "{'v':'edited'}");
  g_free (local_probe_keep (self, "{'v':'edited'}", 3));
  local_probe_note_head (self, "{'v':'edited'}", 3);
  local_probe_settle (self);
  local_probe_assert_live (self, "{'v':'edited'}");
}

/* While the file is of no use, nothing is settled. */
static void
test_dropped_while_empty (LocalProbe *self, gconstpointer data)
{
  local_probe_start_at_home (self, "/device_id");
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

static const LocalProbeCase cases[] = {
  { "versions", test_versions },
  { "dropped", test_dropped },
  { "dropped-last", test_dropped_last },
  { "dropped-and-edited", test_dropped_and_edited },
  { "dropped-while-empty", test_dropped_while_empty },
  { "narrowed", test_narrowed },
  { "named", test_named },
  { "named-unknown", test_named_unknown },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  local_probe_add_all ("/local-keys", cases, G_N_ELEMENTS (cases));
  return g_test_run ();
}

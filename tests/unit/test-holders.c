/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who holds what, through the state and back; and that what they hold is needed.
 */

#include "config.h"

#include "confsync-holders-private.h"
#include "confsync-needed-private.h"

#include "test-revision.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static ConfsyncDocument *
save (ConfsyncHolders *holders)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;

  confsync_json_builder_begin_object (builder);
  confsync_holders_build (holders, builder);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  return confsync_document_new_from_json (json, NULL);
}

static void
test_round (void)
{
  g_autoptr (ConfsyncHolders) holders = confsync_holders_new ();
  g_autoptr (ConfsyncHolders) again = confsync_holders_new ();
  g_autoptr (ConfsyncDocument) none = save (holders), state = NULL;
  g_autoptr (GHashTable) needed = NULL;

  test_assert_document (none, "{'holders':{}}");
  g_assert_true (confsync_holders_note (holders, "hall", A));
  g_assert_false (confsync_holders_note (holders, "hall", A));
  g_assert_true (confsync_holders_note (holders, "attic", A));
  g_assert_true (confsync_holders_note (holders, "hall", B));
  state = save (holders);
  test_assert_document (state, "{'holders':{'attic':'" A "','hall':'" B "'}}");
  confsync_holders_restore (again, state);
  g_assert_false (confsync_holders_note (again, "attic", A));
  g_assert_false (confsync_holders_note (again, "hall", B));
  needed = confsync_needed_new (state);
  g_assert_cmpuint (g_hash_table_size (needed), ==, 2);
  g_assert_true (g_hash_table_contains (needed, A));
  g_assert_true (g_hash_table_contains (needed, B));
}

static void
test_bounded (void)
{
  for (int off = -1; off <= 1; off++)
    {
      g_autoptr (ConfsyncHolders) holders = confsync_holders_new ();

      for (int i = 0; i < CONFSYNC_HOLDERS_MAX + off; i++)
        {
          g_autofree char *id = g_strdup_printf ("n%d", i);

          g_assert_true (confsync_holders_note (holders, id, A));
          /* who is heard of again stays */
          if (i == 1)
            confsync_holders_note (holders, "n0", A);
        }
      g_assert_cmpint (confsync_holders_note (holders, "n1", A), ==, off > 0);
    }
}

static void
test_strange (void)
{
  static const char *const states[] = {
    "{}", "{'holders':7}", "{'holders':[]}", "{'holders':{'a':7}}", "{'holders':{'a':'short'}}",
    "{'holders':{'':'" A "'}}", "{'holders':{'a/b':'" A "'}}", "{'holders':{'a':{'b':'" A "'}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (ConfsyncDocument) state = test_document (states[i]);
      g_autoptr (GHashTable) needed = confsync_needed_new (state);

      g_assert_cmpuint (g_hash_table_size (needed), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/holders/round", test_round);
  g_test_add_func ("/holders/bounded", test_bounded);
  g_test_add_func ("/holders/strange", test_strange);
  return g_test_run ();
}

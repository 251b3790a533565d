/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The kept versions as a command reads them: which one is live, and which one was before it.
 */

#include "config.h"

#include "confsync-version-list.h"

/* @text: as g_variant_print() would write it */
static ConfsyncVersionList *
make_list (const char *text, const char *live)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
    g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return confsync_version_list_new (answer, live);
}

static const struct {
  const char *answer, *live_hash, *live, *previous;
} cases[] = {
  { "[]", "", NULL, NULL },
  { "[{'name': <'b'>, 'hash': <'2'>}, {'name': <'a'>, 'hash': <'1'>}]", "2", "b", "a" },
  /* what is live isn't kept yet */
  { "[{'name': <'b'>, 'hash': <'2'>}, {'name': <'a'>, 'hash': <'1'>}]", "3", NULL, "b" },
  { "[{'name': <'b'>, 'hash': <'2'>}]", "", NULL, "b" },
  { "[{'name': <'b'>, 'hash': <'2'>}]", "2", "b", NULL },
  /* what lost was never live, though it is kept; nor is the same content a version before */
  { "[{'name': <'d'>, 'hash': <'9'>, 'cause': <'lost'>}, {'name': <'c'>, 'hash': <'2'>},"
    " {'name': <'b'>, 'hash': <'8'>, 'cause': <'lost'>}, {'name': <'a'>, 'hash': <'2'>},"
    " {'name': <'0'>, 'hash': <'1'>, 'cause': <'edit'>}]", "2", "c", "0" },
  /* members that aren't there, or are of another type, are unknown */
  { "[{'name': <'b'>, 'hash': <'2'>, 'time': <'noon'>}, {'name': <'a'>}]", "2", "b", "a" },
};

static void
test_places (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncVersionList) list = make_list (cases[i].answer, cases[i].live_hash);
      const char *live = NULL;

      for (guint j = 0; j < list->n_items; j++)
        if (list->items[j].live)
          {
            g_assert_null (live);
            live = list->items[j].name;
          }
      g_assert_cmpstr (live, ==, cases[i].live);
      g_assert_cmpstr (confsync_version_list_get_previous (list), ==, cases[i].previous);
    }
}

static void
test_members (void)
{
  g_autoptr (ConfsyncVersionList) list =
    make_list ("[{'name': <'a'>, 'author': <'hall'>, 'cause': <'edit'>, 'time': <int64 5>,"
               " 'acknowledged': <true>, 'size': <uint64 1>}, {}]", "");

  g_assert_cmpuint (list->n_items, ==, 2);
  g_assert_cmpstr (list->items[0].author, ==, "hall");
  g_assert_cmpstr (list->items[0].cause, ==, "edit");
  g_assert_cmpint (list->items[0].time_us, ==, 5);
  g_assert_true (list->items[0].acknowledged);
  g_assert_cmpstr (list->items[1].name, ==, "");
  g_assert_false (list->items[1].acknowledged);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/version-list/places", test_places);
  g_test_add_func ("/version-list/members", test_members);

  return g_test_run ();
}

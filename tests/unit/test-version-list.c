/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The kept versions as a command reads them: which one is live, and which one was before it.
 */

#include "config.h"

#include "confsync-version-list.h"

#include <string.h>

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
               " 'acknowledged': <true>, 'size': <uint64 7>}, {}]", "");

  g_assert_cmpuint (list->n_items, ==, 2);
  g_assert_cmpstr (list->items[0].author, ==, "hall");
  g_assert_cmpstr (list->items[0].cause, ==, "edit");
  g_assert_cmpint (list->items[0].time_us, ==, 5);
  g_assert_true (list->items[0].acknowledged);
  g_assert_cmpuint (list->items[0].size, ==, 7);
  g_assert_cmpstr (list->items[1].name, ==, "");
  g_assert_false (list->items[1].acknowledged);
}

#define KEPT(digits, hash) "{'name': <'config_" digits ".json'>, 'hash': <'" hash "'>}"

static const struct {
  const char *word, *found; /* NULL: it is refused, with a message that has @reason */
  const char *reason;
} words[] = {
  { "config_20260101120000_001.json", "config_20260101120000_001.json", NULL },
  { "config_20260101120000_001", "config_20260101120000_001.json", NULL },
  { "20260101120000_001", "config_20260101120000_001.json", NULL },
  { "20260101120000_001.json", "config_20260101120000_001.json", NULL },
  /* the whole of one, though also a part of others */
  { "20260101120000", "config_20260101120000.json", NULL },
  { "_002", "config_20260101120000_002.json", NULL },
  { "20251231", "config_20251231235959.json", NULL },
  { "235959", "config_20251231235959.json", NULL },
  { "live", "config_20260101120000_002.json", NULL },
  { "previous", "config_20260101120000_001.json", NULL },
  { "202601", NULL, "may be config_20260101120000_002.json or config_20260101120000" },
  { "", NULL, "no version" },
  { "config_", NULL, "no version" },
  { ".json", NULL, "no version" },
  { "2027", NULL, "no version" },
  { "../x", NULL, "no version" },
};

static void
test_find (void)
{
  g_autoptr (ConfsyncVersionList) list =
    make_list ("[" KEPT ("20260101120000_002", "4") "," KEPT ("20260101120000_001", "3") ","
               KEPT ("20260101120000", "2") "," KEPT ("20251231235959", "1") "]", "4");
  g_autoptr (ConfsyncVersionList) none = make_list ("[]", "");
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (GError) reason = NULL;

      g_assert_cmpstr (confsync_version_list_find (list, words[i].word, &reason), ==,
                       words[i].found);
      if (words[i].found != NULL)
        continue;
      g_assert_error (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_assert_nonnull (strstr (reason->message, words[i].reason));
    }
  g_assert_cmpstr (confsync_version_list_find (none, "live", NULL), ==, "live");
  g_assert_null (confsync_version_list_find (none, "previous", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/version-list/places", test_places);
  g_test_add_func ("/version-list/members", test_members);

  g_test_add_func ("/version-list/find", test_find);
  return g_test_run ();
}

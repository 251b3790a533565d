/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How a conflict looks to people and to programs, and which one somebody means.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "confsync-conflict-text.h"
#include "test-util.h"

#define SINCE_US (G_GINT64_CONSTANT (1764097211) * G_USEC_PER_SEC)

typedef struct {
  const char *pointer, *base, *ours, *theirs; /* JSON; (nullable) for nothing there */
  const char *text;  /* what follows the title and the reason, for people */
  const char *diffs; /* the patches, for programs */
} Case;

static const Case cases[] = {
  { "/keys", "{\"hall\":1,\"attic\":1}", "{\"hall\":2,\"attic\":1}", "{\"hall\":3}",
    "  ours    live here, by kitchen, 2025-11-25 19:00:11\n"
    "    ~ /keys/hall  1 → 2\n"
    "  theirs  by attic, 2025-11-25 19:00:12\n"
    "    - /keys/attic  1\n"
    "    ~ /keys/hall  1 → 3\n",
    "{\"ours\":[{\"op\":\"replace\",\"path\":\"/keys/hall\",\"value\":2}],"
    "\"ours_to_theirs\":[{\"op\":\"remove\",\"path\":\"/keys/attic\"},"
    "{\"op\":\"replace\",\"path\":\"/keys/hall\",\"value\":3}],"
    "\"theirs\":[{\"op\":\"remove\",\"path\":\"/keys/attic\"},"
    "{\"op\":\"replace\",\"path\":\"/keys/hall\",\"value\":3}]}" },
  /* a member's place has objects above it; nothing there is no value */
  { "/a~1b/0/k", NULL, "1.50", "null",
    "  ours    live here, by kitchen, 2025-11-25 19:00:11\n"
    "    + /a~1b/0/k  1.5\n"
    "  theirs  by attic, 2025-11-25 19:00:12\n"
    "    + /a~1b/0/k  null\n",
    "{\"ours\":[{\"op\":\"add\",\"path\":\"/a~1b/0/k\",\"value\":1.5}],"
    "\"ours_to_theirs\":[{\"op\":\"replace\",\"path\":\"/a~1b/0/k\",\"value\":null}],"
    "\"theirs\":[{\"op\":\"add\",\"path\":\"/a~1b/0/k\",\"value\":null}]}" },
  { "/key", "\"k\"", NULL, "\"l\"",
    "  ours    live here, by kitchen, 2025-11-25 19:00:11\n"
    "    - /key  \"k\"\n"
    "  theirs  by attic, 2025-11-25 19:00:12\n"
    "    ~ /key  \"k\" → \"l\"\n",
    "{\"ours\":[{\"op\":\"remove\",\"path\":\"/key\"}],"
    "\"ours_to_theirs\":[{\"op\":\"add\",\"path\":\"/key\",\"value\":\"l\"}],"
    "\"theirs\":[{\"op\":\"replace\",\"path\":\"/key\",\"value\":\"l\"}]}" },
  { "", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "{\"a\":1,\"b\":1}",
    "  ours    live here, by kitchen, 2025-11-25 19:00:11\n"
    "    ~ /a  1 → 2\n"
    "  theirs  by attic, 2025-11-25 19:00:12\n"
    "    as it was before both\n",
    "{\"ours\":[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}],"
    "\"ours_to_theirs\":[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}],"
    "\"theirs\":[]}" },
  /* of the whole, no base is one that isn't known */
  { "", NULL, "{\"a\":1}", "{\"b\":9007199254740993}",
    "  ours    live here, by kitchen, 2025-11-25 19:00:11\n"
    "  theirs  by attic, 2025-11-25 19:00:12\n"
    "  from ours to theirs; what was before both is not known any more\n"
    "    - /a  1\n"
    "    + /b  9007199254740993\n",
    "{\"ours\":null,"
    "\"ours_to_theirs\":[{\"op\":\"remove\",\"path\":\"/a\"},"
    "{\"op\":\"add\",\"path\":\"/b\",\"value\":9007199254740993}],"
    "\"theirs\":null}" },
};

/* Floating. */
static GVariant *
make_conflict (const char *id, const char *pointer, const char *reason)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", id);
  g_variant_dict_insert (&dict, "pointer", "s", pointer);
  g_variant_dict_insert (&dict, "since", "x", SINCE_US);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "ours-author", "s", "kitchen");
  g_variant_dict_insert (&dict, "ours-time", "x", SINCE_US);
  g_variant_dict_insert (&dict, "theirs-author", "s", "attic");
  g_variant_dict_insert (&dict, "theirs-time", "x", SINCE_US + G_USEC_PER_SEC);
  return g_variant_dict_end (&dict);
}

static ConfsyncConflictList *
make_list (const char *const *ids)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; ids[i] != NULL; i++)
    g_variant_builder_add_value (&builder,
                                 make_conflict (ids[i], i == 0 ? "" : "/keys", "decide"));
  return confsync_conflict_list_new (g_variant_builder_end (&builder));
}

static ConfsyncConflictList *
make_case (const Case *data, const char *reason)
{
  const char *const names[] = { "base", "ours", "theirs" };
  const char *const values[] = { data->base, data->ours, data->theirs };
  g_autoptr (GVariant) sides = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;
  GVariantDict dict;
  ConfsyncConflictList *list;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_add_value (&builder, make_conflict ("5d41402a", data->pointer, reason));
  list = confsync_conflict_list_new (g_variant_builder_end (&builder));

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (values[i] != NULL)
      g_variant_dict_insert (&dict, names[i], "s", values[i]);
  sides = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_assert_true (confsync_conflict_item_set_sides (&list->items[0], sides, &error));
  g_assert_no_error (error);
  return list;
}

/* Returns: (transfer full): what is written */
static char *
print (const ConfsyncConflictItem *item, ConfsyncColor color)
{
  char *text = NULL;
  gsize length;
  FILE *file = open_memstream (&text, &length);
  g_autoptr (ConfsyncOutput) output = confsync_output_new (file, color);
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_conflict_print (item, output, &error));
  g_assert_no_error (error);
  g_assert_true (confsync_output_finish (output, &error));
  fclose (file);
  return text;
}

static void
test_people (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncConflictList) list = make_case (&cases[i], "a person decides");
      char *text = print (&list->items[0], CONFSYNC_COLOR_NEVER);
      g_autofree char *expected = g_strdup_printf (
        "conflict 5d41402a   %s, since 2025-11-25 19:00:11\n  a person decides\n%s",
        *cases[i].pointer != '\0' ? cases[i].pointer : "the whole document", cases[i].text);

      g_assert_cmpstr (text, ==, expected);
      free (text);
    }
}

static ConfsyncJson *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_tool_parse (text, &error);

  g_assert_no_error (error);
  return json;
}

static void
assert_side (ConfsyncJson *object, const char *name, const char *expected)
{
  g_autoptr (ConfsyncJson) side = confsync_json_get_member (object, name);
  g_autoptr (ConfsyncJson) value = expected != NULL ? parse (expected) : NULL;

  g_assert_cmpint (side != NULL, ==, value != NULL);
  g_assert_true (value == NULL || confsync_json_equal (side, value));
}

static void
test_programs (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncConflictList) list = make_case (&cases[i], "say \"no\"\n");
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncJson) object = NULL, diffs = NULL, since = NULL, reason = NULL;
      g_autofree char *when = NULL, *why = NULL;

      g_assert_true (confsync_conflict_append_json (&list->items[0], text, &error));
      g_assert_no_error (error);
      object = parse (text->str);
      assert_side (object, "base", cases[i].base);
      assert_side (object, "ours", cases[i].ours);
      assert_side (object, "theirs", cases[i].theirs);
      diffs = confsync_json_get_member (object, "diff");
      since = confsync_json_get_member (object, "since");
      reason = confsync_json_get_member (object, "reason");
      when = confsync_json_dup_string (since);
      why = confsync_json_dup_string (reason);
      g_assert_cmpstr (when, ==, "2025-11-25T19:00:11.000000Z");
      g_assert_cmpstr (why, ==, "say \"no\"\n");
      assert_side (object, "diff", cases[i].diffs);
    }
}

static void
test_hostile (void)
{
  static const Case hostile = { "/a\033[2J", "1", "\"\\u001b[31m\"", "2", NULL, NULL };
  g_autoptr (ConfsyncConflictList) list = make_case (&hostile, "x\033]0;y\a\nz");
  char *text = print (&list->items[0], CONFSYNC_COLOR_NEVER);

  g_assert_null (strchr (text, '\033'));
  g_assert_nonnull (strstr (text, "conflict 5d41402a   /a\\x1b[2J, since"));
  g_assert_nonnull (strstr (text, "  x\\x1b]0;y\\x07\\x0az\n"));
  free (text);
}

static void
test_colour (void)
{
  g_autoptr (ConfsyncConflictList) list = make_case (&cases[0], "");
  char *text = print (&list->items[0], CONFSYNC_COLOR_ALWAYS);

  g_assert_true (g_str_has_prefix (text, "\033[1mconflict 5d41402a\033[0m   /keys, since"));
  g_assert_nonnull (strstr (text, "\n    \033[36m~ /keys/hall\033[0m  1 → 2\n"));
  g_assert_nonnull (strstr (text, "\n    \033[31m- /keys/attic\033[0m  1\n"));
  free (text);
}

static void
test_damaged (void)
{
  g_autoptr (ConfsyncConflictList) list = make_case (&cases[0], "");
  g_autoptr (GVariant) sides = g_variant_ref_sink (g_variant_new_parsed ("{'ours': <'{'>}"));
  g_autoptr (GError) error = NULL;

  g_assert_false (confsync_conflict_item_set_sides (&list->items[0], sides, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_assert_null (list->items[0].base);
}

static void
assert_not_found (ConfsyncConflictList *list, const char *id, int code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_conflict_list_find (list, id, &error));
  g_assert_error (error, CONFSYNC_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
}

static void
test_find (void)
{
  const char *const none[] = { NULL }, *const one[] = { "5d41402a", NULL };
  const char *const three[] = { "5d41402a", "5d99ffff", "00112233", NULL };
  const char *all = ":\n  5d41402a  the whole document\n  5d99ffff  /keys\n  00112233  /keys";
  g_autoptr (ConfsyncConflictList) empty = make_list (none), single = make_list (one);
  g_autoptr (ConfsyncConflictList) several = make_list (three);

  assert_not_found (empty, NULL, CONFSYNC_ERROR_NOT_FOUND, "no conflict waits");
  assert_not_found (empty, "5d41402a", CONFSYNC_ERROR_NOT_FOUND, "no conflict waits");
  g_assert_true (confsync_conflict_list_find (single, NULL, NULL) == &single->items[0]);
  g_assert_true (confsync_conflict_list_find (single, "5d41402a", NULL) == &single->items[0]);
  assert_not_found (single, "5d41402b", CONFSYNC_ERROR_NOT_FOUND, "settled by now");
  assert_not_found (single, "", CONFSYNC_ERROR_NOT_FOUND, "5d41402a  the whole document");
  assert_not_found (several, NULL, CONFSYNC_ERROR_INVALID_OPTION, "There are 3");
  assert_not_found (several, NULL, CONFSYNC_ERROR_INVALID_OPTION, all);
  assert_not_found (several, "5d", CONFSYNC_ERROR_INVALID_OPTION, all);
  g_assert_true (confsync_conflict_list_find (several, "5d4", NULL) == &several->items[0]);
  g_assert_true (confsync_conflict_list_find (several, "00112233", NULL) == &several->items[2]);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/conflict-text/people", test_people);
  g_test_add_func ("/conflict-text/programs", test_programs);
  g_test_add_func ("/conflict-text/hostile", test_hostile);
  g_test_add_func ("/conflict-text/colour", test_colour);
  g_test_add_func ("/conflict-text/damaged", test_damaged);
  g_test_add_func ("/conflict-text/find", test_find);

  return g_test_run ();
}

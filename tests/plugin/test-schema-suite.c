/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The walker, held to the test suite of JSON Schema, as Debian packs it, for draft 7. What is left
 * out is listed with the reason, and must then be refused when it's loaded, not when it's applied.
 */

#include "config.h"

#include <string.h>

#include "confsync-schema.h"

#define SUITE_DIR "/usr/share/json-schema-test-suite/tests/draft7"
#define REMOTES_DIR "/usr/share/json-schema-test-suite/remotes"

/* fewer have been found than there are: the suite is not what it was */
#define CASES_MIN 420

static const struct
{
  const char *file;
  const char *group; /* what its description begins with */
  const char *reason;
} left_out[] = {
  { "definitions.json", "valid definition", "the schema of schemas is in no file of ours" },
  { "definitions.json", "invalid definition", "the schema of schemas is in no file of ours" },
  { "ref.json", "remote ref", "the schema of schemas is in no file of ours" },
  { "refRemote.json", "remote ref", "nothing is fetched" },
  { "refRemote.json", "fragment within remote ref", "nothing is fetched" },
  { "refRemote.json", "ref within remote ref", "nothing is fetched" },
  { "refRemote.json", "base URI change", "nothing is fetched" },
  { "refRemote.json", "root ref in remote ref", "nothing is fetched" },
};

/* files of optional tests, and why none of them is played */
static const struct
{
  const char *file;
  const char *reason;
} files_left_out[] = {
  { "content.json", "what a string holds is for programs to know: contentMediaType checks "
                    "nothing" },
  { "ecmascript-regex.json", "it asks whether a string is an expression, by \"format\", which "
                             "checks nothing; test-schema-pattern.c refuses the expression" },
  { "format", "\"format\" tells people something, and checks nothing" },
};

typedef struct {
  guint played, refused;
} Count;

static ConfsyncJson *
read_json (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  bytes = g_bytes_new_take (g_steal_pointer (&text), length);
  json = confsync_json_parse (bytes, NULL, &error);
  g_assert_no_error (error);
  return json;
}

static char *
member_text (ConfsyncJson *object, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (object, name);

  return confsync_json_dup_string (member);
}

/* The suite's remote schemas, put into the file below an "$id" each. What is there need not be
 * fetched, and everything of the suite that only asks where a reference leads can be played. */
static ConfsyncJson *
with_remotes (ConfsyncJson *schema)
{
  static const char *const remotes[] = { "integer.json", "subSchemas.json", "name.json",
                                         "folder/folderInteger.json" };
  g_autoptr (ConfsyncJson) result = confsync_json_ref (schema);

  for (guint i = 0; i < G_N_ELEMENTS (remotes); i++)
    {
      g_autofree char *path = g_build_filename (REMOTES_DIR, remotes[i], NULL);
      g_autofree char *text = g_strdup_printf ("\"http://localhost:1234/%s\"", remotes[i]);
      g_autofree char *pointer = g_strdup_printf ("/$defs/%u", i);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (ConfsyncJson) id = confsync_json_parse (bytes, NULL, NULL);
      g_autoptr (ConfsyncJson) remote = read_json (path);
      g_autoptr (ConfsyncJson) named = confsync_json_put (remote, "/$id", id, NULL);
      g_autoptr (ConfsyncJson) all = NULL;
      g_autoptr (GError) error = NULL;

      if (i == 0)
        {
          /* subSchemas.json has them where no schema is expected, and not all groups use both */
          static const char uses[] =
            "{\"uses\":{\"allOf\":[{\"$ref\":\"http://localhost:1234/subSchemas.json#/integer\"},"
            "{\"$ref\":\"http://localhost:1234/subSchemas.json#/refToInteger\"}]}}";
          g_autoptr (GBytes) bytes_of_uses = g_bytes_new_static (uses, strlen (uses));
          g_autoptr (ConfsyncJson) first = confsync_json_parse (bytes_of_uses, NULL, NULL);
          g_autoptr (ConfsyncJson) with_defs = confsync_json_put (result, "/$defs", first, &error);

          g_assert_no_error (error);
          confsync_json_unref (result);
          result = g_steal_pointer (&with_defs);
        }
      all = confsync_json_put (result, pointer, named, &error);
      g_assert_no_error (error);
      confsync_json_unref (result);
      result = g_steal_pointer (&all);
    }
  return g_steal_pointer (&result);
}

static const char *
why_left_out (const char *file, const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (left_out); i++)
    if (g_str_equal (file, left_out[i].file) && g_str_has_prefix (group, left_out[i].group))
      return left_out[i].reason;
  return NULL;
}

static void
play_case (ConfsyncSchema *schema, ConfsyncJson *test, const char *group)
{
  g_autoptr (ConfsyncJson) data = confsync_json_get_member (test, "data");
  g_autoptr (ConfsyncJson) valid = confsync_json_get_member (test, "valid");
  g_autofree char *description = member_text (test, "description");
  g_autoptr (GError) error = NULL;

  if (confsync_schema_check (schema, data, &error) != confsync_json_get_boolean (valid))
    {
      g_test_message ("%s, %s: %s", group, description,
                      error != NULL ? error->message : "it fits, and may not");
      g_test_fail ();
    }
  if (error != NULL)
    g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
}

static void
play_tests (ConfsyncSchema *schema, ConfsyncJson *tests, const char *group, Count *count)
{
  for (guint i = 0; i < confsync_json_get_length (tests); i++)
    {
      g_autoptr (ConfsyncJson) test = confsync_json_get_element (tests, i);

      play_case (schema, test, group);
      count->played++;
    }
}

/* it is refused as it stands; and plays as soon as what it refers to is in the file */
static void
play_left_out (const char *file, const char *description, ConfsyncJson *json, ConfsyncJson *tests,
               const char *reason, Count *count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncSchema) schema = confsync_schema_new (json, &error);
  g_autoptr (ConfsyncJson) whole = NULL;

  g_assert_null (schema);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_assert_nonnull (strstr (error->message, "other files are not fetched"));
  g_clear_error (&error);
  if (g_str_equal (file, "refRemote.json"))
    {
      whole = with_remotes (json);
      schema = confsync_schema_new (whole, &error);
      g_assert_no_error (error);
      g_test_message ("put into one file: %s, \"%s\": %s", file, description, reason);
      play_tests (schema, tests, description, count);
      return;
    }
  g_test_message ("left out: %s, \"%s\": %s", file, description, reason);
  count->refused += confsync_json_get_length (tests);
}

static void
play_group (const char *file, ConfsyncJson *group, Count *count)
{
  g_autofree char *description = member_text (group, "description");
  g_autoptr (ConfsyncJson) json = confsync_json_get_member (group, "schema");
  g_autoptr (ConfsyncJson) tests = confsync_json_get_member (group, "tests");
  static const char uri[] = "\"http://json-schema.org/draft-07/schema#\"";
  g_autoptr (GBytes) uri_bytes = g_bytes_new_static (uri, strlen (uri));
  g_autoptr (ConfsyncJson) dialect = confsync_json_parse (uri_bytes, NULL, NULL);
  g_autoptr (ConfsyncJson) marked = NULL;
  const char *reason = why_left_out (file, description);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncSchema) schema = NULL;

  /* the suite's schemas don't say which draft they are of */
  if (confsync_json_get_kind (json) == CONFSYNC_JSON_OBJECT)
    marked = confsync_json_put (json, "/$schema", dialect, &error);
  g_assert_no_error (error);
  if (reason != NULL)
    {
      play_left_out (file, description, marked, tests, reason, count);
      return;
    }
  schema = confsync_schema_new (marked != NULL ? marked : json, &error);
  g_assert_no_error (error);
  play_tests (schema, tests, description, count);
}

static void
play_file (const char *file, Count *count)
{
  g_autofree char *path = g_build_filename (SUITE_DIR, file, NULL);
  g_autoptr (ConfsyncJson) groups = read_json (path);

  for (guint i = 0; i < confsync_json_get_length (groups); i++)
    {
      g_autoptr (ConfsyncJson) group = confsync_json_get_element (groups, i);

      play_group (file, group, count);
    }
}

static gboolean
is_missing (void)
{
  if (g_file_test (SUITE_DIR, G_FILE_TEST_IS_DIR))
    return FALSE;
  g_test_skip ("the package json-schema-test-suite is not installed");
  return TRUE;
}

static void
test_draft_7 (void)
{
  g_autoptr (GDir) dir = NULL;
  Count count = { 0 };
  const char *file;

  if (is_missing ())
    return;
  dir = g_dir_open (SUITE_DIR, 0, NULL);
  g_assert_nonnull (dir);
  while ((file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".json"))
      play_file (file, &count);
  g_test_message ("%u cases played, %u left out", count.played, count.refused);
  g_assert_cmpuint (count.played + count.refused, >=, CASES_MIN);
  g_assert_cmpuint (count.refused, <=, 4);
}

static void
test_optional (void)
{
  Count count = { 0 };

  if (is_missing ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (files_left_out); i++)
    g_test_message ("left out: optional/%s: %s", files_left_out[i].file,
                    files_left_out[i].reason);
  play_file ("optional/zeroTerminatedFloats.json", &count);
  g_assert_cmpuint (count.played, >=, 1);
}

/* Numbers beyond 64 bits that look like integers are refused by the reader, on every instance
 * alike; so no schema ever sees one. */
static void
test_big_numbers (void)
{
  g_autofree char *path = g_build_filename (SUITE_DIR, "optional", "bignum.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (is_missing ())
    return;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  bytes = g_bytes_new (text, length);
  g_assert_null (confsync_json_parse (bytes, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_test_message ("left out: optional/bignum.json: %s", error->message);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema-suite/draft-7", test_draft_7);
  g_test_add_func ("/schema-suite/optional", test_optional);
  g_test_add_func ("/schema-suite/big-numbers", test_big_numbers);
  return g_test_run ();
}

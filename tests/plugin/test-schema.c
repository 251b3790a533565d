/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The validators as programs use them: found by name, with a schema in a file or as a value, in
 * any thread, and fast.
 */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <time.h>

#include "test-util.h"
#include "validator-test.h"

/* of the processor's time, which takes no notice of what else runs: it takes some 5 ms */
#define MEGABYTE_MAX_SECONDS 0.2

static const char *const names[] = { "json-schema", "home-assistant" };

static ConfsyncValidator *
from_file (const char *name, const char *path, GError **error)
{
  GType type = confsync_registry_find (CONFSYNC_TYPE_VALIDATOR, name, NULL);

  g_assert_cmpuint (type, !=, G_TYPE_INVALID);
  return g_initable_new (type, NULL, error, "schema-file", path, NULL);
}

static void
assert_no_file (const char *path, const char *reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncValidator) validator = from_file (names[i], path, &error);

      g_assert_null (validator);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, path));
      if (strstr (error->message, reason) == NULL)
        g_error ("%s", error->message);
    }
}

static char *
write_file (const char *dir, const char *name, const char *text, gssize length)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, length, NULL));
  return path;
}

static void
test_file (void)
{
  g_autofree char *dir = test_temp_dir ();
  g_autofree char *json_schema =
    write_file (dir, "a.json", "{\"properties\":{\"port\":{\"maximum\":65535}}}", -1);
  g_autofree char *words = write_file (dir, "b.json", "{\"port\":\"port\"}", -1);
  g_autoptr (ConfsyncDocument) good = document_from ("{'port':80}");
  g_autoptr (ConfsyncDocument) bad = document_from ("{'port':70000}");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *path = i == 0 ? json_schema : words;
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncValidator) validator = from_file (names[i], path, &error);
      g_autofree char *file = NULL;

      g_assert_no_error (error);
      g_object_get (validator, "schema-file", &file, NULL);
      g_assert_cmpstr (file, ==, path);
      g_assert_true (confsync_validator_validate (validator, good, &error));
      g_assert_no_error (error);
      g_assert_false (confsync_validator_validate (validator, bad, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      g_assert_true (g_str_has_prefix (error->message, "/port: "));
      g_assert_null (strstr (error->message, "70000"));
      g_assert_finalize_object (g_steal_pointer (&validator));
    }
}

static void
test_strange_files (void)
{
  g_autofree char *dir = test_temp_dir ();
  g_autofree char *missing = g_build_filename (dir, "missing.json", NULL);
  g_autofree char *fifo = g_build_filename (dir, "fifo", NULL);
  g_autofree char *empty = write_file (dir, "empty", "", 0);
  g_autofree char *torn = write_file (dir, "torn", "{\"type\":", -1);
  g_autofree char *binary = write_file (dir, "binary", "\xff\xfe\0\0", 4);
  g_autofree char *wrong = write_file (dir, "wrong", "{\"a\":{\"b\":5}}", -1);
  g_autofree char *spaces = g_strnfill (5 * 1024 * 1024, ' ');
  g_autofree char *large = write_file (dir, "large", spaces, -1);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_no_file (missing, "No such file or directory");
  assert_no_file (dir, "this is no regular file");
  assert_no_file (fifo, "this is no regular file");
  assert_no_file (empty, "a value expected, but the text ends here");
  assert_no_file (torn, "line 1, column 9: a value expected");
  assert_no_file (binary, "line 1, column 1");
  assert_no_file (wrong, "at \"/a");
  assert_no_file (large, "4194304");
}

static void
test_construction (void)
{
  g_autoptr (ConfsyncDocument) document = document_from ("{'a':1}");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GType type = confsync_registry_find (CONFSYNC_TYPE_VALIDATOR, names[i], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GObject) none = g_initable_new (type, NULL, &error, NULL);
      g_autoptr (ConfsyncValidator) raw = g_object_new (type, NULL);
      g_autoptr (ConfsyncValidator) twice = validator_of (names[i], "{}");

      g_assert_null (none);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_clear_error (&error);

      /* whoever forgot to initialize it lets nothing through */
      g_assert_false (confsync_validator_validate (raw, document, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
      g_clear_error (&error);

      g_assert_true (g_initable_init (G_INITABLE (twice), NULL, &error));
      g_assert_true (confsync_validator_validate (twice, document, &error));
    }
}

/* 1 MB of zones, each with strings, numbers, lists and objects */
static ConfsyncDocument *
megabyte (gboolean good)
{
  g_autoptr (GString) text = g_string_new ("{\"zones\":[");

  for (guint i = 0; text->len < 1000000; i++)
    g_string_append_printf (
      text,
      "%s{\"id\":%u,\"name\":\"Zone number %u\",\"camera\":\"camera.zone_%u\",\"enabled\":true,"
      "\"threshold\":0.%u,\"mode\":\"auto\",\"tags\":[\"a\",\"b\",\"c\"],"
      "\"notify\":{\"host\":\"192.168.1.%u\",\"port\":%u,\"url\":null}}",
      i > 0 ? "," : "", i, i, i, i % 100, i % 256, 1024 + i % 1000);
  g_string_append_printf (text, "],\"version\":%s}", good ? "1" : "\"one\"");
  {
    g_autoptr (GBytes) bytes = g_bytes_new (text->str, text->len);
    g_autoptr (GError) error = NULL;
    ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

    g_assert_no_error (error);
    return document;
  }
}

#define ZONE(pattern) \
  "{'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object','properties':{" \
  "'version':{'type':'integer'},'zones':{'type':'array','items':{'$ref':'#/$defs/zone'}}}," \
  "'required':['zones','version'],'additionalProperties':false,'$defs':{'zone':{'type':'object'," \
  "'required':['id','name','camera'],'additionalProperties':false,'properties':{'id':{'type':" \
  "'integer','minimum':0},'name':{'type':'string','minLength':1,'maxLength':100},'camera':{" \
  "'type':'string'" pattern "},'enabled':{'type':'boolean'},'threshold':{'type':'number'," \
  "'minimum':0,'maximum':1},'mode':{'enum':['auto','manual','off']},'tags':{'type':'array'," \
  "'items':{'type':'string'},'uniqueItems':true},'notify':{'type':'object','properties':{'host':{" \
  "'type':'string'},'port':{'type':'integer','minimum':1,'maximum':65535},'url':{'type':[" \
  "'string','null']}}}}}}}"

static void
test_speed (void)
{
  static const struct
  {
    const char *what, *name, *schema;
  } cases[] = {
    { "JSON Schema", "json-schema", ZONE ("") },
    { "JSON Schema with 4,000 texts matched", "json-schema",
      ZONE (",'pattern':'^camera\\\\.[a-z0-9_]+$'") },
    { "Home Assistant", "home-assistant",
      "{'version':'int','zones':[{'id':'int(0,)','name':'str(1,100)','camera':'str','enabled':"
      "'bool','threshold':'float(0,1)','mode':'list(auto|manual|off)','tags':['str'],'notify':{"
      "'host':'str','port':'port'}}]}" },
  };
  g_autoptr (ConfsyncDocument) good = megabyte (TRUE), bad = megabyte (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncValidator) validator = validator_of (cases[i].name, cases[i].schema);
      g_autoptr (GError) error = NULL;
      double best = G_MAXDOUBLE;

      for (guint round = 0; round < 10; round++)
        {
          clock_t begin = clock ();

          g_assert_true (confsync_validator_validate (validator, good, &error));
          best = MIN (best, (double) (clock () - begin) / CLOCKS_PER_SEC);
        }
      g_test_message ("%s: 1 MB in %.2f ms", cases[i].what, best * 1000);
      /* set where sanitized: a figure of that says nothing */
      if (g_getenv ("CONFSYNC_TEST_SLOW") == NULL)
        g_assert_cmpfloat (best, <, MEGABYTE_MAX_SECONDS);
      g_assert_false (confsync_validator_validate (validator, bad, &error));
      g_assert_true (g_str_has_prefix (error->message, "/version: is to be an integer"));
    }
}

static gpointer
validate_thread (gpointer user_data)
{
  g_autoptr (ConfsyncDocument) good = document_from (
    "{'version':1,'zones':[{'id':1,'name':'a','camera':'camera.a'}]}");
  g_autoptr (ConfsyncDocument) bad = document_from (
    "{'version':1,'zones':[{'id':1,'name':'a','camera':'lens.a'}]}");

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (confsync_validator_validate (user_data, good, NULL));
      g_assert_false (confsync_validator_validate (user_data, bad, &error));
      g_assert_cmpstr (error->message, ==,
                       "/zones/0/camera: doesn't match the pattern \"^camera\\\\.[a-z0-9_]+$\" "
                       "(schema: /$defs/zone/properties/camera/pattern)");
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (ConfsyncValidator) validator =
    validator_of ("json-schema", ZONE (",'pattern':'^camera\\\\.[a-z0-9_]+$'"));
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, validate_thread, validator);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema/file", test_file);
  g_test_add_func ("/schema/strange-files", test_strange_files);
  g_test_add_func ("/schema/construction", test_construction);
  g_test_add_func ("/schema/speed", test_speed);
  g_test_add_func ("/schema/threads", test_threads);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Options from key files and options.json: their places and order, what is refused with its place
 * named, and what a program may have beside ours.
 */

#include "config.h"

#include <string.h>

#include "confsync-node-options-private.h"
#include "confsync-option-sources-private.h"
#include "test-util.h"

typedef struct {
  ConfsyncOptions *options;
  char *dir;
  char *path; /* of a key file */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->options = confsync_node_options_new ();
  fixture->dir = test_temp_dir ();
  fixture->path = g_build_filename (fixture->dir, "confsync.conf", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_options_free (fixture->options);
  test_remove_tree (fixture->dir);
  g_free (fixture->path);
  g_free (fixture->dir);
}

/* Forgets what was read. */
static void
renew (Fixture *fixture)
{
  confsync_options_free (fixture->options);
  fixture->options = confsync_node_options_new ();
}

static gboolean
read_text (Fixture *fixture, const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);

  return confsync_options_read_key_file (fixture->options, CONFSYNC_SOURCE_KEY_FILE, bytes, "f",
                                         error);
}

static void
assert_text (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;

  read_text (fixture, text, strlen (text), &error);
  g_assert_no_error (error);
}

static void
assert_strings (Fixture *fixture, const char *name, const char *joined)
{
  g_auto (GStrv) strings = confsync_options_dup_strings (fixture->options, name);
  g_autofree char *got = g_strjoinv (" ", strings);

  g_assert_cmpstr (got, ==, joined);
}

static void
assert_string (Fixture *fixture, const char *name, const char *value)
{
  g_assert_cmpstr (confsync_options_get_string (fixture->options, name), ==, value);
}

static void
assert_warnings (Fixture *fixture, const char *joined)
{
  g_auto (GStrv) warnings = confsync_options_dup_warnings (fixture->options);
  g_autofree char *got = g_strjoinv ("\n", warnings);

  g_assert_cmpstr (got, ==, joined);
}

static void
test_forms (Fixture *fixture, gconstpointer data)
{
  assert_text (fixture, "# of the house\r\n\r\n[confsync]\r\nsync-port = 9000\r\n"
               "listen=1;2, 3\r\npeer=ws://a\r\npeer-urls=ws://b\r\ninstance_id=hall\r\n"
               "enable-sync-server=Yes\r\nlog-level=DEBUG\r\nbind=\r\non-change=a\\\\b\\sc\r\n"
               "base-dir=/a b\r\n");
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "sync-port"), ==, 9000);
  assert_strings (fixture, "listen", "1 2 3");
  assert_strings (fixture, "peer-urls", "ws://a ws://b");
  assert_string (fixture, "instance-id", "hall");
  g_assert_true (confsync_options_get_boolean (fixture->options, "enable-sync-server"));
  assert_string (fixture, "log-level", "debug");
  assert_string (fixture, "bind", "127.0.0.1");
  assert_string (fixture, "on-change", "a\\b c");
  assert_string (fixture, "config-base-dir", "/a b");
  assert_warnings (fixture, "");
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  const char *const texts[] = { "", "\n", "# nothing\n", "[confsync]", "[confsync]\n\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_text (fixture, texts[i]);
  assert_warnings (fixture, "");
}

static void
test_bad_key_files (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *text;
    gsize length; /* 0: that of the text */
    const char *message;
  } cases[] = {
    { "[confsync]\nsync-port=x\n", 0, "f: sync-port: “x” is not a port (1 to 65535)" },
    { "[confsync]\nlog-level=loud\n", 0,
      "f: log-level: “loud” is not debug|info|warning|error" },
    { "[confsync]\nenable-sync-server=2\n", 0,
      "f: enable-sync-server: “2” is not true or false" },
    { "[confsync]\nmax-versions=-1\n", 0,
      "f: max-versions: “-1” is not a number (0 to 4294967295)" },
    { "sync-port=1\n", 0, "f: line 1: options stand below a line [confsync]" },
    { "[confsync]\n\nhush hunter2\n", 0,
      "f: line 3: it is no option=value, no [group] and no # comment" },
    { "[confsync]\n=hunter2\n", 0,
      "f: line 2: it is no option=value, no [group] and no # comment" },
    { "[confsync\n", 0, "f: line 1: “]” is missing" },
    { "[confsync]\nlisten=1\n# x\nlisten=2\n", 0,
      "f: line 4: listen is in line 2 already; values of a list are separated by commas" },
    { "[confsync]\nsync_port=1\nsync-port=2\n", 0,
      "f: line 3: sync-port is in line 2 already; values of a list are separated by commas" },
    { "[confsync]\non-change=hunter\\2\n", 0,
      "f: on-change: a backslash in a value is written as two" },
    { "[confsync]\non-change=hunter\\2\\\n", 0,
      "f: on-change: a backslash in a value is written as two" },
    { "[confsync]\nlisten=hunter\\2\n", 0,
      "f: listen: a backslash in a value is written as two" },
    { "[confsync]\nsync-key=hunter2\n", 0,
      "f: sync-key: a key stands in a file of its own, of mode 0600; name that with key-file" },
    { "[confsync]\nrate-limit-requests-per-minute=often\n", 0,
      "f: rate-limit-requests-per-minute: “often” is not a number (0 to 4294967295)" },
    { "[confsync]\nsettings-file=/x\n", 0,
      "f: settings-file: that can't be said in a file; use an argument or a variable" },
    { "[confsync]\na=\xff\n", 0, "f: it is not UTF-8" },
    { "[confsync]\na=1\0\n", 16, "f: it is not UTF-8" },
    { "\xef\xbb\xbf[confsync]\n", 0, "f: line 1: options stand below a line [confsync]" },
    { "[a]b]\n[confsync]\n", 0,
      "f: it is no key file: the name of a group or an option can't be one" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const gsize length = cases[i].length != 0 ? cases[i].length : strlen (cases[i].text);

      renew (fixture);
      g_assert_false (read_text (fixture, cases[i].text, length, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* Whatever is in a file, it is read or refused. */
static void
test_random_key_files (Fixture *fixture, gconstpointer data)
{
  const char *const parts[] = { "[confsync]\n", "[",    "]",    "listen=", "on-change", "=",
                                "\\",            ";",    ",",    "\n",      "\r\n",      "#",
                                " ",             "[de]", "\xc3\xa9", "s",   "sync_port=", "1",
                                "instance-id=",  "color=" };
  guint n_refused = 0;

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (GString) text = g_string_new (i % 3 != 0 ? "[confsync]\n" : NULL);
      g_autoptr (GError) error = NULL;

      for (gint32 n = g_test_rand_int_range (0, 12); n > 0; n--)
        g_string_append (text, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
      renew (fixture);
      if (read_text (fixture, text->str, text->len, &error))
        g_assert_no_error (error);
      else
        g_assert_nonnull (error);
      n_refused += error != NULL;
    }
  g_assert_cmpuint (n_refused, >, 500);
  g_assert_cmpuint (n_refused, <, 4900);
}

static void
test_unknown_names (Fixture *fixture, gconstpointer data)
{
  assert_text (fixture, "[confsync]\nsync-prot=1\nquack=2\n[else]\nlisten=1\nlisten=2\n");
  assert_warnings (fixture, "unknown group f: [else]; options stand in [confsync]\n"
                            "unknown option f: sync-prot; did you mean sync-port?\n"
                            "unknown option f: quack");
  assert_strings (fixture, "listen", "");
}

static void
write_key_file (Fixture *fixture, const char *name, const char *id)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = g_strdup_printf ("[confsync]\ninstance-id=%s\n", id);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  test_write_file (path, text);
}

/* The user's file, the system's, and one that is named in the place of both. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  g_autofree char *system = g_build_filename (fixture->dir, "etc", "confsync.conf", NULL);
  g_autofree char *named = g_build_filename (fixture->dir, "named.conf", NULL);
  const ConfsyncOption *settings =
      confsync_options_find (fixture->options, "settings-file");
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_node_options_read_key_files (fixture->options, NULL, system, &error));
  g_assert_true (
      confsync_node_options_read_key_files (fixture->options, fixture->path, system, &error));
  assert_string (fixture, "instance-id", NULL);
  assert_warnings (fixture, "");

  write_key_file (fixture, "etc/confsync.conf", "system\nmax-versions=7");
  write_key_file (fixture, "confsync.conf", "user");
  g_assert_true (
      confsync_node_options_read_key_files (fixture->options, fixture->path, system, &error));
  assert_string (fixture, "instance-id", "user");
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "max-versions"), ==, 7);
  g_assert_cmpint (confsync_options_get_source (fixture->options, "max-versions"), ==,
                   CONFSYNC_SOURCE_SYSTEM_KEY_FILE);

  renew (fixture);
  write_key_file (fixture, "named.conf", "named");
  g_assert_true (confsync_options_take (fixture->options, settings, CONFSYNC_SOURCE_ENVIRONMENT,
                                        "CONFSYNC_SETTINGS_FILE", named, &error));
  g_assert_true (
      confsync_node_options_read_key_files (fixture->options, fixture->path, system, &error));
  assert_string (fixture, "instance-id", "named");
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "max-versions"), ==, 100);
}

static void
test_unreadable_places (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected =
      g_strdup_printf ("%s: Error reading from file descriptor: Is a directory", fixture->dir);
  const ConfsyncOption *settings =
      confsync_options_find (fixture->options, "settings-file");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A usual file that can't be read is warned about; one that was named, refused");
  g_assert_true (
      confsync_node_options_read_key_files (fixture->options, fixture->dir, "/dev/null", &error));
  assert_warnings (fixture, expected);
  g_assert_true (confsync_options_take (fixture->options, settings, CONFSYNC_SOURCE_ENVIRONMENT,
                                        "CONFSYNC_SETTINGS_FILE", "/dev/zero", &error));
  g_assert_false (
      confsync_node_options_read_key_files (fixture->options, fixture->dir, "/dev/null", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_cmpstr (error->message, ==, "/dev/zero: options have at most 1048576 bytes");
}

static void
test_user_file (void)
{
  const struct {
    const char *const environment[3];
    const char *path;
  } cases[] = {
    { { "XDG_CONFIG_HOME=/x", "HOME=/h" }, "/x/confsync/confsync.conf" },
    { { "XDG_CONFIG_HOME=x", "HOME=/h" }, "/h/.config/confsync/confsync.conf" },
    { { "XDG_CONFIG_HOME=", "HOME=/h" }, "/h/.config/confsync/confsync.conf" },
    { { "HOME=h" }, NULL },
    { { NULL }, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = confsync_node_options_dup_user_file (cases[i].environment);

      g_assert_cmpstr (path, ==, cases[i].path);
    }
}

/* All places name an option; then the strongest leaves, one after the other. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *json = g_build_filename (fixture->dir, "options.json", NULL);
  g_autofree char *key_dir = g_build_filename (fixture->dir, "confsync", NULL);
  g_autofree char *home = g_strconcat ("XDG_CONFIG_HOME=", fixture->dir, NULL);
  g_autofree char *options_file = g_strconcat ("CONFSYNC_OPTIONS_FILE=", json, NULL);
  const char *environment[] = { home, options_file, "AICLEANER_INSTANCE_ID=seed",
                                "CONFSYNC_INSTANCE_ID=env", NULL };
  const struct {
    const char *winner;
    ConfsyncOptionSource source;
  } cases[] = {
    { "env", CONFSYNC_SOURCE_ENVIRONMENT },
    { "seed", CONFSYNC_SOURCE_SEED },
    { "key", CONFSYNC_SOURCE_KEY_FILE },
    { "json", CONFSYNC_SOURCE_FILE },
  };

  write_key_file (fixture, "confsync/confsync.conf", "key");
  test_write_file (json, "{\"instance_id\": \"json\"}");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      renew (fixture);
      confsync_node_options_read (fixture->options, environment, NULL, NULL, &error);
      g_assert_no_error (error);
      assert_string (fixture, "instance-id", cases[i].winner);
      g_assert_cmpint (confsync_options_get_source (fixture->options, "instance-id"), ==,
                       cases[i].source);
      if (i < 2)
        environment[3 - i] = NULL;
      else if (i == 2)
        test_remove_tree (key_dir);
    }
}

static gboolean
read_json (Fixture *fixture, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, error);

  return json != NULL && confsync_options_read_json (fixture->options, json, "options", error);
}

#define SEED_OPTIONS \
  "{\"sync_port\": 8765, \"peer_urls\": [], \"enable_sync_server\": false," \
  " \"rate_limit_requests_per_minute\": 60, \"rate_limit_block_duration\": 120," \
  " \"rate_limit_whitelist_local\": true}"

static void
test_seed_options (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("The seed's options are known");
  g_assert_true (read_json (fixture, SEED_OPTIONS, &error));
  g_assert_no_error (error);
  assert_warnings (fixture, "");
  g_assert_true (read_json (fixture, "{\"rate_limit_whitelist_local\": false}", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "rate-limit-requests-per-minute"),
                    ==, 60);
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "rate-limit-block-duration"), ==,
                    120);
  g_assert_false (confsync_options_get_boolean (fixture->options, "rate-limit-whitelist-local"));
}

static void
test_lenient (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Where a program's own options are among ours, only what looks like ours counts");
  confsync_options_set_lenient (fixture->options, TRUE);
  g_assert_true (read_json (fixture, "{\"gemini_token\": \"hunter2\", \"sync_prot\": 1,"
                            " \"rate_limit_block_duration\": 1,"
                            " \"rate_limit_whitelist_local\": \"yes\"}", &error));
  g_assert_no_error (error);
  assert_warnings (fixture,
                   "unknown option options: sync_prot; did you mean sync_port?");
  g_assert_false (read_json (fixture, "{\"rate_limit_block_duration\": \"x\"}", &error));
  g_assert_cmpstr (error->message, ==, "options: rate_limit_block_duration: “x” is not a number "
                   "(0 to 4294967295)");
}

#define ADD(path, function) \
  g_test_add ("/option-files/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("forms", test_forms);
  ADD ("nothing", test_nothing);
  ADD ("bad-key-files", test_bad_key_files);
  ADD ("random-key-files", test_random_key_files);
  ADD ("unknown-names", test_unknown_names);
  ADD ("places", test_places);
  ADD ("unreadable-places", test_unreadable_places);
  g_test_add_func ("/option-files/user-file", test_user_file);
  ADD ("order", test_order);
  ADD ("seed-options", test_seed_options);
  ADD ("lenient", test_lenient);

  return g_test_run ();
}

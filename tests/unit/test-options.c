/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options of `confsync run`: their places and order, their types, and what is said of what
 * isn't known.
 */

#include "config.h"

#include <string.h>

#include "confsync-option-arguments.h"
#include "confsync-option-sources-private.h"
#include "confsync-run-options.h"
#include "confsync-suggest-private.h"
#include "confsync-role.h"
#include "test-util.h"

typedef struct {
  ConfsyncOptions *options;
  char *dir;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->options = confsync_node_options_new ();
  fixture->dir = test_temp_dir ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  confsync_options_free (fixture->options);
  test_remove_tree (fixture->dir);
  g_free (fixture->dir);
}

/* Forgets what was read. */
static void
renew (Fixture *fixture)
{
  confsync_options_free (fixture->options);
  fixture->options = confsync_node_options_new ();
}

/* @line: the arguments after `run`, separated by single spaces */
static gboolean
read_all (Fixture *fixture, const char *line, const char *const *environment, GError **error)
{
  static const char *const nothing[] = { NULL };
  g_autofree char *whole = g_strconcat ("run ", line, NULL);
  g_auto (GStrv) argv = g_strsplit (whole, " ", -1);
  gboolean help = FALSE;

  return confsync_run_options_read (fixture->options, (int) g_strv_length (argv), argv,
                                    environment != NULL ? environment : nothing, &help, error);
}

static void
assert_read (Fixture *fixture, const char *line, const char *const *environment)
{
  g_autoptr (GError) error = NULL;

  read_all (fixture, line, environment, &error);
  g_assert_no_error (error);
}

static void
assert_refused (Fixture *fixture,
                const char *line,
                const char *const *environment,
                const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (read_all (fixture, line, environment, &error));
  g_assert_cmpstr (error->message, ==, message);
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
assert_listener (Fixture *fixture, const char *address)
{
  g_autofree char *got = confsync_run_options_dup_listener (fixture->options);

  g_assert_cmpstr (got, ==, address);
}

/* Returns: (transfer full): an argument that names an options file with @text */
static char *
options_file (Fixture *fixture, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->dir, "options.json", NULL);

  test_write_file (path, text);
  return g_strconcat ("a.json --options-file=", path, NULL);
}

static void
test_forms (Fixture *fixture, gconstpointer data)
{
  assert_read (fixture, "-l 1 -l2 --listen=3 --listen 4,5 -p x --peer y --peer-urls=z,,w "
               "--enable-sync-server --max-versions=0 -- -file.json", NULL);
  assert_strings (fixture, "listen", "1 2 3 4 5");
  assert_strings (fixture, "peer-urls", "x y z w");
  g_assert_true (confsync_options_get_boolean (fixture->options, "enable-sync-server"));
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "max-versions"), ==, 0);
  assert_string (fixture, "config-path", "-file.json");
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base_dir = NULL;

  assert_read (fixture, "dir/a.json", NULL);
  assert_listener (fixture, NULL);
  assert_strings (fixture, "listen", "");
  g_assert_cmpstr (confsync_node_options_get_resolver (fixture->options), ==, "lww");
  g_assert_cmpuint (confsync_options_get_uint (fixture->options, "max-versions"), ==, 100);
  base_dir = confsync_run_options_dup_base_dir (fixture->options);
  g_assert_cmpstr (base_dir, ==, "dir");
}

static void
test_manners (Fixture *fixture, gconstpointer data)
{
  const char *const environment[] = { "CONFSYNC_ROLE=Receive-Only", "CONFSYNC_LOCAL_KEYS=/id,/keys",
                                      "CONFSYNC_JOIN=keep", NULL };

  g_test_summary ("How a document is kept, from each place");
  assert_read (fixture, "a.json", NULL);
  g_assert_cmpuint (confsync_options_get_choice (fixture->options, "role"), ==,
                    CONFSYNC_ROLE_BOTH);
  g_assert_cmpuint (confsync_options_get_choice (fixture->options, "join"), ==,
                    CONFSYNC_JOIN_ADOPT);
  assert_strings (fixture, "local-keys", "");
  assert_strings (fixture, "resolver-for", "");
  renew (fixture);
  assert_read (fixture, "a.json --join ask --resolver-for /a=lww --resolver-for /b=merge,/c=manual",
               environment);
  g_assert_cmpuint (confsync_options_get_choice (fixture->options, "role"), ==,
                    CONFSYNC_ROLE_RECEIVE_ONLY);
  g_assert_cmpuint (confsync_options_get_choice (fixture->options, "join"), ==,
                    CONFSYNC_JOIN_ASK);
  assert_strings (fixture, "local-keys", "/id /keys");
  assert_strings (fixture, "resolver-for", "/a=lww /b=merge /c=manual");
}

static void
test_manners_in_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = options_file (
    fixture, "{\"role\": \"send-only\", \"resolver_for\": [\"/a=lww\", \"/b=merge\"],"
             " \"local_keys\": [\"/id\"]}");

  assert_read (fixture, line, NULL);
  g_assert_cmpuint (confsync_options_get_choice (fixture->options, "role"), ==,
                    CONFSYNC_ROLE_SEND_ONLY);
  assert_strings (fixture, "resolver-for", "/a=lww /b=merge");
  assert_strings (fixture, "local-keys", "/id");
}

static void
test_aliases (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base_dir = NULL;

  assert_read (fixture, "--config-path a.json --config-base-dir b --resolver last_write_wins",
               NULL);
  assert_string (fixture, "config-path", "a.json");
  base_dir = confsync_run_options_dup_base_dir (fixture->options);
  g_assert_cmpstr (base_dir, ==, "b");
  g_assert_cmpstr (confsync_node_options_get_resolver (fixture->options), ==, "lww");
}

/* All four places name an option; then the strongest leaves, one after the other. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = options_file (fixture, "{\"instance_id\": \"file\"}");
  g_autofree char *typed = g_strconcat (file, " --instance-id=typed", NULL);
  const char *const all[] = { "AICLEANER_INSTANCE_ID=seed", "CONFSYNC_INSTANCE_ID=env", NULL };
  const char *const seed[] = { "AICLEANER_INSTANCE_ID=seed", "CONFSYNC_INSTANCE_ID=", NULL };

  const struct {
    const char *line;
    const char *const *environment;
    const char *winner;
    ConfsyncOptionSource source;
  } cases[] = {
    { typed, all, "typed", CONFSYNC_SOURCE_COMMAND_LINE },
    { file, all, "env", CONFSYNC_SOURCE_ENVIRONMENT },
    { file, seed, "seed", CONFSYNC_SOURCE_SEED },
    { file, NULL, "file", CONFSYNC_SOURCE_FILE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      renew (fixture);
      assert_read (fixture, cases[i].line, cases[i].environment);
      assert_string (fixture, "instance-id", cases[i].winner);
      g_assert_cmpint (confsync_options_get_source (fixture->options, "instance-id"), ==,
                       cases[i].source);
    }
}

static void
test_lists_of_places (Fixture *fixture, gconstpointer data)
{
  const char *const environment[] = { "AICLEANER_SYNC_PEERS=ws://s1,ws://s2",
                                      "CONFSYNC_PEER=ws://e1", "CONFSYNC_LISTEN=1, 2", NULL };

  g_test_summary ("A stronger place replaces the whole list of a weaker one");
  assert_read (fixture, "a.json", environment);
  assert_strings (fixture, "peer-urls", "ws://e1");
  assert_strings (fixture, "listen", "1 2");
}

static void
test_seed_names (Fixture *fixture, gconstpointer data)
{
  const char *const environment[] = { "AICLEANER_SYNC_PORT=9000",
                                      "AICLEANER_SYNC_PEERS=ws://p1:8765/sync,ws://p2:8765/sync",
                                      "AICLEANER_SYNC_ENABLE_SERVER=true",
                                      "AICLEANER_INSTANCE_ID=instance_001",
                                      "AICLEANER_LOG_LEVEL=DEBUG", NULL };

  assert_read (fixture, "a.json", environment);
  assert_listener (fixture, "127.0.0.1:9000");
  assert_strings (fixture, "peer-urls", "ws://p1:8765/sync ws://p2:8765/sync");
  assert_string (fixture, "instance-id", "instance_001");
  assert_string (fixture, "log-level", "debug");
}

static void
test_options_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = options_file (
      fixture, "{\"sync_port\": 9001, \"peer_urls\": [\"ws://a\", \"ws://b\"], \"bind\": null,"
               " \"enable_sync_server\": true, \"instance_id\": \"\", \"log_level\": \"INFO\"}");

  assert_read (fixture, file, NULL);
  assert_listener (fixture, "127.0.0.1:9001");
  assert_strings (fixture, "peer-urls", "ws://a ws://b");
  assert_string (fixture, "instance-id", NULL);
}

static void
test_bad_options_file (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *text;
    const char *end; /* of the message, after the path */
  } cases[] = {
    { "{\"sync_port\": 70000}", ": sync_port: “70000” is not a port (1 to 65535)" },
    { "{\"sync_port\": 8765.5}", ": sync_port: “8765.5” is not a port (1 to 65535)" },
    { "{\"sync_port\": {}}", ": sync_port: it takes a plain value, no array or object" },
    { "{\"peer_urls\": [[]]}", ": peer_urls: it takes a plain value, no array or object" },
    { "{\"enable_sync_server\": \"maybe\"}",
      ": enable_sync_server: “maybe” is not true or false" },
    { "{\"rate_limit_block_duration\": -1}",
      ": rate_limit_block_duration: “-1” is not a number (0 to 4294967295)" },
    { "[]", ": options are the members of a JSON object, and this is none" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *file = options_file (fixture, cases[i].text);
      g_autofree char *message = g_strconcat (strchr (file, '=') + 1, cases[i].end, NULL);

      renew (fixture);
      assert_refused (fixture, file, NULL, message);
    }
}

/* The strict reader's own words are its own test's business; here is that they name the file. */
static void
test_broken_options_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = options_file (fixture, "{\n  \"sync_port\": 1,\n}");
  g_autofree char *start = g_strconcat (strchr (file, '=') + 1, ": ", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (read_all (fixture, file, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
  g_assert_true (g_str_has_prefix (error->message, start));
  g_assert_nonnull (strstr (error->message, "line 3"));
}

static void
test_missing_options_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = g_strdup_printf ("a.json --options-file=%s/none.json", fixture->dir);
  g_autoptr (GError) error = NULL;

  g_assert_false (read_all (fixture, line, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "none.json"));
}

static void
test_bad_arguments (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *line, *message;
  } cases[] = {
    { "a.json --lisen=1", "unknown option --lisen; did you mean --listen?" },
    { "a.json --quack", "unknown option --quack; --help lists them" },
    { "a.json -x", "unknown option -x; --help lists them" },
    { "a.json b.json", "“b.json” is one argument too many" },
    { "a.json --sync-port=0", "--sync-port: “0” is not a port (1 to 65535)" },
    { "a.json --sync-port=65536", "--sync-port: “65536” is not a port (1 to 65535)" },
    { "a.json --sync-port=80x", "--sync-port: “80x” is not a port (1 to 65535)" },
    { "a.json --max-versions=-1", "--max-versions: “-1” is not a number (0 to 4294967295)" },
    { "a.json --confirm-timeout=soon",
      "--confirm-timeout: “soon” is not a duration, such as 30s, 500ms or 5m" },
    { "a.json --confirm-timeout=-1s",
      "--confirm-timeout: “-1s” is not a duration, such as 30s, 500ms or 5m" },
    { "a.json --confirm-timeout=1h30m",
      "--confirm-timeout: “1h30m” is not a duration, such as 30s, 500ms or 5m" },
    { "a.json --confirm-timeout=600h",
      "--confirm-timeout: “600h” is not a duration, such as 30s, 500ms or 5m" },
    { "a.json --confirm-scope=all", "--confirm-scope: “all” is not fleet|local" },
    { "a.json --color=pink", "--color: “pink” is not auto|always|never" },
    { "a.json --instance-id=", "--instance-id: “” is not a value: it is empty" },
    { "a.json -l", "-l: ADDRESS is missing" },
    { "--color=never", "which file? Name one: confsync run FILE" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      renew (fixture);
      assert_refused (fixture, cases[i].line, NULL, cases[i].message);
    }
}

static void
test_durations (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *line;
    guint ms;
  } cases[] = {
    { "a.json", 0 },
    { "a.json --confirm-timeout=30s", 30000 },
    { "a.json --confirm-timeout=30", 30000 },
    { "a.json --confirm-timeout=250ms", 250 },
    { "a.json --confirm-timeout=5m", 300000 },
    { "a.json --confirm-timeout=2h", 7200000 },
    { "a.json --confirm-timeout=0", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      renew (fixture);
      g_assert_true (read_all (fixture, cases[i].line, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (confsync_options_get_duration (fixture->options, "confirm-timeout"), ==,
                        cases[i].ms);
    }
}

static void
test_bad_variables (Fixture *fixture, gconstpointer data)
{
  const char *const port[] = { "CONFSYNC_SYNC_PORT=x", NULL };
  const char *const seed[] = { "AICLEANER_SYNC_PORT=x", NULL };

  assert_refused (fixture, "a.json", port, "CONFSYNC_SYNC_PORT: “x” is not a port (1 to 65535)");
  renew (fixture);
  assert_refused (fixture, "a.json", seed, "AICLEANER_SYNC_PORT: “x” is not a port (1 to 65535)");
}

static void
test_unknown_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = options_file (fixture, "{\"sync_prot\": 1, \"gemini\": \"x\"}");
  const char *const environment[] = { "CONFSYNC_PLUGIN_PATH=/x", "CONFSYNC_WATCHER=poll",
                                      "CONFSYNC_DOCUMENT=a",     "CONFSYNC_HASH=b",
                                      "CONFSYNC_AUTHOR=c",       "CONFSYNC_PEER_URL=ws://x",
                                      "CONFSYNC_QUACK=1",        "OTHER=1", NULL };
  g_auto (GStrv) warnings = NULL;
  g_autofree char *joined = NULL;
  g_autofree char *expected = NULL;
  const char *path = strchr (file, '=') + 1;

  assert_read (fixture, file, environment);
  warnings = confsync_options_dup_warnings (fixture->options);
  joined = g_strjoinv ("\n", warnings);
  expected = g_strdup_printf ("unknown variable CONFSYNC_PEER_URL in the environment; did you mean "
                              "CONFSYNC_PEER_URLS?\n"
                              "unknown variable CONFSYNC_QUACK in the environment\n"
                              "unknown option %s: sync_prot; did you mean sync_port?\n"
                              "unknown option %s: gemini",
                              path, path);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_listener (Fixture *fixture, gconstpointer data)
{
  const char *const port[] = { "AICLEANER_SYNC_PORT=9000", NULL };
  const char *const off[] = { "AICLEANER_SYNC_ENABLE_SERVER=no", NULL };
  const struct {
    const char *line;
    const char *const *environment;
    const char *address;
    guint n_warnings;
  } cases[] = {
    { "a.json", NULL, NULL, 0 },
    { "a.json --enable-sync-server", NULL, "127.0.0.1:8765", 0 },
    { "a.json --enable-sync-server=false --sync-port=1", NULL, NULL, 0 },
    { "a.json --sync-port=1", NULL, "127.0.0.1:1", 0 },
    { "a.json --bind=192.168.1.2", NULL, "192.168.1.2:8765", 0 },
    { "a.json --bind=::1", NULL, "[::1]:8765", 0 },
    { "a.json", port, NULL, 1 },
    { "a.json --enable-sync-server", port, "127.0.0.1:9000", 0 },
    { "a.json --sync-port=1", off, NULL, 0 },
  };

  g_test_summary ("The switch decides; without it, a port or host on the command line is enough");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) warnings = NULL;

      renew (fixture);
      assert_read (fixture, cases[i].line, cases[i].environment);
      assert_listener (fixture, cases[i].address);
      warnings = confsync_options_dup_warnings (fixture->options);
      g_assert_cmpuint (g_strv_length (warnings), ==, cases[i].n_warnings);
    }
}

/* A table like those of the commands that take several arguments. */
static const ConfsyncOption several[] = {
  { .name = "pointer",
    .type = CONFSYNC_OPTION_TEXT,
    .argument = "POINTER",
    .positional = TRUE,
    .arguments_only = TRUE },
  { .name = "value",
    .type = CONFSYNC_OPTION_TEXT,
    .argument = "VALUE",
    .positional = TRUE,
    .arguments_only = TRUE },
  { .name = "force", .type = CONFSYNC_OPTION_BOOLEAN, .letter = 'f', .arguments_only = TRUE },
  { .name = "color", .type = CONFSYNC_OPTION_STRING },
  { NULL },
};

static void
test_several_arguments (void)
{
  const struct {
    const char *const argv[6];
    const char *pointer, *value, *error;
  } cases[] = {
    { { "set", "", "-5", "-f" }, "", "-5", NULL },
    { { "set", "-f", "/a" }, "/a", NULL, NULL },
    { { "set", "--value", "1", "/a" }, "/a", "1", NULL },
    { { "set", "--", "/a", "-x" }, "/a", "-x", NULL },
    { { "set", "/a", "1", "2" }, "/a", "1", "“2” is one argument too many" },
    { { "set", "/a", "1", "-2" }, "/a", "1", "unknown option -2; --help lists them" },
    { { "set", "/a", "-x" }, "/a", NULL, "unknown option -x; --help lists them" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncOptions) options = confsync_options_new (several);
      g_autoptr (GError) error = NULL;
      gboolean help;

      confsync_options_read_arguments (options, (int) g_strv_length ((GStrv) cases[i].argv),
                                       (char **) cases[i].argv, &help, &error);
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, cases[i].error);
      g_assert_cmpstr (confsync_options_get_string (options, "pointer"), ==, cases[i].pointer);
      g_assert_cmpstr (confsync_options_get_string (options, "value"), ==, cases[i].value);
    }
}

static void
test_known_variables (void)
{
  const char *const environment[] = { "CONFSYNC_COLOR=always", "CONFSYNC_FORCE=true",
                                      "CONFSYNC_POINTER=/a", "CONFSYNC_ELSE=1", NULL };
  g_autoptr (ConfsyncOptions) options = confsync_options_new (several);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) warnings = NULL;

  g_test_summary ("What one call is about doesn't come from the environment");
  g_assert_true (confsync_options_read_known_variables (options, environment, &error));
  g_assert_cmpstr (confsync_options_get_string (options, "color"), ==, "always");
  g_assert_false (confsync_options_get_boolean (options, "force"));
  g_assert_cmpstr (confsync_options_get_string (options, "pointer"), ==, NULL);
  warnings = confsync_options_dup_warnings (options);
  g_assert_cmpuint (g_strv_length (warnings), ==, 0);
}

static void
test_suggest (void)
{
  const char *const names[] = { "run", "help", "versions", NULL };
  g_autofree char *endless = g_strnfill (100000, 'r');

  g_assert_cmpstr (confsync_suggest ("rnu", names), ==, "run");
  g_assert_cmpstr (confsync_suggest ("rum", names), ==, "run");
  g_assert_cmpstr (confsync_suggest ("verisons", names), ==, "versions");
  g_assert_cmpstr (confsync_suggest ("hlep", names), ==, "help");
  g_assert_cmpstr (confsync_suggest ("completely", names), ==, NULL);
  g_assert_cmpstr (confsync_suggest (endless, names), ==, NULL);
}

#define ADD(path, function) \
  g_test_add ("/options/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("forms", test_forms);
  ADD ("defaults", test_defaults);
  ADD ("manners", test_manners);
  ADD ("manners-in-file", test_manners_in_file);
  ADD ("aliases", test_aliases);
  ADD ("order", test_order);
  ADD ("lists-of-places", test_lists_of_places);
  ADD ("seed-names", test_seed_names);
  ADD ("file", test_options_file);
  ADD ("bad-file", test_bad_options_file);
  ADD ("broken-file", test_broken_options_file);
  ADD ("missing-file", test_missing_options_file);
  ADD ("bad-arguments", test_bad_arguments);
  ADD ("durations", test_durations);
  ADD ("bad-variables", test_bad_variables);
  ADD ("unknown-names", test_unknown_names);
  ADD ("listener", test_listener);
  g_test_add_func ("/options/several-arguments", test_several_arguments);
  g_test_add_func ("/options/known-variables", test_known_variables);
  g_test_add_func ("/options/suggest", test_suggest);

  return g_test_run ();
}

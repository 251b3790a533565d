/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Good and broken plugins, each test in a process of its own: the registry never forgets.
 */

#include <confsync.h>
#include <glib/gstdio.h>

#define SUBPROCESS_TIMEOUT_US (30 * G_USEC_PER_SEC)

/* Says TRUE in the parent, once the child that runs the rest of the test has passed. */
static gboolean
ran_in_child (void)
{
  if (g_test_subprocess ())
    return FALSE;

  g_test_trap_subprocess (NULL, SUBPROCESS_TIMEOUT_US, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  return TRUE;
}

static void
assert_not_found (const char *name, const char *because)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, name, &error), ==,
                    G_TYPE_INVALID);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, name));
  if (because != NULL)
    g_assert_nonnull (strstr (error->message, because));
}

/* Asserts exactly one problem of that file, with that reason. */
static void
assert_problem (const char *file, const char *because)
{
  g_auto (GStrv) problems = confsync_registry_list_problems ();
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "unit", "plugins", file, NULL);
  g_autofree char *start = g_strconcat (path, ": ", NULL);
  guint found = 0;

  for (guint i = 0; problems[i] != NULL; i++)
    if (g_str_has_prefix (problems[i], start) && strstr (problems[i], because) != NULL)
      found++;
  g_assert_cmpuint (found, ==, 1);
}

typedef struct
{
  const char *name;
  const char *file; /* of which the problem is */
  const char *because;
} Broken;

static const Broken broken[] = {
  { "bare", "bare.so", "no symbol confsync_plugin" },
  { "old", "old.so", "built for plugin interface 0" },
  { "failing", "failing.so", "the fixture fails on purpose" },
  { "mute", "mute.so", "no reason" },
  { "wrong-type", "wrong-type.so", "GObject is no class that implements ConfsyncTransport" },
  { "missing", "missing.so", "cannot open shared object file" },
  { "no-module", "no-module.plugin", "Module" },
  { "folder", "folder.plugin", "without a folder" },
};

static void
test_broken (gconstpointer data)
{
  const Broken *plugin = data;

  g_test_summary ("A broken plugin is no crash: its name is not found, and the reason is listed");

  if (ran_in_child ())
    return;

  assert_not_found (plugin->name, plugin->because);
  assert_problem (plugin->file, plugin->because);
}

static void
test_broken_twice (void)
{
  g_test_summary ("Asking again gives the same answer and lists the reason once");

  if (ran_in_child ())
    return;

  for (guint i = 0; i < 2; i++)
    {
      assert_not_found ("failing", "on purpose");
      assert_not_found ("bare", "no symbol");
    }
  assert_problem ("failing.so", "on purpose");
  assert_problem ("bare.so", "no symbol");
}

static void
test_lazy (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;
  GType type;

  g_test_summary ("A module is loaded when one of its names is first asked for, not before");

  if (ran_in_child ())
    return;

  assert_not_found ("nobody-has-this", NULL);
  g_assert_cmpuint (g_type_from_name ("FixtureGood"), ==, 0);

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "good", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_type_name (type), ==, "FixtureGood");
  g_assert_cmpuint (confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "also-good", NULL), ==, type);

  names = confsync_registry_list (CONFSYNC_TYPE_TRANSPORT);
  g_assert_cmpstrv (names, ((const char *const[]) { "also-good", "good", NULL }));
}

static void
test_taken (void)
{
  g_autoptr (GError) error = NULL;
  GType type;

  g_test_summary ("A name stays with the class that had it first");

  if (ran_in_child ())
    return;

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "good", &error);
  g_assert_no_error (error);
  assert_not_found ("taken", "belongs to FixtureGood already");
  assert_problem ("taken.so", "belongs to FixtureGood already");
  g_assert_cmpuint (confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "good", NULL), ==, type);
}

static void
test_promise (void)
{
  g_test_summary ("A plugin that loads but doesn't bring the name it promised is not found");

  if (ran_in_child ())
    return;

  assert_not_found ("foreign", NULL);
}

static void
test_load_file (void)
{
  g_autofree char *good = g_test_build_filename (G_TEST_BUILT, "unit", "plugins", "good.so", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file can be loaded by its path, twice without harm; a missing one says so");

  if (ran_in_child ())
    return;

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (confsync_registry_load_file (good, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpuint (g_type_from_name ("FixtureGood"), !=, 0);

  g_assert_false (confsync_registry_load_file ("/nonexistent/plugin.so", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, "/nonexistent/plugin.so"));
}

static void
test_relative_path (void)
{
  g_test_summary ("A relative folder in the variable is not searched");

  if (ran_in_child ())
    return;

  g_assert_true (g_setenv ("CONFSYNC_PLUGIN_PATH", "unit/plugins", TRUE));
  g_assert_no_errno (g_chdir (g_test_get_dir (G_TEST_BUILT)));
  assert_not_found ("good", NULL);
  g_assert_cmpuint (g_type_from_name ("FixtureGood"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;

  g_test_init (&argc, &argv, NULL);
  folder = g_test_build_filename (G_TEST_BUILT, "unit", "plugins", NULL);
  g_setenv ("CONFSYNC_PLUGIN_PATH", folder, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autofree char *path = g_strconcat ("/registry/broken/", broken[i].name, NULL);

      g_test_add_data_func (path, &broken[i], test_broken);
    }
  g_test_add_func ("/registry/broken-twice", test_broken_twice);
  g_test_add_func ("/registry/lazy", test_lazy);
  g_test_add_func ("/registry/taken", test_taken);
  g_test_add_func ("/registry/promise", test_promise);
  g_test_add_func ("/registry/load-file", test_load_file);
  g_test_add_func ("/registry/relative-path", test_relative_path);
  return g_test_run ();
}

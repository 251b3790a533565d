/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The past over the socket: going back, putting back, and who changed a value; and what each of
 * them refuses.
 */

#include "config.h"

#include "control-fixture.h"

#define CONTENT "{'a':1,'zones':{'hall':{'on':true}}}"

static void
set_up (Control *self, gconstpointer data)
{
  control_set_up (self, data);
}

static GVariant *
edit (const char *first, const char *json)
{
  return g_variant_new ("(ssu)", first, json, 0);
}

/* The name of the @nth version (transfer full), the newest first. */
static char *
dup_name (GDBusConnection *client, guint nth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ListVersions", NULL, &error);
  g_autoptr (GVariant) list = NULL, dict = NULL;
  char *name;
  guint64 size;

  g_assert_no_error (error);
  list = g_variant_get_child_value (values, 0);
  g_assert_cmpuint (nth, <, g_variant_n_children (list));
  dict = g_variant_get_child_value (list, nth);
  g_assert_true (g_variant_lookup (dict, "name", "s", &name));
  g_assert_true (g_variant_lookup (dict, "size", "t", &size));
  g_assert_cmpuint (size, >, 0);
  return name;
}

static void
assert_newest_cause (GDBusConnection *client, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ListVersions", NULL, &error);
  g_autoptr (GVariant) list = NULL, dict = NULL;
  const char *cause;

  g_assert_no_error (error);
  list = g_variant_get_child_value (values, 0);
  dict = g_variant_get_child_value (list, 0);
  g_assert_true (g_variant_lookup (dict, "cause", "&s", &cause));
  g_assert_cmpstr (cause, ==, expected);
}

static void
test_rollback (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *set = control_ask (client, "SetValue", edit ("/a", "2"));
  g_autofree char *first = dup_name (client, 1), *hash = NULL, *now = NULL, *again = NULL;

  hash = control_ask (client, "Rollback", g_variant_new ("(su)", first, 0));
  g_object_get (self->a->manager, "hash", &now, NULL);
  g_assert_cmpstr (hash, ==, now);
  g_assert_cmpstr (hash, !=, set);
  instance_assert_live (self->a, CONTENT);
  assert_newest_cause (client, "rollback");
  again = control_ask (client, "Rollback", g_variant_new ("(su)", first, 0));
  g_assert_cmpstr (again, ==, hash);
}

static void
test_rollback_refused (Control *self, gconstpointer data)
{
  const char *const names[] = { "../a.json", "/etc/passwd", "", ".", "config_20240101120000.json/x",
                                "config_20240101120000.json", "\x01\x7f",
                                "%2e%2e/a.json", "config_20240101120000.json%00",
                                "config_20240101120000_0000000.json" };
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *cleared = NULL, *empty = NULL, *back = NULL, *newest = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    control_refuse (client, "Rollback", g_variant_new ("(su)", names[i], 0),
                    CONFSYNC_ERROR_NOT_FOUND, "version");
  newest = dup_name (client, 0);
  values = control_call (client, "Rollback", g_variant_new ("(su)", newest, 2), &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  cleared = control_ask (client, "SetValue",
                         g_variant_new ("(ssu)", "", "{}", CONFSYNC_EDIT_ALLOW_EMPTY));
  empty = dup_name (client, 0);
  back = control_ask (client, "Rollback", g_variant_new ("(su)", newest, 0));
  control_refuse (client, "Rollback", g_variant_new ("(su)", empty, 0), CONFSYNC_ERROR_EMPTY,
                  "ALLOW_EMPTY");
  instance_assert_live (self->a, CONTENT);
}

static gboolean
restore (GDBusConnection *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "Restore", NULL, &error);
  gboolean restored;

  g_assert_no_error (error);
  g_variant_get (values, "(b)", &restored);
  return restored;
}

static void
test_restore (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);

  g_assert_false (restore (client));
  instance_edit (self->a, NULL);
  g_assert_true (restore (client));
  instance_assert_live (self->a, CONTENT);
  g_assert_false (restore (client));
}

/* "pointer: cause exact before → since" */
static void
assert_explained (GDBusConnection *client, const char *pointer, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values =
    control_call (client, "Explain", g_variant_new ("(s)", pointer), &error);
  g_autoptr (GVariant) dict = NULL, since = NULL, before = NULL;
  const char *now = "nothing", *old = "nothing", *cause, *author;
  g_autofree char *text = NULL;
  gboolean exact;
  gint64 time;

  g_assert_no_error (error);
  dict = g_variant_get_child_value (values, 0);
  since = g_variant_lookup_value (dict, "since", G_VARIANT_TYPE_VARDICT);
  before = g_variant_lookup_value (dict, "before", G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (since);
  g_variant_lookup (since, "value", "&s", &now);
  g_assert_true (g_variant_lookup (since, "cause", "&s", &cause));
  g_assert_true (g_variant_lookup (since, "author", "&s", &author));
  g_assert_true (g_variant_lookup (since, "time", "x", &time));
  g_assert_cmpstr (author, ==, "a");
  g_assert_cmpint (time, >, 0);
  if (before != NULL)
    g_variant_lookup (before, "value", "&s", &old);
  g_assert_true (g_variant_lookup (dict, "exact", "b", &exact));
  text = g_strdup_printf ("%s %s %s → %s", cause, exact ? "exact" : "or before", old, now);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_explain (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *first = dup_name (client, 0), *set = NULL, *moved = NULL, *back = NULL;

  set = control_ask (client, "SetValue", edit ("/a", "2.0"));
  moved = control_ask (client, "SetValue", edit ("/zones", "{\"attic\":{}}"));
  assert_explained (client, "/a", "edit exact 1 → 2.0");
  assert_explained (client, "/zones/hall/on", "edit exact true → nothing");
  assert_explained (client, "/zones", "edit exact {\"hall\":{\"on\":true}} → {\"attic\":{}}");
  back = control_ask (client, "Rollback", g_variant_new ("(su)", first, 0));
  assert_explained (client, "/a", "rollback exact 2.0 → 1");
  control_refuse (client, "Explain", g_variant_new ("(s)", "/none"), CONFSYNC_ERROR_NOT_FOUND,
                  "/none");
  control_refuse (client, "Explain", g_variant_new ("(s)", "a"), CONFSYNC_ERROR_INVALID_POINTER,
                  "a");
  control_refuse (client, "Explain", g_variant_new ("(s)", "/~7"),
                  CONFSYNC_ERROR_INVALID_POINTER, "~");
}

/* Before there is a configuration, and after the end. */
static void
test_nothing (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);

  control_refuse (client, "Restore", NULL, CONFSYNC_ERROR_NOT_FOUND, "no configuration yet");
  control_refuse (client, "Explain", g_variant_new ("(s)", "/a"), CONFSYNC_ERROR_NOT_FOUND, "/a");
  control_refuse (client, "Rollback", g_variant_new ("(su)", "config_20240101120000.json", 0),
                  CONFSYNC_ERROR_NOT_FOUND, "version");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD(name, text, function)                                                                  \
  g_test_add ("/control-past/" name, Control, text, set_up, function, control_tear_down)
  ADD ("rollback", CONTENT, test_rollback);
  ADD ("rollback/refused", CONTENT, test_rollback_refused);
  ADD ("restore", CONTENT, test_restore);
  ADD ("explain", CONTENT, test_explain);
  ADD ("nothing", NULL, test_nothing);
  result = g_test_run ();
  control_finish ();
  return result;
}

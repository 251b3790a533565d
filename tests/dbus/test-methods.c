/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Each method of a document over the socket: what it does, and what it refuses.
 */

#include "config.h"

#include "control-fixture.h"

#include <string.h>

#define CONTENT "{'a':1,'list':[1,2],'n':1.0,'zones':{'hall':{'on':true}}}"

static void
set_up (Control *self, gconstpointer data)
{
  control_set_up (self, data);
}

static GVariant *
edit (const char *first, const char *json, guint flags)
{
  return g_variant_new ("(ssu)", first, json, flags);
}

static void
test_get_value (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *member = control_ask (client, "GetValue", g_variant_new ("(s)", "/zones/hall"));
  g_autofree char *number = control_ask (client, "GetValue", g_variant_new ("(s)", "/n"));
  g_autofree char *whole = control_ask (client, "GetValue", g_variant_new ("(s)", ""));

  g_assert_cmpstr (member, ==, "{\"on\":true}");
  g_assert_cmpstr (number, ==, "1.0");
  test_assert_contains (whole, "\"list\":[1,2]");
  control_refuse (client, "GetValue", g_variant_new ("(s)", "/zones/attic"),
                  CONFSYNC_ERROR_NOT_FOUND, "no member \"attic\"");
  control_refuse (client, "GetValue", g_variant_new ("(s)", "zones"),
                  CONFSYNC_ERROR_INVALID_POINTER, "zones");
}

static void
test_get_document (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "GetDocument", NULL, &error);
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (self->a->manager);
  g_autoptr (ConfsyncDocument) read = NULL;
  const char *json, *hash;

  g_assert_no_error (error);
  g_variant_get (values, "(&s&s)", &json, &hash);
  g_assert_cmpstr (hash, ==, confsync_document_get_hash (document));
  read = test_document (json);
  g_assert_true (confsync_document_equal (read, document));
}

static void
test_set_value (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *replaced = control_ask (client, "SetValue", edit ("/list/0", "\"x\"", 0));
  g_autofree char *added = control_ask (client, "SetValue", edit ("/list/-", "3e2", 0));
  g_autofree char *deep = control_ask (client, "SetValue", edit ("/zones/attic", "{}", 0));
  g_autofree char *hash = NULL;

  g_object_get (self->a->manager, "hash", &hash, NULL);
  g_assert_cmpstr (deep, ==, hash);
  g_assert_cmpstr (replaced, !=, added);
  instance_assert_live (self->a, "{'a':1,'list':['x',2,300.0],'n':1.0,"
                                 "'zones':{'attic':{},'hall':{'on':true}}}");
}

static void
test_set_value_refused (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autofree char *cleared = NULL;

  control_refuse (client, "SetValue", edit ("/none/x", "1", 0), CONFSYNC_ERROR_INVALID_PATCH,
                  "no member \"none\"");
  control_refuse (client, "SetValue", edit ("/list/7", "1", 0), CONFSYNC_ERROR_INVALID_PATCH,
                  "2 elements");
  control_refuse (client, "SetValue", edit ("list", "1", 0), CONFSYNC_ERROR_INVALID_POINTER,
                  "list");
  control_refuse (client, "SetValue", edit ("/a", "{'a':1}", 0), CONFSYNC_ERROR_INVALID_JSON,
                  "line 1");
  control_refuse (client, "SetValue", edit ("/a", "", 0), CONFSYNC_ERROR_INVALID_JSON, "line 1");
  /* what is no text of anything, however it is spelled */
  control_refuse (client, "SetValue", edit ("/a", "\"\\ud800\"", 0), CONFSYNC_ERROR_INVALID_JSON,
                  "surrogate");
  control_refuse (client, "SetValue", edit ("", "[]", 0), CONFSYNC_ERROR_INVALID_DOCUMENT,
                  "object");
  control_refuse (client, "SetValue", edit ("", "{}", 0), CONFSYNC_ERROR_EMPTY, "ALLOW_EMPTY");
  values = control_call (client, "SetValue", edit ("/a", "2", 2), &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  instance_assert_live (self->a, CONTENT);

  cleared = control_ask (client, "SetValue", edit ("", "{}", CONFSYNC_EDIT_ALLOW_EMPTY));
  g_assert_cmpuint (strlen (cleared), ==, 64);
  instance_assert_live (self->a, "{}");
}

static void
test_replace (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *before = NULL, *after = NULL, *again = NULL;

  g_object_get (self->a->manager, "hash", &before, NULL);
  after = control_ask (client, "Replace", edit (before, "{\"v\":1}", 0));
  instance_assert_live (self->a, "{'v':1}");
  control_refuse (client, "Replace", edit (before, "{\"v\":2}", 0), CONFSYNC_ERROR_CONFLICT,
                  after);
  control_refuse (client, "Replace", edit ("nonsense", "{\"v\":2}", 0), CONFSYNC_ERROR_CONFLICT,
                  after);
  control_refuse (client, "Replace", edit (after, "{\"v\":2", 0), CONFSYNC_ERROR_INVALID_JSON,
                  "line 1");
  control_refuse (client, "Replace", edit (after, "7", 0), CONFSYNC_ERROR_INVALID_DOCUMENT,
                  "object");
  control_refuse (client, "Replace", edit (after, "{}", 0), CONFSYNC_ERROR_EMPTY, "ALLOW_EMPTY");
  instance_assert_live (self->a, "{'v':1}");
  again = control_ask (client, "Replace", edit ("", "{\"v\":3}", 0));
  instance_assert_live (self->a, "{'v':3}");
}

static void
test_patch (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *hash = control_ask (
    client, "Patch",
    g_variant_new ("(su)", "[{\"op\":\"remove\",\"path\":\"/list\"},{\"op\":\"replace\","
                           "\"path\":\"/a\",\"value\":9223372036854775807}]",
                   0));

  g_assert_cmpuint (strlen (hash), ==, 64);
  instance_assert_live (self->a, "{'a':9223372036854775807,'n':1.0,'zones':{'hall':{'on':true}}}");
  control_refuse (client, "Patch",
                  g_variant_new ("(su)", "[{\"op\":\"remove\",\"path\":\"/none\"}]", 0),
                  CONFSYNC_ERROR_INVALID_PATCH, "operation 0");
  control_refuse (client, "Patch", g_variant_new ("(su)", "[", 0), CONFSYNC_ERROR_INVALID_JSON,
                  "line 1");
}

/* Two edits of different places, asked for at once: each is made of what the other left. */
static void
test_edits_at_once (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) one = control_connect (self), two = control_connect (self);
  g_autoptr (ConfsyncDBusDocument) first = control_document_proxy (one);
  g_autoptr (ConfsyncDBusDocument) second = control_document_proxy (two);
  g_autofree char *last = NULL;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/p%u", i);

      confsync_dbus_document_call_set_value (i % 2 ? first : second, pointer, "true", 0, NULL,
                                             NULL, NULL);
    }
  last = control_ask (one, "SetValue", edit ("/last", "true", 0));
  last = (g_free (last), control_ask (two, "SetValue", edit ("/last", "false", 0)));
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/p%u", i);
      g_autofree char *value = control_ask (one, "GetValue", g_variant_new ("(s)", pointer));

      g_assert_cmpstr (value, ==, "true");
    }
}

static void
test_versions (Control *self, gconstpointer data)
{
  const char *const names[] = { "../a.json", "/etc/passwd", "", ".", "config_20240101120000.json/x",
                                "config_20240101120000.json" };
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *hash = control_ask (client, "SetValue", edit ("/a", "2", 0)), *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ListVersions", NULL, &error);
  g_autoptr (GVariant) newest = NULL, list = NULL;
  const char *name, *cause, *author, *listed;

  g_assert_no_error (error);
  list = g_variant_get_child_value (values, 0);
  g_assert_cmpuint (g_variant_n_children (list), ==, 2);
  newest = g_variant_get_child_value (list, 0);
  g_assert_true (g_variant_lookup (newest, "name", "&s", &name));
  g_assert_true (g_variant_lookup (newest, "cause", "&s", &cause));
  g_assert_true (g_variant_lookup (newest, "author", "&s", &author));
  g_assert_true (g_variant_lookup (newest, "hash", "&s", &listed));
  g_assert_cmpstr (cause, ==, "edit");
  g_assert_cmpstr (author, ==, "a");
  g_assert_cmpstr (listed, ==, hash);
  text = control_ask (client, "GetVersion", g_variant_new ("(s)", name));
  test_assert_contains (text, "\"a\": 2");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    control_refuse (client, "GetVersion", g_variant_new ("(s)", names[i]),
                    CONFSYNC_ERROR_NOT_FOUND, "version");
}

static void
test_nothing (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *hash = NULL;

  control_refuse (client, "GetDocument", NULL, CONFSYNC_ERROR_NOT_FOUND, "no configuration yet");
  control_refuse (client, "GetValue", g_variant_new ("(s)", ""), CONFSYNC_ERROR_NOT_FOUND,
                  "no configuration yet");
  control_refuse (client, "SetValue", edit ("/a", "1", 0), CONFSYNC_ERROR_NOT_FOUND,
                  "no configuration yet");
  control_refuse (client, "Patch", g_variant_new ("(su)", "[]", 0), CONFSYNC_ERROR_NOT_FOUND,
                  "no configuration yet");
  hash = control_ask (client, "SetValue", edit ("", "{\"a\":1}", 0));
  instance_assert_live (self->a, "{'a':1}");
}

static void
test_stopped (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_auto (Answer) answer = { 0 };

  confsync_manager_stop_async (self->a->manager, NULL, answer_cb, &answer);
  answer_await (&self->world, &answer);
  control_refuse (client, "GetDocument", NULL, CONFSYNC_ERROR_CLOSED, "stopping");
  control_refuse (client, "SetValue", edit ("/a", "1", 0), CONFSYNC_ERROR_CLOSED, "run");
  control_refuse (client, "Replace", edit ("", "{\"a\":1}", 0), CONFSYNC_ERROR_CLOSED, "run");
  control_refuse (client, "Sync", g_variant_new ("(u)", 100), CONFSYNC_ERROR_CLOSED, "run");
}

static void
test_large (Control *self, gconstpointer data)
{
  const gsize ten_mb = 10 * 1000 * 1000;
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *filling = g_strnfill (ten_mb, 'x'), *brackets = g_strnfill (100000, '[');
  g_autofree char *fits = g_strdup_printf ("\"%s\"", filling);
  g_autofree char *huge = g_strdup_printf ("\"%s%s\"", filling, filling);
  g_autofree char *hash = control_ask (client, "SetValue", edit ("/big", fits, 0));
  g_autofree char *read = control_ask (client, "GetValue", g_variant_new ("(s)", "/big"));
  g_autofree char *alive = NULL;

  g_assert_cmpuint (strlen (read), ==, ten_mb + 2);
  control_refuse (client, "SetValue", edit ("/more", fits, 0), CONFSYNC_ERROR_TOO_LARGE,
                  "max_bytes");
  control_refuse (client, "SetValue", edit ("/big", huge, 0), CONFSYNC_ERROR_TOO_LARGE, "");
  control_refuse (client, "SetValue", edit ("/a", brackets, 0), CONFSYNC_ERROR_TOO_LARGE, "");
  control_refuse (client, "Patch", g_variant_new ("(su)", brackets, 0), CONFSYNC_ERROR_TOO_LARGE,
                  "");
  control_refuse (client, "GetValue", g_variant_new ("(s)", filling),
                  CONFSYNC_ERROR_INVALID_POINTER, "");
  control_refuse (client, "GetVersion", g_variant_new ("(s)", filling), CONFSYNC_ERROR_NOT_FOUND,
                  "");
  alive = control_ask (client, "GetValue", g_variant_new ("(s)", "/a"));
  g_assert_cmpstr (alive, ==, "1");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD(name, text, function)                                                                  \
  g_test_add ("/control-methods/" name, Control, text, set_up, function, control_tear_down)
  ADD ("get-value", CONTENT, test_get_value);
  ADD ("get-document", CONTENT, test_get_document);
  ADD ("set-value", CONTENT, test_set_value);
  ADD ("set-value-refused", CONTENT, test_set_value_refused);
  ADD ("replace", CONTENT, test_replace);
  ADD ("patch", CONTENT, test_patch);
  ADD ("edits-at-once", CONTENT, test_edits_at_once);
  ADD ("versions", CONTENT, test_versions);
  ADD ("nothing", NULL, test_nothing);
  ADD ("stopped", CONTENT, test_stopped);
  ADD ("large", CONTENT, test_large);
  result = g_test_run ();
  control_finish ();
  return result;
}

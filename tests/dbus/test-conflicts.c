/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a person decides, over the socket: conflicts as they are listed, read and settled; edits of
 * an instance that only receives; epochs; and what of it is told to who listens.
 */

#include "config.h"

#include "control-fixture.h"

#include <string.h>

#include "confsync-control-path.h"

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)
#define BASE "{'k':{'a':0,'b':0},'t':'base'}"
#define OURS "{'k':{'a':1,'b':0},'t':'ours'}"
#define THEIRS "{'k':{'a':2,'b':2},'t':'base'}"

static void
set_up_manual (Control *self, gconstpointer data)
{
  self->resolver_name = "manual";
  control_set_up (self, BASE);
}

static void
set_up_policy (Control *self, gconstpointer data)
{
  self->resolver_name = "merge";
  self->manual_at = "/k";
  control_set_up (self, BASE);
}

static void
set_up_receiver (Control *self, gconstpointer data)
{
  self->role = CONFSYNC_ROLE_RECEIVE_ONLY;
  control_set_up (self, NULL);
}

static void
set_up_plain (Control *self, gconstpointer data)
{
  control_set_up (self, BASE);
}

static guint
count (Control *self)
{
  return confsync_manager_get_n_conflicts (self->a->manager);
}

static gboolean
has_conflict (gpointer self)
{
  return count (self) > 0;
}

static gboolean
has_none (gpointer self)
{
  return count (self) == 0;
}

/* Both edit what both held, without knowing of each other, and meet again. */
static Instance *
disagree (Control *self)
{
  Instance *peer = control_add_peer (self, "b");

  control_start (self, peer);
  world_expect (&self->world, BASE);
  instance_stop (&self->world, peer);
  instance_set (&self->world, self->a, OURS);
  instance_edit (peer, THEIRS);
  control_start (self, peer);
  g_assert_true (test_wait_until (has_conflict, self, TEST_DEADLINE_MS));
  return peer;
}

/* Returns: (transfer full): the only one that is listed: a{sv} */
static GVariant *
list_one (GDBusConnection *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ListConflicts", NULL, &error);
  g_autoptr (GVariant) list = NULL;

  g_assert_no_error (error);
  list = g_variant_get_child_value (values, 0);
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  return g_variant_get_child_value (list, 0);
}

static char *
dup_text (GVariant *dict, const char *name)
{
  char *text = NULL;

  g_assert_true (g_variant_lookup (dict, name, "s", &text));
  return text;
}

static char *
dup_id (GDBusConnection *client)
{
  g_autoptr (GVariant) conflict = list_one (client);

  return dup_text (conflict, "id");
}

static void
assert_text (GVariant *dict, const char *name, const char *expected)
{
  g_autofree char *text = dup_text (dict, name);

  g_assert_cmpstr (text, ==, expected);
}

static GVariant *
get_sides (GDBusConnection *client, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values =
    control_call (client, "GetConflict", g_variant_new ("(s)", id), &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (values, 0);
}

static void
assert_side (GVariant *sides, const char *name, const char *expected)
{
  g_autofree char *text = dup_text (sides, name);
  g_autoptr (ConfsyncDocument) got = test_document (text), wanted = test_document (expected);

  g_assert_true (confsync_document_equal (got, wanted));
}

static void
test_list (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (GVariant) none = control_call (client, "ListConflicts", NULL, NULL), list = NULL;
  g_autoptr (GVariant) conflict = NULL, sides = NULL;
  g_autofree char *id = NULL, *reason = NULL;
  gint64 since = 0, ours = 0, theirs = 0;

  list = g_variant_get_child_value (none, 0);
  g_assert_cmpuint (g_variant_n_children (list), ==, 0);
  disagree (self);
  conflict = list_one (client);
  id = dup_text (conflict, "id");
  reason = dup_text (conflict, "reason");
  g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 8);
  g_assert_cmpuint (strlen (id), ==, 8);
  g_assert_cmpstr (reason, !=, "");
  assert_text (conflict, "pointer", "");
  assert_text (conflict, "ours-author", "a");
  assert_text (conflict, "theirs-author", "b");
  g_assert_true (g_variant_lookup (conflict, "since", "x", &since) && since > 0);
  g_assert_true (g_variant_lookup (conflict, "ours-time", "x", &ours) && ours > 0);
  g_assert_true (g_variant_lookup (conflict, "theirs-time", "x", &theirs) && theirs > 0);

  sides = get_sides (client, id);
  assert_side (sides, "base", BASE);
  assert_side (sides, "ours", OURS);
  assert_side (sides, "theirs", THEIRS);
  control_refuse (client, "GetConflict", g_variant_new ("(s)", "00000000"),
                  CONFSYNC_ERROR_NOT_FOUND, "00000000");
  control_refuse (client, "GetConflict", g_variant_new ("(s)", ""), CONFSYNC_ERROR_NOT_FOUND, "");
}

/* Returns: (transfer full): the pointers at which ours was taken */
static GStrv
resolve (GDBusConnection *client, const char *id, const char *choice, const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values =
    control_call (client, "ResolveConflict", g_variant_new ("(sssu)", id, choice, json, 0), &error);
  g_autofree char *hash = NULL;
  GStrv places;

  g_assert_no_error (error);
  g_variant_get (values, "(s^as)", &hash, &places);
  g_assert_cmpuint (strlen (hash), ==, 64);
  return places;
}

typedef struct
{
  const char *choice, *json, *after;
  const char *places[2];
} Way;

static const Way ways[] = {
  { "ours", "", OURS, { NULL } },
  { "theirs", "", THEIRS, { NULL } },
  { "merge", "", "{'k':{'a':1,'b':2},'t':'ours'}", { "/k/a", NULL } },
  { "value", "{\"t\":7}", "{'t':7}", { NULL } },
};

/* The settlement reaches the other side, and ends the conflict there too. */
static void
test_resolve (Control *self, gconstpointer data)
{
  const Way *way = data;
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *id = NULL;
  g_auto (GStrv) places = NULL;
  Instance *b = disagree (self);

  id = dup_id (client);
  places = resolve (client, id, way->choice, way->json);
  g_assert_cmpstrv (places, way->places);
  instance_assert_live (self->a, way->after);
  world_expect (&self->world, way->after);
  g_assert_true (test_wait_until (has_none, self, TEST_DEADLINE_MS));
  g_assert_cmpuint (confsync_manager_get_n_conflicts (b->manager), ==, 0);
  control_refuse (client, "ResolveConflict", g_variant_new ("(sssu)", id, "ours", "", 0),
                  CONFSYNC_ERROR_NOT_FOUND, "no open conflict");
}

static void
refuse_arguments (GDBusConnection *client, GVariant *arguments, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ResolveConflict", arguments, &error);

  g_assert_null (values);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  test_assert_contains (error->message, part);
}

static void
test_resolve_refused (Control *self, gconstpointer data)
{
  static const struct
  {
    const char *json;
    int code;
  } values[] = {
    { "", CONFSYNC_ERROR_INVALID_JSON },
    { "{", CONFSYNC_ERROR_INVALID_JSON },
    { "{\"a\":1,\"a\":2}", CONFSYNC_ERROR_INVALID_JSON },
    { "[1]", CONFSYNC_ERROR_INVALID_DOCUMENT },
    { "{}", CONFSYNC_ERROR_EMPTY },
  };
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autofree char *id = NULL, *brackets = g_strnfill (100000, '[');

  control_refuse (client, "ResolveConflict", g_variant_new ("(sssu)", "00000000", "ours", "", 0),
                  CONFSYNC_ERROR_NOT_FOUND, "");
  disagree (self);
  id = dup_id (client);
  refuse_arguments (client, g_variant_new ("(sssu)", id, "union", "", 0), "merge");
  refuse_arguments (client, g_variant_new ("(sssu)", id, "", "", 0), "merge");
  refuse_arguments (client, g_variant_new ("(sssu)", id, "ours", "1", 0), "takes no value");
  refuse_arguments (client, g_variant_new ("(sssu)", id, "ours", "", 2), "no flag 2");
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    control_refuse (client, "ResolveConflict",
                    g_variant_new ("(sssu)", id, "value", values[i].json, 0), values[i].code, "");
  control_refuse (client, "ResolveConflict", g_variant_new ("(sssu)", id, "value", brackets, 0),
                  CONFSYNC_ERROR_TOO_LARGE, "");
  control_refuse (client, "ResolveConflict", g_variant_new ("(sssu)", brackets, "ours", "", 0),
                  CONFSYNC_ERROR_NOT_FOUND, "");
  instance_assert_live (self->a, OURS);
  g_assert_cmpuint (count (self), ==, 1);
}

/* Below a pointer: the values are those of that place, and the rest was merged. */
static void
test_policy (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (GVariant) conflict = NULL, sides = NULL;
  g_autofree char *id = NULL;
  g_auto (GStrv) places = NULL;

  disagree (self);
  conflict = list_one (client);
  id = dup_text (conflict, "id");
  assert_text (conflict, "pointer", "/k");
  sides = get_sides (client, id);
  assert_side (sides, "base", "{'a':0,'b':0}");
  places = resolve (client, id, "value", "{\"a\":9}");
  world_expect (&self->world, "{'k':{'a':9},'t':'ours'}");
  g_assert_true (test_wait_until (has_none, self, TEST_DEADLINE_MS));
}

/* who listens */
typedef struct
{
  ConfsyncDBusDocument *proxy;
  guint told;  /* how many the last signal spoke of */
  guint known; /* the property then */
  guint n;
} Listener;

static void
conflicts_changed_cb (ConfsyncDBusDocument *proxy, guint n, Listener *self)
{
  self->n++;
  self->told = n;
  self->known = confsync_dbus_document_get_conflicts (proxy);
}

static gboolean
hears_of_one (gpointer data)
{
  return ((Listener *) data)->told == 1;
}

static gboolean
hears_of_none (gpointer data)
{
  Listener *self = data;

  return self->n > 0 && self->told == 0;
}

static void
test_signal (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) one = control_connect (self), two = control_connect (self);
  g_autoptr (ConfsyncDBusDocument) first = control_document_proxy (one);
  g_autoptr (ConfsyncDBusDocument) second = control_document_proxy (two);
  Listener listeners[] = { { .proxy = first }, { .proxy = second } };
  g_autofree char *id = NULL;
  g_auto (GStrv) places = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (listeners); i++)
    g_signal_connect (listeners[i].proxy, "conflicts-changed", G_CALLBACK (conflicts_changed_cb),
                      &listeners[i]);
  g_assert_cmpuint (confsync_dbus_document_get_conflicts (first), ==, 0);
  disagree (self);
  for (gsize i = 0; i < G_N_ELEMENTS (listeners); i++)
    {
      g_assert_true (test_wait_until (hears_of_one, &listeners[i], TEST_DEADLINE_MS));
      g_assert_cmpuint (listeners[i].known, ==, 1);
    }
  id = dup_id (one);
  places = resolve (two, id, "ours", "");
  for (gsize i = 0; i < G_N_ELEMENTS (listeners); i++)
    {
      g_assert_true (test_wait_until (hears_of_none, &listeners[i], TEST_DEADLINE_MS));
      g_assert_cmpuint (listeners[i].known, ==, 0);
    }
}

static gboolean
is_edited (gpointer self)
{
  return confsync_manager_is_edited_here (((Control *) self)->a->manager);
}

static gboolean
knows_edited (gpointer proxy)
{
  return confsync_dbus_document_get_edited_here (proxy);
}

static gboolean
knows_reverted (gpointer proxy)
{
  return !confsync_dbus_document_get_edited_here (proxy);
}

static void
test_revert_local (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (ConfsyncDBusDocument) proxy = control_document_proxy (client);
  Instance *b = control_add_peer (self, "b");
  g_autofree char *hash = NULL;

  g_assert_cmpstr (confsync_dbus_document_get_role (proxy), ==, "receive-only");
  control_refuse (client, "RevertLocal", NULL, CONFSYNC_ERROR_NOT_FOUND, "");
  instance_edit (b, BASE);
  control_start (self, b);
  world_expect (&self->world, BASE);
  control_refuse (client, "RevertLocal", NULL, CONFSYNC_ERROR_NOT_FOUND, "");

  instance_edit (self->a, OURS);
  g_assert_true (test_wait_until (is_edited, self, TEST_DEADLINE_MS));
  g_assert_true (test_wait_until (knows_edited, proxy, TEST_DEADLINE_MS));
  control_refuse (client, "ResetClock", NULL, CONFSYNC_ERROR_REFUSED, "");
  control_refuse (client, "SetValue", g_variant_new ("(ssu)", "/t", "1", 0),
                  CONFSYNC_ERROR_REFUSED, "");
  hash = control_ask (client, "RevertLocal", NULL);
  g_assert_cmpuint (strlen (hash), ==, 64);
  instance_assert_live (self->a, BASE);
  instance_assert_live (b, BASE);
  g_assert_true (instance_has_version (&self->world, self->a, OURS));
  g_assert_true (test_wait_until (knows_reverted, proxy, TEST_DEADLINE_MS));
  control_refuse (client, "RevertLocal", NULL, CONFSYNC_ERROR_NOT_FOUND, "");
}

static guint
reset_clock (GDBusConnection *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = control_call (client, "ResetClock", NULL, &error);
  guint epoch;

  g_assert_no_error (error);
  g_variant_get (values, "(u)", &epoch);
  return epoch;
}

static void
test_reset_clock (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  Instance *b = control_add_peer (self, "b");
  g_autoptr (ConfsyncStamp) stamp = NULL;

  control_start (self, b);
  world_expect (&self->world, BASE);
  g_assert_cmpuint (reset_clock (client), ==, 1);
  g_assert_cmpuint (reset_clock (client), ==, 2);
  instance_set (&self->world, self->a, OURS);
  world_expect (&self->world, OURS);
  stamp = confsync_manager_dup_stamp (b->manager);
  g_assert_cmpuint (confsync_stamp_get_epoch (stamp), ==, 2);
}

static void
test_reset_nothing (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);

  control_refuse (client, "ResetClock", NULL, CONFSYNC_ERROR_NOT_FOUND, "");
}

static void
set_up_nothing (Control *self, gconstpointer data)
{
  control_set_up (self, NULL);
}

static gboolean
says_ahead (gpointer data)
{
  GDBusConnection *client = data;
  g_autoptr (GVariant) peers = control_get (client, CONFSYNC_CONTROL_MANAGER_PATH, "Peers");
  g_autoptr (GVariant) peer =
    g_variant_n_children (peers) == 1 ? g_variant_get_child_value (peers, 0) : NULL;
  gint64 ahead = 0;

  return peer != NULL && g_variant_lookup (peer, "clock-ahead", "x", &ahead) &&
         ahead > HOUR_US - MINUTE_US && ahead < HOUR_US + MINUTE_US;
}

static void
test_clock_ahead (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  Instance *b = control_add_peer (self, "b");

  instance_skew (&self->world, b, HOUR_US);
  control_start (self, b);
  world_expect (&self->world, BASE);
  instance_set (&self->world, b, OURS);
  world_expect (&self->world, OURS);
  g_assert_true (test_wait_until (says_ahead, client, TEST_DEADLINE_MS));
}

static void
test_stopped (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_auto (Answer) answer = { 0 };

  confsync_manager_stop_async (self->a->manager, NULL, answer_cb, &answer);
  answer_await (&self->world, &answer);
  control_refuse (client, "ListConflicts", NULL, CONFSYNC_ERROR_CLOSED, "run");
  control_refuse (client, "GetConflict", g_variant_new ("(s)", "00000000"), CONFSYNC_ERROR_CLOSED,
                  "run");
  control_refuse (client, "ResolveConflict", g_variant_new ("(sssu)", "00000000", "ours", "", 0),
                  CONFSYNC_ERROR_CLOSED, "run");
  control_refuse (client, "RevertLocal", NULL, CONFSYNC_ERROR_CLOSED, "run");
  control_refuse (client, "ResetClock", NULL, CONFSYNC_ERROR_CLOSED, "run");
}

static void
test_properties (Control *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) client = control_connect (self);
  g_autoptr (ConfsyncDBusDocument) proxy = control_document_proxy (client);

  g_assert_cmpstr (confsync_dbus_document_get_role (proxy), ==, "both");
  g_assert_cmpstr (confsync_dbus_document_get_join (proxy), ==, "adopt");
  g_assert_cmpuint (confsync_dbus_document_get_conflicts (proxy), ==, 0);
  g_assert_false (confsync_dbus_document_get_edited_here (proxy));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  control_init ();
#define ADD(name, data, set_up, function)                                                          \
  g_test_add ("/control-conflicts/" name, Control, data, set_up, function, control_tear_down)
  ADD ("properties", NULL, set_up_plain, test_properties);
  ADD ("list", NULL, set_up_manual, test_list);
  ADD ("resolve/ours", &ways[0], set_up_manual, test_resolve);
  ADD ("resolve/theirs", &ways[1], set_up_manual, test_resolve);
  ADD ("resolve/merge", &ways[2], set_up_manual, test_resolve);
  ADD ("resolve/value", &ways[3], set_up_manual, test_resolve);
  ADD ("resolve/refused", NULL, set_up_manual, test_resolve_refused);
  ADD ("policy", NULL, set_up_policy, test_policy);
  ADD ("signal", NULL, set_up_manual, test_signal);
  ADD ("revert-local", NULL, set_up_receiver, test_revert_local);
  ADD ("reset-clock", NULL, set_up_plain, test_reset_clock);
  ADD ("reset-clock/nothing", NULL, set_up_nothing, test_reset_nothing);
  ADD ("clock-ahead", NULL, set_up_plain, test_clock_ahead);
  ADD ("stopped", NULL, set_up_plain, test_stopped);
  result = g_test_run ();
  control_finish ();
  return result;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Members that stay on this machine, as an application and a person see them: what is read has
 * them, what is edited may name them, and others never get them.
 */

#include "instance.h"

#include <string.h>

#define MINUTE_MS (60 * 1000)

static void
run (World *world, Instance *self, const char *dials)
{
  g_autofree char *own = g_strdup_printf ("loopback:%s", self->id);
  g_autofree char *other = dials != NULL ? g_strdup_printf ("loopback:%s", dials) : NULL;

  instance_make (world, self);
  instance_listen (self, own);
  if (other != NULL)
    instance_dial (self, other);
  instance_start (world, self);
}

static Instance *
add_by_property (World *world, const char *id, const char *text, const char *dials)
{
  static const char *const keys[] = { "/id", "/keys/api", NULL };
  Instance *self = world_add (world, id);

  self->local_keys = keys;
  if (text != NULL)
    instance_edit (self, text);
  run (world, self, dials);
  return self;
}

static void
patch (World *world, Instance *self, const char *operations)
{
  g_autofree char *text = g_strdelimit (g_strdup (operations), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, NULL);
  g_auto (Answer) answer = { 0 };

  confsync_manager_patch_async (self->manager, json, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_no_error (answer.error);
}

static void
assert_reads (Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (self->manager);

  test_assert_document (held, text);
}

static void
test_edits (World *world, gconstpointer data)
{
  Instance *a = add_by_property (world, "a", "{'id':'-a','v':0}", NULL);
  Instance *b = add_by_property (world, "b", "{'id':'-b','keys':{'api':''}}",
                                 "a");

  g_test_summary ("An application reads and edits the whole; what others get is without its own");
  world_expect (world, "{'v':0}");
  assert_reads (a, "{'id':'-a','v':0}");
  assert_reads (b, "{'id':'-b','keys':{'api':''},'v':0}");
  g_assert_true (CONFSYNC_IS_LOCAL_STORE (confsync_manager_get_store (a->manager)));

  patch (world, a, "[{'op':'replace','path':'/id','value':'-a2'},"
                   "{'op':'replace','path':'/v','value':1}]");
  world_expect (world, "{'v':1}");
  instance_assert_live (a, "{'id':'-a2','v':1}");
  patch (world, b, "[{'op':'remove','path':'/keys/api'}]");
  world_pass (world, 1000);
  world_expect (world, "{'v':1}");
  instance_assert_live (b, "{'id':'-b','v':1}");

  /* a whole document that says nothing of them leaves them alone */
  instance_set (world, a, "{'v':2}");
  world_expect (world, "{'v':2}");
  instance_assert_live (a, "{'id':'-a2','v':2}");
  instance_set (world, b, "{'id':'-b2','keys':{'api':'3','x':1}}");
  world_expect (world, "{'keys':{'x':1}}");
  instance_assert_live (b, "{'id':'-b2','keys':{'api':'3','x':1}}");
  instance_assert_live (a, "{'id':'-a2','keys':{'x':1}}");
}

static void
test_told (World *world, gconstpointer data)
{
  Instance *a = add_by_property (world, "a", "{'id':'-a','v':0}", NULL);
  Instance *b = add_by_property (world, "b", "{'id':'-b'}", "a");
  guint before;

  g_test_summary ("A change of a local member alone is told here, once, and nowhere else");
  world_expect (world, "{'v':0}");
  world_pass (world, 1000);
  before = b->n_changed;
  a->n_changed = 0;
  instance_edit (a, "{'id':'-a2','v':0}");
  world_pass (world, 1000);
  g_assert_cmpuint (a->n_changed, ==, 1);
  assert_reads (a, "{'id':'-a2','v':0}");
  patch (world, a, "[{'op':'replace','path':'/id','value':'-a3'}]");
  world_pass (world, 1000);
  g_assert_cmpuint (a->n_changed, ==, 2);
  instance_assert_live (a, "{'id':'-a3','v':0}");
  instance_edit (a, "{'id':'-a3','v':1}");
  world_expect (world, "{'v':1}");
  g_assert_cmpuint (a->n_changed, ==, 3);
  g_assert_cmpuint (b->n_changed, ==, before + 1);
}

static void
test_conflict (World *world, gconstpointer data)
{
  Instance *a = world_add (world, "a"), *b = world_add (world, "b");
  static const char *const keys[] = { "/id", NULL };
  GError *error;

  g_test_summary ("A file that settles a conflict leaves alone what it doesn't name");
  a->local_keys = b->local_keys = keys;
  a->resolver_name = b->resolver_name = "manual";
  instance_edit (a, "{'id':'-a','v':0}");
  instance_edit (b, "{'id':'-b'}");
  run (world, a, NULL);
  run (world, b, "a");
  world_expect (world, "{'v':0}");
  world_wait_live (world, b, 1);
  g_object_set (a->transport, "partition", "a,b", NULL);
  world_pass (world, 4 * MINUTE_MS);
  instance_edit (a, "{'id':'-a','v':1}");
  instance_edit (b, "{'id':'-b','v':2}");
  g_object_set (a->transport, "partition", NULL, NULL);
  world_wait_live (world, b, 1);
  world_pass (world, 1000);
  error = instance_resolve (world, b, NULL, CONFSYNC_CHOICE_VALUE, "{'v':3}");
  g_assert_no_error (error);
  world_expect (world, "{'v':3}");
  instance_assert_live (a, "{'id':'-a','v':3}");
  instance_assert_live (b, "{'id':'-b','v':3}");
}

static void
test_bad_keys (World *world, gconstpointer data)
{
  static const char *const bad[] = { "id", NULL };
  Instance *a = world_add (world, "a");
  g_auto (Answer) answer = { 0 };

  a->local_keys = bad;
  instance_make (world, a);
  confsync_manager_start_async (a->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_error (answer.error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
}

static void
test_last_key (World *world, gconstpointer data)
{
  Instance *a = add_by_property (world, "a", "{'id':'-a','v':0}", NULL);
  Instance *b = add_by_property (world, "b", NULL, "a");

  g_test_summary ("A setting that is gone publishes nothing: the shared value comes back");
  world_expect (world, "{'v':0}");
  instance_stop (world, a);
  a->local_keys = NULL;
  run (world, a, NULL);
  world_wait_live (world, b, 1);
  world_pass (world, 1000);
  world_expect (world, "{'v':0}");
  instance_assert_live (a, "{'v':0}");
}

#define ADD(path, function) \
  g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/local-keys/edits", test_edits);
  ADD ("/local-keys/told", test_told);
  ADD ("/local-keys/conflict", test_conflict);
  ADD ("/local-keys/bad", test_bad_keys);
  ADD ("/local-keys/last-key", test_last_key);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whole instances with local members: each keeps its own, and no message, log line or event of the
 * whole program holds any of them. Every secret of these tests contains one word, which is looked
 * for everywhere.
 */

#include "local-fixture.h"

#include "raw-peer.h"

#include <string.h>

#define SECRET LOCAL_SECRET
#define MINUTE_MS (60 * 1000)

static void
test_both_ways (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id /keys/api", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = local_add (world, "b", "/id /keys/api",
                           "{'id':'" SECRET "-b','keys':{'api':'" SECRET "'}}", "a");

  local_expect (world, "{'v':0}");
  instance_assert_live (b, "{'id':'" SECRET "-b','keys':{'api':'" SECRET "'},'v':0}");
  instance_edit (a, "{'id':'" SECRET "-a','v':1}");
  local_expect (world, "{'v':1}");
  instance_edit (b, "{'id':'" SECRET "-b','keys':{'api':'" SECRET "','url':'u'},'v':2}");
  local_expect (world, "{'keys':{'url':'u'},'v':2}");
  instance_assert_live (a, "{'id':'" SECRET "-a','keys':{'url':'u'},'v':2}");
  instance_assert_live (b, "{'id':'" SECRET "-b','keys':{'api':'" SECRET "','url':'u'},'v':2}");
  local_assert_hash (a, "{'keys':{'url':'u'},'v':2}");
  instance_set (world, a, "{'v':3}");
  local_expect (world, "{'v':3}");
  instance_assert_live (a, "{'id':'" SECRET "-a','v':3}");
  instance_assert_live (b, "{'id':'" SECRET "-b','keys':{'api':'" SECRET "'},'v':3}");
  g_assert_true (instance_has_version (world, b, "{'v':1}"));
}

/* The fleet's edited content wins over what a newcomer brings along, but for its own members. */
static void
test_first_contact (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b;

  instance_edit (a, "{'id':'" SECRET "-a','v':'fleet'}");
  world_pass (world, MINUTE_MS);
  b = local_add (world, "b", "/id", "{'id':'" SECRET "-b','v':'old'}", "a");
  local_expect (world, "{'v':'fleet'}");
  instance_assert_live (b, "{'id':'" SECRET "-b','v':'fleet'}");
  g_assert_true (instance_has_version (world, b, "{'v':'old'}"));
}

static void
test_silence (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  guint before;

  local_add (world, "b", "/id", "{'id':'" SECRET "-b'}", "a");
  local_expect (world, "{'v':0}");
  world_pass (world, MINUTE_MS);
  before = local_count_versions (world, a);
  wire_tap_reset (&fixture->tap);
  instance_clear_events (a);
  instance_edit (a, "{'id':'" SECRET "-a2','v':0}");
  world_pass (world, 1000);
  instance_edit (a, "{'v':0}");
  world_pass (world, 1000);
  instance_edit (a, "{'id':'" SECRET "-a3','v':0}");
  world_pass (world, MINUTE_MS);
  g_assert_cmpuint (fixture->tap.n_updates, ==, 0);
  g_assert_cmpuint (fixture->tap.n_requests, ==, 0);
  g_assert_cmpuint (fixture->tap.n_heads, ==, 0);
  g_assert_cmpuint (local_count_versions (world, a), ==, before);
  g_assert_cmpuint (a->events->len, ==, 0);
  instance_assert_live (a, "{'id':'" SECRET "-a3','v':0}");
}

static void
test_hostile (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *plain = local_add (world, "plain", NULL, NULL, "a");
  g_autoptr (TestEnd) end = NULL;
  g_autoptr (ConfsyncDocument) evil = test_document ("{'id':'evil','v':1}");
  g_autofree char *text = g_strdup_printf (
    "{'type':'config_update','timestamp':1,'instance_id':'r','config_hash':'%s',"
    "'stamp':{'time':1900000000000000,'author':'r','kind':'edit','epoch':0,'floor':0,"
    "'vector':{'0123456789abcdef':1900000000000000}},'config_data':{'id':'evil','v':1}}",
    confsync_document_get_hash (evil));

  local_expect (world, "{'v':0}");
  end = raw_link (world, "loopback:a", "r", "s");
  raw_send (world, end, text);
  local_expect (world, "{'id':'evil','v':1}");
  instance_assert_live (a, "{'id':'" SECRET "-a','v':1}");
  instance_assert_live (plain, "{'id':'evil','v':1}");
  g_assert_nonnull (instance_find_event (a, CONFSYNC_EVENT_NOTICE));

  /* nor does an edit here take away what is there */
  instance_edit (a, "{'id':'" SECRET "-a','v':2}");
  local_expect (world, "{'id':'evil','v':2}");
  instance_edit (plain, "{'v':3}");
  local_expect (world, "{'v':3}");
  instance_assert_live (a, "{'id':'" SECRET "-a','v':3}");
}

static void
test_restart (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = local_add (world, "b", "/id", "{'id':'" SECRET "-b'}", "a");

  local_expect (world, "{'v':0}");
  instance_edit (a, "{'id':'" SECRET "-a','v':1}");
  local_expect (world, "{'v':1}");
  world_pass (world, MINUTE_MS);
  wire_tap_reset (&fixture->tap);

  /* nothing new, and something new that is local */
  local_restart (world, b, "/id", "a");
  world_pass (world, MINUTE_MS);
  instance_stop (world, b);
  local_edit_unseen (b, "{'id':'" SECRET "-b2','v':1}");
  local_set_keys (b, "/id");
  local_run (world, b, "a");
  world_pass (world, MINUTE_MS);
  g_assert_cmpuint (fixture->tap.n_updates, ==, 0);
  local_assert_hash (b, "{'v':1}");

  /* and an edit beside it */
  instance_stop (world, b);
  local_edit_unseen (b, "{'id':'" SECRET "-b3','v':2}");
  local_set_keys (b, "/id");
  local_run (world, b, "a");
  local_expect (world, "{'v':2}");
  instance_assert_live (a, "{'id':'" SECRET "-a','v':2}");
  instance_assert_live (b, "{'id':'" SECRET "-b3','v':2}");
}

/* A key that is named no more: nothing is sent, and the shared value is there again. */
static void
test_dropped (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", NULL, "{'id':'shared','v':0}", NULL);
  Instance *b =
    local_add (world, "b", "/id /keys", "{'id':'" SECRET "-b','keys':'" SECRET "'}", "a");

  local_expect (world, "{'id':'shared','v':0}");
  instance_assert_live (b, "{'id':'" SECRET "-b','keys':'" SECRET "','v':0}");
  world_pass (world, MINUTE_MS);
  wire_tap_reset (&fixture->tap);
  local_restart (world, b, "/keys", "a");
  world_pass (world, MINUTE_MS);
  instance_assert_live (b, "{'id':'shared','keys':'" SECRET "','v':0}");
  local_restart (world, b, NULL, "a");
  world_pass (world, MINUTE_MS);
  instance_assert_live (b, "{'id':'shared','v':0}");
  g_assert_cmpuint (fixture->tap.n_updates, ==, 0);
  local_assert_hash (a, "{'id':'shared','v':0}");

  instance_edit (b, "{'id':'b','v':1}");
  local_expect (world, "{'id':'b','v':1}");
}

static void
test_named (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", NULL, "{'id':'shared','v':0}", NULL);
  Instance *b = local_add (world, "b", NULL, NULL, "a");

  local_expect (world, "{'id':'shared','v':0}");
  world_pass (world, MINUTE_MS);
  instance_stop (world, b);
  local_set_keys (b, "/id");
  local_edit_unseen (b, "{'id':'" SECRET "-b','v':0}");
  wire_tap_reset (&fixture->tap);
  local_run (world, b, "a");
  world_pass (world, MINUTE_MS);
  g_assert_cmpuint (fixture->tap.n_updates, ==, 0);
  local_assert_hash (b, "{'id':'shared','v':0}");
  instance_assert_live (a, "{'id':'shared','v':0}");
  instance_assert_live (b, "{'id':'" SECRET "-b','v':0}");
  g_assert_nonnull (instance_find_event (b, CONFSYNC_EVENT_NOTICE));
}

/* An edit that an apply displaces: of local members alone, or of others too. */
static void
test_displaced (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = local_add (world, "b", "/id", "{'id':'" SECRET "-b'}", "a");

  local_expect (world, "{'v':0}");
  world_pass (world, 1000);
  local_edit_unseen (b, "{'id':'" SECRET "-b2','v':0}");
  instance_edit (a, "{'id':'" SECRET "-a','v':1}");
  local_expect (world, "{'v':1}");
  world_pass (world, 1000);
  instance_assert_live (b, "{'id':'" SECRET "-b2','v':1}");
  local_assert_hash (a, "{'v':1}");

  local_edit_unseen (b, "{'id':'" SECRET "-b3','v':1,'w':'b'}");
  instance_edit (a, "{'id':'" SECRET "-a','v':2}");
  world_pass (world, MINUTE_MS);
  world_settle (world);
  g_assert_true (instance_has_version (world, b, "{'v':1,'w':'b'}"));
  {
    g_autofree char *shared = local_dup_shared (b);
    g_autofree char *live =
      g_strdup_printf ("{\"id\":\"" SECRET "-b3\",%s", shared + 1);

    instance_assert_live (b, live);
  }
}

static void
test_merge (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  const char *const ids[] = { "a", "b" };
  Instance *instances[2];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *text = g_strdup_printf ("{'id':'" SECRET "-%s','v':0,'w':0}", ids[i]);

      instances[i] = world_add (world, ids[i]);
      instances[i]->resolver_name = "merge";
      local_set_keys (instances[i], "/id");
      instance_edit (instances[i], text);
      local_run (world, instances[i], i > 0 ? "a" : NULL);
    }
  local_expect (world, "{'v':0,'w':0}");
  instance_edit (instances[0], "{'id':'" SECRET "-a','v':1,'w':0}");
  local_expect (world, "{'v':1,'w':0}");
  world_pass (world, 1000);
  instance_edit (instances[0], "{'id':'" SECRET "-a2','v':2,'w':0}");
  instance_edit (instances[1], "{'id':'" SECRET "-b2','v':1,'w':2}");
  local_expect (world, "{'v':2,'w':2}");
  world_pass (world, 1000);
  instance_assert_live (instances[0], "{'id':'" SECRET "-a2','v':2,'w':2}");
  instance_assert_live (instances[1], "{'id':'" SECRET "-b2','v':2,'w':2}");
}

/* An edit that goes nowhere: what is local of it stays when the next revision comes, and when the
 * edit is given up. */
static void
test_receive_only (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = world_add (world, "b");
  g_auto (Answer) answer = { 0 };

  b->role = CONFSYNC_ROLE_RECEIVE_ONLY;
  local_set_keys (b, "/id");
  local_run (world, b, "a");
  instance_edit (a, "{'id':'" SECRET "-a','v':1}");
  local_expect (world, "{'v':1}");
  world_pass (world, 1000);
  wire_tap_reset (&fixture->tap);
  instance_edit (b, "{'id':'" SECRET "-b','v':'b'}");
  world_pass (world, 1000);
  g_assert_cmpuint (fixture->tap.n_updates, ==, 0);
  instance_assert_live (b, "{'id':'" SECRET "-b','v':'b'}");
  g_assert_true (confsync_manager_is_edited_here (b->manager));

  /* not even over a restart */
  local_restart (world, b, "/id", "a");
  world_pass (world, 1000);
  instance_assert_live (b, "{'id':'" SECRET "-b','v':'b'}");
  g_assert_true (confsync_manager_is_edited_here (b->manager));
  confsync_manager_revert_local_async (b->manager, NULL, answer_cb, &answer);
  answer_await (world, &answer);
  g_assert_true (answer.ok);
  instance_assert_live (b, "{'id':'" SECRET "-b','v':1}");

  instance_edit (b, "{'id':'" SECRET "-b2','v':'again'}");
  world_pass (world, 1000);
  instance_edit (a, "{'id':'" SECRET "-a','v':2}");
  local_expect (world, "{'v':2}");
  world_pass (world, 1000);
  instance_assert_live (b, "{'id':'" SECRET "-b2','v':2}");
  instance_assert_live (a, "{'id':'" SECRET "-a','v':2}");
}

/* A newcomer that brings its content along keeps to itself what is local of it. */
static void
test_join_keep (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = world_add (world, "b");

  instance_edit (a, "{'id':'" SECRET "-a','v':1}");
  world_pass (world, MINUTE_MS);
  b->join = CONFSYNC_JOIN_KEEP;
  local_set_keys (b, "/id");
  instance_edit (b, "{'id':'" SECRET "-b','v':'kept'}");
  local_run (world, b, "a");
  local_expect (world, "{'v':'kept'}");
  world_pass (world, 1000);
  instance_assert_live (a, "{'id':'" SECRET "-a','v':'kept'}");
  instance_assert_live (b, "{'id':'" SECRET "-b','v':'kept'}");
}

typedef struct
{
  ConfsyncDocument *document;
  gboolean answered;
} Version;

static void
version_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Version *version = user_data;

  version->document = confsync_store_get_version_finish (CONFSYNC_STORE (source), result, NULL);
  version->answered = TRUE;
}

static gboolean
version_came (gpointer data)
{
  return ((Version *) data)->answered;
}

/* An older version that is taken again brings back what is shared of it. */
static void
test_rollback (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  Instance *a = local_add (world, "a", "/id", "{'id':'" SECRET "-a','v':0}", NULL);
  Instance *b = local_add (world, "b", "/id", "{'id':'" SECRET "-b'}", "a");
  g_autoptr (GPtrArray) versions = NULL;
  g_autofree char *text = NULL;
  Version version = { 0 };

  local_expect (world, "{'v':0}");
  instance_edit (a, "{'id':'" SECRET "-a2','v':1}");
  local_expect (world, "{'v':1}");
  world_pass (world, 1000);
  versions = instance_list_versions (world, a);
  confsync_store_get_version_async (a->store,
                                    confsync_version_get_name (versions->pdata[versions->len - 1]),
                                    NULL, version_cb, &version);
  g_assert_true (world_wait (world, version_came, &version, TEST_DEADLINE_MS));
  text = test_canonical (version.document);
  confsync_document_unref (version.document);
  instance_set (world, a, text);
  local_expect (world, "{'v':0}");
  instance_assert_live (a, "{'id':'" SECRET "-a2','v':0}");
  instance_assert_live (b, "{'id':'" SECRET "-b','v':0}");
}

/* Many edits, of either kind, at moments that nobody chose, with restarts in between. */
static void
test_storm (LocalFixture *fixture, gconstpointer data)
{
  World *world = &fixture->world;
  g_autoptr (GRand) rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
  const char *const ids[] = { "a", "b", "c" };
  Instance *instances[3];
  guint locals[3] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *text = g_strdup_printf ("{'id':'" SECRET "-%s-0'%s}", ids[i],
                                               i == 0 ? ",'v':0" : "");

      instances[i] = local_add (world, ids[i], "/id", text, i > 0 ? "a" : NULL);
    }
  local_expect (world, "{'v':0}");
  for (guint step = 0; step < 120; step++)
    {
      guint i = (guint) g_rand_int_range (rand, 0, 3);
      gboolean restarts = g_rand_int_range (rand, 0, 8) == 0;
      g_autofree char *shared = NULL, *live = NULL;

      locals[i] += g_rand_boolean (rand);
      shared = g_rand_boolean (rand) ? g_strdup_printf ("\"v\":%u}", step + 1) : NULL;
      if (shared == NULL)
        {
          g_autofree char *whole = local_dup_shared (instances[i]);

          shared = g_strdup (whole + 1);
        }
      live = g_strdup_printf ("{\"id\":\"" SECRET "-%s-%u\",%s", ids[i], locals[i], shared);
      if (restarts)
        instance_stop (world, instances[i]);
      if (restarts || g_rand_boolean (rand))
        local_edit_unseen (instances[i], live);
      else
        instance_edit (instances[i], live);
      if (restarts)
        {
          local_set_keys (instances[i], "/id");
          local_run (world, instances[i], i > 0 ? "a" : NULL);
        }
      world_pass (world, (guint) g_rand_int_range (rand, 0, 40));
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    confsync_watcher_emit_changed (instances[i]->watcher);
  world_pass (world, 5 * MINUTE_MS);
  world_settle (world);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *shared = local_dup_shared (instances[i]);
      g_autofree char *live =
        g_strdup_printf ("{\"id\":\"" SECRET "-%s-%u\",%s", ids[i], locals[i], shared + 1);

      instance_assert_live (instances[i], live);
    }
}

#define ADD(path, function)                                                                       \
  g_test_add (path, LocalFixture, NULL, local_set_up, function, local_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  local_watch_log ();

  ADD ("/local/both-ways", test_both_ways);
  ADD ("/local/first-contact", test_first_contact);
  ADD ("/local/silence", test_silence);
  ADD ("/local/hostile", test_hostile);
  ADD ("/local/restart", test_restart);
  ADD ("/local/dropped", test_dropped);
  ADD ("/local/named", test_named);
  ADD ("/local/displaced", test_displaced);
  ADD ("/local/merge", test_merge);
  ADD ("/local/rollback", test_rollback);
  ADD ("/local/receive-only", test_receive_only);
  ADD ("/local/join-keep", test_join_keep);
  for (guint seed = 1; seed <= 20; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/local/storm/%u", seed);

      g_test_add (path, LocalFixture, GUINT_TO_POINTER (seed), local_set_up, test_storm,
                  local_tear_down);
    }
  return g_test_run ();
}

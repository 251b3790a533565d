/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A version that is damaged on the disk: a peer that has it gives it again, and one that only says
 * so does not.
 */

#include "raw-peer.h"

#include "test-util.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  World world;
  char *folder;
  Instance *a; /* on files, and listening */
} Fixture;

static void
start (Fixture *fixture)
{
  instance_make (&fixture->world, fixture->a);
  instance_listen (fixture->a, "loopback:a");
  instance_start (&fixture->world, fixture->a);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;

  world_set_up_real (&fixture->world, data);
  fixture->folder = test_temp_dir ();
  path = g_build_filename (fixture->folder, "a.json", NULL);
  test_write_file (path, "{\"v\":1}");
  fixture->a = world_add (&fixture->world, "a");
  g_object_unref (fixture->a->store);
  fixture->a->store = CONFSYNC_STORE (confsync_file_store_new (path, NULL));
  start (fixture);
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_gone (gpointer data)
{
  return *(gboolean *) data;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ConfsyncStore *files = fixture->a->store;
  gboolean gone = FALSE;

  instance_stop (&fixture->world, fixture->a);
  fixture->a->store = CONFSYNC_STORE (confsync_memory_store_new ());
  /* its worker may hold the answer to what was asked last */
  g_object_weak_ref (G_OBJECT (files), gone_cb, &gone);
  g_object_unref (files);
  g_assert_true (world_wait (&fixture->world, is_gone, &gone, TEST_DEADLINE_MS));
  world_tear_down (&fixture->world, data);
  test_remove_tree (fixture->folder);
  g_free (fixture->folder);
}

/* Makes {"v":2} of it, and starts again, so that {"v":1} is on the disk alone. Gives its name. */
static char *
leave_behind (Fixture *fixture)
{
  g_autoptr (GPtrArray) versions = NULL;

  instance_set (&fixture->world, fixture->a, "{'v':2}");
  world_expect (&fixture->world, "{'v':2}");
  instance_stop (&fixture->world, fixture->a);
  start (fixture);
  versions = instance_list_versions (&fixture->world, fixture->a);
  g_assert_cmpuint (versions->len, ==, 2);
  return g_strdup (confsync_version_get_name (versions->pdata[1]));
}

static char *
dup_path (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, "config_versions", name, NULL);
}

static void
flip_byte (Fixture *fixture, const char *name)
{
  g_autofree char *path = dup_path (fixture, name), *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  *strchr (text, '1') = '3';
  test_write_file (path, text);
}

static void
assert_damaged (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_store_get_version_sync (fixture->a->store, name, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT);
}

static void
assert_whole (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) found =
    confsync_store_get_version_sync (fixture->a->store, name, NULL, &error);
  g_autoptr (ConfsyncDocument) expected = test_document ("{'v':1}");

  g_assert_no_error (error);
  g_assert_true (confsync_document_equal (found, expected));
}

typedef struct
{
  Instance *instance;
  const char *part;
} Notice;

static gboolean
was_said (gpointer data)
{
  Notice *notice = data;

  for (guint i = 0; i < notice->instance->events->len; i++)
    {
      Event *event = notice->instance->events->pdata[i];

      if (g_str_equal (event->kind, CONFSYNC_EVENT_NOTICE) &&
          strstr (event_get (event, "message"), notice->part) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
wait_notice (Fixture *fixture, const char *part)
{
  Notice notice = { fixture->a, part };

  g_assert_true (world_wait (&fixture->world, was_said, &notice, TEST_DEADLINE_MS));
}

static void
test_peer (Fixture *fixture, gconstpointer data)
{
  Instance *b = world_add (&fixture->world, "b");
  g_autofree char *name = NULL;

  g_test_summary ("Who reads it is told; the peer has it, and it is whole again");
  instance_make (&fixture->world, b);
  instance_dial (b, "loopback:a");
  instance_start (&fixture->world, b);
  world_expect (&fixture->world, "{'v':1}");
  name = leave_behind (fixture);
  world_wait_live (&fixture->world, fixture->a, 1);
  flip_byte (fixture, name);
  assert_damaged (fixture, name);
  wait_notice (fixture, "was damaged, and is whole again");
  assert_whole (fixture, name);
  instance_assert_live (b, "{'v':2}");
}

static gboolean
was_asked (gpointer end)
{
  return raw_count (end, "config_request") > 0;
}

/* Answers what it was asked for with that content. */
static void
answer (Fixture *fixture, TestEnd *end, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);
  g_autoptr (ConfsyncJson) request = NULL, stamp = NULL, other = NULL;
  g_autoptr (GBytes) stamp_text = NULL;
  g_autofree char *shown = NULL, *message = NULL;

  g_assert_true (world_wait (&fixture->world, was_asked, end, TEST_DEADLINE_MS));
  request = raw_find (end, "config_request");
  stamp = confsync_json_lookup (request, "/base_for/0", NULL);
  other = confsync_json_lookup (request, "/base_for/1", NULL);
  g_assert_true (confsync_json_equal (stamp, other));
  stamp_text = confsync_json_to_compact (stamp);
  shown = g_strndup (g_bytes_get_data (stamp_text, NULL), g_bytes_get_size (stamp_text));
  message = g_strdup_printf (
    "{'type':'config_response','timestamp':1.5,'instance_id':'r','config_hash':'%s','base':true,"
    "'base_for':[%s,%s],'more':0,'stamp':%s,'config_data':%s}",
    confsync_document_get_hash (document), shown, shown, shown, text);
  raw_send (&fixture->world, end, message);
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestEnd) liar = NULL, honest = NULL;
  g_autofree char *name = leave_behind (fixture), *path = dup_path (fixture, name);
  g_autofree char *before = NULL, *after = NULL;

  g_test_summary ("Another content under that stamp is not taken, and who comes later is asked");
  liar = raw_link (&fixture->world, "loopback:a", "liar", "s");
  flip_byte (fixture, name);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  assert_damaged (fixture, name);
  answer (fixture, liar, "{'v':3}");
  wait_notice (fixture, "nobody has what was in it: 1 peer was asked");
  assert_damaged (fixture, name);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);
  world_expect (&fixture->world, "{'v':2}");

  honest = raw_link (&fixture->world, "loopback:a", "peer", "t");
  raw_send (&fixture->world, honest,
            "{'type':'heads','timestamp':1.5,'instance_id':'peer','config_hash':null,"
            "'heads':[{'document':'','stamp':null,'hash':null}]}");
  answer (fixture, honest, "{'v':1}");
  wait_notice (fixture, "was damaged, and is whole again");
  assert_whole (fixture, name);
  g_assert_cmpuint (raw_count (liar, "config_request"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mend/peer", Fixture, NULL, set_up, test_peer, tear_down);
  g_test_add ("/mend/hostile", Fixture, NULL, set_up, test_hostile, tear_down);
  return g_test_run ();
}

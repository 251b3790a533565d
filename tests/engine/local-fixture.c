/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making instances with local members, and looking for what may be nowhere else.
 */

#include "local-fixture.h"

#include <string.h>

#define SECRET LOCAL_SECRET
#define MINUTE_MS (60 * 1000)
#define REMOVAL "[{\"op\":\"remove\",\"path\":\"/id\"}]"

static guint n_logged_secrets;

/* Whatever the level, whether it would be shown or not. */
static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      gsize length = fields[i].length < 0 ? strlen (fields[i].value) : (gsize) fields[i].length;

      if (memmem (fields[i].value, length, SECRET, strlen (SECRET)) != NULL)
        n_logged_secrets++;
    }
  return g_log_writer_default (level, fields, n_fields, unused);
}

void
local_watch_log (void)
{
  g_log_set_writer_func (log_writer, NULL, NULL);
}

void
local_set_up (LocalFixture *fixture, gconstpointer data)
{
  world_set_up (&fixture->world, data);
  fixture->tap.secret = SECRET;
  wire_tap_start (&fixture->tap);
  n_logged_secrets = 0;
}

static void
check_events (Instance *instance)
{
  for (guint i = 0; i < instance->events->len; i++)
    {
      Event *event = instance->events->pdata[i];
      g_autofree char *text = g_variant_print (event->details, FALSE);

      if (strstr (text, SECRET) != NULL)
        g_error ("%s: “%s” holds a local value: %s", instance->id, event->kind, text);
    }
}

void
local_tear_down (LocalFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < fixture->world.instances->len; i++)
    check_events (fixture->world.instances->pdata[i]);
  wire_tap_stop (&fixture->tap);
  g_assert_cmpuint (fixture->tap.n_secrets, ==, 0);
  g_assert_cmpuint (n_logged_secrets, ==, 0);
  world_tear_down (&fixture->world, data);
}

void
local_set_keys (Instance *self, const char *keys)
{
  g_auto (GStrv) list = keys != NULL ? g_strsplit (keys, " ", -1) : NULL;
  g_autoptr (GError) error = NULL;

  if (self->behind == NULL)
    self->behind = g_steal_pointer (&self->store);
  else
    g_assert_finalize_object (self->store);
  self->store = CONFSYNC_STORE (
    confsync_local_store_new (self->behind, (const char *const *) list, &error));
  g_assert_no_error (error);
}

void
local_run (World *world, Instance *self, const char *dials)
{
  g_auto (GStrv) ids = g_strsplit (dials != NULL ? dials : "", " ", -1);
  g_autofree char *own = g_strdup_printf ("loopback:%s", self->id);

  instance_make (world, self);
  instance_listen (self, own);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autofree char *address = g_strdup_printf ("loopback:%s", ids[i]);

      instance_dial (self, address);
    }
  instance_start (world, self);
}

Instance *
local_add (World *world, const char *id, const char *keys, const char *text, const char *dials)
{
  Instance *self = world_add (world, id);

  if (keys != NULL)
    local_set_keys (self, keys);
  if (text != NULL)
    instance_edit (self, text);
  local_run (world, self, dials);
  return self;
}

void
local_restart (World *world, Instance *self, const char *keys, const char *dials)
{
  instance_stop (world, self);
  world_pass (world, 10);
  local_set_keys (self, keys);
  local_run (world, self, dials);
}

void
local_assert_hash (Instance *self, const char *shared)
{
  g_autoptr (ConfsyncDocument) document = test_document (shared);
  g_autofree char *hash = NULL;

  g_object_get (self->manager, "hash", &hash, NULL);
  g_assert_cmpstr (hash, ==, confsync_document_get_hash (document));
}

typedef struct
{
  World *world;
  const char *hash;
} Expected;

static gboolean
all_share (gpointer data)
{
  Expected *expected = data;

  for (guint i = 0; i < expected->world->instances->len; i++)
    {
      Instance *self = expected->world->instances->pdata[i];
      g_autofree char *hash = NULL;

      if (self->manager == NULL)
        continue;
      g_object_get (self->manager, "hash", &hash, NULL);
      if (g_strcmp0 (hash, expected->hash) != 0)
        return FALSE;
    }
  return TRUE;
}

void
local_expect (World *world, const char *shared)
{
  g_autoptr (ConfsyncDocument) document = test_document (shared);
  Expected expected = { world, confsync_document_get_hash (document) };

  if (!world_wait (world, all_share, &expected, 3 * MINUTE_MS))
    g_error ("not all share %s", shared);
}

char *
local_dup_shared (Instance *self)
{
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (self->manager);
  g_autoptr (GBytes) text = g_bytes_new_static (REMOVAL, strlen (REMOVAL));
  g_autoptr (ConfsyncJson) removal = confsync_json_parse (text, NULL, NULL);
  g_autoptr (ConfsyncJson) json =
    confsync_json_patch (confsync_document_get_json (document), removal, NULL);
  g_autoptr (ConfsyncDocument) shared =
    json != NULL ? confsync_document_new_from_json (json, NULL) : confsync_document_ref (document);

  return test_canonical (shared);
}

guint
local_count_versions (World *world, Instance *self)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, self);

  return versions->len;
}

void
local_edit_unseen (Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);

  confsync_memory_store_edit (CONFSYNC_MEMORY_STORE (self->behind), document);
}

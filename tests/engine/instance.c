/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Making, running and looking at instances.
 */

#include "instance.h"

#include "poke-watcher.h"

#include <string.h>

/* a Tuesday in 2026, in microseconds since the Unix epoch */
#define NOW_US G_GINT64_CONSTANT (1772539200000000)
#define STEP_MS 5
/* of the world's clock: what needs a redial or two */
#define SETTLE_MS 180000

static void
event_free (Event *event)
{
  g_free (event->kind);
  g_variant_unref (event->details);
  g_free (event);
}

static void
event_cb (GObject *source, int level, const char *kind, GVariant *details, Instance *self)
{
  Event *event = g_new (Event, 1);

  event->kind = g_strdup (kind);
  event->level = level;
  event->details = g_variant_ref (details);
  g_ptr_array_add (self->events, event);
}

static void
changed_cb (ConfsyncManager *manager,
            ConfsyncDocument *document,
            const char *author,
            gboolean local,
            Instance *self)
{
  self->n_changed++;
}

static void
instance_free (Instance *self)
{
  g_assert_null (self->manager);
  g_ptr_array_unref (self->events);
  g_assert_finalize_object (self->store);
  if (self->behind != NULL)
    g_assert_finalize_object (self->behind);
  if (self->watcher != NULL)
    g_assert_finalize_object (self->watcher);
  if (self->transport != NULL)
    g_assert_finalize_object (self->transport);
  if (self->clock != NULL)
    g_assert_finalize_object (self->clock);
  g_free (self->path);
  g_free (self->id);
  g_free (self);
}

void
world_set_up (World *world, gconstpointer data)
{
  world->clock = virtual_clock_new (NOW_US);
  world->instances = g_ptr_array_new_with_free_func ((GDestroyNotify) instance_free);
}

void
world_set_up_real (World *world, gconstpointer data)
{
  world->instances = g_ptr_array_new_with_free_func ((GDestroyNotify) instance_free);
}

void
world_tear_down (World *world, gconstpointer data)
{
  for (guint i = 0; i < world->instances->len; i++)
    instance_stop (world, world->instances->pdata[i]);
  world_pass (world, 1);
  g_ptr_array_unref (world->instances);
  if (world->clock != NULL)
    g_assert_finalize_object (world->clock);
}

Instance *
world_add (World *world, const char *id)
{
  Instance *self = g_new0 (Instance, 1);
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "loopback", &error);

  g_assert_no_error (error);
  self->id = g_strdup (id);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) event_free);
  self->store = CONFSYNC_STORE (confsync_memory_store_new ());
  self->watcher = poke_watcher_new ();
  self->transport = g_object_new (type, NULL);
  g_ptr_array_add (world->instances, self);
  return self;
}

void
world_pass (World *world, guint ms)
{
  if (world->clock != NULL)
    virtual_clock_advance (world->clock, ms);
  else
    while (g_main_context_iteration (NULL, FALSE))
      ;
}

gboolean
world_wait (World *world, TestPredicate predicate, gpointer data, guint ms)
{
  if (world->clock == NULL)
    return test_wait_until (predicate, data, ms);

  /* from the first step on whatever is ready has run */
  for (guint passed = 0; !predicate (data); passed += STEP_MS)
    {
      if (passed > ms)
        return FALSE;
      virtual_clock_advance (world->clock, STEP_MS);
    }
  return TRUE;
}

static char *
dup_hash (Instance *self)
{
  char *hash = NULL;

  g_object_get (self->manager, "hash", &hash, NULL);
  return hash;
}

gboolean
world_has_settled (gpointer data)
{
  World *world = data;
  g_autofree char *first = NULL;

  for (guint i = 0; i < world->instances->len; i++)
    {
      Instance *self = world->instances->pdata[i];
      g_autofree char *hash = NULL;

      if (self->manager == NULL)
        continue;
      hash = dup_hash (self);
      if (hash == NULL || (first != NULL && !g_str_equal (hash, first)))
        return FALSE;
      if (first == NULL)
        first = g_steal_pointer (&hash);
    }
  return TRUE;
}

void
world_settle (World *world)
{
  g_assert_true (world_wait (world, world_has_settled, world,
                             world->clock != NULL ? SETTLE_MS : TEST_DEADLINE_MS));
}

typedef struct
{
  World *world;
  ConfsyncDocument *document;
} Expected;

static gboolean
all_hold (gpointer data)
{
  Expected *expected = data;

  for (guint i = 0; i < expected->world->instances->len; i++)
    {
      Instance *self = expected->world->instances->pdata[i];
      g_autofree char *hash = NULL;

      if (self->manager == NULL)
        continue;
      /* that of what is shared, without what stays on one machine */
      hash = dup_hash (self);
      if (g_strcmp0 (hash, confsync_document_get_hash (expected->document)) != 0)
        return FALSE;
    }
  return TRUE;
}

void
world_expect (World *world, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);
  Expected expected = { world, document };

  if (world_wait (world, all_hold, &expected, world->clock != NULL ? SETTLE_MS : TEST_DEADLINE_MS))
    return;
  for (guint i = 0; i < world->instances->len; i++)
    {
      Instance *self = world->instances->pdata[i];

      if (self->manager != NULL)
        {
          g_autoptr (ConfsyncDocument) held = confsync_manager_dup_document (self->manager);
          g_autofree char *shown = test_canonical (held);

          g_test_message ("%s holds %s", self->id, shown);
        }
    }
  g_error ("not all hold %s", text);
}

void
instance_make (World *world, Instance *self)
{
  gpointer clock = self->clock != NULL ? (gpointer) self->clock : world->clock;

  g_assert_null (self->manager);
  self->node = g_object_new (CONFSYNC_TYPE_NODE, "instance-id", self->id, "clock", clock, NULL);
  if (self->max_bytes != 0)
    g_object_set (self->node, "max-bytes", self->max_bytes, NULL);
  if (self->transport != NULL)
    confsync_node_add_transport (self->node, self->transport);
  self->manager =
    g_object_new (CONFSYNC_TYPE_MANAGER, "node", self->node, "store", self->store, "watcher",
                  self->watcher, "resolver-name",
                  self->resolver_name != NULL ? self->resolver_name : "lww", "role", self->role,
                  "join", self->join, "local-keys", self->local_keys, "confirm-timeout",
                  self->confirm_timeout, "confirm-scope", self->confirm_scope, NULL);
  g_signal_connect (self->node, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->manager, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->manager, "changed", G_CALLBACK (changed_cb), self);
}

void
instance_listen (Instance *self, const char *address)
{
  g_autoptr (GError) error = NULL;

  confsync_node_add_listener (self->node, address, &error);
  g_assert_no_error (error);
}

void
instance_dial (Instance *self, const char *address)
{
  g_autoptr (GError) error = NULL;

  confsync_node_add_peer (self->node, address, &error);
  g_assert_no_error (error);
}

void
answer_clear (Answer *answer)
{
  g_clear_error (&answer->error);
}

void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->answers++;
  answer->ok = g_task_propagate_boolean (G_TASK (result), &answer->error);
}

void
answer_await (World *world, Answer *answer)
{
  g_assert_cmpuint (answer->answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, answer, TEST_DEADLINE_MS));
  world_pass (world, 10);
  g_assert_cmpuint (answer->answers, ==, 1);
  g_assert_true (answer->ok == (answer->error == NULL));
}

gboolean
answer_came (gpointer data)
{
  return ((Answer *) data)->answers > 0;
}

void
instance_start (World *world, Instance *self)
{
  g_auto (Answer) answer = { 0 };

  if (self->manager == NULL)
    instance_make (world, self);
  confsync_manager_start_async (self->manager, NULL, answer_cb, &answer);
  g_assert_cmpuint (answer.answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
  g_assert_true (answer.ok);
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  (*(guint *) data)++;
}

static gboolean
is_two (gpointer data)
{
  return *(guint *) data == 2;
}

void
instance_stop (World *world, Instance *self)
{
  g_auto (Answer) answer = { 0 };
  guint n_events, gone = 0;

  if (self->manager == NULL)
    return;
  confsync_manager_stop_async (self->manager, NULL, answer_cb, &answer);
  n_events = self->events->len;
  g_assert_cmpuint (answer.answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
  g_assert_cmpuint (self->events->len, ==, n_events);
  /* what is on its way in the main context may hold references for a turn */
  g_object_weak_ref (G_OBJECT (self->manager), gone_cb, &gone);
  g_object_weak_ref (G_OBJECT (self->node), gone_cb, &gone);
  g_clear_object (&self->manager);
  g_clear_object (&self->node);
  g_assert_true (world_wait (world, is_two, &gone, TEST_DEADLINE_MS));
}

Instance *
world_add_listening (World *world, const char *id, const char *text)
{
  Instance *self = world_add (world, id);
  g_autofree char *own = g_strdup_printf ("loopback:%s", id);

  if (text != NULL)
    instance_edit (self, text);
  instance_make (world, self);
  instance_listen (self, own);
  instance_start (world, self);
  return self;
}

static ConfsyncMemoryStore *
get_memory (Instance *self)
{
  return CONFSYNC_MEMORY_STORE (self->behind != NULL ? self->behind : self->store);
}

void
instance_edit (Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = text != NULL ? test_document (text) : NULL;

  confsync_memory_store_edit (get_memory (self), document);
  confsync_watcher_emit_changed (self->watcher);
}

void
instance_set (World *world, Instance *self, const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);
  g_auto (Answer) answer = { 0 };

  confsync_manager_set_document_async (self->manager, document, CONFSYNC_EDIT_NONE, NULL, answer_cb,
                                       &answer);
  g_assert_cmpuint (answer.answers, ==, 0);
  g_assert_true (world_wait (world, answer_came, &answer, TEST_DEADLINE_MS));
  g_assert_no_error (answer.error);
  g_assert_true (answer.ok);
}

void
instance_assert_live (Instance *self, const char *text)
{
  test_assert_document (confsync_memory_store_get_live (get_memory (self)), text);
}

void
instance_skew (World *world, Instance *self, gint64 ahead_us)
{
  g_assert_null (self->clock);
  self->clock =
    skewed_clock_new (world->clock != NULL ? CONFSYNC_CLOCK (world->clock) : NULL, ahead_us);
}

typedef struct
{
  char *hash;    /* (nullable) */
  GError *error; /* (nullable) */
} Resolved;

static void
resolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Resolved *resolved = user_data;

  resolved->hash =
    confsync_manager_resolve_finish (CONFSYNC_MANAGER (source), result, NULL, &resolved->error);
}

static gboolean
is_resolved (gpointer data)
{
  Resolved *resolved = data;

  return resolved->hash != NULL || resolved->error != NULL;
}

GError *
instance_resolve (World *world,
                  Instance *self,
                  const char *id,
                  ConfsyncChoice choice,
                  const char *value)
{
  g_autoptr (ConfsyncDocument) document = value != NULL ? test_document (value) : NULL;
  Resolved resolved = { NULL, NULL };

  confsync_manager_resolve_async (self->manager, id, choice,
                                  document != NULL ? confsync_document_get_json (document) : NULL,
                                  CONFSYNC_EDIT_NONE, NULL, resolved_cb, &resolved);
  g_assert_false (is_resolved (&resolved));
  g_assert_true (world_wait (world, is_resolved, &resolved, TEST_DEADLINE_MS));
  g_free (resolved.hash);
  return resolved.error;
}

char *
instance_dup_conflict_id (Instance *self)
{
  g_autoptr (GPtrArray) conflicts = confsync_manager_list_conflicts (self->manager);

  g_assert_cmpuint (conflicts->len, ==, confsync_manager_get_n_conflicts (self->manager));
  g_assert_cmpuint (conflicts->len, <=, 1);
  return conflicts->len == 1 ? g_strdup (confsync_open_conflict_get_id (conflicts->pdata[0]))
                             : NULL;
}

Event *
instance_find_event (Instance *self, const char *kind)
{
  for (guint i = self->events->len; i-- > 0;)
    if (g_str_equal (((Event *) self->events->pdata[i])->kind, kind))
      return self->events->pdata[i];
  return NULL;
}

guint
instance_count_events (Instance *self, const char *kind)
{
  guint n = 0;

  for (guint i = 0; i < self->events->len; i++)
    n += g_str_equal (((Event *) self->events->pdata[i])->kind, kind);
  return n;
}

void
instance_clear_events (Instance *self)
{
  g_ptr_array_set_size (self->events, 0);
}

typedef struct
{
  Instance *instance;
  const char *kind;
} Awaited;

static gboolean
has_event (gpointer data)
{
  Awaited *awaited = data;

  return instance_find_event (awaited->instance, awaited->kind) != NULL;
}

Event *
world_wait_event (World *world, Instance *self, const char *kind)
{
  Awaited awaited = { self, kind };

  if (!world_wait (world, has_event, &awaited,
                   world->clock != NULL ? SETTLE_MS : TEST_DEADLINE_MS))
    g_error ("%s waited for “%s” in vain", self->id, kind);
  return instance_find_event (self, kind);
}

const char *
event_get (Event *event, const char *name)
{
  const char *value = NULL;

  g_assert_nonnull (event);
  g_variant_lookup (event->details, name, "&s", &value);
  return value;
}

const char *
instance_get_down_reason (Instance *self)
{
  Event *event = instance_find_event (self, CONFSYNC_EVENT_PEER_DOWN);

  if (event == NULL)
    event = instance_find_event (self, CONFSYNC_EVENT_UNPROVEN);

  return event != NULL ? event_get (event, "reason") : NULL;
}

void
test_assert_contains (const char *text, const char *part)
{
  if (text == NULL || strstr (text, part) == NULL)
    g_error ("“%s” doesn't say “%s”", text != NULL ? text : "", part);
}

guint
instance_count_live_peers (Instance *self)
{
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self->node);
  guint n = 0;

  for (guint i = 0; i < peers->len; i++)
    n += confsync_peer_get_state (peers->pdata[i]) == CONFSYNC_PEER_LIVE;
  return n;
}

typedef struct
{
  Instance *instance;
  guint n;
} Living;

static gboolean
has_live_peers (gpointer data)
{
  Living *living = data;

  return instance_count_live_peers (living->instance) == living->n;
}

void
world_wait_live (World *world, Instance *self, guint n)
{
  Living living = { self, n };

  if (!world_wait (world, has_live_peers, &living,
                   world->clock != NULL ? SETTLE_MS : TEST_DEADLINE_MS))
    g_error ("%s has %u live peers, not %u", self->id, instance_count_live_peers (self), n);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GPtrArray **versions = user_data;
  g_autoptr (GError) error = NULL;

  *versions = confsync_store_list_versions_finish (CONFSYNC_STORE (source), result, &error);
  g_assert_no_error (error);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

GPtrArray *
instance_list_versions (World *world, Instance *self)
{
  GPtrArray *versions = NULL;

  confsync_store_list_versions_async (self->store, NULL, listed_cb, &versions);
  g_assert_true (world_wait (world, is_set, &versions, TEST_DEADLINE_MS));
  return versions;
}

gboolean
instance_has_version (World *world, Instance *self, const char *text)
{
  g_autoptr (GPtrArray) versions = instance_list_versions (world, self);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  for (guint i = 0; i < versions->len; i++)
    if (g_strcmp0 (confsync_version_get_hash (versions->pdata[i]),
                   confsync_document_get_hash (document)) == 0)
      return TRUE;
  return FALSE;
}

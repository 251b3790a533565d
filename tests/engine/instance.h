/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An instance under test: a manager on a node and a store in memory, or on files of its own, with
 * everything that it emitted. Under a virtual clock waiting takes no time.
 */

#pragma once

#include <confsync.h>

#include "skewed-clock.h"
#include "test-revision.h"
#include "test-util.h"
#include "virtual-clock.h"

G_BEGIN_DECLS

/* what was emitted */
typedef struct
{
  char *kind;
  ConfsyncLevel level;
  GVariant *details;
} Event;

typedef struct
{
  char *id;
  ConfsyncManager *manager;     /* (owned) (nullable) once it is stopped */
  ConfsyncNode *node;           /* (owned) (nullable) likewise */
  ConfsyncStore *store;         /* (owned): survives a restart; memory or file */
  ConfsyncStore *behind;        /* (owned) (nullable): the one in memory, behind another store */
  ConfsyncTransport *transport; /* (owned) (nullable): loopback, of this instance alone */
  ConfsyncWatcher *watcher;     /* (owned) (nullable): of a store in memory */
  char *path;                   /* (nullable): the live file */
  GPtrArray *events;            /* of Event */
  guint n_changed;
  guint64 max_bytes;            /* 0: the default */
  const char *resolver_name;    /* (nullable): lww */
  const char *const *local_keys; /* (nullable) */
  ConfsyncRole role;
  ConfsyncJoin join;
  guint confirm_timeout;        /* ms; 0: no trials */
  ConfsyncConfirmScope confirm_scope;
  ConfsyncSkewedClock *clock;   /* (owned) (nullable): its own, in place of the world's */
} Instance;

/* Instances on one virtual clock, or on the system's. */
typedef struct
{
  ConfsyncVirtualClock *clock; /* (nullable) */
  GPtrArray *instances;        /* of Instance */
} World;

void world_set_up (World *world, gconstpointer data);
void world_set_up_real (World *world, gconstpointer data);
void world_tear_down (World *world, gconstpointer data);

/* A stopped instance with an empty store in memory. */
Instance *world_add (World *world, const char *id);
/* Started with that document (nullable), and listening as loopback:ID. */
Instance *world_add_listening (World *world, const char *id, const char *text);

/* Lets time pass until the predicate holds, with a deadline in ms of the world's clock. */
gboolean world_wait (World *world, TestPredicate predicate, gpointer data, guint ms);
void world_pass (World *world, guint ms);
/* Waits until all running instances hold the same; nothing is not enough. */
void world_settle (World *world);
gboolean world_has_settled (gpointer world);
/* Waits until they hold that. */
void world_expect (World *world, const char *text);

/* Builds manager and node, to be configured before instance_start (). */
void instance_make (World *world, Instance *self);
void instance_listen (Instance *self, const char *address);
void instance_dial (Instance *self, const char *address);
/* Starts, and waits; instance_make () is called unless it was. */
void instance_start (World *world, Instance *self);
/* Stops, waits, and checks that nothing is left but the store. */
void instance_stop (World *world, Instance *self);

/* Plays an editor. */
void instance_edit (Instance *self, const char *text);
/* The application sets it; waits for the answer, which must be good. */
void instance_set (World *world, Instance *self, const char *text);
/* What is live in the store. */
void instance_assert_live (Instance *self, const char *text);

/* Gives it a clock of its own, from the next start on. */
void instance_skew (World *world, Instance *self, gint64 ahead_us);

/* Settles a conflict (@id is nullable), and waits; @value is nullable. Gives an error, or NULL. */
GError *instance_resolve (World *world,
                          Instance *self,
                          const char *id,
                          ConfsyncChoice choice,
                          const char *value);
/* The id of its only conflict (transfer full); NULL for none. */
char *instance_dup_conflict_id (Instance *self);

/* The last event of a kind, or NULL; counts of them. */
Event *instance_find_event (Instance *self, const char *kind);
guint instance_count_events (Instance *self, const char *kind);
void instance_clear_events (Instance *self);
/* Waits for an event. */
Event *world_wait_event (World *world, Instance *self, const char *kind);
const char *event_get (Event *event, const char *name);
/* Why the last peer went, or NULL. */
const char *instance_get_down_reason (Instance *self);
void test_assert_contains (const char *text, const char *part);

guint instance_count_live_peers (Instance *self);
void world_wait_live (World *world, Instance *self, guint n);

/* The names of versions, newest first (transfer full). */
GPtrArray *instance_list_versions (World *world, Instance *self);
gboolean instance_has_version (World *world, Instance *self, const char *text);

/* What an asynchronous call ended with. */
typedef struct
{
  guint answers;
  gboolean ok;
  GError *error;
} Answer;

void answer_clear (Answer *answer);
/* For every call that ends with a boolean. */
void answer_cb (GObject *source, GAsyncResult *result, gpointer answer);
/* It comes once, not at once, and with an error exactly where it is no. */
void answer_await (World *world, Answer *answer);
gboolean answer_came (gpointer answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

G_END_DECLS

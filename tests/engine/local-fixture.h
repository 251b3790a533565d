/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Instances with local members in memory. Every local value of a test contains one word; at its end
 * no message, log line or event of the whole program may have held it.
 */

#pragma once

#include "instance.h"
#include "wire-tap.h"

G_BEGIN_DECLS

#define LOCAL_SECRET "hunter2"

typedef struct
{
  World world;
  WireTap tap;
} LocalFixture;

/* Once in a program, before the first test. */
void local_watch_log (void);
void local_set_up (LocalFixture *fixture, gconstpointer data);
void local_tear_down (LocalFixture *fixture, gconstpointer data);

/* Another life's store, over what is in memory; keys are separated by spaces (nullable). */
void local_set_keys (Instance *self, const char *keys);
/* Listens under its own name, and dials others, separated by spaces (nullable). */
void local_run (World *world, Instance *self, const char *dials);
/* Without keys (nullable) there is only the store in memory. */
Instance *local_add (World *world,
                     const char *id,
                     const char *keys,
                     const char *text,
                     const char *dials);
void local_restart (World *world, Instance *self, const char *keys, const char *dials);

/* An editor whose save nobody has noticed yet. */
void local_edit_unseen (Instance *self, const char *text);
/* Until this is shared by all. */
void local_expect (World *world, const char *shared);
void local_assert_hash (Instance *self, const char *shared);
/* What an instance has, without its local member /id (transfer full). */
char *local_dup_shared (Instance *self);
guint local_count_versions (World *world, Instance *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A driver whose store fails: that is told once, and what failed is tried again, ever more rarely,
 * until it works. Who mends a disk need restart nothing. All is well otherwise: there is no timer.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#define FIRST_RETRY_MS 500
#define RETRY_MAX_MS 10000

static void
cancel_retry (ConfsyncDriver *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

void
confsync_driver_forget_degraded (ConfsyncDriver *self)
{
  cancel_retry (self);
  g_clear_pointer (&self->degraded, g_free);
}

static void retry_later (ConfsyncDriver *self);

static gboolean
retry_cb (gpointer user_data)
{
  g_autoptr (ConfsyncDriver) self = g_object_ref (user_data);

  cancel_retry (self);
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
  retry_later (self);
  if (!confsync_replica_has_failed (self->replica) && !confsync_replica_is_busy (self->replica))
    confsync_reporter_nothing_to_apply (self->reporter);
  confsync_driver_write_again (self);
  confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_load (self);
  confsync_driver_check_degraded (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (ConfsyncDriver *self)
{
  self->retry = confsync_clock_add_once (confsync_node_get_clock (self->node), self->retry_ms,
                                         retry_cb, self, NULL);
}

/* What can't be read is no failure of the store alone, but is looked at again as well. */
static void
set_retry (ConfsyncDriver *self, gboolean fails)
{
  const char *why;

  fails |= confsync_reporter_get_problem (self->reporter, &why) == CONFSYNC_PROBLEM_UNREADABLE;
  if (!fails)
    cancel_retry (self);
  else if (self->retry == NULL)
    {
      self->retry_ms = FIRST_RETRY_MS;
      retry_later (self);
    }
}

void
confsync_driver_check_degraded (ConfsyncDriver *self)
{
  g_autofree char *reason = NULL;

  if (!confsync_driver_is_started (self))
    return;
  reason = confsync_reporter_dup_degraded (self->reporter);
  set_retry (self, reason != NULL);
  if (g_strcmp0 (reason, self->degraded) == 0)
    return;
  g_free (self->degraded);
  self->degraded = g_steal_pointer (&reason);
  confsync_driver_emit_status_changed (self);
}

const char *
confsync_driver_get_degraded (ConfsyncDriver *self)
{
  return self->degraded;
}

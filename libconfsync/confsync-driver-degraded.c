/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A driver whose store fails: that is told once, and what failed is tried again, ever more rarely,
 * until it works. Who mends a disk need restart nothing. All is well otherwise: there is no timer.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#define FIRST_RETRY_MS 1000
#define RETRY_MAX_MS 30000

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
  confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (ConfsyncDriver *self)
{
  self->retry = confsync_clock_add_once (confsync_node_get_clock (self->node), self->retry_ms,
                                         retry_cb, self, NULL);
}

void
confsync_driver_check_degraded (ConfsyncDriver *self)
{
  g_autofree char *reason = NULL;

  if (!confsync_driver_is_started (self))
    return;
  reason = confsync_reporter_dup_degraded (self->reporter);
  if (g_strcmp0 (reason, self->degraded) == 0)
    return;

  if (reason == NULL)
    cancel_retry (self);
  else if (self->retry == NULL)
    {
      self->retry_ms = FIRST_RETRY_MS;
      retry_later (self);
    }
  g_free (self->degraded);
  self->degraded = g_steal_pointer (&reason);
  confsync_driver_emit_status_changed (self);
}

const char *
confsync_driver_get_degraded (ConfsyncDriver *self)
{
  return self->degraded;
}

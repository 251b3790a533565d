/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a disk refused is tried again: reading the live configuration, applies, versions, the state.
 * A full disk is freed, a file system is mounted again, without anybody's telling us.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#define FIRST_RETRY_MS 500
#define LAST_RETRY_MS 10000

static gboolean
retry_cb (gpointer user_data)
{
  ConfsyncDriver *self = user_data;
  g_autoptr (ConfsyncDriver) keep = g_object_ref (self); /* who hears of it may let go */

  g_clear_pointer (&self->retry, g_source_unref);
  if (!confsync_driver_is_started (self))
    return G_SOURCE_REMOVE;
  confsync_driver_write_again (self);
  confsync_replica_tick (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_load (self);
  return G_SOURCE_REMOVE;
}

void
confsync_driver_try_later (ConfsyncDriver *self)
{
  gint64 now = confsync_driver_get_monotonic (self);

  if (self->retry != NULL || !self->running)
    return;
  /* it went well for longer than the last wait: this is another failure */
  if (now - self->tried_at > 2 * (gint64) self->retry_ms * G_TIME_SPAN_MILLISECOND)
    self->retry_ms = 0;
  self->retry_ms = CLAMP (2 * self->retry_ms, FIRST_RETRY_MS, LAST_RETRY_MS);
  self->tried_at = now + (gint64) self->retry_ms * G_TIME_SPAN_MILLISECOND;
  self->retry = confsync_clock_add_once (confsync_node_get_clock (self->node), self->retry_ms,
                                         retry_cb, self, NULL);
}

void
confsync_driver_cancel_retry (ConfsyncDriver *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

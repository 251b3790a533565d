/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The shared part of a link; counted, because either channel may go first.
 */

#include "confsync-loopback-link.h"

LoopbackLink *
loopback_link_new (const char *name,
                   guint number,
                   const LoopbackFaults *faults,
                   LoopbackPartition *partition)
{
  LoopbackLink *self = g_atomic_rc_box_new0 (LoopbackLink);

  self->name = g_strdup (name);
  self->number = number;
  self->faults = *faults;
  self->partitions[LOOPBACK_SIDE_DIALLER] = loopback_partition_ref (partition);
  self->pipes[LOOPBACK_SIDE_DIALLER] = loopback_pipe_new ();
  return self;
}

LoopbackLink *
loopback_link_ref (LoopbackLink *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
link_clear (LoopbackLink *self)
{
  g_free (self->name);
  for (guint i = 0; i < G_N_ELEMENTS (self->pipes); i++)
    {
      g_clear_pointer (&self->partitions[i], loopback_partition_unref);
      g_clear_pointer (&self->pipes[i], loopback_pipe_unref);
    }
}

void
loopback_link_unref (LoopbackLink *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) link_clear);
}

gboolean
loopback_link_is_cut (LoopbackLink *self, LoopbackSide from)
{
  LoopbackCut wanted = from == LOOPBACK_SIDE_DIALLER ? LOOPBACK_CUT_TOWARDS : LOOPBACK_CUT_FROM;

  for (guint i = 0; i < G_N_ELEMENTS (self->partitions); i++)
    if (self->partitions[i] != NULL &&
        (loopback_partition_get_cut (self->partitions[i], self->name) & wanted) != 0)
      return TRUE;
  return FALSE;
}

void
loopback_link_refuse (LoopbackLink *self)
{
  g_autoptr (GError) error =
    g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "nobody listens on %s:%s",
                 CONFSYNC_LOOPBACK_SCHEME, self->name);

  loopback_pipe_push (self->pipes[LOOPBACK_SIDE_DIALLER], loopback_event_new_end (error));
}

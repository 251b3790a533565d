/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A table of names under a lock. Waiting dials are woken, not connected: each tries again in its
 * own main context.
 */

#include "confsync-loopback-partition.h"

struct _LoopbackPartition
{
  GMutex lock;
  char *words;         /* (nullable) */
  GHashTable *cuts;    /* name to LoopbackCut */
  GPtrArray *waiting;  /* of LoopbackPipe */
};

static GPtrArray *
waiting_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) loopback_pipe_unref);
}

LoopbackPartition *
loopback_partition_new (void)
{
  LoopbackPartition *self = g_atomic_rc_box_new0 (LoopbackPartition);

  g_mutex_init (&self->lock);
  self->cuts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->waiting = waiting_new ();
  return self;
}

LoopbackPartition *
loopback_partition_ref (LoopbackPartition *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
partition_clear (LoopbackPartition *self)
{
  g_mutex_clear (&self->lock);
  g_free (self->words);
  g_hash_table_unref (self->cuts);
  g_ptr_array_unref (self->waiting);
}

void
loopback_partition_unref (LoopbackPartition *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) partition_clear);
}

static void
add_cut (GHashTable *cuts, char *word)
{
  gsize length = strlen (g_strstrip (word));
  LoopbackCut cut = LOOPBACK_CUT_BOTH;

  if (length == 0)
    return;

  if (word[length - 1] == '>' || word[length - 1] == '<')
    {
      cut = word[length - 1] == '>' ? LOOPBACK_CUT_TOWARDS : LOOPBACK_CUT_FROM;
      word[length - 1] = '\0';
    }
  cut |= GPOINTER_TO_UINT (g_hash_table_lookup (cuts, word));
  g_hash_table_insert (cuts, g_strdup (word), GUINT_TO_POINTER (cut));
}

void
loopback_partition_set (LoopbackPartition *self, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words != NULL ? words : "", ",", -1);
  g_autoptr (GPtrArray) woken = NULL;

  g_mutex_lock (&self->lock);
  g_free (self->words);
  self->words = g_strdup (words);
  g_hash_table_remove_all (self->cuts);
  for (guint i = 0; list[i] != NULL; i++)
    add_cut (self->cuts, list[i]);
  woken = g_steal_pointer (&self->waiting);
  self->waiting = waiting_new ();
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < woken->len; i++)
    loopback_pipe_push (woken->pdata[i], loopback_event_new (LOOPBACK_EVENT_DIAL));
}

char *
loopback_partition_dup (LoopbackPartition *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->words);
}

LoopbackCut
loopback_partition_get_cut (LoopbackPartition *self, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return GPOINTER_TO_UINT (g_hash_table_lookup (self->cuts, name));
}

gboolean
loopback_partition_hold (LoopbackPartition *self, const char *name, LoopbackPipe *dial)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!g_hash_table_contains (self->cuts, name))
    return FALSE;

  g_ptr_array_add (self->waiting, loopback_pipe_ref (dial));
  return TRUE;
}

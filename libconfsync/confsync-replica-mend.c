/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Versions that are damaged on the own disk: what was in them is looked for in memory, then asked
 * of one peer after the other, by the stamp. What two revisions of one stamp were both made from is
 * that revision itself, so the question is the one that is asked for a merge, and every peer can
 * answer it. Only what has the recorded stamp and hash is taken.
 *
 * Where nobody has it, whoever comes later is asked too, for as long as this life lasts.
 */

#include "config.h"

#include "confsync-replica-inside-private.h"

#include <string.h>

#define PEER_PATIENCE_US (10 * G_USEC_PER_SEC)
/* More at a time are looked for when they are read again. */
#define MENDINGS_MAX 64

void
confsync_replica_mending_free (ConfsyncMending *mending)
{
  confsync_version_unref (mending->version);
  g_hash_table_unref (mending->asked);
  g_free (mending->waiting);
  g_free (mending);
}

static gboolean
is_it (ConfsyncMending *mending, ConfsyncRevision *revision)
{
  return g_strcmp0 (confsync_version_get_hash (mending->version),
                    confsync_document_get_hash (confsync_revision_get_document (revision))) == 0 &&
         confsync_stamp_compare (confsync_version_get_stamp (mending->version),
                                 confsync_revision_get_stamp (revision)) == CONFSYNC_ORDER_EQUAL;
}

/* Ends the search; @link (nullable) is where it was found. */
static void
take (ConfsyncReplica *self,
      ConfsyncMending *mending,
      const char *link,
      ConfsyncRevision *revision)
{
  confsync_replica_act (self, CONFSYNC_ACTION_MEND, link, revision, NULL)->version =
    confsync_version_ref (mending->version);
  g_ptr_array_remove (self->mendings, mending);
}

static gboolean
take_from_memory (ConfsyncReplica *self, ConfsyncMending *mending)
{
  for (guint i = 0; i < self->recent->len; i++)
    if (is_it (mending, self->recent->pdata[i]))
      {
        take (self, mending, NULL, self->recent->pdata[i]);
        return TRUE;
      }
  if (self->head == NULL || !is_it (mending, self->head))
    return FALSE;
  take (self, mending, NULL, self->head);
  return TRUE;
}

/* Says so once; while nobody is there that could be asked, there is nothing to say. */
static void
give_up (ConfsyncReplica *self, ConfsyncMending *mending)
{
  ConfsyncAction *action;

  if (mending->told || g_hash_table_size (mending->asked) == 0)
    return;
  mending->told = TRUE;
  action = confsync_replica_act (self, CONFSYNC_ACTION_MEND, NULL, NULL, NULL);
  action->version = confsync_version_ref (mending->version);
  action->count = g_hash_table_size (mending->asked);
}

static void
ask (ConfsyncReplica *self, ConfsyncMending *mending, const char *link)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (mending->version);
  ConfsyncAction *action =
    confsync_replica_act (self, CONFSYNC_ACTION_SEND_BASE_REQUEST, link, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (action->stamps); i++)
    action->stamps[i] = confsync_stamp_ref (stamp);
  g_hash_table_add (mending->asked, g_strdup (link));
  mending->waiting = g_strdup (link);
  mending->asked_at = self->now;
}

/* Asks the next one, in the order of their names: that in a hash table is nobody's. */
static void
ask_next (ConfsyncReplica *self, ConfsyncMending *mending)
{
  g_autoptr (GList) links = NULL;

  if (mending->waiting != NULL)
    return;
  links = g_list_sort (g_hash_table_get_keys (self->links), (GCompareFunc) strcmp);
  for (GList *l = links; l != NULL; l = l->next)
    if (confsync_replica_link_get_legacy (confsync_replica_get_link (self, l->data)) == NULL &&
        !g_hash_table_contains (mending->asked, l->data))
      {
        ask (self, mending, l->data);
        return;
      }
  give_up (self, mending);
}

static ConfsyncMending *
find (ConfsyncReplica *self, ConfsyncVersion *version)
{
  for (guint i = 0; i < self->mendings->len; i++)
    {
      ConfsyncMending *mending = self->mendings->pdata[i];

      if (g_str_equal (confsync_version_get_name (mending->version),
                       confsync_version_get_name (version)))
        return mending;
    }
  return NULL;
}

void
confsync_replica_mend (ConfsyncReplica *self, gint64 now, ConfsyncVersion *version)
{
  ConfsyncMending *mending = find (self, version);

  self->now = now;
  if (mending != NULL)
    {
      /* whoever hadn't got it may have it by now; a clock that jumps back is no reason to wait */
      if (mending->waiting != NULL || take_from_memory (self, mending) ||
          ABS (now - mending->asked_at) < PEER_PATIENCE_US)
        return;
      g_hash_table_remove_all (mending->asked);
      ask_next (self, mending);
      return;
    }
  if (self->mendings->len >= MENDINGS_MAX)
    return;
  mending = g_new0 (ConfsyncMending, 1);
  mending->version = confsync_version_ref (version);
  mending->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_add (self->mendings, mending);
  if (!take_from_memory (self, mending))
    ask_next (self, mending);
}

void
confsync_replica_mend_ask (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->mendings->len; i++)
    ask_next (self, self->mendings->pdata[i]);
}

void
confsync_replica_mend_got (ConfsyncReplica *self,
                           const char *link,
                           ConfsyncStamp *a,
                           ConfsyncStamp *b,
                           ConfsyncRevision *base,
                           guint more)
{
  for (guint i = 0; i < self->mendings->len; i++)
    {
      ConfsyncMending *mending = self->mendings->pdata[i];
      ConfsyncStamp *stamp = confsync_version_get_stamp (mending->version);

      if (g_strcmp0 (mending->waiting, link) != 0 ||
          confsync_stamp_compare (stamp, a) != CONFSYNC_ORDER_EQUAL ||
          confsync_stamp_compare (stamp, b) != CONFSYNC_ORDER_EQUAL)
        continue;
      if (base != NULL && is_it (mending, base))
        take (self, mending, link, base);
      else if (more == 0)
        {
          g_clear_pointer (&mending->waiting, g_free);
          ask_next (self, mending);
        }
      return;
    }
}

void
confsync_replica_mend_link_down (ConfsyncReplica *self, const char *link)
{
  for (guint i = 0; i < self->mendings->len; i++)
    {
      ConfsyncMending *mending = self->mendings->pdata[i];
      gboolean waited = g_strcmp0 (mending->waiting, link) == 0;

      if (waited)
        g_clear_pointer (&mending->waiting, g_free);
      g_hash_table_remove (mending->asked, link);
      if (waited)
        ask_next (self, mending);
    }
}

void
confsync_replica_mend_tick (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->mendings->len; i++)
    {
      ConfsyncMending *mending = self->mendings->pdata[i];

      if (mending->waiting == NULL || ABS (self->now - mending->asked_at) < PEER_PATIENCE_US)
        continue;
      g_clear_pointer (&mending->waiting, g_free);
      ask_next (self, mending);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One link of a replica: the queue towards it and what it is known to hold.
 */

#include "config.h"

#include "confsync-replica-link-private.h"

#include "confsync-mutant-private.h"

/* Only the head and the few carried revisions are ever offered again, so older answers may go. */
#define ANSWERS_MAX 256

typedef struct
{
  ConfsyncRevision *revision; /* (owned) */
  gboolean is_head;
  gboolean again;
} Offer;

struct _ConfsyncReplicaLink
{
  char *id;
  gboolean leaf;
  char *holds; /* (nullable): key of what it holds */
  char *hash;  /* (nullable): hash of what it holds */
  ConfsyncRevision *in_flight; /* (nullable) */
  gint64 sent_at;
  GQueue waiting;        /* of Offer */
  GHashTable *answered;  /* keys */
  ConfsyncLegacyState *legacy; /* (nullable) */
};

static void
offer_free (Offer *offer)
{
  confsync_revision_unref (offer->revision);
  g_free (offer);
}

ConfsyncReplicaLink *
confsync_replica_link_new (const char *id, gboolean leaf)
{
  ConfsyncReplicaLink *self = g_new0 (ConfsyncReplicaLink, 1);

  self->id = g_strdup (id);
  self->leaf = leaf;
  g_queue_init (&self->waiting);
  self->answered = g_hash_table_new_full (confsync_key_hash, g_str_equal, g_free, NULL);
  return self;
}

void
confsync_replica_link_free (ConfsyncReplicaLink *self)
{
  g_free (self->id);
  g_free (self->holds);
  g_free (self->hash);
  g_clear_pointer (&self->in_flight, confsync_revision_unref);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) offer_free);
  g_hash_table_unref (self->answered);
  g_clear_pointer (&self->legacy, confsync_legacy_state_free);
  g_free (self);
}

const char *
confsync_replica_link_get_id (ConfsyncReplicaLink *self)
{
  return self->id;
}

gboolean
confsync_replica_link_is_leaf (ConfsyncReplicaLink *self)
{
  return self->leaf;
}

void
confsync_replica_link_make_legacy (ConfsyncReplicaLink *self, gboolean relays)
{
  self->legacy = confsync_legacy_state_new (relays);
}

ConfsyncLegacyState *
confsync_replica_link_get_legacy (ConfsyncReplicaLink *self)
{
  return self->legacy;
}

void
confsync_replica_link_set_holds (ConfsyncReplicaLink *self, ConfsyncStamp *stamp, const char *hash)
{
  g_free (self->holds);
  self->holds = stamp != NULL ? confsync_stamp_make_key (stamp, hash) : NULL;
  g_free (self->hash);
  self->hash = g_strdup (hash);
}

gboolean
confsync_replica_link_holds (ConfsyncReplicaLink *self, ConfsyncRevision *revision)
{
  return g_strcmp0 (self->holds, confsync_revision_get_key (revision)) == 0;
}

const char *
confsync_replica_link_get_hash (ConfsyncReplicaLink *self)
{
  return self->hash;
}

gboolean
confsync_replica_link_has_answered (ConfsyncReplicaLink *self, const char *key)
{
  return g_hash_table_contains (self->answered, key);
}

void
confsync_replica_link_forget_answers (ConfsyncReplicaLink *self)
{
  g_hash_table_remove_all (self->answered);
}

static void
remove_waiting (ConfsyncReplicaLink *self, ConfsyncRevision *revision, gboolean heads)
{
  for (GList *l = self->waiting.head; l != NULL;)
    {
      GList *next = l->next;
      Offer *offer = l->data;

      if ((heads && offer->is_head) || confsync_revision_same (offer->revision, revision))
        {
          offer_free (offer);
          g_queue_delete_link (&self->waiting, l);
        }
      l = next;
    }
}

/* The other end holds it, or said what it thinks of it. */
static gboolean
is_known (ConfsyncReplicaLink *self, ConfsyncRevision *revision)
{
  if (confsync_replica_link_holds (self, revision))
    return TRUE;
  return !CONFSYNC_MUTANT ("resend-refused") &&
         confsync_replica_link_has_answered (self, confsync_revision_get_key (revision));
}

void
confsync_replica_link_offer (ConfsyncReplicaLink *self,
                             ConfsyncRevision *revision,
                             gboolean is_head,
                             gboolean again)
{
  Offer *offer;

  remove_waiting (self, revision, is_head);
  if (self->in_flight != NULL && confsync_revision_same (self->in_flight, revision))
    return;
  if (!again && is_known (self, revision))
    return;

  offer = g_new (Offer, 1);
  offer->revision = confsync_revision_ref (revision);
  offer->is_head = is_head;
  offer->again = again;
  if (is_head)
    g_queue_push_head (&self->waiting, offer);
  else
    g_queue_push_tail (&self->waiting, offer);
}

ConfsyncRevision *
confsync_replica_link_next (ConfsyncReplicaLink *self, gint64 now)
{
  Offer *offer;

  while (self->in_flight == NULL && (offer = g_queue_pop_head (&self->waiting)) != NULL)
    {
      /* while it waited, the other end may have got it elsewhere */
      if (offer->again || !is_known (self, offer->revision))
        {
          self->in_flight = confsync_revision_ref (offer->revision);
          self->sent_at = now;
          offer_free (offer);
          return confsync_revision_ref (self->in_flight);
        }
      offer_free (offer);
    }
  return NULL;
}

ConfsyncRevision *
confsync_replica_link_answered (ConfsyncReplicaLink *self, const char *key)
{
  if (g_hash_table_size (self->answered) >= ANSWERS_MAX)
    g_hash_table_remove_all (self->answered);
  g_hash_table_add (self->answered, g_strdup (key));

  if (self->in_flight != NULL && g_str_equal (confsync_revision_get_key (self->in_flight), key))
    return g_steal_pointer (&self->in_flight);
  return NULL;
}

void
confsync_replica_link_give_up (ConfsyncReplicaLink *self)
{
  g_clear_pointer (&self->in_flight, confsync_revision_unref);
}

void
confsync_replica_link_expire (ConfsyncReplicaLink *self, gint64 now)
{
  /* a clock that jumped back would keep it there for as long */
  if (self->in_flight != NULL && ABS (now - self->sent_at) >= CONFSYNC_LINK_PATIENCE_US)
    g_clear_pointer (&self->in_flight, confsync_revision_unref);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The memory of a channel to a legacy peer, within bounds. Stamps and hashes only: contents may be
 * large.
 */

#include "config.h"

#include "confsync-legacy-state-private.h"

#include "confsync-stamp-private.h"

/* Sendings that are still too young to have been edited; more than a writer gone wild causes. */
#define SENT_MAX 256
/* Instances behind one channel. Beyond that, the memory of all of them goes: then what they edit
 * counts as made on less than they knew, and is resolved. */
#define IDS_MAX 1024
#define ANSWERS_MAX 1024
#define NEVER (G_MININT64 / 2)
#define AFTER_LAST_US G_TIME_SPAN_MILLISECOND
/* How long a frame may take to be applied: the next one must be younger than that. */
#define APPLY_MAX_US (2 * G_USEC_PER_SEC)
/* more than what a frame takes to come here */
#define SKEW_US (2 * G_USEC_PER_SEC)

typedef struct
{
  gint64 at;
  ConfsyncStamp *stamp; /* (owned) */
} Crossing;

struct _ConfsyncLegacyState
{
  GQueue sent;          /* of Crossing, oldest first: one that is old enough, and younger ones */
  GHashTable *received; /* id to Crossing: the last one */
  GHashTable *answers;  /* "id hash" to gint64: when */
  gint64 last_time;     /* the greatest that a legacy peer said */
  gint64 ahead;         /* of the clock that is most so, at least */
  gboolean skewed;      /* a clock is off */

  gboolean relays;
  char *hash;       /* (nullable): of the content that crossed last */
  gint64 hash_at;   /* when it did */
  gint64 other_at;  /* when one of another hash last did; NEVER */
  gboolean settled; /* everybody behind the channel has it */
};

static Crossing *
crossing_new (gint64 at, ConfsyncRevision *revision)
{
  Crossing *crossing = g_new (Crossing, 1);

  crossing->at = at;
  crossing->stamp = confsync_stamp_ref (confsync_revision_get_stamp (revision));
  return crossing;
}

static void
crossing_free (Crossing *crossing)
{
  confsync_stamp_unref (crossing->stamp);
  g_free (crossing);
}

ConfsyncLegacyState *
confsync_legacy_state_new (gboolean relays)
{
  ConfsyncLegacyState *self = g_new0 (ConfsyncLegacyState, 1);

  g_queue_init (&self->sent);
  self->received =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) crossing_free);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->relays = relays;
  self->hash_at = NEVER;
  self->other_at = NEVER;
  return self;
}

void
confsync_legacy_state_free (ConfsyncLegacyState *self)
{
  g_queue_clear_full (&self->sent, (GDestroyNotify) crossing_free);
  g_hash_table_unref (self->received);
  g_hash_table_unref (self->answers);
  g_free (self->hash);
  g_free (self);
}

/* A clock may be set back: what seems to lie ahead is young, and stays so until time gets there. */
static gboolean
is_old (gint64 at, gint64 now)
{
  return at <= now - CONFSYNC_LEGACY_GRACE_US;
}

static void
note_crossing (ConfsyncLegacyState *self, gint64 now, const char *hash)
{
  if (g_strcmp0 (self->hash, hash) != 0)
    {
      self->other_at = self->hash_at;
      g_free (self->hash);
      self->hash = g_strdup (hash);
    }
  self->hash_at = now;
}

/* Of those that are old enough, only the last one matters. */
static void
forget_old (ConfsyncLegacyState *self, gint64 now)
{
  GList *second;

  while ((second = g_queue_peek_nth_link (&self->sent, 1)) != NULL &&
         (is_old (((Crossing *) second->data)->at, now) || self->sent.length > SENT_MAX))
    crossing_free (g_queue_pop_head (&self->sent));
}

static void
push_sent (ConfsyncLegacyState *self, gint64 at, ConfsyncRevision *revision)
{
  g_queue_push_tail (&self->sent, crossing_new (at, revision));
  forget_old (self, at);
}

void
confsync_legacy_state_sent (ConfsyncLegacyState *self, gint64 now, ConfsyncRevision *revision)
{
  push_sent (self, now, revision);
  note_crossing (self, now, confsync_revision_get_hash (revision));
  self->settled = TRUE; /* whatever came before it, nobody refuses it */
}

void
confsync_legacy_state_passed (ConfsyncLegacyState *self, gint64 now, const char *hash)
{
  note_crossing (self, now, hash);
  self->settled = is_old (self->other_at, now);
}

void
confsync_legacy_state_recognize (ConfsyncLegacyState *self, ConfsyncRevision *revision)
{
  if (g_strcmp0 (self->hash, confsync_revision_get_hash (revision)) == 0)
    push_sent (self, self->hash_at, revision);
}

void
confsync_legacy_state_received (ConfsyncLegacyState *self,
                                gint64 now,
                                const char *id,
                                ConfsyncRevision *revision)
{
  if (g_hash_table_size (self->received) >= IDS_MAX && !g_hash_table_contains (self->received, id))
    g_hash_table_remove_all (self->received);
  g_hash_table_replace (self->received, g_strdup (id), crossing_new (now, revision));
  if (self->relays && !self->skewed)
    push_sent (self, now, revision); /* to the others behind it */
  note_crossing (self, now, confsync_revision_get_hash (revision));
  self->settled = is_old (self->other_at, now) && !(self->relays && self->skewed);
}

/* Whether a frame was dated as ours are. */
static gboolean
has_lead (gint64 now, gint64 timestamp)
{
  gint64 time = timestamp - CONFSYNC_LEGACY_LEAD_US;

  return time >= now - CONFSYNC_LEGACY_AGE_US - CONFSYNC_LEGACY_CLOCK_US &&
         time <= now + CONFSYNC_LEGACY_CLOCK_US;
}

ConfsyncLegacyReceipt
confsync_legacy_state_receive (ConfsyncLegacyState *self, gint64 now, gint64 timestamp)
{
  ConfsyncLegacyReceipt receipt = { .at = now };

  receipt.is_quick = has_lead (now, timestamp);
  if (receipt.is_quick)
    {
      receipt.made = timestamp - CONFSYNC_LEGACY_LEAD_US;
      return receipt;
    }
  self->last_time = MAX (self->last_time, timestamp);
  self->ahead = MAX (self->ahead, timestamp - now);
  self->skewed |= ABS (timestamp - now) > SKEW_US;
  receipt.made = ABS (timestamp - now) > CONFSYNC_LEGACY_CLOCK_US ? now : timestamp;
  return receipt;
}

/* Whether an edit made at @before could know it. */
static gboolean
is_earlier (const Crossing *crossing, gint64 before)
{
  return confsync_vector_get_greatest (confsync_stamp_get_vector (crossing->stamp)) < before;
}

/* The last one that is at least so old, and was made before; %NULL for none. */
static Crossing *
find_sent (ConfsyncLegacyState *self, gint64 until, gint64 before)
{
  for (GList *l = self->sent.tail; l != NULL; l = l->prev)
    if (((Crossing *) l->data)->at <= until && is_earlier (l->data, before))
      return l->data;
  return NULL;
}

ConfsyncStamp *
confsync_legacy_state_get_base (ConfsyncLegacyState *self,
                                const ConfsyncLegacyReceipt *receipt,
                                const char *id)
{
  /* a legacy clock says nothing of what came first */
  gint64 before = receipt->is_quick ? receipt->made : G_MAXINT64;
  gint64 age = receipt->is_quick ? CONFSYNC_LEGACY_QUICK_US : CONFSYNC_LEGACY_GRACE_US;
  Crossing *received = g_hash_table_lookup (self->received, id);
  Crossing *sent = find_sent (self, receipt->at - age, before);

  if (received != NULL && !is_earlier (received, before))
    received = NULL;
  if (received == NULL || (sent != NULL && sent->at >= received->at))
    return sent != NULL ? sent->stamp : NULL;
  return received->stamp;
}

gboolean
confsync_legacy_state_is_settled (ConfsyncLegacyState *self, const char *hash)
{
  return self->settled && g_strcmp0 (self->hash, hash) == 0;
}

gboolean
confsync_legacy_state_is_quiet (ConfsyncLegacyState *self, gint64 now)
{
  return self->hash == NULL || is_old (self->hash_at, now);
}

static gboolean
is_over (gpointer key, gpointer value, gpointer now)
{
  return ABS (*(gint64 *) now - *(gint64 *) value) >= CONFSYNC_LEGACY_ANSWER_US;
}

gboolean
confsync_legacy_state_may_answer (ConfsyncLegacyState *self,
                                  gint64 now,
                                  const char *id,
                                  const char *hash)
{
  g_autofree char *key = g_strdup_printf ("%s %s", id, hash);
  gint64 *at = g_hash_table_lookup (self->answers, key);

  if (at != NULL && !is_over (key, at, &now))
    return FALSE;
  if (g_hash_table_size (self->answers) >= ANSWERS_MAX)
    g_hash_table_foreach_remove (self->answers, is_over, &now);
  if (g_hash_table_size (self->answers) >= ANSWERS_MAX)
    return FALSE; /* this is no conversation */
  at = g_new (gint64, 1);
  *at = now;
  g_hash_table_replace (self->answers, g_steal_pointer (&key), at);
  return TRUE;
}

gint64
confsync_legacy_state_write_time (ConfsyncLegacyState *self, gint64 now, gint64 head_time)
{
  gint64 lead = self->ahead > CONFSYNC_LEGACY_LEAD_US - CONFSYNC_LEGACY_AGE_US
                  ? self->ahead + CONFSYNC_LEGACY_AGE_US + APPLY_MAX_US
                  : CONFSYNC_LEGACY_LEAD_US;
  gint64 time = MAX (head_time, now - CONFSYNC_LEGACY_AGE_US) + lead;

  return MIN (MAX (time, self->last_time + AFTER_LAST_US), CONFSYNC_STAMP_TIME_MAX);
}

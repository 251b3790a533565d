/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two sides of a conflict were both made from: looked for in memory, then in the own history,
 * then asked of who sent the other side, then of the others. Each step may end with nothing; within
 * a bounded time the conflict is put to the resolver all the same.
 *
 * The bases that are looked for include together all that both sides include. With less, what one
 * side changed twice may look as if both had changed it, and the first change may win over the
 * second. Where no single one does, as after two merges of the same edits in another order, one is
 * made of several (see confsync-bases-private.h).
 */

#include "config.h"

#include "confsync-bases-private.h"
#include "confsync-replica-inside-private.h"

#define PEER_PATIENCE_US (10 * G_USEC_PER_SEC)
/* More at a time are decided without. */
#define QUESTIONS_MAX 64
/* Peers that are asked about one question. */
#define PEERS_MAX 8
/* From history, and from peers. */
#define FOUND_MAX (4 * CONFSYNC_BASES_MAX)

void
confsync_replica_set_needs_base (ConfsyncReplica *self, gboolean needs_base)
{
  self->needs_base = needs_base;
}

void
confsync_replica_question_free (ConfsyncBaseQuestion *question)
{
  g_free (question->link);
  confsync_revision_unref (question->local);
  confsync_revision_unref (question->remote);
  g_ptr_array_unref (question->found);
  g_hash_table_unref (question->asked);
  g_hash_table_unref (question->waited_for);
  g_free (question);
}

static gboolean
is_within (ConfsyncStamp *stamp, ConfsyncStamp *other)
{
  ConfsyncOrder order = confsync_stamp_compare (stamp, other);

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

gboolean
confsync_revision_is_within (ConfsyncRevision *revision, ConfsyncRevision *head)
{
  return is_within (confsync_revision_get_stamp (revision), confsync_revision_get_stamp (head));
}

/* What is in memory, and what was found for this question (nullable). */
static GPtrArray *
list_known (ConfsyncReplica *self, GPtrArray *found)
{
  GPtrArray *known = g_ptr_array_new ();

  for (guint i = 0; i < self->recent->len; i++)
    g_ptr_array_add (known, self->recent->pdata[i]);
  for (guint i = 0; found != NULL && i < found->len; i++)
    g_ptr_array_add (known, found->pdata[i]);
  return known;
}

ConfsyncRevision *
confsync_replica_make_base (ConfsyncReplica *self,
                            ConfsyncRevision *a,
                            ConfsyncRevision *b,
                            GPtrArray *found)
{
  g_autoptr (GPtrArray) known = list_known (self, found);

  return confsync_bases_make (known, a, b);
}

/* How much of it is known. */
typedef enum {
  KNOWN_PARTLY,   /* not all that both sides include */
  KNOWN_IN_PARTS, /* there is no single one, and those below them may be missing */
  KNOWN_WHOLLY,   /* one that includes all that both sides do */
} Known;

static Known
look_up (ConfsyncReplica *self, ConfsyncStamp *a, ConfsyncStamp *b, GPtrArray *found)
{
  g_autoptr (GPtrArray) known = list_known (self, found);
  g_autoptr (GPtrArray) bases = confsync_bases_find (known, a, b);

  if (!confsync_bases_are_whole (bases, a, b))
    return KNOWN_PARTLY;
  return bases->len == 1 ? KNOWN_WHOLLY : KNOWN_IN_PARTS;
}

/* @found is nullable. */
static void
put_to_resolver (ConfsyncReplica *self,
                 const char *link,
                 ConfsyncRevision *remote,
                 GPtrArray *found)
{
  confsync_replica_act (self, CONFSYNC_ACTION_RESOLVE, link, remote, self->head)->base =
    confsync_replica_make_base (self, self->head, remote, found);
}

static ConfsyncAction *
act_about (ConfsyncReplica *self,
           ConfsyncActionType type,
           const char *link,
           ConfsyncRevision *revision,
           ConfsyncStamp *a,
           ConfsyncStamp *b)
{
  ConfsyncAction *action = confsync_replica_act (self, type, link, revision, NULL);

  action->stamps[0] = confsync_stamp_ref (a);
  action->stamps[1] = confsync_stamp_ref (b);
  return action;
}

static ConfsyncBaseQuestion *
find_question (ConfsyncReplica *self,
               const char *link,
               ConfsyncRevision *local,
               ConfsyncRevision *remote)
{
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      if (g_strcmp0 (question->link, link) == 0 &&
          confsync_revision_same (question->local, local) &&
          confsync_revision_same (question->remote, remote))
        return question;
    }
  return NULL;
}

static void
ask_history (ConfsyncReplica *self, const char *link, ConfsyncRevision *remote)
{
  ConfsyncBaseQuestion *question = g_new0 (ConfsyncBaseQuestion, 1);

  question->link = g_strdup (link);
  question->local = confsync_revision_ref (self->head);
  question->remote = confsync_revision_ref (remote);
  question->found = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);
  question->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  question->waited_for = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_add (self->questions, question);
  act_about (self, CONFSYNC_ACTION_FIND_BASE, link, remote,
             confsync_revision_get_stamp (self->head), confsync_revision_get_stamp (remote))
    ->other = confsync_revision_ref (self->head);
}

void
confsync_replica_resolve (ConfsyncReplica *self, const char *link, ConfsyncRevision *remote)
{
  ConfsyncStamp *ours = confsync_revision_get_stamp (self->head);
  ConfsyncStamp *theirs = confsync_revision_get_stamp (remote);

  if (!self->needs_base || self->questions->len >= QUESTIONS_MAX ||
      look_up (self, ours, theirs, NULL) == KNOWN_WHOLLY)
    put_to_resolver (self, link, remote, NULL);
  else if (find_question (self, link, self->head, remote) == NULL)
    ask_history (self, link, remote);
}

/* Without any base, it is the resolver that says so. */
static void
remark_if_partly (ConfsyncReplica *self,
                  const char *link,
                  ConfsyncRevision *remote,
                  GPtrArray *found)
{
  ConfsyncStamp *ours = confsync_revision_get_stamp (self->head);
  ConfsyncStamp *theirs = confsync_revision_get_stamp (remote);
  g_autoptr (GPtrArray) known = list_known (self, found);
  g_autoptr (GPtrArray) bases = confsync_bases_find (known, ours, theirs);

  if (bases->len > 0 && !confsync_bases_are_whole (bases, ours, theirs))
    confsync_replica_report (self, CONFSYNC_REPORT_REMARK, link, remote, self->head)->reason =
      g_strdup ("nobody in reach has all that both edits were made from: a member that was changed "
                "more than once may come to an earlier one of its values");
}

/* The question is answered, as far as it will be. */
static void
end_question (ConfsyncReplica *self, ConfsyncBaseQuestion *question)
{
  g_autofree char *link = g_strdup (question->link);
  g_autoptr (ConfsyncRevision) local = confsync_revision_ref (question->local);
  g_autoptr (ConfsyncRevision) remote = confsync_revision_ref (question->remote);
  g_autoptr (GPtrArray) found = g_ptr_array_ref (question->found);

  g_ptr_array_remove (self->questions, question);
  if (self->applying != NULL)
    confsync_replica_defer (self, CONFSYNC_EVENT_REMATCH, link)->revision =
      g_steal_pointer (&remote);
  else if (confsync_revision_same (self->head, local))
    {
      remark_if_partly (self, link, remote, found);
      put_to_resolver (self, link, remote, found);
    }
  else
    /* while it was asked, the question became another one */
    confsync_replica_evaluate (self, link, remote);
}

static void
ask_peer (ConfsyncReplica *self, ConfsyncBaseQuestion *question, ConfsyncReplicaLink *link)
{
  const char *id = link != NULL ? confsync_replica_link_get_id (link) : NULL;

  if (id == NULL || confsync_replica_link_get_legacy (link) != NULL ||
      g_hash_table_size (question->asked) >= PEERS_MAX ||
      !g_hash_table_add (question->asked, g_strdup (id)))
    return;
  if (g_hash_table_size (question->asked) == 1)
    question->asked_at = self->now;
  g_hash_table_add (question->waited_for, g_strdup (id));
  act_about (self, CONFSYNC_ACTION_SEND_BASE_REQUEST, id, NULL,
             confsync_revision_get_stamp (question->local),
             confsync_revision_get_stamp (question->remote));
}

/* Names of links, sorted: the order in a hash table is nobody's. */
static GList *
list_links (ConfsyncReplica *self)
{
  return g_list_sort (g_hash_table_get_keys (self->links), (GCompareFunc) strcmp);
}

/* Whoever sent the other side knows best; a third one may have what neither does. */
static void
ask_on (ConfsyncReplica *self, ConfsyncBaseQuestion *question)
{
  g_autoptr (GList) links = NULL;

  if (g_hash_table_size (question->waited_for) > 0)
    return;
  if (look_up (self, confsync_revision_get_stamp (question->local),
               confsync_revision_get_stamp (question->remote), question->found) == KNOWN_PARTLY)
    {
      ask_peer (self, question, confsync_replica_get_link (self, question->link));
      links = g_hash_table_size (question->waited_for) == 0 ? list_links (self) : NULL;
      for (GList *link = links; link != NULL; link = link->next)
        ask_peer (self, question, confsync_replica_get_link (self, link->data));
    }
  if (g_hash_table_size (question->waited_for) == 0)
    end_question (self, question);
}

/* What may come from outside, where nothing is certain; remembered for the next question. */
static void
take_base (ConfsyncReplica *self, ConfsyncBaseQuestion *question, ConfsyncRevision *base)
{
  if (!confsync_revision_is_within (base, question->local) ||
      !confsync_revision_is_within (base, question->remote) ||
      question->found->len >= FOUND_MAX)
    return;
  g_ptr_array_add (question->found, confsync_revision_ref (base));
  for (guint i = 0; i < self->recent->len; i++)
    if (confsync_revision_same (self->recent->pdata[i], base))
      return;
  confsync_replica_remember (self, base);
}

/* Tells a peer what it asked for: one after the other, each with how many there are to come. */
static void
send_bases (ConfsyncReplica *self,
            const char *link,
            ConfsyncStamp *a,
            ConfsyncStamp *b,
            GPtrArray *found)
{
  g_autoptr (GPtrArray) known = list_known (self, found);
  g_autoptr (GPtrArray) bases = confsync_bases_gather (known, a, b);

  if (bases->len == 0)
    act_about (self, CONFSYNC_ACTION_SEND_BASE, link, NULL, a, b);
  for (guint i = 0; i < bases->len; i++)
    act_about (self, CONFSYNC_ACTION_SEND_BASE, link, bases->pdata[i], a, b)->count =
      bases->len - 1 - i;
}

void
confsync_replica_base_found (ConfsyncReplica *self,
                             gint64 now,
                             const char *link,
                             ConfsyncStamp *a,
                             ConfsyncStamp *b,
                             ConfsyncRevision *local,
                             ConfsyncRevision *remote,
                             GPtrArray *bases)
{
  ConfsyncBaseQuestion *question;

  self->now = now;
  if (local == NULL || remote == NULL)
    {
      if (confsync_replica_get_link (self, link) != NULL)
        send_bases (self, link, a, b, bases);
      return;
    }
  question = find_question (self, link, local, remote);
  if (question == NULL || g_hash_table_size (question->asked) > 0)
    return;
  for (guint i = 0; i < bases->len; i++)
    take_base (self, question, bases->pdata[i]);
  ask_on (self, question);
}

void
confsync_replica_got_base_request (ConfsyncReplica *self,
                                   gint64 now,
                                   const char *link,
                                   ConfsyncStamp *a,
                                   ConfsyncStamp *b)
{
  self->now = now;
  if (look_up (self, a, b, NULL) == KNOWN_WHOLLY)
    send_bases (self, link, a, b, NULL);
  else
    act_about (self, CONFSYNC_ACTION_FIND_BASE, link, NULL, a, b);
}

static gboolean
is_about (ConfsyncBaseQuestion *question, const char *link, ConfsyncStamp *a, ConfsyncStamp *b)
{
  return g_hash_table_contains (question->waited_for, link) &&
         confsync_stamp_compare (confsync_revision_get_stamp (question->local), a) ==
           CONFSYNC_ORDER_EQUAL &&
         confsync_stamp_compare (confsync_revision_get_stamp (question->remote), b) ==
           CONFSYNC_ORDER_EQUAL;
}

static ConfsyncBaseQuestion *
find_asked (ConfsyncReplica *self, const char *link, ConfsyncStamp *a, ConfsyncStamp *b)
{
  for (guint i = 0; i < self->questions->len; i++)
    if (is_about (self->questions->pdata[i], link, a, b))
      return self->questions->pdata[i];
  return NULL;
}

void
confsync_replica_got_base (ConfsyncReplica *self,
                           gint64 now,
                           const char *link,
                           ConfsyncStamp *a,
                           ConfsyncStamp *b,
                           ConfsyncRevision *base,
                           guint more)
{
  ConfsyncBaseQuestion *question = find_asked (self, link, a, b);

  self->now = now;
  if (question == NULL)
    {
      confsync_replica_mend_got (self, link, a, b, base, more);
      return;
    }
  if (base != NULL)
    take_base (self, question, base);
  if (more > 0)
    return;
  g_hash_table_remove (question->waited_for, link);
  ask_on (self, question);
}

static ConfsyncBaseQuestion *
find_waiting (ConfsyncReplica *self, const char *link)
{
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      if (g_hash_table_contains (question->waited_for, link))
        return question;
    }
  return NULL;
}

/* The link is gone already, so nobody asks there any more: each time, fewer wait for it. */
void
confsync_replica_base_link_down (ConfsyncReplica *self, const char *link)
{
  ConfsyncBaseQuestion *question;

  while ((question = find_waiting (self, link)) != NULL)
    {
      g_hash_table_remove (question->waited_for, link);
      ask_on (self, question);
    }
}

void
confsync_replica_base_tick (ConfsyncReplica *self)
{
  for (guint i = 0; i < self->questions->len; i++)
    {
      ConfsyncBaseQuestion *question = self->questions->pdata[i];

      /* a clock that jumps back is no reason to wait for ever */
      if (g_hash_table_size (question->asked) > 0 &&
          ABS (self->now - question->asked_at) >= PEER_PATIENCE_US)
        {
          end_question (self, question);
          return;
        }
    }
}

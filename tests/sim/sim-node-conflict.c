/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's conflicts: what its resolver is asked, what both sides were made from, and how a person
 * settles what is left open.
 */

#include "config.h"

#include "sim-world.h"

#include "confsync-conflict-private.h"
#include "confsync-open-conflict.h"
#include "confsync-stamp-private.h"

#define SEARCH_MAX_MS 3

typedef struct
{
  SimNode *node;
  guint life;
  char *link;        /* (owned) (nullable) */
  gboolean answered;
} Question;

static void
question_clear (Question *question)
{
  g_free (question->link);
}

static void
question_unref (Question *question)
{
  g_rc_box_release_full (question, (GDestroyNotify) question_clear);
}

/* What was merged was made on both. */
static void
learn_merged (SimNode *self, ConfsyncConflict *conflict, ConfsyncDocument *merged)
{
  SimLedger *ledger = &self->world->ledger;
  ConfsyncRevision *local = confsync_conflict_get_local (conflict);
  ConfsyncRevision *remote = confsync_conflict_get_remote (conflict);
  g_autoptr (ConfsyncRevision) joined = confsync_revision_join (local, remote);
  g_autoptr (ConfsyncRevision) result =
    confsync_revision_new (merged, confsync_revision_get_stamp (joined));
  SimEdits edits = sim_ledger_get_edits (ledger, local);
  SimEdits others = sim_ledger_get_edits (ledger, remote);

  sim_edits_join (&edits, &others);
  sim_ledger_learn (ledger, result, &edits);
}

static void
answered_cb (ConfsyncConflict *conflict,
             ConfsyncAnswer answer,
             ConfsyncDocument *merged,
             const char *reason,
             gpointer user_data)
{
  Question *question = user_data;
  SimNode *self = question->node;
  const ConfsyncResolution resolution =
    confsync_resolution_of (conflict, answer, merged, reason);

  question->answered = TRUE;
  if (self->replica == NULL || self->life != question->life)
    return;
  sim_world_trace (self->world, "%s: resolved (%d)", self->name, answer);
  if (answer == CONFSYNC_ANSWER_MERGED)
    learn_merged (self, conflict, merged);
  confsync_replica_resolved (self->replica, sim_node_get_time (self), question->link,
                             confsync_conflict_get_local (conflict),
                             confsync_conflict_get_remote (conflict),
                             confsync_conflict_get_base (conflict), &resolution);
  sim_node_run_actions (self);
}

void
sim_node_resolve (SimNode *self, ConfsyncAction *action)
{
  static const ConfsyncResolution waiting = { .answer = CONFSYNC_ANSWER_DECLINED,
                                              .reason = "waits for a decision" };
  Question *question = g_rc_box_new0 (Question);
  ConfsyncConflict *conflict;

  question->node = self;
  question->life = self->life;
  question->link = g_strdup (action->link);
  conflict = confsync_conflict_new (action->base, action->other, action->revision, answered_cb,
                                    g_rc_box_acquire (question), (GDestroyNotify) question_unref);
  if (self->resolver != NULL)
    confsync_resolver_resolve (self->resolver, conflict);
  /* one that nobody kept declines now; one that somebody thinks about is held back until then */
  confsync_conflict_unref (conflict);
  if (!question->answered)
    confsync_replica_resolved (self->replica, sim_node_get_time (self), action->link, action->other,
                               action->revision, action->base, &waiting);
  question_unref (question);
}

/* What both sides were made from */

typedef struct
{
  char *link; /* (owned) (nullable) */
  ConfsyncStamp *stamps[2];
  ConfsyncRevision *local;  /* (owned) (nullable) */
  ConfsyncRevision *remote; /* (owned) (nullable) */
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_free (search->link);
  confsync_stamp_unref (search->stamps[0]);
  confsync_stamp_unref (search->stamps[1]);
  g_clear_pointer (&search->local, confsync_revision_unref);
  g_clear_pointer (&search->remote, confsync_revision_unref);
  g_free (search);
}

static void
found_cb (SimWorld *world, SimEvent *event)
{
  SimNode *self = event->node;
  Search *search = event->data;
  g_autoptr (GPtrArray) bases =
    sim_disk_find_bases (&self->disk, search->stamps[0], search->stamps[1], self->memory);

  world->n_handled++;
  sim_world_trace (world, "%s: %u bases, %s", self->name, bases->len,
                   bases->len > 0 ? confsync_revision_get_key (bases->pdata[0]) : "unknown");
  confsync_replica_base_found (self->replica, sim_node_get_time (self), search->link,
                               search->stamps[0], search->stamps[1], search->local, search->remote,
                               bases);
  sim_node_run_actions (self);
}

void
sim_node_find_base (SimNode *self, ConfsyncAction *action)
{
  Search *search = g_new0 (Search, 1);
  SimEvent *event = sim_world_schedule (self->world, found_cb, self,
                                        sim_dice_roll (&self->dice, SEARCH_MAX_MS) * SIM_MS);

  search->link = g_strdup (action->link);
  for (int i = 0; i < 2; i++)
    search->stamps[i] = confsync_stamp_ref (action->stamps[i]);
  search->local = action->other != NULL ? confsync_revision_ref (action->other) : NULL;
  search->remote = action->revision != NULL ? confsync_revision_ref (action->revision) : NULL;
  event->data = search;
  event->free = search_free;
}

/* A person decides */

static ConfsyncJson *
parse (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return confsync_json_parse (bytes, NULL, NULL);
}

/* The head with @value (nullable: nothing) in that place; %NULL where there is no such place any
 * more. */
static ConfsyncDocument *
put (ConfsyncRevision *head, const char *pointer, ConfsyncJson *value)
{
  ConfsyncJson *json = confsync_document_get_json (confsync_revision_get_document (head));
  g_autoptr (ConfsyncJson) there = confsync_json_lookup (json, pointer, NULL);
  g_autoptr (GBytes) text = value != NULL ? confsync_json_to_compact (value) : NULL;
  g_autofree char *patch_text = NULL;
  g_autoptr (ConfsyncJson) patch = NULL;
  g_autoptr (ConfsyncJson) result = NULL;

  if (*pointer == '\0')
    return value != NULL ? confsync_document_new_from_json (value, NULL) : NULL;
  if (value == NULL && there == NULL)
    return confsync_document_new_from_json (json, NULL);
  patch_text =
    value == NULL
      ? g_strdup_printf ("[{\"op\":\"remove\",\"path\":\"%s\"}]", pointer)
      : g_strdup_printf ("[{\"op\":\"add\",\"path\":\"%s\",\"value\":%.*s}]", pointer,
                         (int) g_bytes_get_size (text), (char *) g_bytes_get_data (text, NULL));
  patch = parse (patch_text);
  result = confsync_json_patch (json, patch, NULL);
  return result != NULL && confsync_json_get_length (result) > 0
           ? confsync_document_new_from_json (result, NULL)
           : NULL;
}

gboolean
sim_node_settle (SimNode *self, SimDice *dice)
{
  SimLedger *ledger = &self->world->ledger;
  ConfsyncRevision *head = sim_node_get_head (self);
  g_autoptr (GPtrArray) list = NULL;
  ConfsyncOpenConflict *conflict;
  g_autoptr (ConfsyncDocument) document = NULL;
  SimEdits edits, others;

  if (head == NULL || confsync_replica_is_busy (self->replica) || sim_ledger_is_full (ledger))
    return FALSE;
  list = confsync_replica_list_conflicts (self->replica);
  if (list->len == 0)
    return FALSE;
  conflict = list->pdata[sim_dice_roll (dice, list->len)];
  document = put (head, confsync_open_conflict_get_pointer (conflict),
                  sim_dice_hits (dice, 2) ? confsync_open_conflict_get_ours (conflict)
                                          : confsync_open_conflict_get_theirs (conflict));
  if (document == NULL)
    return FALSE;

  edits = sim_ledger_get_edits (ledger, head);
  others = sim_ledger_find_stamp (ledger, confsync_open_conflict_get_theirs_stamp (conflict));
  sim_edits_join (&edits, &others);
  sim_ledger_add_edit (ledger, self->index, &edits);
  sim_world_note_members (self->world, &edits, NULL, document);
  sim_world_trace (self->world, "%s: edit %u settles %s at “%s”: %s", self->name,
                   ledger->n_edits - 1, confsync_open_conflict_get_id (conflict),
                   confsync_open_conflict_get_pointer (conflict),
                   confsync_document_get_hash (document));
  self->world->n_handled++;
  self->world->now++;
  sim_node_expect (self, document, &edits);
  confsync_replica_settle_conflict (self->replica, sim_node_get_time (self),
                                    confsync_open_conflict_get_id (conflict), document);
  sim_node_run_actions (self);
  return TRUE;
}

gboolean
sim_node_waits (SimNode *self)
{
  g_autoptr (GPtrArray) list = confsync_replica_list_conflicts (self->replica);

  for (guint i = 0; i < list->len; i++)
    if (*confsync_open_conflict_get_pointer (list->pdata[i]) == '\0')
      return TRUE;
  return FALSE;
}

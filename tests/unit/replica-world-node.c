/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node of the world: a replica, its live configuration and its disk.
 */

#include "config.h"

#include "replica-world-inside.h"

#include "confsync-conflict-private.h"
#include "confsync-stamp-private.h"

#include <string.h>

#define QUIET_US (50 * WORLD_MS)
#define KEYS 4

/* Came out of an exchange, and nobody looked at it yet. */
typedef struct
{
  ConfsyncDocument *document;
  guint64 edits;
} Stray;

static void
stray_free (Stray *stray)
{
  confsync_document_unref (stray->document);
  g_free (stray);
}

gint64
node_get_time (Node *node)
{
  return node->world->now + node->skew;
}

ConfsyncRevision *
world_get_head (Node *node)
{
  return node->replica != NULL ? confsync_replica_get_head (node->replica) : NULL;
}

static gboolean
has_content (ConfsyncRevision *revision, ConfsyncDocument *document)
{
  return revision != NULL && document != NULL &&
         g_str_equal (confsync_revision_get_hash (revision), confsync_document_get_hash (document));
}

static void
look_at_head (Node *node)
{
  World *self = node->world;
  ConfsyncRevision *head = world_get_head (node);
  const char *complaint = NULL;

  if (head == NULL || head == node->last_head)
    return;
  ledger_get_edits (&self->ledger, head);
  /* the same content under another name, such as that of a new actor */
  if (node->last_head != NULL &&
      has_content (head, confsync_revision_get_document (node->last_head)))
    ledger_learn (&self->ledger, head, ledger_get_edits (&self->ledger, node->last_head));
  if (node->last_head != NULL)
    complaint = ledger_judge (&self->ledger, node->last_head, head);
  world_trace (self, "%s: head %s, made on %" G_GINT64_MODIFIER "x", node->name,
               world_name (self, head), ledger_get_edits (&self->ledger, head));
  if (complaint != NULL && self->send_legacy != NULL)
    {
      self->n_complaints++;
      world_trace (self, "COUNTED: %s %s", node->name, complaint);
    }
  else if (complaint != NULL)
    world_fail (self, "%s %s", node->name, complaint);
  if (has_content (head, node->live))
    node->live_edits |= ledger_get_edits (&self->ledger, head);
  g_clear_pointer (&node->last_head, confsync_revision_unref);
  node->last_head = confsync_revision_ref (head);
}

static void
keep (Node *node, ConfsyncDocument *document)
{
  g_hash_table_replace (node->kept, g_strdup (confsync_document_get_hash (document)),
                        confsync_document_ref (document));
}

static void
keep_revision (Node *node, ConfsyncAction *action)
{
  guint64 *edits =
      g_hash_table_lookup (node->origins, confsync_revision_get_hash (action->revision));

  keep (node, confsync_revision_get_document (action->revision));
  if (edits != NULL && action->cause == CONFSYNC_CAUSE_EDIT)
    ledger_learn (&node->world->ledger, action->revision, *edits);
}

static void
persist (Node *node)
{
  World *self = node->world;
  gint64 done = self->now + world_roll (self, 200) * WORLD_MS;
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  WorldEvent *event;

  confsync_json_builder_begin_object (builder);
  confsync_replica_save (node->replica, builder);
  confsync_json_builder_close (builder);
  node->persisted_until = MAX (node->persisted_until, done);
  event = world_schedule (self, HAPPENS_PERSISTED, node, node->persisted_until - self->now);
  event->state = confsync_json_builder_end (builder, NULL);
}

static void
begin_apply (Node *node, ConfsyncAction *action)
{
  World *self = node->world;

  g_assert_null (node->apply);
  node->apply = confsync_revision_ref (action->revision);
  node->apply_expected =
      action->other != NULL ? confsync_document_ref (confsync_revision_get_document (action->other))
                            : NULL;
  world_schedule (self, HAPPENS_EXCHANGE, node, world_roll (self, 4) * WORLD_MS)->fails =
      world_roll (self, 50) == 0;
}

static void
resolve (Node *node, ConfsyncAction *action)
{
  gboolean ours = confsync_revision_compare (action->other, action->revision) > 0;
  ConfsyncResolution resolution = { .answer = node->holds_back ? CONFSYNC_ANSWER_DECLINED
                                              : ours           ? CONFSYNC_ANSWER_LOCAL
                                                               : CONFSYNC_ANSWER_REMOTE,
                                    .reason = "held back" };

  confsync_replica_resolved (node->replica, node_get_time (node), action->link, action->other,
                             action->revision, action->base, &resolution);
}

/* What comes from outside of the replicas has no other way to tell what it was made on. */
static void
learn_content (World *self, ConfsyncRevision *revision)
{
  guint64 *edits = g_hash_table_lookup (self->contents, confsync_revision_get_hash (revision));

  if (edits != NULL)
    ledger_learn (&self->ledger, revision, *edits);
}

static void
act (Node *node, ConfsyncAction *action)
{
  if (node->world->send_legacy != NULL && action->revision != NULL)
    learn_content (node->world, action->revision);
  switch (action->type)
    {
    case CONFSYNC_ACTION_SEND_UPDATE:
    case CONFSYNC_ACTION_SEND_HEADS:
    case CONFSYNC_ACTION_SEND_REQUEST:
    case CONFSYNC_ACTION_SEND_ACK:
      world_send (node, action);
      break;
    case CONFSYNC_ACTION_SEND_LEGACY:
      node->world->send_legacy (node, action);
      break;
    case CONFSYNC_ACTION_APPLY:
      begin_apply (node, action);
      break;
    case CONFSYNC_ACTION_RELOAD:
      world_schedule (node->world, HAPPENS_NOTICED, node, 0);
      break;
    case CONFSYNC_ACTION_RESOLVE:
      resolve (node, action);
      break;
    case CONFSYNC_ACTION_KEEP:
      keep_revision (node, action);
      break;
    case CONFSYNC_ACTION_PERSIST:
      persist (node);
      break;
    case CONFSYNC_ACTION_REPORT:
      world_trace (node->world, "%s: report %d %s", node->name, action->report,
                   world_name (node->world, action->revision));
      break;
    case CONFSYNC_ACTION_FIND_BASE:
    case CONFSYNC_ACTION_SEND_BASE_REQUEST:
    case CONFSYNC_ACTION_SEND_BASE:
      g_assert_not_reached (); /* nobody here needs one */
    case CONFSYNC_ACTION_ACKNOWLEDGED:
    default:
      break;
    }
}

void
node_run_actions (Node *node)
{
  ConfsyncAction *action;

  while ((action = confsync_replica_next_action (node->replica)) != NULL)
    {
      act (node, action);
      confsync_action_free (action);
    }
  look_at_head (node);
}

/* The replica will make a revision of exactly that content. */
static void
announce (Node *node, ConfsyncDocument *document, guint64 edits)
{
  guint64 *value = g_new (guint64, 1);

  *value = edits;
  g_hash_table_replace (node->origins, g_strdup (confsync_document_get_hash (document)), value);
}

static void
displace (Node *node, ConfsyncDocument *document, guint64 edits)
{
  world_trace (node->world, "%s: displaced %s", node->name, confsync_document_get_hash (document));
  announce (node, document, edits);
  confsync_replica_displaced (node->replica, node_get_time (node), document);
  node_run_actions (node);
}

static void
receive (Node *node, WorldEvent *event)
{
  World *self = node->world;
  gint64 now = node_get_time (node);
  char link[] = { (char) ('0' + event->from->index), '\0' };

  if (self->links[event->from->index][node->index] != event->channel)
    return;
  if (event->message == CONFSYNC_ACTION_SEND_UPDATE)
    confsync_replica_received (node->replica, now, link, event->revision);
  else if (event->message == CONFSYNC_ACTION_SEND_HEADS)
    confsync_replica_got_heads (node->replica, now, link, event->stamp, event->hash);
  else if (event->message == CONFSYNC_ACTION_SEND_REQUEST)
    confsync_replica_got_request (node->replica, now, link, event->hash);
  else
    {
      ConfsyncMessage ack = {
        .type = CONFSYNC_MESSAGE_ACK,
        .stamp = event->stamp,
        .config_hash = event->hash,
        .for_stamp = confsync_revision_get_stamp (event->revision),
        .for_hash = (char *) confsync_revision_get_hash (event->revision),
        .outcome = event->outcome,
      };

      confsync_replica_got_ack (node->replica, now, link, &ack);
    }
  node_run_actions (node);
}

static void
set_live (Node *node, ConfsyncDocument *document, guint64 edits, ConfsyncStamp *stamp)
{
  g_clear_pointer (&node->live, confsync_document_unref);
  node->live = confsync_document_ref (document);
  node->live_edits = edits;
  g_clear_pointer (&node->live_stamp, confsync_stamp_unref);
  node->live_stamp = stamp != NULL ? confsync_stamp_ref (stamp) : NULL;
  node->modified = node_get_time (node);
}

/* A document with one value changed to the number of the edit. */
ConfsyncDocument *
world_make_edit (World *self, int editor, ConfsyncDocument *base, guint64 *edits)
{
  guint number = self->ledger.n_edits;
  g_autoptr (ConfsyncJson) old =
      base != NULL ? confsync_json_ref (confsync_document_get_json (base)) : NULL;
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  guint changed = world_roll (self, KEYS);
  ConfsyncDocument *document;

  *edits |= ledger_add_edit (&self->ledger, editor);
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < KEYS; i++)
    {
      char key[] = { (char) ('a' + i), '\0' };
      g_autoptr (ConfsyncJson) value = old != NULL ? confsync_json_get_member (old, key) : NULL;

      if (i != changed && value == NULL)
        continue;
      confsync_json_builder_name (builder, key);
      if (i == changed)
        confsync_json_builder_integer (builder, number);
      else
        confsync_json_builder_append (builder, value);
    }
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  document = confsync_document_new_from_json (json, NULL);
  g_hash_table_replace (self->contents, g_strdup (confsync_document_get_hash (document)),
                        g_memdup2 (edits, sizeof *edits));
  return document;
}

static void
leave_stray (Node *node, ConfsyncDocument *document, guint64 edits)
{
  Stray *stray = g_new (Stray, 1);

  stray->document = confsync_document_ref (document);
  stray->edits = edits;
  g_ptr_array_add (node->strays, stray);
}

static void
remove_stray (Node *node, ConfsyncDocument *document)
{
  for (guint i = node->strays->len; i-- > 0;)
    if (((Stray *) node->strays->pdata[i])->document == document)
      g_ptr_array_remove_index (node->strays, i);
}

/* Somebody had the old file open and saves in place, now that another one stands there. */
static void
write_late (Node *node, ConfsyncDocument *old, guint64 old_edits)
{
  World *self = node->world;
  guint64 edits = old_edits;
  WorldEvent *event;

  if (old == NULL || ledger_is_full (&self->ledger) || world_roll (self, 20) != 0)
    return;
  event = world_schedule (self, HAPPENS_LATE, node, 20 * WORLD_MS);
  event->document = world_make_edit (self, node->index, old, &edits);
  event->edits = edits;
  world_trace (self, "%s: a late edit %s", node->name,
               confsync_document_get_hash (event->document));
}

static void
exchange (Node *node, WorldEvent *event)
{
  World *self = node->world;
  WorldEvent *applied =
      world_schedule (self, HAPPENS_APPLIED, node, world_roll (self, 3) * WORLD_MS);
  ConfsyncDocument *expected = node->apply_expected;

  applied->fails = event->fails;
  if (event->fails)
    return;

  if (node->live != NULL && !has_content (node->apply, node->live) &&
      (expected == NULL || !confsync_document_equal (node->live, expected)))
    {
      applied->document = confsync_document_ref (node->live);
      applied->edits = node->live_edits;
      leave_stray (node, node->live, node->live_edits);
    }
  write_late (node, node->live, node->live_edits);
  set_live (node, confsync_revision_get_document (node->apply),
            ledger_get_edits (&self->ledger, node->apply),
            confsync_revision_get_stamp (node->apply));
}

static void
note_applied (Node *node)
{
  World *self = node->world;
  const char *key = confsync_revision_get_key (node->apply);

  self->n_applies++;
  if (!g_hash_table_add (node->applied, g_strdup (key)))
    world_fail (self, "%s applied %s twice", node->name, key);
}

static void
end_apply (Node *node, WorldEvent *event)
{
  g_autoptr (ConfsyncRevision) revision = node->apply;

  if (!event->fails)
    note_applied (node);
  node->apply = NULL;
  g_clear_pointer (&node->apply_expected, confsync_document_unref);
  if (event->document != NULL)
    {
      announce (node, event->document, event->edits);
      remove_stray (node, event->document);
    }
  confsync_replica_applied (node->replica, node_get_time (node), event->document,
                            event->fails ? "disk full" : NULL);
  node_run_actions (node);
}

static void
notice (Node *node)
{
  if (node->live == NULL)
    return;
  announce (node, node->live, node->live_edits);
  confsync_replica_edited (node->replica, node_get_time (node), node->live);
  node_run_actions (node);
}

void
node_happen (Node *node, WorldEvent *event)
{
  World *self = node->world;
  gboolean gone = node->replica == NULL || event->life != node->life;

  if (event->what == HAPPENS_QUIET)
    {
      /* what comes and goes while the program is down is nobody's to see */
      if (!gone && g_str_equal (confsync_document_get_hash (node->live), event->hash))
        g_hash_table_add (self->quiet, g_strdup (event->hash));
    }
  else if (event->what == HAPPENS_LATE && gone)
    leave_stray (node, event->document, event->edits);
  else if (gone)
    return;
  else if (event->what == HAPPENS_MESSAGE)
    receive (node, event);
  else if (event->what == HAPPENS_EXCHANGE)
    exchange (node, event);
  else if (event->what == HAPPENS_APPLIED)
    end_apply (node, event);
  else if (event->what == HAPPENS_NOTICED)
    notice (node);
  else if (event->what == HAPPENS_LATE)
    displace (node, event->document, event->edits);
  else
    {
      g_clear_pointer (&node->state, confsync_json_unref);
      node->state = g_steal_pointer (&event->state);
      world_trace (self, "%s: persisted", node->name);
    }
}

static void
supply_wanted (Node *node)
{
  g_auto (GStrv) wanted = confsync_replica_dup_wanted (node->replica);

  for (guint i = 0; wanted[i] != NULL; i++)
    if (g_hash_table_contains (node->kept, wanted[i]))
      confsync_replica_supply (node->replica, g_hash_table_lookup (node->kept, wanted[i]));
}

void
world_start (Node *node)
{
  World *self = node->world;

  g_assert_null (node->replica);
  node->life++;
  node->base_is_lost = FALSE;
  node->replica = confsync_replica_new (node->name, g_rand_int (self->random));
  confsync_replica_set_needs_base (node->replica, FALSE);
  if (node->state != NULL)
    g_assert_true (confsync_replica_restore (node->replica, node->state, NULL));
  supply_wanted (node);
  world_trace (self, "%s starts, live %s", node->name,
               node->live != NULL ? confsync_document_get_hash (node->live) : "-");
  if (node->live != NULL)
    announce (node, node->live, node->live_edits);
  confsync_replica_start (node->replica, node_get_time (node), node->live, node->live_stamp,
                          node->modified, NULL);
  node_run_actions (node);
  if (world_get_head (node) != NULL)
    keep (node, confsync_revision_get_document (world_get_head (node)));

  while (node->strays->len > 0)
    {
      Stray *stray = g_ptr_array_steal_index (node->strays, 0);

      if (!g_hash_table_contains (node->kept, confsync_document_get_hash (stray->document)))
        displace (node, stray->document, stray->edits);
      stray_free (stray);
    }
  for (int i = 0; i < self->n_nodes; i++)
    if (self->wired[node->index][i])
      world_connect (self, node->index, i);
}

/* What the disk takes the live content for is what an edit from now on counts as made on: that an
 * apply went unnoted in a crash is a documented limit. */
static void
remember_base (Node *node)
{
  g_autoptr (ConfsyncJson) hash =
      node->state != NULL ? confsync_json_lookup (node->state, "/head/hash", NULL) : NULL;
  g_autoptr (ConfsyncJson) stamp_json =
      node->state != NULL ? confsync_json_lookup (node->state, "/head/stamp", NULL) : NULL;
  g_autofree char *text = hash != NULL ? confsync_json_dup_string (hash) : NULL;

  node->base_is_lost =
      node->live != NULL && g_strcmp0 (text, confsync_document_get_hash (node->live)) != 0;
  node->base_edits = 0;
  if (stamp_json != NULL)
    {
      g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new_from_json (stamp_json, NULL);
      g_autofree char *key = confsync_stamp_make_key (stamp, text);

      node->base_edits = ledger_find (&node->world->ledger, key);
    }
  if (node->base_is_lost && node->live_stamp == NULL)
    {
      node->live_edits =
          ledger_filter (&node->world->ledger, node->live_edits, node->index) | node->base_edits;
      node->base_is_lost = FALSE;
    }
}

void
world_crash (Node *node)
{
  if (node->replica == NULL)
    return;
  world_trace (node->world, "%s crashes", node->name);
  remember_base (node);
  for (int i = 0; i < node->world->n_nodes; i++)
    world_cut (node->world, node->index, i);
  g_clear_pointer (&node->replica, confsync_replica_free);
  g_clear_pointer (&node->apply, confsync_revision_unref);
  g_clear_pointer (&node->apply_expected, confsync_document_unref);
  g_clear_pointer (&node->last_head, confsync_revision_unref);
  g_hash_table_remove_all (node->applied);
  node->persisted_until = 0;
  node->life++;
}

void
world_edit (Node *node)
{
  World *self = node->world;
  guint64 edits = node->live_edits;
  g_autoptr (ConfsyncDocument) document = NULL;

  if (ledger_is_full (&self->ledger) || node->live == NULL || node->life == 0)
    return;
  if (node->base_is_lost)
    edits = node->base_edits;
  node->base_is_lost = FALSE;
  self->now++; /* no two edits in one microsecond */
  document = world_make_edit (self, node->index, node->live, &edits);
  set_live (node, document, edits, NULL);
  world_trace (self, "%s: edit %u: %s", node->name, self->ledger.n_edits - 1,
               confsync_document_get_hash (document));
  world_schedule (self, HAPPENS_QUIET, node, QUIET_US)->hash =
      g_strdup (confsync_document_get_hash (document));
  if (node->replica != NULL)
    world_schedule (self, HAPPENS_NOTICED, node, 1 + world_roll (self, 3) * 5 * WORLD_MS);
}

void
node_init (Node *node, World *world, const char *text)
{
  node->world = world;
  node->index = world->n_nodes;
  node->name = g_strdup_printf ("n%d", node->index);
  node->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) confsync_document_unref);
  node->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  node->applied = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  node->strays = g_ptr_array_new_with_free_func ((GDestroyNotify) stray_free);
  if (text != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (ConfsyncDocument) document = confsync_document_new (bytes, NULL, NULL);

      set_live (node, document, 0, NULL);
    }
}

void
node_clear (Node *node)
{
  world_crash (node);
  g_free (node->name);
  g_clear_pointer (&node->live, confsync_document_unref);
  g_clear_pointer (&node->live_stamp, confsync_stamp_unref);
  g_clear_pointer (&node->state, confsync_json_unref);
  g_hash_table_unref (node->kept);
  g_hash_table_unref (node->origins);
  g_hash_table_unref (node->applied);
  g_ptr_array_unref (node->strays);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node with local members.
 */

#include "config.h"

#include "sim-local.h"

#include "sim-world.h"

#include <string.h>

/* of what editors do: only local members, only shared ones, both */
#define WAYS_TO_EDIT 3
#define REMOVE_TIMES 6

/* one question to the store */
typedef struct
{
  SimNode *node;
  guint life;
  ConfsyncRevision *revision; /* (owned) (nullable) */
} Call;

static Call *
call_new (SimLocal *self, ConfsyncRevision *revision)
{
  Call *call = g_new (Call, 1);

  call->node = self->node;
  call->life = self->node->life;
  call->revision = revision != NULL ? confsync_revision_ref (revision) : NULL;
  return call;
}

static void
call_free (Call *call)
{
  g_clear_pointer (&call->revision, confsync_revision_unref);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* Whether whoever asked is still there. */
static gboolean
is_alive (Call *call)
{
  return call->node->replica != NULL && call->node->life == call->life;
}

static void
displaced_cb (ConfsyncStore *store, ConfsyncDocument *document, gpointer user_data)
{
  SimNode *node = user_data;

  if (node->replica != NULL)
    sim_node_displace (node, document, &node->disk.displaced_edits);
}

SimLocal *
sim_local_new (SimNode *node)
{
  SimLocal *self = g_new (SimLocal, 1);

  self->node = node;
  self->store = sim_store_new (&node->disk);
  self->local = confsync_local_store_new (
    CONFSYNC_STORE (self->store), confsync_local_members_get_pointers (node->members), NULL);
  g_assert_nonnull (self->local);
  g_signal_connect (self->local, "displaced", G_CALLBACK (displaced_cb), node);
  return self;
}

void
sim_local_free (SimLocal *self)
{
  g_signal_handlers_disconnect_by_data (self->local, self->node);
  sim_store_close (self->store);
  g_object_unref (self->local);
  g_object_unref (self->store);
  g_free (self);
}

void
sim_local_pump (SimWorld *world)
{
  /* whoever is being answered may ask for more: that is answered behind it */
  if (world->pumping)
    return;
  world->pumping = TRUE;
  while (g_main_context_iteration (NULL, FALSE))
    ;
  world->pumping = FALSE;
}

/* Waiting for answers */

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What is only read doesn't take time. */
static void
wait_for (SimLocal *self, GAsyncResult **result)
{
  sim_local_pump (self->node->world);
  g_assert_nonnull (*result);
}

ConfsyncJson *
sim_local_load_state (SimLocal *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) listed = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (ConfsyncDocument) state = NULL;

  confsync_store_load_state_async (CONFSYNC_STORE (self->local), NULL, answered_cb, &result);
  wait_for (self, &result);
  state = confsync_store_load_state_finish (CONFSYNC_STORE (self->local), result, NULL);
  /* and then history, as the engine does */
  confsync_store_list_versions_async (CONFSYNC_STORE (self->local), NULL, answered_cb, &listed);
  wait_for (self, &listed);
  versions = confsync_store_list_versions_finish (CONFSYNC_STORE (self->local), listed, NULL);
  g_assert_nonnull (versions);
  return state != NULL ? confsync_json_ref (confsync_document_get_json (state)) : NULL;
}

/* The same for the others but for objects that hold nothing: whether these are theirs or were made
 * for what is local depends on what was read in between. */
static gboolean
says_the_same (SimNode *node, ConfsyncDocument *a, ConfsyncDocument *b)
{
  g_autoptr (ConfsyncDocument) bare_a = sim_local_read (node, a, NULL);
  g_autoptr (ConfsyncDocument) bare_b = sim_local_read (node, b, NULL);

  for (guint i = 0; i < confsync_local_members_get_length (node->members); i++)
    {
      g_autoptr (ConfsyncJson) one = confsync_local_members_get (node->members, a, i);
      g_autoptr (ConfsyncJson) other = confsync_local_members_get (node->members, b, i);

      if ((one == NULL) != (other == NULL) || (one != NULL && !confsync_json_equal (one, other)))
        return FALSE;
    }
  return confsync_document_equal (bare_a, bare_b);
}

/* Whether the file would be the same if it had been written for that content, which some replica
 * had: at the start, that was being applied before. Initial contents are on no edits. */
static gboolean
may_say (SimNode *node, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncDocument) read = sim_local_read (node, node->disk.live, document);
  SimLedger *ledger = &node->world->ledger;
  const char *hash = confsync_document_get_hash (document);
  SimEdits edits = sim_ledger_find_content (ledger, hash);

  if (!node->disk.starts || !confsync_document_equal (read, document) ||
      !sim_ledger_knows_content (ledger, hash))
    return FALSE;
  sim_edits_join (&node->disk.live_edits, &edits);
  return TRUE;
}

static void
trace_content (SimWorld *world, const char *what, ConfsyncDocument *document)
{
  g_autoptr (GBytes) text = confsync_json_to_compact (confsync_document_get_json (document));

  sim_world_trace (world, "%s: %.*s", what, (int) g_bytes_get_size (text),
                   (const char *) g_bytes_get_data (text, NULL));
}

/* What the library takes the file for has to be what it says. Where a crash came between the file
 * and the notes, and then an edit, it can't know. */
static void
check_read (SimNode *node, ConfsyncDocument *document)
{
  SimDisk *disk = &node->disk;

  if (confsync_document_equal (document, disk->shared))
    return;
  if (disk->unnoted || may_say (node, document) || says_the_same (node, document, disk->shared))
    sim_disk_set_shared (disk, document);
  else
    {
      trace_content (node->world, "read", document);
      trace_content (node->world, "meant", disk->shared);
      trace_content (node->world, "live", disk->live);
      sim_world_fail (node->world, "%s reads %s in a file that says %s", node->name,
                      confsync_document_get_hash (document),
                      confsync_document_get_hash (disk->shared));
    }
}

ConfsyncDocument *
sim_local_load (SimLocal *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  ConfsyncDocument *document = NULL;

  confsync_store_load_async (CONFSYNC_STORE (self->local), NULL, answered_cb, &result);
  wait_for (self, &result);
  g_assert_true (confsync_store_load_finish (CONFSYNC_STORE (self->local), result, &document, NULL,
                                             NULL, NULL));
  self->node->disk.starts = TRUE;
  if (document != NULL)
    check_read (self->node, document);
  self->node->disk.starts = self->node->disk.unnoted = FALSE;
  return document;
}

ConfsyncDocument *
sim_local_get_version (SimLocal *self, guint number)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *name = g_strdup_printf ("%u", number);

  confsync_store_get_version_async (CONFSYNC_STORE (self->local), name, NULL, answered_cb, &result);
  wait_for (self, &result);
  return confsync_store_get_version_finish (CONFSYNC_STORE (self->local), result, NULL);
}

/* What is asked for, and answered when the disk is through with it */

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *name =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, NULL);
}

void
sim_local_keep (SimLocal *self, ConfsyncRevision *revision)
{
  confsync_store_save_version_async (CONFSYNC_STORE (self->local), revision, CONFSYNC_CAUSE_EDIT,
                                     NULL, kept_cb, NULL);
}

static void
persisted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  confsync_store_save_state_finish (CONFSYNC_STORE (source), result, NULL);
}

void
sim_local_persist (SimLocal *self, ConfsyncJson *state)
{
  g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (state, NULL);

  confsync_store_save_state_async (CONFSYNC_STORE (self->local), document, NULL, persisted_cb,
                                   NULL);
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  SimNode *node = call->node;
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_finish (CONFSYNC_STORE (source), result, &displaced, &error);
  if (is_alive (call))
    sim_node_applied (node, call->revision, displaced, &node->disk.displaced_edits,
                      error != NULL ? error->message : NULL);
}

void
sim_local_apply (SimLocal *self, ConfsyncRevision *revision, ConfsyncDocument *expected)
{
  confsync_store_save_async (CONFSYNC_STORE (self->local), revision, expected, NULL, applied_cb,
                             call_new (self, revision));
}

static void
noticed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (ConfsyncDocument) document = NULL;

  if (!confsync_store_load_finish (CONFSYNC_STORE (source), result, &document, NULL, NULL, NULL) ||
      document == NULL || !is_alive (call))
    return;
  check_read (call->node, document);
  sim_node_found (call->node, document);
}

void
sim_local_notice (SimLocal *self)
{
  confsync_store_load_async (CONFSYNC_STORE (self->local), NULL, noticed_cb,
                             call_new (self, NULL));
  sim_local_pump (self->node->world);
}

void
sim_local_displace (SimLocal *self, ConfsyncDocument *live, const SimEdits *edits)
{
  self->node->disk.displaced_edits = *edits;
  confsync_store_emit_displaced (CONFSYNC_STORE (self->store), live);
  sim_local_pump (self->node->world);
}

/* Edits */

ConfsyncDocument *
sim_local_make_edit (SimNode *node, SimDice *dice, ConfsyncDocument *live)
{
  SimWorld *world = node->world;
  SimValues *values = node->disk.values;
  gint64 way = sim_dice_roll (dice, WAYS_TO_EDIT);
  guint member = sim_dice_roll (dice, confsync_local_members_get_length (node->members));
  gboolean remove = sim_dice_hits (dice, REMOVE_TIMES);
  g_autoptr (ConfsyncDocument) half =
    way == 0 ? confsync_document_ref (live) : sim_world_make_edit (world, dice, live);
  ConfsyncDocument *whole = way == 1 ? confsync_document_ref (half)
                                     : sim_values_change (values, half, member, remove, node->name,
                                                          world->n_secrets++);

  sim_values_note (values, live, whole);
  return whole;
}

ConfsyncDocument *
sim_local_read (SimNode *node, ConfsyncDocument *live, ConfsyncDocument *shared)
{
  return node->members != NULL ? confsync_local_members_read (node->members, live, shared)
                               : confsync_document_ref (live);
}

/* Checks */

static gboolean
has_foreign (SimNode *node, ConfsyncDocument *document)
{
  g_autoptr (GBytes) text = confsync_json_to_compact (confsync_document_get_json (document));
  g_autofree char *own = g_strconcat (SIM_SECRET, node->name, "-", NULL);
  const char *end = g_bytes_get_data (text, NULL), *limit = end + g_bytes_get_size (text);

  while ((end = memmem (end, limit - end, SIM_SECRET, strlen (SIM_SECRET))) != NULL)
    {
      if (limit - end < (gssize) strlen (own) || memcmp (end, own, strlen (own)) != 0)
        return TRUE;
      end++;
    }
  return FALSE;
}

static void
check_foreign (SimNode *node)
{
  gboolean found = node->disk.live != NULL && has_foreign (node, node->disk.live);

  for (guint i = 0; i < node->disk.versions->len && !found; i++)
    found = has_foreign (node, confsync_revision_get_document (node->disk.versions->pdata[i]));
  if (found)
    sim_world_fail (node->world, "%s has a local value of another one", node->name);
}

void
sim_local_check (SimNode *node)
{
  SimDisk *disk = &node->disk;
  ConfsyncRevision *head = sim_node_get_head (node);
  ConfsyncDocument *shared;
  const char *lost;
  g_autoptr (ConfsyncDocument) read = NULL;

  if (!node->cloned)
    check_foreign (node);
  if (node->members == NULL || disk->live == NULL || head == NULL)
    return;
  shared = confsync_replica_is_edited_here (node->replica)
             ? disk->shared
             : confsync_revision_get_document (head);
  lost = sim_values_find_lost (disk->values, disk->live);
  read = sim_local_read (node, disk->live, shared);
  if (lost != NULL)
    sim_world_fail (node->world, "%s lost its value at %s", node->name, lost);
  else if (!confsync_document_equal (read, shared))
    sim_world_fail (node->world, "%s has a file that is not what is shared with its own values",
                    node->name);
}

void
sim_local_check_message (SimNode *node, GBytes *bytes)
{
  if (memmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), SIM_SECRET,
              strlen (SIM_SECRET)) != NULL)
    sim_world_fail (node->world, "%s sends a local value", node->name);
}

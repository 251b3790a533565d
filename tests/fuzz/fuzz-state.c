/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The engine's notes: a replica takes them whole or not at all, and runs on either way. What it
 * notes itself then is taken by the next one.
 */

#include "config.h"

#include "fuzz.h"

#include "confsync-local-notes-private.h"
#include "confsync-replica-private.h"

#define NOW_US G_GINT64_CONSTANT (1700000000000000)

static void
drain (ConfsyncReplica *replica)
{
  ConfsyncAction *action;

  while ((action = confsync_replica_next_action (replica)) != NULL)
    {
      if (action->type == CONFSYNC_ACTION_APPLY)
        confsync_replica_applied (replica, NOW_US, NULL, NULL);
      confsync_action_free (action);
    }
}

/* (nullable): its notes as a value */
static ConfsyncJson *
live (ConfsyncJson *state, ConfsyncDocument *document, gboolean *taken)
{
  g_autoptr (ConfsyncReplica) replica = confsync_replica_new ("fuzz", 7);
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) build_error = NULL;
  ConfsyncJson *notes;

  *taken = confsync_replica_restore (replica, state, &error);
  if (!*taken)
    fuzz_check_error (error);
  confsync_replica_supply (replica, document);
  confsync_replica_start (replica, NOW_US, document, NULL, NOW_US, NULL);
  drain (replica);

  confsync_json_builder_begin_object (builder);
  confsync_replica_save (replica, builder);
  confsync_json_builder_close (builder);
  notes = confsync_json_builder_end (builder, &build_error);
  g_assert_no_error (build_error);
  return notes;
}

static void
read_local (ConfsyncJson *state)
{
  const char *const pointers[] = { "/device_id", "/secrets", NULL };
  g_autoptr (ConfsyncLocalMembers) members = confsync_local_members_new (pointers, NULL);
  g_autoptr (ConfsyncDocument) notes = confsync_document_new_from_json (state, NULL);
  ConfsyncLocalNotes local = { 0 };

  if (notes == NULL)
    return;
  confsync_local_notes_init (&local, members);
  confsync_local_notes_restore (&local, members, notes);
  confsync_local_notes_clear (&local);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (ConfsyncJson) state = fuzz_parse (data, size);
  g_autoptr (ConfsyncJson) notes = NULL, again = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static ("{\"a\":1}", 7);
  g_autoptr (ConfsyncDocument) document = confsync_document_new (text, NULL, NULL);
  gboolean taken;

  if (state == NULL)
    return 0;
  read_local (state);
  notes = live (state, document, &taken);
  again = live (notes, document, &taken);
  g_assert_true (taken);
  return 0;
}

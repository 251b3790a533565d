/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The probe.
 */

#include "config.h"

#include "replica-probe.h"

#include <string.h>

ConfsyncDocument *
make_document (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

ConfsyncRevision *
make_revision (const char *text,
               ConfsyncStampKind kind,
               guint n,
               const guint64 *actors,
               const gint64 *times)
{
  g_autofree ConfsyncVectorEntry *entries = g_new (ConfsyncVectorEntry, n);
  g_autoptr (ConfsyncDocument) document = make_document (text);
  g_autoptr (ConfsyncVector) vector = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;

  for (guint i = 0; i < n; i++)
    entries[i] = (ConfsyncVectorEntry) { actors[i], times[i] };
  vector = confsync_vector_new (0, entries, n);
  stamp = confsync_stamp_new (kind, 0, confsync_vector_get_greatest (vector), "other", vector);
  return confsync_revision_new (document, stamp);
}

ConfsyncRevision *
make_edit_by (const char *text, guint64 actor, gint64 time)
{
  return make_revision (text, CONFSYNC_STAMP_EDIT, 1, &actor, &time);
}

ConfsyncRevision *
make_edit_on (const char *text, ConfsyncRevision *base, guint64 actor, gint64 time)
{
  g_autoptr (ConfsyncVector) vector = confsync_vector_set (
    confsync_stamp_get_vector (confsync_revision_get_stamp (base)), actor, time);
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_new (CONFSYNC_STAMP_EDIT, 0, time, "other", vector);
  g_autoptr (ConfsyncDocument) document = make_document (text);

  return confsync_revision_new (document, stamp);
}

static Probe *
probe_alloc (void)
{
  Probe *self = g_new0 (Probe, 1);

  self->replica = confsync_replica_new ("self", 42);
  /* as for last write wins: the resolver is asked at once */
  confsync_replica_set_needs_base (self->replica, FALSE);
  self->actions = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_action_free);
  return self;
}

Probe *
probe_new (const char *live)
{
  Probe *self = probe_alloc ();
  g_autoptr (ConfsyncDocument) document = live != NULL ? make_document (live) : NULL;

  confsync_replica_start (self->replica, T0, document, NULL, T0, NULL);
  probe_collect (self);
  return self;
}

Probe *
probe_new_as (ConfsyncRole role, ConfsyncJoin join, gboolean needs_base, const char *live)
{
  Probe *self = probe_alloc ();
  g_autoptr (ConfsyncDocument) document = live != NULL ? make_document (live) : NULL;

  confsync_replica_set_role (self->replica, role);
  confsync_replica_set_join (self->replica, join);
  confsync_replica_set_needs_base (self->replica, needs_base);
  confsync_replica_start (self->replica, T0, document, NULL, T0, NULL);
  probe_collect (self);
  return self;
}

static void
supply (Probe *self, const char *const *versions)
{
  g_auto (GStrv) wanted = confsync_replica_dup_wanted (self->replica);

  for (guint i = 0; versions[i] != NULL; i++)
    {
      g_autoptr (ConfsyncDocument) document = make_document (versions[i]);

      if (g_strv_contains ((const char *const *) wanted, confsync_document_get_hash (document)))
        confsync_replica_supply (self->replica, document);
    }
}

Probe *
probe_new_supplied (ConfsyncJson *state,
                    ConfsyncRole role,
                    gint64 now,
                    const char *live,
                    const char *const *versions)
{
  Probe *self = probe_alloc ();
  g_autoptr (ConfsyncDocument) document = make_document (live);
  g_autoptr (GError) error = NULL;

  confsync_replica_set_role (self->replica, role);
  g_assert_true (confsync_replica_restore (self->replica, state, &error));
  g_assert_no_error (error);
  supply (self, versions);
  confsync_replica_start (self->replica, now, document, NULL, now, NULL);
  probe_collect (self);
  return self;
}

Probe *
probe_new_seen (ConfsyncJson *state,
                ConfsyncRole role,
                gint64 now,
                const char *live,
                ConfsyncVersion **versions,
                ConfsyncDocument *document)
{
  Probe *self = probe_alloc ();
  g_autoptr (ConfsyncDocument) head = make_document (live);
  g_auto (GStrv) wanted = NULL;

  confsync_replica_set_role (self->replica, role);
  g_assert_true (confsync_replica_restore (self->replica, state, NULL));
  for (guint i = 0; versions[i] != NULL; i++)
    confsync_replica_saw_version (self->replica, versions[i]);
  wanted = confsync_replica_dup_wanted (self->replica);
  if (g_strv_contains ((const char *const *) wanted, confsync_document_get_hash (document)))
    confsync_replica_supply (self->replica, document);
  confsync_replica_start (self->replica, now, head, NULL, now, head);
  probe_collect (self);
  return self;
}

Probe *
probe_new_restored (ConfsyncJson *state,
                    gint64 now,
                    const char *live,
                    ConfsyncStamp *live_stamp,
                    gint64 modified,
                    const char *head)
{
  Probe *self = probe_alloc ();
  g_autoptr (ConfsyncDocument) document = live != NULL ? make_document (live) : NULL;
  g_autoptr (ConfsyncDocument) head_document = head != NULL ? make_document (head) : NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (confsync_replica_restore (self->replica, state, &error));
  g_assert_no_error (error);
  confsync_replica_start (self->replica, now, document, live_stamp, modified, head_document);
  probe_collect (self);
  return self;
}

void
probe_free (Probe *self)
{
  confsync_replica_free (self->replica);
  g_ptr_array_unref (self->actions);
  g_free (self);
}

ConfsyncJson *
probe_save (Probe *self)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json;

  confsync_json_builder_begin_object (builder);
  confsync_replica_save (self->replica, builder);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, &error);
  g_assert_no_error (error);
  return json;
}

void
probe_collect (Probe *self)
{
  ConfsyncAction *action;

  while ((action = confsync_replica_next_action (self->replica)) != NULL)
    g_ptr_array_add (self->actions, action);
}

void
probe_clear (Probe *self)
{
  g_ptr_array_set_size (self->actions, 0);
}

static gboolean
matches (ConfsyncAction *action, ConfsyncActionType type, const char *link)
{
  return action->type == type && (link == NULL || g_strcmp0 (action->link, link) == 0);
}

guint
probe_count (Probe *self, ConfsyncActionType type, const char *link)
{
  guint n = 0;

  for (guint i = 0; i < self->actions->len; i++)
    n += matches (self->actions->pdata[i], type, link);
  return n;
}

ConfsyncAction *
probe_get (Probe *self, ConfsyncActionType type, const char *link)
{
  g_assert_cmpuint (probe_count (self, type, link), ==, 1);
  for (guint i = 0; i < self->actions->len; i++)
    if (matches (self->actions->pdata[i], type, link))
      return self->actions->pdata[i];
  g_assert_not_reached ();
}

guint
probe_count_reports (Probe *self, ConfsyncReport report)
{
  guint n = 0;

  for (guint i = 0; i < self->actions->len; i++)
    {
      ConfsyncAction *action = self->actions->pdata[i];

      n += action->type == CONFSYNC_ACTION_REPORT && action->report == report;
    }
  return n;
}

ConfsyncAction *
probe_get_report (Probe *self, ConfsyncReport report)
{
  g_assert_cmpuint (probe_count_reports (self, report), ==, 1);
  for (guint i = 0; i < self->actions->len; i++)
    {
      ConfsyncAction *action = self->actions->pdata[i];

      if (action->type == CONFSYNC_ACTION_REPORT && action->report == report)
        return action;
    }
  g_assert_not_reached ();
}

void
probe_edit (Probe *self, gint64 now, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  confsync_replica_edited (self->replica, now, document);
  probe_collect (self);
}

void
probe_receive (Probe *self, gint64 now, const char *link, ConfsyncRevision *revision)
{
  confsync_replica_received (self->replica, now, link, revision);
  probe_collect (self);
}

void
probe_heads (Probe *self, gint64 now, const char *link, ConfsyncRevision *head)
{
  confsync_replica_got_heads (self->replica, now, link,
                              head != NULL ? confsync_revision_get_stamp (head) : NULL,
                              head != NULL ? confsync_revision_get_hash (head) : NULL);
  probe_collect (self);
}

void
probe_ack (Probe *self,
           gint64 now,
           const char *link,
           ConfsyncRevision *answered,
           ConfsyncRevision *holds,
           ConfsyncOutcome outcome)
{
  ConfsyncMessage ack = {
    .type = CONFSYNC_MESSAGE_ACK,
    .for_stamp = confsync_revision_get_stamp (answered),
    .for_hash = (char *) confsync_revision_get_hash (answered),
    .stamp = holds != NULL ? confsync_revision_get_stamp (holds) : NULL,
    .config_hash = holds != NULL ? (char *) confsync_revision_get_hash (holds) : NULL,
    .outcome = outcome,
    .reason = (char *) (outcome != CONFSYNC_OUTCOME_TAKEN ? "a reason" : NULL),
  };

  confsync_replica_got_ack (self->replica, now, link, &ack);
  probe_collect (self);
}

void
probe_applied (Probe *self, gint64 now, const char *displaced, const char *error)
{
  g_autoptr (ConfsyncDocument) document = displaced != NULL ? make_document (displaced) : NULL;

  confsync_replica_applied (self->replica, now, document, error);
  probe_collect (self);
}

void
probe_answer (Probe *self, gint64 now, ConfsyncAnswer answer, const char *merged)
{
  ConfsyncAction *question = probe_get (self, CONFSYNC_ACTION_RESOLVE, NULL);
  g_autoptr (ConfsyncDocument) document = merged != NULL ? make_document (merged) : NULL;
  ConfsyncResolution resolution = { .answer = answer, .merged = document, .reason = "waits" };

  confsync_replica_resolved (self->replica, now, question->link, question->other,
                             question->revision, question->base, &resolution);
  probe_collect (self);
}

void
probe_link (Probe *self, const char *link)
{
  confsync_replica_link_up (self->replica, T0, link, FALSE);
  probe_collect (self);
  probe_clear (self);
}

void
probe_resolve (Probe *self, gint64 now, const ConfsyncResolution *resolution)
{
  ConfsyncAction *question = probe_get (self, CONFSYNC_ACTION_RESOLVE, NULL);

  confsync_replica_resolved (self->replica, now, question->link, question->other,
                             question->revision, question->base, resolution);
  probe_collect (self);
}

ConfsyncOpenConflict *
probe_conflict (Probe *self)
{
  g_autoptr (GPtrArray) list = confsync_replica_list_conflicts (self->replica);

  g_assert_cmpuint (list->len, ==, 1);
  return confsync_open_conflict_ref (list->pdata[0]);
}

guint
probe_count_conflicts (Probe *self)
{
  g_autoptr (GPtrArray) list = confsync_replica_list_conflicts (self->replica);

  return list->len;
}

gboolean
probe_settle (Probe *self, gint64 now, const char *id, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);
  gboolean found = confsync_replica_settle_conflict (self->replica, now, id, document);

  probe_collect (self);
  return found;
}

ConfsyncRevision *
probe_head (Probe *self)
{
  return confsync_replica_get_head (self->replica);
}

void
assert_content (ConfsyncRevision *revision, const char *text)
{
  g_autoptr (ConfsyncDocument) document = make_document (text);

  g_assert_nonnull (revision);
  g_assert_cmpstr (confsync_revision_get_hash (revision), ==,
                   confsync_document_get_hash (document));
}

guint64
probe_actor (Probe *self)
{
  g_autoptr (ConfsyncJson) state = probe_save (self);
  g_autoptr (ConfsyncJson) actor = confsync_json_get_member (state, "actor");
  g_autofree char *text = confsync_json_dup_string (actor);

  return g_ascii_strtoull (text, NULL, 16);
}

gint64
time_of (ConfsyncRevision *revision, guint64 actor)
{
  return confsync_vector_get (confsync_stamp_get_vector (confsync_revision_get_stamp (revision)),
                              actor);
}

ConfsyncOrder
order_of (ConfsyncRevision *a, ConfsyncRevision *b)
{
  return confsync_stamp_compare (confsync_revision_get_stamp (a), confsync_revision_get_stamp (b));
}

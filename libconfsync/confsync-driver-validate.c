/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether a document may become the configuration. What is asked about is the live file as it would
 * be, with what stays on this machine; who asks is told a reason, and no value of the document.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include <string.h>

#include "confsync-error.h"

/* A reason goes to every peer that holds what was refused, and into logs. */
#define REASON_MAX_BYTES 1000

void
confsync_driver_set_validation (ConfsyncDriver *self,
                                ConfsyncDriverAsk ask,
                                ConfsyncDriverWants wants,
                                gpointer user_data)
{
  self->ask = ask;
  self->wants = wants;
  self->ask_data = user_data;
}

/* Takes @reason. */
static char *
make_reason (char *reason)
{
  g_autofree char *given = reason;
  g_autofree char *valid = g_utf8_make_valid (given, -1);
  const char *end;

  if (*valid == '\0')
    return g_strdup ("no reason given");
  if (strlen (valid) <= REASON_MAX_BYTES)
    return g_steal_pointer (&valid);
  end = g_utf8_find_prev_char (valid, valid + REASON_MAX_BYTES + 1);
  return g_strdup_printf ("%.*s…", (int) (end - valid), valid);
}

/* Who is asked may want something itself; that waits until the answer is dealt with. */
static char *
ask (ConfsyncDriver *self, ConfsyncDocument *whole, const char *author)
{
  gboolean acting = self->acting;
  char *reason;

  self->acting = TRUE;
  self->asking++;
  reason = self->ask (whole, author, self->ask_data);
  self->asking--;
  self->acting = acting;
  if (self->ask_again && self->asking == 0)
    {
      self->ask_again = FALSE;
      confsync_driver_load_soon (self);
    }
  return reason != NULL ? make_reason (reason) : NULL;
}

static gboolean
is_wanted (ConfsyncDriver *self)
{
  return self->ask != NULL && self->wants (self->ask_data);
}

/* What was accepted last comes again: as what is applied, and as what the watcher saw of that. */
gboolean
confsync_driver_validate (ConfsyncDriver *self,
                          ConfsyncDocument *whole,
                          const char *author,
                          GError **error)
{
  g_autofree char *reason = NULL;

  if (!is_wanted (self) ||
      g_strcmp0 (self->accepted, confsync_document_get_hash (whole)) == 0)
    return TRUE;
  reason = ask (self, whole, author);
  if (reason != NULL)
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, reason);
      return FALSE;
    }
  g_free (self->accepted);
  self->accepted = g_strdup (confsync_document_get_hash (whole));
  return TRUE;
}

gboolean
confsync_driver_validate_shared (ConfsyncDriver *self,
                                 ConfsyncDocument *shared,
                                 const char *author,
                                 GError **error)
{
  g_autoptr (ConfsyncDocument) whole = NULL;

  if (!is_wanted (self))
    return TRUE;
  whole = CONFSYNC_IS_LOCAL_STORE (self->store)
            ? confsync_local_store_lay (CONFSYNC_LOCAL_STORE (self->store), shared)
            : confsync_document_ref (shared);
  return confsync_driver_validate (self, whole, author, error);
}

gboolean
confsync_driver_may_apply (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  const char *author = confsync_stamp_get_author (confsync_revision_get_stamp (revision));
  gboolean own = g_strcmp0 (author, confsync_node_get_instance_id (self->node)) == 0;
  g_autoptr (GError) error = NULL;

  /* what is only put back was accepted before */
  if (revision == confsync_replica_get_head (self->replica) ||
      confsync_driver_validate_shared (self, confsync_revision_get_document (revision),
                                       own ? NULL : author, &error))
    return self->running;
  if (self->running)
    confsync_replica_apply_refused (self->replica, confsync_driver_get_time (self),
                                    error->message);
  return FALSE;
}

static gboolean
is_head (ConfsyncDriver *self, ConfsyncDocument *shared)
{
  ConfsyncRevision *head = confsync_replica_get_head (self->replica);

  return head != NULL && g_str_equal (confsync_revision_get_hash (head),
                                      confsync_document_get_hash (shared));
}

void
confsync_driver_take_edit (ConfsyncDriver *self, ConfsyncDocument *document)
{
  g_autoptr (GError) error = NULL;
  gboolean fine = confsync_driver_validate_shared (self, document, NULL, &error);

  if (!self->running)
    return;
  self->vetoed = !fine;
  if (fine)
    {
      confsync_reporter_all_well (self->reporter);
      confsync_replica_edited (self->replica, confsync_driver_get_time (self), document);
      return;
    }
  confsync_reporter_vetoed (self->reporter, error->message, is_head (self, document));
  confsync_replica_vetoed (self->replica, confsync_driver_get_time (self), document);
}

gboolean
confsync_driver_accept_displaced (ConfsyncDriver *self, ConfsyncDocument *document)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  if (confsync_driver_check_limits (self, document, &error) &&
      confsync_driver_validate_shared (self, document, NULL, &error))
    return TRUE;
  message = g_strdup_printf ("an edit that was under way when another took its place is not sent: "
                             "%s; it is kept as a version", error->message);
  confsync_reporter_notice (self->reporter, CONFSYNC_LEVEL_WARNING, message);
  confsync_replica_vetoed_late (self->replica, confsync_driver_get_time (self), document);
  return FALSE;
}

void
confsync_driver_take_displaced (ConfsyncDriver *self, ConfsyncDocument *document)
{
  if (confsync_driver_accept_displaced (self, document))
    confsync_replica_displaced (self->replica, confsync_driver_get_time (self), document);
}

void
confsync_driver_validate_found (ConfsyncDriver *self, ConfsyncDocument *document)
{
  g_autoptr (GError) error = NULL;

  if (confsync_driver_validate_shared (self, document, NULL, &error))
    return;
  self->vetoed = TRUE;
  self->found_reason = g_strdup (error->message);
  confsync_replica_refuse_live (self->replica);
}

void
confsync_driver_report_found (ConfsyncDriver *self, ConfsyncDocument *document)
{
  if (self->found_reason != NULL)
    confsync_reporter_vetoed (self->reporter, self->found_reason, is_head (self, document));
  g_clear_pointer (&self->found_reason, g_free);
}

/* Something acceptable took the place of what was refused. */
void
confsync_driver_note_replaced (ConfsyncDriver *self)
{
  if (!self->vetoed)
    return;
  self->vetoed = FALSE;
  confsync_reporter_all_well (self->reporter);
}

void
confsync_driver_validation_changed (ConfsyncDriver *self)
{
  g_clear_pointer (&self->accepted, g_free);
  if (!confsync_driver_is_started (self))
    return;
  if (self->asking > 0)
    {
      self->ask_again = TRUE;
      return;
    }
  confsync_replica_validation_changed (self->replica, confsync_driver_get_time (self));
  confsync_driver_run_actions (self);
  confsync_driver_load (self);
}

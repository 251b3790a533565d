/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Edits by the application, from the asking to the answer. One that replaces a certain revision
 * waits while an apply is under way, and is looked at when it is clear what the head is.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"

typedef struct
{
  ConfsyncDocument *document; /* (owned) */
  char *expected;             /* (owned) (nullable): nothing */
} Replacing;

static void
replacing_free (Replacing *replacing)
{
  confsync_document_unref (replacing->document);
  g_free (replacing->expected);
  g_free (replacing);
}

static const char *
get_head_hash (ConfsyncDriver *self)
{
  ConfsyncRevision *head = confsync_driver_get_head (self);

  return head != NULL ? confsync_revision_get_hash (head) : NULL;
}

void
confsync_driver_set (ConfsyncDriver *self, ConfsyncDocument *document, GTask *task)
{
  GError *error = NULL;

  if (!confsync_driver_check_limits (self, document, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!confsync_replica_is_busy (self->replica) &&
      g_strcmp0 (get_head_hash (self), confsync_document_get_hash (document)) == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_set_task_data (task, confsync_document_ref (document),
                        (GDestroyNotify) confsync_document_unref);
  g_ptr_array_add (self->sets, g_object_ref (task));
  confsync_replica_set (self->replica, confsync_driver_get_time (self), document);
  confsync_driver_run_actions (self);
}

static void
replace (ConfsyncDriver *self, GTask *task)
{
  Replacing *replacing = g_task_get_task_data (task);
  g_autoptr (ConfsyncDocument) document = confsync_document_ref (replacing->document);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (g_strcmp0 (get_head_hash (self), replacing->expected) != 0)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT,
                             "the configuration is another one by now (%s); look at it before "
                             "replacing it",
                             get_head_hash (self) != NULL ? get_head_hash (self) : "none");
  else
    confsync_driver_set (self, document, task);
}

void
confsync_driver_replace (ConfsyncDriver *self,
                         const char *expected,
                         ConfsyncDocument *document,
                         GTask *task)
{
  Replacing *replacing = g_new (Replacing, 1);

  replacing->document = confsync_document_ref (document);
  replacing->expected = g_strdup (expected);
  g_task_set_task_data (task, replacing, (GDestroyNotify) replacing_free);
  g_ptr_array_add (self->replaces, g_object_ref (task));
  confsync_driver_check_replaces (self);
}

void
confsync_driver_check_replaces (ConfsyncDriver *self)
{
  while (self->replaces->len > 0 && self->running && !self->acting &&
         !confsync_replica_is_busy (self->replica))
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->replaces, 0);

      replace (self, task);
    }
}

static GTask *
steal_set (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  for (guint i = 0; revision != NULL && i < self->sets->len; i++)
    if (g_task_get_task_data (self->sets->pdata[i]) == confsync_revision_get_document (revision))
      return g_ptr_array_steal_index (self->sets, i);
  return NULL;
}

void
confsync_driver_end_set (ConfsyncDriver *self, ConfsyncAction *action)
{
  g_autoptr (GTask) task = steal_set (self, action->revision);

  if (task == NULL)
    return;
  if (action->report == CONFSYNC_REPORT_FAILED)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED, "%s", action->reason);
  else
    g_task_return_boolean (task, TRUE);
}

static void
fail_tasks (GPtrArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_new_error (tasks->pdata[i], CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED,
                             "the manager was stopped");
  g_ptr_array_set_size (tasks, 0);
}

void
confsync_driver_fail_tasks (ConfsyncDriver *self)
{
  fail_tasks (self->replaces);
  fail_tasks (self->sets);
  confsync_driver_fail_syncs (self);
}

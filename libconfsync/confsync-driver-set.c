/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Edits by the application, from the asking to the answer. One that replaces a certain revision
 * waits while an apply is under way, and is looked at when it is clear what the head is; so does
 * whatever else a person decides.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"

typedef struct
{
  ConfsyncDriverJob run;
  GTask *task; /* (owned) */
} Job;

static void
job_free (Job *job)
{
  g_object_unref (job->task);
  g_free (job);
}

GPtrArray *
confsync_driver_new_jobs (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) job_free);
}

void
confsync_driver_add_job (ConfsyncDriver *self, ConfsyncDriverJob run, GTask *task)
{
  Job *job = g_new (Job, 1);

  job->run = run;
  job->task = g_object_ref (task);
  g_ptr_array_add (self->jobs, job);
  confsync_driver_check_jobs (self);
}

void
confsync_driver_check_jobs (ConfsyncDriver *self)
{
  while (self->jobs->len > 0 && self->running && !self->acting &&
         !confsync_replica_is_busy (self->replica))
    {
      Job *job = g_ptr_array_steal_index (self->jobs, 0);

      if (!g_task_return_error_if_cancelled (job->task))
        job->run (self, job->task);
      job_free (job);
    }
}

typedef struct
{
  ConfsyncDocument *document; /* (owned) */
  char *expected;             /* (owned) (nullable): nothing */
  gboolean allow_empty;
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

/* What others get of a document of the application's; what stays on this machine is taken. */
static ConfsyncDocument *
take_apart (ConfsyncDriver *self,
            ConfsyncDocument *document,
            gboolean allow_empty,
            GError **error)
{
  g_autoptr (ConfsyncDocument) shared = NULL;

  if (!confsync_driver_check_limits (self, document, error) ||
      !confsync_driver_validate (self, document, NULL, error))
    return NULL;
  shared = confsync_driver_split (self, document);
  if (!confsync_document_is_empty (shared) || allow_empty)
    return g_steal_pointer (&shared);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY,
               "without what stays on this machine it is {}, which would clear the configuration "
               "everywhere; say ALLOW_EMPTY to do it");
  return NULL;
}

void
confsync_driver_set (ConfsyncDriver *self,
                     ConfsyncDocument *document,
                     gboolean allow_empty,
                     GTask *task)
{
  GError *error = NULL;
  ConfsyncDocument *shared = take_apart (self, document, allow_empty, &error);

  if (shared == NULL)
    {
      g_task_return_error (task, error);
      confsync_driver_run_actions (self); /* who was asked may have wanted something */
      return;
    }
  g_task_set_task_data (task, shared, (GDestroyNotify) confsync_document_unref);
  if (!confsync_replica_is_busy (self->replica) &&
      g_strcmp0 (get_head_hash (self), confsync_document_get_hash (shared)) == 0)
    {
      confsync_driver_end_local (self, task);
      return;
    }
  g_ptr_array_add (self->sets, g_object_ref (task));
  confsync_replica_set (self->replica, confsync_driver_get_time (self), shared);
  confsync_driver_run_actions (self);
}

static void
replace (ConfsyncDriver *self, GTask *task)
{
  Replacing *replacing = g_task_get_task_data (task);
  g_autoptr (ConfsyncDocument) document = confsync_document_ref (replacing->document);
  gboolean allow_empty = replacing->allow_empty; /* the task lets go of it */

  if (g_strcmp0 (get_head_hash (self), replacing->expected) != 0)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT,
                             "the configuration is another one by now (%s); look at it before "
                             "replacing it",
                             get_head_hash (self) != NULL ? get_head_hash (self) : "none");
  else
    confsync_driver_set (self, document, allow_empty, task);
}

void
confsync_driver_replace (ConfsyncDriver *self,
                         const char *expected,
                         ConfsyncDocument *document,
                         gboolean allow_empty,
                         GTask *task)
{
  Replacing *replacing = g_new (Replacing, 1);

  replacing->document = confsync_document_ref (document);
  replacing->expected = g_strdup (expected);
  replacing->allow_empty = allow_empty;
  g_task_set_task_data (task, replacing, (GDestroyNotify) replacing_free);
  confsync_driver_add_job (self, replace, task);
}

GTask *
confsync_driver_find_set (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  for (guint i = 0; revision != NULL && i < self->sets->len; i++)
    if (g_task_get_task_data (self->sets->pdata[i]) == confsync_revision_get_document (revision))
      return self->sets->pdata[i];
  return NULL;
}

void
confsync_driver_end_set (ConfsyncDriver *self, ConfsyncAction *action)
{
  GTask *found = confsync_driver_find_set (self, action->revision);
  g_autoptr (GTask) task = found != NULL ? g_object_ref (found) : NULL;

  if (task == NULL)
    return;
  g_ptr_array_remove (self->sets, task);
  if (action->report == CONFSYNC_REPORT_FAILED)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED, "%s", action->reason);
  else if (action->report == CONFSYNC_REPORT_REFUSED)
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s", action->reason);
  else
    g_task_return_boolean (task, TRUE);
}

static void
fail_task (GTask *task)
{
  g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_CLOSED, "the manager was stopped");
}

void
confsync_driver_fail_tasks (ConfsyncDriver *self)
{
  for (guint i = 0; i < self->jobs->len; i++)
    fail_task (((Job *) self->jobs->pdata[i])->task);
  g_ptr_array_set_size (self->jobs, 0);
  for (guint i = 0; i < self->sets->len; i++)
    fail_task (self->sets->pdata[i]);
  g_ptr_array_set_size (self->sets, 0);
  confsync_driver_fail_syncs (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Versions that are damaged on the disk: whoever reads one, the store tells of it, and what the
 * replica finds for it is written under the same name. Content goes into no line.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-error.h"
#include "confsync-store-private.h"

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call () */
  char *name;
} Mending;

void
confsync_driver_damaged_cb (ConfsyncVersion *version, gpointer data)
{
  ConfsyncDriver *self = data;

  if (!self->running || self->replica == NULL)
    return;
  confsync_replica_mend (self->replica, confsync_driver_get_time (self), version);
  /* while it starts, what is to be done is done after it */
  if (self->starting == NULL)
    confsync_driver_run_actions (self);
}

static void
mended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Mending *mending = user_data;
  g_autofree char *name = mending->name;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  if (confsync_store_claim_finish (CONFSYNC_STORE (source), result, &error))
    {
      line = g_strdup_printf ("%s was damaged, and is whole again", name);
      confsync_reporter_notice (mending->driver->reporter, CONFSYNC_LEVEL_INFO, line);
    }
  /* retention may have been quicker */
  else if (!g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    confsync_reporter_failed (mending->driver->reporter, "write a damaged version again",
                              error->message);
  confsync_driver_end_call (mending->driver);
}

static void
say_nobody (ConfsyncDriver *self, ConfsyncAction *action)
{
  g_autofree char *line =
    g_strdup_printf ("%s is damaged, and nobody has what was in it: %u %s asked; whoever comes "
                     "later is asked too",
                     confsync_version_get_name (action->version), action->count,
                     action->count == 1 ? "peer was" : "peers were");

  confsync_reporter_notice (self->reporter, CONFSYNC_LEVEL_WARNING, line);
}

void
confsync_driver_mend (ConfsyncDriver *self, ConfsyncAction *action)
{
  Mending *mending;

  if (action->revision == NULL)
    {
      say_nobody (self, action);
      return;
    }
  mending = g_new (Mending, 1);
  mending->driver = confsync_driver_begin_call (self);
  mending->name = g_strdup (confsync_version_get_name (action->version));
  confsync_store_mend_async (self->store, mending->name, action->revision, mended_cb, mending);
}

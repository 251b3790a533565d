/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The documents that an earlier life knew by name: at the start they are read from the versions,
 * one after the other, and supplied to the replica.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

typedef struct
{
  ConfsyncDriver *driver; /* (owned) by confsync_driver_begin_call () */
  GStrv hashes;           /* (owned) */
  guint next;
  ConfsyncDriverDone done;
} Wanted;

static void supply_next (Wanted *wanted);

static const char *
find_version (ConfsyncDriver *self, const char *hash)
{
  for (guint i = 0; i < self->versions->len; i++)
    if (g_strcmp0 (confsync_version_get_hash (self->versions->pdata[i]), hash) == 0)
      return confsync_version_get_name (self->versions->pdata[i]);
  return NULL;
}

static void
version_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wanted *wanted = user_data;
  ConfsyncDriver *self = wanted->driver;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_finish (CONFSYNC_STORE (source), result, &error);

  if (document != NULL)
    confsync_replica_supply (self->replica, document);
  else
    confsync_reporter_failed (self->reporter, "read a version that is still needed",
                              error->message);
  supply_next (wanted);
}

static void
supply_next (Wanted *wanted)
{
  ConfsyncDriver *self = wanted->driver;
  const char *hash, *version = NULL;

  while (self->running && version == NULL && (hash = wanted->hashes[wanted->next]) != NULL)
    {
      wanted->next++;
      if (self->started_with != NULL &&
          g_str_equal (confsync_document_get_hash (self->started_with), hash))
        confsync_replica_supply (self->replica, self->started_with);
      else
        version = find_version (self, hash);
    }
  if (version != NULL)
    {
      confsync_store_get_version_async (self->store, version, NULL, version_cb, wanted);
      return;
    }
  wanted->done (self);
  g_strfreev (wanted->hashes);
  g_free (wanted);
  confsync_driver_end_call (self);
}

static void
tell_versions (ConfsyncDriver *self)
{
  for (guint i = 0; i < self->versions->len; i++)
    confsync_replica_saw_version (self->replica, self->versions->pdata[i]);
}

void
confsync_driver_supply_wanted (ConfsyncDriver *self, ConfsyncDriverDone done)
{
  Wanted *wanted = g_new0 (Wanted, 1);

  tell_versions (self);
  wanted->driver = confsync_driver_begin_call (self);
  wanted->hashes = confsync_replica_dup_wanted (self->replica);
  wanted->done = done;
  supply_next (wanted);
}

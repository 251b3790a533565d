/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A disk as a store.
 */

#include "config.h"

#include "sim-store.h"

#include "confsync-error.h"

#include <stdlib.h>

struct _SimStore
{
  GObject parent_instance;
  SimDisk *disk; /* (nullable): closed */
};

static void sim_store_iface_init (ConfsyncStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SimStore, sim_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE, sim_store_iface_init))

/* The disk; %NULL where it is gone, and the task is answered. */
static SimDisk *
get_disk (ConfsyncStore *store, GTask *task)
{
  SimDisk *disk = SIM_STORE (store)->disk;

  if (disk == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the program is gone");
  return disk;
}

static void
sim_store_load (ConfsyncStore *store, GTask *task)
{
  SimDisk *disk = get_disk (store, task);

  if (disk != NULL)
    sim_disk_load (disk, task);
}

static void
sim_store_save (ConfsyncStore *store,
                ConfsyncRevision *revision,
                ConfsyncDocument *expected,
                GTask *task)
{
  SimDisk *disk = get_disk (store, task);

  if (disk != NULL)
    sim_disk_save (disk, revision, expected, task);
}

static void
sim_store_save_version (ConfsyncStore *store,
                        ConfsyncRevision *revision,
                        ConfsyncCause cause,
                        GTask *task)
{
  SimDisk *disk = get_disk (store, task);

  if (disk != NULL)
    sim_disk_save_version (disk, revision, task);
}

/* The number of a version among those of its disk is its name. */
static void
sim_store_list_versions (ConfsyncStore *store, GTask *task)
{
  SimDisk *disk = get_disk (store, task);
  g_autoptr (GPtrArray) list =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_version_unref);

  if (disk == NULL)
    return;
  for (guint i = disk->versions->len; i-- > 0;)
    {
      ConfsyncRevision *revision = disk->versions->pdata[i];
      g_autofree char *name = g_strdup_printf ("%u", i);

      g_ptr_array_add (list, confsync_version_new (name, confsync_revision_get_stamp (revision),
                                                   confsync_revision_get_hash (revision),
                                                   CONFSYNC_CAUSE_EDIT, FALSE));
    }
  confsync_store_return_versions (task, (ConfsyncVersion **) list->pdata, list->len);
}

static void
sim_store_get_version (ConfsyncStore *store, const char *name, GTask *task)
{
  SimDisk *disk = get_disk (store, task);
  guint i = strtoul (name, NULL, 10);

  if (disk == NULL)
    return;
  if (i < disk->versions->len)
    confsync_store_return_document (task,
                                    confsync_revision_get_document (disk->versions->pdata[i]));
  else
    g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND, "no version %s", name);
}

static void
sim_store_acknowledge (ConfsyncStore *store, ConfsyncRevision *revision, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
sim_store_load_state (ConfsyncStore *store, GTask *task)
{
  SimDisk *disk = get_disk (store, task);
  g_autoptr (ConfsyncDocument) state = NULL;

  if (disk == NULL)
    return;
  if (disk->state == NULL)
    {
      g_task_return_new_error (task, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND, "no state");
      return;
    }
  state = confsync_document_new_from_json (disk->state, NULL);
  confsync_store_return_document (task, state);
}

static void
sim_store_save_state (ConfsyncStore *store, ConfsyncDocument *state, GTask *task)
{
  SimDisk *disk = get_disk (store, task);

  if (disk != NULL)
    sim_disk_save_state (disk, confsync_document_get_json (state), task);
}

static void
sim_store_iface_init (ConfsyncStoreInterface *iface)
{
  iface->load = sim_store_load;
  iface->save = sim_store_save;
  iface->save_version = sim_store_save_version;
  iface->list_versions = sim_store_list_versions;
  iface->get_version = sim_store_get_version;
  iface->acknowledge = sim_store_acknowledge;
  iface->load_state = sim_store_load_state;
  iface->save_state = sim_store_save_state;
}

static void
sim_store_class_init (SimStoreClass *klass)
{
}

static void
sim_store_init (SimStore *self)
{
}

SimStore *
sim_store_new (SimDisk *disk)
{
  SimStore *self = g_object_new (SIM_TYPE_STORE, NULL);

  self->disk = disk;
  return self;
}

void
sim_store_close (SimStore *self)
{
  self->disk = NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The versions on a disk, and what a revision there means.
 */

#include "config.h"

#include "sim-local.h"
#include "sim-world.h"

#include "confsync-bases-private.h"
#include "confsync-stamp-private.h"

void
sim_disk_forget_versions (SimDisk *self)
{
  g_hash_table_remove_all (self->kept);
  g_ptr_array_set_size (self->versions, 0);
}

ConfsyncDocument *
sim_disk_find_version (SimDisk *self, const char *hash)
{
  return hash != NULL ? g_hash_table_lookup (self->kept, hash) : NULL;
}

/* What a version shares, with its stamp (nullable): it can't be read. */
static ConfsyncRevision *
read_revision (SimDisk *self, ConfsyncRevision *version)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  guint i;

  if (self->node->local == NULL)
    return confsync_revision_ref (version);
  if (g_ptr_array_find (self->versions, version, &i))
    document = sim_local_get_version (self->node->local, i);
  return document != NULL
           ? confsync_revision_new (document, confsync_revision_get_stamp (version))
           : NULL;
}

static GPtrArray *
read_all (SimDisk *self, GPtrArray *versions)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_revision_unref);

  for (guint i = 0; i < versions->len; i++)
    {
      ConfsyncRevision *revision = read_revision (self, versions->pdata[i]);

      if (revision != NULL)
        g_ptr_array_add (list, revision);
    }
  return list;
}

GPtrArray *
sim_disk_find_bases (SimDisk *self, ConfsyncStamp *a, ConfsyncStamp *b, guint memory)
{
  g_autoptr (GPtrArray) versions = g_ptr_array_new ();
  g_autoptr (GPtrArray) chosen = NULL;
  guint n = self->versions->len;

  for (guint i = n > memory ? n - memory : 0; i < n; i++)
    g_ptr_array_add (versions, self->versions->pdata[i]);
  chosen = confsync_bases_gather (versions, a, b);
  return read_all (self, chosen);
}

ConfsyncDocument *
sim_disk_read_version (SimDisk *self, const char *hash)
{
  ConfsyncDocument *file = sim_disk_find_version (self, hash);

  if (file == NULL || self->node->local == NULL)
    return file != NULL ? confsync_document_ref (file) : NULL;
  for (guint i = self->versions->len; i-- > 0;)
    if (g_str_equal (confsync_revision_get_hash (self->versions->pdata[i]), hash))
      return sim_local_get_version (self->node->local, i);
  return NULL;
}

gboolean
sim_disk_has_file (SimDisk *self, ConfsyncDocument *file)
{
  for (guint i = 0; i < self->versions->len; i++)
    {
      ConfsyncRevision *revision = self->versions->pdata[i];

      if (!confsync_stamp_is_aside (confsync_revision_get_stamp (revision)) &&
          confsync_document_equal (confsync_revision_get_document (revision), file))
        return TRUE;
    }
  return FALSE;
}

ConfsyncDocument *
sim_disk_find_shared (SimDisk *self, ConfsyncRevision *revision)
{
  ConfsyncDocument *document =
    self->node->members != NULL
      ? sim_ledger_find_document (&self->node->world->ledger, revision)
      : confsync_revision_get_document (revision);

  /* nobody but replicas makes revisions */
  g_assert_nonnull (document);
  return document;
}

SimEdits
sim_disk_find_edits (SimDisk *self, ConfsyncRevision *revision)
{
  SimLedger *ledger = &self->node->world->ledger;
  ConfsyncRevision *head = sim_node_get_head (self->node);
  SimEdits edits = sim_ledger_get_edits (ledger, revision);

  if (self->node->members != NULL && head != NULL &&
      g_str_equal (confsync_revision_get_hash (head), confsync_revision_get_hash (revision)))
    {
      SimEdits others = sim_ledger_get_edits (ledger, head);

      sim_edits_join (&edits, &others);
    }
  return edits;
}

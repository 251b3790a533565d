/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Updates. A patch is nothing but a short way to say what the document is: the hash of that comes
 * with it, and whatever is wrong with a patch, the whole is still to be had.
 */

#include "config.h"

#include "confsync-update-private.h"

#include "confsync-mutant-private.h"

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return confsync_document_get_json (confsync_revision_get_document (revision));
}

ConfsyncMessage *
confsync_update_new (ConfsyncRevision *revision)
{
  ConfsyncMessage *self = confsync_message_new (CONFSYNC_MESSAGE_UPDATE);
  GPtrArray *conflicts = confsync_revision_get_conflicts (revision);

  self->config_hash = g_strdup (confsync_revision_get_hash (revision));
  self->stamp = confsync_stamp_ref (confsync_revision_get_stamp (revision));
  self->conflicts = conflicts != NULL ? g_ptr_array_ref (conflicts) : NULL;
  return self;
}

void
confsync_update_set_whole (ConfsyncMessage *self, ConfsyncRevision *revision)
{
  self->data = confsync_document_ref (confsync_revision_get_document (revision));
}

gboolean
confsync_update_set_patch (ConfsyncMessage *self,
                           ConfsyncReplica *replica,
                           const char *link,
                           ConfsyncRevision *revision)
{
  ConfsyncRevision *base = confsync_replica_find_recent (
    replica, confsync_replica_get_link_hash (replica, link));

  if (base == NULL)
    return FALSE;
  self->base_hash = g_strdup (confsync_revision_get_hash (base));
  self->patch = confsync_json_diff (json_of (base), json_of (revision));
  return TRUE;
}

/* What a patch is for; with a deliberate fault, whatever is here. */
static ConfsyncRevision *
find_base (ConfsyncMessage *self, ConfsyncReplica *replica)
{
  ConfsyncRevision *base = confsync_replica_find_recent (replica, self->base_hash);

  return base == NULL && CONFSYNC_MUTANT ("patch-blind") ? confsync_replica_get_head (replica)
                                                         : base;
}

ConfsyncDocument *
confsync_update_read (ConfsyncMessage *self, ConfsyncReplica *replica)
{
  ConfsyncRevision *base;
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;

  if (self->patch == NULL)
    return confsync_document_ref (self->data);

  base = find_base (self, replica);
  json = base != NULL ? confsync_json_patch (json_of (base), self->patch, NULL) : NULL;
  document = json != NULL ? confsync_document_new_from_json (json, NULL) : NULL;
  if (document == NULL ||
      (!CONFSYNC_MUTANT ("patch-blind") &&
       !g_str_equal (confsync_document_get_hash (document), self->config_hash)))
    return NULL;
  return g_steal_pointer (&document);
}

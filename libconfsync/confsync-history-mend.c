/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A version that is damaged, written again under its name. Who has what was in it is none of this
 * file's business; that it is the same is.
 */

#include "config.h"

#include "confsync-history-inside-private.h"

#include "confsync-durable-file-private.h"
#include "confsync-error.h"
#include "confsync-revision-private.h"
#include "confsync-version-private.h"

static gboolean
write_again (ConfsyncHistory *self, guint index, ConfsyncRevision *revision, GError **error)
{
  ConfsyncVersion *old = self->versions->pdata[index];
  ConfsyncJson *json = confsync_document_get_json (confsync_revision_get_document (revision));
  g_autoptr (GBytes) text = confsync_json_to_pretty (json, NULL);
  ConfsyncVersionFacts facts;

  if (!confsync_durable_write (self->dirfd, confsync_version_get_name (old), text, 0600, error))
    return FALSE;
  confsync_version_get_facts (old, &facts);
  facts.file_hash = confsync_history_content_hash (revision);
  facts.size = g_bytes_get_size (text);
  self->versions->pdata[index] = confsync_version_new_of (&facts);
  confsync_version_unref (old);
  return confsync_history_index_add (self->index, self->dirfd, self->versions->pdata[index],
                                     self->versions, error);
}

gboolean
confsync_history_mend (ConfsyncHistory *self,
                       const char *name,
                       ConfsyncRevision *revision,
                       const ConfsyncJsonLimits *limits,
                       GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ConfsyncDocument) whole = confsync_history_get (self, name, limits, &local);
  guint index;

  if (whole != NULL)
    return TRUE;
  if (g_error_matches (local, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND) ||
      !confsync_history_find_index (self, name, &index))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   "%s/" VERSIONS_DIR ": no version %s is kept", self->base_dir, name);
      return FALSE;
    }
  if (!confsync_history_is_same (self->versions->pdata[index], revision) ||
      g_strcmp0 (confsync_version_get_hash (self->versions->pdata[index]),
                 confsync_history_content_hash (revision)) != 0)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
                   "%s/" VERSIONS_DIR "/%s: this is not what was kept under that name",
                   self->base_dir, name);
      return FALSE;
    }
  return write_again (self, index, revision, error);
}

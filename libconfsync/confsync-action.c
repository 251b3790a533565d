/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Actions: plain records.
 */

#include "config.h"

#include "confsync-action-private.h"

ConfsyncAction *
confsync_action_new (ConfsyncActionType type,
                     const char *link,
                     ConfsyncRevision *revision,
                     ConfsyncRevision *other)
{
  ConfsyncAction *self = g_new (ConfsyncAction, 1);

  *self = (ConfsyncAction){
    .type = type,
    .link = g_strdup (link),
    .revision = revision != NULL ? confsync_revision_ref (revision) : NULL,
    .other = other != NULL ? confsync_revision_ref (other) : NULL,
  };
  return self;
}

void
confsync_action_free (ConfsyncAction *self)
{
  g_free (self->link);
  g_clear_pointer (&self->revision, confsync_revision_unref);
  g_clear_pointer (&self->other, confsync_revision_unref);
  g_clear_pointer (&self->base, confsync_revision_unref);
  g_free (self->reason);
  g_clear_pointer (&self->version, confsync_version_unref);
  g_clear_pointer (&self->stamps[0], confsync_stamp_unref);
  g_clear_pointer (&self->stamps[1], confsync_stamp_unref);
  g_clear_pointer (&self->conflict, confsync_open_conflict_unref);
  g_strfreev (self->pointers);
  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is asked of a file store's worker: a plain record.
 */

#include "config.h"

#include "confsync-file-work-private.h"

ConfsyncFileCall *
confsync_file_call_new (ConfsyncFileOperation operation, GTask *task)
{
  ConfsyncFileCall *self = g_new0 (ConfsyncFileCall, 1);

  self->operation = operation;
  self->task = g_object_ref (task);
  return self;
}

void
confsync_file_call_free (ConfsyncFileCall *self)
{
  g_object_unref (self->task);
  g_clear_pointer (&self->revision, confsync_revision_unref);
  g_clear_pointer (&self->document, confsync_document_unref);
  g_free (self->name);
  g_clear_pointer (&self->work, confsync_file_work_unref);
  g_free (self);
}

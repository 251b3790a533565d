/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's audit file: what happens to it and to its documents goes there as well.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#define WRITING "write the audit file"

/* That it works again is told by the gap that the file itself has. */
static void
audit_problem (const char *reason, gpointer user_data)
{
  g_autofree char *valid = NULL;
  GVariantDict dict;

  if (reason == NULL)
    return;
  valid = g_utf8_make_valid (reason, -1);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "what", "s", WRITING);
  g_variant_dict_insert (&dict, "reason", "s", valid);
  confsync_node_emit_event (user_data, CONFSYNC_LEVEL_ERROR, CONFSYNC_EVENT_FAILED,
                            g_variant_dict_end (&dict));
}

void
confsync_node_audit (ConfsyncNode *self,
                     const char *document,
                     ConfsyncLevel level,
                     const char *kind,
                     GVariant *details)
{
  if (self->audit != NULL)
    confsync_audit_file_take (self->audit, level, kind, details, self->instance_id, document);
}

/**
 * confsync_node_set_audit_file:
 * @self: a node
 * @path: (type filename) (nullable): a file, which need not exist; %NULL to keep no records
 * @error: return location for an error, or %NULL
 *
 * Opens the file that records of the audit are added to, from now on: one JSON object a line for
 * each refusal, block, conflict, applied change, rollback and change of trust, and what else has a
 * message id ([func@event_get_message_id]). It has the details of the event, and so where something
 * changed, but never a value of the configuration, nor a key.
 *
 * A new file can be read by its owner only. One that is there has to be a regular file, of this
 * user or root, that nobody else may write to; symbolic links are not followed. It is opened anew
 * where it isn't at its path any more, as after log rotation. Records are written on a thread of
 * their own; where that fails, it is told once, by [signal@Node::event], and the file says later
 * how many are missing.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED for a file that others could change, and with an error of the
 * %G_IO_ERROR domain where it can't be opened; then everything is as it was.
 *
 * Returns: whether the file is open
 *
 * Since: 1.0
 */
gboolean
confsync_node_set_audit_file (ConfsyncNode *self, const char *path, GError **error)
{
  ConfsyncAuditFile *file = NULL;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);

  if (path != NULL)
    {
      file = confsync_audit_file_open (path, audit_problem, self, error);
      if (file == NULL)
        return FALSE;
    }
  g_clear_pointer (&self->audit, confsync_audit_file_free);
  self->audit = file;
  g_object_notify (G_OBJECT (self), "audit-file");
  return TRUE;
}

/**
 * confsync_node_reopen_audit_file:
 * @self: a node
 *
 * Opens the audit file anew before the next record: for a program that is told so after log
 * rotation. One that was renamed or removed is opened anew without that. Does nothing where no
 * records are kept.
 *
 * Since: 1.0
 */
void
confsync_node_reopen_audit_file (ConfsyncNode *self)
{
  g_return_if_fail (CONFSYNC_IS_NODE (self));

  if (self->audit != NULL)
    confsync_audit_file_reopen (self->audit);
}

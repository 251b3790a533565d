/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is noted for all audit files of the process, and for the log where that is set up.
 */

#include "config.h"

#include "confsync-audit-private.h"

#include "confsync-audit-record-private.h"
#include "confsync-logging-private.h"

static GMutex lock;
static GPtrArray *files; /* (nullable): of ConfsyncAuditFile, unowned; under the lock */

void
confsync_audit_add_file (ConfsyncAuditFile *file)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (files == NULL)
    files = g_ptr_array_new ();
  g_ptr_array_add (files, file);
}

void
confsync_audit_remove_file (ConfsyncAuditFile *file)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (files != NULL && g_ptr_array_remove (files, file) && files->len == 0)
    g_clear_pointer (&files, g_ptr_array_unref);
}

/*
 * confsync_audit_note:
 * @details: a{sv}, whose keys belong to @kind; a floating one is taken
 *
 * Records what belongs to no node. May be called in any thread, with any lock but those of the
 * audit and the log.
 */
void
confsync_audit_note (ConfsyncLevel level, const char *kind, GVariant *details)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);

  confsync_logging_take (level, kind, sunk, NULL, NULL);
  g_mutex_lock (&lock);
  for (guint i = 0; files != NULL && i < files->len; i++)
    confsync_audit_file_take (files->pdata[i], level, kind, sunk, NULL, NULL);
  g_mutex_unlock (&lock);
}

/* A plugin, or a folder of plugins, was not loaded. */
void
confsync_audit_note_plugin (const char *path, const char *reason)
{
  g_autofree char *valid_path = g_utf8_make_valid (path, -1);
  g_autofree char *valid_reason = g_utf8_make_valid (reason, -1);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", valid_path);
  g_variant_dict_insert (&dict, "reason", "s", valid_reason);
  confsync_audit_note (CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_PLUGIN, g_variant_dict_end (&dict));
}

/**
 * confsync_event_get_message_id:
 * @kind: what happened, such as %CONFSYNC_EVENT_REFUSED
 *
 * Gets the id that records of such events have in the journal, as `MESSAGE_ID`, and in an audit
 * file, as `message-id`. An id never changes. For programs that make such records themselves, of
 * [signal@Node::event] and [signal@Manager::event].
 *
 * May be called in any thread.
 *
 * Returns: (nullable): 32 hexadecimal digits; %NULL where the audit has no such events
 *
 * Since: 1.0
 */
const char *
confsync_event_get_message_id (const char *kind)
{
  g_return_val_if_fail (kind != NULL, NULL);

  return confsync_audit_find_id (kind);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Asks the instance to compare notes with its peers, and to say when all hold the same. That
 * somebody doesn't is an answer; that nobody could be asked is an error.
 */

#include "config.h"

#include "confsync-sync-wait.h"

#include <glib/gi18n.h>

#include "confsync-command.h"

/* what the way there and back may take beyond the wait itself */
#define SLACK_MS 10000
#define WAIT_MAX_MS (G_MAXINT - SLACK_MS)

void
confsync_sync_result_clear (ConfsyncSyncResult *result)
{
  g_clear_pointer (&result->reason, g_free);
}

static guint
get_timeout_ms (ConfsyncTool *tool)
{
  const guint64 seconds = confsync_options_get_uint (tool->options, "timeout");

  /* none at all would mean not to wait */
  return (guint) CLAMP (seconds * 1000, 1, WAIT_MAX_MS);
}

/*
 * confsync_sync_call:
 * @wait: whether to wait until all hold the same, or only to begin
 * @result: (out caller-allocates): what came of it
 *
 * Returns: %FALSE with @error where the instance can't be asked
 */
gboolean
confsync_sync_call (ConfsyncTool *tool, gboolean wait, ConfsyncSyncResult *result, GError **error)
{
  const guint timeout_ms = wait ? get_timeout_ms (tool) : 0;
  ConfsyncDBusDocument *document = confsync_instance_get_proxy (tool->instance, error);
  g_autoptr (GError) reason = NULL;

  if (document == NULL)
    return FALSE;
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (document), (int) timeout_ms + SLACK_MS);
  if (confsync_dbus_document_call_sync_sync (document, timeout_ms, &result->holding,
                                             &result->total, NULL, &reason))
    {
      result->synced = result->holding == result->total;
      return TRUE;
    }

  if (!g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE) &&
      !g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  g_dbus_error_strip_remote_error (reason);
  result->synced = FALSE;
  result->reason = g_strdup (reason->message);
  return TRUE;
}

/* Writes how many hold it. */
void
confsync_sync_print (ConfsyncTool *tool, const ConfsyncSyncResult *result)
{
  if (result->total == 0)
    confsync_output_print (tool->output, "%s\n", _ ("no peer is up that says whether it holds it"));
  else
    confsync_output_print (tool->output,
                           ngettext ("%u of %u peer holds it\n", "%u of %u peers hold it\n",
                                     result->total), result->holding, result->total);
}

/*
 * confsync_sync_wait:
 *
 * Waits as `--timeout` says, and tells a person what came of it.
 *
 * Returns: the exit code
 */
int
confsync_sync_wait (ConfsyncTool *tool, GError **error)
{
  g_auto (ConfsyncSyncResult) result = { 0 };

  if (!confsync_sync_call (tool, TRUE, &result, error))
    return CONFSYNC_EXIT_FAILED;
  if (result.reason != NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE, "%s", result.reason);
      return CONFSYNC_EXIT_NO;
    }
  confsync_sync_print (tool, &result);
  return result.synced ? CONFSYNC_EXIT_DONE : CONFSYNC_EXIT_NO;
}

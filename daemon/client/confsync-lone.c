/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An instance for one thing. It takes the lock, so that none begins meanwhile; it finds an edit
 * that nobody kept yet, and keeps it; it has the local members as the notes say, and the validator
 * and the role that the settings name. So a rollback is the same edit as through another instance.
 * It opens no listener, dials nobody, and removes no version: how many are to stay is known to who
 * started the other one.
 */

#include "config.h"

#include "confsync-lone.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-await.h"
#include "confsync-node-options-private.h"
#include "confsync-option-arguments.h"
#include "confsync-tool.h"
#include "confsync-units.h"

/* Such as where text was put that was no configuration. */
static void
event_cb (ConfsyncManager *manager,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          gpointer user_data)
{
  const char *message;
  g_autofree char *safe = NULL;

  if (!g_str_equal (kind, CONFSYNC_EVENT_NOTICE) ||
      !g_variant_lookup (details, "message", "&s", &message))
    return;
  safe = confsync_units_escape (message);
  confsync_tool_say ("%s", safe);
}

/* A pointer with a comma can't be said in an option, and what is not said would be shared. */
static char *
join_local_keys (ConfsyncKept *kept, GError **error)
{
  const char *const *keys = confsync_kept_get_local_keys (kept);

  for (gsize i = 0; keys[i] != NULL; i++)
    if (strchr (keys[i], ',') != NULL)
      {
        g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                     _ ("“%s” stays on this machine, and its name has a comma: this needs the "
                        "instance; start it"), keys[i]);
        return NULL;
      }
  return g_strjoinv (",", (char **) keys);
}

static gboolean
read_options (ConfsyncOptions *options, ConfsyncKept *kept, GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *local_keys = join_local_keys (kept, error);
  const char *arguments[] = { "run", "--max-versions", "0", "--max-version-days", "0", NULL, NULL,
                              NULL };
  int n = G_N_ELEMENTS (arguments) - 3;
  gboolean help;

  if (local_keys == NULL)
    return FALSE;
  if (*local_keys != '\0')
    {
      arguments[n++] = "--local-keys";
      arguments[n++] = local_keys;
    }
  return confsync_options_read_arguments (options, n, (char **) arguments, &help, error) &&
         confsync_node_options_read (options, (const char *const *) environment, NULL, NULL, error);
}

static gboolean
start (ConfsyncManager *manager, GError **error)
{
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_signal_connect (manager, "event", G_CALLBACK (event_cb), NULL);
  confsync_manager_start_async (manager, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  return confsync_manager_start_finish (manager, result, error);
}

/* (transfer full): it runs */
static ConfsyncManager *
begin (ConfsyncKept *kept, GError **error)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();
  g_autoptr (ConfsyncNode) node = NULL;
  g_autoptr (ConfsyncManager) manager = NULL;

  if (!read_options (options, kept, error))
    return NULL;
  node = confsync_node_options_make_node (options, error);
  if (node == NULL)
    return NULL;
  manager = confsync_node_options_make_manager (options, confsync_kept_get_file (kept),
                                                confsync_kept_get_base_dir (kept), node, error);
  return manager != NULL && start (manager, error) ? g_steal_pointer (&manager) : NULL;
}

/* All is written once it has stopped; what was done before that counts. */
static gboolean
end (ConfsyncManager *manager, gboolean done, GError **error)
{
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  confsync_manager_stop_async (manager, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  return confsync_manager_stop_finish (manager, result, done ? error : NULL) && done;
}

/*
 * confsync_lone_restore:
 * @restored: (out): whether anything had to be put back
 */
gboolean
confsync_lone_restore (ConfsyncKept *kept, gboolean *restored, GError **error)
{
  g_autoptr (ConfsyncManager) manager = begin (kept, error);
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  if (manager == NULL)
    return FALSE;
  confsync_manager_restore_async (manager, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  return end (manager, confsync_manager_restore_finish (manager, result, restored, error), error);
}

/*
 * confsync_lone_rollback:
 * @name: of a version
 */
gboolean
confsync_lone_rollback (ConfsyncKept *kept,
                        const char *name,
                        ConfsyncEditFlags flags,
                        GError **error)
{
  g_autoptr (ConfsyncManager) manager = begin (kept, error);
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *hash = NULL;

  if (manager == NULL)
    return FALSE;
  confsync_manager_rollback_async (manager, name, flags, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  hash = confsync_manager_rollback_finish (manager, result, error);
  return end (manager, hash != NULL, error);
}

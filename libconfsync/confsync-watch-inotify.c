/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inotify back end: keeps the watches in line with where the path leads. It never reads the
 * descriptor; that is the hub's.
 */

#include "config.h"

#include "confsync-watch-inotify-private.h"

#include "confsync-inotify-hub-private.h"
#include "confsync-watch-path-private.h"

/* more only while somebody rearranges the path faster than it can be walked */
#define ARM_PASSES_MAX 8

struct _ConfsyncWatchInotify
{
  ConfsyncWatchBackend parent_instance;
  ConfsyncInotifyClient *client; /* (nullable): NULL while stopped */
};

G_DEFINE_FINAL_TYPE (ConfsyncWatchInotify, confsync_watch_inotify, CONFSYNC_TYPE_WATCH_BACKEND)

static void
something_changed_cb (gboolean arm, gpointer data)
{
  g_autoptr (ConfsyncWatchBackend) self = g_object_ref (CONFSYNC_WATCH_BACKEND (data));

  /* first armed, then reported: whoever reads now hears of everything that comes after */
  if (arm)
    confsync_watch_backend_arm (self);
  confsync_watch_backend_report_changed (self);
}

/* Until a walk finds exactly what was being watched before it began: a change before it would show
 * in the walk, one after it is an event. */
static gboolean
confsync_watch_inotify_arm (ConfsyncWatchBackend *backend, GError **error)
{
  ConfsyncWatchInotify *self = CONFSYNC_WATCH_INOTIFY (backend);

  for (int pass = 0; pass < ARM_PASSES_MAX; pass++)
    {
      g_autoptr (GPtrArray) points =
          confsync_watch_path_resolve (confsync_watch_backend_get_path (backend));
      gboolean same;

      if (!confsync_inotify_client_watch (self->client, points, &same, error))
        return FALSE;
      if (same)
        return TRUE;
    }
  confsync_inotify_client_call_again (self->client);
  return TRUE;
}

static gboolean
confsync_watch_inotify_start (ConfsyncWatchBackend *backend, GError **error)
{
  ConfsyncWatchInotify *self = CONFSYNC_WATCH_INOTIFY (backend);

  self->client = confsync_inotify_client_new (confsync_watch_backend_get_context (backend),
                                              something_changed_cb, self, error);
  return self->client != NULL && confsync_watch_inotify_arm (backend, error);
}

static void
confsync_watch_inotify_stop (ConfsyncWatchBackend *backend)
{
  g_clear_pointer (&CONFSYNC_WATCH_INOTIFY (backend)->client, confsync_inotify_client_free);
}

static void
confsync_watch_inotify_class_init (ConfsyncWatchInotifyClass *klass)
{
  ConfsyncWatchBackendClass *backend_class = CONFSYNC_WATCH_BACKEND_CLASS (klass);

  backend_class->start = confsync_watch_inotify_start;
  backend_class->stop = confsync_watch_inotify_stop;
  backend_class->arm = confsync_watch_inotify_arm;
}

static void
confsync_watch_inotify_init (ConfsyncWatchInotify *self)
{
}

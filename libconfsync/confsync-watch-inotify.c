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
  GSource *arming; /* (owned) (nullable): a walk that is due */
};

G_DEFINE_FINAL_TYPE (ConfsyncWatchInotify, confsync_watch_inotify, CONFSYNC_TYPE_WATCH_BACKEND)

/* Walks until a walk finds exactly what was being watched before it began: a change before it
 * would show in the walk, one after it is an event. @moved says whether any found something new. */
static gboolean
arm (ConfsyncWatchInotify *self, gboolean *moved, GError **error)
{
  const char *path = confsync_watch_backend_get_path (CONFSYNC_WATCH_BACKEND (self));

  for (int pass = 0; pass < ARM_PASSES_MAX; pass++)
    {
      g_autoptr (GPtrArray) points = confsync_watch_path_resolve (path);
      gboolean same;

      if (!confsync_inotify_client_watch (self->client, points, &same, error))
        return FALSE;
      if (same)
        return TRUE;
      *moved = TRUE;
    }
  confsync_inotify_client_call_again (self->client);
  return TRUE;
}

static gboolean
confsync_watch_inotify_arm (ConfsyncWatchBackend *backend, GError **error)
{
  gboolean moved = FALSE;

  return arm (CONFSYNC_WATCH_INOTIFY (backend), &moved, error);
}

static void
stop_arming (ConfsyncWatchInotify *self)
{
  if (self->arming != NULL)
    g_source_destroy (self->arming);
  g_clear_pointer (&self->arming, g_source_unref);
}

/* What changed behind the new way before it was watched was not reported yet. */
static gboolean
arm_cb (gpointer user_data)
{
  g_autoptr (ConfsyncWatchBackend) backend = g_object_ref (user_data);
  ConfsyncWatchInotify *self = CONFSYNC_WATCH_INOTIFY (backend);
  g_autoptr (GError) error = NULL;
  gboolean moved = FALSE;

  stop_arming (self);
  if (!arm (self, &moved, &error))
    confsync_watch_backend_report_failed (backend, error);
  else if (moved)
    confsync_watch_backend_report_changed (backend);
  return G_SOURCE_REMOVE;
}

/* Whether the watches are those of another way. Mostly an editor has put a file in place of a file,
 * and one look is enough to see that. */
static gboolean
is_elsewhere (ConfsyncWatchInotify *self, ConfsyncInotifyChange change)
{
  const char *path = confsync_watch_backend_get_path (CONFSYNC_WATCH_BACKEND (self));

  return change == CONFSYNC_INOTIFY_PATH ||
         (change == CONFSYNC_INOTIFY_LEAF && !confsync_watch_path_ends_plainly (path));
}

/* Reported first: mostly the path leads where it did, and a walk takes as long as reading a small
 * file. So it comes when the main loop has nothing better to do. */
static void
something_changed_cb (ConfsyncInotifyChange change, gpointer data)
{
  g_autoptr (ConfsyncWatchBackend) backend = g_object_ref (CONFSYNC_WATCH_BACKEND (data));
  ConfsyncWatchInotify *self = CONFSYNC_WATCH_INOTIFY (backend);

  confsync_watch_backend_report_changed (backend);
  /* who heard of it may have stopped us */
  if (self->client == NULL || self->arming != NULL || !is_elsewhere (self, change))
    return;
  self->arming = g_idle_source_new ();
  g_source_set_priority (self->arming, G_PRIORITY_HIGH_IDLE);
  g_source_set_callback (self->arming, arm_cb, self, NULL);
  g_source_set_static_name (self->arming, "confsync inotify walk");
  g_source_attach (self->arming, confsync_watch_backend_get_context (backend));
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
  ConfsyncWatchInotify *self = CONFSYNC_WATCH_INOTIFY (backend);

  stop_arming (self);
  g_clear_pointer (&self->client, confsync_inotify_client_free);
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

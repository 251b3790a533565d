/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The GFileMonitor back end: a monitor on each directory along the path, never on the file, which
 * loses the file when it is replaced and sleeps 100 ms after events it doesn't want. It sees less
 * than inotify (no queue overflow, no write under another name), so the file watcher polls beside.
 */

#include "config.h"

#include "confsync-watch-gio-private.h"

#include "confsync-watch-path-private.h"

#include <sys/stat.h>

#define ARM_PASSES_MAX 8

/* a directory that is watched; the inode tells it from a successor of the same name */
typedef struct
{
  GFileMonitor *monitor; /* (owned) */
  gulong handler;
  dev_t device;
  ino_t inode;
} Place;

struct _ConfsyncWatchGio
{
  ConfsyncWatchBackend parent_instance;
  GHashTable *places; /* (nullable) directory → Place (owned); NULL while stopped */
  GHashTable *names;  /* (nullable) path of a point → its kind */
  GSource *report;    /* (nullable): set while a change waits to be reported */
  gboolean arm;
};

G_DEFINE_FINAL_TYPE (ConfsyncWatchGio, confsync_watch_gio, CONFSYNC_TYPE_WATCH_BACKEND)

static void
place_free (Place *place)
{
  g_signal_handler_disconnect (place->monitor, place->handler);
  g_file_monitor_cancel (place->monitor);
  g_object_unref (place->monitor);
  g_free (place);
}

static void
clear_report (ConfsyncWatchGio *self)
{
  if (self->report == NULL)
    return;
  g_source_destroy (self->report);
  g_clear_pointer (&self->report, g_source_unref);
}

static gboolean
report_cb (gpointer data)
{
  g_autoptr (ConfsyncWatchGio) self = g_object_ref (CONFSYNC_WATCH_GIO (data));
  const gboolean arm = self->arm;

  clear_report (self);
  self->arm = FALSE;
  if (arm)
    confsync_watch_backend_arm (CONFSYNC_WATCH_BACKEND (self));
  confsync_watch_backend_report_changed (CONFSYNC_WATCH_BACKEND (self));
  return G_SOURCE_REMOVE;
}

/* The events of one burst are emitted one by one: one report after the last of them. */
static void
mark (ConfsyncWatchGio *self, gboolean arm)
{
  self->arm |= arm;
  if (self->report != NULL)
    return;
  self->report = g_idle_source_new ();
  g_source_set_static_name (self->report, "confsync gio");
  g_source_set_priority (self->report, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->report, report_cb, self, NULL);
  g_source_attach (self->report,
                   confsync_watch_backend_get_context (CONFSYNC_WATCH_BACKEND (self)));
}

static void
handle (ConfsyncWatchGio *self, GFile *file, GFileMonitorEvent event)
{
  gpointer kind;

  if (!g_hash_table_lookup_extended (self->names, g_file_peek_path (file), NULL, &kind))
    return;
  if (event != G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT)
    mark (self, TRUE);
  else if (GPOINTER_TO_INT (kind) == CONFSYNC_WATCH_POINT_LEAF)
    mark (self, FALSE);
}

static void
monitor_changed_cb (GFileMonitor *monitor,
                    GFile *file,
                    GFile *other,
                    GFileMonitorEvent event,
                    gpointer data)
{
  ConfsyncWatchGio *self = CONFSYNC_WATCH_GIO (data);

  /* the hint follows when the writer is done; attributes are none of our business */
  if (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
    return;
  if (event == G_FILE_MONITOR_EVENT_UNMOUNTED)
    {
      mark (self, TRUE);
      return;
    }
  handle (self, file, event);
  if (other != NULL)
    handle (self, other, event);
}

static Place *
place_new (ConfsyncWatchGio *self, const char *path, const struct stat *info, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileMonitor) monitor =
      g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
  Place *place;

  if (monitor == NULL)
    return NULL;
  place = g_new (Place, 1);
  place->handler = g_signal_connect (monitor, "changed", G_CALLBACK (monitor_changed_cb), self);
  place->monitor = g_steal_pointer (&monitor);
  place->device = info->st_dev;
  place->inode = info->st_ino;
  return place;
}

/* Watches @path if it isn't; a directory that is gone is none to watch. */
static gboolean
ensure_place (ConfsyncWatchGio *self, const char *path, gboolean *same, GError **error)
{
  Place *place = g_hash_table_lookup (self->places, path);
  struct stat info;

  if (stat (path, &info) != 0)
    return TRUE;
  if (place != NULL && place->device == info.st_dev && place->inode == info.st_ino)
    return TRUE;
  *same = FALSE;
  /* the old one first: GIO shares monitors by name */
  g_hash_table_remove (self->places, path);
  place = place_new (self, path, &info, error);
  if (place == NULL)
    return FALSE;
  g_hash_table_insert (self->places, g_strdup (path), place);
  return TRUE;
}

/* Drops the directories that are on the way no more. */
static void
drop_places (ConfsyncWatchGio *self, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (!g_hash_table_contains (wanted, path))
      g_hash_table_iter_remove (&iter);
}

static gboolean
arm_once (ConfsyncWatchGio *self, gboolean *same, GError **error)
{
  g_autoptr (GPtrArray) points = confsync_watch_path_resolve (
      confsync_watch_backend_get_path (CONFSYNC_WATCH_BACKEND (self)));
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  *same = TRUE;
  g_hash_table_remove_all (self->names);
  for (guint i = 0; i < points->len; i++)
    {
      const ConfsyncWatchPoint *point = g_ptr_array_index (points, i);

      if (point->kind == CONFSYNC_WATCH_POINT_INODE)
        continue;
      g_hash_table_insert (self->names, confsync_watch_point_dup_path (point),
                           GINT_TO_POINTER (point->kind));
      g_hash_table_add (wanted, point->directory);
      if (!ensure_place (self, point->directory, same, error))
        return FALSE;
    }
  drop_places (self, wanted);
  return TRUE;
}

static gboolean
confsync_watch_gio_arm (ConfsyncWatchBackend *backend, GError **error)
{
  ConfsyncWatchGio *self = CONFSYNC_WATCH_GIO (backend);
  GMainContext *context = confsync_watch_backend_get_context (backend);
  gboolean done = TRUE, same = FALSE;

  /* a monitor reports to the context that is the default where it is made */
  g_main_context_push_thread_default (context);
  for (int pass = 0; done && !same && pass < ARM_PASSES_MAX; pass++)
    done = arm_once (self, &same, error);
  g_main_context_pop_thread_default (context);
  if (done && !same)
    mark (self, TRUE);
  return done;
}

static gboolean
confsync_watch_gio_start (ConfsyncWatchBackend *backend, GError **error)
{
  ConfsyncWatchGio *self = CONFSYNC_WATCH_GIO (backend);

  self->places =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) place_free);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return confsync_watch_gio_arm (backend, error);
}

static void
confsync_watch_gio_stop (ConfsyncWatchBackend *backend)
{
  ConfsyncWatchGio *self = CONFSYNC_WATCH_GIO (backend);

  clear_report (self);
  self->arm = FALSE;
  g_clear_pointer (&self->places, g_hash_table_unref);
  g_clear_pointer (&self->names, g_hash_table_unref);
}

static void
confsync_watch_gio_class_init (ConfsyncWatchGioClass *klass)
{
  ConfsyncWatchBackendClass *backend_class = CONFSYNC_WATCH_BACKEND_CLASS (klass);

  backend_class->start = confsync_watch_gio_start;
  backend_class->stop = confsync_watch_gio_stop;
  backend_class->arm = confsync_watch_gio_arm;
}

static void
confsync_watch_gio_init (ConfsyncWatchGio *self)
{
}

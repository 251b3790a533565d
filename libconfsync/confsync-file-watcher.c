/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The watcher of a file: chooses a back end, falls back to polling where it must, and remembers
 * what the file looked like at the last emission. It never reads the file. Linux only.
 */

#include "config.h"

#include "confsync-file-watcher.h"

#include "confsync-error.h"
#include "confsync-watch-backend-private.h"
#include "confsync-watch-gio-private.h"
#include "confsync-watch-inotify-private.h"
#include "confsync-watch-path-private.h"
#include "confsync-watch-poll-private.h"
#include "confsync-watch-state-private.h"

#define POLL_INTERVAL_MIN_MS 10
#define POLL_INTERVAL_MAX_MS (24 * 60 * 60 * 1000)
#define POLL_INTERVAL_DEFAULT_MS 2000

#define BACKEND_VARIABLE "CONFSYNC_WATCHER"

/**
 * ConfsyncFileWatcher:
 *
 * Watches the file that a path leads to: written in place, replaced by a rename or an exchange,
 * deleted and made again, also through symbolic links, any of which may be changed, and through
 * directories that are moved, removed, or not there yet.
 *
 * The file need not exist. Other files beside it cause no emission. Where the file was absent at
 * the last emission and still is, nothing is emitted.
 *
 * Changes are seen through inotify, by one descriptor for all watchers of the process, from a
 * source of priority %G_PRIORITY_DEFAULT. Where inotify can't be had the file is polled, and
 * [property@Confsync.FileWatcher:notice] says why and what to do; a check tries again. On file
 * systems that other machines or programs write to (NFS, CIFS, FUSE and so on) it is polled in
 * addition. What no event tells, such as a file system mounted over a directory of the path, is
 * found by [method@Confsync.Watcher.check]: call it now and then.
 *
 * The environment variable `CONFSYNC_WATCHER` names the back end to use instead of `inotify`:
 * `gio` (#GFileMonitor on the directories, polled in addition) or `poll`.
 *
 * Looking at the path blocks for as long as its file system takes to answer stat(2).
 *
 * Since: 1.0
 */
struct _ConfsyncFileWatcher
{
  GObject parent_instance;
  char *path;
  guint poll_interval_ms;

  /* while started */
  GMainContext *context;         /* (nullable) */
  gsize choice;                  /* the back end asked for, an index into backends */
  ConfsyncWatchBackend *backend; /* (nullable): NULL where polling is all there is */
  ConfsyncWatchPoll *polling;    /* (nullable) */
  ConfsyncWatchState seen;       /* at the last emission, or at the start */

  const char *backend_name; /* (nullable), static */
  char *fallback_reason;    /* (nullable): why there is no better back end */
  char *notice;             /* (nullable) */
};

static void confsync_file_watcher_iface_init (ConfsyncWatcherInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncFileWatcher, confsync_file_watcher, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_WATCHER,
                                                      confsync_file_watcher_iface_init))

enum
{
  PROP_PATH = 1,
  PROP_BACKEND,
  PROP_NOTICE,
  PROP_POLL_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const struct
{
  const char *name;
  GType (*get_type) (void);
} backends[] = {
  { "inotify", confsync_watch_inotify_get_type },
  { "gio", confsync_watch_gio_get_type },
  { "poll", confsync_watch_poll_get_type },
};

#define POLL_BACKEND (G_N_ELEMENTS (backends) - 1)

static void
set_backend_name (ConfsyncFileWatcher *self, const char *name)
{
  if (self->backend_name == name)
    return;
  self->backend_name = name;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BACKEND]);
}

static void
take_notice (ConfsyncFileWatcher *self, char *notice)
{
  g_autofree char *old = self->notice;

  self->notice = notice;
  if (g_strcmp0 (old, notice) == 0)
    return;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NOTICE]);
}

static char *
format_interval (guint interval_ms)
{
  if (interval_ms % 1000 == 0)
    return g_strdup_printf ("%u s", interval_ms / 1000);
  return g_strdup_printf ("%u ms", interval_ms);
}

static char *
format_notice (ConfsyncFileWatcher *self, const char *remote, const char *directory)
{
  g_autofree char *every = format_interval (self->poll_interval_ms);

  if (self->fallback_reason != NULL)
    return g_strdup_printf ("%s; until then %s is polled every %s", self->fallback_reason,
                            self->path, every);
  if (remote != NULL)
    return g_strdup_printf ("%s is on %s: changes made elsewhere are seen by polling every %s",
                            directory, remote, every);
  return NULL;
}

/* An event, or a look, found that the file may have changed. */
static void
emit_changed (ConfsyncFileWatcher *self, const ConfsyncWatchState *now)
{
  /* taken before the emission: what changes while the handlers read differs from it */
  self->seen = *now;
  if (self->polling != NULL)
    confsync_watch_poll_hurry (self->polling);
  confsync_watcher_emit_changed (CONFSYNC_WATCHER (self));
}

static void
backend_changed_cb (ConfsyncWatchBackend *backend, ConfsyncFileWatcher *self)
{
  ConfsyncWatchState now;

  /* an event counts even if nothing differs: two writes within one tick of the clock look the same;
   * only an absent file that is still absent is the same for certain */
  confsync_watch_state_take (&now, self->path);
  if (now.error == 0 || now.error != self->seen.error)
    emit_changed (self, &now);
}

static void
look_cb (ConfsyncFileWatcher *self)
{
  /* where no event comes for it, a second write within one tick is told by caution alone */
  const gboolean racy = self->polling != NULL && confsync_watch_state_is_racy (&self->seen);
  ConfsyncWatchState now;

  confsync_watch_state_take (&now, self->path);
  if (racy || !confsync_watch_state_equal (&now, &self->seen))
    emit_changed (self, &now);
}

static void backend_failed_cb (ConfsyncWatchBackend *, const GError *, ConfsyncFileWatcher *);

static ConfsyncWatchBackend *
make_backend (ConfsyncFileWatcher *self, GType type)
{
  ConfsyncWatchBackend *backend =
      g_object_new (type, "path", self->path, "context", self->context, NULL);

  g_signal_connect_object (backend, "changed", G_CALLBACK (backend_changed_cb), self, 0);
  g_signal_connect_object (backend, "look", G_CALLBACK (look_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (backend, "failed", G_CALLBACK (backend_failed_cb), self, 0);
  return backend;
}

static void
start_polling (ConfsyncFileWatcher *self)
{
  if (self->polling != NULL)
    return;
  self->polling = CONFSYNC_WATCH_POLL (make_backend (self, CONFSYNC_TYPE_WATCH_POLL));
  confsync_watch_poll_set_interval (self->polling, self->poll_interval_ms);
  /* a timer can't fail */
  confsync_watch_backend_start (CONFSYNC_WATCH_BACKEND (self->polling), NULL);
}

static void
stop_polling (ConfsyncFileWatcher *self)
{
  if (self->polling != NULL)
    confsync_watch_backend_stop (CONFSYNC_WATCH_BACKEND (self->polling));
  g_clear_object (&self->polling);
}

static void
stop_backend (ConfsyncFileWatcher *self)
{
  if (self->backend != NULL)
    confsync_watch_backend_stop (self->backend);
  g_clear_object (&self->backend);
}

/* Polls where events don't tell all, stops it where they do; says so. */
static void
update_polling (ConfsyncFileWatcher *self)
{
  g_autoptr (GPtrArray) points = confsync_watch_path_resolve (self->path);
  const char *directory = NULL;
  const char *remote = confsync_watch_path_find_remote (points, &directory);

  if (remote != NULL || self->backend == NULL || CONFSYNC_IS_WATCH_GIO (self->backend))
    start_polling (self);
  else
    stop_polling (self);
  take_notice (self, format_notice (self, remote, directory));
}

static void
fall_back (ConfsyncFileWatcher *self, const GError *error)
{
  stop_backend (self);
  g_free (self->fallback_reason);
  self->fallback_reason = g_strdup (error->message);
  set_backend_name (self, backends[POLL_BACKEND].name);
}

static void
backend_failed_cb (ConfsyncWatchBackend *backend, const GError *error, ConfsyncFileWatcher *self)
{
  fall_back (self, error);
  update_polling (self);
  look_cb (self);
}

static gboolean
choose_backend (gsize *choice, GError **error)
{
  const char *name = g_getenv (BACKEND_VARIABLE);

  if (name == NULL || *name == '\0')
    name = "inotify";
  for (*choice = 0; *choice < G_N_ELEMENTS (backends); (*choice)++)
    if (g_str_equal (name, backends[*choice].name))
      return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
               BACKEND_VARIABLE "=%s names no back end: use inotify, gio or poll", name);
  return FALSE;
}

static void
start_backend (ConfsyncFileWatcher *self)
{
  g_autoptr (GError) error = NULL;

  if (self->choice != POLL_BACKEND)
    {
      self->backend = make_backend (self, backends[self->choice].get_type ());
      if (!confsync_watch_backend_start (self->backend, &error))
        {
          fall_back (self, error);
          return;
        }
    }
  g_clear_pointer (&self->fallback_reason, g_free);
  set_backend_name (self, backends[self->choice].name);
}

static gboolean
confsync_file_watcher_start (ConfsyncWatcher *watcher, GError **error)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (watcher);

  if (self->context != NULL)
    return TRUE;
  if (!choose_backend (&self->choice, error))
    return FALSE;
  self->context = g_main_context_ref_thread_default ();
  start_backend (self);
  confsync_watch_state_take (&self->seen, self->path);
  update_polling (self);
  return TRUE;
}

static void
confsync_file_watcher_stop (ConfsyncWatcher *watcher)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (watcher);

  if (self->context == NULL)
    return;
  stop_backend (self);
  stop_polling (self);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->fallback_reason, g_free);
  take_notice (self, NULL);
  set_backend_name (self, NULL);
}

static void
confsync_file_watcher_check (ConfsyncWatcher *watcher)
{
  g_autoptr (ConfsyncFileWatcher) self = g_object_ref (CONFSYNC_FILE_WATCHER (watcher));

  if (self->context == NULL)
    return;
  /* what can't be seen may also have led the path elsewhere; a limit may have been raised */
  if (self->backend != NULL)
    confsync_watch_backend_arm (self->backend);
  else
    start_backend (self);
  update_polling (self);
  look_cb (self);
}

static void
confsync_file_watcher_set_property (GObject *object,
                                    guint id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (object);

  switch (id)
    {
    case PROP_PATH:
      self->path = g_value_dup_string (value);
      break;
    case PROP_POLL_INTERVAL:
      confsync_file_watcher_set_poll_interval (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_file_watcher_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_BACKEND:
      g_value_set_string (value, self->backend_name);
      break;
    case PROP_NOTICE:
      g_value_set_string (value, self->notice);
      break;
    case PROP_POLL_INTERVAL:
      g_value_set_uint (value, self->poll_interval_ms);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* A relative path means the working directory of now, not that of each later look. It isn't
 * simplified: what ".." means depends on links. */
static void
confsync_file_watcher_constructed (GObject *object)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (object);
  g_autofree char *here = NULL;
  g_autofree char *relative = NULL;

  G_OBJECT_CLASS (confsync_file_watcher_parent_class)->constructed (object);
  if (self->path != NULL && g_path_is_absolute (self->path))
    return;
  here = g_get_current_dir ();
  relative = g_steal_pointer (&self->path);
  self->path = g_build_filename (here, relative, NULL);
}

static void
confsync_file_watcher_dispose (GObject *object)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (object);

  stop_backend (self);
  stop_polling (self);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (confsync_file_watcher_parent_class)->dispose (object);
}

static void
confsync_file_watcher_finalize (GObject *object)
{
  ConfsyncFileWatcher *self = CONFSYNC_FILE_WATCHER (object);

  g_free (self->path);
  g_free (self->fallback_reason);
  g_free (self->notice);
  G_OBJECT_CLASS (confsync_file_watcher_parent_class)->finalize (object);
}

static void
confsync_file_watcher_class_init (ConfsyncFileWatcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = confsync_file_watcher_set_property;
  object_class->get_property = confsync_file_watcher_get_property;
  object_class->constructed = confsync_file_watcher_constructed;
  object_class->dispose = confsync_file_watcher_dispose;
  object_class->finalize = confsync_file_watcher_finalize;

  /**
   * ConfsyncFileWatcher:path:
   *
   * The path that is watched, absolute; a relative one given is taken from the working directory at
   * construction.
   *
   * Since: 1.0
   */
  props[PROP_PATH] = g_param_spec_string (
      "path", NULL, NULL, NULL,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncFileWatcher:backend: (getter get_backend)
   *
   * What is in use: `inotify`, `gio` or `poll`; %NULL while stopped.
   *
   * Since: 1.0
   */
  props[PROP_BACKEND] =
      g_param_spec_string ("backend", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncFileWatcher:notice: (getter get_notice)
   *
   * One sentence for people where changes are seen late: why, and what to do; else %NULL.
   *
   * Since: 1.0
   */
  props[PROP_NOTICE] =
      g_param_spec_string ("notice", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncFileWatcher:poll-interval: (getter get_poll_interval) (setter set_poll_interval)
   *
   * Milliseconds between two looks where the file is polled: half of that after a change.
   *
   * Since: 1.0
   */
  props[PROP_POLL_INTERVAL] = g_param_spec_uint (
      "poll-interval", NULL, NULL, POLL_INTERVAL_MIN_MS, POLL_INTERVAL_MAX_MS,
      POLL_INTERVAL_DEFAULT_MS,
      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
confsync_file_watcher_iface_init (ConfsyncWatcherInterface *iface)
{
  iface->start = confsync_file_watcher_start;
  iface->stop = confsync_file_watcher_stop;
  iface->check = confsync_file_watcher_check;
}

static void
confsync_file_watcher_init (ConfsyncFileWatcher *self)
{
  self->poll_interval_ms = POLL_INTERVAL_DEFAULT_MS;
}

/**
 * confsync_file_watcher_new:
 * @path: (type filename): the file to watch; neither it nor its directories need to exist
 *
 * Makes a watcher of @path, not started.
 *
 * Returns: (transfer full): a watcher
 *
 * Since: 1.0
 */
ConfsyncFileWatcher *
confsync_file_watcher_new (const char *path)
{
  g_return_val_if_fail (path != NULL && *path != '\0', NULL);

  return g_object_new (CONFSYNC_TYPE_FILE_WATCHER, "path", path, NULL);
}

/**
 * confsync_file_watcher_get_path:
 * @self: a watcher
 *
 * Gets the path that is watched.
 *
 * Returns: (type filename): an absolute path
 *
 * Since: 1.0
 */
const char *
confsync_file_watcher_get_path (ConfsyncFileWatcher *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_WATCHER (self), NULL);

  return self->path;
}

/**
 * confsync_file_watcher_get_backend:
 * @self: a watcher
 *
 * Gets what is in use to see changes.
 *
 * Returns: (nullable): `inotify`, `gio` or `poll`; %NULL while stopped
 *
 * Since: 1.0
 */
const char *
confsync_file_watcher_get_backend (ConfsyncFileWatcher *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_WATCHER (self), NULL);

  return self->backend_name;
}

/**
 * confsync_file_watcher_get_notice:
 * @self: a watcher
 *
 * Gets why changes are seen late, for people.
 *
 * Returns: (nullable): one sentence with the reason and what to do, or %NULL
 *
 * Since: 1.0
 */
const char *
confsync_file_watcher_get_notice (ConfsyncFileWatcher *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_WATCHER (self), NULL);

  return self->notice;
}

/**
 * confsync_file_watcher_get_poll_interval:
 * @self: a watcher
 *
 * Gets the time between two looks where the file is polled.
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
guint
confsync_file_watcher_get_poll_interval (ConfsyncFileWatcher *self)
{
  g_return_val_if_fail (CONFSYNC_IS_FILE_WATCHER (self), 0);

  return self->poll_interval_ms;
}

/**
 * confsync_file_watcher_set_poll_interval:
 * @self: a watcher
 * @interval_ms: milliseconds, from 10 to 86,400,000
 *
 * Sets the time between two looks where the file is polled; takes effect at once.
 *
 * Since: 1.0
 */
void
confsync_file_watcher_set_poll_interval (ConfsyncFileWatcher *self, guint interval_ms)
{
  g_return_if_fail (CONFSYNC_IS_FILE_WATCHER (self));
  g_return_if_fail (interval_ms >= POLL_INTERVAL_MIN_MS && interval_ms <= POLL_INTERVAL_MAX_MS);

  if (self->poll_interval_ms == interval_ms)
    return;
  self->poll_interval_ms = interval_ms;
  if (self->polling != NULL)
    confsync_watch_poll_set_interval (self->polling, interval_ms);
  if (self->context != NULL)
    update_polling (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POLL_INTERVAL]);
}

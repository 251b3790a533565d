/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The watcher interface: wrappers that check arguments, and the signal. What is watched, and how,
 * is the implementation's.
 */

#include "config.h"

#include "confsync-watcher.h"

/**
 * ConfsyncWatcher:
 *
 * Says that the configuration *may* have changed; whoever listens loads it and compares.
 *
 * Start the watcher first and load the configuration after that: then no change falls in between.
 * A watcher belongs to the thread whose main context it was started in: call its methods there.
 *
 * Since: 1.0
 */

G_DEFINE_INTERFACE (ConfsyncWatcher, confsync_watcher, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
confsync_watcher_default_init (ConfsyncWatcherInterface *iface)
{
  /**
   * ConfsyncWatcher::changed:
   * @self: the watcher
   *
   * The configuration may have changed: once for any number of changes since the last emission,
   * and never before the change can be read. Emitted in the thread-default main context of
   * [method@Confsync.Watcher.start].
   *
   * Since: 1.0
   */
  signals[CHANGED] = g_signal_new ("changed", CONFSYNC_TYPE_WATCHER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

/**
 * confsync_watcher_start:
 * @self: a watcher
 * @error: return location for an error, or %NULL
 *
 * Begins to watch, and to emit [signal@Confsync.Watcher::changed] in the thread-default main
 * context of this call. A watcher that runs already is left as it is. It may be started again
 * after [method@Confsync.Watcher.stop].
 *
 * Returns: %TRUE if it watches now, %FALSE with @error set where it can't
 *
 * Since: 1.0
 */
gboolean
confsync_watcher_start (ConfsyncWatcher *self, GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_WATCHER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return CONFSYNC_WATCHER_GET_IFACE (self)->start (self, error);
}

/**
 * confsync_watcher_stop:
 * @self: a watcher
 *
 * Ends watching: [signal@Confsync.Watcher::changed] is not emitted after this call. Does nothing
 * on a watcher that doesn't run.
 *
 * Since: 1.0
 */
void
confsync_watcher_stop (ConfsyncWatcher *self)
{
  g_return_if_fail (CONFSYNC_IS_WATCHER (self));

  CONFSYNC_WATCHER_GET_IFACE (self)->stop (self);
}

/**
 * confsync_watcher_check:
 * @self: a watcher
 *
 * Looks now whether something changed that couldn't be seen as it happened, such as a file system
 * mounted over a directory, and emits [signal@Confsync.Watcher::changed] before it returns if so.
 * Does nothing where the implementation sees everything, or doesn't run.
 *
 * Since: 1.0
 */
void
confsync_watcher_check (ConfsyncWatcher *self)
{
  ConfsyncWatcherInterface *iface;

  g_return_if_fail (CONFSYNC_IS_WATCHER (self));

  iface = CONFSYNC_WATCHER_GET_IFACE (self);
  if (iface->check != NULL)
    iface->check (self);
}

/**
 * confsync_watcher_emit_changed:
 * @self: a watcher
 *
 * Emits [signal@Confsync.Watcher::changed]. For implementations, which call it in the main context
 * they were started in.
 *
 * Since: 1.0
 */
void
confsync_watcher_emit_changed (ConfsyncWatcher *self)
{
  g_return_if_fail (CONFSYNC_IS_WATCHER (self));

  g_signal_emit (self, signals[CHANGED], 0);
}

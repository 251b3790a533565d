/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The watcher of stores in memory.
 */

#include "poke-watcher.h"

struct _PokeWatcher
{
  GObject parent_instance;

  gboolean started;
};

static gboolean
poke_watcher_start (ConfsyncWatcher *watcher, GError **error)
{
  g_assert_false (POKE_WATCHER (watcher)->started);
  POKE_WATCHER (watcher)->started = TRUE;
  return TRUE;
}

static void
poke_watcher_stop (ConfsyncWatcher *watcher)
{
  POKE_WATCHER (watcher)->started = FALSE;
}

static void
poke_watcher_watcher_init (ConfsyncWatcherInterface *iface)
{
  iface->start = poke_watcher_start;
  iface->stop = poke_watcher_stop;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PokeWatcher, poke_watcher, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_WATCHER,
                                                      poke_watcher_watcher_init))

static void
poke_watcher_class_init (PokeWatcherClass *klass)
{
}

static void
poke_watcher_init (PokeWatcher *self)
{
}

ConfsyncWatcher *
poke_watcher_new (void)
{
  return g_object_new (POKE_TYPE_WATCHER, NULL);
}

gboolean
poke_watcher_is_started (ConfsyncWatcher *watcher)
{
  return POKE_WATCHER (watcher)->started;
}

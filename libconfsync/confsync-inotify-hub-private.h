/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one inotify descriptor of the process, shared by all watchers in all threads: a user has 128
 * of them by default. A client is one watcher's share of it.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncInotifyClient ConfsyncInotifyClient;

/*
 * ConfsyncInotifyChange:
 * @CONFSYNC_INOTIFY_CONTENT: what is in the file
 * @CONFSYNC_INOTIFY_LEAF: what has the last name; the path leads elsewhere now if that is a link
 * @CONFSYNC_INOTIFY_PATH: a name or a directory before, so that the path may lead elsewhere now
 */
typedef enum
{
  CONFSYNC_INOTIFY_CONTENT,
  CONFSYNC_INOTIFY_LEAF,
  CONFSYNC_INOTIFY_PATH,
} ConfsyncInotifyChange;

/*
 * ConfsyncInotifyFunc:
 * @change: the farthest-reaching one
 *
 * Something that the client watches changed. Called in the client's main context, once for all
 * events of one read; may free the client.
 */
typedef void (*ConfsyncInotifyFunc) (ConfsyncInotifyChange change, gpointer data);

ConfsyncInotifyClient *confsync_inotify_client_new (GMainContext *context,
                                                    ConfsyncInotifyFunc func,
                                                    gpointer data,
                                                    GError **error);
void confsync_inotify_client_free (ConfsyncInotifyClient *self);

gboolean confsync_inotify_client_watch (ConfsyncInotifyClient *self,
                                        const GPtrArray *points,
                                        gboolean *same,
                                        GError **error);
void confsync_inotify_client_call_again (ConfsyncInotifyClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncInotifyClient, confsync_inotify_client_free)

G_END_DECLS

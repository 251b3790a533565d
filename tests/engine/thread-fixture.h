/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A manager in a thread of its own, on a store in memory that holds {"n":0} at first, and what a
 * test asks of it.
 */

#pragma once

#include "instance.h"

G_BEGIN_DECLS

typedef struct
{
  ConfsyncStore *store; /* (owned) */
  ConfsyncThread *thread;
} ThreadFixture;

/* The data is the address to listen on, or NULL. */
void thread_set_up (ThreadFixture *fixture, gconstpointer data);
/* Closes the thread unless the test let go of it; nothing may be left. */
void thread_tear_down (ThreadFixture *fixture, gconstpointer data);

gpointer make_plugin (GType interface_type, const char *name);
ConfsyncManager *make_manager (ConfsyncStore *store, const char *listen_address);

guint64 check_id (guint64 id, GError *error);
/* The number of a request that must be taken. */
#define ASK(what, ...)                                                                            \
  ({                                                                                              \
    GError *ask_error = NULL;                                                                     \
    guint64 ask_id = confsync_thread_##what (__VA_ARGS__, &ask_error);                            \
    check_id (ask_id, ask_error);                                                                 \
  })

/* The answer, past all else in the queue. */
ConfsyncNotification *await_answer (ConfsyncThread *thread, guint64 id);
void expect_ok (ConfsyncThread *thread, guint64 id);
#define expect_error(thread, id, domain, code)                                                    \
  G_STMT_START                                                                                    \
    {                                                                                             \
      g_autoptr (ConfsyncNotification) bad = await_answer (thread, id);                           \
      g_autoptr (GError) bad_error = NULL;                                                        \
      g_assert_false (confsync_notification_check (bad, &bad_error));                             \
      g_assert_error (bad_error, domain, code);                                                   \
    }                                                                                             \
  G_STMT_END

/* Waits for the next thing, as a loop would. */
ConfsyncNotification *thread_next (ConfsyncThread *thread);
ConfsyncNotification *thread_next_of (ConfsyncThread *thread, ConfsyncNotificationKind kind);

/* The configuration is {"n":N}. */
gint64 get_n (ConfsyncNotification *changed);
guint64 set_n (ConfsyncThread *thread, guint n, GError **error);

/* Whether only one reference is left. */
gboolean is_unused (gpointer object);

G_END_DECLS

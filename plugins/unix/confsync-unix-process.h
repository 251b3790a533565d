/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The process at the other end of a Unix socket, as the kernel names it: the one that connected, or
 * the one that listens. What the other end says of itself has no part in it.
 */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct
{
  pid_t pid; /* 0 where it can't be seen from here, as in another container */
  uid_t uid;
} ConfsyncUnixProcess;

gboolean confsync_unix_process_read (ConfsyncUnixProcess *self, int fd, GError **error);

/* Whether it runs as our user or as root. */
gboolean confsync_unix_process_is_trusted (const ConfsyncUnixProcess *self);

/* For people, such as “process 4711” (transfer full). */
char *confsync_unix_process_describe (const ConfsyncUnixProcess *self);

/* For people: why it isn't trusted (transfer full). */
char *confsync_unix_process_explain (const ConfsyncUnixProcess *self);

G_END_DECLS

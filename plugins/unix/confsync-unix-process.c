/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * SO_PEERCRED, and what is made of it.
 */

#include "confsync-unix-process.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

gboolean
confsync_unix_process_read (ConfsyncUnixProcess *self, int fd, GError **error)
{
  struct ucred credentials;
  socklen_t size = sizeof credentials;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "can't find out who is at the other end: %s", g_strerror (code));
      return FALSE;
    }
  self->pid = credentials.pid;
  self->uid = credentials.uid;
  return TRUE;
}

gboolean
confsync_unix_process_is_trusted (const ConfsyncUnixProcess *self)
{
  return self->uid == geteuid () || self->uid == 0;
}

char *
confsync_unix_process_describe (const ConfsyncUnixProcess *self)
{
  if (self->pid == 0)
    return g_strdup ("a process out of sight");
  return g_strdup_printf ("process %d", (int) self->pid);
}

char *
confsync_unix_process_explain (const ConfsyncUnixProcess *self)
{
  return g_strdup_printf ("it runs as user %u; only user %u and root are served", self->uid,
                          geteuid ());
}

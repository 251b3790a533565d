/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A kernel before Linux 6.15, to be loaded before the command: it knows no bound on the time until
 * TCP sends again, so that time doubles for as long as nobody answers.
 */

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPTION_RTO_MAX_MS 44

__attribute__ ((visibility ("default"))) int
setsockopt (int fd, int level, int option, const void *value, socklen_t length)
{
  if (level == IPPROTO_TCP && option == OPTION_RTO_MAX_MS)
    {
      errno = ENOPROTOOPT;
      return -1;
    }
  return (int) syscall (SYS_setsockopt, fd, level, option, value, length);
}

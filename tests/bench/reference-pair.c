/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The least that can carry a file durably: DIRECTORY listen [PATH], or DIRECTORY dial PORT-OR-PATH;
 * with a path it does so over a Unix socket. The end that listens sends config.json whenever
 * something is renamed to that name: its length, its bytes. The end that dials writes it beside,
 * fsyncs, renames, fsyncs the directory. It checks nothing, keeps nothing, and survives nothing;
 * what it takes is the floor that confsync is measured against.
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "config.json"
#define TEMP_NAME ".config.json.new"
#define MAX_BYTES (16 * 1024 * 1024)

static char buffer[sizeof (uint32_t) + MAX_BYTES];

static int
check (int result, const char *what)
{
  if (result < 0)
    err (1, "reference-pair: %s", what);
  return result;
}

static void
write_all (int fd, const char *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = check (write (fd, data, length), "write");

      data += n;
      length -= n;
    }
}

/* 0 at the end of the stream */
static int
read_all (int fd, char *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = check (read (fd, data, length), "read");

      if (n == 0)
        return 0;
      data += n;
      length -= n;
    }
  return 1;
}

static int
connect_pair (int listening, int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  socklen_t length = sizeof address;
  int one = 1;
  int fd = check (socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (listening)
    {
      check (bind (fd, (struct sockaddr *) &address, sizeof address), "bind");
      check (listen (fd, 1), "listen");
      check (getsockname (fd, (struct sockaddr *) &address, &length), "getsockname");
      printf ("started %d\n", ntohs (address.sin_port));
      fflush (stdout);
      fd = check (accept4 (fd, NULL, NULL, SOCK_CLOEXEC), "accept");
    }
  else
    check (connect (fd, (struct sockaddr *) &address, sizeof address), "connect");
  check (setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "TCP_NODELAY");
  return fd;
}

/* The same over a Unix socket. */
static int
connect_pair_unix (int listening, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = check (socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

  if (strlen (path) >= sizeof address.sun_path)
    errx (2, "reference-pair: the path is too long: %s", path);
  strcpy (address.sun_path, path);
  if (!listening)
    {
      check (connect (fd, (struct sockaddr *) &address, sizeof address), "connect");
      return fd;
    }
  check (bind (fd, (struct sockaddr *) &address, sizeof address), "bind");
  check (listen (fd, 1), "listen");
  printf ("started %s\n", path);
  fflush (stdout);
  return check (accept4 (fd, NULL, NULL, SOCK_CLOEXEC), "accept");
}

static void
send_file (int dirfd, int peer)
{
  int fd = check (openat (dirfd, NAME, O_RDONLY | O_CLOEXEC), "open");
  uint32_t length = check (read (fd, buffer + sizeof length, MAX_BYTES), "read");

  close (fd);
  memcpy (buffer, &length, sizeof length);
  write_all (peer, buffer, sizeof length + length);
}

static void
send_changes (const char *directory, int dirfd, int peer)
{
  char events[4096] __attribute__ ((aligned (__alignof__ (struct inotify_event))));
  int watch = check (inotify_init1 (IN_CLOEXEC), "inotify");

  check (inotify_add_watch (watch, directory, IN_MOVED_TO), "watch");
  for (;;)
    {
      ssize_t n = check (read (watch, events, sizeof events), "read events");

      for (char *at = events; at < events + n;)
        {
          const struct inotify_event *event = (const void *) at;

          if (event->len > 0 && strcmp (event->name, NAME) == 0)
            send_file (dirfd, peer);
          at += sizeof *event + event->len;
        }
    }
}

static void
receive_changes (int dirfd, int peer)
{
  uint32_t length;

  while (read_all (peer, (char *) &length, sizeof length) && length <= MAX_BYTES &&
         read_all (peer, buffer, length))
    {
      int fd = check (openat (dirfd, TEMP_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                      "make a file");

      write_all (fd, buffer, length);
      check (fsync (fd), "fsync");
      close (fd);
      check (renameat (dirfd, TEMP_NAME, dirfd, NAME), "rename");
      check (fsync (dirfd), "fsync the directory");
    }
}

int
main (int argc, char **argv)
{
  int listening = argc >= 3 && argc <= 4 && strcmp (argv[2], "listen") == 0;
  const char *place = argc == 4 ? argv[3] : "0";
  int dirfd, peer;

  if (!listening && !(argc == 4 && strcmp (argv[2], "dial") == 0))
    errx (2, "usage: reference-pair DIRECTORY listen [PATH] | DIRECTORY dial PORT-OR-PATH");
  check (prctl (PR_SET_PDEATHSIG, SIGKILL), "prctl");
  dirfd = check (open (argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open the directory");
  peer = strchr (place, '/') != NULL ? connect_pair_unix (listening, place)
                                     : connect_pair (listening, atoi (place));
  if (listening)
    send_changes (argv[1], dirfd, peer);
  else
    receive_changes (dirfd, peer);
  return 0;
}

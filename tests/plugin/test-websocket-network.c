/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Links over a network that says nothing: what is done to notice that it is back.
 */

#include "fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test-util.h"

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
/* of the loopback, and nobody else's: a port that another test had may still be dialled by those
 * who knew it */
#define SILENT_HOST "127.77.0.1"
#define LOCAL_CHARS 13 /* in the table, the end of ours before the other one */
#define FILES_MAX 200
#define TAKEN_MAX 20

/* A listener whose queue is full: the kernel answers nobody, as if nobody were there. */
typedef struct
{
  int listener;
  int filler;
  int taken[TAKEN_MAX];
  guint n_taken;
  guint16 port;
} Silence;

static void
silence_begin (Silence *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  address.sin_addr.s_addr = inet_addr (SILENT_HOST);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (self->listener, (struct sockaddr *) &address, length));
  g_assert_no_errno (listen (self->listener, 0));
  g_assert_no_errno (getsockname (self->listener, (struct sockaddr *) &address, &length));
  self->port = ntohs (address.sin_port);
  self->filler = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (self->filler, (struct sockaddr *) &address, length));
}

/* From now on there is room. */
static void
silence_break (Silence *self)
{
  g_assert_no_errno (fcntl (self->listener, F_SETFL, O_NONBLOCK));
  g_assert_no_errno (listen (self->listener, TAKEN_MAX));
}

static void
silence_end (Silence *self)
{
  for (guint i = 0; i < self->n_taken; i++)
    close (self->taken[i]);
  close (self->listener);
  close (self->filler);
}

/* How many connections to that port wait for an answer to their first segment. The table is read in
 * parts, and one that moves in between may be in two of them. */
static guint
count_unanswered (guint16 port)
{
  g_autofree char *text = NULL;
  g_autofree char *part = g_strdup_printf (" %08X:%04X 02 ", inet_addr (SILENT_HOST), port);
  g_autoptr (GHashTable) ends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_true (g_file_get_contents ("/proc/net/tcp", &text, NULL, NULL));
  for (const char *at = text; (at = strstr (at, part)) != NULL; at++)
    g_hash_table_add (ends, g_strndup (at - LOCAL_CHARS, LOCAL_CHARS));
  return g_hash_table_size (ends);
}

typedef struct
{
  Silence silence;
  guint most;
  guint ticks;
  guint last;
} Watch;

static gboolean
watch_cb (gpointer user_data)
{
  Watch *watch = user_data;
  guint now = count_unanswered (watch->silence.port);

  watch->ticks++;
  watch->last = now;
  watch->most = MAX (watch->most, now);
  return G_SOURCE_CONTINUE;
}

/* Takes in whoever comes; says whether one of them asked. */
static gboolean
somebody_asks_cb (gpointer user_data)
{
  Silence *silence = user_data;
  char request[4] = "";
  int taken;

  while ((taken = accept (silence->listener, NULL, NULL)) >= 0)
    {
      g_assert_cmpuint (silence->n_taken, <, TAKEN_MAX);
      silence->taken[silence->n_taken++] = taken;
    }
  g_assert_cmpint (errno, ==, EAGAIN);
  for (guint i = 0; i < silence->n_taken; i++)
    if (recv (silence->taken[i], request, sizeof request, MSG_DONTWAIT) == sizeof request)
      return memcmp (request, "GET ", sizeof request) == 0;
  return FALSE;
}

static void
test_silent (Fixture *fixture, gconstpointer data)
{
  Watch watch = { 0 };
  g_autofree char *address = NULL;
  guint source;

  g_test_summary ("Where nobody answers, more tries follow, but not too many at once; the first "
                  "one that gets through asks");

  silence_begin (&watch.silence);
  address = g_strdup_printf ("ws://" SILENT_HOST ":%u", watch.silence.port);
  source = g_timeout_add (20, watch_cb, &watch);
  fixture_dial (fixture, address);
  wait_for (watch.last == 4);
  watch.ticks = 0;
  /* whenever another one comes, one goes, if not in the same moment */
  wait_for (watch.ticks == 50);
  g_assert_cmpuint (watch.most, <=, 5);
  g_source_remove (source);

  silence_break (&watch.silence);
  g_assert_true (test_wait_until (somebody_asks_cb, &watch.silence, WAIT_MS));
  /* who asks has been chosen, so the others are not there any more */
  wait_for (count_unanswered (watch.silence.port) == 0);
  silence_end (&watch.silence);
  wait_for (fixture->here.closed == 1);
}

static void
test_silent_to_the_end (Fixture *fixture, gconstpointer data)
{
  Silence silence = { 0 };
  g_autofree char *address = NULL;

  g_test_summary ("All tries end with the deadline, and it is said once why");

  silence_begin (&silence);
  address = g_strdup_printf ("ws://" SILENT_HOST ":%u", silence.port);
  g_object_set (fixture->transport, "handshake-timeout", 1200, NULL);
  fixture_dial (fixture, address);
  wait_for (fixture->here.closed == 1);
  g_assert_error (fixture->here.error, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE);
  wait_for (count_unanswered (silence.port) == 0);
  silence_end (&silence);
}

static void
test_silent_given_up (Fixture *fixture, gconstpointer data)
{
  Silence silence = { 0 };
  g_autofree char *address = NULL;

  g_test_summary ("A dial that is given up leaves no try behind");

  silence_begin (&silence);
  address = g_strdup_printf ("ws://" SILENT_HOST ":%u", silence.port);
  fixture_dial (fixture, address);
  wait_for (count_unanswered (silence.port) == 2);
  confsync_channel_close (fixture->here.channel);
  wait_for (fixture->here.closed == 1);
  g_assert_no_error (fixture->here.error);
  wait_for (count_unanswered (silence.port) == 0);
  silence_end (&silence);
}

static int
get_option (int fd, int option)
{
  int value = -1;
  socklen_t length = sizeof value;

  return getsockopt (fd, IPPROTO_TCP, option, &value, &length) == 0 ? value : -1;
}

/* Finds our descriptor whose own port, or whose other end's, is that one. */
static int
find_link (guint16 port, gboolean accepted)
{
  for (int fd = 0; fd < FILES_MAX; fd++)
    {
      struct sockaddr_in own, other;
      socklen_t own_length = sizeof own, other_length = sizeof other;

      if (getsockname (fd, (struct sockaddr *) &own, &own_length) == 0 &&
          getpeername (fd, (struct sockaddr *) &other, &other_length) == 0 &&
          own.sin_family == AF_INET && ntohs (accepted ? own.sin_port : other.sin_port) == port)
        return fd;
    }
  return -1;
}

static gboolean
kernel_has_resend_limit (void)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ms = 1000;
  gboolean has = setsockopt (fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &ms, sizeof ms) == 0;

  close (fd);
  return has;
}

static void
test_options (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GUri) uri = NULL;
  int here, there;

  g_test_summary ("The kernel sends again every second, longer where nobody can dial anew");

  fixture_link_up (fixture);
  uri = g_uri_parse (confsync_listener_get_address (fixture->listener), G_URI_FLAGS_NONE, NULL);
  here = find_link (g_uri_get_port (uri), FALSE);
  there = find_link (g_uri_get_port (uri), TRUE);
  g_assert_cmpint (here, >=, 0);
  g_assert_cmpint (there, >=, 0);
  g_assert_cmpint (get_option (here, TCP_USER_TIMEOUT), ==, 15000);
  g_assert_cmpint (get_option (there, TCP_USER_TIMEOUT), ==, 60000);
  if (!kernel_has_resend_limit ())
    {
      g_test_message ("this kernel is older than Linux 6.15: it doubles the interval");
      return;
    }
  g_assert_cmpint (get_option (here, TCP_RTO_MAX_MS), ==, 1000);
  g_assert_cmpint (get_option (there, TCP_RTO_MAX_MS), ==, 1000);
}

static void
add (const char *path, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/websocket-network/silent", test_silent);
  add ("/websocket-network/silent-to-the-end", test_silent_to_the_end);
  add ("/websocket-network/silent-given-up", test_silent_given_up);
  add ("/websocket-network/options", test_options);
  return g_test_run ();
}

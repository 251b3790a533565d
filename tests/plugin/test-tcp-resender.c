/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a socket does about data that is not acknowledged, on this kernel and on one before
 * Linux 6.15. A filter at the receiving end, which drops all that comes, is the cut network.
 */

#include "../../plugins/websocket/confsync-tcp-resender.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test-util.h"

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#define FILES_MAX 400
#define KEPT_MAX 64
#define MANY 70

static gboolean is_old;

/* takes the place of the C library's */
int
setsockopt (int fd, int level, int option, const void *value, socklen_t length)
{
  if (is_old && level == IPPROTO_TCP && option == TCP_RTO_MAX_MS)
    {
      errno = ENOPROTOOPT;
      return -1;
    }
  return (int) syscall (SYS_setsockopt, fd, level, option, value, length);
}

/* a connection: ours, whose data is not acknowledged, and the other end */
typedef struct
{
  int ours;
  int other;
  guint16 port; /* of the other end */
} Pair;

static void
pair_begin (Pair *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, length));
  g_assert_no_errno (listen (listener, 1));
  g_assert_no_errno (getsockname (listener, (struct sockaddr *) &address, &length));
  self->port = ntohs (address.sin_port);
  self->ours = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (self->ours, (struct sockaddr *) &address, length));
  self->other = accept (listener, NULL, NULL);
  g_assert_no_errno (self->other);
  close (listener);
  g_assert_no_errno (fcntl (self->ours, F_SETFL, O_NONBLOCK));
  g_assert_no_errno (fcntl (self->other, F_SETFL, O_NONBLOCK));
}

static void
pair_cut (Pair *self)
{
  struct sock_filter drop = BPF_STMT (BPF_RET | BPF_K, 0);
  struct sock_fprog program = { 1, &drop };

  g_assert_no_errno (
    setsockopt (self->other, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

static void
pair_heal (Pair *self)
{
  int none = 0;

  g_assert_no_errno (setsockopt (self->other, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none));
}

/* The filter is on what comes in there alone. */
static void
pair_reset (Pair *self)
{
  struct linger none = { 1, 0 };

  g_assert_no_errno (setsockopt (self->other, SOL_SOCKET, SO_LINGER, &none, sizeof none));
  close (self->other);
}

static int
get_option (Pair *self, int option)
{
  int value = -1;
  socklen_t length = sizeof value;

  return getsockopt (self->ours, IPPROTO_TCP, option, &value, &length) == 0 ? value : -1;
}

static int
get_end (Pair *self)
{
  return get_option (self, TCP_USER_TIMEOUT);
}

static void
get_info (Pair *self, struct tcp_info *info)
{
  socklen_t length = sizeof *info;

  g_assert_no_errno (getsockopt (self->ours, IPPROTO_TCP, TCP_INFO, info, &length));
}

/* Whether a descriptor of this process leads to the other end. */
static gboolean
is_open (Pair *self)
{
  for (int fd = 0; fd < FILES_MAX; fd++)
    {
      struct sockaddr_in address;
      socklen_t length = sizeof address;

      if (getpeername (fd, (struct sockaddr *) &address, &length) == 0 &&
          address.sin_family == AF_INET && ntohs (address.sin_port) == self->port)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_rested_cb (gpointer data)
{
  return get_end (data) == 15000;
}

static gboolean
is_closed_cb (gpointer data)
{
  return !is_open (data);
}

static void
wait_for (gboolean (*predicate) (gpointer), Pair *pair)
{
  g_assert_true (test_wait_until (predicate, pair, TEST_DEADLINE_MS));
}

static void
check_rest (gboolean dialled, int end)
{
  ConfsyncTcpResender *resender;
  Pair pair;
  int interval;

  pair_begin (&pair);
  resender = confsync_tcp_resender_new (pair.ours, dialled);
  interval = get_option (&pair, TCP_RTO_MAX_MS);
  g_assert_cmpint (get_end (&pair), ==, end);
  /* on an old kernel, real or played, it is not ours */
  g_assert_true (interval == -1 || interval == (is_old ? 120000 : 1000));
  confsync_tcp_resender_end (resender, TRUE);
  close (pair.ours);
  g_assert_false (is_open (&pair));
  close (pair.other);
}

static void
test_rest (gconstpointer data)
{
  g_test_summary ("Who can't dial anew tries for longer; what is said is not kept");

  is_old = GPOINTER_TO_INT (data);
  check_rest (TRUE, 15000);
  check_rest (FALSE, 60000);
}

static gboolean
is_unheard_cb (gpointer data)
{
  struct tcp_info info;

  get_info (data, &info);
  return info.tcpi_retransmits > 0;
}

static gboolean
was_sent_again_cb (gpointer data)
{
  struct tcp_info info;

  get_info (data, &info);
  g_assert_cmpint (info.tcpi_state, ==, TCP_ESTABLISHED);
  return info.tcpi_total_retrans >= 4;
}

static gboolean
reads_cb (gpointer data)
{
  char buffer[4096];

  return recv (((Pair *) data)->other, buffer, sizeof buffer, 0) > 0;
}

static void
test_cut (void)
{
  ConfsyncTcpResender *resender;
  gint64 began;
  Pair pair;

  g_test_summary ("The end is moved on ahead of the time that has passed, which bounds the "
                  "interval; once all is acknowledged it is far again");

  is_old = TRUE;
  pair_begin (&pair);
  resender = confsync_tcp_resender_new (pair.ours, TRUE);
  pair_cut (&pair);
  began = g_get_monotonic_time ();
  g_assert_cmpint (send (pair.ours, "x", 1, 0), ==, 1);
  confsync_tcp_resender_wrote (resender);
  g_assert_cmpint (get_end (&pair), ==, 1200);
  wait_for (was_sent_again_cb, &pair);
  g_assert_cmpint (get_end (&pair), >, 1200);
  g_assert_cmpint (get_end (&pair), <=, 1200 + (g_get_monotonic_time () - began) / 1000);
  pair_heal (&pair);
  wait_for (reads_cb, &pair);
  wait_for (is_rested_cb, &pair);
  confsync_tcp_resender_end (resender, TRUE);
  close (pair.ours);
  close (pair.other);
}

/* Fills what there is room for, until nothing more is taken. */
static gsize
fill (Pair *pair)
{
  char buffer[4096] = "";
  gsize total = 0;
  gssize sent;

  while ((sent = send (pair->ours, buffer, sizeof buffer, 0)) > 0)
    total += sent;
  g_assert_cmpint (errno, ==, EAGAIN);
  return total;
}

static gboolean
has_all_cb (gpointer data)
{
  gsize *left = ((gpointer *) data)[1];
  Pair *pair = ((gpointer *) data)[0];
  char buffer[4096];
  gssize got;

  while ((got = recv (pair->other, buffer, sizeof buffer, 0)) > 0)
    *left -= got;
  return *left == 0;
}

static gboolean
waits_cb (gpointer data)
{
  struct tcp_info info;

  get_info (data, &info);
  return info.tcpi_unacked == 0 && get_end (data) == 15000 &&
         get_option (data, TCP_RTO_MAX_MS) != 1000;
}

static void
test_full (gconstpointer data)
{
  ConfsyncTcpResender *resender;
  Pair pair;
  gsize left;

  g_test_summary ("Where nothing is under way since there is no room, the end is far and the "
                  "kernel's interval free; all arrives once there is");

  is_old = GPOINTER_TO_INT (data);
  pair_begin (&pair);
  resender = confsync_tcp_resender_new (pair.ours, TRUE);
  left = fill (&pair);
  confsync_tcp_resender_wrote (resender);
  wait_for (waits_cb, &pair);
  g_assert_true (test_wait_until (has_all_cb, (gpointer[]){ &pair, &left }, TEST_DEADLINE_MS));
  wait_for (is_rested_cb, &pair);
  confsync_tcp_resender_end (resender, TRUE);
  close (pair.ours);
  close (pair.other);
}

/* Cuts, and says something. */
static ConfsyncTcpResender *
pair_begin_unheard (Pair *self, gboolean dialled)
{
  ConfsyncTcpResender *resender;

  pair_begin (self);
  resender = confsync_tcp_resender_new (self->ours, dialled);
  pair_cut (self);
  g_assert_cmpint (send (self->ours, "x", 1, 0), ==, 1);
  confsync_tcp_resender_wrote (resender);
  return resender;
}

static void
pair_end_unheard (Pair *self, ConfsyncTcpResender *resender, gboolean tell)
{
  wait_for (is_unheard_cb, self);
  confsync_tcp_resender_end (resender, tell);
  close (self->ours);
}

static gboolean
has_ended_cb (gpointer data)
{
  char buffer[8];

  return recv (((Pair *) data)->other, buffer, sizeof buffer, 0) == 0;
}

static void
test_kept (void)
{
  ConfsyncTcpResender *resender;
  Pair pair;

  g_test_summary ("What was closed and not told is told when the network heals, and gone then");

  is_old = FALSE;
  resender = pair_begin_unheard (&pair, FALSE);
  pair_end_unheard (&pair, resender, TRUE);
  g_assert_true (is_open (&pair));
  pair_heal (&pair);
  wait_for (reads_cb, &pair);
  wait_for (has_ended_cb, &pair);
  wait_for (is_closed_cb, &pair);
  close (pair.other);
}

static void
check_not_kept (Pair *pair, ConfsyncTcpResender *resender, gboolean tell)
{
  pair_end_unheard (pair, resender, tell);
  g_assert_false (is_open (pair));
  close (pair->other);
}

static void
test_not_kept (void)
{
  ConfsyncTcpResender *dialled, *silent, *talked_to;
  Pair pairs[3];

  g_test_summary ("Who can dial anew, who need not tell, and who is sent what it doesn't read "
                  "leaves nothing behind");

  is_old = FALSE;
  dialled = pair_begin_unheard (&pairs[0], TRUE);
  silent = pair_begin_unheard (&pairs[1], FALSE);
  talked_to = pair_begin_unheard (&pairs[2], FALSE);
  g_assert_cmpint (send (pairs[2].other, "x", 1, 0), ==, 1);
  check_not_kept (&pairs[0], dialled, TRUE);
  check_not_kept (&pairs[1], silent, FALSE);
  check_not_kept (&pairs[2], talked_to, TRUE);
}

static gboolean
are_closed_cb (gpointer data)
{
  Pair *pairs = data;

  for (guint i = 0; i < MANY; i++)
    if (is_open (&pairs[i]))
      return FALSE;
  return TRUE;
}

static void
test_many_kept (void)
{
  ConfsyncTcpResender *resenders[MANY];
  Pair pairs[MANY];
  guint open = 0;

  g_test_summary ("No more than 64 are kept, and who was cut off for good frees its place");

  is_old = FALSE;
  for (guint i = 0; i < MANY; i++)
    resenders[i] = pair_begin_unheard (&pairs[i], FALSE);
  for (guint i = 0; i < MANY; i++)
    {
      pair_end_unheard (&pairs[i], resenders[i], TRUE);
      open += is_open (&pairs[i]);
    }
  g_assert_cmpuint (open, ==, KEPT_MAX);
  for (guint i = 0; i < MANY; i++)
    pair_reset (&pairs[i]);
  g_assert_true (test_wait_until (are_closed_cb, pairs, TEST_DEADLINE_MS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/tcp-resender/this/rest", GINT_TO_POINTER (FALSE), test_rest);
  g_test_add_data_func ("/tcp-resender/this/full", GINT_TO_POINTER (FALSE), test_full);
  g_test_add_data_func ("/tcp-resender/old/rest", GINT_TO_POINTER (TRUE), test_rest);
  g_test_add_data_func ("/tcp-resender/old/full", GINT_TO_POINTER (TRUE), test_full);
  g_test_add_func ("/tcp-resender/old/cut", test_cut);
  g_test_add_func ("/tcp-resender/kept", test_kept);
  g_test_add_func ("/tcp-resender/not-kept", test_not_kept);
  g_test_add_func ("/tcp-resender/many-kept", test_many_kept);
  return g_test_run ();
}

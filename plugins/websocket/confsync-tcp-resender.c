/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * TCP doubles the time until it sends again for up to two minutes: after a long cut it would take
 * as long until it finds the network healed. Linux can be given a bound since 6.15. Before that, it
 * is TCP_USER_TIMEOUT that bounds it: the last try comes when that ends. So it is kept a little
 * ahead of the time that has passed, and each try is followed by one more.
 */

#include "confsync-tcp-resender.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define GIVE_UP_MS 15000
/* Who accepted can't dial. The other end may not know that the link is dead, and it is what is sent
 * again that tells it, even after the link was closed here. So this goes on for longer than the
 * core's probes of an idle link, together with their deadline, let the other end wait. */
#define GIVE_UP_ACCEPTED_MS 60000
#define INTERVAL_MAX_MS 1000
/* what the kernel has where nothing is asked for, and takes at most */
#define INTERVAL_UNBOUNDED_MS 120000
/* in no header of ours yet */
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
/* How far ahead the end is kept, and how often it is moved. A program that stands still for longer
 * than their difference while nothing is acknowledged loses the connection. */
#define AHEAD_MS 1200
#define MOVE_INTERVAL_MS 250
/* Who has been quiet for so long asks one thing, has one answer, and is quiet again; and who
 * answers so soon was heard just now. Neither is woken once more for that. */
#define QUIET_US (5 * G_USEC_PER_SEC)
#define ANSWER_US (50 * G_TIME_SPAN_MILLISECOND)
/* Linux answers two probes in half a second only once; so many in a row are not just passed over */
#define UNHEARD_PROBES 3
/* closed connections, in the whole process, that are kept to tell the other end */
#define KEPT_MAX 64

struct _ConfsyncTcpResender
{
  int fd;
  gboolean dialled;
  gboolean bounded; /* the kernel knows the bound */
  GSource *watch;   /* (owned) (nullable): while something isn't acknowledged */
  gint64 since;     /* monotonic: when that began */
  gint64 wrote_at;  /* monotonic */
  gint64 heard_at;  /* monotonic */
  gboolean alone;   /* what is watched was the first after a quiet time */
};

static int n_kept; /* atomic */

/* A failure is no reason to give the link up: it works without, only less promptly. */
static gboolean
set_option (ConfsyncTcpResender *self, int option, int value)
{
  return setsockopt (self->fd, IPPROTO_TCP, option, &value, sizeof value) == 0;
}

static int
get_give_up (ConfsyncTcpResender *self)
{
  return self->dialled ? GIVE_UP_MS : GIVE_UP_ACCEPTED_MS;
}

static void
set_bounds (ConfsyncTcpResender *self, int interval_max_ms, int end_ms)
{
  if (self->bounded)
    set_option (self, TCP_RTO_MAX_MS, interval_max_ms);
  set_option (self, TCP_USER_TIMEOUT, end_ms);
}

/* Gives whether there is something that the other end has not acknowledged. */
static gboolean
look (ConfsyncTcpResender *self, struct tcp_info *info)
{
  socklen_t length = sizeof *info;
  int bytes = 0;

  return getsockopt (self->fd, IPPROTO_TCP, TCP_INFO, info, &length) == 0 &&
         info->tcpi_state != TCP_CLOSE && ioctl (self->fd, TIOCOUTQ, &bytes) == 0 && bytes > 0;
}

static void
stop_watch (ConfsyncTcpResender *self)
{
  if (self->watch == NULL)
    return;
  g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

/* The time counts from before the kernel's own begins, so the end has not passed already. Where
 * something was under way at every look, the two are far apart, and so are the tries. */
static void
move_end (ConfsyncTcpResender *self)
{
  gint64 passed = (g_get_monotonic_time () - self->since) / G_TIME_SPAN_MILLISECOND;
  int end = get_give_up (self);

  set_bounds (self, INTERVAL_MAX_MS, self->bounded ? end : (int) MIN (passed + AHEAD_MS, end));
}

/* Nothing is under way: there is no room at the other end, or no route at this one. In the second
 * case the kernel ends the connection after some 15 tries, which must not all follow at once; so it
 * is here that it is tried again. */
static void
push (ConfsyncTcpResender *self)
{
  set_bounds (self, INTERVAL_UNBOUNDED_MS, get_give_up (self));
  /* sends what waits, whatever it was before */
  set_option (self, TCP_NODELAY, 1);
}

static gboolean
watch_cb (gpointer user_data)
{
  ConfsyncTcpResender *self = user_data;
  struct tcp_info info = { 0 };

  if (!look (self, &info))
    {
      /* an idle connection is probed seldom, and the answer may take longer */
      set_bounds (self, INTERVAL_MAX_MS, get_give_up (self));
      g_clear_pointer (&self->watch, g_source_unref);
      return G_SOURCE_REMOVE;
    }
  if (info.tcpi_unacked > 0)
    move_end (self);
  else
    push (self);
  return G_SOURCE_CONTINUE;
}

static void
start_watch (ConfsyncTcpResender *self, GDestroyNotify destroy)
{
  self->watch = g_timeout_source_new (MOVE_INTERVAL_MS);
  g_source_set_static_name (self->watch, "confsync tcp resender");
  g_source_set_callback (self->watch, watch_cb, self, destroy);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

ConfsyncTcpResender *
confsync_tcp_resender_new (int fd, gboolean dialled)
{
  ConfsyncTcpResender *self = g_new0 (ConfsyncTcpResender, 1);

  self->fd = fd;
  self->dialled = dialled;
  self->bounded = set_option (self, TCP_RTO_MAX_MS, INTERVAL_MAX_MS);
  set_bounds (self, INTERVAL_MAX_MS, get_give_up (self));
  return self;
}

void
confsync_tcp_resender_wrote (ConfsyncTcpResender *self)
{
  gint64 quiet_since = self->wrote_at;

  self->wrote_at = g_get_monotonic_time ();
  if (self->watch != NULL)
    {
      self->alone = FALSE;
      return;
    }
  self->alone = self->wrote_at - quiet_since > QUIET_US;
  if (self->alone && self->wrote_at - self->heard_at < ANSWER_US)
    return;
  self->since = self->wrote_at;
  move_end (self);
  start_watch (self, NULL);
}

void
confsync_tcp_resender_heard (ConfsyncTcpResender *self)
{
  struct tcp_info info = { 0 };

  self->heard_at = g_get_monotonic_time ();
  if (self->watch == NULL || !self->alone || look (self, &info))
    return;
  set_bounds (self, INTERVAL_MAX_MS, get_give_up (self));
  stop_watch (self);
}

static void
free_kept (gpointer user_data)
{
  ConfsyncTcpResender *self = user_data;

  g_clear_pointer (&self->watch, g_source_unref);
  close (self->fd);
  g_atomic_int_add (&n_kept, -1);
  g_free (self);
}

/* Whoever closes a socket leaves it to the kernel, which gives up at once where there is no route
 * for a while. So it is closed only once all is said, or the time is over. */
static gboolean
keep (ConfsyncTcpResender *self)
{
  int fd;

  if (g_atomic_int_add (&n_kept, 1) < KEPT_MAX &&
      (fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 0)) >= 0)
    {
      shutdown (fd, SHUT_RDWR);
      self->fd = fd;
      stop_watch (self);
      start_watch (self, free_kept);
      return TRUE;
    }
  g_atomic_int_add (&n_kept, -1);
  return FALSE;
}

/* Whether the other end seems not to hear us. Who hears is told by the kernel, and who sends what
 * nobody reads is cut at once. */
static gboolean
is_unheard (ConfsyncTcpResender *self)
{
  struct tcp_info info = { 0 };
  int unread = 0;

  return look (self, &info) && info.tcpi_state == TCP_ESTABLISHED &&
         (info.tcpi_retransmits > 0 || info.tcpi_probes >= UNHEARD_PROBES) &&
         ioctl (self->fd, FIONREAD, &unread) == 0 && unread == 0;
}

void
confsync_tcp_resender_end (ConfsyncTcpResender *self, gboolean tell)
{
  if (tell && !self->dialled && is_unheard (self) && keep (self))
    return;
  stop_watch (self);
  set_bounds (self, INTERVAL_MAX_MS, get_give_up (self));
  g_free (self);
}

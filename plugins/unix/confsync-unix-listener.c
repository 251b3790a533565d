/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Accepts connections, asks the kernel who it is, and counts them. An honest guest needs less than
 * a millisecond; so where there are too many, the one that is longest here goes.
 */

#include "confsync-unix-listener.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confsync-unix-address.h"
#include "confsync-unix-channel.h"
#include "confsync-unix-handshake.h"
#include "confsync-unix-place.h"
#include "confsync-unix-process.h"
#include "confsync-unix-writer.h"

/* as long as nobody says otherwise */
#define CONNECTIONS_MAX 1024
#define GUESTS_MAX 64

/* connections taken in one go before others get their turn */
#define ACCEPT_BATCH 32

/* where nobody can be taken in, such as without file descriptors */
#define TROUBLE_PAUSE_MS 250

struct _ConfsyncUnixListener
{
  ConfsyncListener parent_instance;

  GMainContext *context;    /* (owned) */
  ConfsyncUnixPlace *place; /* (owned) (nullable) once stopped */
  GSource *source;          /* (owned) (nullable): of the socket, or of a pause */
  GQueue guests;            /* of owned ConfsyncUnixChannel, oldest first */
  ConfsyncUnixSeats *seats; /* (owned) */
  guint timeout_ms;
  guint max_connections;
  guint max_guests;
};

G_DEFINE_FINAL_TYPE (ConfsyncUnixListener, confsync_unix_listener, CONFSYNC_TYPE_LISTENER)

static void
forget_guest (ConfsyncUnixListener *self, ConfsyncUnixChannel *guest)
{
  if (g_queue_remove (&self->guests, guest))
    g_object_unref (guest);
}

static void
guest_opened (gpointer host, ConfsyncUnixChannel *guest)
{
  g_autoptr (ConfsyncUnixListener) self = g_object_ref (host);
  g_autoptr (ConfsyncUnixChannel) channel = g_object_ref (guest);

  forget_guest (self, guest);
  confsync_listener_emit_accepted (CONFSYNC_LISTENER (self), CONFSYNC_CHANNEL (channel));
}

static void
guest_left (gpointer host, ConfsyncUnixChannel *guest)
{
  forget_guest (host, guest);
}

static void
guest_refused (gpointer host, ConfsyncUnixChannel *guest, const char *reason)
{
  g_autoptr (ConfsyncUnixListener) self = g_object_ref (host);
  g_autoptr (ConfsyncUnixChannel) channel = g_object_ref (guest);

  forget_guest (self, guest);
  confsync_listener_emit_refused (CONFSYNC_LISTENER (self),
                                  confsync_channel_get_remote (CONFSYNC_CHANNEL (channel)), reason);
}

static const ConfsyncUnixHost host_table = {
  .opened = guest_opened,
  .refused = guest_refused,
  .left = guest_left,
};

/* Turns somebody away who is no guest yet; takes @fd. A word of it is sent, if it gets there. */
static void
turn_away (ConfsyncUnixListener *self,
           int fd,
           const ConfsyncUnixProcess *process,
           const char *reason)
{
  g_autofree char *remote = confsync_unix_process_describe (process);
  g_autoptr (GBytes) answer = confsync_unix_handshake_refuse (reason);
  ConfsyncUnixWriter writer = { 0 };

  confsync_unix_writer_send (&writer, fd, answer, NULL);
  confsync_unix_writer_clear (&writer);
  close (fd);
  confsync_listener_emit_refused (CONFSYNC_LISTENER (self), remote, reason);
}

static gboolean
make_room (ConfsyncUnixListener *self)
{
  if (g_queue_get_length (&self->guests) >= self->max_guests)
    confsync_unix_channel_cut (g_queue_peek_head (&self->guests), "too many unfinished handshakes");
  if (self->seats->taken < self->max_connections)
    return TRUE;
  if (g_queue_is_empty (&self->guests))
    return FALSE;
  confsync_unix_channel_cut (g_queue_peek_head (&self->guests), "too many connections in all");
  return TRUE;
}

/* Takes @fd. */
static void
take_in (ConfsyncUnixListener *self, int fd)
{
  ConfsyncUnixProcess process = { 0 };
  g_autoptr (GError) error = NULL;

  if (!confsync_unix_process_read (&process, fd, &error))
    {
      turn_away (self, fd, &process, error->message);
      return;
    }
  if (!confsync_unix_process_is_trusted (&process))
    {
      g_autofree char *reason = confsync_unix_process_explain (&process);

      turn_away (self, fd, &process, reason);
      return;
    }
  if (!make_room (self))
    {
      turn_away (self, fd, &process, "too many connections in all");
      return;
    }
  /* whoever heard of a refusal may have stopped us */
  if (self->place == NULL)
    {
      close (fd);
      return;
    }
  g_queue_push_tail (&self->guests,
                     confsync_unix_channel_new_accepted (fd, &process, self->seats, &host_table,
                                                         self, self->timeout_ms));
}

/* Accepting */

/* Takes the source into use instead of the one before. */
static void
use_source (ConfsyncUnixListener *self, GSource *source, GSourceFunc func)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (source == NULL)
    return;

  self->source = source;
  g_source_set_static_name (source, "confsync unix listener");
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
}

static void wait_for_guests (ConfsyncUnixListener *self);

static gboolean
pause_over_cb (gpointer user_data)
{
  wait_for_guests (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
somebody_waits (ConfsyncUnixListener *self)
{
  GPollFD poll_fd = { .fd = confsync_unix_place_get_fd (self->place), .events = G_IO_IN };

  return g_poll (&poll_fd, 1, 0) > 0;
}

/* Says whether to try again at once: file descriptors may lack, and one comes back with a guest. */
static gboolean
face_trouble (ConfsyncUnixListener *self, int code)
{
  g_autofree char *reason = g_strdup_printf ("can't take connections in: %s", g_strerror (code));

  /* the kernel looks for a descriptor before it looks for somebody */
  if (!somebody_waits (self))
    return FALSE;
  if (!g_queue_is_empty (&self->guests))
    {
      confsync_unix_channel_cut (g_queue_peek_head (&self->guests), reason);
      return self->place != NULL;
    }
  confsync_listener_emit_refused (CONFSYNC_LISTENER (self), "anybody", reason);
  /* whoever heard of it may have stopped us */
  if (self->place != NULL)
    use_source (self, g_timeout_source_new (TROUBLE_PAUSE_MS), pause_over_cb);
  return FALSE;
}

/* Says whether there may be more to accept at once. */
static gboolean
accept_one (ConfsyncUnixListener *self)
{
  int fd = accept4 (confsync_unix_place_get_fd (self->place), NULL, NULL,
                    SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0)
    take_in (self, fd);
  else if (errno == EAGAIN || errno == EWOULDBLOCK)
    return FALSE;
  else if (errno != EINTR && errno != ECONNABORTED)
    return face_trouble (self, errno);
  return self->place != NULL;
}

static gboolean
acceptable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (ConfsyncUnixListener) self = g_object_ref (user_data);

  for (guint i = 0; i < ACCEPT_BATCH; i++)
    if (!accept_one (self))
      break;
  return G_SOURCE_CONTINUE;
}

static void
wait_for_guests (ConfsyncUnixListener *self)
{
  use_source (self, g_unix_fd_source_new (confsync_unix_place_get_fd (self->place), G_IO_IN),
              G_SOURCE_FUNC (acceptable_cb));
}

static void
confsync_unix_listener_stop (ConfsyncListener *listener)
{
  ConfsyncUnixListener *self = CONFSYNC_UNIX_LISTENER (listener);

  use_source (self, NULL, NULL);
  g_clear_pointer (&self->place, confsync_unix_place_free);
  while (!g_queue_is_empty (&self->guests))
    confsync_unix_channel_cut (g_queue_peek_head (&self->guests), NULL);
}

static void
confsync_unix_listener_dispose (GObject *object)
{
  confsync_unix_listener_stop (CONFSYNC_LISTENER (object));

  G_OBJECT_CLASS (confsync_unix_listener_parent_class)->dispose (object);
}

static void
confsync_unix_listener_finalize (GObject *object)
{
  ConfsyncUnixListener *self = CONFSYNC_UNIX_LISTENER (object);

  g_clear_pointer (&self->seats, g_atomic_rc_box_release);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (confsync_unix_listener_parent_class)->finalize (object);
}

static void
confsync_unix_listener_class_init (ConfsyncUnixListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_unix_listener_dispose;
  object_class->finalize = confsync_unix_listener_finalize;
  CONFSYNC_LISTENER_CLASS (klass)->stop = confsync_unix_listener_stop;
}

static void
confsync_unix_listener_init (ConfsyncUnixListener *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->seats = g_atomic_rc_box_new0 (ConfsyncUnixSeats);
  g_queue_init (&self->guests);
  self->max_connections = CONNECTIONS_MAX;
  self->max_guests = GUESTS_MAX;
}

ConfsyncListener *
confsync_unix_listener_new (const char *path, guint timeout_ms, GError **error)
{
  g_autoptr (ConfsyncUnixPlace) place = confsync_unix_place_take (path, error);
  g_autofree char *address = confsync_unix_address_format (path);
  ConfsyncUnixListener *self;

  if (place == NULL)
    return NULL;

  self = g_object_new (CONFSYNC_TYPE_UNIX_LISTENER, "address", address, NULL);
  self->place = g_steal_pointer (&place);
  self->timeout_ms = timeout_ms;
  wait_for_guests (self);
  return CONFSYNC_LISTENER (self);
}

void
confsync_unix_listener_set_limits (ConfsyncListener *listener,
                                   guint max_connections,
                                   guint max_guests)
{
  ConfsyncUnixListener *self = CONFSYNC_UNIX_LISTENER (listener);

  self->max_connections = max_connections;
  self->max_guests = max_guests;
}

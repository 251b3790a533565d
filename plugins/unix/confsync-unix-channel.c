/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A link over a Unix socket. While it is open it has one source, and no timer; the second source is
 * there only while the socket takes no more. An empty frame says that the end is meant, so that a
 * process that was killed is told from one that took its leave.
 */

#include "confsync-unix-channel.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "confsync-unix-address.h"
#include "confsync-unix-handshake.h"
#include "confsync-unix-reader.h"
#include "confsync-unix-writer.h"

#define CLOSING_MAX_MS 1000

typedef enum {
  PHASE_DIALLING, /* the offer is out */
  PHASE_GREETING, /* the offer of a newcomer is awaited */
  PHASE_OPEN,
  PHASE_CLOSING, /* by us */
  PHASE_OVER,
} Phase;

struct _ConfsyncUnixChannel
{
  ConfsyncChannel parent_instance;

  GMainContext *context; /* (owned) */
  Phase phase;
  int fd; /* -1 where there is none */
  ConfsyncUnixReader reader;
  ConfsyncUnixWriter writer;
  GSource *readable; /* (owned) (nullable) */
  gboolean reading;
  GSource *writable; /* (owned) (nullable) unless the socket is full */
  GSource *timer;    /* (owned) (nullable) of the handshake, or of the end */
  guint timeout_ms;
  GError *error; /* (owned) (nullable) the first thing that went wrong */

  /* of a newcomer only */
  ConfsyncUnixSeats *seats; /* (owned) (nullable) */
  const ConfsyncUnixHost *table;
  gpointer host; /* (unowned) (nullable) once it was told */
};

G_DEFINE_FINAL_TYPE (ConfsyncUnixChannel, confsync_unix_channel, CONFSYNC_TYPE_CHANNEL)

/* Sources and the connection */

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
watch (ConfsyncUnixChannel *self, GSource **place, GIOCondition condition, GUnixFDSourceFunc func)
{
  *place = g_unix_fd_source_new (self->fd, condition);
  g_source_set_static_name (*place, "confsync unix channel");
  g_source_set_callback (*place, G_SOURCE_FUNC (func), self, NULL);
  g_source_attach (*place, self->context);
}

/* @destroy lets go of a reference that the timer holds, where it holds one. */
static void
set_timer (ConfsyncUnixChannel *self,
           guint milliseconds,
           GSourceFunc func,
           GDestroyNotify destroy)
{
  clear_source (&self->timer);
  self->timer = g_timeout_source_new (milliseconds);
  g_source_set_static_name (self->timer, "confsync unix channel");
  g_source_set_callback (self->timer, func, self, destroy);
  g_source_attach (self->timer, self->context);
}

static void
give_seat_back (ConfsyncUnixChannel *self)
{
  if (self->seats == NULL)
    return;

  self->seats->taken--;
  g_clear_pointer (&self->seats, g_atomic_rc_box_release);
}

/* Lets go of the connection; afterwards nothing calls us any more. */
static void
drop_connection (ConfsyncUnixChannel *self)
{
  clear_source (&self->readable);
  clear_source (&self->writable);
  clear_source (&self->timer);
  confsync_unix_reader_clear (&self->reader);
  confsync_unix_writer_clear (&self->writer);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  give_seat_back (self);
}

static void
tell_host (ConfsyncUnixChannel *self, const char *reason)
{
  gpointer host = g_steal_pointer (&self->host);

  if (host != NULL && reason != NULL)
    self->table->refused (host, self, reason);
  else if (host != NULL)
    self->table->left (host, self);
}

static void
finish (ConfsyncUnixChannel *self)
{
  /* the timer may have held the last reference */
  g_autoptr (ConfsyncUnixChannel) keep = g_object_ref (self);
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  self->phase = PHASE_OVER;
  drop_connection (self);
  tell_host (self, error != NULL ? error->message : NULL);
  confsync_channel_emit_closed (CONFSYNC_CHANNEL (self), error);
}

static gboolean
finish_cb (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

/* Takes @error (nullable), which counts where it is the first one and the end is not ours. */
static void
note_error (ConfsyncUnixChannel *self, GError *error)
{
  if (error == NULL || self->error != NULL || self->phase == PHASE_CLOSING)
    {
      g_clear_error (&error);
      return;
    }
  /* a host knows whom it is told of */
  if (self->host == NULL)
    g_prefix_error (&error, "%s: ", confsync_channel_get_remote (CONFSYNC_CHANNEL (self)));
  self->error = error;
}

/* Takes @error (nullable). */
static void
finish_with (ConfsyncUnixChannel *self, GError *error)
{
  note_error (self, error);
  finish (self);
}

static gboolean
timeout_cb (gpointer user_data)
{
  ConfsyncUnixChannel *self = user_data;

  finish_with (self, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                  "no whole handshake within %u ms", self->timeout_ms));
  return G_SOURCE_REMOVE;
}

/* Writing */

static gboolean writable_cb (int fd, GIOCondition condition, gpointer user_data);

/* Takes @error: the socket takes nothing more. What the other end said before is still read, up to
 * the end of the stream that this makes; there the error is told. */
static void
fail_writing (ConfsyncUnixChannel *self, GError *error)
{
  note_error (self, error);
  confsync_unix_writer_clear (&self->writer);
  clear_source (&self->writable);
  shutdown (self->fd, SHUT_RDWR);
}

/* What waits needs a source, and what doesn't needs none. */
static void
watch_writing (ConfsyncUnixChannel *self)
{
  if (self->writer.bytes == 0)
    clear_source (&self->writable);
  else if (self->writable == NULL)
    watch (self, &self->writable, G_IO_OUT, writable_cb);
}

static gboolean
writable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  ConfsyncUnixChannel *self = user_data;
  GError *error = NULL;

  if (confsync_unix_writer_flush (&self->writer, fd, &error))
    watch_writing (self);
  else
    fail_writing (self, error);
  return G_SOURCE_CONTINUE;
}

static void
write_frame (ConfsyncUnixChannel *self, GBytes *body)
{
  GError *error = NULL;

  if (confsync_unix_writer_send (&self->writer, self->fd, body, &error))
    watch_writing (self);
  else
    fail_writing (self, error);
}

/* Reading */

static void
apply_max_message (ConfsyncUnixChannel *self)
{
  if (self->phase == PHASE_OPEN)
    self->reader.max_bytes = confsync_channel_get_max_message (CONFSYNC_CHANNEL (self));
}

static void
open_link (ConfsyncUnixChannel *self, const char *protocol)
{
  gpointer host = g_steal_pointer (&self->host);

  clear_source (&self->timer);
  self->phase = PHASE_OPEN;
  apply_max_message (self);
  confsync_channel_emit_opened (CONFSYNC_CHANNEL (self), protocol);
  if (host != NULL)
    self->table->opened (host, self);
}

static void
take_answer (ConfsyncUnixChannel *self, GBytes *frame)
{
  GError *error = NULL;
  const char *protocol = confsync_unix_handshake_read_answer (frame, &error);

  if (protocol != NULL)
    {
      open_link (self, protocol);
      return;
    }
  /* it says more than that nobody took the offer */
  g_clear_error (&self->error);
  finish_with (self, error);
}

static void
take_offer (ConfsyncUnixChannel *self, GBytes *frame)
{
  GError *error = NULL;
  const char *protocol = confsync_unix_handshake_read_offer (frame, &error);
  g_autoptr (GBytes) answer = protocol != NULL ? confsync_unix_handshake_take (protocol)
                                               : confsync_unix_handshake_refuse (error->message);

  note_error (self, error);
  write_frame (self, answer);
  if (self->error == NULL)
    open_link (self, protocol);
  else
    finish (self);
}

static gboolean
frame_cb (GBytes *frame, gpointer user_data)
{
  ConfsyncUnixChannel *self = user_data;

  switch (self->phase)
    {
    case PHASE_DIALLING:
      take_answer (self, frame);
      break;
    case PHASE_GREETING:
      take_offer (self, frame);
      break;
    case PHASE_OPEN:
    case PHASE_CLOSING:
      if (frame == NULL)
        {
          /* it took its leave; what we couldn't write any more was for nobody */
          g_clear_error (&self->error);
          finish (self);
        }
      else if (self->phase == PHASE_OPEN)
        confsync_channel_emit_received (CONFSYNC_CHANNEL (self), frame);
      break;
    case PHASE_OVER:
    default:
      break;
    }
  return self->phase != PHASE_OVER;
}

/* The stream ended where no end was announced. */
static GError *
explain_end (ConfsyncUnixChannel *self)
{
  if (confsync_unix_reader_is_inside (&self->reader))
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                "the connection was closed in the middle of a message");
  /* somebody who only looked whether we are here */
  if (self->phase == PHASE_GREETING)
    return NULL;
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                              "the connection was closed without a word");
}

static gboolean readable_cb (int fd, GIOCondition condition, gpointer user_data);

/* A source that may not be called from within is taken off the descriptors and put back at each
 * call, which wakes the main loop twice for nothing. */
static void
watch_reading (ConfsyncUnixChannel *self)
{
  watch (self, &self->readable, G_IO_IN, readable_cb);
  g_source_set_can_recurse (self->readable, TRUE);
}

static void
read_frames (ConfsyncUnixChannel *self)
{
  GError *error = NULL;

  switch (confsync_unix_reader_read (&self->reader, self->fd, frame_cb, self, &error))
    {
    case CONFSYNC_UNIX_READ_ENDED:
      finish_with (self, explain_end (self));
      break;
    case CONFSYNC_UNIX_READ_FAILED:
      finish_with (self, error);
      break;
    case CONFSYNC_UNIX_READ_GOING:
    default:
      break;
    }
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (ConfsyncUnixChannel) self = g_object_ref (user_data);

  if (self->reading)
    {
      /* whoever hears of a frame runs a main loop: what comes behind waits for its end */
      clear_source (&self->readable);
      return G_SOURCE_REMOVE;
    }
  self->reading = TRUE;
  read_frames (self);
  self->reading = FALSE;
  if (self->fd >= 0 && self->readable == NULL)
    watch_reading (self);
  return G_SOURCE_CONTINUE;
}

/* The channel's side */

static void
confsync_unix_channel_send (ConfsyncChannel *channel, GBytes *message)
{
  ConfsyncUnixChannel *self = CONFSYNC_UNIX_CHANNEL (channel);

  if (self->phase == PHASE_OPEN && self->error == NULL)
    write_frame (self, message);
}

static void
confsync_unix_channel_close (ConfsyncChannel *channel)
{
  ConfsyncUnixChannel *self = CONFSYNC_UNIX_CHANNEL (channel);
  gboolean open = self->phase == PHASE_OPEN;

  if (self->phase == PHASE_OVER)
    return;

  self->phase = PHASE_CLOSING;
  if (open && self->error == NULL)
    write_frame (self, NULL);
  else if (!open)
    g_clear_error (&self->error);
  /* the timer keeps the channel, so that what waits goes out even where nobody else holds it */
  g_object_ref (self);
  set_timer (self, open ? CLOSING_MAX_MS : 0, finish_cb, g_object_unref);
}

static gsize
confsync_unix_channel_get_buffered (ConfsyncChannel *channel)
{
  return CONFSYNC_UNIX_CHANNEL (channel)->writer.bytes;
}

static void
confsync_unix_channel_dispose (GObject *object)
{
  ConfsyncUnixChannel *self = CONFSYNC_UNIX_CHANNEL (object);

  self->host = NULL;
  self->phase = PHASE_OVER;
  drop_connection (self);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (confsync_unix_channel_parent_class)->dispose (object);
}

static void
confsync_unix_channel_finalize (GObject *object)
{
  g_main_context_unref (CONFSYNC_UNIX_CHANNEL (object)->context);

  G_OBJECT_CLASS (confsync_unix_channel_parent_class)->finalize (object);
}

static void
confsync_unix_channel_class_init (ConfsyncUnixChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  ConfsyncChannelClass *channel_class = CONFSYNC_CHANNEL_CLASS (klass);

  object_class->dispose = confsync_unix_channel_dispose;
  object_class->finalize = confsync_unix_channel_finalize;
  channel_class->send = confsync_unix_channel_send;
  channel_class->close = confsync_unix_channel_close;
  channel_class->get_buffered = confsync_unix_channel_get_buffered;
}

static void
max_message_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  apply_max_message (CONFSYNC_UNIX_CHANNEL (object));
}

static void
confsync_unix_channel_init (ConfsyncUnixChannel *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->fd = -1;
  self->reader.max_bytes = CONFSYNC_UNIX_HANDSHAKE_MAX_BYTES;
  g_queue_init (&self->writer.frames);
  g_signal_connect (self, "notify::max-message", G_CALLBACK (max_message_cb), NULL);
}

static ConfsyncUnixChannel *
channel_new (Phase phase, const char *remote, guint timeout_ms)
{
  ConfsyncUnixChannel *self =
    g_object_new (CONFSYNC_TYPE_UNIX_CHANNEL, "remote", remote, "local", TRUE, NULL);

  self->phase = phase;
  self->timeout_ms = timeout_ms;
  return self;
}

static void
begin (ConfsyncUnixChannel *self)
{
  watch_reading (self);
  set_timer (self, self->timeout_ms, timeout_cb, NULL);
}

static gboolean
fail_connect (GError **error, const char *path, int code)
{
  if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "nobody listens at %s", path);
  else if (code == EAGAIN)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "too many wait at %s already", path);
  else if (code == EACCES || code == EPERM)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "%s is not for user %u: only its owner may connect", path, geteuid ());
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "can't connect to %s: %s", path,
                 g_strerror (code));
  return FALSE;
}

/* The kernel answers at once: there is no network to wait for. */
static gboolean
connect_to (ConfsyncUnixChannel *self, const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  ConfsyncUnixProcess process;
  g_autofree char *reason = NULL;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0 || connect (self->fd, (struct sockaddr *) &address, sizeof address) < 0)
    return fail_connect (error, path, errno);
  if (!confsync_unix_process_read (&process, self->fd, error))
    return FALSE;
  if (confsync_unix_process_is_trusted (&process))
    return TRUE;

  reason = confsync_unix_process_explain (&process);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "whoever listens at %s is not trusted: %s", path, reason);
  return FALSE;
}

ConfsyncUnixChannel *
confsync_unix_channel_new_dialled (const char *path, guint timeout_ms)
{
  g_autofree char *remote = confsync_unix_address_format (path);
  ConfsyncUnixChannel *self = channel_new (PHASE_DIALLING, remote, timeout_ms);
  g_autoptr (GBytes) offer = confsync_unix_handshake_offer ();
  GError *error = NULL;

  if (!connect_to (self, path, &error))
    {
      /* nothing is said from within a call of ours */
      self->error = error;
      set_timer (self, 0, finish_cb, NULL);
      return self;
    }
  begin (self);
  write_frame (self, offer);
  return self;
}

ConfsyncUnixChannel *
confsync_unix_channel_new_accepted (int fd,
                                    const ConfsyncUnixProcess *process,
                                    ConfsyncUnixSeats *seats,
                                    const ConfsyncUnixHost *table,
                                    gpointer host,
                                    guint timeout_ms)
{
  g_autofree char *remote = confsync_unix_process_describe (process);
  ConfsyncUnixChannel *self = channel_new (PHASE_GREETING, remote, timeout_ms);

  self->fd = fd;
  self->seats = g_atomic_rc_box_acquire (seats);
  self->seats->taken++;
  self->table = table;
  self->host = host;
  begin (self);
  return self;
}

void
confsync_unix_channel_cut (ConfsyncUnixChannel *self, const char *reason)
{
  g_autoptr (GBytes) answer = reason != NULL ? confsync_unix_handshake_refuse (reason) : NULL;

  if (self->host == NULL)
    return;

  if (answer != NULL)
    {
      note_error (self, g_error_new_literal (CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, reason));
      write_frame (self, answer);
    }
  finish (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One request a connection: there is no keep-alive, so nothing can hide behind a first request.
 */

#include "confsync-websocket-guest.h"

#include <confsync.h>
#include <string.h>

#include "confsync-websocket-handshake.h"
#include "confsync-websocket-remote.h"
#include "confsync-websocket-tls.h"

#define REQUEST_HEAD_MAX_BYTES (64 * 1024)

/* closing with unread bytes resets the connection and may take our answer with it; so the rest of a
 * refused request is read and thrown away, within these bounds */
#define LINGER_MS 1000
#define LINGER_MAX_BYTES (256 * 1024)

struct _ConfsyncWebsocketGuest
{
  GObject parent_instance;

  ConfsyncWebsocketStream *stream;   /* (owned) */
  ConfsyncWebsocketAddress *address; /* (owned): of the listener */
  ConfsyncTls *tls;                  /* (owned) (nullable) where none is wanted */
  ConfsyncWebsocketGate *gate;       /* (unowned): as host */
  ConfsyncWebsocketPolicy *policy;   /* (owned) */
  ConfsyncWebsocketVisit *visit;     /* (nullable) unless it waits there, or shakes hands */
  char *place;
  gboolean legacy; /* one that offers no protocol is welcome */
  const ConfsyncWebsocketHost *table;
  gpointer host; /* (unowned) (nullable) once the guest is done */

  GCancellable *cancellable; /* (owned) */
  GSource *deadline;         /* (owned) (nullable) */
  guint timeout_ms;
  char *answer;         /* (nullable) what is being written */
  const char *protocol; /* (nullable) static */
  gboolean lingering;
  gsize lingered_bytes;
  char buffer[1024];
};

G_DEFINE_FINAL_TYPE (ConfsyncWebsocketGuest, confsync_websocket_guest, G_TYPE_OBJECT)

static void
clear_deadline (ConfsyncWebsocketGuest *self)
{
  if (self->deadline != NULL)
    g_source_destroy (self->deadline);
  g_clear_pointer (&self->deadline, g_source_unref);
}

static void
confsync_websocket_guest_finalize (GObject *object)
{
  ConfsyncWebsocketGuest *self = CONFSYNC_WEBSOCKET_GUEST (object);

  clear_deadline (self);
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  confsync_websocket_address_unref (self->address);
  confsync_websocket_policy_unref (self->policy);
  g_clear_object (&self->tls);
  g_free (self->place);
  g_free (self->answer);

  G_OBJECT_CLASS (confsync_websocket_guest_parent_class)->finalize (object);
}

static void
confsync_websocket_guest_class_init (ConfsyncWebsocketGuestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = confsync_websocket_guest_finalize;
}

static void
confsync_websocket_guest_init (ConfsyncWebsocketGuest *self)
{
  self->cancellable = g_cancellable_new ();
}

static void
leave_gate (ConfsyncWebsocketGuest *self)
{
  ConfsyncWebsocketVisit *visit = g_steal_pointer (&self->visit);

  if (visit != NULL)
    confsync_websocket_gate_leave (self->gate, visit);
}

static void
done (ConfsyncWebsocketGuest *self)
{
  gpointer host = g_steal_pointer (&self->host);

  clear_deadline (self);
  leave_gate (self);
  if (host != NULL)
    self->table->done (host, self);
}

static void
close_and_done (ConfsyncWebsocketGuest *self)
{
  /* the socket is gone either way */
  g_io_stream_close (G_IO_STREAM (self->stream), NULL, NULL);
  done (self);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = g_object_ref (user_data);
  g_autofree char *reason = NULL;

  if (!self->lingering)
    reason = g_strdup_printf ("no whole handshake within %u ms", self->timeout_ms);
  confsync_websocket_guest_cut (self, reason);
  return G_SOURCE_REMOVE;
}

static void
set_deadline (ConfsyncWebsocketGuest *self, guint milliseconds)
{
  clear_deadline (self);
  self->deadline = g_timeout_source_new (milliseconds);
  g_source_set_static_name (self->deadline, "confsync websocket guest");
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, g_main_context_get_thread_default ());
}

static void linger (ConfsyncWebsocketGuest *self);

static void
lingered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;
  gssize count = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  self->lingered_bytes += MAX (count, 0);
  if (count > 0 && self->lingered_bytes < LINGER_MAX_BYTES)
    linger (self);
  else
    close_and_done (self);
}

static void
linger (ConfsyncWebsocketGuest *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->stream)),
                             self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT,
                             self->cancellable, lingered_cb, g_object_ref (self));
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    {
      close_and_done (self);
      return;
    }
  confsync_websocket_stream_end_writing (self->stream);
  self->lingering = TRUE;
  set_deadline (self, LINGER_MS);
  linger (self);
}

/* Takes @answer. */
static void
write_answer (ConfsyncWebsocketGuest *self, char *answer, GAsyncReadyCallback callback)
{
  self->answer = answer;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->stream)),
                                   answer, strlen (answer), G_PRIORITY_DEFAULT, self->cancellable,
                                   callback, g_object_ref (self));
}

static void
answer (ConfsyncWebsocketGuest *self,
        ConfsyncHttpStatus status,
        const char *phrase,
        const char *type,
        const char *body)
{
  write_answer (self,
                g_strdup_printf ("HTTP/1.1 %u %s\r\n"
                                 "Server: confsync\r\n"
                                 "Content-Type: %s\r\n"
                                 "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                                 "Cache-Control: no-store\r\n"
                                 "X-Content-Type-Options: nosniff\r\n"
                                 "%s"
                                 "Connection: close\r\n"
                                 "\r\n"
                                 "%s",
                                 status, phrase, type,
                                 strlen (body),
                                 status == CONFSYNC_HTTP_UPGRADE_REQUIRED
                                   ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                   : "",
                                 body),
                answered_cb);
}

static void
refuse (ConfsyncWebsocketGuest *self, ConfsyncHttpStatus status, const char *reason)
{
  g_autofree char *body = g_strconcat (reason, "\n", NULL);

  self->table->refused (self->host, self, reason);
  /* the host may have cut it for that */
  if (self->host != NULL)
    answer (self, status, confsync_http_status_phrase (status), "text/plain; charset=utf-8", body);
}

/* A dialler of ours shows its person the first line of an answer, so the reason is in there. */
static void
refuse_loudly (ConfsyncWebsocketGuest *self, ConfsyncHttpStatus status, const char *reason)
{
  g_autofree char *body = g_strconcat (reason, "\n", NULL);

  self->table->refused (self->host, self, reason);
  if (self->host != NULL)
    answer (self, status, reason, "text/plain; charset=utf-8", body);
}

static void
report_health (ConfsyncWebsocketGuest *self)
{
  g_autofree char *report = self->table->health (self->host);

  if (self->host != NULL)
    answer (self, CONFSYNC_HTTP_OK, confsync_http_status_phrase (CONFSYNC_HTTP_OK),
            "application/json", report);
}

static void
upgraded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;
  gpointer host = self->host;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    {
      close_and_done (self);
      return;
    }
  if (host == NULL)
    return;

  /* a guest no more: a host that sends its guests away now leaves the link alone */
  done (self);
  confsync_websocket_stream_start (self->stream, NULL);
  self->table->upgraded (host, self, self->protocol);
}

static void
serve_request (ConfsyncWebsocketGuest *self, const ConfsyncWebsocketHead *request, GBytes *rest)
{
  g_auto (ConfsyncWebsocketVerdict) verdict = { 0 };

  confsync_websocket_handshake_judge (request, self->address, self->policy, self->legacy,
                                      &verdict);
  if (verdict.reason != NULL)
    refuse (self, verdict.status, verdict.reason);
  else if (g_bytes_get_size (rest) > 0)
    refuse (self, CONFSYNC_HTTP_BAD_REQUEST, "sent more than a request before it was answered");
  else if (verdict.status == CONFSYNC_HTTP_OK)
    report_health (self);
  else
    {
      self->protocol = verdict.protocol;
      write_answer (self, confsync_websocket_handshake_accept (request, verdict.protocol),
                    upgraded_cb);
    }
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;
  g_autoptr (GBytes) rest = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncWebsocketHead) request =
    confsync_websocket_head_read_finish (result, &rest, &error);

  if (self->host == NULL)
    return;

  if (request != NULL)
    serve_request (self, request, rest);
  else if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE))
    refuse (self, CONFSYNC_HTTP_HEAD_TOO_LARGE, error->message);
  else if (error->domain == CONFSYNC_ERROR)
    refuse (self, CONFSYNC_HTTP_BAD_REQUEST, error->message);
  else if (self->tls != NULL)
    confsync_websocket_guest_cut (
      self, "it ended the connection after the TLS handshake; it may not trust our certificate");
  else
    close_and_done (self); /* it went away by itself */
}

static void
read_request (ConfsyncWebsocketGuest *self)
{
  confsync_websocket_head_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->stream)),
                                      CONFSYNC_WEBSOCKET_HEAD_REQUEST, REQUEST_HEAD_MAX_BYTES,
                                      self->cancellable, read_cb, g_object_ref (self));
}

static void
secured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean secured = confsync_websocket_tls_finish (result, &error);

  if (self->host == NULL)
    return;

  leave_gate (self);
  if (secured)
    read_request (self);
  else if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    refuse_loudly (self, CONFSYNC_HTTP_FORBIDDEN, error->message);
  else if (error->domain == G_TLS_ERROR)
    confsync_websocket_guest_cut (self, error->message);
  else
    close_and_done (self); /* it went away by itself */
}

static void
entered_cb (gpointer visitor)
{
  ConfsyncWebsocketGuest *self = visitor;

  confsync_websocket_tls_accept_async (self->stream, self->tls, self->cancellable, secured_cb,
                                       g_object_ref (self));
}

static void
hurry_cb (gpointer visitor)
{
  confsync_websocket_guest_cut (visitor, "a slow TLS handshake, while others wait for theirs");
}

static void
awaited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  static const ConfsyncWebsocketVisitor table = { entered_cb, hurry_cb };
  g_autoptr (ConfsyncWebsocketGuest) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean there = confsync_websocket_tls_await_finish (result, &error);

  if (self->host == NULL)
    return;

  if (there)
    self->visit = confsync_websocket_gate_visit (self->gate, self->place, &table, self);
  else if (error->domain == CONFSYNC_ERROR)
    refuse_loudly (self, CONFSYNC_HTTP_BAD_REQUEST, error->message);
  else
    close_and_done (self); /* it went away by itself */
}

ConfsyncWebsocketGuest *
confsync_websocket_guest_new (ConfsyncWebsocketStream *stream,
                              ConfsyncWebsocketAddress *address,
                              ConfsyncTls *tls,
                              ConfsyncWebsocketGate *gate,
                              ConfsyncWebsocketPolicy *policy,
                              gboolean legacy,
                              const ConfsyncWebsocketHost *table,
                              gpointer host)
{
  ConfsyncWebsocketGuest *self = g_object_new (CONFSYNC_TYPE_WEBSOCKET_GUEST, NULL);

  self->stream = g_object_ref (stream);
  self->address = confsync_websocket_address_ref (address);
  self->tls = tls != NULL ? g_object_ref (tls) : NULL;
  self->gate = gate;
  self->policy = confsync_websocket_policy_ref (policy);
  self->legacy = legacy;
  self->place =
    confsync_websocket_remote_dup_place (confsync_websocket_stream_get_remote (stream));
  self->table = table;
  self->host = host;
  return self;
}

void
confsync_websocket_guest_serve (ConfsyncWebsocketGuest *self, guint timeout_ms)
{
  self->timeout_ms = timeout_ms;
  set_deadline (self, timeout_ms);
  if (self->tls != NULL)
    confsync_websocket_tls_await_async (self->stream, self->cancellable, awaited_cb,
                                        g_object_ref (self));
  else
    read_request (self);
}

void
confsync_websocket_guest_cut (ConfsyncWebsocketGuest *self, const char *reason)
{
  g_autoptr (ConfsyncWebsocketGuest) keep = g_object_ref (self);

  if (self->host == NULL)
    return;

  if (reason != NULL)
    self->table->refused (self->host, self, reason);
  /* what is under way ends with the cancellable, and drops its reference then */
  g_cancellable_cancel (self->cancellable);
  close_and_done (self);
}

ConfsyncWebsocketStream *
confsync_websocket_guest_get_stream (ConfsyncWebsocketGuest *self)
{
  return self->stream;
}

const char *
confsync_websocket_guest_get_place (ConfsyncWebsocketGuest *self)
{
  return self->place;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The client's handshake stands here rather than a SoupSession: a session offers no place for the
 * byte budget under its connection, follows proxies and keeps a pool of connections that a link of
 * its own doesn't need.
 *
 * A connection that nobody answers gets company every half second, and the first one that comes
 * about is taken: TCP's own tries become seconds apart, and a network may heal in between.
 */

#include "confsync-websocket-dialler.h"

#include <confsync.h>
#include <string.h>

#include "confsync-websocket-exposure.h"
#include "confsync-websocket-handshake.h"
#include "confsync-websocket-remote.h"
#include "confsync-websocket-tls.h"

#define ANSWER_HEAD_MAX_BYTES (16 * 1024)
#define NEXT_TRY_MS 500
/* at once; the first one stays, since it is the one to come about where the way is a slow one */
#define TRIES_MAX 4

typedef struct
{
  ConfsyncWebsocketAddress *address; /* (owned) */
  ConfsyncTls *tls;                  /* (owned) */
  ConfsyncWebsocketPolicy *policy;   /* (owned) */
  GSocketConnectable *target;        /* (owned): remembers what its host stands for */
  GPtrArray *tries;                  /* of GCancellable, one for each that is under way */
  GSource *next_try;                 /* (owned) (nullable) */
  gboolean connected;                /* or failed: what else comes about is dropped */
  GSource *cancelled;                /* (owned) */
  ConfsyncWebsocketStream *stream;   /* (owned) (nullable) */
  GSource *deadline;                 /* (owned) */
  guint timeout_ms;
  gboolean late;
  char *key;
  char *request;
  const char *protocol; /* static */
} Dial;

/* No connection is wanted any more. */
static void
stop_trying (Dial *dial)
{
  g_autoptr (GPtrArray) tries = g_steal_pointer (&dial->tries);

  dial->tries = g_ptr_array_new_with_free_func (g_object_unref);
  if (dial->next_try != NULL)
    g_source_destroy (dial->next_try);
  g_clear_pointer (&dial->next_try, g_source_unref);
  for (guint i = 0; i < tries->len; i++)
    g_cancellable_cancel (tries->pdata[i]);
}

static void
dial_free (Dial *dial)
{
  stop_trying (dial);
  g_ptr_array_unref (dial->tries);
  g_source_destroy (dial->cancelled);
  g_source_unref (dial->cancelled);
  g_object_unref (dial->tls);
  confsync_websocket_policy_unref (dial->policy);
  g_object_unref (dial->target);
  g_source_destroy (dial->deadline);
  g_source_unref (dial->deadline);
  confsync_websocket_address_unref (dial->address);
  g_clear_object (&dial->stream);
  g_free (dial->key);
  g_free (dial->request);
  g_free (dial);
}

static gboolean
deadline_cb (gpointer user_data)
{
  GTask *task = user_data;
  Dial *dial = g_task_get_task_data (task);

  dial->late = TRUE;
  g_cancellable_cancel (g_task_get_cancellable (task));
  return G_SOURCE_REMOVE;
}

/* Says where it happened, in words that help; takes @cause. */
static GError *
explain (Dial *dial, GError *cause)
{
  g_autofree char *where =
    confsync_websocket_address_dup_authority (dial->address, dial->address->port);
  g_autoptr (GError) error = cause;

  if (dial->late)
    return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE, "%s did not answer within %u ms",
                        where, dial->timeout_ms);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED,
                        "connection refused by %s (is confsync running there?)", where);
  if (error->domain == CONFSYNC_ERROR && error->code == CONFSYNC_ERROR_REFUSED)
    return g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s://%s%s %s",
                        confsync_websocket_address_get_scheme (dial->address), where,
                        dial->address->path, error->message);
  if (error->domain == CONFSYNC_ERROR)
    return g_error_new (error->domain, error->code, "%s is no WebSocket server of ours: %s", where,
                        error->message);
  return g_error_new (error->domain, error->code, "%s: %s", where, error->message);
}

/* Takes @cause. */
static void
fail (GTask *task, GError *cause)
{
  Dial *dial = g_task_get_task_data (task);

  dial->connected = TRUE;
  stop_trying (dial);
  g_source_destroy (dial->deadline);
  g_task_return_error (task, explain (dial, cause));
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Dial *dial = g_task_get_task_data (task);
  g_autoptr (GBytes) rest = NULL;
  GError *error = NULL;
  g_autoptr (ConfsyncWebsocketHead) answer =
    confsync_websocket_head_read_finish (result, &rest, &error);

  if (answer == NULL ||
      !confsync_websocket_handshake_check_answer (answer, dial->key, dial->address->plain,
                                                     &dial->protocol, &error))
    {
      fail (task, error);
      return;
    }
  g_source_destroy (dial->deadline);
  confsync_websocket_stream_start (dial->stream, rest);
  g_task_return_boolean (task, TRUE);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Dial *dial = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      fail (task, error);
      return;
    }
  confsync_websocket_head_read_async (g_io_stream_get_input_stream (G_IO_STREAM (dial->stream)),
                                      CONFSYNC_WEBSOCKET_HEAD_ANSWER, ANSWER_HEAD_MAX_BYTES,
                                      g_task_get_cancellable (task), answered_cb,
                                      g_object_ref (task));
}

/* TCP lets a socket connect to itself where nobody listens and the port chosen for our end happens
 * to be the one that is dialled. */
static gboolean
is_connected_to_itself (ConfsyncWebsocketStream *stream)
{
  GInetSocketAddress *remote = confsync_websocket_stream_get_remote (stream);
  GInetSocketAddress *local = confsync_websocket_stream_get_local (stream);

  return g_inet_socket_address_get_port (remote) == g_inet_socket_address_get_port (local) &&
         g_inet_address_equal (g_inet_socket_address_get_address (remote),
                               g_inet_socket_address_get_address (local));
}

static ConfsyncWebsocketTerms
get_terms (Dial *dial)
{
  return (ConfsyncWebsocketTerms) { .tls = dial->address->tls,
                                    .allow_public = dial->policy->allow_public };
}

/* Nobody is bothered for an address that may not be dialled. Where a proxy leads to can't be seen
 * from here, unless it's told to go to an IP address. */
static gboolean
check_target (Dial *dial, GError **error)
{
  const ConfsyncWebsocketTerms terms = get_terms (dial);
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (dial->address->host);
  const char *reason = NULL;

  if (literal != NULL)
    reason = confsync_websocket_exposure_judge_dial (confsync_websocket_reach_of (literal), &terms);
  else if (dial->policy->proxy != NULL)
    reason = confsync_websocket_exposure_judge_dial (CONFSYNC_WEBSOCKET_REACH_PUBLIC, &terms);
  if (reason != NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "is %s%s",
                 literal != NULL ? "" : "behind a proxy, and as far as one can tell ", reason);
  return reason == NULL;
}

/* A name may stand for any address, and for another one each time it's asked for: what counts is
 * where the connection leads. Nothing has been said on it yet. */
static gboolean
check_reach (Dial *dial, GError **error)
{
  const ConfsyncWebsocketTerms terms = get_terms (dial);
  GInetSocketAddress *remote = confsync_websocket_stream_get_remote (dial->stream);
  const char *reason = confsync_websocket_exposure_judge_dial (
    confsync_websocket_reach_of (g_inet_socket_address_get_address (remote)), &terms);
  g_autofree char *text = confsync_websocket_remote_describe (remote);

  if (reason != NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "leads to %s, %s", text, reason);
  return reason == NULL;
}

static void
ask (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);

  dial->key = confsync_websocket_handshake_new_key ();
  dial->request = confsync_websocket_handshake_request (dial->address, dial->key);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (dial->stream)),
                                   dial->request, strlen (dial->request), G_PRIORITY_DEFAULT,
                                   g_task_get_cancellable (task), asked_cb, g_object_ref (task));
}

static void
secured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (confsync_websocket_tls_finish (result, &error))
    {
      ask (task);
      return;
    }
  if (g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    g_prefix_error (&error, "shows ");
  fail (task, error);
}

static void
secure (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);

  confsync_websocket_tls_dial_async (dial->stream, dial->tls, dial->target,
                                     g_task_get_cancellable (task), secured_cb,
                                     g_object_ref (task));
}

/* one try to connect */
typedef struct
{
  GTask *task;               /* (owned) */
  GCancellable *cancellable; /* (owned) */
} Try;

static void
try_free (Try *one)
{
  g_object_unref (one->task);
  g_object_unref (one->cancellable);
  g_free (one);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Try, try_free)

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Try) one = user_data;
  Dial *dial = g_task_get_task_data (one->task);
  GCancellable *cancellable = g_task_get_cancellable (one->task);
  GError *error = NULL;
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  gboolean dropped = g_cancellable_is_cancelled (one->cancellable) &&
                     !g_cancellable_is_cancelled (cancellable);

  if (dial->connected || dropped)
    {
      g_clear_error (&error);
      return;
    }
  if (connection != NULL)
    dial->stream = confsync_websocket_stream_new (connection, TRUE, &error);
  if (dial->stream != NULL && is_connected_to_itself (dial->stream))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "nobody listens there");
  if (error == NULL)
    check_reach (dial, &error);
  if (error != NULL)
    {
      fail (one->task, error);
      return;
    }
  dial->connected = TRUE;
  stop_trying (dial);
  if (dial->address->tls)
    secure (one->task);
  else
    ask (one->task);
}

static void try_to_connect (GTask *task);

static gboolean
next_try_cb (gpointer user_data)
{
  GTask *task = user_data;
  Dial *dial = g_task_get_task_data (task);

  if (dial->tries->len == TRIES_MAX)
    {
      g_cancellable_cancel (dial->tries->pdata[1]);
      g_ptr_array_remove_index (dial->tries, 1);
    }
  try_to_connect (task);
  return G_SOURCE_CONTINUE;
}

/* Before an address is known, another try would only look it up once more. */
static void
event_cb (GSocketClient *client,
          GSocketClientEvent event,
          GSocketConnectable *target,
          GIOStream *connection,
          gpointer user_data)
{
  GTask *task = user_data;
  Dial *dial = g_task_get_task_data (task);

  if (event != G_SOCKET_CLIENT_CONNECTING || dial->next_try != NULL || dial->connected)
    return;
  dial->next_try = g_timeout_source_new (NEXT_TRY_MS);
  g_source_set_static_name (dial->next_try, "confsync websocket next try");
  g_source_set_callback (dial->next_try, next_try_cb, task, NULL);
  g_source_attach (dial->next_try, g_main_context_get_thread_default ());
}

/* The one that was named, or none: what the environment says of proxies is for web browsers. */
static void
use_proxy (GSocketClient *client, const char *proxy)
{
  g_autoptr (GProxyResolver) resolver = NULL;

  g_socket_client_set_enable_proxy (client, proxy != NULL);
  if (proxy == NULL)
    return;
  resolver = g_simple_proxy_resolver_new (proxy, NULL);
  g_socket_client_set_proxy_resolver (client, resolver);
}

static void
try_to_connect (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Try *one = g_new (Try, 1);

  one->task = g_object_ref (task);
  one->cancellable = g_cancellable_new ();
  g_ptr_array_add (dial->tries, g_object_ref (one->cancellable));
  use_proxy (client, dial->policy->proxy);
  g_signal_connect_object (client, "event", G_CALLBACK (event_cb), task, 0);
  g_socket_client_connect_async (client, dial->target, one->cancellable, connected_cb, one);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;

  if (!((Dial *) g_task_get_task_data (task))->connected)
    fail (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "given up"));
  return G_SOURCE_REMOVE;
}

void
confsync_websocket_dial_async (ConfsyncWebsocketAddress *address,
                               ConfsyncTls *tls,
                               ConfsyncWebsocketPolicy *policy,
                               guint timeout_ms,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Dial *dial = g_new0 (Dial, 1);
  GError *error = NULL;

  dial->address = confsync_websocket_address_ref (address);
  dial->tls = g_object_ref (tls);
  dial->policy = confsync_websocket_policy_ref (policy);
  dial->target = g_network_address_new (address->host, address->port);
  dial->tries = g_ptr_array_new_with_free_func (g_object_unref);
  dial->timeout_ms = timeout_ms;
  dial->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_static_name (dial->deadline, "confsync websocket dial");
  g_source_set_callback (dial->deadline, deadline_cb, task, NULL);
  g_source_attach (dial->deadline, g_main_context_get_thread_default ());
  g_task_set_task_data (task, dial, (GDestroyNotify) dial_free);
  /* the deadline is told from giving up by what is returned, not by the cancellable */
  g_task_set_check_cancellable (task, FALSE);

  dial->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (dial->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
  g_source_attach (dial->cancelled, g_main_context_get_thread_default ());
  if (check_target (dial, &error))
    try_to_connect (task);
  else
    fail (task, error);
}

ConfsyncWebsocketStream *
confsync_websocket_dial_finish (GAsyncResult *result, const char **protocol, GError **error)
{
  Dial *dial = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;

  *protocol = dial->protocol;
  return g_steal_pointer (&dial->stream);
}

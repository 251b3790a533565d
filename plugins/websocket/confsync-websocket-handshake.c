/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Web pages are kept out by their Origin header, and from the health report by the Host that they
 * must use; so both are judged before anything else is looked at.
 */

#include "confsync-websocket-handshake.h"

#include <confsync.h>
#include <string.h>
#include <sys/random.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_BYTES 16
#define SHA1_BYTES 20
#define WEBSOCKET_VERSION "13"
/* of an answer: a status line of ours may have a fingerprint in it */
#define PHRASE_MAX_BYTES 160

const char *
confsync_http_status_phrase (ConfsyncHttpStatus status)
{
  switch (status)
    {
    case CONFSYNC_HTTP_SWITCHING:
      return "Switching Protocols";
    case CONFSYNC_HTTP_OK:
      return "OK";
    case CONFSYNC_HTTP_BAD_REQUEST:
      return "Bad Request";
    case CONFSYNC_HTTP_FORBIDDEN:
      return "Forbidden";
    case CONFSYNC_HTTP_NOT_FOUND:
      return "Not Found";
    case CONFSYNC_HTTP_METHOD:
      return "Method Not Allowed";
    case CONFSYNC_HTTP_BODY:
      return "Content Too Large";
    case CONFSYNC_HTTP_UPGRADE_REQUIRED:
      return "Upgrade Required";
    case CONFSYNC_HTTP_TOO_MANY:
      return "Too Many Requests";
    case CONFSYNC_HTTP_HEAD_TOO_LARGE:
      return "Request Header Fields Too Large";
    case CONFSYNC_HTTP_VERSION:
      return "HTTP Version Not Supported";
    default:
      g_return_val_if_reached ("");
    }
}

static char *
accept_for_key (const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[SHA1_BYTES];
  gsize size = sizeof digest;

  g_checksum_update (checksum, (const guchar *) key, -1);
  g_checksum_update (checksum, (const guchar *) ACCEPT_GUID, -1);
  g_checksum_get_digest (checksum, digest, &size);
  return g_base64_encode (digest, size);
}

static gboolean
is_key (const char *text)
{
  gsize size = 0;
  g_autofree guchar *bytes = NULL;
  g_autofree char *again = NULL;

  if (strlen (text) > 2 * KEY_BYTES)
    return FALSE;
  bytes = g_base64_decode (text, &size);
  again = g_base64_encode (bytes, size);
  return size == KEY_BYTES && g_str_equal (again, text);
}

void
confsync_websocket_verdict_clear (ConfsyncWebsocketVerdict *self)
{
  g_clear_pointer (&self->reason, g_free);
}

static void G_GNUC_PRINTF (3, 4)
refuse (ConfsyncWebsocketVerdict *verdict, ConfsyncHttpStatus status, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  verdict->status = status;
  verdict->reason = g_strdup_vprintf (format, args);
  va_end (args);
}

/* A page on the network reaches us by a public name that it made point here; such a name has a dot
 * and is no IP literal. What has a dot and is ours is known: it is listened on, or was named. */
static gboolean
is_host_of_ours (const char *host,
                 const ConfsyncWebsocketAddress *address,
                 const ConfsyncWebsocketPolicy *policy)
{
  g_autofree char *name = NULL;

  if (*host == '[')
    {
      const char *end = strchr (host, ']');

      name = end != NULL ? g_strndup (host + 1, end - host - 1) : NULL;
      return name != NULL && strchr (name, ':') != NULL && g_hostname_is_ip_address (name);
    }
  name = g_strndup (host, strcspn (host, ":"));
  return g_hostname_is_ip_address (name) ||
         (*name != '\0' && strpbrk (name, ". /@") == NULL) ||
         g_ascii_strcasecmp (name, address->host) == 0 ||
         confsync_websocket_policy_takes_host (policy, name);
}

static gboolean
has_body (const ConfsyncWebsocketHead *request)
{
  const char *length = confsync_websocket_head_get (request, "Content-Length");

  return confsync_websocket_head_count (request, "Transfer-Encoding") > 0 ||
         confsync_websocket_head_count (request, "Content-Length") > 1 ||
         (length != NULL && !g_str_equal (length, "0"));
}

static gboolean
judge_form (const ConfsyncWebsocketHead *request, ConfsyncWebsocketVerdict *verdict)
{
  const char *version = confsync_websocket_head_get_start (request, 2);

  if (!g_str_equal (version, "HTTP/1.1") && !g_str_equal (version, "HTTP/1.0"))
    refuse (verdict, CONFSYNC_HTTP_VERSION, "only HTTP/1.1 is spoken here");
  else if (confsync_websocket_head_count (request, "Host") != 1)
    refuse (verdict, CONFSYNC_HTTP_BAD_REQUEST, "%u Host headers instead of one",
            confsync_websocket_head_count (request, "Host"));
  else if (has_body (request))
    refuse (verdict, CONFSYNC_HTTP_BODY, "a request with a body");
  return verdict->reason == NULL;
}

static void
judge_health (const ConfsyncWebsocketHead *request,
              const ConfsyncWebsocketAddress *address,
              const ConfsyncWebsocketPolicy *policy,
              ConfsyncWebsocketVerdict *verdict)
{
  const char *host = confsync_websocket_head_get (request, "Host");

  if (!g_str_equal (confsync_websocket_head_get_start (request, 0), "GET"))
    refuse (verdict, CONFSYNC_HTTP_METHOD, "the health report takes GET only");
  else if (!is_host_of_ours (host, address, policy))
    {
      g_autofree char *quoted = confsync_websocket_head_quote (host, strlen (host));

      refuse (verdict, CONFSYNC_HTTP_FORBIDDEN,
              "asked for the health of “%s”, which is neither an IP address, localhost, a name "
              "without a dot nor one of our own; set allow-host to be asked by it",
              quoted);
    }
  else
    verdict->status = CONFSYNC_HTTP_OK;
}

static void
judge_protocol (const ConfsyncWebsocketHead *request,
                gboolean plain,
                gboolean legacy,
                ConfsyncWebsocketVerdict *verdict)
{
  g_auto (GStrv) offered = confsync_websocket_head_list (request, "Sec-WebSocket-Protocol");
  gboolean is_ours = g_strv_contains ((const char *const *) offered, CONFSYNC_WEBSOCKET_PROTOCOL);

  if (is_ours && !plain)
    verdict->protocol = CONFSYNC_WEBSOCKET_PROTOCOL;
  else if (!is_ours && offered[0] != NULL)
    {
      g_autofree char *quoted = confsync_websocket_head_quote (offered[0], strlen (offered[0]));

      refuse (verdict, CONFSYNC_HTTP_BAD_REQUEST,
              "offers the protocol “%s”; this side speaks " CONFSYNC_WEBSOCKET_PROTOCOL, quoted);
    }
  else if (!legacy)
    refuse (verdict, CONFSYNC_HTTP_FORBIDDEN,
            "a legacy peer, which can't say who it is; set allow-legacy-peers to sync with such on "
            "other machines");
}

static gboolean
is_page_welcome (const ConfsyncWebsocketHead *request, const ConfsyncWebsocketPolicy *policy)
{
  const guint count = confsync_websocket_head_count (request, "Origin");

  return count == 0 ||
         (count == 1 && confsync_websocket_policy_takes_origin (
                          policy, confsync_websocket_head_get (request, "Origin")));
}

static gboolean
asks_for_upgrade (const ConfsyncWebsocketHead *request)
{
  return g_str_equal (confsync_websocket_head_get_start (request, 2), "HTTP/1.1") &&
         confsync_websocket_head_has_token (request, "Upgrade", "websocket") &&
         confsync_websocket_head_has_token (request, "Connection", "Upgrade");
}

static void
judge_upgrade (const ConfsyncWebsocketHead *request,
               const ConfsyncWebsocketPolicy *policy,
               gboolean plain,
               gboolean legacy,
               ConfsyncWebsocketVerdict *verdict)
{
  const char *key = confsync_websocket_head_get (request, "Sec-WebSocket-Key");
  const char *version = confsync_websocket_head_get (request, "Sec-WebSocket-Version");

  if (!is_page_welcome (request, policy))
    {
      const char *origin = confsync_websocket_head_get (request, "Origin");
      g_autofree char *quoted = confsync_websocket_head_quote (origin, strlen (origin));

      refuse (verdict, CONFSYNC_HTTP_FORBIDDEN,
              "a web page of “%s”; pages are kept out, but for those of allow-origin", quoted);
    }
  else if (!g_str_equal (confsync_websocket_head_get_start (request, 0), "GET"))
    refuse (verdict, CONFSYNC_HTTP_METHOD, "a WebSocket begins with GET");
  else if (!asks_for_upgrade (request))
    refuse (verdict, CONFSYNC_HTTP_UPGRADE_REQUIRED, "no WebSocket was asked for");
  else if (version == NULL || !g_str_equal (version, WEBSOCKET_VERSION))
    refuse (verdict, CONFSYNC_HTTP_UPGRADE_REQUIRED, "not WebSocket version " WEBSOCKET_VERSION);
  else if (confsync_websocket_head_count (request, "Sec-WebSocket-Key") != 1 || !is_key (key))
    refuse (verdict, CONFSYNC_HTTP_BAD_REQUEST, "no proper Sec-WebSocket-Key");
  else
    judge_protocol (request, plain, legacy, verdict);

  if (verdict->reason == NULL)
    verdict->status = CONFSYNC_HTTP_SWITCHING;
}

void
confsync_websocket_handshake_judge (const ConfsyncWebsocketHead *request,
                                    const ConfsyncWebsocketAddress *address,
                                    const ConfsyncWebsocketPolicy *policy,
                                    gboolean legacy,
                                    ConfsyncWebsocketVerdict *verdict)
{
  const char *target = confsync_websocket_head_get_start (request, 1);

  if (!judge_form (request, verdict))
    return;

  if (g_str_equal (target, address->path))
    judge_upgrade (request, policy, address->plain, legacy, verdict);
  else if (g_str_equal (target, CONFSYNC_WEBSOCKET_HEALTH_PATH))
    judge_health (request, address, policy, verdict);
  else
    {
      g_autofree char *quoted = confsync_websocket_head_quote (target, strlen (target));

      refuse (verdict, CONFSYNC_HTTP_NOT_FOUND, "asked for “%s”, which is not here", quoted);
    }
}

char *
confsync_websocket_handshake_accept (const ConfsyncWebsocketHead *request, const char *protocol)
{
  g_autofree char *accept =
    accept_for_key (confsync_websocket_head_get (request, "Sec-WebSocket-Key"));

  return g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\n"
                          "Server: confsync\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n"
                          "%s%s%s"
                          "\r\n",
                          accept, protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
                          protocol != NULL ? protocol : "", protocol != NULL ? "\r\n" : "");
}

char *
confsync_websocket_handshake_new_key (void)
{
  guint8 bytes[KEY_BYTES];

  /* it guards against caches that answer with something old; no secret depends on it */
  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    for (guint i = 0; i < sizeof bytes; i++)
      bytes[i] = g_random_int_range (0, 256);
  return g_base64_encode (bytes, sizeof bytes);
}

char *
confsync_websocket_handshake_request (const ConfsyncWebsocketAddress *address, const char *key)
{
  g_autofree char *authority = confsync_websocket_address_dup_authority (address, address->port);

  return g_strdup_printf ("GET %s HTTP/1.1\r\n"
                          "Host: %s\r\n"
                          "User-Agent: confsync\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\n"
                          "Sec-WebSocket-Version: " WEBSOCKET_VERSION "\r\n"
                          "%s"
                          "\r\n",
                          address->path, authority, key,
                          address->plain ? ""
                                         : "Sec-WebSocket-Protocol: " CONFSYNC_WEBSOCKET_PROTOCOL
                                           "\r\n");
}

static gboolean
check_status (const ConfsyncWebsocketHead *answer, GError **error)
{
  const char *version = confsync_websocket_head_get_start (answer, 0);
  const char *status = confsync_websocket_head_get_start (answer, 1);
  const char *phrase = confsync_websocket_head_get_start (answer, 2);
  g_autofree char *quoted = NULL;
  g_autofree char *line = NULL;
  g_autofree char *part = NULL;

  if (g_str_equal (version, "HTTP/1.1") && g_str_equal (status, "101"))
    return TRUE;

  line = g_strconcat (status, " ", phrase, NULL);
  part = g_strndup (line, PHRASE_MAX_BYTES);
  quoted = g_strescape (part, NULL);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "answered %s instead of a WebSocket",
               quoted);
  return FALSE;
}

gboolean
confsync_websocket_handshake_check_answer (const ConfsyncWebsocketHead *answer,
                                           const char *key,
                                           gboolean plain,
                                           const char **protocol,
                                           GError **error)
{
  g_autofree char *expected = accept_for_key (key);
  const char *accept = confsync_websocket_head_get (answer, "Sec-WebSocket-Accept");
  const char *agreed = confsync_websocket_head_get (answer, "Sec-WebSocket-Protocol");
  const char *wrong = NULL;

  if (!check_status (answer, error))
    return FALSE;

  if (!confsync_websocket_head_has_token (answer, "Upgrade", "websocket") ||
      !confsync_websocket_head_has_token (answer, "Connection", "Upgrade"))
    wrong = "it doesn't say that it upgrades";
  else if (confsync_websocket_head_count (answer, "Sec-WebSocket-Accept") != 1 ||
           !g_str_equal (accept, expected))
    wrong = "it doesn't answer to our key; a cache in between?";
  else if (confsync_websocket_head_count (answer, "Sec-WebSocket-Extensions") > 0)
    wrong = "it uses an extension that was not offered";
  else if (plain && agreed != NULL)
    wrong = "it uses a protocol that was not offered";
  else if (confsync_websocket_head_count (answer, "Sec-WebSocket-Protocol") > 1 ||
           (agreed != NULL && !g_str_equal (agreed, CONFSYNC_WEBSOCKET_PROTOCOL)))
    wrong = "it speaks another protocol than " CONFSYNC_WEBSOCKET_PROTOCOL;

  if (wrong != NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "broke the WebSocket handshake: %s", wrong);
      return FALSE;
    }
  *protocol = agreed != NULL ? CONFSYNC_WEBSOCKET_PROTOCOL : NULL;
  return TRUE;
}

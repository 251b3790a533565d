/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes addresses apart. What would end in a request line or a Host header is checked here, once.
 */

#include "confsync-websocket-address.h"

#include <confsync.h>

#define PATH_MAX_BYTES 1024

static void
address_clear (ConfsyncWebsocketAddress *self)
{
  g_free (self->host);
  g_free (self->path);
}

static gboolean
fail (GError **error, const char *text, const char *reason)
{
  g_autofree char *quoted = g_strescape (text, NULL);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
               "“%s” is no address of this transport: %s; expected ws://HOST[:PORT][/PATH], or "
               "wss:// for TLS",
               quoted, reason);
  return FALSE;
}

static gboolean
check_scheme (GUri *uri, const char *text, GError **error)
{
  const char *scheme = g_uri_get_scheme (uri);

  if (!g_str_equal (scheme, "ws") && !g_str_equal (scheme, "wss"))
    return fail (error, text, "the scheme is neither ws nor wss");
  return TRUE;
}

/* GUri would quote these, and then the address is not the one that was meant */
static gboolean
has_odd_characters (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return TRUE;
  return FALSE;
}

/* letters, digits and what RFC 3986 lets stand in a path: no control character gets to the wire */
static gboolean
is_plain_path (const char *path)
{
  for (const char *p = path; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("/-._~!$&'()*+,;=:@%", *p) == NULL)
      return FALSE;
  return strlen (path) <= PATH_MAX_BYTES;
}

static gboolean
is_plain_host (const char *host)
{
  if (g_hostname_is_ip_address (host))
    return TRUE;

  for (const char *p = host; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-._", *p) == NULL)
      return FALSE;
  return *host != '\0' && strlen (host) <= 253;
}

static gboolean
check_parts (GUri *uri, const char *text, GError **error)
{
  if (g_uri_get_userinfo (uri) != NULL)
    return fail (error, text, "a user name has no place in it");
  if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return fail (error, text, "a query or fragment has no place in it");
  if (g_uri_get_host (uri) == NULL || !is_plain_host (g_uri_get_host (uri)))
    return fail (error, text, "the host is neither a name nor an IP address");
  if (!is_plain_path (g_uri_get_path (uri)))
    return fail (error, text, "the path is too long or has unusual characters");
  if (g_str_equal (g_uri_get_path (uri), CONFSYNC_WEBSOCKET_HEALTH_PATH))
    return fail (error, text, "the path /health answers something else");
  return TRUE;
}

ConfsyncWebsocketAddress *
confsync_websocket_address_parse (const char *text, gboolean plain, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, &local);
  ConfsyncWebsocketAddress *self;
  const char *path;
  int port;

  if (has_odd_characters (text) || uri == NULL)
    {
      fail (error, text, uri == NULL ? local->message : "it has blanks or other odd characters");
      return NULL;
    }
  if (!check_scheme (uri, text, error) || !check_parts (uri, text, error))
    return NULL;

  path = g_uri_get_path (uri);
  port = g_uri_get_port (uri);
  self = g_atomic_rc_box_new0 (ConfsyncWebsocketAddress);
  self->host = g_strdup (g_uri_get_host (uri));
  self->port = port < 0 ? CONFSYNC_WEBSOCKET_DEFAULT_PORT : port;
  self->tls = g_str_equal (g_uri_get_scheme (uri), "wss");
  self->plain = plain;
  self->path = g_strdup (*path != '\0' ? path : CONFSYNC_WEBSOCKET_DEFAULT_PATH);
  return self;
}

ConfsyncWebsocketAddress *
confsync_websocket_address_ref (ConfsyncWebsocketAddress *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
confsync_websocket_address_unref (ConfsyncWebsocketAddress *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) address_clear);
}

char *
confsync_websocket_address_dup_authority (const ConfsyncWebsocketAddress *self, guint16 port)
{
  gboolean bracket = strchr (self->host, ':') != NULL;

  return g_strdup_printf ("%s%s%s:%u", bracket ? "[" : "", self->host, bracket ? "]" : "", port);
}

const char *
confsync_websocket_address_get_scheme (const ConfsyncWebsocketAddress *self)
{
  return self->tls ? "wss" : "ws";
}

char *
confsync_websocket_address_to_string (const ConfsyncWebsocketAddress *self, guint16 port)
{
  g_autofree char *authority = confsync_websocket_address_dup_authority (self, port);

  return g_strconcat (confsync_websocket_address_get_scheme (self), "://", authority, self->path,
                      NULL);
}

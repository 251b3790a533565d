/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The options that say where a node is reached, and what it reaches.
 * A value that could be meant in another way than it would work is refused.
 */

#include "config.h"

#include "confsync-node-options-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
refuse (ConfsyncOptions *self,
        const char *name,
        const char *value,
        const char *what,
        GError **error)
{
  g_autofree char *quoted = g_strescape (value, NULL);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, _ ("%s: “%s” is not %s"),
               confsync_options_get_place (self, name), quoted, what);
  return FALSE;
}

/* the kinds of proxies that GIO can use by itself */
static gboolean
is_proxy (const char *text)
{
  const char *const schemes[] = { "http", "https", "socks", "socks4", "socks4a", "socks5", NULL };
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);

  return uri != NULL && g_strv_contains (schemes, g_uri_get_scheme (uri)) &&
         g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' &&
         g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL &&
         (*g_uri_get_path (uri) == '\0' || g_str_equal (g_uri_get_path (uri), "/"));
}

/* As browsers write it, without a path: one with a slash at its end would never match. */
static gboolean
is_origin (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' &&
         g_uri_get_userinfo (uri) == NULL && *g_uri_get_path (uri) == '\0' &&
         g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL;
}

static gboolean
is_host (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-._", *p) == NULL)
      return FALSE;
  return *text != '\0';
}

static gboolean
set_list (ConfsyncOptions *self,
          ConfsyncNode *node,
          const char *name,
          gboolean (*is_valid) (const char *text),
          const char *what,
          GError **error)
{
  g_auto (GStrv) values = confsync_options_dup_strings (self, name);

  for (gsize i = 0; values[i] != NULL; i++)
    if (!is_valid (values[i]))
      return refuse (self, name, values[i], what, error);
  g_object_set (node, name, values, NULL);
  return TRUE;
}

/* A password may stand in it, so the value isn't repeated. */
static gboolean
set_proxy (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  const char *proxy = confsync_options_get_string (self, "proxy");

  if (proxy == NULL || is_proxy (proxy))
    {
      g_object_set (node, "proxy", proxy, NULL);
      return TRUE;
    }
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("%s: it is not the URL of a proxy, such as socks5://127.0.0.1:1080"),
               confsync_options_get_place (self, "proxy"));
  return FALSE;
}

gboolean
confsync_node_options_set_access (ConfsyncOptions *self, ConfsyncNode *node, GError **error)
{
  g_object_set (node, "allow-public", confsync_options_get_boolean (self, "allow-public"),
                "rate-limit-whitelist-local",
                confsync_options_get_boolean (self, "rate-limit-whitelist-local"), NULL);
  return set_proxy (self, node, error) &&
         set_list (self, node, "allow-origin", is_origin,
                   _ ("the origin of web pages, such as https://panel.example.org"), error) &&
         set_list (self, node, "allow-host", is_host, _ ("the name of a host, without a port"),
                   error);
}

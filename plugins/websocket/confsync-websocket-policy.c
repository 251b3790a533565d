/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names are compared without regard to case, as browsers and resolvers do, and whole: what is not
 * in a list is not meant.
 */

#include "confsync-websocket-policy.h"

/* what mDNS calls the machine in its own network */
#define LOCAL_DOMAIN ".local"

static void
policy_clear (ConfsyncWebsocketPolicy *self)
{
  g_free (self->proxy);
  g_strfreev (self->origins);
  g_strfreev (self->hosts);
}

ConfsyncWebsocketPolicy *
confsync_websocket_policy_new (gboolean allow_public,
                               const char *proxy,
                               const char *const *origins,
                               const char *const *hosts)
{
  static const char *const none[] = { NULL };
  ConfsyncWebsocketPolicy *self = g_atomic_rc_box_new0 (ConfsyncWebsocketPolicy);

  self->allow_public = allow_public;
  self->proxy = g_strdup (proxy);
  self->origins = g_strdupv ((GStrv) (origins != NULL ? origins : none));
  self->hosts = g_strdupv ((GStrv) (hosts != NULL ? hosts : none));
  return self;
}

ConfsyncWebsocketPolicy *
confsync_websocket_policy_ref (ConfsyncWebsocketPolicy *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
confsync_websocket_policy_unref (ConfsyncWebsocketPolicy *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) policy_clear);
}

static gboolean
has (GStrv names, const char *name)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* Every sandboxed frame and every local file is “null”: it says nothing of whose page it is. */
gboolean
confsync_websocket_policy_takes_origin (const ConfsyncWebsocketPolicy *self, const char *origin)
{
  return g_ascii_strcasecmp (origin, "null") != 0 && has (self->origins, origin);
}

gboolean
confsync_websocket_policy_takes_host (const ConfsyncWebsocketPolicy *self, const char *name)
{
  const char *own = g_get_host_name ();
  g_autofree char *in_network = g_strconcat (own, LOCAL_DOMAIN, NULL);

  return g_ascii_strcasecmp (name, own) == 0 || g_ascii_strcasecmp (name, in_network) == 0 ||
         has (self->hosts, name);
}

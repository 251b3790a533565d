/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The judgement over newly greeted links.
 */

#include "config.h"

#include "confsync-roster-private.h"

#include <string.h>

ConfsyncPeer *
confsync_roster_find_live (GPtrArray *peers, const char *id, ConfsyncPeer *but)
{
  for (guint i = 0; i < peers->len; i++)
    {
      ConfsyncPeer *peer = peers->pdata[i];

      if (peer != but && confsync_peer_get_link_name (peer) != NULL &&
          !confsync_peer_is_legacy (peer) &&
          g_strcmp0 (confsync_peer_get_id (peer), id) == 0)
        return peer;
    }
  return NULL;
}

ConfsyncPeer *
confsync_roster_find_link (GPtrArray *peers, const char *link_name)
{
  for (guint i = 0; i < peers->len; i++)
    if (g_strcmp0 (confsync_peer_get_link_name (peers->pdata[i]), link_name) == 0)
      return peers->pdata[i];
  return NULL;
}

gboolean
confsync_roster_closes_surplus (const char *own_id, const char *id)
{
  return strcmp (own_id, id) < 0;
}

ConfsyncVerdict
confsync_roster_judge (GPtrArray *peers,
                       ConfsyncPeer *peer,
                       const char *own_id,
                       const char *own_session,
                       ConfsyncPeer **rival)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  const char *id = confsync_link_get_id (link), *session = confsync_link_get_session (link);
  ConfsyncLink *earlier;

  *rival = NULL;
  if (g_str_equal (session, own_session))
    return CONFSYNC_VERDICT_SELF;
  if (g_str_equal (id, own_id))
    return CONFSYNC_VERDICT_CLONE;

  *rival = confsync_roster_find_live (peers, id, peer);
  if (*rival == NULL)
    return CONFSYNC_VERDICT_USE;
  earlier = confsync_peer_get_link (*rival);
  if (!g_str_equal (session, confsync_link_get_session (earlier)))
    return CONFSYNC_VERDICT_REPLACE;
  /* nobody dials an instance that it is linked with, but by another address: most likely the one
   * that dialled knows already that the earlier link is dead */
  if (confsync_link_is_dialled (link) == confsync_link_is_dialled (earlier))
    return CONFSYNC_VERDICT_PROBE;
  /* both ends see the same two links; the smaller id decides which one goes */
  return confsync_roster_closes_surplus (own_id, id) ? CONFSYNC_VERDICT_SURPLUS
                                                     : CONFSYNC_VERDICT_WAIT;
}

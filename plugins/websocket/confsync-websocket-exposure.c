/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What isn't known to be near is public: address space that was given out later, that is shared by
 * the customers of a provider, or that carries IPv4 in one of the ways that nobody uses any more.
 */

#include "confsync-websocket-exposure.h"

#include <string.h>

#include "confsync-websocket-remote.h"

typedef struct
{
  guint8 bytes[4];
  guint8 bits;
  ConfsyncWebsocketReach reach;
} Range;

static const Range ipv4_ranges[] = {
  { { 127, 0, 0, 0 }, 8, CONFSYNC_WEBSOCKET_REACH_LOOPBACK },
  { { 10, 0, 0, 0 }, 8, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
  { { 172, 16, 0, 0 }, 12, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
  { { 192, 168, 0, 0 }, 16, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
  { { 169, 254, 0, 0 }, 16, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
  { { 0, 0, 0, 0 }, 32, CONFSYNC_WEBSOCKET_REACH_ANY },
};

/* the first bytes decide */
static const Range ipv6_ranges[] = {
  { { 0xfc, 0 }, 7, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
  { { 0xfe, 0x80 }, 10, CONFSYNC_WEBSOCKET_REACH_PRIVATE },
};

static gboolean
is_within (const guint8 *bytes, const Range *range)
{
  for (guint bit = 0; bit < range->bits; bit++)
    if (((bytes[bit / 8] ^ range->bytes[bit / 8]) & (0x80 >> bit % 8)) != 0)
      return FALSE;
  return TRUE;
}

static ConfsyncWebsocketReach
find (const guint8 *bytes, const Range *ranges, guint n_ranges)
{
  for (guint i = 0; i < n_ranges; i++)
    if (is_within (bytes, &ranges[i]))
      return ranges[i].reach;
  return CONFSYNC_WEBSOCKET_REACH_PUBLIC;
}

ConfsyncWebsocketReach
confsync_websocket_reach_of (GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = confsync_websocket_remote_plain (address);
  const guint8 *bytes = g_inet_address_to_bytes (plain);

  if (g_inet_address_get_family (plain) == G_SOCKET_FAMILY_IPV4)
    return find (bytes, ipv4_ranges, G_N_ELEMENTS (ipv4_ranges));
  if (g_inet_address_get_is_loopback (plain))
    return CONFSYNC_WEBSOCKET_REACH_LOOPBACK;
  if (g_inet_address_get_is_any (plain))
    return CONFSYNC_WEBSOCKET_REACH_ANY;
  return find (bytes, ipv6_ranges, G_N_ELEMENTS (ipv6_ranges));
}

const char *
confsync_websocket_exposure_judge_listener (ConfsyncWebsocketReach reach,
                                            const ConfsyncWebsocketTerms *terms)
{
  if (reach == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->allow_public)
    return "is a public address; listen on a private one, or set allow-public, which needs TLS";
  if (reach == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->tls)
    return "is a public address, where allow-public needs TLS; listen on wss://";
  if (reach != CONFSYNC_WEBSOCKET_REACH_LOOPBACK && !terms->open)
    return "is open to other machines and nothing says who may come in; listen on 127.0.0.1, "
           "give all instances a shared key (key-file; “confsync keygen --shared” makes one), let "
           "them trust each other's certificates and listen on wss:// (“confsync pair”), or set "
           "allow-unauthenticated to take anybody in";
  return NULL;
}

const char *
confsync_websocket_exposure_judge_guest (ConfsyncWebsocketReach remote,
                                         ConfsyncWebsocketReach local,
                                         const ConfsyncWebsocketTerms *terms)
{
  const ConfsyncWebsocketReach widest = MAX (remote, local);

  if (widest == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->allow_public)
    return "over a public address; that takes allow-public, and TLS";
  if (widest == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->tls)
    return "over a public address, where allow-public needs TLS; listen on wss://";
  if (widest != CONFSYNC_WEBSOCKET_REACH_LOOPBACK && !terms->open)
    return "from another machine, and nothing says who may come in";
  return NULL;
}

const char *
confsync_websocket_exposure_judge_dial (ConfsyncWebsocketReach reach,
                                        const ConfsyncWebsocketTerms *terms)
{
  if (reach == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->allow_public)
    return "a public address; set allow-public and use wss:// to sync with machines out there";
  if (reach == CONFSYNC_WEBSOCKET_REACH_PUBLIC && !terms->tls)
    return "a public address, where allow-public needs TLS; use wss://";
  return NULL;
}

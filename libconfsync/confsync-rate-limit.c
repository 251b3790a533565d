/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A table of addresses that can't grow beyond a bound, from how many anybody comes: those that were
 * not seen for the longest go, and those that are blocked go last. An IPv6 network of 64 bits
 * counts as one address, since it's what one household, or one attacker, has at the least.
 */

#include "config.h"

#include "confsync-rate-limit-private.h"

#include <gio/gio.h>
#include <string.h>

#define ADDRESSES_MAX 4096
#define MINUTE_US (60 * G_USEC_PER_SEC)
/* which part of the requests must be free again for a block to end early, so that one begins only
 * now and then while a fleet comes in */
#define ROOM_PART 4
#define IPV4_BYTES 4
#define IPV6_NETWORK_BYTES 8

/* what counts as one address; compared byte by byte */
typedef struct
{
  guint8 bytes[IPV6_NETWORK_BYTES];
  guint8 is_ipv4;
} Place;

typedef struct
{
  Place place;
  gint64 since_us; /* when its minute began */
  guint count;     /* since then */
  gint64 until_us; /* how long it is blocked; 0: it is not */
  GList link;      /* in the queue of those that are blocked, or of those that are not */
} Entry;

struct _ConfsyncRateLimit
{
  ConfsyncRateLimits limits;
  GHashTable *entries; /* Place to owned Entry that has it */
  GQueue recent;       /* of Entry: the one that wasn't seen for the longest first */
  GQueue blocked;      /* of Entry: the one whose block ends first is first */
};

/* Places are chosen by strangers, who must not be able to choose those that collide. */
static guint
hash_place (gconstpointer data)
{
  static gsize seed = 0;
  const Place *place = data;
  guint64 number;

  if (g_once_init_enter (&seed))
    g_once_init_leave (&seed, (gsize) g_random_int () << 1 | 1);
  memcpy (&number, place->bytes, sizeof number);
  number = (number ^ seed ^ place->is_ipv4) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  number = (number ^ number >> 32 ^ (guint64) seed << 17) * G_GUINT64_CONSTANT (0xd6e8feb86659fd93);
  return (guint) (number >> 32);
}

static gboolean
equal_place (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Place)) == 0;
}

/* @text: without a port and brackets */
static GInetAddress *
parse_address (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  static const guint8 mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes;

  if (address == NULL)
    return NULL;
  bytes = g_inet_address_to_bytes (address);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, mapped, sizeof mapped) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof mapped, G_SOCKET_FAMILY_IPV4);
  return g_steal_pointer (&address);
}

static gboolean
find_place (const char *remote, Place *place, gboolean *local)
{
  const gboolean bracket = remote[0] == '[';
  const char *end = bracket ? strchr (remote, ']') : strrchr (remote, ':');
  g_autofree char *text = end != NULL ? g_strndup (remote + bracket, end - remote - bracket) : NULL;
  g_autoptr (GInetAddress) address = text != NULL ? parse_address (text) : NULL;

  if (address == NULL)
    return FALSE;
  memset (place, 0, sizeof *place);
  place->is_ipv4 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;
  memcpy (place->bytes, g_inet_address_to_bytes (address),
          place->is_ipv4 ? IPV4_BYTES : IPV6_NETWORK_BYTES);
  *local = g_inet_address_get_is_loopback (address);
  return TRUE;
}

ConfsyncRateLimit *
confsync_rate_limit_new (void)
{
  ConfsyncRateLimit *self = g_new0 (ConfsyncRateLimit, 1);

  self->entries = g_hash_table_new_full (hash_place, equal_place, NULL, g_free);
  return self;
}

void
confsync_rate_limit_free (ConfsyncRateLimit *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

ConfsyncRateLimits *
confsync_rate_limit_get_limits (ConfsyncRateLimit *self)
{
  return &self->limits;
}

static GQueue *
queue_of (ConfsyncRateLimit *self, Entry *entry)
{
  return entry->until_us != 0 ? &self->blocked : &self->recent;
}

static void
forget (ConfsyncRateLimit *self, Entry *entry)
{
  g_queue_unlink (queue_of (self, entry), &entry->link);
  g_hash_table_remove (self->entries, &entry->place);
}

static void
forget_served_blocks (ConfsyncRateLimit *self, gint64 now_us)
{
  Entry *first;

  while ((first = g_queue_peek_head (&self->blocked)) != NULL && first->until_us <= now_us)
    forget (self, first);
}

static Entry *
add (ConfsyncRateLimit *self, const Place *place, gint64 now_us)
{
  Entry *entry;

  if (g_hash_table_size (self->entries) >= ADDRESSES_MAX)
    forget (self, g_queue_peek_head (self->recent.length > 0 ? &self->recent : &self->blocked));
  entry = g_new0 (Entry, 1);
  entry->place = *place;
  entry->since_us = now_us;
  entry->link.data = entry;
  g_queue_push_tail_link (&self->recent, &entry->link);
  g_hash_table_insert (self->entries, &entry->place, entry);
  return entry;
}

static void
move (ConfsyncRateLimit *self, Entry *entry, gint64 until_us)
{
  g_queue_unlink (queue_of (self, entry), &entry->link);
  entry->until_us = until_us;
  g_queue_push_tail_link (queue_of (self, entry), &entry->link);
}

static gboolean
is_one_too_many (ConfsyncRateLimit *self, Entry *entry, gint64 now_us)
{
  if (now_us - entry->since_us >= MINUTE_US)
    {
      entry->since_us = now_us;
      entry->count = 0;
    }
  return ++entry->count > self->limits.requests_per_minute;
}

/* Its minute begins anew, so that those who are under way have time to show who they are. */
static void
block (ConfsyncRateLimit *self, Entry *entry, gint64 now_us)
{
  entry->since_us = now_us;
  move (self, entry, now_us + self->limits.block_seconds * (gint64) G_USEC_PER_SEC);
}

static guint
seconds_left (Entry *entry, gint64 now_us)
{
  return (entry->until_us - now_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
}

guint
confsync_rate_limit_count (ConfsyncRateLimit *self,
                           const char *remote,
                           ConfsyncRateKind kind,
                           gint64 now_us,
                           gboolean *begins)
{
  gboolean local = FALSE;
  Entry *entry;
  Place place;

  *begins = FALSE;
  if (self->limits.requests_per_minute == 0 || !find_place (remote, &place, &local))
    return 0;

  forget_served_blocks (self, now_us);
  entry = g_hash_table_lookup (self->entries, &place);
  if (entry != NULL && entry->until_us != 0)
    return seconds_left (entry, now_us);
  if (local && self->limits.whitelist_local && kind == CONFSYNC_RATE_REQUEST)
    return 0;
  if (entry == NULL)
    entry = add (self, &place, now_us);

  *begins = is_one_too_many (self, entry, now_us);
  if (!*begins)
    {
      move (self, entry, 0);
      return 0;
    }
  block (self, entry, now_us);
  return seconds_left (entry, now_us);
}

gboolean
confsync_rate_limit_give_back (ConfsyncRateLimit *self, const char *remote, gint64 now_us)
{
  const guint limit = self->limits.requests_per_minute;
  gboolean local = FALSE;
  Entry *entry;
  Place place;

  if (!find_place (remote, &place, &local) || (local && self->limits.whitelist_local))
    return FALSE;
  forget_served_blocks (self, now_us);
  entry = g_hash_table_lookup (self->entries, &place);
  if (entry == NULL || entry->count == 0 || now_us - entry->since_us >= MINUTE_US)
    return FALSE;

  entry->count--;
  if (entry->until_us == 0 || entry->count + (limit + ROOM_PART - 1) / ROOM_PART > limit)
    return FALSE;
  move (self, entry, 0);
  return TRUE;
}

guint
confsync_rate_limit_count_blocked (ConfsyncRateLimit *self, gint64 now_us)
{
  forget_served_blocks (self, now_us);
  return self->blocked.length;
}

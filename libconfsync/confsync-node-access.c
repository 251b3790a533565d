/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's properties that say where it may be reached and what it reaches, which transports get
 * and heed; and those of the limit of requests, which is kept here for all listeners together.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"

#define REQUESTS_PER_MINUTE 60
#define BLOCK_SECONDS 120
#define TELLING_INTERVAL_MS 1000
#define BLOCK_SECONDS_MAX (7 * 24 * 3600)

enum {
  PROP_ALLOW_PUBLIC = CONFSYNC_NODE_FIRST_ACCESS,
  PROP_PROXY,
  PROP_ALLOW_ORIGIN,
  PROP_ALLOW_HOST,
  PROP_RATE_LIMIT_REQUESTS,
  PROP_RATE_LIMIT_BLOCK,
  PROP_RATE_LIMIT_WHITELIST_LOCAL,
  PROP_REFUSED,
};

void
confsync_node_access_init (ConfsyncNodeAccess *self)
{
  self->rate = confsync_rate_limit_new ();
  *confsync_rate_limit_get_limits (self->rate) = (ConfsyncRateLimits) {
    .requests_per_minute = REQUESTS_PER_MINUTE,
    .block_seconds = BLOCK_SECONDS,
    .whitelist_local = TRUE,
  };
}

void
confsync_node_access_clear (ConfsyncNodeAccess *self)
{
  g_clear_pointer (&self->proxy, g_free);
  g_clear_pointer (&self->allow_origin, g_strfreev);
  g_clear_pointer (&self->allow_host, g_strfreev);
  g_clear_pointer (&self->rate, confsync_rate_limit_free);
}

gboolean
confsync_node_access_get (const ConfsyncNodeAccess *self, guint id, GValue *value)
{
  const ConfsyncRateLimits *limits = confsync_rate_limit_get_limits (self->rate);

  switch (id)
    {
    case PROP_ALLOW_PUBLIC:
      g_value_set_boolean (value, self->allow_public);
      return TRUE;
    case PROP_PROXY:
      g_value_set_string (value, self->proxy);
      return TRUE;
    case PROP_ALLOW_ORIGIN:
      g_value_set_boxed (value, self->allow_origin);
      return TRUE;
    case PROP_ALLOW_HOST:
      g_value_set_boxed (value, self->allow_host);
      return TRUE;
    case PROP_RATE_LIMIT_REQUESTS:
      g_value_set_uint (value, limits->requests_per_minute);
      return TRUE;
    case PROP_RATE_LIMIT_BLOCK:
      g_value_set_uint (value, limits->block_seconds);
      return TRUE;
    case PROP_RATE_LIMIT_WHITELIST_LOCAL:
      g_value_set_boolean (value, limits->whitelist_local);
      return TRUE;
    case PROP_REFUSED:
      g_value_set_uint64 (value, self->refused);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
replace_strings (GStrv *strings, const GValue *value)
{
  g_strfreev (*strings);
  *strings = g_value_dup_boxed (value);
}

gboolean
confsync_node_access_set (ConfsyncNodeAccess *self, guint id, const GValue *value)
{
  ConfsyncRateLimits *limits = confsync_rate_limit_get_limits (self->rate);

  switch (id)
    {
    case PROP_ALLOW_PUBLIC:
      self->allow_public = g_value_get_boolean (value);
      return TRUE;
    case PROP_PROXY:
      g_free (self->proxy);
      self->proxy = g_value_dup_string (value);
      return TRUE;
    case PROP_ALLOW_ORIGIN:
      replace_strings (&self->allow_origin, value);
      return TRUE;
    case PROP_ALLOW_HOST:
      replace_strings (&self->allow_host, value);
      return TRUE;
    case PROP_RATE_LIMIT_REQUESTS:
      limits->requests_per_minute = g_value_get_uint (value);
      return TRUE;
    case PROP_RATE_LIMIT_BLOCK:
      limits->block_seconds = g_value_get_uint (value);
      return TRUE;
    case PROP_RATE_LIMIT_WHITELIST_LOCAL:
      limits->whitelist_local = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
install_places (GObjectClass *klass, GParamFlags flags)
{
  /**
   * ConfsyncNode:allow-public:
   *
   * Whether public addresses may be listened on and dialled, too, with TLS. Without it, only this
   * machine and private and link-local addresses are reached; it is the address connected to that
   * counts, whatever its name is. Set it before the node runs.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_ALLOW_PUBLIC, g_param_spec_boolean ("allow-public", NULL, NULL, FALSE, flags));
  /**
   * ConfsyncNode:proxy:
   *
   * The URL of a proxy to dial all peers through, such as `socks5://127.0.0.1:1080`; without one,
   * none is used, whatever the environment says. Where a proxy leads can't be seen, so it takes
   * [property@Node:allow-public] and TLS to dial a name through it.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_PROXY,
                                   g_param_spec_string ("proxy", NULL, NULL, NULL, flags));
  /**
   * ConfsyncNode:allow-origin:
   *
   * Whose web pages may connect, such as `https://panel.example.org`. All others are kept out.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_ALLOW_ORIGIN,
    g_param_spec_boxed ("allow-origin", NULL, NULL, G_TYPE_STRV, flags));
  /**
   * ConfsyncNode:allow-host:
   *
   * Names by which a web browser may ask for the health report, besides those of the machine.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_ALLOW_HOST,
                                   g_param_spec_boxed ("allow-host", NULL, NULL, G_TYPE_STRV,
                                                       flags));
}

static void
install_rate_limit (GObjectClass *klass, GParamFlags flags)
{
  /**
   * ConfsyncNode:rate-limit-requests-per-minute:
   *
   * How often somebody may connect from one address within a minute; who is refused then counts
   * twice. Beyond that, the address is blocked. 0 blocks nobody. What peers say on their links is
   * never counted, nor in the end the request of one that proves the shared key, or has shown a
   * pinned certificate: a block that such peers began together ends when they have done so.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_RATE_LIMIT_REQUESTS,
    g_param_spec_uint ("rate-limit-requests-per-minute", NULL, NULL, 0, G_MAXUINT,
                       REQUESTS_PER_MINUTE, flags));
  /**
   * ConfsyncNode:rate-limit-block-duration:
   *
   * For how long an address is blocked, in seconds.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_RATE_LIMIT_BLOCK,
    g_param_spec_uint ("rate-limit-block-duration", NULL, NULL, 1, BLOCK_SECONDS_MAX,
                       BLOCK_SECONDS, flags));
  /**
   * ConfsyncNode:rate-limit-whitelist-local:
   *
   * Whether those on this machine may connect as often as they like.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_RATE_LIMIT_WHITELIST_LOCAL,
    g_param_spec_boolean ("rate-limit-whitelist-local", NULL, NULL, TRUE, flags));
}

void
confsync_node_access_install (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  install_places (klass, flags);
  install_rate_limit (klass, flags);
  /**
   * ConfsyncNode:refused:
   *
   * How many were turned away before they were peers, those that were blocked included.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    klass, PROP_REFUSED,
    g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static gboolean
takes (ConfsyncTransport *transport, const char *name, GType type)
{
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (transport), name);

  return property != NULL && property->value_type == type;
}

void
confsync_node_access_give (const ConfsyncNodeAccess *self, ConfsyncTransport *transport)
{
  if (takes (transport, "allow-public", G_TYPE_BOOLEAN))
    g_object_set (transport, "allow-public", self->allow_public, NULL);
  if (takes (transport, "proxy", G_TYPE_STRING))
    g_object_set (transport, "proxy", self->proxy, NULL);
  if (takes (transport, "allow-origin", G_TYPE_STRV))
    g_object_set (transport, "allow-origin", self->allow_origin, NULL);
  if (takes (transport, "allow-host", G_TYPE_STRV))
    g_object_set (transport, "allow-host", self->allow_host, NULL);
}

static gboolean
tell_cb (gpointer user_data)
{
  ConfsyncNode *self = user_data;

  g_clear_pointer (&self->access.telling, g_source_unref);
  g_object_notify (G_OBJECT (self), "refused");
  return G_SOURCE_REMOVE;
}

/* Those who hear of the number hear of it once a second: there may be thousands in it. */
static void
count_refused (ConfsyncNode *self)
{
  self->access.refused++;
  if (self->access.telling == NULL && self->running)
    self->access.telling =
      confsync_clock_add_once (self->clock, TELLING_INTERVAL_MS, tell_cb, self, NULL);
}

void
confsync_node_stop_telling (ConfsyncNode *self)
{
  if (self->access.telling != NULL)
    g_source_destroy (self->access.telling);
  g_clear_pointer (&self->access.telling, g_source_unref);
}

static void
emit_blocked (ConfsyncNode *self, const char *remote, guint seconds)
{
  const guint limit = confsync_rate_limit_get_limits (self->access.rate)->requests_per_minute;
  g_autofree char *reason = g_strdup_printf ("more than %u requests in a minute", limit);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "remote", "s", remote);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "duration", "x", (gint64) seconds * G_USEC_PER_SEC);
  confsync_node_emit_event (self, CONFSYNC_LEVEL_WARNING, CONFSYNC_EVENT_BLOCKED,
                            g_variant_dict_end (&dict));
}

static guint
count (ConfsyncNode *self, const char *remote, ConfsyncRateKind kind)
{
  gboolean begins = FALSE;
  const guint seconds =
    confsync_rate_limit_count (self->access.rate, remote, kind,
                               confsync_clock_get_monotonic (self->clock), &begins);

  if (begins)
    emit_blocked (self, remote, seconds);
  return seconds;
}

guint
confsync_node_admit (ConfsyncNode *self, const char *remote)
{
  const guint seconds = count (self, remote, CONFSYNC_RATE_REQUEST);

  if (seconds > 0)
    count_refused (self);
  return seconds;
}

void
confsync_node_refuse_guest (ConfsyncNode *self, const char *remote, const char *reason)
{
  count_refused (self);
  confsync_node_emit_refused (self, remote, reason);
  count (self, remote, CONFSYNC_RATE_REQUEST);
}

/* Whether the other end has proven the key, or the transport let nobody else in. */
static gboolean
is_known_guest (ConfsyncPeer *peer)
{
  return confsync_peer_get_address (peer) == NULL &&
         (confsync_link_is_proven (confsync_peer_get_link (peer)) ||
          confsync_peer_is_vouched (peer));
}

void
confsync_node_give_request_back (ConfsyncNode *self, ConfsyncPeer *peer)
{
  const char *remote = confsync_link_get_remote (confsync_peer_get_link (peer));
  g_autofree char *place = NULL;
  g_autofree char *message = NULL;

  if (!is_known_guest (peer) || remote == NULL ||
      !confsync_rate_limit_give_back (self->access.rate, remote,
                                      confsync_clock_get_monotonic (self->clock)))
    return;
  place = confsync_address_dup_place (remote);
  message = g_strdup_printf ("%s is heard again: most of those who came from there belong here",
                             place);
  confsync_node_emit_notice (self, CONFSYNC_LEVEL_INFO, message);
}

void
confsync_node_count_failed_proof (ConfsyncNode *self, const char *remote)
{
  count (self, remote, CONFSYNC_RATE_FAILED_PROOF);
}

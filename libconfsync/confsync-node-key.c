/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A node's shared key: where it comes from, who is turned away for it, and, where there is none,
 * who else of this machine may come in. The key goes in here and never comes out.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-key-file-private.h"
#include "confsync-node-options-private.h"
#include "confsync-secret-environment-private.h"
#include "confsync-secret-private.h"

/* apart from those of confsync-node.c */
enum {
  PROP_KEY = CONFSYNC_NODE_FIRST_KEY,
  PROP_HAS_KEY,
  PROP_ALLOW_LOCAL_USERS,
  PROP_FAILED_PROOFS,
};

gboolean
confsync_node_get_key_property (ConfsyncNode *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_HAS_KEY:
      g_value_set_boolean (value, confsync_node_has_key (self));
      return TRUE;
    case PROP_ALLOW_LOCAL_USERS:
      g_value_set_boolean (value, self->allow_local_users);
      return TRUE;
    case PROP_FAILED_PROOFS:
      g_value_set_uint64 (value, self->failed_proofs);
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
confsync_node_set_key_property (ConfsyncNode *self, guint id, const GValue *value)
{
  switch (id)
    {
    case PROP_KEY:
      /* a property can't say no: the next start does */
      g_clear_error (&self->key_failure);
      confsync_node_set_key (self, g_value_get_string (value), &self->key_failure);
      return TRUE;
    case PROP_ALLOW_LOCAL_USERS:
      self->allow_local_users = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
    }
}

void
confsync_node_install_key_properties (GObjectClass *object_class)
{
  /**
   * ConfsyncNode:key:
   *
   * The key that this instance shares with its peers, as [method@Node.set_key] takes it. It can be
   * set, and never read back. A text that is no key keeps the node from starting.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    object_class, PROP_KEY,
    g_param_spec_string ("key", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
  /**
   * ConfsyncNode:has-key:
   *
   * Whether peers must prove that they know the key of this instance, and it does so to them.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    object_class, PROP_HAS_KEY,
    g_param_spec_boolean ("has-key", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * ConfsyncNode:allow-local-users:
   *
   * Whether every user of this machine may come in over a loopback address where there is no key,
   * and may be the one who listens where this instance dials. Without it, those are this user and
   * root.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    object_class, PROP_ALLOW_LOCAL_USERS,
    g_param_spec_boolean ("allow-local-users", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  /**
   * ConfsyncNode:failed-proofs:
   *
   * How many links ended because the other end did not prove that it knows the key.
   *
   * Since: 1.0
   */
  g_object_class_install_property (
    object_class, PROP_FAILED_PROOFS,
    g_param_spec_uint64 ("failed-proofs", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
confsync_node_clear_key (ConfsyncNode *self)
{
  g_clear_pointer (&self->key, confsync_key_unref);
  g_clear_error (&self->key_failure);
  g_clear_pointer (&self->proofs, confsync_proof_book_free);
}

gboolean
confsync_node_check_key (ConfsyncNode *self, GError **error)
{
  if (self->key_failure == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_error_copy (self->key_failure), "the shared key: ");
  return FALSE;
}

/* Those who fail */

static char *
dup_network (ConfsyncLink *link)
{
  return confsync_address_dup_network (confsync_link_get_remote (link));
}

void
confsync_node_note_proof (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *network = NULL;

  if (link == NULL || !confsync_link_has_failed_proof (link))
    return;
  self->failed_proofs++;
  g_object_notify (G_OBJECT (self), "failed-proofs");
  if (confsync_link_is_dialled (link))
    return;
  network = dup_network (link);
  confsync_proof_book_fail (self->proofs, network, confsync_clock_get_monotonic (self->clock));
  confsync_node_count_failed_proof (self, confsync_link_get_remote (link));
}

/* Says why, and closes; nothing is read. */
static void
send_away (ConfsyncNode *self, ConfsyncChannel *channel, const char *reason)
{
  g_autoptr (ConfsyncMessage) message = confsync_message_new (CONFSYNC_MESSAGE_ERROR);
  g_autoptr (GBytes) text = NULL;

  message->timestamp = confsync_clock_get_time (self->clock);
  message->instance_id = g_strdup (self->instance_id);
  message->code = g_strdup (CONFSYNC_LINK_CODE_AUTH);
  message->reason = g_strdup (reason);
  text = confsync_message_encode (message);
  confsync_channel_send (channel, text);
  confsync_channel_close (channel);
}

gboolean
confsync_node_hears (ConfsyncNode *self, ConfsyncListener *listener, ConfsyncChannel *channel)
{
  const char *protocol = confsync_channel_get_protocol (channel);
  const char *remote = confsync_channel_get_remote (channel);
  g_autofree char *network = confsync_address_dup_network (remote != NULL ? remote : "");
  g_autofree char *reason = NULL;
  gboolean first;
  gint64 wait;

  if (self->key == NULL || protocol == NULL || *protocol == '\0')
    return TRUE;
  wait = confsync_proof_book_get_wait (self->proofs, network,
                                       confsync_clock_get_monotonic (self->clock), &first);
  if (wait == 0)
    return TRUE;

  reason = g_strdup_printf ("proofs of the shared key failed from there; nobody from there is "
                            "heard for another %d s",
                            (int) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  if (first)
    confsync_listener_emit_refused (listener, remote != NULL ? remote : "?", reason);
  send_away (self, channel, reason);
  return FALSE;
}

void
confsync_node_describe_proof (ConfsyncPeer *peer, GVariantDict *dict)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  const char *address = confsync_peer_get_address (peer);
  g_autofree char *scheme = NULL;

  g_variant_dict_insert (dict, "keyed", "b", confsync_link_is_proven (link));
  if (address == NULL || confsync_link_is_local (link))
    return;
  scheme = confsync_address_get_scheme (address);
  g_variant_dict_insert (dict, "encrypted", "b", g_str_equal (scheme, "wss"));
}

/* Other users */

static gboolean
is_stranger (ConfsyncNode *self, ConfsyncLink *link)
{
  return confsync_link_get_stranger (link) != NULL && !self->allow_local_users &&
         !confsync_link_is_proven (link);
}

gboolean
confsync_node_turns_away (ConfsyncNode *self, ConfsyncPeer *peer)
{
  ConfsyncLink *link = confsync_peer_get_link (peer);
  g_autofree char *reason = NULL;

  confsync_node_give_request_back (self, peer);
  if (confsync_link_is_proven (link) && !confsync_link_is_dialled (link))
    {
      g_autofree char *network = dup_network (link);

      confsync_proof_book_pass (self->proofs, network);
    }
  if (!is_stranger (self, link))
    return FALSE;
  reason = g_strdup_printf (
    "on this machine, %s is at the other end, and nothing proves that it belongs here; give both "
    "the same key (key-file), or set allow-local-users",
    confsync_link_get_stranger (link));
  confsync_link_refuse (link, "user", reason);
  return TRUE;
}

/* Which key it is, nothing tells. */
static void
emit_key_changed (ConfsyncNode *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "outcome", "s", "key changed");
  confsync_node_emit_event (self, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_TRUST,
                            g_variant_dict_end (&dict));
}

/**
 * confsync_node_set_key:
 * @self: a node
 * @key: (nullable): 64 hexadecimal digits, as [func@Node.make_key] makes them, or two such keys,
 *   separated by white space or a comma; %NULL for none
 * @error: return location for an error, or %NULL
 *
 * Gives the node the key that all its peers must have. From now on, a new link is used only once
 * both ends have proven that they know it; the key itself is sent to nobody. Links that are up
 * stay. Of a node that runs it is an event, %CONFSYNC_EVENT_TRUST, where the key is another one.
 *
 * Of two keys both are accepted, and the first one is proven. So a key is changed in three steps,
 * each on all instances before the next one: *old, new*, then *new, old*, then *new*.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION where the text is no key, and with
 * %CONFSYNC_ERROR_BUSY where the key of a node that runs is to be taken away; the node keeps what
 * it had then. No error has a part of the text in it.
 *
 * Returns: whether it was taken
 *
 * Since: 1.0
 */
gboolean
confsync_node_set_key (ConfsyncNode *self, const char *key, GError **error)
{
  g_autoptr (ConfsyncKey) value = NULL;
  gboolean is_other;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);

  if (key == NULL && self->key != NULL && self->running)
    {
      /* its listeners were opened because there is one */
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "“%s” runs; stop it before taking its key away", self->instance_id);
      return FALSE;
    }
  if (key != NULL && (value = confsync_key_new (key, error)) == NULL)
    return FALSE;
  is_other = value != NULL && (self->key == NULL || !confsync_key_is_same (self->key, value));
  g_clear_pointer (&self->key, confsync_key_unref);
  self->key = g_steal_pointer (&value);
  g_object_notify (G_OBJECT (self), "has-key");
  if (is_other && self->running)
    emit_key_changed (self);
  return TRUE;
}

/**
 * confsync_node_load_key_file:
 * @self: a node
 * @path: (type filename): a file with a key, or two, a line each; what follows a `#` is left out
 * @error: return location for an error, or %NULL
 *
 * Reads the key from a file: see [method@Node.set_key]. It must be a regular file of this user or
 * root, no symlink, and open to nobody else (mode 0600, or stricter).
 *
 * Fails with %CONFSYNC_ERROR_REFUSED where others may have read or written the file, with
 * %CONFSYNC_ERROR_TOO_LARGE, with an I/O error, and as [method@Node.set_key] does.
 *
 * Returns: whether it was taken
 *
 * Since: 1.0
 */
gboolean
confsync_node_load_key_file (ConfsyncNode *self, const char *path, GError **error)
{
  g_auto (ConfsyncSecret) text = NULL;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  text = confsync_key_file_read (path, FALSE, error);
  if (text == NULL)
    return FALSE;
  if (confsync_node_set_key (self, text, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

/**
 * confsync_node_load_key:
 * @self: a node
 * @error: return location for an error, or %NULL
 *
 * Takes the key that was set up for this program, where there is one: the file `confsync.key` in
 * `$CREDENTIALS_DIRECTORY`, or else the file that the variable `CONFSYNC_KEY_FILE` names, or the
 * text in `CONFSYNC_KEY`, which is wiped from the environment. Where there is none, the node keeps
 * the key that it has. The factories of [class@Manager] do this by themselves.
 *
 * Fails as [method@Node.load_key_file] does, and with %CONFSYNC_ERROR_INVALID_OPTION where both
 * variables are set.
 *
 * Returns: whether there was none, or it was taken
 *
 * Since: 1.0
 */
gboolean
confsync_node_load_key (ConfsyncNode *self, GError **error)
{
  g_auto (ConfsyncSecretEnvironment) environment = NULL;

  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);

  environment = confsync_secret_environment_dup_trusted ();
  return confsync_node_options_give_key (self, (const char *const *) environment, error);
}

/**
 * confsync_node_has_key:
 * @self: a node
 *
 * Tells whether peers must prove that they know its key.
 *
 * Returns: whether there is a key
 *
 * Since: 1.0
 */
gboolean
confsync_node_has_key (ConfsyncNode *self)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), FALSE);

  return self->key != NULL;
}

/**
 * confsync_node_get_failed_proofs:
 * @self: a node
 *
 * Counts the links that ended because the other end did not prove that it knows the key.
 *
 * Returns: how many
 *
 * Since: 1.0
 */
guint64
confsync_node_get_failed_proofs (ConfsyncNode *self)
{
  g_return_val_if_fail (CONFSYNC_IS_NODE (self), 0);

  return self->failed_proofs;
}

/**
 * confsync_node_make_key:
 *
 * Makes a key that nobody else has: 32 bytes by lot, from the kernel. Whoever keeps it should do so
 * in a file that nobody else may read.
 *
 * Returns: (transfer full): 64 hexadecimal digits
 *
 * Since: 1.0
 */
char *
confsync_node_make_key (void)
{
  return confsync_random_hex (CONFSYNC_KEY_BYTES);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a node is to its documents: a place on its links, and one digest over all of them.
 */

#include "config.h"

#include "confsync-node-inside-private.h"

#include "confsync-error.h"
#include "confsync-revision-private.h"
#include "confsync-roster-private.h"

#include <string.h>

/* What all documents hold, in one word: equal digests mean equal contents and stamps. */
char *
confsync_node_make_digest (ConfsyncNode *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GList) names = g_hash_table_get_keys (self->documents);

  names = g_list_sort (names, (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    {
      ConfsyncNodeEntry *document = g_hash_table_lookup (self->documents, l->data);
      g_autoptr (ConfsyncHead) head = document->functions->get_head (document->data);
      g_autofree char *key =
        head->stamp != NULL ? confsync_stamp_make_key (head->stamp, head->hash) : g_strdup ("");

      g_checksum_update (checksum, l->data, strlen (l->data) + 1);
      g_checksum_update (checksum, (const guchar *) key, strlen (key) + 1);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

void
confsync_node_drop_entry (ConfsyncNodeEntry *entry)
{
  entry->functions = NULL;
  g_rc_box_release (entry);
}

GPtrArray *
confsync_node_list_documents (ConfsyncNode *self)
{
  GPtrArray *documents = g_ptr_array_new_with_free_func (g_rc_box_release);
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    g_ptr_array_add (documents, g_rc_box_acquire (entry));
  return documents;
}

gboolean
confsync_node_register (ConfsyncNode *self,
                        const char *name,
                        const ConfsyncNodeDocument *functions,
                        gpointer data,
                        GError **error)
{
  ConfsyncNodeEntry *document;

  if (g_hash_table_contains (self->documents, name))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "the node has a document “%s” already", name);
      return FALSE;
    }
  document = g_rc_box_new0 (ConfsyncNodeEntry);
  document->functions = functions;
  document->data = data;
  g_hash_table_insert (self->documents, g_strdup (name), document);

  for (guint i = 0; i < self->peers->len; i++)
    {
      ConfsyncPeer *peer = self->peers->pdata[i];
      const char *link = confsync_peer_get_link_name (peer);

      if (link != NULL)
        functions->link_up (data, link, confsync_link_is_leaf (confsync_peer_get_link (peer)));
    }
  return TRUE;
}

void
confsync_node_unregister (ConfsyncNode *self, const char *name, gpointer data)
{
  ConfsyncNodeEntry *document = g_hash_table_lookup (self->documents, name);

  if (document != NULL && document->data == data)
    g_hash_table_remove (self->documents, name);
}

gboolean
confsync_node_has_documents (ConfsyncNode *self)
{
  return g_hash_table_size (self->documents) > 0;
}

gboolean
confsync_node_is_degraded (ConfsyncNode *self)
{
  GHashTableIter iter;
  ConfsyncNodeEntry *document;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &document))
    if (document->functions->is_degraded (document->data))
      return TRUE;
  return FALSE;
}

ConfsyncClock *
confsync_node_get_clock (ConfsyncNode *self)
{
  return self->clock;
}

gboolean
confsync_node_is_running (ConfsyncNode *self)
{
  return self->running;
}

void
confsync_node_send (ConfsyncNode *self, const char *link, ConfsyncMessage *message)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  if (peer != NULL)
    confsync_link_send (confsync_peer_get_link (peer), message);
}

void
confsync_node_send_update (ConfsyncNode *self, const char *link, GBytes *text)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  if (peer != NULL)
    confsync_link_send_update (confsync_peer_get_link (peer), text);
}

gboolean
confsync_node_link_can (ConfsyncNode *self, const char *link, const char *capability)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  return peer != NULL && confsync_link_can (confsync_peer_get_link (peer), capability);
}

const char *
confsync_node_get_link_peer (ConfsyncNode *self, const char *link)
{
  ConfsyncPeer *peer = confsync_roster_find_link (self->peers, link);

  return peer != NULL ? confsync_node_name_peer (self, peer) : "?";
}

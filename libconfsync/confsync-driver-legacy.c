/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The driver's side towards legacy peers: frames made of revisions, and contents taken out of
 * frames. What can't be a configuration here is named once, and the link stays: the peer has no way
 * to be told.
 */

#include "config.h"

#include "confsync-driver-inside-private.h"

#include "confsync-legacy-message-private.h"

/* Made at first use for a revision; several peers get the same one. */
static const char *
get_hash (ConfsyncDriver *self, ConfsyncRevision *revision)
{
  if (revision == NULL)
    return "";
  if (self->legacy_revision != revision)
    {
      g_clear_pointer (&self->legacy_revision, confsync_revision_unref);
      g_free (self->legacy_hash);
      self->legacy_revision = confsync_revision_ref (revision);
      self->legacy_hash = confsync_legacy_hash (confsync_revision_get_document (revision));
    }
  return self->legacy_hash;
}

void
confsync_driver_send_legacy (ConfsyncDriver *self, ConfsyncAction *action)
{
  ConfsyncDocument *document = action->message != CONFSYNC_MESSAGE_REQUEST
                                 ? confsync_revision_get_document (action->revision)
                                 : NULL;
  g_autoptr (GBytes) frame = confsync_legacy_encode (
    action->message, action->time, confsync_node_get_instance_id (self->node),
    get_hash (self, action->revision), document);

  confsync_node_send_legacy (self->node, action->link, frame);
}

static void
complain (ConfsyncDriver *self, const char *link, const char *reason)
{
  ConfsyncDriverLink *record = confsync_driver_get_link (self, link);

  if (g_strcmp0 (record->complaint, reason) == 0)
    return;
  g_free (record->complaint);
  record->complaint = g_strdup (reason);
  if (reason != NULL)
    confsync_reporter_refused (self->reporter, confsync_node_get_link_peer (self->node, link),
                               reason);
}

/* An echo of what was once sent from here is no news; a content of its own is. */
static gboolean
is_namesake (ConfsyncDriver *self, ConfsyncMessage *message)
{
  return g_str_equal (message->instance_id, confsync_node_get_instance_id (self->node)) &&
         confsync_replica_find_recent (self->replica,
                                       confsync_document_get_hash (message->data)) == NULL;
}

/* Why a content can't be taken (transfer full); %NULL where it can. */
static char *
find_fault (ConfsyncDriver *self, ConfsyncMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (message->data == NULL || confsync_document_is_empty (message->data))
    return g_strdup ("an empty configuration, which is taken for a mistake: the others keep what "
                     "they have");
  if (!confsync_driver_check_limits (self, message->data, &error))
    return g_strdup (error->message);
  if (is_namesake (self, message))
    return g_strdup_printf ("it goes by the id of this instance, %s, so its edits are left out; "
                            "give one of them another id",
                            message->instance_id);
  return NULL;
}

static void
take_content (ConfsyncDriver *self, const char *link, ConfsyncMessage *message)
{
  g_autofree char *fault = find_fault (self, message);
  const char *id = message->instance_id;
  gboolean hint = confsync_node_reaches (self->node, id) ||
                  g_str_equal (id, confsync_node_get_instance_id (self->node));

  complain (self, link, fault);
  if (fault != NULL)
    return;
  confsync_driver_get_link (self, link)->received = confsync_driver_get_monotonic (self);
  confsync_replica_got_legacy (self->replica, confsync_driver_get_time (self), link, id,
                               message->timestamp, message->data, hint);
}

void
confsync_driver_take_legacy (ConfsyncDriver *self, const char *link, ConfsyncMessage *message)
{
  if (message->type == CONFSYNC_MESSAGE_ERROR)
    complain (self, link, message->reason);
  else if (message->type == CONFSYNC_MESSAGE_REQUEST)
    confsync_replica_got_legacy_request (self->replica, confsync_driver_get_time (self), link);
  else
    take_content (self, link, message);
  confsync_driver_run_actions (self);
}

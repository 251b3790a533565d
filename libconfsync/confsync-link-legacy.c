/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A link to a legacy peer: frames go out as they are and come in as messages. Nothing that only
 * this version understands is ever sent, and what can't be read closes nothing.
 */

#include "config.h"

#include "confsync-link-inside-private.h"

#include "confsync-legacy-message-private.h"

gboolean
confsync_link_is_legacy (ConfsyncLink *self)
{
  return self->legacy;
}

gboolean
confsync_link_is_local (ConfsyncLink *self)
{
  return confsync_channel_is_local (self->channel);
}

void
confsync_link_send_legacy (ConfsyncLink *self, GBytes *frame)
{
  if (self->legacy && !self->closed)
    confsync_link_send_text (self, frame);
}

/* What stands for a frame that can't be read. */
static ConfsyncMessage *
make_complaint (const GError *error)
{
  ConfsyncMessage *message = confsync_message_new (CONFSYNC_MESSAGE_ERROR);

  message->document = g_strdup ("");
  message->reason = g_strdup (error->message);
  return message;
}

void
confsync_link_receive_legacy (ConfsyncLink *self, GBytes *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) message = NULL;

  if (self->failure != NULL)
    return;
  if (!self->greeted)
    confsync_link_greet (self);

  message = confsync_legacy_decode (text, &self->limits, &error);
  if (error != NULL)
    message = make_complaint (error);
  if (message != NULL && message->type != CONFSYNC_MESSAGE_HEARTBEAT)
    confsync_link_take_message (self, g_steal_pointer (&message), g_bytes_get_size (text));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Notifications: plain values.
 */

#include "config.h"

#include "confsync-notification-private.h"

G_DEFINE_BOXED_TYPE (ConfsyncNotification, confsync_notification, confsync_notification_ref,
                     confsync_notification_unref)

ConfsyncNotification *
confsync_notification_new_answer (guint64 id, GError *error)
{
  ConfsyncNotification *self = g_atomic_rc_box_new0 (ConfsyncNotification);

  self->kind = CONFSYNC_NOTIFICATION_ANSWER;
  self->id = id;
  self->error = error;
  return self;
}

ConfsyncNotification *
confsync_notification_new_changed (ConfsyncDocument *document, const char *author, gboolean local)
{
  ConfsyncNotification *self = g_atomic_rc_box_new0 (ConfsyncNotification);

  self->kind = CONFSYNC_NOTIFICATION_CHANGED;
  self->document = confsync_document_ref (document);
  self->author = g_strdup (author);
  self->local = local;
  return self;
}

ConfsyncNotification *
confsync_notification_new_event (ConfsyncLevel level, const char *name, GVariant *details)
{
  ConfsyncNotification *self = g_atomic_rc_box_new0 (ConfsyncNotification);

  self->kind = CONFSYNC_NOTIFICATION_EVENT;
  self->level = level;
  self->name = g_strdup (name);
  self->details = g_variant_ref_sink (details);
  return self;
}

/**
 * confsync_notification_ref:
 * @self: a notification
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same notification
 *
 * Since: 1.0
 */
ConfsyncNotification *
confsync_notification_ref (ConfsyncNotification *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
notification_clear (ConfsyncNotification *self)
{
  g_clear_error (&self->error);
  g_clear_pointer (&self->document, confsync_document_unref);
  g_free (self->author);
  g_free (self->name);
  g_clear_pointer (&self->details, g_variant_unref);
  g_clear_pointer (&self->versions, g_ptr_array_unref);
  g_clear_pointer (&self->conflicts, g_ptr_array_unref);
  g_clear_pointer (&self->explanation, confsync_explanation_unref);
}

/**
 * confsync_notification_unref:
 * @self: (transfer full): a notification
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_notification_unref (ConfsyncNotification *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) notification_clear);
}

/**
 * confsync_notification_get_kind:
 * @self: a notification
 *
 * Gets what it is about.
 *
 * Returns: what it is about
 *
 * Since: 1.0
 */
ConfsyncNotificationKind
confsync_notification_get_kind (ConfsyncNotification *self)
{
  return self->kind;
}

/**
 * confsync_notification_get_id:
 * @self: a notification
 *
 * Gets the request that this is the answer to.
 *
 * Returns: the request that this is the answer to; 0 for a change and an event
 *
 * Since: 1.0
 */
guint64
confsync_notification_get_id (ConfsyncNotification *self)
{
  return self->id;
}

/**
 * confsync_notification_get_missed:
 * @self: a notification
 *
 * Where nobody reads, the oldest changes and events are dropped: the newest ones matter.
 *
 * Returns: how many of its kind were dropped just before it; 0 for an answer, as none is dropped
 *
 * Since: 1.0
 */
guint
confsync_notification_get_missed (ConfsyncNotification *self)
{
  return self->missed;
}

/**
 * confsync_notification_get_error:
 * @self: a notification
 *
 * Gets why the request failed.
 *
 * Returns: (transfer none) (nullable): why the request failed; %NULL where it didn't, and for a
 *   change and an event
 *
 * Since: 1.0
 */
const GError *
confsync_notification_get_error (ConfsyncNotification *self)
{
  return self->error;
}

/**
 * confsync_notification_check:
 * @self: a notification
 * @error: return location for an error, or %NULL
 *
 * Gives the error of an answer as functions give theirs, which bindings turn into an exception.
 *
 * Fails with what the request failed with.
 *
 * Returns: whether the request was carried out
 *
 * Since: 1.0
 */
gboolean
confsync_notification_check (ConfsyncNotification *self, GError **error)
{
  if (self->error == NULL)
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (self->error);
  return FALSE;
}

/**
 * confsync_notification_get_document:
 * @self: a notification
 *
 * Gets the configuration that a change led to, or what [method@Thread.get_version] asked for.
 *
 * Returns: (transfer none) (nullable): the configuration that a change led to, or what
 *   [method@Thread.get_version] asked for; %NULL in other cases
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_notification_get_document (ConfsyncNotification *self)
{
  return self->document;
}

/**
 * confsync_notification_get_author:
 * @self: a notification
 *
 * Gets the instance that made the configuration what it is, where that changed.
 *
 * Returns: (nullable): the instance that made the configuration what it is, where that changed
 *
 * Since: 1.0
 */
const char *
confsync_notification_get_author (ConfsyncNotification *self)
{
  return self->author;
}

/**
 * confsync_notification_is_local:
 * @self: a notification
 *
 * Tells whether the configuration was changed by this instance.
 *
 * Returns: whether the configuration was changed by this instance
 *
 * Since: 1.0
 */
gboolean
confsync_notification_is_local (ConfsyncNotification *self)
{
  return self->local;
}

/**
 * confsync_notification_get_level:
 * @self: a notification
 *
 * Gets how much an event matters.
 *
 * Returns: how much an event matters
 *
 * Since: 1.0
 */
ConfsyncLevel
confsync_notification_get_level (ConfsyncNotification *self)
{
  return self->level;
}

/**
 * confsync_notification_get_name:
 * @self: a notification
 *
 * Gets what happened, such as %CONFSYNC_EVENT_PEER_UP.
 *
 * Returns: (nullable): what happened, such as %CONFSYNC_EVENT_PEER_UP; %NULL unless it is an event
 *
 * Since: 1.0
 */
const char *
confsync_notification_get_name (ConfsyncNotification *self)
{
  return self->name;
}

/**
 * confsync_notification_get_details:
 * @self: a notification
 *
 * Gets what is to be said of an event, or what [method@Thread.query_status] asked for, by name
 * (`a{sv}`).
 *
 * Returns: (transfer none) (nullable): what is to be said of an event, or what
 *   [method@Thread.query_status], [method@Thread.resolve], [method@Thread.rollback] or
 *   [method@Thread.restore] asked for, by name (`a{sv}`); %NULL in other cases
 *
 * Since: 1.0
 */
GVariant *
confsync_notification_get_details (ConfsyncNotification *self)
{
  return self->details;
}

/**
 * confsync_notification_get_versions:
 * @self: a notification
 *
 * Gets what [method@Thread.list_versions] asked for, newest first.
 *
 * Returns: (transfer none) (nullable) (element-type Confsync.Version): what
 *   [method@Thread.list_versions] asked for, newest first; %NULL in other cases
 *
 * Since: 1.0
 */
GPtrArray *
confsync_notification_get_versions (ConfsyncNotification *self)
{
  return self->versions;
}

/**
 * confsync_notification_get_conflicts:
 * @self: a notification
 *
 * Gets what [method@Thread.list_conflicts] asked for, oldest first.
 *
 * Returns: (transfer none) (nullable) (element-type Confsync.OpenConflict): what
 *   [method@Thread.list_conflicts] asked for, oldest first; %NULL in other cases
 *
 * Since: 1.0
 */
GPtrArray *
confsync_notification_get_conflicts (ConfsyncNotification *self)
{
  return self->conflicts;
}

/**
 * confsync_notification_get_explanation:
 * @self: a notification
 *
 * Gets what [method@Thread.explain] asked for.
 *
 * Returns: (transfer none) (nullable): what [method@Thread.explain] asked for; %NULL in other cases
 *
 * Since: 1.0
 */
ConfsyncExplanation *
confsync_notification_get_explanation (ConfsyncNotification *self)
{
  return self->explanation;
}

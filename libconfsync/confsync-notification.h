/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a manager in a thread of its own has to say: an answer to a request, a change, an event.
 * Immutable; may be used from any thread.
 */

#pragma once

#include "confsync-event.h"
#include "confsync-explanation.h"
#include "confsync-open-conflict.h"
#include "confsync-version.h"

G_BEGIN_DECLS

/**
 * ConfsyncNotificationKind:
 * @CONFSYNC_NOTIFICATION_ANSWER: what became of a request
 * @CONFSYNC_NOTIFICATION_CHANGED: the configuration is another one, as [signal@Manager::changed]
 * @CONFSYNC_NOTIFICATION_EVENT: something happened, as [signal@Manager::event] and
 *   [signal@Node::event]
 *
 * What a notification is about.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_NOTIFICATION_ANSWER,
  CONFSYNC_NOTIFICATION_CHANGED,
  CONFSYNC_NOTIFICATION_EVENT,
} ConfsyncNotificationKind;

#define CONFSYNC_TYPE_NOTIFICATION (confsync_notification_get_type ())

/**
 * ConfsyncNotification:
 *
 * One thing that came out of a [class@Thread]. Immutable; may be shared between threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncNotification ConfsyncNotification;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_notification_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNotification *confsync_notification_ref (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_notification_unref (ConfsyncNotification *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncNotification, confsync_notification_unref)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncNotificationKind confsync_notification_get_kind (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_notification_get_id (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_notification_get_missed (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
const GError *confsync_notification_get_error (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_notification_check (ConfsyncNotification *self, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncDocument *confsync_notification_get_document (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_notification_get_author (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_notification_is_local (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncLevel confsync_notification_get_level (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_notification_get_name (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
GVariant *confsync_notification_get_details (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_notification_get_versions (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
GPtrArray *confsync_notification_get_conflicts (ConfsyncNotification *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncExplanation *confsync_notification_get_explanation (ConfsyncNotification *self);

G_END_DECLS

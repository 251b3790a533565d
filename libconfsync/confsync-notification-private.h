/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How notifications are made. Whoever makes one may write to it until it is in a queue.
 */

#pragma once

#include "confsync-notification.h"

G_BEGIN_DECLS

struct _ConfsyncNotification
{
  ConfsyncNotificationKind kind;
  guint64 id;                 /* of the request; 0 but for an answer */
  guint missed;               /* of its kind, dropped just before it */
  GError *error;              /* (nullable) */
  ConfsyncDocument *document; /* (owned) (nullable) */
  char *author;               /* (nullable) */
  gboolean local;
  ConfsyncLevel level;
  char *name;                 /* (nullable) */
  GVariant *details;          /* (owned) (nullable) */
  GPtrArray *versions;        /* (owned) (nullable): of ConfsyncVersion */
  GPtrArray *conflicts;       /* (owned) (nullable): of ConfsyncOpenConflict */
  ConfsyncExplanation *explanation; /* (owned) (nullable) */
};

/* Takes @error (nullable). */
ConfsyncNotification *confsync_notification_new_answer (guint64 id, GError *error);

ConfsyncNotification *confsync_notification_new_changed (ConfsyncDocument *document,
                                                         const char *author,
                                                         gboolean local);

ConfsyncNotification *confsync_notification_new_event (ConfsyncLevel level,
                                                       const char *name,
                                                       GVariant *details);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One request to a manager in another thread: made in any thread, carried out in the manager's.
 */

#pragma once

#include "confsync-manager.h"
#include "confsync-notification.h"

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_REQUEST_START,
  CONFSYNC_REQUEST_STOP,
  CONFSYNC_REQUEST_FORCE_SYNC,
  CONFSYNC_REQUEST_SET_DOCUMENT,
  CONFSYNC_REQUEST_SET_VALUE,
  CONFSYNC_REQUEST_PATCH,
  CONFSYNC_REQUEST_ADD_PEER,
  CONFSYNC_REQUEST_STATUS,
  CONFSYNC_REQUEST_LIST_VERSIONS,
  CONFSYNC_REQUEST_GET_VERSION,
  CONFSYNC_REQUEST_LIST_CONFLICTS,
  CONFSYNC_REQUEST_RESOLVE,
  CONFSYNC_REQUEST_REVERT_LOCAL,
  CONFSYNC_REQUEST_RESET_CLOCK,
  CONFSYNC_REQUEST_ROLLBACK,
  CONFSYNC_REQUEST_RESTORE,
  CONFSYNC_REQUEST_EXPLAIN,
  CONFSYNC_REQUEST_CONFIRM,
  CONFSYNC_REQUEST_REJECT,
} ConfsyncRequestKind;

typedef struct _ConfsyncRequest ConfsyncRequest;

/* Gets the request back, and its answer (transfer full). */
typedef void (*ConfsyncRequestDoneFunc) (ConfsyncRequest *request,
                                         ConfsyncNotification *answer,
                                         gpointer user_data);

struct _ConfsyncRequest
{
  ConfsyncRequestKind kind;
  guint64 id;
  ConfsyncDocument *document; /* (owned) (nullable) */
  ConfsyncEditFlags flags;
  ConfsyncChoice choice;
  char *text;                 /* (nullable): pointer, address, name or id */
  char *reason;               /* (nullable) */
  ConfsyncJson *json;         /* (owned) (nullable) */
  GCancellable *cancellable;  /* (owned): cancelled in the manager's thread */
  ConfsyncRequestDoneFunc done;
  gpointer done_data;
};

ConfsyncRequest *confsync_request_new (ConfsyncRequestKind kind, const char *text);
void confsync_request_free (ConfsyncRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncRequest, confsync_request_free)

/* Calls @done once, now or later, which frees the request. */
void confsync_request_run (ConfsyncRequest *self,
                           ConfsyncManager *manager,
                           ConfsyncRequestDoneFunc done,
                           gpointer user_data);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One call of a method on its way: who made it, and how it is answered. What it carries is hostile
 * until it was checked.
 */

#pragma once

#include <confsync.h>

#include "confsync-control-backlog.h"
#include "confsync-dbus.h"

G_BEGIN_DECLS

/* One document on one connection: what all its calls share. */
typedef struct
{
  ConfsyncManager *manager;        /* (owned) */
  GCancellable *closed;            /* (owned): cancelled with the connection */
  ConfsyncControlBacklog *backlog; /* (nullable) once the connection is closed; not owned */
} ConfsyncControlAccess;

ConfsyncControlAccess *confsync_control_access_new (ConfsyncManager *manager,
                                                  GCancellable *closed,
                                                  ConfsyncControlBacklog *backlog);
ConfsyncControlAccess *confsync_control_access_ref (ConfsyncControlAccess *self);
void confsync_control_access_unref (ConfsyncControlAccess *self);

/* Who handles a method; called with the access as the last argument. */
typedef struct
{
  const char *signal;
  GCallback handler;
} ConfsyncControlMethod;

void confsync_control_access_connect (ConfsyncControlAccess *self,
                                      ConfsyncDBusDocument *skeleton,
                                      const ConfsyncControlMethod *methods,
                                      gsize n_methods);

typedef struct
{
  ConfsyncControlAccess *access;       /* (owned) */
  GDBusMethodInvocation *invocation; /* (owned) (nullable) once it is answered */
} ConfsyncControlCall;

/* Takes @invocation, as who handles a call does in GDBus. */
ConfsyncControlCall *confsync_control_call_new (ConfsyncControlAccess *access,
                                                GDBusMethodInvocation *invocation);
/* Answers, unless it was. */
void confsync_control_call_free (ConfsyncControlCall *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncControlCall, confsync_control_call_free)

/* Takes a floating tuple. */
void confsync_control_call_return (ConfsyncControlCall *self, GVariant *values);
/* Takes @error. */
void confsync_control_call_fail (ConfsyncControlCall *self, GError *error);

/* The configuration (transfer full), or an error that says there is none. */
ConfsyncDocument *confsync_control_call_get_document (ConfsyncControlCall *self, GError **error);
/* Reads an argument, by its place among them: a string. */
ConfsyncJson *confsync_control_call_parse (ConfsyncControlCall *self,
                                           guint argument,
                                           GError **error);
/* Whether only flags are set that there are. */
gboolean confsync_control_call_check_flags (guint flags, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An instance that serves its control socket in this process, and clients of it over the real
 * socket, in a runtime folder of their own.
 */

#pragma once

#include "confsync-control-server.h"
#include "confsync-dbus.h"
#include "instance.h"

G_BEGIN_DECLS

typedef struct
{
  World world;
  Instance *a;
  ConfsyncControlServer *server; /* (owned) */
  GPtrArray *notices;            /* of char * */
  /* to be set before control_set_up () */
  const char *resolver_name; /* (nullable): lww */
  const char *manual_at;     /* (nullable): a pointer below which a person decides */
  ConfsyncRole role;
  guint confirm_timeout; /* of `a`, in ms; 0: no trials */
  gboolean keyless;      /* for peers that can't prove the key */
} Control;

/* Before g_test_run (): where sockets go. */
void control_init (void);
/* After it: that nothing was left there. */
void control_finish (void);

/* `a` runs, listening as loopback:a, with that document (nullable). */
void control_set_up (Control *self, const char *text);
void control_tear_down (Control *self, gconstpointer data);
/* Another instance, of the same resolvers, to be started by control_start (). */
Instance *control_add_peer (Control *self, const char *id);
/* Starts it, dialling `a`; again too, once it was stopped. */
void control_start (Control *self, Instance *peer);

GDBusConnection *control_connect (Control *self);
/* Closes it, and waits until the server has seen that. */
void control_disconnect (Control *self, GDBusConnection *connection);

/* Calls a method of the document, with floating @arguments (nullable), and waits. */
GVariant *control_call (GDBusConnection *connection,
                        const char *method,
                        GVariant *arguments,
                        GError **error);
/* The text that it ends with; it must work. */
char *control_ask (GDBusConnection *connection, const char *method, GVariant *arguments);
/* It must fail. */
void control_refuse (GDBusConnection *connection,
                     const char *method,
                     GVariant *arguments,
                     int code,
                     const char *part);

/* A property of the document or of the manager, as the server has it now. */
GVariant *control_get (GDBusConnection *connection, const char *path, const char *name);

ConfsyncDBusDocument *control_document_proxy (GDBusConnection *connection);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Properties are bound to the model's, and its signals emitted again, each behind what had changed
 * before it.
 */

#include "config.h"

#include "confsync-control-view.h"

#include "confsync-control-methods.h"
#include "confsync-control-path.h"

struct _ConfsyncControlView
{
  GDBusObjectSkeleton *object;      /* (owned) */
  GDBusInterfaceSkeleton *skeleton; /* (owned) */
  GDBusInterfaceSkeleton *model;    /* (owned) */
  ConfsyncControlAccess *access;      /* (owned) (nullable) for what has no methods */
  ConfsyncControlBacklog *backlog;  /* not owned */
};

/* Those of the interface; the class has one more, which says how it is locked. */
static void
bind_properties (ConfsyncControlView *self)
{
  guint n;
  g_autofree GParamSpec **properties =
    g_object_class_list_properties (G_OBJECT_GET_CLASS (self->model), &n);

  for (guint i = 0; i < n; i++)
    if (!g_str_equal (properties[i]->name, "g-flags"))
      g_object_bind_property (self->model, properties[i]->name, self->skeleton,
                              properties[i]->name, G_BINDING_SYNC_CREATE);
}

static void
note_sent (ConfsyncControlView *self, GVariant *largest)
{
  confsync_control_backlog_sent (self->backlog, largest != NULL ? g_variant_get_size (largest) : 0);
}

void
confsync_control_view_flush (ConfsyncControlView *self)
{
  g_autoptr (GVariant) peers = NULL;

  g_dbus_interface_skeleton_flush (self->skeleton);
  g_object_get (self->model, "peers", &peers, NULL);
  note_sent (self, peers);
}

static void
manager_event_cb (ConfsyncDBusManager *model,
                  guint level,
                  const char *kind,
                  GVariant *details,
                  ConfsyncControlView *self)
{
  g_dbus_interface_skeleton_flush (self->skeleton);
  confsync_dbus_manager_emit_event (CONFSYNC_DBUS_MANAGER (self->skeleton), level, kind, details);
  note_sent (self, details);
}

static void
document_event_cb (ConfsyncDBusDocument *model,
                   guint level,
                   const char *kind,
                   GVariant *details,
                   ConfsyncControlView *self)
{
  g_dbus_interface_skeleton_flush (self->skeleton);
  confsync_dbus_document_emit_event (CONFSYNC_DBUS_DOCUMENT (self->skeleton), level, kind,
                                     details);
  note_sent (self, details);
}

static void
document_changed_cb (ConfsyncDBusDocument *model,
                     const char *hash,
                     const char *author,
                     gboolean local,
                     const char *const *places,
                     guint more,
                     ConfsyncControlView *self)
{
  g_dbus_interface_skeleton_flush (self->skeleton);
  confsync_dbus_document_emit_changed (CONFSYNC_DBUS_DOCUMENT (self->skeleton), hash, author,
                                       local, places, more);
  note_sent (self, NULL);
}

static void
document_conflicts_changed_cb (ConfsyncDBusDocument *model, guint count, ConfsyncControlView *self)
{
  g_dbus_interface_skeleton_flush (self->skeleton);
  confsync_dbus_document_emit_conflicts_changed (CONFSYNC_DBUS_DOCUMENT (self->skeleton), count);
  note_sent (self, NULL);
}

static ConfsyncControlView *
view_new (const char *path, gpointer skeleton, gpointer model, ConfsyncControlBacklog *backlog)
{
  ConfsyncControlView *self = g_new0 (ConfsyncControlView, 1);

  self->skeleton = skeleton;
  self->model = g_object_ref (model);
  self->backlog = backlog;
  bind_properties (self);
  self->object = G_DBUS_OBJECT_SKELETON (confsync_dbus_object_skeleton_new (path));
  g_dbus_object_skeleton_add_interface (self->object, self->skeleton);
  return self;
}

ConfsyncControlView *
confsync_control_view_new_manager (ConfsyncControlNode *node, ConfsyncControlBacklog *backlog)
{
  ConfsyncDBusManager *model = confsync_control_node_get_model (node);
  ConfsyncControlView *self = view_new (CONFSYNC_CONTROL_MANAGER_PATH,
                                        confsync_dbus_manager_skeleton_new (), model, backlog);

  g_signal_connect (model, "event", G_CALLBACK (manager_event_cb), self);
  return self;
}

ConfsyncControlView *
confsync_control_view_new_document (ConfsyncControlDocument *document,
                                    GCancellable *closed,
                                    ConfsyncControlBacklog *backlog)
{
  ConfsyncDBusDocument *model = confsync_control_document_get_model (document);
  ConfsyncControlView *self = view_new (confsync_control_document_get_path (document),
                                        confsync_dbus_document_skeleton_new (), model, backlog);

  self->access = confsync_control_access_new (confsync_control_document_get_manager (document),
                                            closed, backlog);
  confsync_control_methods_connect (CONFSYNC_DBUS_DOCUMENT (self->skeleton), self->access);
  confsync_control_conflicts_connect (CONFSYNC_DBUS_DOCUMENT (self->skeleton), self->access);
  confsync_control_past_connect (CONFSYNC_DBUS_DOCUMENT (self->skeleton), self->access);
  g_signal_connect (model, "changed", G_CALLBACK (document_changed_cb), self);
  g_signal_connect (model, "conflicts-changed", G_CALLBACK (document_conflicts_changed_cb), self);
  g_signal_connect (model, "event", G_CALLBACK (document_event_cb), self);
  return self;
}

void
confsync_control_view_free (ConfsyncControlView *self)
{
  g_signal_handlers_disconnect_by_data (self->model, self);
  if (self->access != NULL)
    {
      /* calls that are under way outlive it */
      self->access->backlog = NULL;
      confsync_control_access_unref (self->access);
    }
  g_object_unref (self->object);
  g_object_unref (self->skeleton);
  g_object_unref (self->model);
  g_free (self);
}

GDBusObjectSkeleton *
confsync_control_view_get_object (ConfsyncControlView *self)
{
  return self->object;
}

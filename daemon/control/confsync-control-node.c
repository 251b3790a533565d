/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The model of a node. Listeners and peers are listed anew when somebody looks; the rest follows
 * at once.
 */

#include "config.h"

#include "confsync-control-node.h"

#include <unistd.h>

#include "confsync-control-variant.h"

struct _ConfsyncControlNode
{
  GObject parent_instance;

  ConfsyncNode *node;         /* (owned) */
  ConfsyncDBusManager *model; /* (owned) */
  GHashTable *exposed;        /* of char *: addresses where other machines may come in */
};

enum {
  STALE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncControlNode, confsync_control_node, G_TYPE_OBJECT)

static void
confsync_control_node_dispose (GObject *object)
{
  ConfsyncControlNode *self = CONFSYNC_CONTROL_NODE (object);

  if (self->node != NULL)
    g_signal_handlers_disconnect_by_data (self->node, self);
  g_clear_object (&self->node);
  g_clear_object (&self->model);
  g_clear_pointer (&self->exposed, g_hash_table_unref);

  G_OBJECT_CLASS (confsync_control_node_parent_class)->dispose (object);
}

static void
confsync_control_node_class_init (ConfsyncControlNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_control_node_dispose;
  signals[STALE] = g_signal_new ("stale", CONFSYNC_TYPE_CONTROL_NODE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
confsync_control_node_init (ConfsyncControlNode *self)
{
  self->model = confsync_dbus_manager_skeleton_new ();
  self->exposed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
emit_stale (ConfsyncControlNode *self)
{
  g_signal_emit (self, signals[STALE], 0);
}

static void
peers_changed_cb (ConfsyncControlNode *self)
{
  emit_stale (self);
}

static void
update_state (ConfsyncControlNode *self)
{
  const char *id = confsync_node_get_instance_id (self->node);
  gboolean running;
  guint64 refused;

  g_object_get (self->node, "running", &running, "refused", &refused, NULL);
  g_object_set (self->model, "running", running, "instance-id", id != NULL ? id : "", "has-key",
                confsync_node_has_key (self->node), "failed-proofs",
                confsync_node_get_failed_proofs (self->node), "refused", refused, NULL);
}

static void
notify_cb (ConfsyncNode *node, GParamSpec *pspec, ConfsyncControlNode *self)
{
  update_state (self);
  emit_stale (self);
}

static void
note_listener (ConfsyncControlNode *self, GVariant *details)
{
  const char *address;
  gboolean exposed;

  if (!g_variant_lookup (details, "address", "&s", &address) ||
      !g_variant_lookup (details, "exposed", "b", &exposed))
    return;
  if (exposed)
    g_hash_table_add (self->exposed, g_strdup (address));
  else
    g_hash_table_remove (self->exposed, address);
}

static void
event_cb (ConfsyncNode *node,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          ConfsyncControlNode *self)
{
  if (g_str_equal (kind, CONFSYNC_EVENT_LISTENING))
    {
      note_listener (self, details);
      emit_stale (self);
    }
  confsync_dbus_manager_emit_event (self->model, level, kind, details);
}

ConfsyncControlNode *
confsync_control_node_new (ConfsyncNode *node)
{
  ConfsyncControlNode *self = g_object_new (CONFSYNC_TYPE_CONTROL_NODE, NULL);

  self->node = g_object_ref (node);
  g_object_set (self->model, "version", CONFSYNC_VERSION_STRING, "pid", (guint) getpid (),
                "start-time", g_get_real_time (), NULL);
  g_signal_connect (node, "event", G_CALLBACK (event_cb), self);
  g_signal_connect_swapped (node, "peers-changed", G_CALLBACK (peers_changed_cb), self);
  g_signal_connect (node, "notify::running", G_CALLBACK (notify_cb), self);
  g_signal_connect (node, "notify::instance-id", G_CALLBACK (notify_cb), self);
  g_signal_connect (node, "notify::has-key", G_CALLBACK (notify_cb), self);
  g_signal_connect (node, "notify::failed-proofs", G_CALLBACK (notify_cb), self);
  g_signal_connect (node, "notify::refused", G_CALLBACK (notify_cb), self);
  update_state (self);
  confsync_control_node_refresh (self);
  return self;
}

ConfsyncDBusManager *
confsync_control_node_get_model (ConfsyncControlNode *self)
{
  return self->model;
}

static GVariant *
make_listeners (ConfsyncControlNode *self)
{
  g_auto (GStrv) addresses = confsync_node_list_listeners (self->node);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sb)"));
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      g_autofree char *address = confsync_control_dup_text (addresses[i]);

      g_variant_builder_add (&builder, "(sb)", address,
                             g_hash_table_contains (self->exposed, addresses[i]));
    }
  return g_variant_builder_end (&builder);
}

void
confsync_control_node_refresh (ConfsyncControlNode *self)
{
  g_autoptr (GPtrArray) peers = confsync_node_list_peers (self->node);

  /* an id that is made at the start is told by nobody */
  update_state (self);
  confsync_dbus_manager_set_listeners (self->model, make_listeners (self));
  confsync_dbus_manager_set_peers (self->model, confsync_control_peers_to_variant (peers));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Bad implementations in C. Those of other languages stand beside, and fail in ways of their own.
 */

#include "confsync-contract.h"

/* One class for all: what is wrong with an object is its class's. */

typedef struct
{
  GObject parent_instance;
} Bad;

typedef struct
{
  GObjectClass parent_class;
  ConfsyncContractFault fault;
} BadClass;

static GPtrArray *kept; /* of GTask: what is held on to until the run is over */

static GType bad_get_type (void);
static void bad_store_init (ConfsyncStoreInterface *iface);
static void bad_transport_init (ConfsyncTransportInterface *iface);
static void bad_resolver_init (ConfsyncResolverInterface *iface);

G_DEFINE_TYPE_WITH_CODE (Bad, bad, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_STORE, bad_store_init)
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT, bad_transport_init)
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER, bad_resolver_init))

static ConfsyncContractFault
get_fault (gpointer self)
{
  return G_TYPE_INSTANCE_GET_CLASS (self, bad_get_type (), BadClass)->fault;
}

static void
bad_class_init (BadClass *klass)
{
}

static void
bad_init (Bad *self)
{
}

static gboolean
late_cb (gpointer user_data)
{
  confsync_store_return_loaded (user_data, NULL, NULL, 0);
  return G_SOURCE_REMOVE;
}

static void
bad_load (ConfsyncStore *store, GTask *task)
{
  switch (get_fault (store))
    {
    case CONFSYNC_CONTRACT_FAULT_THROWS:
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "as C throws");
      break;
    case CONFSYNC_CONTRACT_FAULT_TWICE:
      confsync_store_return_loaded (task, NULL, NULL, 0);
      confsync_store_return_loaded (task, NULL, NULL, 0);
      break;
    case CONFSYNC_CONTRACT_FAULT_LATE:
      g_timeout_add_full (G_PRIORITY_DEFAULT, 10500, late_cb, g_object_ref (task), g_object_unref);
      break;
    case CONFSYNC_CONTRACT_FAULT_FORGETS:
    default:
      break;
    }
}

static void
bad_store_init (ConfsyncStoreInterface *iface)
{
  iface->load = bad_load;
}

/* The listener of a transport that ends twice. */

typedef ConfsyncListener DeafListener;
typedef ConfsyncListenerClass DeafListenerClass;

static GType deaf_listener_get_type (void);

G_DEFINE_TYPE (DeafListener, deaf_listener, CONFSYNC_TYPE_LISTENER)

static void
deaf_listener_stop (ConfsyncListener *listener)
{
}

static void
deaf_listener_class_init (DeafListenerClass *klass)
{
  klass->stop = deaf_listener_stop;
}

static void
deaf_listener_init (DeafListener *self)
{
}

static void
bad_listen (ConfsyncTransport *transport,
            const char *address,
            ConfsyncListenFlags flags,
            GTask *task)
{
  g_autoptr (ConfsyncListener) listener = g_object_new (deaf_listener_get_type (), NULL);

  if (get_fault (transport) == CONFSYNC_CONTRACT_FAULT_FORGETS)
    {
      g_ptr_array_add (kept, g_object_ref (task));
      return;
    }
  confsync_transport_return_listener (task, listener);
  confsync_transport_return_listener (task, listener);
}

static void
bad_transport_init (ConfsyncTransportInterface *iface)
{
  iface->listen = bad_listen;
}

static void
bad_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  if (get_fault (resolver) == CONFSYNC_CONTRACT_FAULT_FORGETS)
    return;
  confsync_conflict_take_local (conflict);
  confsync_conflict_take_remote (conflict);
  confsync_conflict_decline (conflict, "changed its mind");
}

static void
bad_resolver_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = bad_resolve;
}

static void
set_fault (gpointer klass, gpointer class_data)
{
  ((BadClass *) klass)->fault = GPOINTER_TO_INT (class_data);
}

static GType
make_type (const char *name, ConfsyncContractFault fault)
{
  const GTypeInfo info = {
    .class_size = sizeof (BadClass),
    .class_init = set_fault,
    .class_data = GINT_TO_POINTER (fault),
    .instance_size = sizeof (Bad),
  };

  return g_type_register_static (bad_get_type (), name, &info, 0);
}

int
main (int argc, char **argv)
{
  GType forgets = make_type ("Forgets", CONFSYNC_CONTRACT_FAULT_FORGETS);
  GType keeps = make_type ("Keeps", CONFSYNC_CONTRACT_FAULT_FORGETS);
  GType twice = make_type ("Twice", CONFSYNC_CONTRACT_FAULT_TWICE);
  GType again = make_type ("Again", CONFSYNC_CONTRACT_FAULT_TWICE);
  GType fickle = make_type ("Fickle", CONFSYNC_CONTRACT_FAULT_TWICE);
  GType late = make_type ("Late", CONFSYNC_CONTRACT_FAULT_LATE);
  GType fails = make_type ("Fails", CONFSYNC_CONTRACT_FAULT_THROWS);
  GType mute = make_type ("Mute", CONFSYNC_CONTRACT_FAULT_FORGETS);
  int status;

  kept = g_ptr_array_new_with_free_func (g_object_unref);
  confsync_contract_init ((const char *const *) argv + 1);
  confsync_contract_add_fault (CONFSYNC_TYPE_STORE, fails, CONFSYNC_CONTRACT_FAULT_THROWS);
  confsync_contract_add_fault (CONFSYNC_TYPE_STORE, forgets, CONFSYNC_CONTRACT_FAULT_FORGETS);
  confsync_contract_add_fault (CONFSYNC_TYPE_STORE, twice, CONFSYNC_CONTRACT_FAULT_TWICE);
  confsync_contract_add_fault (CONFSYNC_TYPE_STORE, late, CONFSYNC_CONTRACT_FAULT_LATE);
  confsync_contract_add_fault (CONFSYNC_TYPE_TRANSPORT, keeps, CONFSYNC_CONTRACT_FAULT_FORGETS);
  confsync_contract_add_fault (CONFSYNC_TYPE_TRANSPORT, again, CONFSYNC_CONTRACT_FAULT_TWICE);
  confsync_contract_add_fault (CONFSYNC_TYPE_RESOLVER, mute, CONFSYNC_CONTRACT_FAULT_FORGETS);
  confsync_contract_add_fault (CONFSYNC_TYPE_RESOLVER, fickle, CONFSYNC_CONTRACT_FAULT_TWICE);
  status = confsync_contract_run ();
  g_ptr_array_unref (kept);
  return status;
}

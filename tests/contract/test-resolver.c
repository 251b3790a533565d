/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The resolvers among the plugins, and the policy over them, held to what every resolver promises.
 */

#include "confsync-contract.h"

/* A policy as somebody would set it up, made without arguments. */

#define TYPE_RULED (ruled_get_type ())
G_DECLARE_FINAL_TYPE (Ruled, ruled, TEST, RULED, GObject)

struct _Ruled
{
  GObject parent_instance;
  ConfsyncPolicyResolver *policy;
};

static void ruled_iface_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (Ruled, ruled, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER, ruled_iface_init))

static GType
find_type (const char *name)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_RESOLVER, name, &error);

  if (type == G_TYPE_INVALID)
    g_error ("%s", error->message);
  return type;
}

static void
ruled_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  confsync_resolver_resolve (CONFSYNC_RESOLVER (TEST_RULED (resolver)->policy), conflict);
}

static void
ruled_iface_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = ruled_resolve;
}

static void
ruled_dispose (GObject *object)
{
  g_clear_object (&TEST_RULED (object)->policy);
  G_OBJECT_CLASS (ruled_parent_class)->dispose (object);
}

static void
ruled_class_init (RuledClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ruled_dispose;
}

static void
ruled_init (Ruled *self)
{
  static const char *const rules[][2] = {
    { "/a", "merge" }, { "/a/b", "manual" }, { "/x", "lww" },
  };
  g_autoptr (ConfsyncResolver) fallback = g_object_new (find_type ("merge"), NULL);

  self->policy = confsync_policy_resolver_new (fallback);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (ConfsyncResolver) resolver = g_object_new (find_type (rules[i][1]), NULL);
      g_autoptr (GError) error = NULL;

      if (!confsync_policy_resolver_add_rule (self->policy, rules[i][0], resolver, &error))
        g_error ("%s", error->message);
    }
}

int
main (int argc, char **argv)
{
  /* adding a name is all it takes to hold another one to the contract */
  static const char *const names[] = { "lww", "merge" };

  confsync_contract_init ((const char *const *) argv + 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    confsync_contract_add_resolver (find_type (names[i]), CONFSYNC_CONTRACT_FLAGS_NONE);
  confsync_contract_add_resolver (find_type ("manual"), CONFSYNC_CONTRACT_FLAGS_DECLINES);
  confsync_contract_add_resolver (CONFSYNC_TYPE_POLICY_RESOLVER, CONFSYNC_CONTRACT_FLAGS_NONE);
  confsync_contract_add_resolver (TYPE_RULED, CONFSYNC_CONTRACT_FLAGS_NONE);
  return confsync_contract_run ();
}

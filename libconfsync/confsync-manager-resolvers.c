/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who decides between two edits that didn't know each other: one resolver for the whole, and others
 * for places in it, which are put together at the start.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-policy-resolver.h"
#include "confsync-registry.h"

typedef struct
{
  char *pointer;
  ConfsyncResolver *resolver; /* (owned) */
} Rule;

static void
rule_free (Rule *rule)
{
  g_free (rule->pointer);
  g_object_unref (rule->resolver);
  g_free (rule);
}

GPtrArray *
confsync_manager_new_rules (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) rule_free);
}

static gboolean
has_rule (ConfsyncManager *self, const char *pointer)
{
  for (guint i = 0; i < self->rules->len; i++)
    if (g_str_equal (((Rule *) self->rules->pdata[i])->pointer, pointer))
      return TRUE;
  return FALSE;
}

static gboolean
can_add (ConfsyncManager *self, const char *pointer, GError **error)
{
  g_auto (GStrv) tokens = NULL;

  if (self->running)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "the manager runs; stop it before giving it another resolver");
      return FALSE;
    }
  tokens = confsync_json_pointer_split (pointer, error);
  if (tokens == NULL)
    return FALSE;
  if (tokens[0] == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                 "the empty pointer is the whole configuration, which has its own resolver");
  else if (has_rule (self, pointer))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY, "there is a resolver for %s already",
                 pointer);
  else
    return TRUE;
  return FALSE;
}

/**
 * confsync_manager_add_resolver:
 * @self: a manager that doesn't run
 * @pointer: a JSON Pointer (RFC 6901), such as `/zones`
 * @resolver: who decides there
 * @error: return location for an error, or %NULL
 *
 * Has a resolver of its own decide what is at a place, and everything in it. Of several places in
 * one another the innermost counts. All instances should have the same ones, or they may come to
 * different contents.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER for what is no pointer, and for the empty one, which
 * is the business of [property@Manager:resolver]; with %CONFSYNC_ERROR_BUSY where the manager runs,
 * or has a resolver for that place.
 *
 * Returns: whether @resolver decides there
 *
 * Since: 1.0
 */
gboolean
confsync_manager_add_resolver (ConfsyncManager *self,
                               const char *pointer,
                               ConfsyncResolver *resolver,
                               GError **error)
{
  Rule *rule;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (pointer != NULL, FALSE);
  g_return_val_if_fail (CONFSYNC_IS_RESOLVER (resolver), FALSE);

  if (!can_add (self, pointer, error))
    return FALSE;
  rule = g_new (Rule, 1);
  rule->pointer = g_strdup (pointer);
  rule->resolver = g_object_ref (resolver);
  g_ptr_array_add (self->rules, rule);
  return TRUE;
}

static ConfsyncResolver *
make_by_name (const char *name, GError **error)
{
  GType type = confsync_registry_find (CONFSYNC_TYPE_RESOLVER, name, error);

  return type != G_TYPE_INVALID ? g_object_new (type, NULL) : NULL;
}

/**
 * confsync_manager_add_resolver_by_name:
 * @self: a manager that doesn't run
 * @pointer: a JSON Pointer (RFC 6901), such as `/zones`
 * @name: a resolver plugin, such as `merge`
 * @error: return location for an error, or %NULL
 *
 * Does what [method@Manager.add_resolver] does, with a resolver plugin. Fails with the same errors,
 * and with %CONFSYNC_ERROR_NOT_FOUND where there is no such plugin.
 *
 * Returns: whether the plugin decides there
 *
 * Since: 1.0
 */
gboolean
confsync_manager_add_resolver_by_name (ConfsyncManager *self,
                                       const char *pointer,
                                       const char *name,
                                       GError **error)
{
  g_autoptr (ConfsyncResolver) resolver = NULL;

  g_return_val_if_fail (CONFSYNC_IS_MANAGER (self), FALSE);
  g_return_val_if_fail (pointer != NULL && name != NULL, FALSE);

  if (!can_add (self, pointer, error))
    return FALSE;
  resolver = make_by_name (name, error);
  return resolver != NULL && confsync_manager_add_resolver (self, pointer, resolver, error);
}

/* Made anew at each start, since rules may have been added; one of the application's own is kept,
 * and so is the first one by name. */
gboolean
confsync_manager_make_resolver (ConfsyncManager *self, GError **error)
{
  g_autoptr (ConfsyncPolicyResolver) policy = NULL;

  if (self->resolver == NULL)
    self->resolver = make_by_name (self->resolver_name, error);
  if (self->resolver == NULL)
    return FALSE;
  g_clear_object (&self->decider);
  if (self->rules->len == 0)
    {
      self->decider = g_object_ref (self->resolver);
      return TRUE;
    }

  policy = confsync_policy_resolver_new (self->resolver);
  for (guint i = 0; i < self->rules->len; i++)
    {
      Rule *rule = self->rules->pdata[i];

      if (!confsync_policy_resolver_add_rule (policy, rule->pointer, rule->resolver, error))
        return FALSE;
    }
  self->decider = CONFSYNC_RESOLVER (g_steal_pointer (&policy));
  return TRUE;
}

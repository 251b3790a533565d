/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which resolver decides about which place. Here are the rules, and the cases in which they can't
 * be followed place by place; how a conflict is taken apart is the decision's.
 */

#include "config.h"

#include "confsync-policy-resolver.h"

#include "confsync-conflict-private.h"
#include "confsync-error.h"
#include "confsync-policy-decision-private.h"

enum {
  PROP_FALLBACK = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/**
 * ConfsyncPolicyResolver:
 *
 * A resolver of resolvers: which one decides about a place depends on the place.
 *
 * A rule gives everything at and below a JSON Pointer to a resolver; of several rules the longest
 * pointer wins, and what has none goes to the fallback. A conflict is taken apart: each resolver is
 * asked about its part, in documents that hold nothing else, and only where both sides changed that
 * part. A part that only one side changed is that side's.
 *
 * Where the resolver of a rule declines, as one does that leaves it to a person, the value of the
 * side that [method@Revision.compare] prefers stands for the time being, on every instance, and the
 * place is listed as an open conflict. Where the fallback declines, the conflict as a whole is
 * declined.
 *
 * Where nobody knows any more what both sides were made from, there is no telling who changed what.
 * Then the side wins that [method@Revision.compare] prefers, as a whole and whatever the rules say,
 * unless the fallback declines; and there is a remark.
 *
 * Since: 1.0
 */
struct _ConfsyncPolicyResolver
{
  GObject parent_instance;
  ConfsyncRegions *regions;
  /* (element-type ConfsyncResolver): of the regions; the first is the fallback (nullable) */
  GPtrArray *resolvers;
  gboolean used;
};

static void confsync_policy_resolver_iface_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncPolicyResolver, confsync_policy_resolver, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER,
                                                      confsync_policy_resolver_iface_init))

static void
resolver_unref (gpointer resolver)
{
  g_clear_object (&resolver);
}

static void
confsync_policy_resolver_finalize (GObject *object)
{
  ConfsyncPolicyResolver *self = CONFSYNC_POLICY_RESOLVER (object);

  g_ptr_array_unref (self->resolvers);
  confsync_regions_free (self->regions);
  G_OBJECT_CLASS (confsync_policy_resolver_parent_class)->finalize (object);
}

static void
confsync_policy_resolver_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ConfsyncPolicyResolver *self = CONFSYNC_POLICY_RESOLVER (object);

  if (id == PROP_FALLBACK)
    g_value_set_object (value, self->resolvers->pdata[0]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
confsync_policy_resolver_set_property (GObject *object,
                                       guint id,
                                       const GValue *value,
                                       GParamSpec *pspec)
{
  ConfsyncPolicyResolver *self = CONFSYNC_POLICY_RESOLVER (object);

  if (id == PROP_FALLBACK)
    self->resolvers->pdata[0] = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Resolving */

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

static guint
epoch_of (ConfsyncRevision *revision)
{
  return confsync_stamp_get_epoch (confsync_revision_get_stamp (revision));
}

/* What was found and not edited, and what is of an earlier epoch, loses as a whole. */
static gboolean
is_settled_by_kind (ConfsyncConflict *conflict)
{
  ConfsyncRevision *local = confsync_conflict_get_local (conflict);
  ConfsyncRevision *remote = confsync_conflict_get_remote (conflict);

  return is_initial (local) || is_initial (remote) || epoch_of (local) != epoch_of (remote);
}

static void
fallback_answered_cb (ConfsyncConflict *question,
                      ConfsyncAnswer answer,
                      ConfsyncDocument *merged,
                      const char *reason,
                      gpointer user_data)
{
  ConfsyncConflict *conflict = user_data;

  if (answer == CONFSYNC_ANSWER_DECLINED)
    {
      confsync_conflict_decline (conflict, reason);
      return;
    }
  confsync_conflict_set_remark (conflict, "nobody knows any more what both edits were made from, "
                                          "so the rules by path can't be followed: the later one "
                                          "stands as a whole");
  confsync_policy_take_winner (conflict);
}

static void
decide_without_base (ConfsyncResolver *fallback, ConfsyncConflict *conflict)
{
  g_autoptr (ConfsyncConflict) question = confsync_conflict_new (
    NULL, confsync_conflict_get_local (conflict), confsync_conflict_get_remote (conflict),
    fallback_answered_cb, confsync_conflict_ref (conflict),
    (GDestroyNotify) confsync_conflict_unref);

  if (fallback != NULL)
    confsync_resolver_resolve (fallback, question);
  else
    confsync_policy_take_winner (question);
}

static void
confsync_policy_resolver_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  ConfsyncPolicyResolver *self = CONFSYNC_POLICY_RESOLVER (resolver);
  ConfsyncResolver *fallback = self->resolvers->pdata[0];

  self->used = TRUE;
  if (self->resolvers->len == 1 && fallback != NULL)
    confsync_resolver_resolve (fallback, conflict);
  else if (self->resolvers->len == 1 || is_settled_by_kind (conflict))
    confsync_policy_take_winner (conflict);
  else if (confsync_conflict_get_base (conflict) == NULL)
    decide_without_base (fallback, conflict);
  else
    confsync_policy_decide (conflict, self->regions, self->resolvers, self);
}

static gboolean
confsync_policy_resolver_needs_base (ConfsyncResolver *resolver)
{
  ConfsyncPolicyResolver *self = CONFSYNC_POLICY_RESOLVER (resolver);
  ConfsyncResolver *fallback = self->resolvers->pdata[0];

  return self->resolvers->len > 1 ||
         (fallback != NULL && confsync_resolver_needs_base (fallback));
}

static void
confsync_policy_resolver_iface_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = confsync_policy_resolver_resolve;
  iface->needs_base = confsync_policy_resolver_needs_base;
}

static void
confsync_policy_resolver_class_init (ConfsyncPolicyResolverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_policy_resolver_get_property;
  object_class->set_property = confsync_policy_resolver_set_property;
  object_class->finalize = confsync_policy_resolver_finalize;

  /**
   * ConfsyncPolicyResolver:fallback:
   *
   * The resolver of all places that have no rule; %NULL is the side that [method@Revision.compare]
   * prefers.
   *
   * Since: 1.0
   */
  props[PROP_FALLBACK] = g_param_spec_object (
    "fallback", NULL, NULL, CONFSYNC_TYPE_RESOLVER,
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
confsync_policy_resolver_init (ConfsyncPolicyResolver *self)
{
  self->regions = confsync_regions_new ();
  self->resolvers = g_ptr_array_new_with_free_func (resolver_unref);
  g_ptr_array_add (self->resolvers, NULL);
}

/**
 * confsync_policy_resolver_new:
 * @fallback: (nullable): decides about all places that have no rule; %NULL is the side that
 *   [method@Revision.compare] prefers
 *
 * Makes a policy that has no rules yet.
 *
 * Returns: (transfer full): the policy
 *
 * Since: 1.0
 */
ConfsyncPolicyResolver *
confsync_policy_resolver_new (ConfsyncResolver *fallback)
{
  g_return_val_if_fail (fallback == NULL || CONFSYNC_IS_RESOLVER (fallback), NULL);

  return g_object_new (CONFSYNC_TYPE_POLICY_RESOLVER, "fallback", fallback, NULL);
}

/**
 * confsync_policy_resolver_get_fallback: (get-property fallback)
 * @self: a policy
 *
 * Gets the resolver of all places that have no rule.
 *
 * Returns: (transfer none) (nullable): the resolver; %NULL is the side that
 *   [method@Revision.compare] prefers
 *
 * Since: 1.0
 */
ConfsyncResolver *
confsync_policy_resolver_get_fallback (ConfsyncPolicyResolver *self)
{
  g_return_val_if_fail (CONFSYNC_IS_POLICY_RESOLVER (self), NULL);

  return self->resolvers->pdata[0];
}

/**
 * confsync_policy_resolver_add_rule:
 * @self: a policy that has not been asked yet
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones`; it may be a place that isn't there now
 * @resolver: decides about what is at and below @pointer
 * @error: return location for an error, or %NULL
 *
 * Adds a rule. All instances need the same ones.
 *
 * A rule reaches through objects only: where there is an array on its way, it has no place, and
 * the array is decided about as a whole by who is responsible for it.
 * [method@PolicyResolver.check_document] tells.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where @pointer is none, or is empty, which is the
 * fallback's; and with %CONFSYNC_ERROR_BUSY where it has a rule already, or the policy has been
 * asked.
 *
 * Returns: %TRUE if the rule holds from now on
 *
 * Since: 1.0
 */
gboolean
confsync_policy_resolver_add_rule (ConfsyncPolicyResolver *self,
                                   const char *pointer,
                                   ConfsyncResolver *resolver,
                                   GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_POLICY_RESOLVER (self), FALSE);
  g_return_val_if_fail (pointer != NULL, FALSE);
  g_return_val_if_fail (CONFSYNC_IS_RESOLVER (resolver), FALSE);

  if (self->used)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY,
                   "no rule can be added for \"%s\": the policy has decided already", pointer);
      return FALSE;
    }
  if (!confsync_regions_add (self->regions, pointer, error))
    return FALSE;
  g_ptr_array_add (self->resolvers, g_object_ref (resolver));
  return TRUE;
}

/**
 * confsync_policy_resolver_dup_pointers:
 * @self: a policy
 *
 * Lists the places that have rules, in the order in which they were added.
 *
 * Returns: (transfer full) (array zero-terminated=1): JSON Pointers
 *
 * Since: 1.0
 */
GStrv
confsync_policy_resolver_dup_pointers (ConfsyncPolicyResolver *self)
{
  g_autoptr (GPtrArray) pointers = NULL;

  g_return_val_if_fail (CONFSYNC_IS_POLICY_RESOLVER (self), NULL);

  pointers = g_ptr_array_new ();
  for (guint i = 1; i < confsync_regions_get_length (self->regions); i++)
    g_ptr_array_add (pointers, g_strdup (confsync_regions_get_pointer (self->regions, i)));
  g_ptr_array_add (pointers, NULL);
  return (GStrv) g_ptr_array_steal (pointers, NULL);
}

/**
 * confsync_policy_resolver_find_resolver:
 * @self: a policy
 * @pointer: a JSON Pointer (RFC 6901); the empty string is the whole
 * @error: return location for an error, or %NULL
 *
 * Tells who decides about a place.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where @pointer is none. There is no resolver and no
 * error where it is a matter of the fallback, and that is %NULL.
 *
 * Returns: (transfer none) (nullable): the resolver
 *
 * Since: 1.0
 */
ConfsyncResolver *
confsync_policy_resolver_find_resolver (ConfsyncPolicyResolver *self,
                                        const char *pointer,
                                        GError **error)
{
  int region;

  g_return_val_if_fail (CONFSYNC_IS_POLICY_RESOLVER (self), NULL);
  g_return_val_if_fail (pointer != NULL, NULL);

  region = confsync_regions_find (self->regions, pointer, error);
  return region >= 0 ? self->resolvers->pdata[region] : NULL;
}

/**
 * confsync_policy_resolver_check_document:
 * @self: a policy
 * @document: a configuration
 * @error: return location for an error, or %NULL
 *
 * Checks whether all rules have a place in a configuration, or could have one.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where a rule would be for something inside of an
 * array: elements move, so a pointer doesn't say which one is meant.
 *
 * Returns: %TRUE if no rule is without effect
 *
 * Since: 1.0
 */
gboolean
confsync_policy_resolver_check_document (ConfsyncPolicyResolver *self,
                                         ConfsyncDocument *document,
                                         GError **error)
{
  g_return_val_if_fail (CONFSYNC_IS_POLICY_RESOLVER (self), FALSE);
  g_return_val_if_fail (document != NULL, FALSE);

  return confsync_regions_check (self->regions, confsync_document_get_json (document), error);
}

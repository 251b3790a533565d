/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The winner of the total order is "ours" of the merge, whichever side is the local one: so every
 * instance comes to the same document.
 *
 * What was merged is always answered as merged, even where it equals one side. Its vector then
 * names both, and a third instance that has only the other side can't bring back what was decided
 * here. A side is taken as it is, with its own stamp, only where nothing could be merged.
 */

#include "confsync-merge-resolver.h"

struct _ConfsyncMergeResolver
{
  GObject parent_instance;
};

static void confsync_merge_resolver_resolver_init (ConfsyncResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncMergeResolver, confsync_merge_resolver, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_RESOLVER,
                                                      confsync_merge_resolver_resolver_init))

static gboolean
local_wins (ConfsyncConflict *conflict)
{
  return confsync_revision_compare (confsync_conflict_get_local (conflict),
                                    confsync_conflict_get_remote (conflict)) > 0;
}

static void
take_winner (ConfsyncConflict *conflict)
{
  if (local_wins (conflict))
    confsync_conflict_take_local (conflict);
  else
    confsync_conflict_take_remote (conflict);
}

static ConfsyncJson *
json_of (ConfsyncRevision *revision)
{
  return confsync_document_get_json (confsync_revision_get_document (revision));
}

static gboolean
is_initial (ConfsyncRevision *revision)
{
  return confsync_stamp_get_kind (confsync_revision_get_stamp (revision)) == CONFSYNC_STAMP_INITIAL;
}

/* A file that was merely found was made from nothing that the other side was made from; and an
 * edit of an earlier epoch lost to all of a later one. */
static gboolean
can_be_merged (ConfsyncConflict *conflict)
{
  ConfsyncRevision *local = confsync_conflict_get_local (conflict);
  ConfsyncRevision *remote = confsync_conflict_get_remote (conflict);

  return !is_initial (local) && !is_initial (remote) &&
         confsync_stamp_get_epoch (confsync_revision_get_stamp (local)) ==
           confsync_stamp_get_epoch (confsync_revision_get_stamp (remote));
}

static void
merge (ConfsyncConflict *conflict)
{
  gboolean local = local_wins (conflict);
  ConfsyncRevision *winner =
    local ? confsync_conflict_get_local (conflict) : confsync_conflict_get_remote (conflict);
  ConfsyncRevision *loser =
    local ? confsync_conflict_get_remote (conflict) : confsync_conflict_get_local (conflict);
  g_auto (GStrv) overruled = NULL;
  g_autoptr (ConfsyncJson) merged = confsync_json_merge (
    json_of (confsync_conflict_get_base (conflict)), json_of (winner), json_of (loser), &overruled);
  /* two objects merge into one, so this doesn't fail */
  g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (merged, NULL);

  for (char **pointer = overruled; *pointer != NULL; pointer++)
    confsync_conflict_add_overruled (conflict, *pointer);
  confsync_conflict_take_merged (conflict, document);
}

static void
confsync_merge_resolver_resolve (ConfsyncResolver *resolver, ConfsyncConflict *conflict)
{
  if (!can_be_merged (conflict))
    take_winner (conflict);
  else if (confsync_conflict_get_base (conflict) != NULL)
    merge (conflict);
  else
    {
      confsync_conflict_set_remark (conflict, "nobody knows any more what both edits were made "
                                              "from, so they can't be merged: the later one "
                                              "stands");
      take_winner (conflict);
    }
}

static void
confsync_merge_resolver_resolver_init (ConfsyncResolverInterface *iface)
{
  iface->resolve = confsync_merge_resolver_resolve;
}

static void
confsync_merge_resolver_class_init (ConfsyncMergeResolverClass *klass)
{
}

static void
confsync_merge_resolver_init (ConfsyncMergeResolver *self)
{
}

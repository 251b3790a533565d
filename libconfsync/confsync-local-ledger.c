/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The ledger. A value of a local member changes where the file changed it, compared with the file
 * before; so one that has no room in the file, or that a save under way doesn't know of yet, stays.
 *
 * Where the setting changed, the file is *stale* until it is written again: it is read by the old
 * members first, so that nothing which was local is shared, then by the new ones.
 */

#include "config.h"

#include "confsync-local-ledger-private.h"

#include "confsync-local-notes-private.h"
#include "confsync-mutant-private.h"

struct _ConfsyncLocalLedger
{
  ConfsyncLocalMembers *members; /* (owned): that are local now */
  ConfsyncLocalNotes notes;      /* what survives a restart */
  gboolean dirty;
  gboolean restored;
  gboolean started; /* a file was read, or written */
  gboolean named;   /* the notes had ours among them */

  ConfsyncDocument *live;     /* (owned) (nullable): as read or written last */
  ConfsyncDocument *shared;   /* (owned) (nullable): what that says */
  ConfsyncDocument *accepted; /* (owned) (nullable): where it was seen */
  char *accepted_hash;        /* (nullable) */
  ConfsyncStamp *accepted_stamp; /* (owned) (nullable) */

  GHashTable *told;  /* (element-type utf8 utf8): what a person was told of */
  GQueue notices; /* (element-type utf8) */
};

ConfsyncLocalLedger *
confsync_local_ledger_new (ConfsyncLocalMembers *members)
{
  ConfsyncLocalLedger *self = g_new0 (ConfsyncLocalLedger, 1);

  self->members = confsync_local_members_ref (members);
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->notices);
  confsync_local_notes_init (&self->notes, members);
  return self;
}

static void
set_document (ConfsyncDocument **place, ConfsyncDocument *document)
{
  ConfsyncDocument *old = *place;

  *place = document != NULL ? confsync_document_ref (document) : NULL;
  g_clear_pointer (&old, confsync_document_unref);
}

void
confsync_local_ledger_free (ConfsyncLocalLedger *self)
{
  confsync_local_notes_clear (&self->notes);
  set_document (&self->live, NULL);
  set_document (&self->shared, NULL);
  set_document (&self->accepted, NULL);
  g_free (self->accepted_hash);
  g_clear_pointer (&self->accepted_stamp, confsync_stamp_unref);
  g_hash_table_unref (self->told);
  g_queue_clear_full (&self->notices, g_free);
  confsync_local_members_unref (self->members);
  g_free (self);
}

/* Notices */

static void
tell (ConfsyncLocalLedger *self, const char *pointer, const char *what)
{
  g_autofree char *line = g_strdup_printf ("“%s” %s", pointer, what);

  if (g_hash_table_add (self->told, g_strdup (line)))
    g_queue_push_tail (&self->notices, g_steal_pointer (&line));
}

char *
confsync_local_ledger_pop_notice (ConfsyncLocalLedger *self)
{
  return g_queue_pop_head (&self->notices);
}

static void
look_at_places (ConfsyncLocalLedger *self)
{
  const char *const *pointers = confsync_local_members_get_pointers (self->members);
  ConfsyncDocument *held = confsync_local_view_get_shared (self->notes.view);

  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) value = confsync_local_members_get (self->members, held, i);

      if (value != NULL)
        tell (self, pointers[i],
              "is a local member, but the shared configuration has a value there too: this machine "
              "keeps its own, the others keep that one. Make it local on all of them");
      if (self->live != NULL && confsync_local_members_is_in_array (self->members, self->live, i))
        tell (self, pointers[i],
              "leads through an array, where no member can be local: what is in the array is "
              "shared. Name the array as a whole");
    }
}

/* What the engine has */

static gboolean
is_accepted (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  return g_strcmp0 (self->accepted_hash, confsync_document_get_hash (shared)) == 0;
}

static void
set_accepted (ConfsyncLocalLedger *self, const char *hash, ConfsyncStamp *stamp)
{
  g_free (self->accepted_hash);
  self->accepted_hash = g_strdup (hash);
  if (stamp != NULL)
    confsync_stamp_ref (stamp);
  g_clear_pointer (&self->accepted_stamp, confsync_stamp_unref);
  self->accepted_stamp = stamp;
}

static void
set_view (ConfsyncLocalLedger *self, ConfsyncLocalView *view)
{
  if (confsync_local_view_equal (self->notes.view, view))
    return;
  confsync_local_notes_remember (&self->notes, self->notes.view);
  confsync_local_view_unref (self->notes.view);
  self->notes.view = confsync_local_view_ref (view);
  self->dirty = TRUE;
}

/* The file is laid on this. */
static void
set_base (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  g_autoptr (ConfsyncLocalView) view = confsync_local_view_new (self->members, shared);

  set_view (self, view);
  look_at_places (self);
}

void
confsync_local_ledger_note_head (ConfsyncLocalLedger *self, ConfsyncDocument *notes)
{
  g_autofree char *hash = confsync_local_notes_dup_head_hash (notes);
  g_autoptr (ConfsyncStamp) stamp = confsync_local_notes_dup_head_stamp (notes);

  set_accepted (self, hash, stamp);
  if (self->shared != NULL && is_accepted (self, self->shared))
    set_document (&self->accepted, self->shared);
}

/* The file is laid with the members of now. */
static void
end_stale (ConfsyncLocalLedger *self)
{
  if (self->notes.stale == NULL)
    return;
  confsync_local_notes_remember (&self->notes, self->notes.stale);
  g_clear_pointer (&self->notes.stale, confsync_local_view_unref);
  self->dirty = TRUE;
}

/* Notes */

ConfsyncDocument *
confsync_local_ledger_restore (ConfsyncLocalLedger *self, ConfsyncDocument *notes)
{
  confsync_local_ledger_note_head (self, notes);
  /* another start of the same store: what is remembered is newer */
  if (self->restored)
    return confsync_local_notes_strip (notes);
  self->restored = TRUE;
  self->named = confsync_local_notes_restore (&self->notes, self->members, notes);
  /* what was there before any member was local is a file as it is */
  if (!self->named && self->accepted_hash != NULL &&
      confsync_local_members_get_length (self->members) > 0)
    {
      g_autoptr (ConfsyncLocalMembers) none = confsync_local_members_new (NULL, NULL);

      self->notes.stale = confsync_local_view_new (none, NULL);
    }
  return confsync_local_notes_strip (notes);
}

ConfsyncDocument *
confsync_local_ledger_save (ConfsyncLocalLedger *self, ConfsyncDocument *notes)
{
  self->dirty = FALSE;
  return confsync_local_notes_add_to (&self->notes, notes);
}

gboolean
confsync_local_ledger_is_active (ConfsyncLocalLedger *self)
{
  return self->named || confsync_local_members_get_length (self->members) > 0;
}

gboolean
confsync_local_ledger_is_dirty (ConfsyncLocalLedger *self)
{
  return self->dirty;
}

/* Values */

/* Where there is no file to compare with, one that had room was there. */
static ConfsyncJson *
was_there (ConfsyncLocalLedger *self, ConfsyncDocument *base, guint i, ConfsyncJson *kept)
{
  ConfsyncDocument *held = confsync_local_view_get_shared (self->notes.view);

  if (base != NULL)
    return confsync_local_members_get (self->members, base, i);
  return kept != NULL && confsync_local_members_has_room (self->members, held, i)
           ? confsync_json_ref (kept)
           : NULL;
}

static ConfsyncJson *
next_value (ConfsyncLocalLedger *self,
            ConfsyncDocument *base,
            ConfsyncDocument *live,
            guint i,
            ConfsyncJson *kept)
{
  g_autoptr (ConfsyncJson) now = confsync_local_members_get (self->members, live, i);
  g_autoptr (ConfsyncJson) was = was_there (self, base, i, kept);

  if (now != NULL && (base == NULL || was == NULL || !confsync_json_equal (now, was)))
    return g_steal_pointer (&now);
  if (now == NULL && was != NULL && confsync_local_members_has_room (self->members, live, i))
    return NULL;
  return kept != NULL ? confsync_json_ref (kept) : NULL;
}

void
confsync_local_ledger_collect (ConfsyncLocalLedger *self,
                               ConfsyncDocument *base,
                               ConfsyncDocument *live)
{
  const char *const *pointers = confsync_local_members_get_pointers (self->members);
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;
  g_autoptr (ConfsyncJson) values = NULL;

  /* an empty file is no configuration: a mistake, or a moment of one that is being written */
  if (confsync_document_is_empty (live))
    return;
  builder = confsync_json_builder_new (NULL);
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) kept =
        confsync_json_get_member (self->notes.values, pointers[i]);
      g_autoptr (ConfsyncJson) value = next_value (self, base, live, i, kept);

      if (value == NULL)
        continue;
      confsync_json_builder_name (builder, pointers[i]);
      confsync_json_builder_append (builder, value);
    }
  confsync_json_builder_close (builder);
  values = confsync_json_builder_end (builder, NULL);
  if (confsync_json_equal (values, self->notes.values))
    return;
  confsync_json_unref (self->notes.values);
  self->notes.values = g_steal_pointer (&values);
  self->dirty = TRUE;
}

/* Files that are read */

static gboolean
is_accepted_stamp (ConfsyncLocalLedger *self, ConfsyncStamp *stamp)
{
  return stamp != NULL && self->accepted_stamp != NULL &&
         confsync_stamp_compare (stamp, self->accepted_stamp) == CONFSYNC_ORDER_EQUAL;
}

/* The notes were saved before the file was written: whether it was. Where both differ at local
 * members alone, the files are the same; then the stamp tells. */
static void
settle_next (ConfsyncLocalLedger *self, ConfsyncDocument *live, ConfsyncStamp *stamp)
{
  g_autoptr (ConfsyncLocalView) next = g_steal_pointer (&self->notes.next);
  g_autofree char *hash = g_steal_pointer (&self->notes.next_hash);
  g_autoptr (ConfsyncDocument) shared = NULL;

  if (next == NULL)
    return;
  self->dirty = TRUE;
  if (is_accepted_stamp (self, stamp))
    return;
  shared = confsync_local_view_read (next, live);
  if (!g_str_equal (confsync_document_get_hash (shared), hash) ||
      !confsync_local_members_equal (confsync_local_view_get_members (next), self->members))
    return;
  set_view (self, next);
  end_stale (self);
}

const char *
confsync_local_ledger_get_wanted (ConfsyncLocalLedger *self)
{
  const char *const *pointers = confsync_local_members_get_pointers (self->members);
  ConfsyncLocalMembers *old;

  if (self->started || self->notes.stale == NULL || self->accepted != NULL)
    return NULL;
  old = confsync_local_view_get_members (self->notes.stale);
  for (guint i = 0; pointers[i] != NULL; i++)
    if (!confsync_local_members_has (old, pointers[i]))
      return self->accepted_hash;
  return NULL;
}

void
confsync_local_ledger_supply (ConfsyncLocalLedger *self, ConfsyncDocument *version)
{
  g_autoptr (ConfsyncDocument) shared =
    confsync_local_ledger_recover (self, version, self->accepted_hash);

  if (is_accepted (self, shared))
    set_document (&self->accepted, shared);
}

/* What the others have at the members of now. Where that can't be found out: nothing at those that
 * are new. That takes them from the others, but leaving them in would give the others a secret. */
static void
find_view (ConfsyncLocalLedger *self, ConfsyncDocument *live)
{
  g_autoptr (ConfsyncDocument) shared = confsync_local_view_read (self->notes.stale, live);
  g_autoptr (ConfsyncLocalMembers) common = NULL;
  g_autoptr (ConfsyncDocument) known = NULL;
  g_autoptr (ConfsyncLocalView) view = NULL;

  if (self->accepted == NULL && is_accepted (self, shared))
    set_document (&self->accepted, shared);
  common = confsync_local_members_new_common (
    self->members, confsync_local_view_get_members (self->notes.stale));
  known = confsync_local_members_project (common, shared);
  view = confsync_local_view_new (self->members, self->accepted != NULL ? self->accepted : known);
  confsync_local_view_unref (self->notes.view);
  self->notes.view = confsync_local_view_ref (view);
}

static void
start (ConfsyncLocalLedger *self, ConfsyncDocument *live, ConfsyncStamp *stamp)
{
  self->started = TRUE;
  settle_next (self, live, stamp);
  if (self->notes.stale != NULL)
    find_view (self, live);
}

ConfsyncDocument *
confsync_local_ledger_get_live (ConfsyncLocalLedger *self)
{
  return self->live;
}

ConfsyncLocalView *
confsync_local_ledger_get_view (ConfsyncLocalLedger *self)
{
  return self->notes.view;
}

ConfsyncDocument *
confsync_local_ledger_read_by (ConfsyncLocalLedger *self,
                               ConfsyncLocalView *view,
                               ConfsyncDocument *live)
{
  g_autoptr (ConfsyncDocument) by_old =
    self->notes.stale != NULL ? confsync_local_view_read (self->notes.stale, live)
                              : confsync_document_ref (live);
  g_autoptr (ConfsyncDocument) shared = confsync_local_view_read (view, by_old);
  g_autoptr (ConfsyncDocument) bare = NULL;

  if (CONFSYNC_MUTANT ("local-sent"))
    return confsync_document_ref (live);
  if (is_accepted (self, shared))
    return g_steal_pointer (&shared);
  /* a file that has nothing of its own to share is no configuration, whatever the others have at
   * local members */
  bare = confsync_local_members_read (self->members, by_old, NULL);
  return confsync_document_is_empty (bare) ? g_steal_pointer (&bare) : g_steal_pointer (&shared);
}

ConfsyncDocument *
confsync_local_ledger_read (ConfsyncLocalLedger *self, ConfsyncDocument *live)
{
  return confsync_local_ledger_read_by (self, self->notes.view, live);
}

ConfsyncDocument *
confsync_local_ledger_take (ConfsyncLocalLedger *self, ConfsyncDocument *live, ConfsyncStamp *stamp)
{
  g_autoptr (ConfsyncDocument) shared = NULL;

  if (!self->started)
    start (self, live, stamp);
  shared = confsync_local_ledger_read (self, live);
  if (confsync_document_is_empty (live))
    return g_steal_pointer (&shared);

  confsync_local_ledger_collect (self, self->live, live);
  set_document (&self->live, live);
  set_document (&self->shared, shared);
  if (stamp != NULL)
    set_accepted (self, confsync_document_get_hash (shared), stamp);
  if (is_accepted (self, shared))
    set_document (&self->accepted, shared);
  if (!confsync_local_ledger_is_retiring (self))
    end_stale (self);
  look_at_places (self);
  return g_steal_pointer (&shared);
}

/* Files that are written */

ConfsyncDocument *
confsync_local_ledger_lay (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  if (CONFSYNC_MUTANT ("local-lost"))
    return confsync_document_ref (shared);
  return confsync_local_members_write (self->members, shared, self->notes.values);
}

ConfsyncDocument *
confsync_local_ledger_split (ConfsyncLocalLedger *self, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncDocument) base = NULL;

  if (self->accepted != NULL)
    base = confsync_local_ledger_lay (self, self->accepted);
  else if (self->live != NULL)
    base = confsync_document_ref (self->live);
  confsync_local_ledger_collect (self, base, document);
  return confsync_local_view_read (self->notes.view, document);
}

ConfsyncDocument *
confsync_local_ledger_expect (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  if (self->live != NULL && shared != NULL && confsync_document_equal (shared, self->shared))
    return confsync_document_ref (self->live);
  if (shared != NULL)
    return confsync_local_ledger_lay (self, shared);
  /* for the engine a file that says nothing is none */
  return self->live != NULL && confsync_document_is_empty (self->shared)
           ? confsync_document_ref (self->live)
           : NULL;
}

gboolean
confsync_local_ledger_announce (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  g_autoptr (ConfsyncLocalView) view = confsync_local_view_new (self->members, shared);

  if (self->notes.stale == NULL && confsync_local_view_equal (view, self->notes.view))
    return FALSE;
  g_clear_pointer (&self->notes.next, confsync_local_view_unref);
  g_free (self->notes.next_hash);
  self->notes.next = g_steal_pointer (&view);
  self->notes.next_hash = g_strdup (confsync_document_get_hash (shared));
  return TRUE;
}

void
confsync_local_ledger_wrote (ConfsyncLocalLedger *self,
                             ConfsyncDocument *live,
                             ConfsyncDocument *shared,
                             ConfsyncStamp *stamp)
{
  self->started = TRUE;
  set_document (&self->live, live);
  set_document (&self->shared, shared);
  if (self->notes.next != NULL)
    self->dirty = TRUE;
  g_clear_pointer (&self->notes.next, confsync_local_view_unref);
  g_clear_pointer (&self->notes.next_hash, g_free);
  end_stale (self);
  set_document (&self->accepted, shared);
  set_accepted (self, confsync_document_get_hash (shared), stamp);
  set_base (self, shared);
}

void
confsync_local_ledger_kept (ConfsyncLocalLedger *self, ConfsyncDocument *shared)
{
  g_autoptr (ConfsyncLocalView) view = NULL;

  if (self->shared != NULL && confsync_document_equal (shared, self->shared))
    {
      set_base (self, shared);
      return;
    }
  view = confsync_local_view_new (self->members, shared);
  if (!confsync_local_view_equal (view, self->notes.view))
    self->dirty |= confsync_local_notes_remember (&self->notes, view);
}

gboolean
confsync_local_ledger_is_retiring (ConfsyncLocalLedger *self)
{
  g_autoptr (ConfsyncDocument) laid = NULL;

  if (self->notes.stale == NULL || self->live == NULL)
    return FALSE;
  laid = confsync_local_ledger_lay (self, self->shared);
  return !confsync_document_equal (laid, self->live);
}

/* A value that the file has not, though there is room, or another one. */
static gboolean
has_other_value (ConfsyncLocalLedger *self)
{
  const char *const *pointers = confsync_local_members_get_pointers (self->members);

  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) found = confsync_local_members_get (self->members, self->live, i);
      g_autoptr (ConfsyncJson) kept =
        confsync_json_get_member (self->notes.values, pointers[i]);

      if (confsync_local_members_has_room (self->members, self->live, i) &&
          ((found == NULL) != (kept == NULL) ||
           (found != NULL && !confsync_json_equal (found, kept))))
        return TRUE;
    }
  return FALSE;
}

gboolean
confsync_local_ledger_is_stale (ConfsyncLocalLedger *self,
                                ConfsyncDocument **shared,
                                ConfsyncStamp **stamp)
{
  if (self->live == NULL || self->accepted_stamp == NULL || !is_accepted (self, self->shared))
    return FALSE;
  if (!confsync_local_ledger_is_retiring (self) && !has_other_value (self))
    return FALSE;
  *shared = confsync_document_ref (self->shared);
  *stamp = confsync_stamp_ref (self->accepted_stamp);
  return TRUE;
}

ConfsyncStamp *
confsync_local_ledger_get_stamp (ConfsyncLocalLedger *self, const char *hash)
{
  return g_strcmp0 (hash, self->accepted_hash) == 0 ? self->accepted_stamp : NULL;
}

/* Versions */

static ConfsyncDocument *
try_view (ConfsyncLocalView *view, ConfsyncDocument *version, const char *hash)
{
  g_autoptr (ConfsyncDocument) shared = confsync_local_view_read (view, version);

  return g_strcmp0 (confsync_document_get_hash (shared), hash) == 0 ? g_steal_pointer (&shared)
                                                                     : NULL;
}

ConfsyncDocument *
confsync_local_ledger_recover (ConfsyncLocalLedger *self,
                               ConfsyncDocument *version,
                               const char *hash)
{
  GPtrArray *views = confsync_local_notes_list_views (&self->notes);
  ConfsyncDocument *found = NULL;

  for (guint i = 0; i < views->len && found == NULL && hash != NULL; i++)
    found = try_view (views->pdata[i], version, hash);
  if (found == NULL)
    {
      found = confsync_document_ref (version);
      for (guint i = 0; i < views->len; i++)
        {
          ConfsyncLocalMembers *members = confsync_local_view_get_members (views->pdata[i]);
          g_autoptr (ConfsyncDocument) whole = found;

          found = confsync_local_members_read (members, whole, self->accepted);
        }
    }
  g_ptr_array_unref (views);
  return found;
}

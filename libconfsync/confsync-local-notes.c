/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Notes on local members: one member of the engine's notes, which are a private file.
 */

#include "config.h"

#include "confsync-local-notes-private.h"

#define NOTES_NAME "local_members"

/* How a version is read that was kept while others had other things at local members. That is
 * rare, and what others have there may be large. */
#define PAST_MAX 16
#define PAST_MAX_BYTES (256 * 1024)

static ConfsyncJson *
make_empty (void)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

void
confsync_local_notes_init (ConfsyncLocalNotes *self, ConfsyncLocalMembers *members)
{
  self->values = make_empty ();
  self->view = confsync_local_view_new (members, NULL);
  self->past = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_local_view_unref);
}

void
confsync_local_notes_clear (ConfsyncLocalNotes *self)
{
  g_clear_pointer (&self->values, confsync_json_unref);
  g_clear_pointer (&self->view, confsync_local_view_unref);
  g_clear_pointer (&self->stale, confsync_local_view_unref);
  g_clear_pointer (&self->next, confsync_local_view_unref);
  g_clear_pointer (&self->next_hash, g_free);
  g_clear_pointer (&self->past, g_ptr_array_unref);
}

static ConfsyncJson *
get_object (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_OBJECT
           ? g_steal_pointer (&member)
           : NULL;
}

static void
restore_past (ConfsyncLocalNotes *self, ConfsyncJson *json)
{
  g_autoptr (ConfsyncJson) past = confsync_json_get_member (json, "past");
  guint n = past != NULL && confsync_json_get_kind (past) == CONFSYNC_JSON_ARRAY
              ? MIN (confsync_json_get_length (past), PAST_MAX)
              : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncJson) element = confsync_json_get_element (past, i);
      ConfsyncLocalView *view = confsync_local_view_new_from_json (element);

      if (view != NULL)
        g_ptr_array_add (self->past, view);
    }
}

static void
restore_next (ConfsyncLocalNotes *self, ConfsyncJson *json)
{
  g_autoptr (ConfsyncJson) next = get_object (json, "next");
  g_autoptr (ConfsyncJson) hash = next != NULL ? confsync_json_get_member (next, "hash") : NULL;
  g_autoptr (ConfsyncLocalView) view = confsync_local_view_new_from_json (next);

  if (view == NULL || hash == NULL || confsync_json_get_kind (hash) != CONFSYNC_JSON_STRING)
    return;
  self->next = g_steal_pointer (&view);
  self->next_hash = confsync_json_dup_string (hash);
}

gboolean
confsync_local_notes_restore (ConfsyncLocalNotes *self,
                              ConfsyncLocalMembers *members,
                              ConfsyncDocument *notes)
{
  g_autoptr (ConfsyncJson) json = get_object (confsync_document_get_json (notes), NOTES_NAME);
  g_autoptr (ConfsyncLocalView) view = confsync_local_view_new_from_json (json);
  ConfsyncJson *values;

  if (view == NULL)
    return FALSE;
  values = get_object (json, "values");
  if (values != NULL)
    {
      confsync_json_unref (self->values);
      self->values = values;
    }
  restore_past (self, json);
  restore_next (self, json);
  if (!confsync_local_members_equal (confsync_local_view_get_members (view), members))
    self->stale = g_steal_pointer (&view);
  else
    {
      confsync_local_view_unref (self->view);
      self->view = g_steal_pointer (&view);
    }
  return TRUE;
}

/* A copy without ours; the builder's object stays open. */
static ConfsyncJsonBuilder *
copy_others (ConfsyncDocument *notes)
{
  ConfsyncJsonBuilder *builder = confsync_json_builder_new (NULL);
  ConfsyncJson *json = confsync_document_get_json (notes);

  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < confsync_json_get_length (json); i++)
    {
      g_autofree char *name = confsync_json_dup_member_name (json, i);
      g_autoptr (ConfsyncJson) value = confsync_json_get_member (json, name);

      if (g_str_equal (name, NOTES_NAME))
        continue;
      confsync_json_builder_name (builder, name);
      confsync_json_builder_append (builder, value);
    }
  return builder;
}

static ConfsyncDocument *
finish (ConfsyncJsonBuilder *builder)
{
  g_autoptr (ConfsyncJson) json = NULL;

  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  return confsync_document_new_from_json (json, NULL);
}

ConfsyncDocument *
confsync_local_notes_strip (ConfsyncDocument *notes)
{
  g_autoptr (ConfsyncJson) ours =
    confsync_json_get_member (confsync_document_get_json (notes), NOTES_NAME);
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;

  if (ours == NULL)
    return confsync_document_ref (notes);
  builder = copy_others (notes);
  return finish (builder);
}

static void
build_past (ConfsyncLocalNotes *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, "past");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; i < self->past->len; i++)
    {
      confsync_json_builder_begin_object (builder);
      confsync_local_view_build (self->past->pdata[i], builder);
      confsync_json_builder_close (builder);
    }
  confsync_json_builder_close (builder);
}

ConfsyncDocument *
confsync_local_notes_add_to (ConfsyncLocalNotes *self, ConfsyncDocument *notes)
{
  g_autoptr (ConfsyncJsonBuilder) builder = copy_others (notes);

  confsync_json_builder_name (builder, NOTES_NAME);
  confsync_json_builder_begin_object (builder);
  confsync_local_view_build (self->stale != NULL ? self->stale : self->view, builder);
  confsync_json_builder_name (builder, "values");
  confsync_json_builder_append (builder, self->values);
  if (self->next != NULL)
    {
      confsync_json_builder_name (builder, "next");
      confsync_json_builder_begin_object (builder);
      confsync_json_builder_name (builder, "hash");
      confsync_json_builder_string (builder, self->next_hash);
      confsync_local_view_build (self->next, builder);
      confsync_json_builder_close (builder);
    }
  if (self->past->len > 0)
    build_past (self, builder);
  confsync_json_builder_close (builder);
  return finish (builder);
}

static gsize
size_of (ConfsyncLocalView *view)
{
  return confsync_document_get_size (confsync_local_view_get_shared (view));
}

gboolean
confsync_local_notes_remember (ConfsyncLocalNotes *self, ConfsyncLocalView *view)
{
  gsize bytes = 0;

  for (guint i = 0; i < self->past->len; i++)
    if (confsync_local_view_equal (self->past->pdata[i], view))
      return FALSE;
  g_ptr_array_insert (self->past, 0, confsync_local_view_ref (view));
  for (guint i = 0; i < self->past->len; i++)
    {
      bytes += size_of (self->past->pdata[i]);
      if (i == PAST_MAX || bytes > PAST_MAX_BYTES)
        {
          g_ptr_array_set_size (self->past, (int) i);
          break;
        }
    }
  return TRUE;
}

GPtrArray *
confsync_local_notes_list_views (ConfsyncLocalNotes *self)
{
  GPtrArray *views = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_local_view_unref);

  g_ptr_array_add (views, confsync_local_view_ref (self->view));
  if (self->stale != NULL)
    g_ptr_array_add (views, confsync_local_view_ref (self->stale));
  if (self->next != NULL)
    g_ptr_array_add (views, confsync_local_view_ref (self->next));
  for (guint i = 0; i < self->past->len; i++)
    g_ptr_array_add (views, confsync_local_view_ref (self->past->pdata[i]));
  return views;
}

char *
confsync_local_notes_dup_head_hash (ConfsyncDocument *notes)
{
  g_autoptr (ConfsyncJson) hash =
    confsync_json_lookup (confsync_document_get_json (notes), "/head/hash", NULL);

  return hash != NULL && confsync_json_get_kind (hash) == CONFSYNC_JSON_STRING
           ? confsync_json_dup_string (hash)
           : NULL;
}

ConfsyncStamp *
confsync_local_notes_dup_head_stamp (ConfsyncDocument *notes)
{
  g_autoptr (ConfsyncJson) stamp =
    confsync_json_lookup (confsync_document_get_json (notes), "/head/stamp", NULL);

  return stamp != NULL ? confsync_stamp_new_from_json (stamp, NULL) : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Views: members with the projection of a shared document.
 */

#include "config.h"

#include "confsync-local-view-private.h"

struct _ConfsyncLocalView
{
  ConfsyncLocalMembers *members; /* (owned) */
  ConfsyncDocument *shared;      /* (owned): projected */
};

ConfsyncLocalView *
confsync_local_view_new (ConfsyncLocalMembers *members, ConfsyncDocument *shared)
{
  ConfsyncLocalView *self = g_atomic_rc_box_new0 (ConfsyncLocalView);
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;

  self->members = confsync_local_members_ref (members);
  if (shared != NULL)
    {
      self->shared = confsync_local_members_project (members, shared);
      return self;
    }
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  self->shared = confsync_document_new_from_json (json, NULL);
  return self;
}

ConfsyncLocalView *
confsync_local_view_ref (ConfsyncLocalView *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (ConfsyncLocalView *self)
{
  confsync_local_members_unref (self->members);
  confsync_document_unref (self->shared);
}

void
confsync_local_view_unref (ConfsyncLocalView *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

ConfsyncLocalMembers *
confsync_local_view_get_members (ConfsyncLocalView *self)
{
  return self->members;
}

ConfsyncDocument *
confsync_local_view_get_shared (ConfsyncLocalView *self)
{
  return self->shared;
}

gboolean
confsync_local_view_equal (ConfsyncLocalView *self, ConfsyncLocalView *other)
{
  return confsync_local_members_equal (self->members, other->members) &&
         confsync_document_equal (self->shared, other->shared);
}

ConfsyncDocument *
confsync_local_view_read (ConfsyncLocalView *self, ConfsyncDocument *live)
{
  return confsync_local_members_read (self->members, live, self->shared);
}

void
confsync_local_view_build (ConfsyncLocalView *self, ConfsyncJsonBuilder *builder)
{
  const char *const *pointers = confsync_local_members_get_pointers (self->members);

  confsync_json_builder_name (builder, "keys");
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; pointers[i] != NULL; i++)
    confsync_json_builder_string (builder, pointers[i]);
  confsync_json_builder_close (builder);
  confsync_json_builder_name (builder, "shared");
  confsync_json_builder_append (builder, confsync_document_get_json (self->shared));
}

static GStrv
read_keys (ConfsyncJson *json)
{
  g_autoptr (ConfsyncJson) keys = confsync_json_get_member (json, "keys");
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);

  if (keys == NULL || confsync_json_get_kind (keys) != CONFSYNC_JSON_ARRAY)
    return NULL;
  for (guint i = 0; i < confsync_json_get_length (keys); i++)
    {
      g_autoptr (ConfsyncJson) key = confsync_json_get_element (keys, i);

      if (confsync_json_get_kind (key) != CONFSYNC_JSON_STRING)
        return NULL;
      g_ptr_array_add (list, confsync_json_dup_string (key));
    }
  g_ptr_array_add (list, NULL);
  return (GStrv) g_ptr_array_steal (list, NULL);
}

ConfsyncLocalView *
confsync_local_view_new_from_json (ConfsyncJson *json)
{
  g_auto (GStrv) keys = NULL;
  g_autoptr (ConfsyncJson) shared_json = NULL;
  g_autoptr (ConfsyncDocument) shared = NULL;
  g_autoptr (ConfsyncLocalMembers) members = NULL;
  ConfsyncLocalView *self;

  if (json == NULL || confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    return NULL;
  keys = read_keys (json);
  shared_json = confsync_json_get_member (json, "shared");
  members = keys != NULL ? confsync_local_members_new ((const char *const *) keys, NULL) : NULL;
  shared = shared_json != NULL ? confsync_document_new_from_json (shared_json, NULL) : NULL;
  if (members == NULL || shared == NULL)
    return NULL;

  self = g_atomic_rc_box_new0 (ConfsyncLocalView);
  self->members = g_steal_pointer (&members);
  self->shared = g_steal_pointer (&shared);
  return self;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A value being changed. Members are found through a balanced tree of names, which no choice of
 * names can slow down, and keep their order in a list; elements are in a balanced sequence, so that
 * inserting into a large array many times is not quadratic.
 *
 * Functions recurse along the nesting, which the user of the tree keeps bounded by
 * confsync_overlay_get_height().
 */

#include "config.h"

#include "confsync-json-pointer-private.h"
#include "confsync-overlay-private.h"

struct _ConfsyncOverlay
{
  ConfsyncCursor value; /* where neither of the next two is set */
  GSequence *elements;  /* (owned) (nullable) (element-type ConfsyncOverlay) */
  GTree *members;       /* (owned) (nullable): of Member, which is its own key */
  GQueue order;         /* the members' links */
  guint height;
};

typedef struct {
  const char *name;     /* in owned_name, or on a tape: then no NUL ends it */
  gsize length;
  char *owned_name;     /* (owned) (nullable) */
  ConfsyncOverlay *node; /* (owned) */
  GList link;
} Member;

static int
compare_members_cb (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Member *x = a, *y = b;

  return confsync_name_compare_bytes (x->name, x->length, y->name, y->length);
}

static void
member_free (Member *self)
{
  g_clear_pointer (&self->node, confsync_overlay_free);
  g_free (self->owned_name);
  g_slice_free (Member, self);
}

ConfsyncOverlay *
confsync_overlay_new (ConfsyncCursor value)
{
  ConfsyncOverlay *self = g_slice_new0 (ConfsyncOverlay);

  self->value = value;
  self->height = confsync_cursor_cell (value)->height;
  return self;
}

void
confsync_overlay_free (ConfsyncOverlay *self)
{
  GList *link;

  g_clear_pointer (&self->elements, g_sequence_free);
  g_clear_pointer (&self->members, g_tree_unref);
  while ((link = g_queue_pop_head_link (&self->order)) != NULL)
    member_free (link->data);
  g_slice_free (ConfsyncOverlay, self);
}

static void
add_member (ConfsyncOverlay *self, Member *member)
{
  member->link.data = member;
  g_tree_insert (self->members, member, member);
  g_queue_push_tail_link (&self->order, &member->link);
}

static void
unfold_object (ConfsyncOverlay *self)
{
  guint n = confsync_cursor_length (self->value);
  ConfsyncCursor name = confsync_cursor_first (self->value);

  self->members = g_tree_new_with_data (compare_members_cb, NULL);
  for (guint i = 0; i < n; i++)
    {
      Member *member = g_slice_new0 (Member);

      member->name = confsync_cursor_text (name, &member->length);
      member->node = confsync_overlay_new (confsync_cursor_value (name));
      add_member (self, member);
      name = confsync_cursor_next_name (name);
    }
}

static GSequence *
new_elements (void)
{
  return g_sequence_new ((GDestroyNotify) confsync_overlay_free);
}

static void
unfold_array (ConfsyncOverlay *self)
{
  guint n = confsync_cursor_length (self->value);
  ConfsyncCursor element = confsync_cursor_first (self->value);

  self->elements = new_elements ();
  for (guint i = 0; i < n; i++)
    {
      g_sequence_append (self->elements, confsync_overlay_new (element));
      element = confsync_cursor_after (element);
    }
}

static inline gboolean
is_folded (ConfsyncOverlay *self)
{
  return self->elements == NULL && self->members == NULL;
}

static void
unfold (ConfsyncOverlay *self)
{
  if (!is_folded (self))
    return;
  if (confsync_cursor_kind (self->value) == CONFSYNC_JSON_OBJECT)
    unfold_object (self);
  else if (confsync_cursor_kind (self->value) == CONFSYNC_JSON_ARRAY)
    unfold_array (self);
}

guint
confsync_overlay_get_kind (ConfsyncOverlay *self)
{
  /* a container that was unfolded is still of its first kind */
  return confsync_cursor_kind (self->value);
}

guint
confsync_overlay_get_length (ConfsyncOverlay *self)
{
  if (self->elements != NULL)
    return (guint) g_sequence_get_length (self->elements);
  return self->members != NULL ? self->order.length : confsync_cursor_length (self->value);
}

guint
confsync_overlay_get_height (ConfsyncOverlay *self)
{
  return self->height;
}

void
confsync_overlay_raise (ConfsyncOverlay *self, guint levels, guint height)
{
  self->height = MAX (self->height, levels + height);
}

static Member *
find_member (ConfsyncOverlay *self, const char *name)
{
  const Member key = { .name = name, .length = strlen (name) };

  return g_tree_lookup (self->members, &key);
}

static GSequenceIter *
find_element (ConfsyncOverlay *self, const char *token)
{
  guint index;

  if (!confsync_json_pointer_parse_index (token, &index))
    return NULL;
  if (index >= confsync_overlay_get_length (self))
    return NULL;
  return g_sequence_get_iter_at_pos (self->elements, (int) index);
}

ConfsyncOverlay *
confsync_overlay_get (ConfsyncOverlay *self, const char *token)
{
  GSequenceIter *element;
  Member *member;

  unfold (self);
  if (self->members != NULL)
    {
      member = find_member (self, token);
      return member != NULL ? member->node : NULL;
    }
  element = self->elements != NULL ? find_element (self, token) : NULL;
  return element != NULL ? g_sequence_get (element) : NULL;
}

static ConfsyncOverlay *
take_member (ConfsyncOverlay *self, const char *name)
{
  Member *member = find_member (self, name);
  ConfsyncOverlay *node;

  if (member == NULL)
    return NULL;
  g_tree_remove (self->members, member);
  g_queue_unlink (&self->order, &member->link);
  node = g_steal_pointer (&member->node);
  member_free (member);
  return node;
}

static ConfsyncOverlay *
take_element (ConfsyncOverlay *self, const char *token)
{
  GSequenceIter *element = find_element (self, token);
  ConfsyncOverlay *node;

  if (element == NULL)
    return NULL;
  /* the sequence frees what it removes: leave it an empty shell */
  node = g_slice_new0 (ConfsyncOverlay);
  confsync_overlay_swap (node, g_sequence_get (element));
  g_sequence_remove (element);
  return node;
}

ConfsyncOverlay *
confsync_overlay_take (ConfsyncOverlay *self, const char *token)
{
  unfold (self);
  if (self->members != NULL)
    return take_member (self, token);
  return self->elements != NULL ? take_element (self, token) : NULL;
}

static void
put_member (ConfsyncOverlay *self, const char *name, ConfsyncOverlay *child)
{
  Member *member = find_member (self, name);

  if (member != NULL)
    {
      confsync_overlay_free (member->node);
      member->node = child;
      return;
    }
  member = g_slice_new0 (Member);
  member->owned_name = g_strdup (name);
  member->name = member->owned_name;
  member->length = strlen (name);
  member->node = child;
  add_member (self, member);
}

static gboolean
put_element (ConfsyncOverlay *self, const char *token, ConfsyncOverlay *child)
{
  guint index = confsync_overlay_get_length (self);

  if (!g_str_equal (token, "-") && !confsync_json_pointer_parse_index (token, &index))
    return FALSE;
  if (index > confsync_overlay_get_length (self))
    return FALSE;
  g_sequence_insert_before (g_sequence_get_iter_at_pos (self->elements, (int) index), child);
  return TRUE;
}

gboolean
confsync_overlay_put (ConfsyncOverlay *self, const char *token, ConfsyncOverlay *child)
{
  unfold (self);
  if (self->elements != NULL)
    return put_element (self, token, child);
  if (self->members == NULL)
    return FALSE;
  put_member (self, token, child);
  return TRUE;
}

void
confsync_overlay_swap (ConfsyncOverlay *self, ConfsyncOverlay *other)
{
  ConfsyncOverlay content = *self;

  *self = *other;
  *other = content;
}

gsize
confsync_overlay_count (ConfsyncOverlay *self, gsize max)
{
  gsize count = 1;

  if (is_folded (self))
    return confsync_cursor_after (self->value).at - self->value.at;
  if (self->members != NULL)
    for (GList *l = self->order.head; l != NULL && count < max; l = l->next)
      count += 1 + confsync_overlay_count (((Member *) l->data)->node, max - count);
  else
    for (GSequenceIter *i = g_sequence_get_begin_iter (self->elements);
         !g_sequence_iter_is_end (i) && count < max; i = g_sequence_iter_next (i))
      count += confsync_overlay_count (g_sequence_get (i), max - count);
  return count;
}

static void
copy_members (ConfsyncOverlay *self, ConfsyncOverlay *copy)
{
  copy->members = g_tree_new_with_data (compare_members_cb, NULL);
  for (GList *l = self->order.head; l != NULL; l = l->next)
    {
      const Member *member = l->data;
      Member *other = g_slice_new0 (Member);

      other->owned_name = g_strdup (member->owned_name);
      other->name = other->owned_name != NULL ? other->owned_name : member->name;
      other->length = member->length;
      other->node = confsync_overlay_copy (member->node);
      add_member (copy, other);
    }
}

static void
copy_elements (ConfsyncOverlay *self, ConfsyncOverlay *copy)
{
  copy->elements = new_elements ();
  for (GSequenceIter *i = g_sequence_get_begin_iter (self->elements);
       !g_sequence_iter_is_end (i); i = g_sequence_iter_next (i))
    g_sequence_append (copy->elements, confsync_overlay_copy (g_sequence_get (i)));
}

ConfsyncOverlay *
confsync_overlay_copy (ConfsyncOverlay *self)
{
  ConfsyncOverlay *copy = confsync_overlay_new (self->value);

  copy->height = self->height;
  if (self->members != NULL)
    copy_members (self, copy);
  else if (self->elements != NULL)
    copy_elements (self, copy);
  return copy;
}

static gboolean
members_equal (ConfsyncOverlay *self, ConfsyncCursor object)
{
  for (GList *l = self->order.head; l != NULL; l = l->next)
    {
      const Member *member = l->data;
      ConfsyncCursor name;

      if (!confsync_cursor_find (object, member->name, member->length, &name))
        return FALSE;
      if (!confsync_overlay_equal (member->node, confsync_cursor_value (name)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
elements_equal (ConfsyncOverlay *self, ConfsyncCursor array)
{
  ConfsyncCursor element = confsync_cursor_first (array);

  for (GSequenceIter *i = g_sequence_get_begin_iter (self->elements);
       !g_sequence_iter_is_end (i); i = g_sequence_iter_next (i))
    {
      if (!confsync_overlay_equal (g_sequence_get (i), element))
        return FALSE;
      element = confsync_cursor_after (element);
    }
  return TRUE;
}

gboolean
confsync_overlay_equal (ConfsyncOverlay *self, ConfsyncCursor value)
{
  if (is_folded (self))
    return confsync_cursor_equal (self->value, value);
  if (confsync_overlay_get_kind (self) != confsync_cursor_kind (value) ||
      confsync_overlay_get_length (self) != confsync_cursor_length (value))
    return FALSE;
  return self->members != NULL ? members_equal (self, value) : elements_equal (self, value);
}

static void
write_members (ConfsyncOverlay *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_begin_object (builder);
  for (GList *l = self->order.head; l != NULL && builder->error == NULL; l = l->next)
    {
      const Member *member = l->data;

      confsync_json_builder_name_n (builder, member->name, member->length);
      confsync_overlay_write (member->node, builder);
    }
  confsync_json_builder_close (builder);
}

static void
write_elements (ConfsyncOverlay *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_begin_array (builder);
  for (GSequenceIter *i = g_sequence_get_begin_iter (self->elements);
       !g_sequence_iter_is_end (i) && builder->error == NULL; i = g_sequence_iter_next (i))
    confsync_overlay_write (g_sequence_get (i), builder);
  confsync_json_builder_close (builder);
}

void
confsync_overlay_write (ConfsyncOverlay *self, ConfsyncJsonBuilder *builder)
{
  if (self->members != NULL)
    write_members (self, builder);
  else if (self->elements != NULL)
    write_elements (self, builder);
  else
    confsync_json_builder_append_cursor (builder, self->value);
}

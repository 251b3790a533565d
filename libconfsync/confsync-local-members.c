/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Local members: reading and writing around them. A pointer never leads through an array: an
 * element that is put before another would move a secret to a place that is shared. So places in
 * arrays are refused, and where a document has an array on the way, the pointer names nothing
 * there.
 */

#include "config.h"

#include "confsync-local-members-private.h"

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-overlay-private.h"

struct _ConfsyncLocalMembers
{
  GStrv pointers; /* sorted */
  guint length;
  GStrv *tokens; /* of each pointer, unescaped */
};

typedef enum {
  FOUND,
  MISSING,  /* nothing is there, and objects could be made on the way */
  IN_ARRAY, /* an array is on the way */
  IN_SCALAR,
} Place;

static gboolean refuse (GError **error, const char *pointer, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, const char *pointer, const char *format, ...)
{
  g_autofree char *shown = confsync_json_abbreviate (pointer);
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
               "“%s” %s", shown, reason);
  return FALSE;
}

static gboolean
is_place_in_array (const char *token)
{
  guint unused;

  return g_str_equal (token, "-") || confsync_json_pointer_parse_index (token, &unused);
}

static gboolean
check_tokens (const char *pointer, GStrv tokens, GError **error)
{
  if (tokens[0] == NULL)
    return refuse (error, pointer, "is the whole document; name members");

  /* the document itself is an object, so its own members may have any name */
  for (guint i = 1; tokens[i] != NULL; i++)
    if (is_place_in_array (tokens[i]))
      return refuse (error, pointer,
                     "names the place “%s” of an array, which moves when another element comes or "
                     "goes; name the array as a whole",
                     tokens[i]);
  return TRUE;
}

static int
compare_pointers (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GStrv
sort_pointers (const char *const *pointers)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; pointers != NULL && pointers[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func (list, pointers[i], g_str_equal, NULL))
      g_ptr_array_add (list, g_strdup (pointers[i]));
  g_ptr_array_sort (list, compare_pointers);
  g_ptr_array_add (list, NULL);
  return (GStrv) g_ptr_array_steal (list, NULL);
}

static gboolean
is_inside (const char *pointer, const char *other)
{
  gsize length = strlen (other);

  return strncmp (pointer, other, length) == 0 && pointer[length] == '/';
}

static gboolean
check_nesting (ConfsyncLocalMembers *self, GError **error)
{
  for (guint i = 0; i < self->length; i++)
    for (guint j = 0; j < self->length; j++)
      if (is_inside (self->pointers[i], self->pointers[j]))
        return refuse (error, self->pointers[i], "is inside “%s”, which is local as a whole; "
                                                 "leave one of them out",
                       self->pointers[j]);
  return TRUE;
}

static void
clear (ConfsyncLocalMembers *self)
{
  for (guint i = 0; i < self->length; i++)
    g_strfreev (self->tokens[i]);
  g_free (self->tokens);
  g_strfreev (self->pointers);
}

ConfsyncLocalMembers *
confsync_local_members_new (const char *const *pointers, GError **error)
{
  g_autoptr (ConfsyncLocalMembers) self = g_atomic_rc_box_new0 (ConfsyncLocalMembers);

  self->pointers = sort_pointers (pointers);
  self->length = g_strv_length (self->pointers);
  self->tokens = g_new0 (GStrv, self->length + 1);
  if (self->length > CONFSYNC_LOCAL_MEMBERS_MAX)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                   "%u members are too many; the limit is %u", self->length,
                   CONFSYNC_LOCAL_MEMBERS_MAX);
      return NULL;
    }
  for (guint i = 0; i < self->length; i++)
    {
      self->tokens[i] = confsync_json_pointer_split (self->pointers[i], error);
      if (self->tokens[i] == NULL ||
          !check_tokens (self->pointers[i], self->tokens[i], error))
        return NULL;
    }
  return check_nesting (self, error) ? g_steal_pointer (&self) : NULL;
}

ConfsyncLocalMembers *
confsync_local_members_new_common (ConfsyncLocalMembers *a, ConfsyncLocalMembers *b)
{
  g_autoptr (GPtrArray) common = g_ptr_array_new ();

  for (guint i = 0; i < a->length; i++)
    if (confsync_local_members_has (b, a->pointers[i]))
      g_ptr_array_add (common, a->pointers[i]);
  g_ptr_array_add (common, NULL);
  return confsync_local_members_new ((const char *const *) common->pdata, NULL);
}

ConfsyncLocalMembers *
confsync_local_members_ref (ConfsyncLocalMembers *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
confsync_local_members_unref (ConfsyncLocalMembers *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

const char *const *
confsync_local_members_get_pointers (ConfsyncLocalMembers *self)
{
  return (const char *const *) self->pointers;
}

guint
confsync_local_members_get_length (ConfsyncLocalMembers *self)
{
  return self->length;
}

gboolean
confsync_local_members_has (ConfsyncLocalMembers *self, const char *pointer)
{
  return g_strv_contains ((const char *const *) self->pointers, pointer);
}

gboolean
confsync_local_members_equal (ConfsyncLocalMembers *self, ConfsyncLocalMembers *other)
{
  return g_strv_equal ((const char *const *) self->pointers,
                       (const char *const *) other->pointers);
}

/* Follows the first @n tokens, through objects only; @at is then the value that they lead to, or
 * what is in the way. */
static Place
find (ConfsyncDocument *document, GStrv tokens, guint n, ConfsyncCursor *at)
{
  *at = confsync_json_get_cursor (confsync_document_get_json (document));
  for (guint i = 0; i < n; i++)
    {
      ConfsyncCursor name;

      if (confsync_cursor_kind (*at) == CONFSYNC_JSON_ARRAY)
        return IN_ARRAY;
      if (confsync_cursor_kind (*at) != CONFSYNC_JSON_OBJECT)
        return IN_SCALAR;
      if (!confsync_cursor_find (*at, tokens[i], strlen (tokens[i]), &name))
        return MISSING;
      *at = confsync_cursor_value (name);
    }
  return FOUND;
}

static Place
find_member (ConfsyncLocalMembers *self,
             ConfsyncDocument *document,
             guint index,
             ConfsyncCursor *at)
{
  GStrv tokens = self->tokens[index];

  return find (document, tokens, g_strv_length (tokens), at);
}

ConfsyncJson *
confsync_local_members_get (ConfsyncLocalMembers *self, ConfsyncDocument *document, guint index)
{
  ConfsyncCursor at;

  return find_member (self, document, index, &at) == FOUND ? confsync_json_new_at (at) : NULL;
}

gboolean
confsync_local_members_has_room (ConfsyncLocalMembers *self,
                                 ConfsyncDocument *document,
                                 guint index)
{
  ConfsyncCursor at;

  return find_member (self, document, index, &at) <= MISSING;
}

gboolean
confsync_local_members_is_in_array (ConfsyncLocalMembers *self,
                                    ConfsyncDocument *document,
                                    guint index)
{
  ConfsyncCursor at;

  return find_member (self, document, index, &at) == IN_ARRAY;
}

static ConfsyncJson *
make_empty (void)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

static ConfsyncDocument *
finish (ConfsyncOverlay *tree)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;

  confsync_overlay_write (tree, builder);
  json = confsync_json_builder_end (builder, NULL);
  return confsync_document_new_from_json (json, NULL);
}

static gboolean
is_object (ConfsyncOverlay *tree)
{
  return confsync_overlay_get_kind (tree) == CONFSYNC_JSON_OBJECT;
}

/* Puts a value at @tokens, with the objects on the way that are missing, unless something else is
 * in the way. @empty is an empty object. */
static void
put (ConfsyncOverlay *tree, GStrv tokens, ConfsyncCursor value, ConfsyncCursor empty)
{
  for (; is_object (tree) && tokens[1] != NULL; tokens++)
    {
      ConfsyncOverlay *child = confsync_overlay_get (tree, tokens[0]);

      if (child == NULL)
        {
          child = confsync_overlay_new (empty);
          confsync_overlay_put (tree, tokens[0], child);
        }
      tree = child;
    }
  if (is_object (tree))
    confsync_overlay_put (tree, tokens[0], confsync_overlay_new (value));
}

static void
drop (ConfsyncOverlay *tree, const char *token)
{
  ConfsyncOverlay *taken = confsync_overlay_take (tree, token);

  if (taken != NULL)
    confsync_overlay_free (taken);
}

/* Takes out what is at @tokens, of which @depth lead to @tree, and objects on the way that are
 * empty then and that @keep (nullable: keeps all) has nothing for. */
static void
take_out (ConfsyncOverlay *tree, GStrv tokens, guint depth, ConfsyncDocument *keep)
{
  ConfsyncOverlay *child;
  ConfsyncCursor unused;

  if (!is_object (tree))
    return;
  if (tokens[depth + 1] == NULL)
    {
      drop (tree, tokens[depth]);
      return;
    }
  child = confsync_overlay_get (tree, tokens[depth]);
  if (child == NULL)
    return;
  take_out (child, tokens, depth + 1, keep);
  if (keep != NULL && is_object (child) && confsync_overlay_get_length (child) == 0 &&
      find (keep, tokens, depth + 1, &unused) != FOUND)
    drop (tree, tokens[depth]);
}

/* Whether a document holds anything on the way to a member, so that it has to be rebuilt. */
static gboolean
is_touched (ConfsyncLocalMembers *self, ConfsyncDocument *document)
{
  ConfsyncCursor unused;

  for (guint i = 0; i < self->length; i++)
    if (find (document, self->tokens[i], 1, &unused) == FOUND)
      return TRUE;
  return FALSE;
}

ConfsyncDocument *
confsync_local_members_read (ConfsyncLocalMembers *self,
                             ConfsyncDocument *live,
                             ConfsyncDocument *shared)
{
  g_autoptr (ConfsyncOverlay) tree = NULL;
  g_autoptr (ConfsyncDocument) nothing = NULL;
  g_autoptr (ConfsyncJson) empty = NULL;

  if (!is_touched (self, live) && (shared == NULL || !is_touched (self, shared)))
    return confsync_document_ref (live);

  empty = make_empty ();
  nothing = confsync_document_new_from_json (empty, NULL);
  if (shared == NULL)
    shared = nothing;
  tree = confsync_overlay_new (confsync_json_get_cursor (confsync_document_get_json (live)));
  for (guint i = 0; i < self->length; i++)
    {
      ConfsyncCursor value;

      if (find_member (self, shared, i, &value) == FOUND)
        put (tree, self->tokens[i], value, confsync_json_get_cursor (empty));
      else
        take_out (tree, self->tokens[i], 0, shared);
    }
  return finish (tree);
}

ConfsyncDocument *
confsync_local_members_write (ConfsyncLocalMembers *self,
                              ConfsyncDocument *shared,
                              ConfsyncJson *values)
{
  g_autoptr (ConfsyncOverlay) tree = NULL;
  g_autoptr (ConfsyncJson) empty = NULL;

  if (!is_touched (self, shared) && confsync_json_get_length (values) == 0)
    return confsync_document_ref (shared);

  empty = make_empty ();
  tree = confsync_overlay_new (confsync_json_get_cursor (confsync_document_get_json (shared)));
  for (guint i = 0; i < self->length; i++)
    {
      g_autoptr (ConfsyncJson) value = confsync_json_get_member (values, self->pointers[i]);

      /* @values keeps the tape that the tree borrows */
      if (value != NULL)
        put (tree, self->tokens[i], confsync_json_get_cursor (value),
             confsync_json_get_cursor (empty));
      else
        take_out (tree, self->tokens[i], 0, NULL);
    }
  return finish (tree);
}

/* Copies what leads to one member. */
static void
project_member (ConfsyncOverlay *tree,
                ConfsyncDocument *shared,
                GStrv tokens,
                ConfsyncCursor empty,
                ConfsyncCursor null)
{
  for (guint i = 0; tokens[i] != NULL; i++)
    {
      gboolean last = tokens[i + 1] == NULL;
      ConfsyncOverlay *child;
      ConfsyncCursor at;

      if (find (shared, tokens, i + 1, &at) != FOUND)
        return;
      child = confsync_overlay_get (tree, tokens[i]);
      if (child == NULL)
        {
          gboolean passes = confsync_cursor_kind (at) == CONFSYNC_JSON_OBJECT;

          child = confsync_overlay_new (last ? at : passes ? empty : null);
          confsync_overlay_put (tree, tokens[i], child);
        }
      tree = child;
    }
}

ConfsyncDocument *
confsync_local_members_project (ConfsyncLocalMembers *self, ConfsyncDocument *shared)
{
  g_autoptr (ConfsyncJson) empty = make_empty ();
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncOverlay) tree = confsync_overlay_new (confsync_json_get_cursor (empty));
  g_autoptr (ConfsyncJson) null = NULL;

  confsync_json_builder_null (builder);
  null = confsync_json_builder_end (builder, NULL);
  for (guint i = 0; i < self->length; i++)
    project_member (tree, shared, self->tokens[i], confsync_json_get_cursor (empty),
                    confsync_json_get_cursor (null));
  return finish (tree);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Applies an RFC 6902 patch: all of its operations to an overlay of the value, which is written out
 * once at the end, or none.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-json-writer-private.h"
#include "confsync-overlay-private.h"

/* What the copies of one patch may add up to, in values and names: a copy costs nothing to ask for,
 * and each may double the value. */
#define COPY_MAX_CELLS (4 * (gsize) CONFSYNC_JSON_MAX_VALUES)

typedef struct {
  ConfsyncOverlay *root; /* (owned) */
  gsize copied;          /* cells */
} Patch;

typedef struct {
  char *op;               /* (owned) (nullable) */
  char *path, *from;      /* (owned) (nullable) */
  GStrv tokens, source;   /* (owned) (nullable): of path and from */
  ConfsyncCursor value;
  gboolean has_value;
} Operation;

typedef gboolean (*ApplyFunc) (Patch *self, const Operation *operation, GError **error);

typedef struct {
  const char *name;
  ApplyFunc apply;
  gboolean needs_value, needs_from;
} OperationKind;

static void
clear_patch (Patch *self)
{
  g_clear_pointer (&self->root, confsync_overlay_free);
}

static void
clear_operation (Operation *self)
{
  g_free (self->op);
  g_free (self->path);
  g_free (self->from);
  g_strfreev (self->tokens);
  g_strfreev (self->source);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Patch, clear_patch)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Operation, clear_operation)

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_PATCH, format, args);
  va_end (args);
  return FALSE;
}

/* the node that the first @n tokens lead to, or %NULL */
static ConfsyncOverlay *
follow (Patch *self, GStrv tokens, guint n)
{
  ConfsyncOverlay *node = self->root;

  for (guint i = 0; i < n && node != NULL; i++)
    node = confsync_overlay_get (node, tokens[i]);
  return node;
}

static ConfsyncOverlay *
find (Patch *self, GStrv tokens, const char *what, GError **error)
{
  ConfsyncOverlay *node = follow (self, tokens, g_strv_length (tokens));

  if (node == NULL)
    refuse (error, "there is nothing at %s", what);
  return node;
}

/* takes @child to the place of @operation's path */
static gboolean
add (Patch *self, const Operation *operation, ConfsyncOverlay *child, GError **error)
{
  g_autoptr (ConfsyncOverlay) owned = child;
  guint n = g_strv_length (operation->tokens), height = confsync_overlay_get_height (child);
  ConfsyncOverlay *parent;

  if (n + height > CONFSYNC_TAPE_MAX_DEPTH)
    return refuse (error, "the value would be nested deeper than %d levels",
                   CONFSYNC_TAPE_MAX_DEPTH);
  if (n == 0)
    {
      confsync_overlay_swap (self->root, child);
      return TRUE;
    }
  parent = follow (self, operation->tokens, n - 1);
  if (parent == NULL)
    return refuse (error, "the object or array to add to is not there");
  if (!confsync_overlay_put (parent, operation->tokens[n - 1], child))
    return confsync_overlay_get_kind (parent) == CONFSYNC_JSON_ARRAY
             ? refuse (error, "that is no place in an array of %u elements",
                       confsync_overlay_get_length (parent))
             : refuse (error, "the value to add to is neither object nor array");
  g_steal_pointer (&owned);
  for (guint i = 0; i < n; i++)
    confsync_overlay_raise (follow (self, operation->tokens, i), n - i, height);
  return TRUE;
}

static ConfsyncOverlay *
take (Patch *self, GStrv tokens, const char *what, GError **error)
{
  guint n = g_strv_length (tokens);
  ConfsyncOverlay *parent, *child = NULL;

  if (n == 0)
    {
      refuse (error, "the whole value can't be taken away");
      return NULL;
    }
  parent = follow (self, tokens, n - 1);
  if (parent != NULL)
    child = confsync_overlay_take (parent, tokens[n - 1]);
  if (child == NULL)
    refuse (error, "there is nothing at %s", what);
  return child;
}

static gboolean
apply_add (Patch *self, const Operation *operation, GError **error)
{
  return add (self, operation, confsync_overlay_new (operation->value), error);
}

static gboolean
apply_remove (Patch *self, const Operation *operation, GError **error)
{
  g_autoptr (ConfsyncOverlay) taken = take (self, operation->tokens, "\"path\"", error);

  return taken != NULL;
}

static gboolean
apply_replace (Patch *self, const Operation *operation, GError **error)
{
  ConfsyncOverlay *node = find (self, operation->tokens, "\"path\"", error);
  guint n = g_strv_length (operation->tokens);
  guint height = confsync_cursor_cell (operation->value)->height;
  g_autoptr (ConfsyncOverlay) value = NULL;

  if (node == NULL)
    return FALSE;
  if (n + height > CONFSYNC_TAPE_MAX_DEPTH)
    return refuse (error, "the value would be nested deeper than %d levels",
                   CONFSYNC_TAPE_MAX_DEPTH);
  value = confsync_overlay_new (operation->value);
  confsync_overlay_swap (node, value);
  for (guint i = 0; i < n; i++)
    confsync_overlay_raise (follow (self, operation->tokens, i), n - i, height);
  return TRUE;
}

static gboolean
is_prefix (GStrv shorter, GStrv longer)
{
  guint i = 0;

  while (shorter[i] != NULL && longer[i] != NULL && g_str_equal (shorter[i], longer[i]))
    i++;
  return shorter[i] == NULL;
}

static gboolean
apply_move (Patch *self, const Operation *operation, GError **error)
{
  ConfsyncOverlay *taken;

  if (is_prefix (operation->source, operation->tokens))
    {
      if (find (self, operation->source, "\"from\"", error) == NULL)
        return FALSE;
      if (is_prefix (operation->tokens, operation->source))
        return TRUE;
      return refuse (error, "a value can't be moved into itself");
    }
  taken = take (self, operation->source, "\"from\"", error);
  return taken != NULL && add (self, operation, taken, error);
}

static gboolean
apply_copy (Patch *self, const Operation *operation, GError **error)
{
  ConfsyncOverlay *source = find (self, operation->source, "\"from\"", error);

  if (source == NULL)
    return FALSE;
  self->copied += confsync_overlay_count (source, COPY_MAX_CELLS);
  if (self->copied > COPY_MAX_CELLS)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "the copies of one patch add up to more than %" G_GSIZE_FORMAT
                   " values and names", COPY_MAX_CELLS);
      return FALSE;
    }
  return add (self, operation, confsync_overlay_copy (source), error);
}

static gboolean
apply_test (Patch *self, const Operation *operation, GError **error)
{
  ConfsyncOverlay *node = find (self, operation->tokens, "\"path\"", error);

  if (node == NULL)
    return FALSE;
  return confsync_overlay_equal (node, operation->value) ||
         refuse (error, "the value there is another one");
}

static const OperationKind kinds[] = {
  { "add", apply_add, TRUE, FALSE },         { "remove", apply_remove, FALSE, FALSE },
  { "replace", apply_replace, TRUE, FALSE }, { "move", apply_move, FALSE, TRUE },
  { "copy", apply_copy, FALSE, TRUE },       { "test", apply_test, TRUE, FALSE },
};

static char *
dup_string_member (ConfsyncCursor object, const char *name)
{
  ConfsyncCursor found;
  const char *text;
  gsize length;

  if (!confsync_cursor_find (object, name, strlen (name), &found))
    return NULL;
  if (confsync_cursor_kind (confsync_cursor_value (found)) != CONFSYNC_JSON_STRING)
    return NULL;
  text = confsync_cursor_text (confsync_cursor_value (found), &length);
  return length > 0 ? g_strndup (text, length) : g_strdup ("");
}

static gboolean
split (const char *pointer, GStrv *tokens, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  *tokens = confsync_json_pointer_split (pointer, &local_error);
  return *tokens != NULL || refuse (error, "%s", local_error->message);
}

static gboolean
read_operation (Operation *self, ConfsyncCursor object, GError **error)
{
  ConfsyncCursor found;

  if (confsync_cursor_kind (object) != CONFSYNC_JSON_OBJECT)
    return refuse (error, "an operation must be an object");
  self->op = dup_string_member (object, "op");
  self->path = dup_string_member (object, "path");
  self->from = dup_string_member (object, "from");
  self->has_value = confsync_cursor_find (object, "value", strlen ("value"), &found);
  if (self->has_value)
    self->value = confsync_cursor_value (found);
  if (self->op == NULL)
    return refuse (error, "member \"op\" is missing, or is no string");
  if (self->path == NULL)
    return refuse (error, "member \"path\" is missing, or is no string");
  return split (self->path, &self->tokens, error);
}

static gboolean
apply (Patch *self, Operation *operation, GError **error)
{
  const OperationKind *kind = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds) && kind == NULL; i++)
    if (g_str_equal (operation->op, kinds[i].name))
      kind = &kinds[i];
  if (kind == NULL)
    return refuse (error, "there is no such operation");
  if (kind->needs_value && !operation->has_value)
    return refuse (error, "member \"value\" is missing");
  if (kind->needs_from && operation->from == NULL)
    return refuse (error, "member \"from\" is missing, or is no string");
  if (kind->needs_from && !split (operation->from, &operation->source, error))
    return FALSE;
  return kind->apply (self, operation, error);
}

static gboolean
apply_at (Patch *self, ConfsyncCursor object, guint number, GError **error)
{
  g_auto (Operation) operation = { 0 };
  g_autofree char *op = NULL, *path = NULL;

  if (read_operation (&operation, object, error) && apply (self, &operation, error))
    return TRUE;
  if (operation.op != NULL && operation.path != NULL)
    {
      op = confsync_json_abbreviate (operation.op);
      path = confsync_json_abbreviate (operation.path);
      g_prefix_error (error, "operation %u (%s \"%s\"): ", number, op, path);
    }
  else
    g_prefix_error (error, "operation %u: ", number);
  return FALSE;
}

static gboolean
apply_all (Patch *self, ConfsyncCursor list, GError **error)
{
  guint n = confsync_cursor_length (list);
  ConfsyncCursor object = confsync_cursor_first (list);

  if (confsync_cursor_kind (list) != CONFSYNC_JSON_ARRAY)
    return refuse (error, "a patch must be an array of operations");
  for (guint i = 0; i < n; i++)
    {
      if (!apply_at (self, object, i, error))
        return FALSE;
      object = confsync_cursor_after (object);
    }
  return TRUE;
}

static ConfsyncJson *
write_result (Patch *self, GError **error)
{
  const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                      CONFSYNC_JSON_MAX_VALUES };
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (&limits);
  g_autoptr (ConfsyncJson) result = NULL;
  gsize size;

  confsync_overlay_write (self->root, builder);
  result = confsync_json_builder_end (builder, error);
  if (result == NULL)
    {
      g_prefix_error (error, "the patched value would be too large: ");
      return NULL;
    }
  size = confsync_json_compact_size (confsync_json_get_cursor (result));
  if (size <= limits.max_bytes)
    return g_steal_pointer (&result);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "the patched value would have %" G_GSIZE_FORMAT " bytes; max_bytes is %"
               G_GSIZE_FORMAT, size, limits.max_bytes);
  return NULL;
}

/**
 * confsync_json_patch:
 * @self: a value
 * @patch: an array of operations as RFC 6902 describes them
 * @error: return location for an error, or %NULL
 *
 * Applies a patch: every operation, in order, or nothing. The result keeps to the default limits of
 * a text, whatever those of @self were. Cost: that of copying @self once, and for each operation
 * the logarithm of the sizes of the containers on its path.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_PATCH, naming the operation by its number from 0 and saying
 * why it can't be applied, and with %CONFSYNC_ERROR_TOO_LARGE where the result, or what is copied
 * on the way to it, would go beyond the limits.
 *
 * Returns: (transfer full): the patched value
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_patch (ConfsyncJson *self, ConfsyncJson *patch, GError **error)
{
  g_auto (Patch) state = { 0 };

  g_return_val_if_fail (self != NULL && patch != NULL, NULL);

  state.root = confsync_overlay_new (confsync_json_get_cursor (self));
  if (!apply_all (&state, confsync_json_get_cursor (patch), error))
    return NULL;
  return write_result (&state, error);
}

/* A patch of one operation. */
static ConfsyncJson *
make_patch (const char *op, const char *pointer, ConfsyncJson *value, GError **error)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_array (builder);
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "op");
  confsync_json_builder_string (builder, op);
  confsync_json_builder_name (builder, "path");
  confsync_json_builder_string (builder, pointer);
  confsync_json_builder_name (builder, "value");
  confsync_json_builder_append (builder, value);
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, error);
}

/**
 * confsync_json_put:
 * @self: a value
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones/0/name`; the empty string is @self
 * @value: what is to be there
 * @error: return location for an error, or %NULL
 *
 * Puts a value inside another. What is there is replaced, be it a member or an element; a member
 * that isn't there is added, and so is the element after the last one, or `-`. The result keeps to
 * the default limits of a text.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where @pointer is none, with
 * %CONFSYNC_ERROR_INVALID_PATCH where it leads nowhere, and with %CONFSYNC_ERROR_TOO_LARGE.
 *
 * Returns: (transfer full): @self with @value in it
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_put (ConfsyncJson *self, const char *pointer, ConfsyncJson *value, GError **error)
{
  g_autoptr (ConfsyncJson) there = NULL, patch = NULL, result = NULL;
  g_autoptr (GError) missing = NULL, local = NULL;

  g_return_val_if_fail (self != NULL && pointer != NULL && value != NULL, NULL);

  if (*pointer == '\0')
    return confsync_json_ref (value);
  there = confsync_json_lookup (self, pointer, &missing);
  if (there == NULL && !g_error_matches (missing, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return NULL;
    }
  patch = make_patch (there != NULL ? "replace" : "add", pointer, value, error);
  if (patch == NULL)
    return NULL;

  result = confsync_json_patch (self, patch, &local);
  if (there == NULL && g_error_matches (local, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_PATCH))
    g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_PATCH, missing->message);
  else if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return g_steal_pointer (&result);
}

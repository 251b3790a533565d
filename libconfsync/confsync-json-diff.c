/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What differs between two values: as an RFC 6902 patch, or as the list of places for logs and
 * signals. Objects are compared member by member; of arrays the equal beginning and end are left
 * out, and what lies between is compared by position.
 */

#include "config.h"

#include "confsync-json-builder-private.h"
#include "confsync-json-pointer-private.h"

typedef struct {
  GString *path;                /* of the values being compared */
  ConfsyncJsonBuilder *builder; /* (nullable): of the patch */
  GPtrArray *pointers;          /* (nullable) (element-type utf8) */
  guint max;                    /* pointers, 0 for any number */
  gsize bytes;                  /* of the pointers */
} Walk;

typedef struct {
  ConfsyncCursor *from, *to; /* (owned): the elements that differ, all of them */
  guint n_from, n_to;
  guint start;               /* the number of the first */
} Span;

static gboolean diff_values (Walk *walk, ConfsyncCursor from, ConfsyncCursor to);

static void
clear_span (Span *self)
{
  g_free (self->from);
  g_free (self->to);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Span, clear_span)

static gboolean
append_operation (Walk *walk, const char *op, const ConfsyncCursor *value)
{
  ConfsyncJsonBuilder *builder = walk->builder;

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "op");
  confsync_json_builder_string (builder, op);
  confsync_json_builder_name (builder, "path");
  confsync_json_builder_string_n (builder, walk->path->str, walk->path->len);
  if (value != NULL)
    {
      confsync_json_builder_name (builder, "value");
      confsync_json_builder_append_cursor (builder, *value);
    }
  confsync_json_builder_close (builder);
  return builder->error == NULL;
}

static gboolean
append_pointer (Walk *walk)
{
  walk->bytes += walk->path->len;
  g_ptr_array_add (walk->pointers, g_strdup (walk->path->str));
  return walk->pointers->len != walk->max && walk->bytes <= CONFSYNC_JSON_MAX_BYTES;
}

/* %FALSE where there's no room for more */
static gboolean
emit (Walk *walk, const char *op, const ConfsyncCursor *value)
{
  return walk->builder != NULL ? append_operation (walk, op, value) : append_pointer (walk);
}

static gboolean
emit_member (Walk *walk, ConfsyncCursor name, const char *op)
{
  ConfsyncCursor value = confsync_cursor_value (name);
  gsize before = walk->path->len, length;
  const char *text = confsync_cursor_text (name, &length);
  gboolean more;

  confsync_json_pointer_append (walk->path, text, length);
  more = emit (walk, op, g_str_equal (op, "remove") ? NULL : &value);
  g_string_truncate (walk->path, before);
  return more;
}

static gboolean
diff_members (Walk *walk, ConfsyncCursor from_name, ConfsyncCursor to_name)
{
  gsize before = walk->path->len, length;
  const char *text = confsync_cursor_text (from_name, &length);
  gboolean more;

  confsync_json_pointer_append (walk->path, text, length);
  more = diff_values (walk, confsync_cursor_value (from_name), confsync_cursor_value (to_name));
  g_string_truncate (walk->path, before);
  return more;
}

static gboolean
diff_objects (Walk *walk, ConfsyncCursor from, ConfsyncCursor to)
{
  guint n_from = confsync_cursor_length (from), n_to = confsync_cursor_length (to);
  guint i = 0, j = 0;
  gboolean more = TRUE;

  while (more && i < n_from && j < n_to)
    {
      ConfsyncCursor from_name = confsync_cursor_sorted_name (from, i);
      ConfsyncCursor to_name = confsync_cursor_sorted_name (to, j);
      int order = confsync_cursor_compare_names (from_name, to_name);

      if (order < 0)
        more = emit_member (walk, from_name, "remove");
      else if (order > 0)
        more = emit_member (walk, to_name, "add");
      else
        more = diff_members (walk, from_name, to_name);
      i += order <= 0;
      j += order >= 0;
    }
  for (; more && i < n_from; i++)
    more = emit_member (walk, confsync_cursor_sorted_name (from, i), "remove");
  for (; more && j < n_to; j++)
    more = emit_member (walk, confsync_cursor_sorted_name (to, j), "add");
  return more;
}

static ConfsyncCursor *
list_elements (ConfsyncCursor first, guint n)
{
  ConfsyncCursor *list = g_new (ConfsyncCursor, n);

  for (guint i = 0; i < n; i++)
    {
      list[i] = first;
      first = confsync_cursor_after (first);
    }
  return list;
}

/* what is left of two arrays without their equal beginning and end */
static void
find_span (Span *self, ConfsyncCursor from, ConfsyncCursor to)
{
  guint n_from = confsync_cursor_length (from), n_to = confsync_cursor_length (to);
  ConfsyncCursor a = confsync_cursor_first (from), b = confsync_cursor_first (to);
  guint start = 0;

  while (start < MIN (n_from, n_to) && confsync_cursor_equal (a, b))
    {
      a = confsync_cursor_after (a);
      b = confsync_cursor_after (b);
      start++;
    }
  self->start = start;
  self->n_from = n_from - start;
  self->n_to = n_to - start;
  self->from = list_elements (a, self->n_from);
  self->to = list_elements (b, self->n_to);
  while (self->n_from > 0 && self->n_to > 0 &&
         confsync_cursor_equal (self->from[self->n_from - 1], self->to[self->n_to - 1]))
    {
      self->n_from--;
      self->n_to--;
    }
}

/* each removal moves what follows one place down, so a patch names the same place again */
static gboolean
remove_elements (Walk *walk, guint index, guint n, gsize path_length)
{
  gboolean more = TRUE;

  for (guint i = 0; more && i < n; i++)
    {
      confsync_json_pointer_append_index (walk->path, walk->builder != NULL ? index : index + i);
      more = emit (walk, "remove", NULL);
      g_string_truncate (walk->path, path_length);
    }
  return more;
}

static gboolean
diff_arrays (Walk *walk, ConfsyncCursor from, ConfsyncCursor to)
{
  g_auto (Span) span = { 0 };
  gsize before = walk->path->len;
  gboolean more = TRUE;
  guint i = 0;

  find_span (&span, from, to);
  for (; more && i < span.n_to; i++)
    {
      confsync_json_pointer_append_index (walk->path, span.start + i);
      more = i < span.n_from ? diff_values (walk, span.from[i], span.to[i])
                             : emit (walk, "add", &span.to[i]);
      g_string_truncate (walk->path, before);
    }
  if (more && i < span.n_from)
    more = remove_elements (walk, span.start + i, span.n_from - i, before);
  return more;
}

static gboolean
diff_values (Walk *walk, ConfsyncCursor from, ConfsyncCursor to)
{
  guint kind = confsync_cursor_kind (from);

  if (kind == CONFSYNC_JSON_OBJECT && confsync_cursor_kind (to) == kind)
    return diff_objects (walk, from, to);
  if (kind == CONFSYNC_JSON_ARRAY && confsync_cursor_kind (to) == kind)
    return diff_arrays (walk, from, to);
  return confsync_cursor_equal (from, to) || emit (walk, "replace", &to);
}

static ConfsyncJson *
replace_all (ConfsyncCursor to)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (GString) path = g_string_new (NULL);
  Walk walk = { .path = path, .builder = builder };

  confsync_json_builder_begin_array (builder);
  append_operation (&walk, "replace", &to);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

/**
 * confsync_json_diff:
 * @from: a value
 * @to: a value
 *
 * Makes an RFC 6902 patch of `add`, `remove` and `replace` operations that turns @from into a value
 * equal to @to; an empty array where they are equal. Where the patch would grow beyond the default
 * limits of a text, it is one replacement of the whole.
 *
 * Both values may be nested at most 1022 levels deep.
 *
 * Returns: (transfer full): the patch, an array
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_diff (ConfsyncJson *from, ConfsyncJson *to)
{
  const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_TAPE_MAX_DEPTH,
                                      CONFSYNC_JSON_MAX_VALUES };
  g_autoptr (ConfsyncJsonBuilder) builder = NULL;
  g_autoptr (GString) path = NULL;
  ConfsyncJson *patch;
  Walk walk;

  g_return_val_if_fail (from != NULL && to != NULL, NULL);

  builder = confsync_json_builder_new (&limits);
  path = g_string_new (NULL);
  walk = (Walk){ .path = path, .builder = builder };
  confsync_json_builder_begin_array (builder);
  diff_values (&walk, confsync_json_get_cursor (from), confsync_json_get_cursor (to));
  confsync_json_builder_close (builder);
  patch = confsync_json_builder_end (builder, NULL);
  return patch != NULL ? patch : replace_all (confsync_json_get_cursor (to));
}

/**
 * confsync_json_diff_pointers:
 * @from: a value
 * @to: a value
 * @max: the most pointers to return, or 0 for all
 *
 * Lists the places where two values differ, as JSON Pointers: members and elements that were added,
 * removed or replaced, but not what lies inside them. They are sorted by name and by number, level
 * by level. The list ends early, too, when the pointers together pass %CONFSYNC_JSON_MAX_BYTES.
 *
 * Returns: (transfer full): the pointers; elements that were removed are numbered as in @from
 *
 * Since: 1.0
 */
GStrv
confsync_json_diff_pointers (ConfsyncJson *from, ConfsyncJson *to, guint max)
{
  g_autoptr (GPtrArray) pointers = NULL;
  g_autoptr (GString) path = NULL;
  Walk walk;

  g_return_val_if_fail (from != NULL && to != NULL, NULL);

  pointers = g_ptr_array_new_with_free_func (g_free);
  path = g_string_new (NULL);
  walk = (Walk){ .path = path, .pointers = pointers, .max = max };
  diff_values (&walk, confsync_json_get_cursor (from), confsync_json_get_cursor (to));
  g_ptr_array_add (pointers, NULL);
  return (GStrv) g_ptr_array_steal (pointers, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Elements by their ids.
 */

#include "config.h"

#include "confsync-json-elements-private.h"

const char *const confsync_id_names[CONFSYNC_ID_NAMES] = { "id", "name", "key" };

void
confsync_elements_clear (ConfsyncElements *self)
{
  g_free (self->entries);
  g_free (self->by_id);
}

int
confsync_element_compare_ids (ConfsyncCursor a, ConfsyncCursor b)
{
  const ConfsyncCell *a_cell = confsync_cursor_cell (a), *b_cell = confsync_cursor_cell (b);
  const char *a_text, *b_text;
  gsize a_length, b_length;

  if (a_cell->kind != b_cell->kind)
    return a_cell->kind < b_cell->kind ? -1 : 1;
  if (a_cell->kind == CONFSYNC_JSON_INTEGER)
    return (a_cell->integer > b_cell->integer) - (a_cell->integer < b_cell->integer);
  a_text = confsync_cursor_text (a, &a_length);
  b_text = confsync_cursor_text (b, &b_length);
  return confsync_name_compare_bytes (a_text, a_length, b_text, b_length);
}

static int
compare_entries_cb (gconstpointer a, gconstpointer b, gpointer unused)
{
  return confsync_element_compare_ids ((*(ConfsyncElement *const *) a)->id,
                                       (*(ConfsyncElement *const *) b)->id);
}

static gboolean
read_entry (ConfsyncElement *self, ConfsyncCursor element, const char *id_name)
{
  ConfsyncCursor name;
  guint kind;

  if (confsync_cursor_kind (element) != CONFSYNC_JSON_OBJECT)
    return FALSE;
  if (!confsync_cursor_find (element, id_name, strlen (id_name), &name))
    return FALSE;
  self->element = element;
  self->id = confsync_cursor_value (name);
  kind = confsync_cursor_kind (self->id);
  return kind == CONFSYNC_JSON_STRING || kind == CONFSYNC_JSON_INTEGER;
}

gboolean
confsync_elements_read (ConfsyncElements *self, const ConfsyncCursor *array, const char *id_name)
{
  ConfsyncCursor element;

  if (array == NULL)
    return TRUE;
  element = confsync_cursor_first (*array);
  self->n = confsync_cursor_length (*array);
  self->entries = g_new0 (ConfsyncElement, self->n);
  self->by_id = g_new (ConfsyncElement *, self->n);
  for (guint i = 0; i < self->n; i++)
    {
      if (!read_entry (&self->entries[i], element, id_name))
        return FALSE;
      self->entries[i].number = i;
      self->by_id[i] = &self->entries[i];
      element = confsync_cursor_after (element);
    }
  if (self->n > 0)
    g_qsort_with_data (self->by_id, (int) self->n, sizeof *self->by_id, compare_entries_cb, NULL);
  for (guint i = 1; i < self->n; i++)
    if (confsync_element_compare_ids (self->by_id[i - 1]->id, self->by_id[i]->id) == 0)
      return FALSE;
  return TRUE;
}

ConfsyncElement *
confsync_elements_find (const ConfsyncElements *self, ConfsyncCursor id)
{
  guint low = 0, high = self->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int order = confsync_element_compare_ids (id, self->by_id[middle]->id);

      if (order == 0)
        return self->by_id[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

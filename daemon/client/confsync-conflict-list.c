/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads the conflicts from an instance, and finds the one that somebody means. One that somebody
 * else settles meanwhile is no error of who looks.
 */

#include "config.h"

#include "confsync-conflict-list.h"

#include <glib/gi18n.h>

/* Texts are the answer's, as g_variant_lookup() lends them. */
static void
read_item (ConfsyncConflictItem *item, GVariant *dict)
{
  *item = (ConfsyncConflictItem){
    .id = "", .pointer = "", .reason = "", .ours_author = "", .theirs_author = ""
  };
  g_variant_lookup (dict, "id", "&s", &item->id);
  g_variant_lookup (dict, "pointer", "&s", &item->pointer);
  g_variant_lookup (dict, "reason", "&s", &item->reason);
  g_variant_lookup (dict, "since", "x", &item->since_us);
  g_variant_lookup (dict, "ours-author", "&s", &item->ours_author);
  g_variant_lookup (dict, "ours-time", "x", &item->ours_us);
  g_variant_lookup (dict, "theirs-author", "&s", &item->theirs_author);
  g_variant_lookup (dict, "theirs-time", "x", &item->theirs_us);
}

static void
clear_item (ConfsyncConflictItem *item)
{
  g_clear_pointer (&item->base, confsync_json_unref);
  g_clear_pointer (&item->ours, confsync_json_unref);
  g_clear_pointer (&item->theirs, confsync_json_unref);
}

/*
 * confsync_conflict_list_new:
 * @answer: aa{sv}, as ListConflicts gives it
 */
ConfsyncConflictList *
confsync_conflict_list_new (GVariant *answer)
{
  ConfsyncConflictList *self = g_new0 (ConfsyncConflictList, 1);

  self->answer = g_variant_ref_sink (answer);
  g_variant_get_data (self->answer); /* one piece from now on, so that texts stay where they are */
  self->n_items = (guint) g_variant_n_children (answer);
  self->items = g_new0 (ConfsyncConflictItem, self->n_items);
  for (guint i = 0; i < self->n_items; i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (answer, i);

      read_item (&self->items[i], dict);
    }
  return self;
}

void
confsync_conflict_list_free (ConfsyncConflictList *self)
{
  for (guint i = 0; i < self->n_items; i++)
    clear_item (&self->items[i]);
  g_free (self->items);
  g_variant_unref (self->answer);
  g_free (self);
}

/* Returns: (transfer full): what waits, without values */
ConfsyncConflictList *
confsync_conflict_list_read (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document = confsync_instance_get_proxy (tool->instance, error);
  g_autoptr (GVariant) answer = NULL;

  if (document == NULL ||
      !confsync_dbus_document_call_list_conflicts_sync (document, &answer, NULL, error))
    return NULL;
  return confsync_conflict_list_new (answer);
}

static gboolean
read_side (GVariant *sides, const char *name, ConfsyncJson **side, GError **error)
{
  const char *text;

  if (!g_variant_lookup (sides, name, "&s", &text))
    return TRUE;
  *side = confsync_tool_parse (text, error);
  return *side != NULL;
}

/*
 * confsync_conflict_item_set_sides:
 * @sides: a{sv}, as GetConflict gives it
 */
gboolean
confsync_conflict_item_set_sides (ConfsyncConflictItem *item, GVariant *sides, GError **error)
{
  clear_item (item);
  return read_side (sides, "base", &item->base, error) &&
         read_side (sides, "ours", &item->ours, error) &&
         read_side (sides, "theirs", &item->theirs, error);
}

/*
 * confsync_conflict_list_read_sides:
 *
 * Gets the values of one; %CONFSYNC_ERROR_NOT_FOUND where it was settled meanwhile.
 */
gboolean
confsync_conflict_list_read_sides (ConfsyncConflictList *self,
                                   ConfsyncTool *tool,
                                   guint index,
                                   GError **error)
{
  ConfsyncDBusDocument *document = confsync_instance_get_proxy (tool->instance, error);
  ConfsyncConflictItem *item = &self->items[index];
  g_autoptr (GVariant) sides = NULL;

  return document != NULL &&
         confsync_dbus_document_call_get_conflict_sync (document, item->id, &sides, NULL,
                                                        error) &&
         confsync_conflict_item_set_sides (item, sides, error);
}

/* A line for each, such as `  5d41402a  /api_keys`. */
static char *
describe (ConfsyncConflictList *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_items; i++)
    g_string_append_printf (text, "\n  %s  %s", self->items[i].id,
                            *self->items[i].pointer != '\0' ? self->items[i].pointer
                                                            : _ ("the whole document"));
  return g_string_free (text, FALSE);
}

static const ConfsyncConflictItem *
find_only (ConfsyncConflictList *self, GError **error)
{
  g_autofree char *all = NULL;

  if (self->n_items == 1)
    return &self->items[0];
  all = describe (self);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("which conflict? There are %u:%s"), self->n_items, all);
  return NULL;
}

/*
 * confsync_conflict_list_find:
 * @id: (nullable): a conflict's id, or its beginning where no other has the same; %NULL for the
 *   only one
 */
const ConfsyncConflictItem *
confsync_conflict_list_find (ConfsyncConflictList *self, const char *id, GError **error)
{
  const ConfsyncConflictItem *found = NULL;
  g_autofree char *all = NULL;
  guint n = 0;

  if (self->n_items == 0)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   _ ("no conflict waits for anybody"));
      return NULL;
    }
  if (id == NULL)
    return find_only (self, error);

  for (guint i = 0; i < self->n_items; i++)
    if (*id != '\0' && g_str_has_prefix (self->items[i].id, id))
      {
        found = &self->items[i];
        n++;
      }
  if (n == 1)
    return found;

  all = describe (self);
  if (n > 1)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("“%s” may be one of several of these:%s"), id, all);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 _ ("there is no conflict “%s”, or it is settled by now. There is:%s"), id, all);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Settlements. What isn't there is %NULL here, as in conflicts: one side may have deleted it.
 */

#include "config.h"

#include "confsync-settlement-private.h"

#include "confsync-error.h"
#include "confsync-json-builder-private.h"

ConfsyncSettlement *
confsync_settlement_new (const char *id,
                         ConfsyncChoice choice,
                         ConfsyncJson *value,
                         gboolean allow_empty)
{
  ConfsyncSettlement *self = g_new0 (ConfsyncSettlement, 1);

  self->id = g_strdup (id);
  self->choice = choice;
  self->value = value != NULL ? confsync_json_ref (value) : NULL;
  self->allow_empty = allow_empty;
  return self;
}

void
confsync_settlement_free (ConfsyncSettlement *self)
{
  g_free (self->id);
  g_clear_pointer (&self->value, confsync_json_unref);
  g_strfreev (self->ours_at);
  g_free (self->hash);
  g_free (self);
}

static char *
list_ids (GPtrArray *conflicts)
{
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < conflicts->len; i++)
    g_string_append_printf (ids, "%s%s", i > 0 ? ", " : "",
                            confsync_open_conflict_get_id (conflicts->pdata[i]));
  return g_string_free (ids, FALSE);
}

ConfsyncOpenConflict *
confsync_settlement_find (ConfsyncSettlement *self, GPtrArray *conflicts, GError **error)
{
  g_autofree char *ids = NULL;

  for (guint i = 0; self->id != NULL && i < conflicts->len; i++)
    if (g_str_equal (confsync_open_conflict_get_id (conflicts->pdata[i]), self->id))
      return conflicts->pdata[i];
  if (self->id == NULL && conflicts->len == 1)
    return conflicts->pdata[0];

  ids = list_ids (conflicts);
  if (conflicts->len == 0)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND, "there is no open conflict");
  else if (self->id != NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "there is no open conflict %s; there is %s", self->id, ids);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT,
                 "there is more than one open conflict; name one of %s", ids);
  return NULL;
}

/* @a and @b are nullable. */
static gboolean
is_same (ConfsyncJson *a, ConfsyncJson *b)
{
  return a == b || (a != NULL && b != NULL && confsync_json_equal (a, b));
}

/* One side has nothing there: whoever changed it decides, and ours where both did. */
static ConfsyncJson *
merge_deletion (ConfsyncSettlement *self,
                ConfsyncJson *base,
                ConfsyncJson *ours,
                ConfsyncJson *theirs)
{
  const char *const here[] = { "", NULL };

  if (is_same (ours, base))
    return theirs != NULL ? confsync_json_ref (theirs) : NULL;
  if (!is_same (theirs, base))
    self->ours_at = g_strdupv ((GStrv) here);
  return ours != NULL ? confsync_json_ref (ours) : NULL;
}

static gboolean
merge (ConfsyncSettlement *self,
       ConfsyncOpenConflict *conflict,
       ConfsyncJson **value,
       GError **error)
{
  ConfsyncJson *base = confsync_open_conflict_get_base (conflict);
  ConfsyncJson *ours = confsync_open_conflict_get_ours (conflict);
  ConfsyncJson *theirs = confsync_open_conflict_get_theirs (conflict);
  const char *place = confsync_open_conflict_get_pointer (conflict);

  if (base == NULL && *place == '\0')
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "what both sides were made from is not known any more, so nothing tells what "
                   "was added from what was deleted; take ours, theirs, or a file");
      return FALSE;
    }
  g_clear_pointer (&self->ours_at, g_strfreev);
  *value = ours != NULL && theirs != NULL
             ? confsync_json_merge (base, ours, theirs, &self->ours_at)
             : merge_deletion (self, base, ours, theirs);
  for (guint i = 0; self->ours_at != NULL && self->ours_at[i] != NULL; i++)
    {
      g_autofree char *below = self->ours_at[i];

      self->ours_at[i] = g_strconcat (place, below, NULL);
    }
  return TRUE;
}

/* What is to be at the conflict's place; @value is %NULL for nothing. */
static gboolean
choose (ConfsyncSettlement *self,
        ConfsyncOpenConflict *conflict,
        ConfsyncJson **value,
        GError **error)
{
  ConfsyncJson *chosen;

  switch (self->choice)
    {
    case CONFSYNC_CHOICE_MERGE:
      return merge (self, conflict, value, error);
    case CONFSYNC_CHOICE_OURS:
      chosen = confsync_open_conflict_get_ours (conflict);
      break;
    case CONFSYNC_CHOICE_THEIRS:
      chosen = confsync_open_conflict_get_theirs (conflict);
      break;
    case CONFSYNC_CHOICE_VALUE:
    default:
      chosen = self->value;
    }
  *value = chosen != NULL ? confsync_json_ref (chosen) : NULL;
  return TRUE;
}

/* A patch of one operation that removes what is at @pointer. */
static ConfsyncJson *
make_removal (const char *pointer)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);

  confsync_json_builder_begin_array (builder);
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "op");
  confsync_json_builder_string (builder, "remove");
  confsync_json_builder_name (builder, "path");
  confsync_json_builder_string (builder, pointer);
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

static ConfsyncJson *
remove_place (ConfsyncJson *whole, const char *pointer, GError **error)
{
  g_autoptr (ConfsyncJson) there = confsync_json_lookup (whole, pointer, NULL);
  g_autoptr (ConfsyncJson) patch = NULL;

  if (there == NULL)
    return confsync_json_ref (whole);
  patch = make_removal (pointer);
  return confsync_json_patch (whole, patch, error);
}

ConfsyncDocument *
confsync_settlement_make (ConfsyncSettlement *self,
                          ConfsyncOpenConflict *conflict,
                          ConfsyncDocument *document,
                          GError **error)
{
  const char *place = confsync_open_conflict_get_pointer (conflict);
  ConfsyncJson *whole = confsync_document_get_json (document);
  g_autoptr (ConfsyncJson) value = NULL, json = NULL;
  g_autoptr (ConfsyncDocument) result = NULL;

  if (!choose (self, conflict, &value, error))
    return NULL;
  if (*place == '\0')
    json = value != NULL ? confsync_json_ref (value) : confsync_json_ref (whole);
  else
    json = value != NULL ? confsync_json_put (whole, place, value, error)
                         : remove_place (whole, place, error);
  result = json != NULL ? confsync_document_new_from_json (json, error) : NULL;
  if (result == NULL)
    return NULL;
  if (confsync_document_is_empty (result) && !self->allow_empty)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_EMPTY,
                   "{} would clear the configuration everywhere; say ALLOW_EMPTY to do it");
      return NULL;
    }
  g_free (self->hash);
  self->hash = g_strdup (confsync_document_get_hash (result));
  return g_steal_pointer (&result);
}

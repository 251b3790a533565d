/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads the list of versions and their texts, from an instance or where none runs. A name that
 * isn't kept is wrong use, since `diff` needs the exit code of a plain no for itself.
 */

#include "config.h"

#include "confsync-version-list.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "config_"
#define SUFFIX ".json"

/* What has no record any more is named by when it was kept (UTC, whole seconds). */
static gint64
time_of_name (const char *name)
{
  g_autoptr (GDateTime) time = NULL;
  int year, month, day, hour, minute, second;

  if (sscanf (name, PREFIX "%4d%2d%2d%2d%2d%2d", &year, &month, &day, &hour, &minute, &second) != 6)
    return 0;
  time = g_date_time_new_utc (year, month, day, hour, minute, second);
  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC : 0;
}

void
confsync_version_item_read (ConfsyncVersionItem *item, GVariant *dict)
{
  *item = (ConfsyncVersionItem){ .name = "", .author = "", .hash = "", .cause = "" };
  g_variant_lookup (dict, "name", "&s", &item->name);
  g_variant_lookup (dict, "author", "&s", &item->author);
  g_variant_lookup (dict, "hash", "&s", &item->hash);
  g_variant_lookup (dict, "cause", "&s", &item->cause);
  if (!g_variant_lookup (dict, "time", "x", &item->time_us))
    item->time_us = time_of_name (item->name);
  g_variant_lookup (dict, "size", "t", &item->size);
  g_variant_lookup (dict, "acknowledged", "b", &item->acknowledged);
}

/*
 * confsync_version_list_new:
 * @answer: aa{sv}, newest first
 * @live_hash: of the live configuration; empty for none
 */
ConfsyncVersionList *
confsync_version_list_new (GVariant *answer, const char *live_hash)
{
  ConfsyncVersionList *self = g_new0 (ConfsyncVersionList, 1);
  gboolean found = FALSE;

  self->answer = g_variant_ref_sink (answer);
  g_variant_get_data (self->answer); /* one piece from now on, so that texts stay where they are */
  self->n_items = (guint) g_variant_n_children (answer);
  self->items = g_new0 (ConfsyncVersionItem, self->n_items);
  for (guint i = 0; i < self->n_items; i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (answer, i);
      ConfsyncVersionItem *item = &self->items[i];

      confsync_version_item_read (item, dict);
      item->live = !found && *live_hash != '\0' && g_str_equal (item->hash, live_hash);
      found = found || item->live;
    }
  return self;
}

void
confsync_version_list_free (ConfsyncVersionList *self)
{
  g_free (self->items);
  g_variant_unref (self->answer);
  g_free (self);
}

static ConfsyncVersionList *
list_kept (ConfsyncKept *kept, GError **error)
{
  GVariant *versions = confsync_kept_list_versions (kept, error);

  return versions != NULL
           ? confsync_version_list_new (versions, confsync_kept_get_live_hash (kept)) : NULL;
}

static ConfsyncVersionList *
list_of_instance (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document = confsync_instance_get_proxy (tool->instance, error);
  g_autoptr (GVariant) answer = NULL;
  const char *hash = "";

  if (document == NULL ||
      !confsync_dbus_document_call_list_versions_sync (document, &answer, NULL, error))
    return NULL;
  g_variant_lookup (confsync_instance_get_document (tool->instance), "Hash", "&s", &hash);
  return confsync_version_list_new (answer, hash);
}

/* Returns: (transfer full): what is kept, by the instance or where none runs */
ConfsyncVersionList *
confsync_version_list_read (ConfsyncTool *tool, GError **error)
{
  return tool->kept != NULL ? list_kept (tool->kept, error) : list_of_instance (tool, error);
}

/*
 * confsync_version_list_get_previous:
 *
 * Returns: (nullable): the name of the newest version that was live before what is live now; what
 *   lost a conflict never was
 */
const char *
confsync_version_list_get_previous (ConfsyncVersionList *self)
{
  const char *live = NULL;
  guint i = 0;

  while (i < self->n_items && !self->items[i].live)
    i++;
  if (i < self->n_items)
    live = self->items[i++].hash;
  else
    i = 0; /* it isn't kept yet: all are older */
  for (; i < self->n_items; i++)
    if (!g_str_equal (self->items[i].cause, "lost") &&
        g_strcmp0 (self->items[i].hash, live) != 0)
      return self->items[i].name;
  return NULL;
}

/* What is between “config_” and “.json” (transfer full). */
static char *
dup_digits (const char *name)
{
  const char *begin = g_str_has_prefix (name, PREFIX) ? name + strlen (PREFIX) : name;
  const gsize length = strlen (begin);

  return g_str_has_suffix (begin, SUFFIX) ? g_strndup (begin, length - strlen (SUFFIX))
                                          : g_strndup (begin, length);
}

static void
refuse_word (ConfsyncVersionList *self,
             const char *word,
             const char *first,
             const char *second,
             GError **error)
{
  if (second != NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("“%s” may be %s or %s, or more; say more of its digits"), word, first, second);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("there is no version “%s”; “confsync versions” lists them, and “%s” is what is "
                    "there now"), word, CONFSYNC_VERSION_LIVE);
}

/* The one whose digits @word is, or else the only one that has them somewhere. */
static const char *
find_by_digits (ConfsyncVersionList *self, const char *word, GError **error)
{
  g_autofree char *wanted = dup_digits (word);
  const char *first = NULL, *second = NULL;

  for (guint i = 0; i < self->n_items; i++)
    {
      g_autofree char *digits = dup_digits (self->items[i].name);

      if (g_str_equal (digits, wanted))
        return self->items[i].name;
      if (*wanted == '\0' || strstr (digits, wanted) == NULL)
        continue;
      if (first == NULL)
        first = self->items[i].name;
      else
        second = self->items[i].name;
    }
  if (first != NULL && second == NULL)
    return first;
  refuse_word (self, word, first, second, error);
  return NULL;
}

/*
 * confsync_version_list_find:
 * @word: a version's name, with or without `config_` and `.json`, a part of its digits that no
 *   other has, `previous`, or `live`
 *
 * Returns: (transfer none): the name of a version, or `live` where what is live isn't kept yet; an
 *   unknown one is wrong use
 */
const char *
confsync_version_list_find (ConfsyncVersionList *self, const char *word, GError **error)
{
  const char *previous;

  if (g_str_equal (word, CONFSYNC_VERSION_LIVE))
    {
      for (guint i = 0; i < self->n_items; i++)
        if (self->items[i].live)
          return self->items[i].name;
      return CONFSYNC_VERSION_LIVE;
    }
  if (!g_str_equal (word, CONFSYNC_VERSION_PREVIOUS))
    return find_by_digits (self, word, error);

  previous = confsync_version_list_get_previous (self);
  if (previous == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("there is no version before this one"));
  return previous;
}

static char *
read_live (ConfsyncTool *tool, GError **error)
{
  ConfsyncDBusDocument *document;
  g_autofree char *hash = NULL;
  char *text = NULL;

  if (tool->kept != NULL)
    return confsync_kept_read_live (tool->kept, error);
  document = confsync_instance_get_proxy (tool->instance, error);
  if (document != NULL)
    confsync_dbus_document_call_get_document_sync (document, &text, &hash, NULL, error);
  return text;
}

static char *
read_kept (ConfsyncTool *tool, const char *name, GError **error)
{
  ConfsyncDBusDocument *document;
  char *text = NULL;

  if (tool->kept != NULL)
    return confsync_kept_read_version (tool->kept, name, error);
  document = confsync_instance_get_proxy (tool->instance, error);
  if (document != NULL)
    confsync_dbus_document_call_get_version_sync (document, name, &text, NULL, error);
  return text;
}

/*
 * confsync_version_read:
 * @name: as `confsync versions` lists it, or `live`
 *
 * Returns: (transfer full): its text
 */
char *
confsync_version_read (ConfsyncTool *tool, const char *name, GError **error)
{
  const gboolean live = g_str_equal (name, CONFSYNC_VERSION_LIVE);
  g_autoptr (GError) reason = NULL;
  char *text;

  text = live ? read_live (tool, &reason) : read_kept (tool, name, &reason);
  if (text != NULL)
    return text;

  if (!g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&reason));
  else if (live)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("there is no live configuration yet"));
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("there is no version “%s”; “confsync versions” lists them, and “%s” is what is "
                    "there now"), name, CONFSYNC_VERSION_LIVE);
  return NULL;
}

/*
 * confsync_version_read_shared:
 * @list: what the instance keeps
 * @name: as `confsync versions` lists it, or `live`
 *
 * Returns: (transfer full): its text, without the members that stay on this machine, so that a
 *   version and what is live can be compared
 */
char *
confsync_version_read_shared (ConfsyncTool *tool,
                              ConfsyncVersionList *list,
                              const char *name,
                              GError **error)
{
  const char *found = confsync_version_list_find (list, name, NULL);

  if (tool->kept != NULL && g_str_equal (found, CONFSYNC_VERSION_LIVE))
    return confsync_kept_read_shared (tool->kept, error);
  return confsync_version_read (tool, found, error);
}

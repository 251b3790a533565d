/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads the list of versions and their texts from an instance. A name that isn't kept is wrong use,
 * since `diff` needs the exit code of a plain no for itself.
 */

#include "config.h"

#include "confsync-version-list.h"

#include <glib/gi18n.h>

#define SUFFIX ".json"

/* Texts are the answer's, as g_variant_lookup() lends them. */
static void
read_item (ConfsyncVersionItem *item, GVariant *dict)
{
  *item = (ConfsyncVersionItem){ .name = "", .author = "", .hash = "", .cause = "" };
  g_variant_lookup (dict, "name", "&s", &item->name);
  g_variant_lookup (dict, "author", "&s", &item->author);
  g_variant_lookup (dict, "hash", "&s", &item->hash);
  g_variant_lookup (dict, "cause", "&s", &item->cause);
  g_variant_lookup (dict, "time", "x", &item->time_us);
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

      read_item (item, dict);
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

/* Returns: (transfer full): what the instance keeps */
ConfsyncVersionList *
confsync_version_list_read (ConfsyncTool *tool, GError **error)
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

static char *
read_live (ConfsyncDBusDocument *document, GError **error)
{
  g_autofree char *hash = NULL;
  char *text = NULL;

  confsync_dbus_document_call_get_document_sync (document, &text, &hash, NULL, error);
  return text;
}

static char *
read_kept (ConfsyncDBusDocument *document, const char *name, GError **error)
{
  g_autofree char *full =
    g_str_has_suffix (name, SUFFIX) ? g_strdup (name) : g_strconcat (name, SUFFIX, NULL);
  char *text = NULL;

  confsync_dbus_document_call_get_version_sync (document, full, &text, NULL, error);
  return text;
}

/*
 * confsync_version_read:
 * @name: as `confsync versions` lists it, with or without `.json`, or `live`
 *
 * Returns: (transfer full): its text
 */
char *
confsync_version_read (ConfsyncTool *tool, const char *name, GError **error)
{
  ConfsyncDBusDocument *document = confsync_instance_get_proxy (tool->instance, error);
  const gboolean live = g_str_equal (name, CONFSYNC_VERSION_LIVE);
  g_autoptr (GError) reason = NULL;
  char *text;

  if (document == NULL)
    return NULL;
  text = live ? read_live (document, &reason) : read_kept (document, name, &reason);
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

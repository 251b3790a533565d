/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The details of ConfsyncManager::changed: who hears of which place.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

#include "confsync-json-pointer-private.h"
#include "confsync-tape-private.h"

#include <string.h>

typedef struct
{
  ConfsyncManager *manager;
  guint signal_id;
  ConfsyncRevision *now;
  ConfsyncDocument *document; /* the same, with what stays on this machine */
  gboolean local;
  GHashTable *done; /* of GQuark: details that were emitted */
} Emission;

/* Only details that somebody connected to are quarks already, so what a peer sends makes none. */
static void
emit_detail (Emission *emission, const char *pointer)
{
  GQuark quark = g_quark_try_string (pointer);

  if (quark != 0 && g_hash_table_add (emission->done, GUINT_TO_POINTER (quark)))
    g_signal_emit (emission->manager, emission->signal_id, quark, emission->document,
                   confsync_stamp_get_author (confsync_revision_get_stamp (emission->now)),
                   emission->local);
}

static void
append_name (GString *path, ConfsyncCursor name)
{
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  confsync_json_pointer_append (path, text, length);
}

/* What came or went with the value at @path; the tape is not deep, so recursion is. */
static void
emit_inside (Emission *emission, GString *path, ConfsyncCursor value)
{
  gboolean is_object = confsync_cursor_kind (value) == CONFSYNC_JSON_OBJECT;
  guint n = confsync_cursor_length (value);
  gsize before = path->len;
  ConfsyncCursor at = value;

  if (n > 0)
    at = confsync_cursor_first (value);
  for (guint i = 0; i < n; i++)
    {
      ConfsyncCursor child = is_object ? confsync_cursor_value (at) : at;

      if (is_object)
        append_name (path, at);
      else
        confsync_json_pointer_append_index (path, i);
      emit_detail (emission, path->str);
      emit_inside (emission, path, child);
      g_string_truncate (path, before);
      at = confsync_cursor_after (child);
    }
}

static void
emit_at (Emission *emission, ConfsyncJson *root, const char *pointer)
{
  g_autoptr (ConfsyncJson) value = confsync_json_lookup (root, pointer, NULL);
  g_autoptr (GString) path = g_string_new (pointer);

  if (value != NULL)
    emit_inside (emission, path, confsync_json_get_cursor (value));
}

static void
emit_ancestors (Emission *emission, const char *pointer)
{
  g_autofree char *path = g_strdup (pointer);

  for (char *end = path + strlen (path); end != NULL; end = strrchr (path, '/'))
    {
      *end = '\0';
      emit_detail (emission, path);
    }
}

static ConfsyncJson *
dup_content (ConfsyncRevision *revision)
{
  g_autoptr (GBytes) empty = NULL;

  if (revision != NULL)
    return confsync_json_ref (
      confsync_document_get_json (confsync_revision_get_document (revision)));
  empty = g_bytes_new_static ("{}", 2);
  return confsync_json_parse (empty, NULL, NULL);
}

/* Handlers without a detail, which hear of a change by itself: they would hear of every detail. */
static GArray *
block_general (ConfsyncManager *self, guint signal_id)
{
  GArray *blocked = g_array_new (FALSE, FALSE, sizeof (gulong));
  gulong handler;

  while ((handler = g_signal_handler_find (
            self, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DETAIL | G_SIGNAL_MATCH_UNBLOCKED, signal_id,
            0, NULL, NULL, NULL)) != 0)
    {
      g_signal_handler_block (self, handler);
      g_array_append_val (blocked, handler);
    }
  return blocked;
}

static void
unblock_general (ConfsyncManager *self, GArray *blocked)
{
  for (guint i = 0; i < blocked->len; i++)
    {
      gulong handler = g_array_index (blocked, gulong, i);

      if (g_signal_handler_is_connected (self, handler))
        g_signal_handler_unblock (self, handler);
    }
}

static void
emit_all (Emission *emission, ConfsyncRevision *before)
{
  g_autoptr (ConfsyncJson) from = dup_content (before), to = dup_content (emission->now);
  g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, 0);

  for (guint i = 0; pointers[i] != NULL; i++)
    {
      emit_ancestors (emission, pointers[i]);
      emit_at (emission, from, pointers[i]);
      emit_at (emission, to, pointers[i]);
    }
}

/* Where nobody asked for a place, none is looked for: that takes long in a large document. */
void
confsync_manager_emit_details (ConfsyncManager *self,
                               guint signal_id,
                               ConfsyncRevision *before,
                               ConfsyncRevision *now,
                               gboolean local)
{
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) blocked = block_general (self, signal_id);
  g_autoptr (ConfsyncDocument) document =
    confsync_manager_lay (self, confsync_revision_get_document (now));
  Emission emission = { self, signal_id, now, document, local, done };

  if (g_signal_handler_find (self, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_UNBLOCKED, signal_id, 0, NULL,
                             NULL, NULL) != 0)
    emit_all (&emission, before);
  unblock_general (self, blocked);
}

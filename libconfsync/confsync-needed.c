/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The state's member `needed`, and what its holders hold.
 */

#include "config.h"

#include "confsync-needed-private.h"

#include "confsync-holders-private.h"

#define MEMBER "needed"

void
confsync_needed_build (const char *const *hashes, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, MEMBER);
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; hashes[i] != NULL; i++)
    confsync_json_builder_string (builder, hashes[i]);
  confsync_json_builder_close (builder);
}

GHashTable *
confsync_needed_new (ConfsyncDocument *state)
{
  GHashTable *needed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (ConfsyncJson) list =
    state != NULL ? confsync_json_get_member (confsync_document_get_json (state), MEMBER) : NULL;

  if (state != NULL)
    confsync_holders_add_needed (state, needed);
  if (list == NULL || confsync_json_get_kind (list) != CONFSYNC_JSON_ARRAY)
    return needed;
  for (guint i = 0; i < confsync_json_get_length (list); i++)
    {
      g_autoptr (ConfsyncJson) hash = confsync_json_get_element (list, i);

      if (confsync_json_get_kind (hash) == CONFSYNC_JSON_STRING)
        g_hash_table_add (needed, confsync_json_dup_string (hash));
    }
  return needed;
}

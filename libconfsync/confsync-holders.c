/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Holders: a short list, the last one heard of at its end.
 */

#include "config.h"

#include "confsync-holders-private.h"

#include <string.h>

#include "confsync-sha256-private.h"
#include "confsync-stamp-private.h"

#define MEMBER "holders"

typedef struct
{
  char *id;
  char *hash;
} Holder;

struct _ConfsyncHolders
{
  GPtrArray *list; /* of Holder */
};

static void
holder_free (Holder *holder)
{
  g_free (holder->id);
  g_free (holder->hash);
  g_free (holder);
}

ConfsyncHolders *
confsync_holders_new (void)
{
  ConfsyncHolders *self = g_new0 (ConfsyncHolders, 1);

  self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) holder_free);
  return self;
}

void
confsync_holders_free (ConfsyncHolders *self)
{
  g_ptr_array_unref (self->list);
  g_free (self);
}

static Holder *
steal (ConfsyncHolders *self, const char *id)
{
  for (guint i = self->list->len; i-- > 0;)
    if (g_str_equal (((Holder *) self->list->pdata[i])->id, id))
      return g_ptr_array_steal_index (self->list, i);
  return NULL;
}

gboolean
confsync_holders_note (ConfsyncHolders *self, const char *id, const char *hash)
{
  Holder *holder = steal (self, id);
  const gboolean known = holder != NULL && g_str_equal (holder->hash, hash);

  if (holder == NULL)
    {
      holder = g_new0 (Holder, 1);
      holder->id = g_strdup (id);
    }
  if (!known)
    {
      g_free (holder->hash);
      holder->hash = g_strdup (hash);
    }
  g_ptr_array_add (self->list, holder);
  if (self->list->len > CONFSYNC_HOLDERS_MAX)
    g_ptr_array_remove_index (self->list, 0);
  return !known;
}

void
confsync_holders_build (ConfsyncHolders *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_name (builder, MEMBER);
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < self->list->len; i++)
    {
      const Holder *holder = self->list->pdata[i];

      confsync_json_builder_name (builder, holder->id);
      confsync_json_builder_string (builder, holder->hash);
    }
  confsync_json_builder_close (builder);
}

static ConfsyncJson *
get_member (ConfsyncDocument *state)
{
  g_autoptr (ConfsyncJson) member =
    confsync_json_get_member (confsync_document_get_json (state), MEMBER);

  return member != NULL && confsync_json_get_kind (member) == CONFSYNC_JSON_OBJECT
           ? g_steal_pointer (&member)
           : NULL;
}

static void
read_holder (ConfsyncHolders *self, ConfsyncJson *member, guint i)
{
  g_autofree char *id = confsync_json_dup_member_name (member, i);
  g_autoptr (ConfsyncJson) value = confsync_json_get_member (member, id);
  g_autofree char *hash = confsync_json_dup_string (value);

  if (confsync_instance_id_is_valid (id) && hash != NULL &&
      confsync_sha256_is_text (hash, strlen (hash)))
    confsync_holders_note (self, id, hash);
}

void
confsync_holders_restore (ConfsyncHolders *self, ConfsyncDocument *state)
{
  g_autoptr (ConfsyncJson) member = get_member (state);

  for (guint i = 0; member != NULL && i < confsync_json_get_length (member); i++)
    read_holder (self, member, i);
}

void
confsync_holders_add_needed (ConfsyncDocument *state, GHashTable *needed)
{
  g_autoptr (ConfsyncHolders) holders = confsync_holders_new ();

  confsync_holders_restore (holders, state);
  for (guint i = 0; i < holders->list->len; i++)
    g_hash_table_add (needed, g_strdup (((Holder *) holders->list->pdata[i])->hash));
}

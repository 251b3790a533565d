/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * On a full disk every version fails, so what is remembered is bounded: the oldest are forgotten
 * all at once, and what is live isn't among them.
 */

#include "config.h"

#include "confsync-unkept-private.h"

#define UNKEPT_MAX 1024

struct _ConfsyncUnkept
{
  GHashTable *reasons; /* (element-type utf8 GError): by the hash of the content */
};

ConfsyncUnkept *
confsync_unkept_new (void)
{
  ConfsyncUnkept *self = g_new0 (ConfsyncUnkept, 1);

  self->reasons =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_error_free);
  return self;
}

void
confsync_unkept_free (ConfsyncUnkept *self)
{
  g_hash_table_unref (self->reasons);
  g_free (self);
}

void
confsync_unkept_add (ConfsyncUnkept *self, const char *hash, const GError *error)
{
  /* tried again: the first reason says as much */
  if (g_hash_table_contains (self->reasons, hash))
    return;
  if (g_hash_table_size (self->reasons) >= UNKEPT_MAX)
    g_hash_table_remove_all (self->reasons);
  g_hash_table_insert (self->reasons, g_strdup (hash), g_error_copy (error));
}

void
confsync_unkept_remove (ConfsyncUnkept *self, const char *hash)
{
  g_hash_table_remove (self->reasons, hash);
}

gboolean
confsync_unkept_check (ConfsyncUnkept *self, const char *hash, GError **error)
{
  const GError *why = hash != NULL ? g_hash_table_lookup (self->reasons, hash) : NULL;

  if (why == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_error_copy (why),
                              "what is there is in no version yet, so it stays: ");
  return FALSE;
}

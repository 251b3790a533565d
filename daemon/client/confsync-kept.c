/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads what is kept through the library's own stores, with the local members that the notes name,
 * so that a version says the same as it would through an instance. What is live is looked at in a
 * copy in memory: a store with local members writes its file anew where that seems due, and here
 * nothing is to be written.
 *
 * An instance that runs, but can't be asked, is an error: its files are its own.
 */

#include "config.h"

#include "confsync-kept.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-await.h"
#include "confsync-control-variant.h"
#include "confsync-node-options-private.h"

#define KEYS_POINTER "/local_members/keys"

struct _ConfsyncKept
{
  ConfsyncFileStore *files;
  ConfsyncStore *store;        /* before the files: without what stays on this machine */
  ConfsyncDocument *state;     /* (nullable): the notes */
  GStrv local_keys;
  ConfsyncDocument *live;      /* (nullable): as it is in the file */
  ConfsyncDocument *shared;    /* (nullable): of that */
  GError *unreadable;          /* (nullable): why there is no live one, but for no file at all */
};

void
confsync_kept_free (ConfsyncKept *self)
{
  g_clear_object (&self->store);
  g_clear_object (&self->files);
  g_clear_pointer (&self->state, confsync_document_unref);
  g_clear_pointer (&self->live, confsync_document_unref);
  g_clear_pointer (&self->shared, confsync_document_unref);
  g_clear_error (&self->unreadable);
  g_strfreev (self->local_keys);
  g_free (self);
}

/* waiting */

static ConfsyncDocument *
load_state (ConfsyncStore *store, GError **error)
{
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_load_state_async (store, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  return confsync_store_load_state_finish (store, result, error);
}

static gboolean
save_state (ConfsyncStore *store, ConfsyncDocument *state, GError **error)
{
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  confsync_store_save_state_async (store, state, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  return confsync_store_save_state_finish (store, result, error);
}

static ConfsyncDocument *
load (ConfsyncStore *store, GError **error)
{
  GAsyncResult *ended = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  ConfsyncDocument *document = NULL;

  confsync_store_load_async (store, NULL, confsync_await_cb, &ended);
  result = confsync_await (&ended);
  confsync_store_load_finish (store, result, &document, NULL, NULL, error);
  return document;
}

/* which files */

typedef struct
{
  char *file;     /* (nullable) */
  char *base_dir; /* (nullable) */
} Place;

static void
place_clear (Place *place)
{
  g_free (place->file);
  g_free (place->base_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

/* As `confsync run` would choose them; nothing at all means the document that has its versions in
 * this folder. What can't be found is left out. */
static gboolean
find_place (const ConfsyncWhich *which, Place *place, GError **error)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();
  g_auto (GStrv) environment = g_get_environ ();
  const char *base_dir;

  if (!confsync_node_options_read (options, (const char *const *) environment, NULL, NULL, error))
    return FALSE;

  base_dir = which->base_dir != NULL ? which->base_dir
                                     : confsync_options_get_string (options, "config-base-dir");
  place->file = g_strdup (which->file);
  if (place->file == NULL && which->base_dir == NULL)
    {
      place->file = confsync_file_store_find_path (which->here, NULL);
      base_dir = place->file != NULL ? which->here : base_dir;
    }
  if (place->file == NULL && base_dir != NULL)
    place->file = confsync_file_store_find_path (base_dir, NULL);
  if (place->file == NULL && which->base_dir == NULL)
    place->file = g_strdup (confsync_options_get_string (options, "config-path"));
  if (place->file != NULL)
    place->base_dir = base_dir != NULL ? g_strdup (base_dir) : g_path_get_dirname (place->file);
  return TRUE;
}

/* opening */

static GStrv
read_local_keys (ConfsyncDocument *state)
{
  g_autoptr (ConfsyncJson) keys =
    state != NULL
      ? confsync_json_lookup (confsync_document_get_json (state), KEYS_POINTER, NULL) : NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const guint n = keys != NULL && confsync_json_get_kind (keys) == CONFSYNC_JSON_ARRAY
                    ? confsync_json_get_length (keys) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncJson) key = confsync_json_get_element (keys, i);
      g_autofree char *pointer =
        confsync_json_get_kind (key) == CONFSYNC_JSON_STRING ? confsync_json_dup_string (key)
                                                             : NULL;

      if (pointer != NULL)
        g_strv_builder_add (builder, pointer);
    }
  return g_strv_builder_end (builder);
}

static ConfsyncStore *
stand_before (ConfsyncKept *self, ConfsyncStore *store, GError **error)
{
  ConfsyncLocalStore *local =
    confsync_local_store_new (store, (const char *const *) self->local_keys, error);

  return local != NULL ? CONFSYNC_STORE (local) : NULL;
}

/* Gives the store its notes. */
static gboolean
begin (ConfsyncKept *self, ConfsyncStore *store, GError **error)
{
  g_autoptr (ConfsyncDocument) state = self->state != NULL ? load_state (store, error) : NULL;

  return self->state == NULL || state != NULL;
}

static gboolean
read_shared (ConfsyncKept *self, GError **error)
{
  g_autoptr (ConfsyncMemoryStore) memory = confsync_memory_store_new ();
  g_autoptr (ConfsyncStore) store = stand_before (self, CONFSYNC_STORE (memory), error);

  if (store == NULL ||
      (self->state != NULL && !save_state (CONFSYNC_STORE (memory), self->state, error)))
    return FALSE;
  confsync_memory_store_edit (memory, self->live);
  self->shared = begin (self, store, error) ? load (store, error) : NULL;
  return self->shared != NULL;
}

static gboolean
is_blank (const char *text)
{
  return text[strspn (text, " \t\r\n")] == '\0';
}

/* A live file that is gone or of no use is in nobody's way: what is kept can be read. */
static gboolean
read_live (ConfsyncKept *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize length;

  if (!g_file_get_contents (confsync_kept_get_file (self), &text, &length, &self->unreadable))
    {
      if (g_error_matches (self->unreadable, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_clear_error (&self->unreadable);
      return TRUE;
    }
  if (length == strlen (text) && is_blank (text))
    return TRUE;
  bytes = g_bytes_new (text, length);
  self->live = confsync_document_new (bytes, NULL, &self->unreadable);
  g_prefix_error (&self->unreadable, "%s: ", confsync_kept_get_file (self));
  return self->live == NULL || read_shared (self, error);
}

static gboolean
check_any (ConfsyncKept *self, GError **error)
{
  g_autoptr (GPtrArray) versions = confsync_store_list_versions_sync (self->store, NULL, error);
  g_autofree char *file = NULL, *base_dir = NULL;

  if (versions == NULL || versions->len > 0 || self->state != NULL)
    return versions != NULL;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("no instance keeps %s, and nothing of it is kept in %s either; start one: "
                  "confsync run %s, or name its directory by -d DIR"),
               confsync_kept_get_file (self), confsync_kept_get_base_dir (self),
               confsync_kept_get_file (self));
  return FALSE;
}

/* Nobody goes around an instance to its files. */
static gboolean
check_unused (ConfsyncKept *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (confsync_file_store_check_unused (self->files, &reason))
    return TRUE;
  if (g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_BUSY))
    g_set_error (error, reason->domain, reason->code,
                 _ ("%s. It can't be asked from here: it is another user's, or an application's, "
                    "or was told no-control"), reason->message);
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
open_all (ConfsyncKept *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!check_unused (self, error))
    return FALSE;
  self->state = load_state (CONFSYNC_STORE (self->files), &reason);
  if (reason != NULL && !g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  self->local_keys = read_local_keys (self->state);
  self->store = stand_before (self, CONFSYNC_STORE (self->files), error);
  return self->store != NULL && begin (self, self->store, error) && check_any (self, error) &&
         read_live (self, error);
}

/*
 * confsync_kept_open:
 *
 * Returns: (transfer full) (nullable): what is kept; %NULL without an error where nothing says
 *   which document is meant
 */
ConfsyncKept *
confsync_kept_open (const ConfsyncWhich *which, GError **error)
{
  g_autoptr (ConfsyncKept) self = NULL;
  g_auto (Place) place = { 0 };

  if (!find_place (which, &place, error) || place.file == NULL)
    return NULL;
  self = g_new0 (ConfsyncKept, 1);
  self->files = confsync_file_store_new (place.file, place.base_dir);
  return open_all (self, error) ? g_steal_pointer (&self) : NULL;
}

/* what there is */

const char *
confsync_kept_get_file (ConfsyncKept *self)
{
  return confsync_file_store_get_path (self->files);
}

const char *
confsync_kept_get_base_dir (ConfsyncKept *self)
{
  return confsync_file_store_get_base_dir (self->files);
}

/* Which members stay on this machine, as the instance that ran last noted it. */
const char *const *
confsync_kept_get_local_keys (ConfsyncKept *self)
{
  return (const char *const *) self->local_keys;
}

/* Empty for none. */
const char *
confsync_kept_get_live_hash (ConfsyncKept *self)
{
  return self->shared != NULL ? confsync_document_get_hash (self->shared) : "";
}

/* Returns: (transfer floating): as the method ListVersions answers */
GVariant *
confsync_kept_list_versions (ConfsyncKept *self, GError **error)
{
  g_autoptr (GPtrArray) versions = confsync_store_list_versions_sync (self->store, NULL, error);

  return versions != NULL ? confsync_control_versions_to_variant (versions) : NULL;
}

static char *
dup_text (ConfsyncDocument *document)
{
  g_autoptr (GVariant) text = g_variant_ref_sink (confsync_control_document_to_variant (document));

  return g_variant_dup_string (text, NULL);
}

/* Returns: (transfer full): its text, as the method GetVersion answers */
char *
confsync_kept_read_version (ConfsyncKept *self, const char *name, GError **error)
{
  g_autoptr (ConfsyncDocument) document =
    confsync_store_get_version_sync (self->store, name, NULL, error);

  return document != NULL ? dup_text (document) : NULL;
}

static gboolean
check_live (ConfsyncKept *self, GError **error)
{
  if (self->unreadable != NULL)
    g_propagate_error (error, g_error_copy (self->unreadable));
  else if (self->live == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("%s is missing or empty; put it back: confsync restore"),
                 confsync_kept_get_file (self));
  return self->live != NULL;
}

/* Returns: (transfer full): what is in the live file, as the method GetDocument answers */
char *
confsync_kept_read_live (ConfsyncKept *self, GError **error)
{
  if (check_live (self, error))
    return dup_text (self->live);
  return NULL;
}

/* Returns: (transfer full): the same without what stays on this machine */
char *
confsync_kept_read_shared (ConfsyncKept *self, GError **error)
{
  return check_live (self, error) ? dup_text (self->shared) : NULL;
}

static gboolean
check_shared (ConfsyncKept *self, const char *pointer, GError **error)
{
  for (gsize i = 0; self->local_keys[i] != NULL; i++)
    {
      const gsize length = strlen (self->local_keys[i]);

      if (strncmp (pointer, self->local_keys[i], length) != 0 ||
          (pointer[length] != '\0' && pointer[length] != '/'))
        continue;
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   _ ("“%s” stays on this machine (local-keys), so no shared version tells of it"),
                   pointer);
      return FALSE;
    }
  return TRUE;
}

/* What is live, if it is kept; else %NULL, and the newest version stands for it. */
static ConfsyncRevision *
find_head (ConfsyncKept *self, GError **error)
{
  g_autoptr (GPtrArray) versions = confsync_store_list_versions_sync (self->store, NULL, error);

  for (guint i = 0; versions != NULL && i < versions->len; i++)
    {
      ConfsyncStamp *stamp = confsync_version_get_stamp (versions->pdata[i]);

      if (stamp != NULL && g_strcmp0 (confsync_version_get_hash (versions->pdata[i]),
                                      confsync_kept_get_live_hash (self)) == 0)
        return confsync_revision_new (self->shared, stamp);
    }
  return NULL;
}

/* Returns: (transfer floating): as the method Explain answers */
GVariant *
confsync_kept_explain (ConfsyncKept *self, const char *pointer, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (ConfsyncRevision) head = NULL;
  g_autoptr (ConfsyncExplanation) explanation = NULL;

  if (!check_shared (self, pointer, error))
    return NULL;
  head = find_head (self, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  explanation = confsync_store_explain_sync (self->store, pointer, head, NULL, error);
  return explanation != NULL ? confsync_control_explanation_to_variant (explanation) : NULL;
}

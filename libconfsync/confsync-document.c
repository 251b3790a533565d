/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * ConfsyncDocument: a JSON object, the text it came from, and what is computed at the first request
 * and kept: text, hash and size, JsonNode. Two threads may compute one of them at the same time;
 * the first to finish wins, and all see its result.
 */

#include "config.h"

#include "confsync-document.h"
#include "confsync-error.h"
#include "confsync-json-writer-private.h"

typedef struct {
  char *hash;
  gsize canonical_size;
} Digest;

struct _ConfsyncDocument
{
  ConfsyncJson *json; /* (owned) */
  GBytes *text;       /* (owned) (nullable): atomic */
  Digest *digest;     /* (owned) (nullable): atomic */
  JsonNode *root;     /* (owned) (nullable): atomic, sealed */
};

G_DEFINE_BOXED_TYPE (ConfsyncDocument, confsync_document, confsync_document_ref,
                     confsync_document_unref)

static void
digest_free (Digest *self)
{
  g_free (self->hash);
  g_free (self);
}

static void
confsync_document_clear (gpointer data)
{
  ConfsyncDocument *self = data;

  confsync_json_unref (self->json);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->digest, digest_free);
  g_clear_pointer (&self->root, json_node_unref);
}

static ConfsyncDocument *
new_take (ConfsyncJson *json, GBytes *text, GError **error)
{
  ConfsyncDocument *self;

  if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      confsync_json_unref (json);
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
                           "a configuration must be a JSON object: {…}");
      return NULL;
    }
  self = g_atomic_rc_box_new (ConfsyncDocument);
  *self = (ConfsyncDocument){ .json = json, .text = text != NULL ? g_bytes_ref (text) : NULL };
  return self;
}

/**
 * confsync_document_new:
 * @text: the configuration's text; the document keeps a reference
 * @limits: (nullable): what the text may have, or %NULL for the defaults
 * @error: return location for an error, or %NULL
 *
 * Reads a configuration. Cost and refusals are those of [func@Confsync.Json.parse].
 *
 * Fails with %CONFSYNC_ERROR_INVALID_JSON and %CONFSYNC_ERROR_TOO_LARGE as that does, and with
 * %CONFSYNC_ERROR_INVALID_DOCUMENT where the text is JSON, but no object.
 *
 * Returns: (transfer full): the document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_document_new (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  ConfsyncJson *json;

  g_return_val_if_fail (text != NULL, NULL);

  json = confsync_json_parse (text, limits, error);
  return json != NULL ? new_take (json, text, error) : NULL;
}

/**
 * confsync_document_new_from_json:
 * @json: an object
 * @error: return location for an error, or %NULL
 *
 * Makes a document of a value.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_DOCUMENT where @json is no object.
 *
 * Returns: (transfer full): the document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_document_new_from_json (ConfsyncJson *json, GError **error)
{
  g_return_val_if_fail (json != NULL, NULL);

  return new_take (confsync_json_ref (json), NULL, error);
}

/**
 * confsync_document_new_from_node:
 * @node: a node that holds an object
 * @error: return location for an error, or %NULL
 *
 * Makes a document of a node, which is copied.
 *
 * Fails as [ctor@Confsync.Json.new_from_node] does, and with %CONFSYNC_ERROR_INVALID_DOCUMENT
 * where @node holds no object.
 *
 * Returns: (transfer full): the document
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_document_new_from_node (JsonNode *node, GError **error)
{
  ConfsyncJson *json;

  g_return_val_if_fail (node != NULL, NULL);

  json = confsync_json_new_from_node (node, error);
  return json != NULL ? new_take (json, NULL, error) : NULL;
}

/**
 * confsync_document_ref:
 * @self: a document
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
ConfsyncDocument *
confsync_document_ref (ConfsyncDocument *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * confsync_document_unref:
 * @self: (transfer full): a document
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_document_unref (ConfsyncDocument *self)
{
  g_atomic_rc_box_release_full (self, confsync_document_clear);
}

/**
 * confsync_document_get_json:
 * @self: a document
 *
 * Gets the content as a value.
 *
 * Returns: (transfer none): the object
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_document_get_json (ConfsyncDocument *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->json;
}

/**
 * confsync_document_get_text:
 * @self: a document
 *
 * Gets the text that the document was read from, byte for byte; for one that was made of values,
 * its compact form, written at the first request.
 *
 * Returns: (transfer none): the text
 *
 * Since: 1.0
 */
GBytes *
confsync_document_get_text (ConfsyncDocument *self)
{
  GBytes *text;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_atomic_pointer_get (&self->text);
  if (text != NULL)
    return text;
  text = confsync_json_to_compact (self->json);
  if (!g_atomic_pointer_compare_and_exchange (&self->text, NULL, text))
    g_bytes_unref (text);
  return g_atomic_pointer_get (&self->text);
}

static const Digest *
get_digest (ConfsyncDocument *self)
{
  Digest *digest = g_atomic_pointer_get (&self->digest);

  if (digest != NULL)
    return digest;
  digest = g_new (Digest, 1);
  digest->hash = confsync_json_digest (confsync_json_get_cursor (self->json),
                                       &digest->canonical_size);
  if (!g_atomic_pointer_compare_and_exchange (&self->digest, NULL, digest))
    digest_free (digest);
  return g_atomic_pointer_get (&self->digest);
}

/**
 * confsync_document_get_hash:
 * @self: a document
 *
 * Gets the SHA-256 of the canonical form, computed at the first request.
 *
 * Returns: (transfer none): 64 lower-case hexadecimal digits
 *
 * Since: 1.0
 */
const char *
confsync_document_get_hash (ConfsyncDocument *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return get_digest (self)->hash;
}

/**
 * confsync_document_get_size:
 * @self: a document
 *
 * Gets the size of the canonical form, computed at the first request together with the hash.
 *
 * Returns: the size in bytes
 *
 * Since: 1.0
 */
gsize
confsync_document_get_size (ConfsyncDocument *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return get_digest (self)->canonical_size;
}

/**
 * confsync_document_get_root:
 * @self: a document
 * @error: return location for an error, or %NULL
 *
 * Gets the content as a sealed node, made at the first request and kept. It takes several times the
 * memory of the document.
 *
 * Fails as [method@Confsync.Json.to_node] does.
 *
 * Returns: (transfer none): the node
 *
 * Since: 1.0
 */
JsonNode *
confsync_document_get_root (ConfsyncDocument *self, GError **error)
{
  JsonNode *root;

  g_return_val_if_fail (self != NULL, NULL);

  root = g_atomic_pointer_get (&self->root);
  if (root != NULL)
    return root;
  root = confsync_json_to_node (self->json, error);
  if (root == NULL)
    return NULL;
  json_node_seal (root);
  if (!g_atomic_pointer_compare_and_exchange (&self->root, NULL, root))
    json_node_unref (root);
  return g_atomic_pointer_get (&self->root);
}

/**
 * confsync_document_dup_value:
 * @self: a document
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones/0/name`; the empty string is the whole
 * @error: return location for an error, or %NULL
 *
 * Gets a copy of one value of the content.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where @pointer is none, with
 * %CONFSYNC_ERROR_NOT_FOUND where nothing is there, and as [method@Confsync.Json.to_node] does.
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
JsonNode *
confsync_document_dup_value (ConfsyncDocument *self, const char *pointer, GError **error)
{
  g_autoptr (ConfsyncJson) value = NULL;

  g_return_val_if_fail (self != NULL && pointer != NULL, NULL);

  value = confsync_json_lookup (self->json, pointer, error);
  return value != NULL ? confsync_json_to_node (value, error) : NULL;
}

/**
 * confsync_document_is_empty:
 * @self: a document
 *
 * Tells whether the content is `{}`, which means *no configuration*.
 *
 * Returns: %TRUE where it has no members
 *
 * Since: 1.0
 */
gboolean
confsync_document_is_empty (ConfsyncDocument *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return confsync_json_get_length (self->json) == 0;
}

/**
 * confsync_document_equal:
 * @a: a document
 * @b: a document
 *
 * Compares the contents as [method@Confsync.Json.equal] does: by value, not by text.
 *
 * Returns: %TRUE where they are equal
 *
 * Since: 1.0
 */
gboolean
confsync_document_equal (ConfsyncDocument *a, ConfsyncDocument *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a == b || confsync_json_equal (a->json, b->json);
}

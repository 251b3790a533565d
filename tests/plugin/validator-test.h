/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the tests of whole validators share: validators found by name, as programs find them, and
 * documents and schemas from literals in which single quotes stand for double ones.
 */

#pragma once

#include <string.h>

#include <confsync.h>

static inline GBytes *
bytes_from (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');

  return g_bytes_new (quoted, strlen (quoted));
}

static inline ConfsyncDocument *
document_from (const char *text)
{
  g_autoptr (GBytes) bytes = bytes_from (text);
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

/* %NULL with an error where the schema isn't taken */
static inline ConfsyncValidator *
try_validator (const char *name, const char *schema, GError **error)
{
  g_autoptr (GBytes) bytes = bytes_from (schema);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, &local_error);
  GType type = confsync_registry_find (CONFSYNC_TYPE_VALIDATOR, name, &local_error);

  g_assert_no_error (local_error);
  return g_initable_new (type, NULL, error, "schema", json, NULL);
}

static inline ConfsyncValidator *
validator_of (const char *name, const char *schema)
{
  g_autoptr (GError) error = NULL;
  ConfsyncValidator *validator = try_validator (name, schema, &error);

  if (validator == NULL)
    g_error ("%s: %s", schema, error->message);
  return validator;
}

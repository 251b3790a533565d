/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the tests of schemas share: values and schemas from literals in which single quotes stand
 * for double ones.
 */

#pragma once

#include <string.h>

#include "confsync-schema.h"

#define DRAFT_7 "'$schema':'http://json-schema.org/draft-07/schema#'"

static inline ConfsyncJson *
json_from (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (bytes, NULL, &error);

  if (json == NULL)
    g_error ("%s: %s", text, error->message);
  return json;
}

static inline ConfsyncSchema *
schema_from (const char *text)
{
  g_autoptr (ConfsyncJson) json = json_from (text);
  g_autoptr (GError) error = NULL;
  ConfsyncSchema *schema = confsync_schema_new (json, &error);

  if (schema == NULL)
    g_error ("%s: %s", text, error->message);
  return schema;
}

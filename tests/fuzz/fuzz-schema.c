/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What may be a schema, and a document under it. The input is [schema, document]; the schema is
 * tried as JSON Schema and as Home Assistant's words. Either is refused with a reason, or says the
 * same of the document each time, however its members are ordered.
 */

#include "config.h"

#include "confsync-option-tree.h"
#include "confsync-schema.h"
#include "fuzz.h"

typedef gboolean (*SayFunc) (gpointer schema, ConfsyncJson *document, GError **error);

/* Whether @document fits; a refusal is one, and has a reason. */
static gboolean
say (SayFunc func, gpointer schema, ConfsyncJson *document)
{
  g_autoptr (GError) error = NULL;
  gboolean fits = func (schema, document, &error);

  g_assert_cmpint (fits, ==, error == NULL);
  if (!fits)
    {
      fuzz_check_error (error);
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
    }
  return fits;
}

static void
check_refused_schema (GError *error)
{
  fuzz_check_error (error);
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_error_free (error);
}

/* The same value, with its members in canonical order. */
static ConfsyncJson *
sort (ConfsyncJson *json)
{
  g_autoptr (GBytes) text = confsync_json_to_canonical (json);
  g_autoptr (GError) error = NULL;
  ConfsyncJson *sorted = confsync_json_parse (text, NULL, &error);

  g_assert_no_error (error);
  return sorted;
}

static void
try_schema (ConfsyncJson *json, ConfsyncJson *sorted, ConfsyncJson *document)
{
  GError *error = NULL;
  g_autoptr (ConfsyncSchema) schema = confsync_schema_new (json, &error), other = NULL;
  gboolean fits;

  if (schema == NULL)
    {
      check_refused_schema (error);
      return;
    }
  fits = say ((SayFunc) confsync_schema_check, schema, document);
  g_assert_cmpint (say ((SayFunc) confsync_schema_check, schema, document), ==, fits);
  other = confsync_schema_new (sorted, &error);
  g_assert_no_error (error);
  g_assert_cmpint (say ((SayFunc) confsync_schema_check, other, document), ==, fits);
}

static void
try_options (ConfsyncJson *json, ConfsyncJson *sorted, ConfsyncJson *document)
{
  GError *error = NULL;
  g_autoptr (ConfsyncOptionTree) tree = confsync_option_tree_new (json, &error), other = NULL;
  gboolean fits;

  if (tree == NULL)
    {
      check_refused_schema (error);
      return;
    }
  fits = say ((SayFunc) confsync_option_tree_check, tree, document);
  other = confsync_option_tree_new (sorted, &error);
  g_assert_no_error (error);
  g_assert_cmpint (say ((SayFunc) confsync_option_tree_check, other, document), ==, fits);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ConfsyncJson *parts[2];

  if (!fuzz_split (data, size, 2, parts))
    return 0;
  {
    g_autoptr (ConfsyncJson) sorted = sort (parts[0]);

    try_schema (parts[0], sorted, parts[1]);
    try_options (parts[0], sorted, parts[1]);
  }
  fuzz_free_parts (2, parts);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Documents and revisions for tests.
 */

#include "config.h"

#include "test-revision.h"

#include <string.h>

ConfsyncDocument *
test_document (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GBytes) bytes = g_bytes_new (quoted, strlen (quoted));
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

ConfsyncRevision *
test_revision (const char *text, gint64 time)
{
  g_autofree char *stamp_text = g_strdup_printf (
    "{\"time\":%" G_GINT64_FORMAT ",\"author\":\"tester\",\"kind\":\"edit\",\"epoch\":0,"
    "\"floor\":0,\"vector\":{\"0123456789abcdef\":%" G_GINT64_FORMAT "}}",
    time, time);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new_from_string (stamp_text, &error);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  g_assert_no_error (error);
  return confsync_revision_new (document, stamp);
}

ConfsyncRevision *
test_revision_of (const char *text, guint actor, gint64 time, ConfsyncStampKind kind, guint epoch)
{
  static const char *const kinds[] = { "edit", "initial", "merged" };
  g_autofree char *stamp_text = g_strdup_printf (
    "{\"time\":%" G_GINT64_FORMAT ",\"author\":\"%c\",\"kind\":\"%s\",\"epoch\":%u,"
    "\"floor\":0,\"vector\":{\"000000000000000%u\":%" G_GINT64_FORMAT "}}",
    time, (char) ('a' + actor - 1), kinds[kind], epoch, actor, time);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncStamp) stamp = confsync_stamp_new_from_string (stamp_text, &error);
  g_autoptr (ConfsyncDocument) document = test_document (text);

  g_assert_no_error (error);
  return confsync_revision_new (document, stamp);
}

char *
test_canonical (ConfsyncDocument *document)
{
  g_autoptr (GBytes) text = NULL;

  if (document == NULL)
    return NULL;
  text = confsync_json_to_canonical (confsync_document_get_json (document));
  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

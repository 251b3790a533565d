/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Documents and revisions out of a line of C.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/* quotes may be single ones: {'a':1} */
ConfsyncDocument *test_document (const char *text);

/* an edit by one actor at @time, in microseconds since the Unix epoch */
ConfsyncRevision *test_revision (const char *text, gint64 time);

/* one of @actor's, 1 to 9, that knows nothing of the others': concurrent with theirs; its author is
 * "a" to "i" */
ConfsyncRevision *test_revision_of (const char *text,
                                    guint actor,
                                    gint64 time,
                                    ConfsyncStampKind kind,
                                    guint epoch);

/* the text of a JSON value, canonical; NULL for NULL */
char *test_canonical (ConfsyncDocument *document);

#define test_assert_document(document, text)                                                      \
  G_STMT_START                                                                                    \
    {                                                                                             \
      g_autoptr (ConfsyncDocument) expected_document = test_document (text);                      \
      g_autofree char *expected_text = test_canonical (expected_document);                        \
      g_autofree char *actual_text = test_canonical (document);                                   \
      g_assert_cmpstr (actual_text, ==, expected_text);                                           \
    }                                                                                             \
  G_STMT_END

G_END_DECLS

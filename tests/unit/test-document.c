/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Documents: what they are made of, what they keep, and that threads may share them.
 */

#include "config.h"

#include "confsync-document.h"
#include "json-test.h"

#define THREADS 8

static const char text[] = "{ \"b\" : [1.0, 2],\n \"a\": null }\n";
static const char canonical[] = "{\"a\":null,\"b\":[1,2]}";

static ConfsyncDocument *
document_from (const char *data)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, strlen (data));
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

static void
test_text (void)
{
  g_autoptr (ConfsyncDocument) document = document_from (text);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, canonical, -1);
  GBytes *kept = confsync_document_get_text (document);

  g_test_summary ("A document keeps its text, and hashes its canonical form");
  g_assert_cmpmem (g_bytes_get_data (kept, NULL), g_bytes_get_size (kept), text, sizeof text - 1);
  g_assert_cmpstr (confsync_document_get_hash (document), ==, hash);
  g_assert_true (confsync_document_get_hash (document) == confsync_document_get_hash (document));
  g_assert_cmpuint (confsync_document_get_size (document), ==, sizeof canonical - 1);
  g_assert_false (confsync_document_is_empty (document));
  assert_json (confsync_document_get_json (document), "{'b':[1.0,2],'a':null}");
}

static void
test_refusals (void)
{
  static const struct {
    const char *data;
    int code;
  } cases[] = {
    { "[1]", CONFSYNC_ERROR_INVALID_DOCUMENT }, { "null", CONFSYNC_ERROR_INVALID_DOCUMENT },
    { "{", CONFSYNC_ERROR_INVALID_JSON }, { "", CONFSYNC_ERROR_INVALID_JSON },
    { "{\"a\":[]}", CONFSYNC_ERROR_TOO_LARGE },
  };
  const ConfsyncJsonLimits limits = { .max_depth = 1 };

  g_test_summary ("Only an object within the limits is a document");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (cases[i].data, strlen (cases[i].data));
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_document_new (bytes, &limits, &error));
      g_assert_error (error, CONFSYNC_ERROR, cases[i].code);
    }
}

static void
test_from_values (void)
{
  g_autoptr (ConfsyncJson) json = json_from ("{'x': {'k': 1.0}}"), array = json_from ("[]");
  g_autoptr (ConfsyncJson) part = confsync_json_get_member (json, "x");
  g_autoptr (GError) error = NULL, node_error = NULL;
  g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (part, &error);
  g_autoptr (ConfsyncDocument) copy = NULL;
  GBytes *bytes = confsync_document_get_text (document);
  JsonNode *root = confsync_document_get_root (document, &error);
  g_autoptr (JsonNode) list = json_node_init_array (json_node_alloc (), NULL);

  g_test_summary ("A document made of values has a compact text");
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "{\"k\":1.0}", 9);
  copy = confsync_document_new_from_node (root, &error);
  g_assert_no_error (error);
  g_assert_true (confsync_document_equal (document, copy));
  g_assert_cmpstr (confsync_document_get_hash (document), ==, confsync_document_get_hash (copy));
  g_assert_null (confsync_document_new_from_json (array, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT);
  g_assert_null (confsync_document_new_from_node (list, &node_error));
  g_assert_error (node_error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT);
}

static void
test_equal (void)
{
  g_autoptr (ConfsyncDocument) a = document_from (text), b = document_from (canonical);
  g_autoptr (ConfsyncDocument) c = document_from ("{}");

  g_test_summary ("Equality is by value, and {} is the empty document");
  g_assert_true (confsync_document_equal (a, b));
  g_assert_false (confsync_document_equal (a, c));
  g_assert_true (confsync_document_is_empty (c));
  g_assert_cmpuint (confsync_document_get_size (c), ==, 2);
}

static void
test_root (void)
{
  g_autoptr (ConfsyncDocument) document = document_from (text);
  g_autoptr (GError) error = NULL;
  JsonNode *root = confsync_document_get_root (document, &error);
  g_autoptr (JsonNode) value = confsync_document_dup_value (document, "/b/1", &error);

  g_test_summary ("The node is sealed, and made once");
  g_assert_no_error (error);
  g_assert_true (json_node_is_immutable (root));
  g_assert_true (root == confsync_document_get_root (document, NULL));
  g_assert_cmpint (json_node_get_int (value), ==, 2);
  g_assert_null (confsync_document_dup_value (document, "/c", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (confsync_document_dup_value (document, "b", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER);
}

static void
test_large_root (void)
{
  g_autoptr (GString) many = g_string_new ("{\"0\":0");
  g_autoptr (ConfsyncDocument) document = NULL;

  g_test_summary ("A document that can't become a node stays usable");
  for (guint i = 1; i <= CONFSYNC_JSON_NODE_MAX_MEMBERS; i++)
    g_string_append_printf (many, ",\"%u\":0", i);
  g_string_append_c (many, '}');
  document = document_from (many->str);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_document_get_root (document, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
    }
  g_assert_cmpuint (strlen (confsync_document_get_hash (document)), ==, 64);
}

static gpointer
use_thread (gpointer data)
{
  ConfsyncDocument *document = data;
  g_autoptr (ConfsyncJson) list = confsync_json_get_member (confsync_document_get_json (document),
                                                            "b");

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (ConfsyncJson) element = confsync_json_get_element (list, i % 2);

      g_assert_cmpint (confsync_json_get_integer (element), ==, 1 + i % 2);
      g_assert_nonnull (confsync_document_get_root (document, NULL));
    }
  return (gpointer) confsync_document_get_hash (document);
}

static void
test_threads (void)
{
  g_test_summary ("Threads that ask at the same time get the same hash, text and node");

  for (guint round = 0; round < 50; round++)
    {
      g_autoptr (ConfsyncJson) json = json_from (text);
      g_autoptr (ConfsyncDocument) document = confsync_document_new_from_json (json, NULL);
      GThread *threads[THREADS];

      for (guint i = 0; i < THREADS; i++)
        threads[i] = g_thread_new ("use", use_thread, document);
      for (guint i = 0; i < THREADS; i++)
        g_assert_true (g_thread_join (threads[i]) == confsync_document_get_hash (document));
    }
}

static void
test_boxed (void)
{
  g_autoptr (ConfsyncDocument) document = document_from (text);
  GValue value = G_VALUE_INIT, copy = G_VALUE_INIT;

  g_test_summary ("Documents and values travel in a GValue");
  g_value_init (&value, CONFSYNC_TYPE_DOCUMENT);
  g_value_set_boxed (&value, document);
  g_value_init (&copy, CONFSYNC_TYPE_DOCUMENT);
  g_value_copy (&value, &copy);
  g_assert_true (g_value_get_boxed (&copy) == document);
  g_value_unset (&value);
  g_value_unset (&copy);
  g_value_init (&value, CONFSYNC_TYPE_JSON);
  g_value_set_boxed (&value, confsync_document_get_json (document));
  g_value_unset (&value);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/document/text", test_text);
  g_test_add_func ("/document/refusals", test_refusals);
  g_test_add_func ("/document/from-values", test_from_values);
  g_test_add_func ("/document/equal", test_equal);
  g_test_add_func ("/document/root", test_root);
  g_test_add_func ("/document/large-root", test_large_root);
  g_test_add_func ("/document/threads", test_threads);
  g_test_add_func ("/document/boxed", test_boxed);
  return g_test_run ();
}

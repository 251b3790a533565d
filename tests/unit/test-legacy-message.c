/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Frames of the legacy protocol: exactly six members go out, and whatever comes in is checked.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-legacy-message-private.h"
#include "confsync-stamp-private.h"
#include "test-revision.h"

#include <string.h>

#define MUTATIONS 30000
#define NOW_US G_GINT64_CONSTANT (1700000000123457)
#define FRAME                                                                                      \
  "{\"type\": \"config_update\", \"timestamp\": 1700000000.5, \"instance_id\": \"client_1\", "     \
  "\"config_hash\": \"0\", \"config_data\": {\"a\": [1, 2.5, \"\\u00e9\"]}, "                      \
  "\"conflict_resolution\": \"last_write_wins\"}"

static const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                           CONFSYNC_JSON_MAX_VALUES };

static ConfsyncMessage *
decode (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return confsync_legacy_decode (bytes, &limits, error);
}

static ConfsyncMessage *
decode_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  ConfsyncMessage *message = decode (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  return message;
}

static char *
encode (ConfsyncMessageType type, ConfsyncDocument *document)
{
  g_autoptr (GBytes) frame =
    confsync_legacy_encode (type, NOW_US, "kitchen", document != NULL ? "0f" : "", document);

  return g_strndup (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static void
test_encode (void)
{
  g_autoptr (ConfsyncDocument) document = test_document ("{'b':1.0,'a':['x',null]}");
  g_autofree char *update = encode (CONFSYNC_MESSAGE_UPDATE, document);
  g_autofree char *request = encode (CONFSYNC_MESSAGE_REQUEST, NULL);

  g_test_summary ("A legacy decoder fails on a seventh member, and wants all six");
  g_assert_cmpstr (update, ==,
                   "{\"type\":\"config_update\",\"timestamp\":1700000000.123457,"
                   "\"instance_id\":\"kitchen\",\"config_hash\":\"0f\","
                   "\"config_data\":{\"b\":1.0,\"a\":[\"x\",null]},"
                   "\"conflict_resolution\":\"last_write_wins\"}");
  g_assert_cmpstr (request, ==,
                   "{\"type\":\"config_request\",\"timestamp\":1700000000.123457,"
                   "\"instance_id\":\"kitchen\",\"config_hash\":\"\",\"config_data\":null,"
                   "\"conflict_resolution\":\"last_write_wins\"}");
}

static void
test_hash (void)
{
  /* MD5 values of what Python's json.dumps (…, sort_keys=True) prints */
  const struct
  {
    const char *text, *hash;
  } cases[] = {
    { "{}",
      "99914b932bd37a50b983c5e7c90ae93b" },
    { "{'b': 1, 'a': 2}",
      "5e4d14d82c320bafb2f1286fe486d1f8" },
    { "{'é': 1.0, 'a': [1e+16, 1e-05, -0.0, 5e-324, '😀'], 'Z': {'b': null, 'a': true}}",
      "b8ea5b1e52e99ea47e274bc6780ea2cc" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ConfsyncDocument) document = test_document (cases[i].text);
      g_autofree char *hash = confsync_legacy_hash (document);

      g_assert_cmpstr (hash, ==, cases[i].hash);
    }
}

static void
test_decode (void)
{
  g_autoptr (ConfsyncMessage) message = decode_good (FRAME);

  g_assert_cmpint (message->type, ==, CONFSYNC_MESSAGE_UPDATE);
  g_assert_cmpint (message->timestamp, ==, G_GINT64_CONSTANT (1700000000500000));
  g_assert_cmpstr (message->instance_id, ==, "client_1");
  g_assert_cmpstr (message->document, ==, "");
  test_assert_document (message->data, "{'a':[1,2.5,'é']}");
}

static void
test_optional (void)
{
  g_autoptr (ConfsyncMessage) message =
    decode_good ("{\"type\":\"heartbeat\",\"timestamp\":1,\"instance_id\":\"a\",\"more\":[]}");
  g_autoptr (ConfsyncMessage) request = decode_good (
    "{\"type\":\"config_request\",\"timestamp\":1,\"instance_id\":\"a\",\"config_data\":null}");

  g_test_summary ("Members may be absent, and others there");
  g_assert_cmpint (message->type, ==, CONFSYNC_MESSAGE_HEARTBEAT);
  g_assert_null (message->data);
  g_assert_cmpint (request->type, ==, CONFSYNC_MESSAGE_REQUEST);
  g_assert_null (request->data);
}

static void
test_refused (void)
{
  const char *const texts[] = {
    "",
    "nonsense",
    "[]",
    "{}",
    "{\"type\":7,\"timestamp\":1,\"instance_id\":\"a\"}",
    "{\"type\":\"heartbeat\",\"instance_id\":\"a\"}",
    "{\"type\":\"heartbeat\",\"timestamp\":\"1\",\"instance_id\":\"a\"}",
    "{\"type\":\"heartbeat\",\"timestamp\":1}",
    "{\"type\":\"config_update\",\"timestamp\":1,\"instance_id\":\"a\",\"config_data\":[]}",
    "{\"type\":\"config_update\",\"timestamp\":1,\"instance_id\":\"a\","
    "\"config_data\":{\"a\":NaN}}",
    "{\"type\":\"config_update\",\"timestamp\":1,\"instance_id\":\"a\","
    "\"config_data\":{\"a\":9223372036854775808}}",
    "{\"type\":\"config_update\",\"timestamp\":1,\"instance_id\":\"a\","
    "\"config_data\":{\"a\":\"\\ud800\"}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) message = decode (texts[i], &error);

      g_assert_null (message);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "legacy frame"));
    }
}

static void
test_unknown_type (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) message =
    decode ("{\"type\":\"hello\",\"timestamp\":1,\"instance_id\":\"a\"}", &error);

  g_assert_null (message);
  g_assert_no_error (error);
}

static void
test_timestamps (void)
{
  const struct
  {
    const char *text;
    gint64 time;
  } cases[] = {
    { "1700000000", G_GINT64_CONSTANT (1700000000000000) },
    { "0.000001", 1 },
    { "-5", 0 },
    { "1e300", 0 },
    { "-1e300", 0 },
    { "9223372036854775807", 0 },
  };

  g_test_summary ("A time outside of the format is no time");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
        "{\"type\":\"heartbeat\",\"timestamp\":%s,\"instance_id\":\"a\"}", cases[i].text);
      g_autoptr (ConfsyncMessage) message = decode_good (text);

      g_assert_cmpint (message->timestamp, ==, cases[i].time);
    }
}

static void
test_ids (void)
{
  const char *const odd[] = { "", "kitchen pi", "kitchen_pi ", "küche", "a\033[2Jb", "a/b" };
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *plain = confsync_legacy_make_id ("aicleaner_0f3a");
  g_autofree char *endless = g_strnfill (5000, 'x');
  g_autofree char *cut = confsync_legacy_make_id (endless);

  g_test_summary ("Any id becomes one that can name an author, and no two the same");
  g_assert_cmpstr (plain, ==, "aicleaner_0f3a");
  g_assert_true (confsync_instance_id_is_valid (cut));
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      char *id = confsync_legacy_make_id (odd[i]);

      g_assert_true (confsync_instance_id_is_valid (id));
      g_assert_true (g_hash_table_add (ids, id));
    }
}

static void
test_actors (void)
{
  g_test_summary ("An actor is the same on every instance that sees the id");
  g_assert_cmpuint (confsync_legacy_make_actor ("client_1"), ==,
                    confsync_legacy_make_actor ("client_1"));
  g_assert_cmpuint (confsync_legacy_make_actor ("client_1"), !=,
                    confsync_legacy_make_actor ("client_2"));
  g_assert_cmpuint (confsync_legacy_make_actor (""), !=, 0);
}

static void
test_mutations (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint good = 0;

  g_test_summary ("What is taken is whole, whatever bytes come");
  for (int i = 0; i < MUTATIONS; i++)
    {
      g_autofree char *text = g_strdup (FRAME);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) message = NULL;

      for (int n = g_rand_int_range (random, 1, 4); n > 0; n--)
        text[g_rand_int_range (random, 0, strlen (FRAME))] = g_rand_int_range (random, 0, 256);
      bytes = g_bytes_new (text, g_rand_int_range (random, 0, 8) == 0
                                   ? (gsize) g_rand_int_range (random, 0, strlen (FRAME))
                                   : strlen (FRAME));
      message = confsync_legacy_decode (bytes, &limits, &error);
      g_assert_true (message == NULL || error == NULL);
      if (message == NULL)
        continue;
      good++;
      g_assert_true (confsync_instance_id_is_valid (message->instance_id));
      g_assert_cmpint (message->timestamp, >=, 0);
      g_assert_cmpint (message->timestamp, <=, CONFSYNC_STAMP_TIME_MAX);
    }
  g_assert_cmpuint (good, >, MUTATIONS / 100);
  g_assert_cmpuint (good, <, MUTATIONS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legacy-message/encode", test_encode);
  g_test_add_func ("/legacy-message/hash", test_hash);
  g_test_add_func ("/legacy-message/decode", test_decode);
  g_test_add_func ("/legacy-message/optional", test_optional);
  g_test_add_func ("/legacy-message/refused", test_refused);
  g_test_add_func ("/legacy-message/unknown-type", test_unknown_type);
  g_test_add_func ("/legacy-message/timestamps", test_timestamps);
  g_test_add_func ("/legacy-message/ids", test_ids);
  g_test_add_func ("/legacy-message/actors", test_actors);
  g_test_add_func ("/legacy-message/mutations", test_mutations);
  return g_test_run ();
}

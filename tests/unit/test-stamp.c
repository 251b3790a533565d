/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Stamps: their order with kinds and epochs, and their form as JSON.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-stamp-private.h"

#include <string.h>

static ConfsyncStamp *
make (ConfsyncStampKind kind, guint epoch, gint64 time, guint64 actor)
{
  const ConfsyncVectorEntry entry = { actor, time };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (0, &entry, 1);

  return confsync_stamp_new (kind, epoch, time, "kitchen-3f9a2c", vector);
}

static void
assert_order (ConfsyncStamp *a, ConfsyncStamp *b, ConfsyncOrder order)
{
  g_assert_cmpint (confsync_stamp_compare (a, b), ==, order);
  g_assert_cmpint (confsync_stamp_compare (b, a), ==,
                   order == CONFSYNC_ORDER_CONCURRENT ? order : -order);
}

static void
test_order (void)
{
  g_autoptr (ConfsyncStamp) one = make (CONFSYNC_STAMP_EDIT, 0, 10, 1);
  g_autoptr (ConfsyncStamp) later = make (CONFSYNC_STAMP_MERGED, 0, 20, 1);
  g_autoptr (ConfsyncStamp) other = make (CONFSYNC_STAMP_EDIT, 0, 15, 2);

  assert_order (one, later, CONFSYNC_ORDER_BEFORE);
  assert_order (one, other, CONFSYNC_ORDER_CONCURRENT);
  assert_order (one, one, CONFSYNC_ORDER_EQUAL);
}

static void
test_initial (void)
{
  g_autoptr (ConfsyncStamp) edit = make (CONFSYNC_STAMP_EDIT, 0, 10, 1);
  g_autoptr (ConfsyncStamp) same = make (CONFSYNC_STAMP_INITIAL, 0, 10, 1);
  g_autoptr (ConfsyncStamp) after = make (CONFSYNC_STAMP_INITIAL, 0, 20, 1);
  g_autoptr (ConfsyncStamp) before = make (CONFSYNC_STAMP_INITIAL, 0, 5, 1);

  g_test_summary ("An initial content is never after nor equal to an edit, but may be before it");
  assert_order (same, edit, CONFSYNC_ORDER_CONCURRENT);
  assert_order (after, edit, CONFSYNC_ORDER_CONCURRENT);
  assert_order (before, edit, CONFSYNC_ORDER_BEFORE);
  assert_order (before, after, CONFSYNC_ORDER_BEFORE);
}

static void
test_epoch (void)
{
  g_autoptr (ConfsyncStamp) old = make (CONFSYNC_STAMP_EDIT, 0, 1000, 1);
  g_autoptr (ConfsyncStamp) new = make (CONFSYNC_STAMP_EDIT, 1, 10, 2);

  g_test_summary ("A later epoch is after everything, whatever times say");
  assert_order (new, old, CONFSYNC_ORDER_AFTER);
}

static void
test_round_trip (void)
{
  const ConfsyncVectorEntry entries[] = { { G_MAXUINT64, CONFSYNC_STAMP_TIME_MAX }, { 1, 8 } };
  g_autoptr (ConfsyncVector) vector = confsync_vector_new (7, entries, 2);
  g_autoptr (GError) error = NULL;

  for (int kind = CONFSYNC_STAMP_EDIT; kind <= CONFSYNC_STAMP_MERGED; kind++)
    {
      g_autoptr (ConfsyncStamp) stamp =
        confsync_stamp_new (kind, 3, CONFSYNC_STAMP_TIME_MAX, "a.B_9-", vector);
      g_autofree char *text = confsync_stamp_to_string (stamp);
      g_autoptr (ConfsyncStamp) copy = confsync_stamp_new_from_string (text, &error);
      g_autofree char *again = NULL;

      g_assert_no_error (error);
      again = confsync_stamp_to_string (copy);
      g_assert_cmpstr (text, ==, again);
      g_assert_cmpint (confsync_stamp_get_kind (copy), ==, kind);
      g_assert_cmpuint (confsync_stamp_get_epoch (copy), ==, 3);
      g_assert_cmpint (confsync_stamp_get_time (copy), ==, CONFSYNC_STAMP_TIME_MAX);
      g_assert_cmpstr (confsync_stamp_get_author (copy), ==, "a.B_9-");
      assert_order (stamp, copy, CONFSYNC_ORDER_EQUAL);
    }
}

static const char good[] =
  "{\"time\":20,\"author\":\"me\",\"kind\":\"edit\",\"epoch\":0,\"floor\":0,"
  "\"vector\":{\"0123456789abcdef\":20}}";

static const struct {
  const char *find;
  const char *replace;
  const char *named; /* what the error has to name */
} malformed[] = {
  { "\"time\":20", "\"x\":1", "time" },
  { "\"time\":20", "\"time\":-1", "time" },
  { "\"time\":20", "\"time\":20.5", "time" },
  { "\"time\":20", "\"time\":\"20\"", "time" },
  { "\"time\":20", "\"time\":7258118400000001", "time" },
  { "\"me\"", "null", "author" },
  { "\"me\"", "\"\"", "author" },
  { "\"me\"", "\"a b\"", "author" },
  { "\"me\"", "\"a\\u0007\"", "author" },
  { "\"me\"", "\"12345678901234567890123456789012345678901234567890123456789012345\"", "author" },
  { "\"edit\"", "\"rename\"", "kind" },
  { "\"edit\"", "1", "kind" },
  { "\"epoch\":0", "\"epoch\":-1", "epoch" },
  { "\"epoch\":0", "\"epoch\":2147483648", "epoch" },
  { "\"floor\":0", "\"floor\":{}", "floor" },
  { "\"floor\":0,", "", "floor" },
  { "{\"0123456789abcdef\":20}", "[]", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"0123456789abcde\":20}", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"0123456789ABCDEF\":20}", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"+123456789abcdef\":20}", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"0123456789abcdef\":0}", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"0123456789abcdef\":true}", "vector" },
  { "{\"0123456789abcdef\":20}", "{\"0123456789abcdef\":7258118400000001}", "vector" },
};

static void
test_malformed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncStamp) fine = confsync_stamp_new_from_string (good, &error);

  g_test_summary ("Whatever is missing, wrong or out of range gives an error that names it");
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_autoptr (GString) text = g_string_new (good);
      g_autoptr (GError) refusal = NULL;

      g_assert_cmpuint (g_string_replace (text, malformed[i].find, malformed[i].replace, 1), ==, 1);
      g_assert_null (confsync_stamp_new_from_string (text->str, &refusal));
      g_assert_error (refusal, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE);
      g_assert_nonnull (strstr (refusal->message, malformed[i].named));
    }
  g_assert_null (confsync_stamp_new_from_string ("[]", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE);
  g_clear_error (&error);
  g_assert_null (confsync_stamp_new_from_string ("{", &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_JSON);
}

static void
test_many_actors (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *comma = "";

  g_test_summary ("A vector is bounded");
  g_string_append (text, "{\"time\":20,\"author\":\"me\",\"kind\":\"edit\",\"epoch\":0,"
                         "\"floor\":0,\"vector\":{");
  for (guint i = 0; i <= CONFSYNC_STAMP_MAX_ACTORS; i++, comma = ",")
    g_string_append_printf (text, "%s\"%016x\":5", comma, i);
  g_string_append (text, "}}");
  g_assert_null (confsync_stamp_new_from_string (text->str, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE);
}

static void
test_text (void)
{
  static const char *const authors[] = { "a", "kitchen-3f9a2c", "A.b_c-9" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (31);

  g_test_summary ("A stamp in a message is the same text as its value's, and reads back");
  for (guint i = 0; i < 2000; i++)
    {
      ConfsyncVectorEntry entries[70];
      guint n = i % G_N_ELEMENTS (entries);
      g_autoptr (ConfsyncVector) vector = NULL;
      g_autoptr (ConfsyncStamp) stamp = NULL, back = NULL;
      g_autofree char *expected = NULL, *again = NULL;
      g_autoptr (GBytes) text = NULL;
      g_auto (ConfsyncJsonBuilder) builder;

      for (guint j = 0; j < n; j++)
        entries[j] = (ConfsyncVectorEntry){
          (guint64) g_rand_int (rand) << 32 | g_rand_int (rand),
          (gint64) g_rand_double_range (rand, 2, (double) CONFSYNC_STAMP_TIME_MAX),
        };
      vector = confsync_vector_new (i % 3 == 0 ? 1 : 0, entries, n);
      stamp = confsync_stamp_new (i % 3, i % 5 == 0 ? G_MAXINT32 : i % 5,
                                  i % 2 == 0 ? CONFSYNC_STAMP_TIME_MAX : i, authors[i % 3], vector);
      expected = confsync_stamp_to_string (stamp);

      confsync_json_builder_init (&builder);
      confsync_json_builder_begin_text (&builder, 0);
      confsync_stamp_build (stamp, &builder);
      text = confsync_json_builder_end_text (&builder, NULL);
      g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), expected,
                       strlen (expected));
      back = confsync_stamp_new_from_string (expected, NULL);
      again = confsync_stamp_to_string (back);
      g_assert_cmpstr (again, ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stamp/order", test_order);
  g_test_add_func ("/stamp/order/initial", test_initial);
  g_test_add_func ("/stamp/order/epoch", test_epoch);
  g_test_add_func ("/stamp/round-trip", test_round_trip);
  g_test_add_func ("/stamp/malformed", test_malformed);
  g_test_add_func ("/stamp/many-actors", test_many_actors);
  g_test_add_func ("/stamp/text", test_text);
  return g_test_run ();
}

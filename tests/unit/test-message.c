/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Messages: every type goes round, and nothing that is missing, wrong or out of range gets in.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"
#include "confsync-error.h"
#include "confsync-message-private.h"
#include "test-revision.h"

#include <string.h>

#define MUTATIONS 30000
#define NOW_US G_GINT64_CONSTANT (1700000000123457)

static const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                           CONFSYNC_JSON_MAX_VALUES };

static ConfsyncMessage *
make (ConfsyncMessageType type)
{
  ConfsyncMessage *message = confsync_message_new (type);

  message->timestamp = NOW_US;
  message->instance_id = g_strdup ("kitchen-3f9a2c");
  message->document = g_strdup ("heating");
  return message;
}

static void
set_revision (ConfsyncMessage *message, ConfsyncRevision *revision)
{
  message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (revision));
  message->config_hash = g_strdup (confsync_revision_get_hash (revision));
}

static ConfsyncMessage *
make_hello (void)
{
  ConfsyncMessage *message = make (CONFSYNC_MESSAGE_HELLO);

  message->protocol = 1;
  message->session = g_strdup ("s1");
  message->nonce = g_strdup ("n1");
  message->capabilities = g_strsplit ("gzip patch", " ", -1);
  message->leaf = TRUE;
  return message;
}

static ConfsyncMessage *
make_heads (void)
{
  ConfsyncMessage *message = make (CONFSYNC_MESSAGE_HEADS);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 5);

  message->heads = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_head_free);
  g_ptr_array_add (message->heads, confsync_head_new ("heating", NULL, NULL));
  g_ptr_array_add (message->heads,
                   confsync_head_new ("", confsync_revision_get_stamp (revision),
                                      confsync_revision_get_hash (revision)));
  return message;
}

static ConfsyncMessage *
make_update (ConfsyncMessageType type)
{
  ConfsyncMessage *message = make (type);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':[1,{'b':null}]}", 5);

  set_revision (message, revision);
  message->data = confsync_document_ref (confsync_revision_get_document (revision));
  return message;
}

static ConfsyncMessage *
make_patch (void)
{
  ConfsyncMessage *message = make (CONFSYNC_MESSAGE_UPDATE);
  g_autoptr (ConfsyncRevision) base = test_revision ("{'a':1}", 5);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':2}", 6);

  set_revision (message, revision);
  message->base_hash = g_strdup (confsync_revision_get_hash (base));
  message->patch = confsync_json_diff (
    confsync_document_get_json (confsync_revision_get_document (base)),
    confsync_document_get_json (confsync_revision_get_document (revision)));
  return message;
}

static ConfsyncMessage *
make_ack (void)
{
  ConfsyncMessage *message = make (CONFSYNC_MESSAGE_ACK);
  g_autoptr (ConfsyncRevision) answered = test_revision ("{'a':1}", 5);
  g_autoptr (ConfsyncRevision) held = test_revision ("{'a':2}", 6);

  set_revision (message, held);
  message->for_stamp = confsync_stamp_ref (confsync_revision_get_stamp (answered));
  message->for_hash = g_strdup (confsync_revision_get_hash (answered));
  message->outcome = CONFSYNC_OUTCOME_PENDING;
  message->reason = g_strdup ("somebody has to decide");
  return message;
}

/* With a conflict below a pointer, one of whose sides has nothing there. */
static ConfsyncMessage *
make_open (void)
{
  ConfsyncMessage *message = make_update (CONFSYNC_MESSAGE_UPDATE);
  g_autoptr (ConfsyncRevision) ours = test_revision ("{'b':1}", 5);
  g_autoptr (ConfsyncRevision) theirs = test_revision ("{'a':null}", 6);
  gboolean added;

  message->conflicts =
    confsync_conflict_list_add (NULL, "/a", NULL, ours, theirs, "waits", &added);
  g_assert_true (added);
  return message;
}

static void
set_base_for (ConfsyncMessage *message)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ConfsyncRevision) revision = test_revision ("{'a':1}", 5 + i);

      message->base_for[i] = confsync_stamp_ref (confsync_revision_get_stamp (revision));
    }
}

static ConfsyncMessage *
make_base_request (void)
{
  ConfsyncMessage *message = make (CONFSYNC_MESSAGE_REQUEST);

  set_base_for (message);
  return message;
}

static ConfsyncMessage *
make_base (gboolean known)
{
  ConfsyncMessage *message =
    known ? make_update (CONFSYNC_MESSAGE_RESPONSE) : make (CONFSYNC_MESSAGE_RESPONSE);

  set_base_for (message);
  message->is_base = TRUE;
  return message;
}

/* One of each type, and what else some of them may say. */
static GPtrArray *
make_all (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_message_free);
  ConfsyncMessage *request = make (CONFSYNC_MESSAGE_REQUEST);
  ConfsyncMessage *heartbeat = make (CONFSYNC_MESSAGE_HEARTBEAT);
  ConfsyncMessage *error = make (CONFSYNC_MESSAGE_ERROR);

  heartbeat->digest = g_strdup ("d1");
  heartbeat->probe = TRUE;
  error->code = g_strdup ("clone");
  error->reason = g_strdup ("two instances go by one id");
  g_ptr_array_add (all, make_hello ());
  g_ptr_array_add (all, make_heads ());
  g_ptr_array_add (all, make_update (CONFSYNC_MESSAGE_UPDATE));
  g_ptr_array_add (all, make_patch ());
  g_ptr_array_add (all, request);
  g_ptr_array_add (all, make_update (CONFSYNC_MESSAGE_RESPONSE));
  g_ptr_array_add (all, make_ack ());
  g_ptr_array_add (all, heartbeat);
  g_ptr_array_add (all, error);
  g_ptr_array_add (all, make_open ());
  g_ptr_array_add (all, make_base_request ());
  g_ptr_array_add (all, make_base (TRUE));
  g_ptr_array_add (all, make_base (FALSE));
  return all;
}

static ConfsyncMessage *
decode (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return confsync_message_decode (bytes, &limits, error);
}

static char *
encode (ConfsyncMessage *message)
{
  g_autoptr (GBytes) bytes = confsync_message_encode (message);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
test_round_trip (void)
{
  g_autoptr (GPtrArray) all = make_all ();

  g_test_summary ("Each type comes out as it went in, in one line");
  for (guint i = 0; i < all->len; i++)
    {
      ConfsyncMessage *message = all->pdata[i];
      g_autofree char *text = encode (message), *again = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) copy = decode (text, &error);

      g_assert_no_error (error);
      again = encode (copy);
      g_assert_cmpstr (text, ==, again);
      g_assert_null (strchr (text, '\n'));
      g_assert_cmpint (copy->type, ==, message->type);
      g_assert_cmpint (copy->timestamp, ==, NOW_US);
      g_assert_cmpstr (copy->instance_id, ==, "kitchen-3f9a2c");
      g_assert_cmpstr (copy->document, ==, "heating");
    }
}

static void
test_members (void)
{
  g_autoptr (ConfsyncMessage) hello = make_hello (), heads = make_heads (), ack = make_ack ();
  g_autofree char *hello_text = encode (hello), *heads_text = encode (heads);
  g_autofree char *ack_text = encode (ack);
  g_autoptr (ConfsyncMessage) hello_copy = decode (hello_text, NULL);
  g_autoptr (ConfsyncMessage) heads_copy = decode (heads_text, NULL);
  g_autoptr (ConfsyncMessage) ack_copy = decode (ack_text, NULL);
  ConfsyncHead *none = heads_copy->heads->pdata[0], *some = heads_copy->heads->pdata[1];

  g_assert_cmpuint (hello_copy->protocol, ==, 1);
  g_assert_cmpstr (hello_copy->session, ==, "s1");
  g_assert_true (g_strv_contains ((const char *const *) hello_copy->capabilities, "patch"));
  g_assert_true (hello_copy->leaf);
  g_assert_null (none->stamp);
  g_assert_cmpint (confsync_stamp_get_time (some->stamp), ==, 5);
  g_assert_cmpint (confsync_stamp_get_time (ack_copy->for_stamp), ==, 5);
  g_assert_cmpint (confsync_stamp_get_time (ack_copy->stamp), ==, 6);
  g_assert_cmpint (ack_copy->outcome, ==, CONFSYNC_OUTCOME_PENDING);
  g_assert_cmpstr (ack_copy->reason, ==, "somebody has to decide");
}

static void
test_default_document (void)
{
  g_autoptr (ConfsyncMessage) request = make (CONFSYNC_MESSAGE_REQUEST), copy = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("The default document is not named");
  g_clear_pointer (&request->document, g_free);
  text = encode (request);
  g_assert_null (strstr (text, "document"));
  copy = decode (text, NULL);
  g_assert_cmpstr (copy->document, ==, "");
}

static void
test_reasons (void)
{
  g_autoptr (ConfsyncMessage) ack = make_ack (), copy = NULL;
  g_autoptr (GString) reason = g_string_new ("\xff");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("A reason may hold anything and be of any length: it still arrives");
  while (reason->len < 5000)
    g_string_append (reason, "ü€");
  g_free (ack->reason);
  ack->reason = g_strdup (reason->str);
  text = encode (ack);
  copy = decode (text, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (copy->reason), <=, CONFSYNC_REASON_MAX_BYTES);
  g_assert_cmpuint (strlen (copy->reason), >, CONFSYNC_REASON_MAX_BYTES - 4);
  g_assert_true (g_utf8_validate (copy->reason, -1, NULL));
}

/* Texts with that member made something else; the error has to name it. */
static void
assert_refused (ConfsyncMessage *message, const char *pattern, const char *with, const char *named)
{
  g_autofree char *text = encode (message), *changed = NULL;
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) result = NULL;

  changed = g_regex_replace_literal (regex, text, -1, 0, with, 0, NULL);
  g_assert_cmpstr (changed, !=, text);
  result = decode (changed, &error);
  if (result != NULL || error == NULL || error->domain != CONFSYNC_ERROR ||
      strstr (error->message, named) == NULL)
    g_error ("%s should be refused for “%s”: %s", changed, named,
             error != NULL ? error->message : "it is not");
}

typedef struct
{
  guint index; /* in make_all () */
  const char *pattern;
  const char *with;
  const char *named;
} Refusal;

static const Refusal refusals[] = {
  { 0, "\"type\":\"[a-z]*\",", "", "type" },
  { 0, "\"type\":\"[a-z]*\"", "\"type\":7", "type" },
  { 0, "\"timestamp\":[0-9.]*", "\"timestamp\":-1", "timestamp" },
  { 0, "\"timestamp\":[0-9.]*", "\"timestamp\":1e300", "timestamp" },
  { 0, "\"timestamp\":[0-9.]*", "\"timestamp\":\"now\"", "timestamp" },
  { 0, "\"timestamp\":[0-9.]*,", "", "timestamp" },
  { 0, "\"instance_id\":\"[^\"]*\",", "", "instance_id" },
  { 0, "kitchen-3f9a2c", "a b", "instance_id" },
  { 0, "\"document\":\"heating\"", "\"document\":[]", "document" },
  { 0, "\"protocol\":1", "\"protocol\":0", "protocol" },
  { 0, "\"protocol\":1", "\"protocol\":\"1\"", "protocol" },
  { 0, "\"protocol\":1", "\"protocol\":4294967297", "protocol" },
  { 0, "\"session\":\"s1\",", "", "session" },
  { 0, "\"nonce\":\"n1\"", "\"nonce\":null", "nonce" },
  { 0, "\\[\"gzip\",\"patch\"\\]", "\"gzip\"", "capabilities" },
  { 0, "\\[\"gzip\",\"patch\"\\]", "[1]", "capabilities" },
  { 0, "\"leaf\":true", "\"leaf\":1", "leaf" },
  { 1, "\"heads\":\\[.*\\]", "\"heads\":{}", "heads" },
  { 1, "\"heads\":\\[.*\\]", "\"heads\":[1]", "document" },
  { 1, "\"heads\":\\[.*\\]", "\"heads\":[null]", "document" },
  { 1, "\"hash\":\"[0-9a-f]*\"", "\"hash\":null", "heads" },
  { 1, "\"hash\":\"[0-9a-f]", "\"hash\":\"G", "hash" },
  { 1, "\"hash\":\"[0-9a-f]", "\"hash\":\"", "hash" },
  { 2, "\"config_hash\":\"[0-9a-f]*\"", "\"config_hash\":null", "config_hash" },
  { 2, "\"config_hash\":\"[0-9a-f]{2}", "\"config_hash\":\"00", "config_hash" },
  { 2, "\"config_data\":.*\\}$", "\"config_data\":[]}", "config_data" },
  { 2, ",\"config_data\":.*\\}$", "}", "config_data" },
  { 2, "\"config_data\":\\{", "\"config_data\":{\"z\":1,", "config_hash" },
  { 2, "\"stamp\":\\{.*\\},\"config_data", "\"stamp\":null,\"config_data", "stamp" },
  { 2, "\"kind\":\"edit\"", "\"kind\":\"x\"", "kind" },
  { 3, "\"base_hash\":\"[0-9a-f]{2}", "\"base_hash\":\"", "base_hash" },
  { 3, "\"patch\":\\[.*\\]", "\"patch\":{}", "patch" },
  { 3, ",\"patch\":\\[.*\\]", "", "patch" },
  { 4, "\"have\":null", "\"have\":\"x\"", "have" },
  { 4, "\"have\":null", "\"have\":1", "have" },
  { 6, "\"for\":", "\"four\":", "for" },
  { 6, "\"for\":\\{\"stamp\":", "\"for\":{\"stump\":", "for" },
  { 6, "\"config_hash\":\"[0-9a-f]*\"", "\"config_hash\":null", "stamp" },
  { 6, "\"pending\"", "\"later\"", "outcome" },
  { 6, "\"reason\":\"[^\"]*\"", "\"reason\":1", "reason" },
  { 7, "\"digest\":\"d1\"", "\"digest\":1", "digest" },
  { 7, "\"probe\":true", "\"probe\":0", "probe" },
  { 8, "\"code\":\"clone\",", "", "code" },
  { 8, "\"message\":\"", "\"massage\":\"", "message" },
  { 9, "\"conflicts\":\\[.*\\],\"config", "\"conflicts\":7,\"config", "conflicts" },
  { 9, "\"pointer\":\"/a\"", "\"pointer\":\"a\"", "pointer" },
  { 9, "\"id\":\"[0-9a-f]", "\"id\":\"", "id" },
  { 10, "\"base_for\":\\[", "\"base_for\":[7,", "base_for" },
  { 10, "\"base_for\":\\[.*\\]", "\"base_for\":[1,2]", "stamp" },
  { 11, "\"base\":true", "\"base\":1", "base" },
  { 11, "\"base_for\":\\[.*\\],", "", "base_for" },
  { 11, "\"more\":0", "\"more\":-1", "more" },
  { 11, "\"more\":0", "\"more\":\"2\"", "more" },
  { 11, "\"config_hash\":\"[0-9a-f]*\"", "\"config_hash\":null", "config_hash" },
  { 11, ",\"config_data\":.*\\}$", "}", "config_data" },
};

static void
test_refusals (void)
{
  g_autoptr (GPtrArray) all = make_all ();

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    assert_refused (all->pdata[refusals[i].index], refusals[i].pattern, refusals[i].with,
                    refusals[i].named);
}

static void
test_too_long (void)
{
  g_autoptr (GPtrArray) all = make_all ();
  g_autofree char *long_name = g_strnfill (256, 'x'), *long_session = g_strnfill (129, 'x');
  g_autofree char *long_reason = g_strnfill (CONFSYNC_REASON_MAX_BYTES + 1, 'x');
  g_autoptr (GString) many = g_string_new ("\"heads\":[");

  g_test_summary ("Names, reasons and lists are bounded");
  assert_refused (all->pdata[0], "heating", long_name, "document");
  assert_refused (all->pdata[0], "s1", long_session, "session");
  assert_refused (all->pdata[6], "somebody has to decide", long_reason, "reason");
  for (guint i = 0; i <= CONFSYNC_HEADS_PER_MESSAGE; i++)
    g_string_append_printf (many, "%s{\"document\":\"%u\"}", i == 0 ? "" : ",", i);
  g_string_append (many, "]");
  assert_refused (all->pdata[1], "\"heads\":\\[.*\\]", many->str, "heads");
}

static void
test_unknown (void)
{
  g_autoptr (GPtrArray) all = make_all ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) none = decode ("{\"type\":\"dance\",\"timestamp\":[]}", &error);

  g_test_summary ("A type that is not known is no error; members that are not known don't matter");
  g_assert_null (none);
  g_assert_no_error (error);
  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *text = encode (all->pdata[i]), *more = NULL;
      g_autoptr (ConfsyncMessage) copy = NULL;

      more = g_strconcat ("{\"from\":{\"the\":[\"future\"]},", text + 1, NULL);
      copy = decode (more, &error);
      g_assert_no_error (error);
      g_assert_nonnull (copy);
    }
}

static void
test_hostile (void)
{
  static const char *const texts[] = { "", " ", "null", "[]", "1", "\"hello\"", "{", "{}",
                                       "{\"type\":null}", "{\"type\":{}}", "{\"type\":\"\"}x",
                                       "{\"type\":\"hello\",\"type\":\"ack\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (decode (texts[i], &error));
      g_assert_nonnull (error);
    }
}

/* Bytes are changed, removed, doubled, or exchanged for pieces of another message. */
static GBytes *
mutate (GRand *rand, GPtrArray *texts)
{
  GString *text = g_string_new (texts->pdata[g_rand_int_range (rand, 0, texts->len)]);
  const char *other = texts->pdata[g_rand_int_range (rand, 0, texts->len)];
  int changes = g_rand_int_range (rand, 1, 4);

  while (changes-- > 0 && text->len > 8)
    {
      gsize at = (gsize) g_rand_int_range (rand, 0, text->len - 4);
      gsize from = (gsize) g_rand_int_range (rand, 0, strlen (other) - 1);
      gsize piece = (gsize) g_rand_int_range (rand, 1, 60);

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0:
          text->str[at] = (char) g_rand_int (rand);
          break;
        case 1:
          g_string_erase (text, at, g_rand_int_range (rand, 1, 4));
          break;
        case 2:
          g_string_insert_len (text, at, "\"\\{}[]:,0-" + g_rand_int_range (rand, 0, 10), 1);
          break;
        default:
          g_string_insert_len (text, at, other + from, MIN (piece, strlen (other) - from));
        }
    }
  return g_string_free_to_bytes (text);
}

static void
test_mutations (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (GPtrArray) all = make_all ();
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint good = 0;

  g_test_summary ("Whatever gets through goes round; nothing crashes or is refused without a word");
  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (texts, encode (all->pdata[i]));
  for (guint i = 0; i < MUTATIONS; i++)
    {
      g_autoptr (GBytes) bytes = mutate (rand, texts);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) message = confsync_message_decode (bytes, &limits, &error);

      if (message != NULL)
        {
          g_autofree char *text = encode (message);
          g_autoptr (ConfsyncMessage) again = decode (text, &error);

          g_assert_no_error (error);
          g_assert_nonnull (again);
          good++;
        }
      else if (error != NULL)
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  g_assert_cmpuint (good, >, MUTATIONS / 100);
}

/* The text of an update whose document is @n_values numbers, and what is said of them. */
static char *
encode_values (guint n_values, ConfsyncDocument **document)
{
  g_autoptr (ConfsyncMessage) message = make_update (CONFSYNC_MESSAGE_UPDATE);
  GString *text = g_string_new ("{\n  \"values\": [ 1.00");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < n_values; i++)
    g_string_append (text, ", 1e2");
  g_string_append (text, " ]\n}\n");
  bytes = g_string_free_to_bytes (text);
  *document = confsync_document_new (bytes, NULL, &error);
  g_assert_no_error (error);
  confsync_document_unref (message->data);
  message->data = confsync_document_ref (*document);
  g_free (message->config_hash);
  message->config_hash = g_strdup (confsync_document_get_hash (*document));
  return encode (message);
}

static void
test_spelling (void)
{
  static const guint sizes[] = { 10, 100000 };

  g_test_summary ("A short document goes in its own spelling, a long one without its spaces");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (ConfsyncDocument) document = NULL;
      g_autofree char *text = encode_values (sizes[i], &document);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) again = decode (text, &error);

      g_assert_no_error (error);
      g_assert_true (confsync_document_equal (again->data, document));
      g_assert_true ((strstr (text, "{\n  \"values\": [ 1.00, 1e2,") != NULL) == (i == 0));
      g_assert_true ((strstr (text, " ") != NULL) == (i == 0));
    }
}

static void
test_seems_revision (void)
{
  g_autoptr (GPtrArray) all = make_all ();
  g_autoptr (GBytes) half = g_bytes_new_static ("{\"type\":\"config_up", 18);

  for (guint i = 0; i < all->len; i++)
    {
      ConfsyncMessage *message = all->pdata[i];
      g_autoptr (GBytes) text = confsync_message_encode (message);

      g_assert_cmpint (confsync_message_seems_revision (text), ==,
                       message->type == CONFSYNC_MESSAGE_UPDATE ||
                         message->type == CONFSYNC_MESSAGE_RESPONSE);
    }
  g_assert_false (confsync_message_seems_revision (half));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/round-trip", test_round_trip);
  g_test_add_func ("/message/members", test_members);
  g_test_add_func ("/message/default-document", test_default_document);
  g_test_add_func ("/message/reasons", test_reasons);
  g_test_add_func ("/message/refusals", test_refusals);
  g_test_add_func ("/message/too-long", test_too_long);
  g_test_add_func ("/message/unknown", test_unknown);
  g_test_add_func ("/message/hostile", test_hostile);
  g_test_add_func ("/message/mutations", test_mutations);
  g_test_add_func ("/message/spelling", test_spelling);
  g_test_add_func ("/message/seems-revision", test_seems_revision);
  return g_test_run ();
}

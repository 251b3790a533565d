/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What messages say about conflicts: those that travel with a revision, and what two revisions were
 * both made from. What is wrong with them is among the refusals of test-message.c.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"
#include "confsync-message-private.h"
#include "test-revision.h"

static const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                           CONFSYNC_JSON_MAX_VALUES };

static ConfsyncMessage *
make (ConfsyncMessageType type)
{
  ConfsyncMessage *message = confsync_message_new (type);

  message->timestamp = G_GINT64_CONSTANT (1700000000123457);
  message->instance_id = g_strdup ("kitchen-3f9a2c");
  return message;
}

static ConfsyncMessage *
make_revision (ConfsyncMessageType type, ConfsyncRevision *revision)
{
  ConfsyncMessage *message = make (type);

  message->stamp = confsync_stamp_ref (confsync_revision_get_stamp (revision));
  message->config_hash = g_strdup (confsync_revision_get_hash (revision));
  message->data = confsync_document_ref (confsync_revision_get_document (revision));
  return message;
}

static ConfsyncMessage *
go_round (ConfsyncMessage *message)
{
  g_autoptr (GBytes) text = confsync_message_encode (message);
  g_autoptr (GError) error = NULL;
  ConfsyncMessage *read = confsync_message_decode (text, &limits, &error);

  g_assert_no_error (error);
  return read;
}

static void
test_conflicts (void)
{
  g_autoptr (ConfsyncRevision) ours = test_revision ("{'b':1}", 5);
  g_autoptr (ConfsyncRevision) theirs = test_revision ("{'a':null}", 6);
  g_autoptr (ConfsyncMessage) message = make_revision (CONFSYNC_MESSAGE_UPDATE, ours);
  g_autoptr (ConfsyncMessage) read = NULL;
  ConfsyncOpenConflict *conflict;
  gboolean added;

  g_test_summary ("A conflict travels with its revision: nothing is something else than null");
  message->conflicts =
    confsync_conflict_list_add (NULL, "/a", NULL, ours, theirs, "waits", &added);
  read = go_round (message);
  g_assert_cmpuint (read->conflicts->len, ==, 1);
  conflict = read->conflicts->pdata[0];
  g_assert_true (confsync_open_conflict_equal (conflict, message->conflicts->pdata[0]));
  g_assert_null (confsync_open_conflict_get_ours (conflict));
  g_assert_cmpint (confsync_json_get_kind (confsync_open_conflict_get_theirs (conflict)), ==,
                   CONFSYNC_JSON_NULL);
}

/* A list as large as it may be, of values as deep as they may be. */
static void
test_much (void)
{
  g_autofree char *half = g_strnfill (CONFSYNC_JSON_MAX_DEPTH - 1, '[');
  g_autofree char *other = g_strnfill (CONFSYNC_JSON_MAX_DEPTH - 1, ']');
  g_autofree char *deep = g_strdup_printf ("{'a':%s%s}", half, other);
  g_autofree char *long_text = g_strnfill (CONFSYNC_CONFLICT_LIST_MAX_BYTES - 40000, 'x');
  g_autofree char *text = g_strdup_printf ("{'b':'%s'}", long_text);
  g_autoptr (ConfsyncRevision) ours = test_revision (deep, 5);
  g_autoptr (ConfsyncRevision) theirs = test_revision (text, 6);
  g_autoptr (ConfsyncMessage) message = make_revision (CONFSYNC_MESSAGE_UPDATE, ours);
  g_autoptr (ConfsyncMessage) read = NULL;
  gboolean added;

  g_test_summary ("What a list may hold goes into a message beside the document");
  message->conflicts =
    confsync_conflict_list_add (NULL, "/b", NULL, ours, theirs, "waits", &added);
  g_assert_true (added);
  for (guint i = 1; i < CONFSYNC_CONFLICT_LIST_MAX; i++)
    {
      g_autofree char *pointer = i == 1 ? g_strdup ("/a") : g_strdup_printf ("/%u", i);

      message->conflicts = confsync_conflict_list_add (message->conflicts, pointer, NULL, ours,
                                                       theirs, "waits", &added);
      g_assert_true (added);
    }
  read = go_round (message);
  g_assert_cmpuint (read->conflicts->len, ==, CONFSYNC_CONFLICT_LIST_MAX);
}

static ConfsyncMessage *
make_base (ConfsyncRevision *base)
{
  ConfsyncMessage *message = base != NULL ? make_revision (CONFSYNC_MESSAGE_RESPONSE, base)
                                          : make (CONFSYNC_MESSAGE_RESPONSE);

  message->is_base = TRUE;
  message->more = 2;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ConfsyncRevision) side = test_revision ("{'a':1}", 5 + i);

      message->base_for[i] = confsync_stamp_ref (confsync_revision_get_stamp (side));
    }
  return message;
}

static void
test_base (void)
{
  g_autoptr (ConfsyncRevision) base = test_revision ("{'a':0}", 4);
  g_autoptr (ConfsyncMessage) known = make_base (base), unknown = make_base (NULL);
  g_autoptr (ConfsyncMessage) read = go_round (known), nothing = go_round (unknown);

  g_test_summary ("An answer may be that nobody knows what two revisions were made from");
  g_assert_true (read->is_base);
  g_assert_cmpuint (read->more, ==, 2);
  g_assert_cmpstr (confsync_document_get_hash (read->data), ==, confsync_revision_get_hash (base));
  g_assert_cmpint (confsync_stamp_get_time (read->base_for[1]), ==, 6);
  g_assert_true (nothing->is_base);
  g_assert_null (nothing->data);
  g_assert_null (nothing->stamp);
  g_assert_cmpint (confsync_stamp_get_time (nothing->base_for[0]), ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/open/conflicts", test_conflicts);
  g_test_add_func ("/message/open/much", test_much);
  g_test_add_func ("/message/open/base", test_base);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What comes of a person's decision: which conflict is meant, and the whole configuration.
 */

#include "confsync-error.h"
#include "confsync-open-conflict-private.h"
#include "confsync-settlement-private.h"
#include "test-revision.h"

static ConfsyncJson *
parse (const char *text)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autofree char *whole = NULL;

  if (text == NULL)
    return NULL;
  whole = g_strdup_printf ("{'v':%s}", text);
  document = test_document (whole);
  return confsync_json_get_member (confsync_document_get_json (document), "v");
}

static ConfsyncOpenConflict *
make_conflict (const char *id,
               const char *pointer,
               const char *base_text,
               const char *ours_text,
               const char *theirs_text)
{
  g_autoptr (ConfsyncJson) base = parse (base_text), ours = parse (ours_text);
  g_autoptr (ConfsyncJson) theirs = parse (theirs_text);
  g_autoptr (ConfsyncRevision) revision = test_revision ("{}", 5);
  ConfsyncStamp *stamp = confsync_revision_get_stamp (revision);

  return confsync_open_conflict_new (id, pointer, base, ours, theirs, stamp, stamp, 1, "waits");
}

typedef struct
{
  const char *name;
  const char *pointer, *base, *ours, *theirs; /* of the conflict */
  const char *head;
  ConfsyncChoice choice;
  const char *value;
  const char *result;
  const char *ours_at; /* (nullable): separated by spaces */
} Case;

static const Case cases[] = {
  { "ours", "", "{'a':0}", "{'a':1}", "{'a':2}", "{'a':1}", CONFSYNC_CHOICE_OURS, NULL, "{'a':1}",
    NULL },
  { "theirs", "", "{'a':0}", "{'a':1}", "{'a':2}", "{'a':1}", CONFSYNC_CHOICE_THEIRS, NULL,
    "{'a':2}", NULL },
  { "merge", "", "{'a':0,'b':0}", "{'a':1,'b':1}", "{'a':2,'b':0,'c':1}", "{'a':1,'b':1}",
    CONFSYNC_CHOICE_MERGE, NULL, "{'a':1,'b':1,'c':1}", "/a" },
  { "value", "", "{'a':0}", "{'a':1}", "{'a':2}", "{'a':1}", CONFSYNC_CHOICE_VALUE, "{'x':1}",
    "{'x':1}", NULL },
  { "place-theirs", "/k/a", "0", "1", "2", "{'k':{'a':1,'b':1},'z':0}", CONFSYNC_CHOICE_THEIRS,
    NULL, "{'k':{'a':2,'b':1},'z':0}", NULL },
  { "place-gone", "/k", "0", "1", NULL, "{'k':1,'z':0}", CONFSYNC_CHOICE_THEIRS, NULL, "{'z':0}",
    NULL },
  { "place-back", "/k", "0", NULL, "2", "{'z':0}", CONFSYNC_CHOICE_THEIRS, NULL, "{'k':2,'z':0}",
    NULL },
  { "place-still-gone", "/k", "0", NULL, "2", "{'z':0}", CONFSYNC_CHOICE_OURS, NULL, "{'z':0}",
    NULL },
  { "place-merge", "/k", "{'a':0}", "{'a':1,'b':1}", "{'a':2,'c':1}", "{'k':{'a':2,'c':1}}",
    CONFSYNC_CHOICE_MERGE, NULL, "{'k':{'a':1,'b':1,'c':1}}", "/k/a" },
  { "merge-added", "/k", NULL, "{'a':1}", "{'b':1}", "{'k':{'b':1}}", CONFSYNC_CHOICE_MERGE, NULL,
    "{'k':{'a':1,'b':1}}", NULL },
  { "merge-deleted-both-changed", "/k", "0", NULL, "2", "{'k':2,'z':0}", CONFSYNC_CHOICE_MERGE,
    NULL, "{'z':0}", "/k" },
  { "merge-deleted-there", "/k", "0", "1", NULL, "{'k':1,'z':0}", CONFSYNC_CHOICE_MERGE, NULL,
    "{'k':1,'z':0}", "/k" },
  { "merge-deleted-unchanged", "/k", "0", "0", NULL, "{'k':0,'z':0}", CONFSYNC_CHOICE_MERGE, NULL,
    "{'z':0}", NULL },
  { "place-value", "/k", "0", "1", "2", "{'k':1,'z':0}", CONFSYNC_CHOICE_VALUE, "[3]",
    "{'k':[3],'z':0}", NULL },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (ConfsyncOpenConflict) conflict =
    make_conflict ("0badcafe", test->pointer, test->base, test->ours, test->theirs);
  g_autoptr (ConfsyncJson) value = parse (test->value);
  g_autoptr (ConfsyncDocument) head = test_document (test->head), result = NULL;
  ConfsyncSettlement *settlement = confsync_settlement_new (NULL, test->choice, value, FALSE);
  g_autoptr (GError) error = NULL;
  g_autofree char *ours_at = NULL;

  result = confsync_settlement_make (settlement, conflict, head, &error);
  g_assert_no_error (error);
  test_assert_document (result, test->result);
  g_assert_cmpstr (settlement->hash, ==, confsync_document_get_hash (result));
  ours_at = settlement->ours_at != NULL ? g_strjoinv (" ", settlement->ours_at) : g_strdup ("");
  g_assert_cmpstr (ours_at, ==, test->ours_at != NULL ? test->ours_at : "");
  confsync_settlement_free (settlement);
}

static void
assert_fails (ConfsyncOpenConflict *conflict,
              const char *head_text,
              ConfsyncChoice choice,
              const char *value_text,
              gboolean allow_empty,
              int code)
{
  g_autoptr (ConfsyncJson) value = parse (value_text);
  g_autoptr (ConfsyncDocument) head = test_document (head_text), result = NULL;
  ConfsyncSettlement *settlement = confsync_settlement_new (NULL, choice, value, allow_empty);
  g_autoptr (GError) error = NULL;

  result = confsync_settlement_make (settlement, conflict, head, &error);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CONFSYNC_ERROR, code);
  confsync_settlement_free (settlement);
}

static void
test_refused (void)
{
  g_autoptr (ConfsyncOpenConflict) whole =
    make_conflict ("0badcafe", "", NULL, "{'a':1}", "{'a':2}");
  g_autoptr (ConfsyncOpenConflict) emptied =
    make_conflict ("0badcafe", "/a", "0", "1", NULL);
  g_autoptr (ConfsyncOpenConflict) deep =
    make_conflict ("0badcafe", "/a/b", "0", "1", "2");

  g_test_summary ("Without an ancestor nothing is merged; {} is never made by mistake");
  assert_fails (whole, "{'a':1}", CONFSYNC_CHOICE_MERGE, NULL, FALSE, CONFSYNC_ERROR_REFUSED);
  assert_fails (whole, "{'a':1}", CONFSYNC_CHOICE_VALUE, "[1]", FALSE,
                CONFSYNC_ERROR_INVALID_DOCUMENT);
  assert_fails (whole, "{'a':1}", CONFSYNC_CHOICE_VALUE, "{}", FALSE, CONFSYNC_ERROR_EMPTY);
  assert_fails (whole, "{'a':1}", CONFSYNC_CHOICE_VALUE, "{}", TRUE, -1);
  assert_fails (emptied, "{'a':1}", CONFSYNC_CHOICE_THEIRS, NULL, FALSE, CONFSYNC_ERROR_EMPTY);
  assert_fails (deep, "{'z':1}", CONFSYNC_CHOICE_THEIRS, NULL, FALSE,
                CONFSYNC_ERROR_INVALID_PATCH);
}

static void
test_find (void)
{
  g_autoptr (GPtrArray) conflicts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
  ConfsyncSettlement *named =
    confsync_settlement_new ("0badcafe", CONFSYNC_CHOICE_OURS, NULL, FALSE);
  ConfsyncSettlement *unnamed = confsync_settlement_new (NULL, CONFSYNC_CHOICE_OURS, NULL, FALSE);
  g_autoptr (GError) none = NULL, other = NULL, several = NULL;

  g_assert_null (confsync_settlement_find (unnamed, conflicts, &none));
  g_assert_error (none, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);

  g_ptr_array_add (conflicts, make_conflict ("11111111", "/a", NULL, "1", "2"));
  g_assert_true (confsync_settlement_find (unnamed, conflicts, NULL) == conflicts->pdata[0]);
  g_assert_null (confsync_settlement_find (named, conflicts, &other));
  g_assert_error (other, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_cmpstr (other->message, ==,
                   "there is no open conflict 0badcafe; there is 11111111");

  g_ptr_array_add (conflicts, make_conflict ("0badcafe", "/b", NULL, "1", "2"));
  g_assert_true (confsync_settlement_find (named, conflicts, NULL) == conflicts->pdata[1]);
  g_assert_null (confsync_settlement_find (unnamed, conflicts, &several));
  g_assert_error (several, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT);
  g_assert_cmpstr (several->message, ==,
                   "there is more than one open conflict; name one of 11111111, 0badcafe");
  confsync_settlement_free (named);
  confsync_settlement_free (unnamed);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/settlement/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/settlement/refused", test_refused);
  g_test_add_func ("/settlement/find", test_find);

  return g_test_run ();
}

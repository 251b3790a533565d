/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who last changed a value: by the stamps, not by the order of files; and never more exact than
 * what is kept allows.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-explainer-private.h"
#include "confsync-revision-private.h"
#include "confsync-stamp-private.h"
#include "confsync-version-private.h"

#include "test-revision.h"

#include <stdio.h>
#include <string.h>

#define T0 G_GINT64_CONSTANT (1700000000000000)

/* Versions as a store lists them, and what their files hold. */
typedef struct
{
  GPtrArray *versions;  /* of ConfsyncVersion, newest first */
  GHashTable *contents; /* name to ConfsyncDocument */
  guint n_kept;
  guint n_read;
} Past;

static void
past_set_up (Past *past, gconstpointer data)
{
  past->versions = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_version_unref);
  past->contents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) confsync_document_unref);
}

static void
past_tear_down (Past *past, gconstpointer data)
{
  g_ptr_array_unref (past->versions);
  g_hash_table_unref (past->contents);
}

/* "a3 b1": actor and time, in µs after T0 */
static ConfsyncVector *
make_vector (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  const guint n = g_strv_length (words);
  g_autofree ConfsyncVectorEntry *entries = g_new (ConfsyncVectorEntry, n);

  for (guint i = 0; i < n; i++)
    {
      entries[i].actor = (guint64) words[i][0];
      entries[i].time = T0 + g_ascii_strtoll (words[i] + 1, NULL, 10);
    }
  return confsync_vector_new (0, entries, n);
}

/* Keeps a content by the author of the greatest time in @vector; NULL: its record is lost. */
static ConfsyncRevision *
keep (Past *past, const char *vector_text, ConfsyncStampKind kind, ConfsyncCause cause,
      const char *text)
{
  g_autoptr (ConfsyncDocument) document = test_document (text);
  g_autofree char *name = g_strdup_printf ("config_20240101120000_%03u.json", ++past->n_kept);
  g_autoptr (ConfsyncVector) vector = vector_text != NULL ? make_vector (vector_text) : NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  ConfsyncVersionFacts facts = { .name = name, .cause = cause };
  ConfsyncRevision *revision = NULL;

  if (vector != NULL)
    {
      stamp = confsync_stamp_new (kind, 0, confsync_vector_get_greatest (vector), "somebody",
                                  vector);
      revision = confsync_revision_new (document, stamp);
      facts.stamp = stamp;
      facts.hash = confsync_revision_get_hash (revision);
      facts.sequence = past->n_kept;
    }
  g_ptr_array_insert (past->versions, 0, confsync_version_new_of (&facts));
  g_hash_table_insert (past->contents, g_strdup (name), g_steal_pointer (&document));
  return revision;
}

static void
keep_edit (Past *past, const char *vector, const char *text)
{
  g_autoptr (ConfsyncRevision) revision =
    keep (past, vector, CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_EDIT, text);

  g_assert_nonnull (revision);
}

/* Version number @n, as it was kept, is not there any more. */
static void
thin (Past *past, guint n)
{
  for (guint i = 0; i < past->versions->len; i++)
    if (confsync_version_get_sequence (past->versions->pdata[i]) == n)
      {
        g_ptr_array_remove_index (past->versions, i);
        return;
      }
  g_assert_not_reached ();
}

static void
damage (Past *past, guint n)
{
  g_autofree char *name = g_strdup_printf ("config_20240101120000_%03u.json", n);

  g_assert_true (g_hash_table_remove (past->contents, name));
}

static ConfsyncExplanation *
try_explain (Past *past, const char *pointer, ConfsyncRevision *head, GError **error)
{
  g_autoptr (ConfsyncExplainer) explainer =
    confsync_explainer_new (pointer, past->versions, head);
  g_autoptr (GHashTable) asked = g_hash_table_new (g_str_hash, g_str_equal);
  const char *name;

  past->n_read = 0;
  while ((name = confsync_explainer_get_next (explainer)) != NULL)
    {
      /* nothing is read twice */
      g_assert_true (g_hash_table_add (asked, (gpointer) name));
      past->n_read++;
      confsync_explainer_supply (explainer, g_hash_table_lookup (past->contents, name));
    }
  return confsync_explainer_end (explainer, error);
}

static char *
to_text (ConfsyncJson *json)
{
  g_autoptr (GBytes) bytes = json != NULL ? confsync_json_to_compact (json) : NULL;

  return bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                       : g_strdup ("nothing");
}

static guint
number_of (ConfsyncVersion *version)
{
  guint number = 0;

  if (version != NULL)
    g_assert_cmpint (sscanf (confsync_version_get_name (version), "config_20240101120000_%u",
                             &number), ==, 1);
  return number;
}

/* @expected: "3 exact 1 → 2 after 2": version, value before and since, version before */
static void
assert_explained (Past *past, const char *pointer, ConfsyncRevision *head, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncExplanation) explanation = try_explain (past, pointer, head, &error);
  g_autofree char *before = NULL, *value = NULL, *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (confsync_explanation_get_pointer (explanation), ==, pointer);
  before = to_text (confsync_explanation_get_previous_value (explanation));
  value = to_text (confsync_explanation_get_value (explanation));
  text = g_strdup_printf ("%u %s %s → %s after %u",
                          number_of (confsync_explanation_get_version (explanation)),
                          confsync_explanation_is_exact (explanation) ? "exact" : "or before",
                          before, value,
                          number_of (confsync_explanation_get_previous_version (explanation)));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_unknown (Past *past, const char *pointer)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (try_explain (past, pointer, NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, pointer));
}

/* A line of edits by two. */
static void
keep_line (Past *past)
{
  g_autoptr (ConfsyncRevision) initial =
    keep (past, "a1", CONFSYNC_STAMP_INITIAL, CONFSYNC_CAUSE_INITIAL, "{'v':0,'w':0}");

  keep_edit (past, "a2", "{'v':1,'w':0}");
  keep_edit (past, "a2 b3", "{'v':1,'w':1}");
  keep_edit (past, "a4 b3", "{'v':1,'w':1,'x':{'y':[1,2]}}");
  keep_edit (past, "a4 b5", "{'v':1,'w':2}");
}

static void
test_line (Past *past, gconstpointer data)
{
  keep_line (past);
  assert_explained (past, "/v", NULL, "2 exact 0 → 1 after 1");
  assert_explained (past, "/w", NULL, "5 exact 1 → 2 after 4");
  g_assert_cmpuint (past->n_read, ==, 2);
  assert_explained (past, "/x/y/1", NULL, "5 exact 2 → nothing after 4");
  assert_explained (past, "", NULL,
                    "5 exact {\"v\":1,\"w\":1,\"x\":{\"y\":[1,2]}} → {\"v\":1,\"w\":2} after 4");
  assert_unknown (past, "/none");
  assert_unknown (past, "/v/0");
  g_assert_cmpuint (past->n_read, ==, 5);
}

/* What was found at the first start is the beginning, exactly. */
static void
test_initial (Past *past, gconstpointer data)
{
  keep_line (past);
  keep_edit (past, "a6 b5", "{'v':1,'w':0}");
  keep_edit (past, "a6 b7", "{'v':0,'w':0}");
  thin (past, 2);
  assert_explained (past, "/v", NULL, "7 exact 1 → 0 after 6");
}

static void
test_never_changed (Past *past, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) initial =
    keep (past, "a1", CONFSYNC_STAMP_INITIAL, CONFSYNC_CAUSE_INITIAL, "{'k':'v','n':0}");

  keep_edit (past, "a2", "{'k':'v','n':1}");
  keep_edit (past, "a3", "{'k':'v','n':2}");
  assert_explained (past, "/k", NULL, "1 exact nothing → \"v\" after 0");
}

static void
test_first_edit (Past *past, gconstpointer data)
{
  keep_edit (past, "a2", "{'v':1}");
  keep_edit (past, "a3", "{'v':1,'w':1}");
  assert_explained (past, "/v", NULL, "1 exact nothing → 1 after 0");
  thin (past, 1);
  assert_explained (past, "/v", NULL, "2 or before nothing → 1 after 0");
}

/* What was thinned may have done it. */
static void
test_thinned (Past *past, gconstpointer data)
{
  keep_line (past);
  thin (past, 2);
  assert_explained (past, "/v", NULL, "3 or before 0 → 1 after 1");
  assert_explained (past, "/w", NULL, "5 exact 1 → 2 after 4");
  thin (past, 1);
  assert_explained (past, "/v", NULL, "3 or before nothing → 1 after 0");
}

/* One that was made elsewhere and never came here. */
static void
test_unseen (Past *past, gconstpointer data)
{
  keep_edit (past, "a2", "{'v':1}");
  keep_edit (past, "a2 b3 c4", "{'v':2}");
  assert_explained (past, "/v", NULL, "2 or before 1 → 2 after 1");
}

/* The loser was never what the winner was made from, though its file is newer. */
static void
test_lost (Past *past, gconstpointer data)
{
  keep_edit (past, "a2", "{'v':1}");
  keep_edit (past, "a3", "{'v':2}");
  {
    g_autoptr (ConfsyncRevision) winner =
      keep (past, "a2 b4", CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_REMOTE, "{'v':3}");
    g_autoptr (ConfsyncRevision) loser =
      keep (past, "a5", CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_LOST, "{'v':9}");

    assert_explained (past, "/v", winner, "3 exact 1 → 3 after 1");
    assert_explained (past, "/v", NULL, "3 exact 1 → 3 after 1");
  }
}

/* A merge leads to the side that it has the value from, also where the other one is newer. */
static void
test_merged (Past *past, gconstpointer data)
{
  keep_edit (past, "a1", "{'v':0,'w':0,'x':0}");
  keep_edit (past, "a2", "{'v':1,'w':0,'x':0}");
  keep_edit (past, "a1 b3", "{'v':0,'w':1,'x':0}");
  {
    g_autoptr (ConfsyncRevision) merged = keep (past, "a2 b3", CONFSYNC_STAMP_MERGED,
                                                CONFSYNC_CAUSE_MERGE, "{'v':1,'w':1,'x':5}");

    assert_explained (past, "/v", merged, "2 exact 0 → 1 after 1");
    assert_explained (past, "/w", merged, "3 exact 0 → 1 after 1");
    assert_explained (past, "/x", merged, "4 exact 0 → 5 after 3");
  }
}

static void
test_no_records (Past *past, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) none = NULL;

  none = keep (past, NULL, CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_UNKNOWN, "{'v':0}");
  none = keep (past, NULL, CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_UNKNOWN, "{'v':1}");
  assert_explained (past, "/v", NULL, "2 or before 0 → 1 after 1");
  keep_edit (past, "a3", "{'v':1,'w':1}");
  assert_explained (past, "/v", NULL, "2 or before 0 → 1 after 1");
  assert_explained (past, "/w", NULL, "3 or before nothing → 1 after 2");
}

static void
test_damaged (Past *past, gconstpointer data)
{
  keep_line (past);
  damage (past, 3);
  assert_explained (past, "/w", NULL, "5 exact 1 → 2 after 4");
  assert_explained (past, "/v", NULL, "2 or before 0 → 1 after 1");
  damage (past, 5);
  assert_explained (past, "/x/y/1", NULL, "4 or before nothing → 2 after 2");
  damage (past, 1);
  damage (past, 2);
  damage (past, 4);
  assert_unknown (past, "/v");
}

static void
test_empty (Past *past, gconstpointer data)
{
  assert_unknown (past, "/v");
}

/* The head under another vector: two equal contents have joined theirs, and keep one version. */
static void
test_joined_head (Past *past, gconstpointer data)
{
  g_autoptr (ConfsyncRevision) old = NULL;
  g_autoptr (ConfsyncVector) joined = make_vector ("a2 b3");
  g_autoptr (ConfsyncStamp) stamp =
    confsync_stamp_new (CONFSYNC_STAMP_EDIT, 0, T0 + 3, "b", joined);
  g_autoptr (ConfsyncRevision) head = NULL;

  keep_edit (past, "a1", "{'v':0}");
  old = keep (past, "a2", CONFSYNC_STAMP_EDIT, CONFSYNC_CAUSE_EDIT, "{'v':1}");
  head = confsync_revision_new (confsync_revision_get_document (old), stamp);
  assert_explained (past, "/v", head, "2 exact 0 → 1 after 1");
  g_assert_cmpuint (past->n_read, ==, 1);
}

#define N_EDITS 40
#define N_MEMBERS 3

/* A line of edits by three, of which each knew the one before. With all that there was, the answer
 * is the last change, exactly. Of a part, what is said to be exact did change the value. */
static void
test_random (Past *past, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
  int values[N_MEMBERS] = { 0 };
  guint changed[N_MEMBERS] = { 1, 1, 1 };
  gboolean changes[N_MEMBERS][N_EDITS + 1] = { 0 };
  guint last[3] = { 0 };
  const guint n_thinned = (guint) g_rand_int_range (rand, 0, N_EDITS);

  for (guint i = 1; i <= N_EDITS; i++)
    {
      const guint member = (guint) g_rand_int_range (rand, 0, N_MEMBERS);
      const int value = g_rand_int_range (rand, 0, 3);
      g_autofree char *text = NULL;
      g_autoptr (GString) vector = g_string_new (NULL);

      changes[member][i] = i > 1 && values[member] != value;
      if (changes[member][i])
        changed[member] = i;
      if (i > 1)
        values[member] = value;
      last[g_rand_int_range (rand, 0, 3)] = i;
      for (guint j = 0; j < 3; j++)
        if (last[j] > 0)
          g_string_append_printf (vector, "%s%c%u", vector->len > 0 ? " " : "", 'a' + (char) j,
                                  last[j]);
      text = g_strdup_printf ("{'0':%d,'1':%d,'2':%d,'n':%u}", values[0], values[1], values[2], i);
      keep_edit (past, vector->str, text);
    }

  for (guint round = 0; round < 2; round++)
    {
      for (guint member = 0; member < N_MEMBERS; member++)
        {
          g_autofree char *pointer = g_strdup_printf ("/%u", member);
          g_autoptr (GError) error = NULL;
          g_autoptr (ConfsyncExplanation) explanation = try_explain (past, pointer, NULL, &error);
          guint found;

          g_assert_no_error (error);
          found = number_of (confsync_explanation_get_version (explanation));
          if (round == 0)
            g_assert_cmpuint (found, ==, changed[member]);
          g_assert_true (round > 0 || confsync_explanation_is_exact (explanation));
          if (confsync_explanation_is_exact (explanation))
            g_assert_true (found == 1 || changes[member][found]);
        }
      for (guint i = 0; round == 0 && i < n_thinned; i++)
        g_ptr_array_remove_index (
          past->versions, (guint) g_rand_int_range (rand, 1, (int) past->versions->len));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Past, NULL, past_set_up, func, past_tear_down)
  ADD ("/explainer/line", test_line);
  ADD ("/explainer/initial", test_initial);
  ADD ("/explainer/never-changed", test_never_changed);
  ADD ("/explainer/first-edit", test_first_edit);
  ADD ("/explainer/thinned", test_thinned);
  ADD ("/explainer/unseen", test_unseen);
  ADD ("/explainer/lost", test_lost);
  ADD ("/explainer/merged", test_merged);
  ADD ("/explainer/no-records", test_no_records);
  ADD ("/explainer/damaged", test_damaged);
  ADD ("/explainer/empty", test_empty);
  ADD ("/explainer/joined-head", test_joined_head);
  for (guint seed = 1; seed <= 200; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/explainer/random/%u", seed);

      g_test_add (path, Past, GUINT_TO_POINTER (seed), past_set_up, test_random, past_tear_down);
    }
  return g_test_run ();
}

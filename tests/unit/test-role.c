/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of roles, of ways to join and of choices, and what is said of a name that is none.
 */

#include "confsync-error.h"
#include "confsync-role.h"

static void
test_role (void)
{
  static const char *const names[] = { "both", "send-only", "receive-only" };
  ConfsyncRole role = CONFSYNC_ROLE_SEND_ONLY;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpstr (confsync_role_to_string (i), ==, names[i]);
      g_assert_true (confsync_role_from_string (names[i], &role, &error));
      g_assert_no_error (error);
      g_assert_cmpint (role, ==, i);
    }
  g_assert_false (confsync_role_from_string ("none", &role, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==,
                   "'none' is no role; it is both, send-only or receive-only");
  g_assert_cmpint (role, ==, CONFSYNC_ROLE_RECEIVE_ONLY);
}

static void
test_join (void)
{
  static const char *const names[] = { "adopt", "keep", "ask" };
  ConfsyncJoin join = CONFSYNC_JOIN_KEEP;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpstr (confsync_join_to_string (i), ==, names[i]);
      g_assert_true (confsync_join_from_string (names[i], &join, &error));
      g_assert_cmpint (join, ==, i);
    }
  g_assert_false (confsync_join_from_string ("", NULL, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
}

static void
test_choice (void)
{
  static const char *const names[] = { "ours", "theirs", "merge", "value" };
  ConfsyncChoice choice = CONFSYNC_CHOICE_VALUE;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpstr (confsync_choice_to_string (i), ==, names[i]);
      g_assert_true (confsync_choice_from_string (names[i], &choice, &error));
      g_assert_cmpint (choice, ==, i);
    }
  g_assert_false (confsync_choice_from_string ("OURS", &choice, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/role/role", test_role);
  g_test_add_func ("/role/join", test_join);
  g_test_add_func ("/role/choice", test_choice);

  return g_test_run ();
}

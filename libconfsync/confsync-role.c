/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of roles, of ways to join, and of choices: those of the options and of the control
 * interface.
 */

#include "config.h"

#include "confsync-role.h"

#include "confsync-error.h"

/* each in the order of its enumeration */
static const char *const role_names[] = { "both", "send-only", "receive-only" };
static const char *const join_names[] = { "adopt", "keep", "ask" };
static const char *const choice_names[] = { "ours", "theirs", "merge", "value" };

/* Gives @n_names, and an error that names all of them, where @name is none. */
static guint
find_name (const char *const *names, guint n_names, const char *what, const char *name,
           GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < n_names; i++)
    {
      if (g_str_equal (names[i], name))
        return i;
      if (i > 0)
        g_string_append (all, i + 1 < n_names ? ", " : " or ");
      g_string_append (all, names[i]);
    }
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, "'%s' is no %s; it is %s",
               name, what, all->str);
  return n_names;
}

/**
 * confsync_role_to_string:
 * @role: a role
 *
 * Gets its name, such as `send-only`.
 *
 * Returns: its name, such as `send-only`
 *
 * Since: 1.0
 */
const char *
confsync_role_to_string (ConfsyncRole role)
{
  g_return_val_if_fail ((guint) role < G_N_ELEMENTS (role_names), NULL);

  return role_names[role];
}

/**
 * confsync_role_from_string:
 * @name: a name, as [func@role_to_string] gives it
 * @role: (out) (optional): the role
 * @error: return location for an error, or %NULL
 *
 * Finds a role by its name. Fails with %CONFSYNC_ERROR_INVALID_OPTION where there is none of that
 * name; the message lists them.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
confsync_role_from_string (const char *name, ConfsyncRole *role, GError **error)
{
  guint found;

  g_return_val_if_fail (name != NULL, FALSE);

  found = find_name (role_names, G_N_ELEMENTS (role_names), "role", name, error);
  if (found == G_N_ELEMENTS (role_names))
    return FALSE;
  if (role != NULL)
    *role = found;
  return TRUE;
}

/**
 * confsync_join_to_string:
 * @join: a way to join
 *
 * Gets its name, such as `adopt`.
 *
 * Returns: its name, such as `adopt`
 *
 * Since: 1.0
 */
const char *
confsync_join_to_string (ConfsyncJoin join)
{
  g_return_val_if_fail ((guint) join < G_N_ELEMENTS (join_names), NULL);

  return join_names[join];
}

/**
 * confsync_join_from_string:
 * @name: a name, as [func@join_to_string] gives it
 * @join: (out) (optional): the way to join
 * @error: return location for an error, or %NULL
 *
 * Finds a way to join by its name. Fails with %CONFSYNC_ERROR_INVALID_OPTION where there is none of
 * that name; the message lists them.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
confsync_join_from_string (const char *name, ConfsyncJoin *join, GError **error)
{
  guint found;

  g_return_val_if_fail (name != NULL, FALSE);

  found = find_name (join_names, G_N_ELEMENTS (join_names), "way to join", name, error);
  if (found == G_N_ELEMENTS (join_names))
    return FALSE;
  if (join != NULL)
    *join = found;
  return TRUE;
}

/**
 * confsync_choice_to_string:
 * @choice: a choice
 *
 * Gets its name, such as `ours`.
 *
 * Returns: its name, such as `ours`
 *
 * Since: 1.0
 */
const char *
confsync_choice_to_string (ConfsyncChoice choice)
{
  g_return_val_if_fail ((guint) choice < G_N_ELEMENTS (choice_names), NULL);

  return choice_names[choice];
}

/**
 * confsync_choice_from_string:
 * @name: a name, as [func@choice_to_string] gives it
 * @choice: (out) (optional): the choice
 * @error: return location for an error, or %NULL
 *
 * Finds a choice by its name. Fails with %CONFSYNC_ERROR_INVALID_OPTION where there is none of that
 * name; the message lists them.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
confsync_choice_from_string (const char *name, ConfsyncChoice *choice, GError **error)
{
  guint found;

  g_return_val_if_fail (name != NULL, FALSE);

  found = find_name (choice_names, G_N_ELEMENTS (choice_names), "choice", name, error);
  if (found == G_N_ELEMENTS (choice_names))
    return FALSE;
  if (choice != NULL)
    *choice = found;
  return TRUE;
}

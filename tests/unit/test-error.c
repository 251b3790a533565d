/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Each error code has a D-Bus name and comes back as itself.
 */

#include "config.h"

#include "confsync-error.h"

static void
test_dbus_names (void)
{
  g_test_summary ("An error survives the way to a D-Bus name and back");

  for (int code = 0; code <= CONFSYNC_ERROR_INVALID_OPTION; code++)
    {
      g_autoptr (GError) there = g_error_new (CONFSYNC_ERROR, code, "what happened");
      g_autofree char *name = g_dbus_error_encode_gerror (there);
      g_autoptr (GError) back = NULL;

      g_assert_true (g_str_has_prefix (name, CONFSYNC_DBUS_NAME ".Error."));
      back = g_dbus_error_new_for_dbus_error (name, "what happened");
      g_assert_error (back, CONFSYNC_ERROR, code);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/dbus-names", test_dbus_names);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The least program that uses the installed library and one of its plugins.
 */

#include <confsync.h>

int
main (void)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("{ \"installed\": [true] }", 23);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, NULL, &error);
  GType resolver = json ? confsync_registry_find (CONFSYNC_TYPE_RESOLVER, "lww", &error) : 0;
  g_autofree char *hash = json ? confsync_json_hash (json) : NULL;

  g_print ("%s %s\n", hash, resolver != 0 ? g_type_name (resolver) : error->message);
  return error != NULL;
}

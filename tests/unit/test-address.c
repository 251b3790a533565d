/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Addresses as people write them, and random names.
 */

#include "config.h"

#include "confsync-address-private.h"
#include "confsync-error.h"
#include "confsync-stamp-private.h"

#include <string.h>

static void
test_normalize (void)
{
  static const struct {
    const char *text;
    const char *address; /* NULL: no address */
  } cases[] = {
    { "8765", "ws://127.0.0.1:8765/sync" },
    { "0", "ws://127.0.0.1:0/sync" },
    { "65535", "ws://127.0.0.1:65535/sync" },
    { "65536", NULL },
    { "-1", NULL },
    { "kitchen:8765", "ws://kitchen:8765/sync" },
    { "192.168.1.7:80", "ws://192.168.1.7:80/sync" },
    { "my-pi.local:8765", "ws://my-pi.local:8765/sync" },
    { "[::1]:8765", "ws://[::1]:8765/sync" },
    { "[fe80::1%eth0]:8765", "ws://[fe80::1%eth0]:8765/sync" },
    { "::1:8765", NULL },
    { "[]:8765", NULL },
    { "[::1:8765", NULL },
    { "kitchen:99999", NULL },
    { "kitchen:", NULL },
    { "kitchen", NULL },
    { ":8765", NULL },
    { "a b:8765", NULL },
    { "a/b:8765", NULL },
    { "", NULL },
    { "ws://host:1/sync", "ws://host:1/sync" },
    { "wss://host/x", "wss://host/x" },
    { "unix:/run/x", "unix:/run/x" },
    { "loopback:a", "loopback:a" },
    { "1x:rest", NULL },
    { "//host", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *address = confsync_address_normalize (cases[i].text, &error);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (address, ==, cases[i].address);
      if (cases[i].address != NULL)
        continue;
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS);
      g_assert_nonnull (strstr (error->message, cases[i].text));
    }
}

static void
test_scheme (void)
{
  g_autofree char *ws = confsync_address_get_scheme ("ws://host");
  g_autofree char *unix_ = confsync_address_get_scheme ("unix:/a:b");

  g_assert_cmpstr (ws, ==, "ws");
  g_assert_cmpstr (unix_, ==, "unix");
}

static void
test_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_test_summary ("Made ids are valid ones, and no two are the same");
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = confsync_instance_id_make ();
      char *hex = confsync_random_hex (16);

      g_assert_true (confsync_instance_id_is_valid (id));
      g_assert_cmpuint (strlen (hex), ==, 32);
      g_assert_cmpuint (strspn (hex, "0123456789abcdef"), ==, 32);
      g_assert_true (g_hash_table_add (seen, hex));
    }
  g_assert_cmpuint (confsync_random_number (), !=, confsync_random_number ());
}

static void
test_ids (void)
{
  g_autofree char *longest = g_strnfill (64, 'a'), *longer = g_strnfill (65, 'a');

  g_assert_true (confsync_instance_id_is_valid ("a"));
  g_assert_true (confsync_instance_id_is_valid ("A.b_9-"));
  g_assert_true (confsync_instance_id_is_valid (longest));
  g_assert_false (confsync_instance_id_is_valid (longer));
  g_assert_false (confsync_instance_id_is_valid (""));
  g_assert_false (confsync_instance_id_is_valid ("a/b"));
  g_assert_false (confsync_instance_id_is_valid ("ä"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/normalize", test_normalize);
  g_test_add_func ("/address/scheme", test_scheme);
  g_test_add_func ("/address/names", test_names);
  g_test_add_func ("/address/ids", test_ids);
  return g_test_run ();
}

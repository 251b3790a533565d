/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Compressed messages: what is worth packing, and that nothing gets larger than allowed.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-gzip-private.h"

#include <string.h>

#define MIB (1024 * 1024)

static GBytes *
repeat (char c, gsize size)
{
  char *data = g_malloc (size);

  memset (data, c, size);
  return g_bytes_new_take (data, size);
}

static GBytes *
noise (gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_rand_int (rand);
  return g_bytes_new_take (data, size);
}

static void
test_round_trip (void)
{
  const gsize sizes[] = { 1024, 65535, 65536, 65537, 3 * MIB };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) text = repeat ('x', sizes[i]);
      g_autoptr (GBytes) packed = confsync_gzip_pack (text);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) again = NULL;

      g_assert_nonnull (packed);
      g_assert_cmpuint (g_bytes_get_size (packed), <, sizes[i] / 10);
      g_assert_true (confsync_gzip_is_packed (packed));
      g_assert_false (confsync_gzip_is_packed (text));
      again = confsync_gzip_unpack (packed, sizes[i], &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (text, again));
    }
}

static void
test_no_gain (void)
{
  g_autoptr (GBytes) small = repeat ('x', 1023), random = noise (200000);

  g_test_summary ("What is small or doesn't get smaller is left alone");
  g_assert_null (confsync_gzip_pack (small));
  g_assert_null (confsync_gzip_pack (random));
}

static void
test_bomb (void)
{
  g_autoptr (GBytes) text = repeat ('x', 64 * MIB);
  g_autoptr (GBytes) packed = confsync_gzip_pack (text);
  g_autoptr (GError) error = NULL, exact = NULL;

  g_test_summary ("A bomb is given up at the bound, one byte too many is too many");
  g_assert_cmpuint (g_bytes_get_size (packed), <, MIB);
  g_assert_null (confsync_gzip_unpack (packed, MIB, &error));
  g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
  g_assert_null (confsync_gzip_unpack (packed, 64 * MIB - 1, &exact));
  g_assert_error (exact, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE);
}

static void
test_damaged (void)
{
  g_autoptr (GBytes) text = repeat ('x', 5000);
  g_autoptr (GBytes) packed = confsync_gzip_pack (text);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GError) error = NULL;
  gsize size = g_bytes_get_size (packed);

  g_test_summary ("What is cut or changed on the way is an error, never less or other text");
  g_assert_false (confsync_gzip_is_packed (empty));
  g_assert_null (confsync_gzip_unpack (empty, MIB, &error));
  g_assert_nonnull (error);
  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (packed, 0, i);
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (packed, NULL), size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GBytes) result = NULL;

      g_assert_null (confsync_gzip_unpack (cut, MIB, NULL));
      data[i] ^= 0x41;
      changed = g_bytes_new (data, size);
      result = confsync_gzip_unpack (changed, MIB, NULL);
      /* parts of the header, such as the time, don't matter */
      g_assert_true (result == NULL || g_bytes_equal (result, text));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gzip/round-trip", test_round_trip);
  g_test_add_func ("/gzip/no-gain", test_no_gain);
  g_test_add_func ("/gzip/bomb", test_bomb);
  g_test_add_func ("/gzip/damaged", test_damaged);
  return g_test_run ();
}

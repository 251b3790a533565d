/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * SHA-256: known digests, and the accelerated way against GChecksum at every length around the
 * block's, in one piece and in several.
 */

#include "config.h"

#include <string.h>

#include "confsync-sha256-private.h"

static char *
hash (const char *data, gsize size, gsize piece, gboolean accelerated)
{
  ConfsyncSha256 sha256;

  confsync_sha256_init (&sha256, accelerated);
  for (gsize at = 0; at < size; at += piece)
    confsync_sha256_update (&sha256, data + at, MIN (piece, size - at));
  return confsync_sha256_end (&sha256);
}

static void
test_known (void)
{
  static const char *const known[][2] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
  };

  g_test_summary ("The examples of FIPS 180-4, both ways");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    for (int accelerated = 0; accelerated <= 1; accelerated++)
      {
        g_autofree char *digest = hash (known[i][0], strlen (known[i][0]), 7, accelerated);

        g_assert_cmpstr (digest, ==, known[i][1]);
      }
}

static void
test_lengths (void)
{
  char data[300];

  g_test_summary ("Each length and each way to cut it gives what GChecksum gives");
  for (guint i = 0; i < sizeof data; i++)
    data[i] = (char) (i * 37 + 11);
  for (gsize size = 0; size <= sizeof data; size++)
    {
      g_autofree char *expected =
        g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, size);

      for (gsize piece = 1; piece <= sizeof data; piece = piece * 2 + 1)
        {
          g_autofree char *digest = hash (data, size, piece, TRUE);

          g_assert_cmpstr (digest, ==, expected);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sha256/known", test_known);
  g_test_add_func ("/sha256/lengths", test_lengths);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes doubles below 2^53 and what the canonical form prints for them, for another program to
 * look at. Also checks itself that each text reads back as that double and prints as itself again.
 *
 * Arguments: the seed, and how many. Output, for each block of doubles: their number and the
 * number of bytes of the texts as two 32-bit numbers, the doubles, the texts with a newline after
 * each, and fill bytes to a multiple of eight; all in the byte order of the machine.
 */

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "confsync-double-private.h"
#include "json-test.h"

#define BLOCK_DOUBLES 10000
#define LIMIT 9007199254740992.0

/* any bit pattern whose value is below the limit: most are tiny */
static double
random_bits (GRand *rand)
{
  guint64 bits = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
  double value;

  memcpy (&value, &bits, sizeof value);
  return fabs (value) < LIMIT ? value : ldexp (frexp (value, &(int){ 0 }), 53);
}

/* of any size from 1e-9 to the limit, with all digits */
static double
random_size (GRand *rand)
{
  return pow (2, g_rand_double_range (rand, -30, 53)) * (g_rand_boolean (rand) ? 1 : -1);
}

/* as a person writes it: a few digits, a few of them behind the point */
static double
random_plain (GRand *rand)
{
  double digits = floor (pow (10, g_rand_double_range (rand, 0, 15.9)));

  return digits / pow (10, g_rand_int_range (rand, 0, 20));
}

/* next to a power of two or ten, where the fewest digits are hard to find */
static double
random_edge (GRand *rand)
{
  double value = g_rand_boolean (rand) ? ldexp (1, g_rand_int_range (rand, -1074, 53))
                                       : pow (10, g_rand_int_range (rand, -307, 16));

  for (guint steps = (guint) g_rand_int_range (rand, 0, 4); steps > 0; steps--)
    value = nextafter (value, g_rand_boolean (rand) ? INFINITY : -INFINITY);
  return value;
}

static double
random_double (GRand *rand)
{
  static double (*const makers[]) (GRand *) = { random_bits, random_size, random_plain,
                                                random_edge };

  for (;;)
    {
      double value = makers[g_rand_int_range (rand, 0, G_N_ELEMENTS (makers))](rand);

      if (isfinite (value) && fabs (value) < LIMIT)
        return value;
    }
}

/* What is whole prints as an integer and reads back as one, which is the same value. */
static void
assert_fixed_point (double value, const char *text, guint length)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_cmpfloat (confsync_json_get_double (json), ==, value);
  again = text_of (confsync_json_to_canonical (json));
  g_assert_cmpuint (strlen (again), ==, length);
  g_assert_cmpmem (again, length, text, length);
}

static void
write_block (GRand *rand, guint n)
{
  g_autofree double *values = g_new (double, n);
  g_autoptr (GString) texts = g_string_sized_new (n * 20);
  guint32 head[2];

  for (guint i = 0; i < n; i++)
    {
      char text[CONFSYNC_DOUBLE_MAX_CHARS];
      guint length;

      values[i] = random_double (rand);
      length = confsync_double_write_canonical (values[i], text);
      assert_fixed_point (values[i], text, length);
      g_string_append_len (texts, text, length);
      g_string_append_c (texts, '\n');
    }
  head[0] = n;
  head[1] = (guint32) texts->len;
  while (texts->len % 8 != 0)
    g_string_append_c (texts, ' ');
  fwrite (head, sizeof head, 1, stdout);
  fwrite (values, sizeof values[0], n, stdout);
  fwrite (texts->str, 1, texts->len, stdout);
}

int
main (int argc, char **argv)
{
  guint64 left;
  g_autoptr (GRand) rand = NULL;

  if (argc != 3)
    g_error ("usage: %s SEED COUNT", argv[0]);
  rand = g_rand_new_with_seed ((guint32) g_ascii_strtoull (argv[1], NULL, 10));
  left = g_ascii_strtoull (argv[2], NULL, 10);
  while (left > 0)
    {
      guint n = (guint) MIN (left, BLOCK_DOUBLES);

      write_block (rand, n);
      left -= n;
    }
  return fflush (stdout) == 0 ? 0 : 1;
}

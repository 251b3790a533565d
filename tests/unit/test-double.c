/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Doubles: known texts in the three layouts, and for edge values and random ones that the digits
 * read back, and that no fewer would.
 */

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "confsync-double-private.h"

#define RANDOM_DOUBLES 100000

typedef struct {
  double value;
  const char *canonical, *typed, *python;
} Text;

static const Text texts[] = {
  { 0.0, "0", "0.0", "0.0" },
  { -0.0, "0", "-0.0", "-0.0" },
  { 1.0, "1", "1.0", "1.0" },
  { -1.5, "-1.5", "-1.5", "-1.5" },
  { 0.1, "0.1", "0.1", "0.1" },
  { 100.0, "100", "100.0", "100.0" },
  { 1e-4, "0.0001", "0.0001", "0.0001" },
  { 1e-5, "0.00001", "0.00001", "1e-05" },
  { 1e-6, "0.000001", "0.000001", "1e-06" },
  { 1.5e-6, "0.0000015", "0.0000015", "1.5e-06" },
  { 1e-7, "1e-7", "1e-7", "1e-07" },
  { 1.25e-10, "1.25e-10", "1.25e-10", "1.25e-10" },
  { 123456789012345.0, "123456789012345", "123456789012345.0", "123456789012345.0" },
  { 1e15, "1000000000000000", "1000000000000000.0", "1000000000000000.0" },
  { 9007199254740991.0, "9007199254740991", "9007199254740991.0", "9007199254740991.0" },
  { 9007199254740992.0, "9.007199254740992e+15", "9.007199254740992e+15", "9007199254740992.0" },
  { -9007199254740992.0, "-9.007199254740992e+15", "-9.007199254740992e+15",
    "-9007199254740992.0" },
  { 1e16, "1e+16", "1e+16", "1e+16" },
  { 1e20, "1e+20", "1e+20", "1e+20" },
  { 1e21, "1e+21", "1e+21", "1e+21" },
  { 1e23, "1e+23", "1e+23", "1e+23" },
  { 5e-324, "5e-324", "5e-324", "5e-324" },
  { 2.2250738585072014e-308, "2.2250738585072014e-308", "2.2250738585072014e-308",
    "2.2250738585072014e-308" },
  { 1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308",
    "1.7976931348623157e+308" },
  { 9.5367431640625e-07, "9.5367431640625e-7", "9.5367431640625e-7", "9.5367431640625e-07" },
  { 4.35, "4.35", "4.35", "4.35" },
  { 0.3333333333333333, "0.3333333333333333", "0.3333333333333333", "0.3333333333333333" },
  { 333333333.33333329, "333333333.3333333", "333333333.3333333", "333333333.3333333" },
};

static void
assert_text (guint (*write) (double, char *), double value, const char *expected)
{
  char out[CONFSYNC_DOUBLE_MAX_CHARS + 1];
  guint n = write (value, out);

  g_assert_cmpuint (n, <=, CONFSYNC_DOUBLE_MAX_CHARS);
  out[n] = '\0';
  g_assert_cmpstr (out, ==, expected);
}

static void
test_texts (void)
{
  g_test_summary ("Each layout writes what ECMAScript, the typed form, and Python say");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      assert_text (confsync_double_write_canonical, texts[i].value, texts[i].canonical);
      assert_text (confsync_double_write_typed, texts[i].value, texts[i].typed);
      assert_text (confsync_double_write_python, texts[i].value, texts[i].python);
    }
}

/* %TRUE where some decimal of @n digits reads back as @value: the nearest one, or a neighbour:
 * at powers of two it may be that only the neighbour does */
static gboolean
some_decimal_reads_back (double value, int n)
{
  char text[40], *exponent;
  gint64 digits = 0;

  snprintf (text, sizeof text, "%.*e", n - 1, value);
  exponent = strchr (text, 'e');
  for (const char *p = text; p < exponent; p++)
    if (g_ascii_isdigit (*p))
      digits = digits * 10 + (*p - '0');
  for (int step = -1; step <= 1; step++)
    {
      char candidate[60];

      snprintf (candidate, sizeof candidate, "%" G_GINT64_FORMAT "e%d", digits + step,
                atoi (exponent + 1) - (n - 1));
      if (g_ascii_strtod (candidate, NULL) == value)
        return TRUE;
    }
  return FALSE;
}

static void
assert_shortest (double value)
{
  char digits[20], text[60];
  int point;
  guint n;

  value = fabs (value);
  n = confsync_double_shortest (value, digits, &point);
  g_assert_cmpuint (n, <=, 17);
  g_assert_true (n == 1 || digits[n - 1] != '0');
  snprintf (text, sizeof text, "0.%.*se%d", (int) n, digits, point);
  g_assert_cmpfloat (g_ascii_strtod (text, NULL), ==, value);
  if (n > 1)
    g_assert_false (some_decimal_reads_back (value, (int) n - 1));
}

static double
from_bits (guint64 bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static void
test_edges (void)
{
  g_test_summary ("Around every power of two and of ten, the digits read back and are the fewest");

  for (int exponent = -1074; exponent <= 1023; exponent++)
    {
      double power = ldexp (1, exponent);

      assert_shortest (power);
      assert_shortest (nextafter (power, INFINITY));
      if (exponent > -1074)
        assert_shortest (nextafter (power, 0));
    }
  for (int exponent = -323; exponent <= 308; exponent++)
    {
      g_autofree char *text = g_strdup_printf ("1e%d", exponent);
      double power = g_ascii_strtod (text, NULL);

      assert_shortest (power);
      assert_shortest (nextafter (power, INFINITY));
      assert_shortest (nextafter (power, 0) > 0 ? nextafter (power, 0) : power);
    }
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  g_test_summary ("Random bit patterns, subnormals among them, read back in the fewest digits");
  for (guint i = 0; i < RANDOM_DOUBLES; i++)
    {
      guint64 bits = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
      double value;

      if (i % 10 == 0)
        bits &= G_GUINT64_CONSTANT (0x800fffffffffffff);
      value = from_bits (bits);
      if (isfinite (value) && value != 0)
        assert_shortest (value);
    }
}

static void
test_plain (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  g_test_summary ("Numbers with a few places behind the point, and those next to them");
  for (guint i = 0; i < RANDOM_DOUBLES; i++)
    {
      const double size = pow (10, g_rand_double_range (rand, 0, 16));
      const double value = floor (g_rand_double_range (rand, 0, size)) / pow (10, i % 6);

      if (value == 0)
        continue;
      assert_shortest (value);
      assert_shortest (nextafter (value, INFINITY));
      assert_shortest (nextafter (value, 0));
    }
}

static void
test_integers (void)
{
  static const struct {
    guint64 value;
    const char *text;
  } cases[] = {
    { 0, "0" }, { 9, "9" }, { 10, "10" }, { 1234567890, "1234567890" },
    { G_MAXUINT64, "18446744073709551615" },
  };

  g_test_summary ("Integers print their digits");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char out[21];

      out[confsync_digits_write (cases[i].value, out)] = '\0';
      g_assert_cmpstr (out, ==, cases[i].text);
    }
}

static void
test_random_integers (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  g_test_summary ("Integers of any length print as the C library prints them");
  for (guint i = 0; i < RANDOM_DOUBLES; i++)
    {
      guint64 value = ((guint64) g_rand_int (rand) << 32 | g_rand_int (rand)) >> i % 64;
      guint digits = 1 + i % 16;
      guint64 back;
      char out[21], expected[21];

      g_snprintf (expected, sizeof expected, "%" G_GUINT64_FORMAT, value);
      out[confsync_digits_write (value, out)] = '\0';
      g_assert_cmpstr (out, ==, expected);

      g_snprintf (expected, sizeof expected, "%016" G_GINT64_MODIFIER "x", value);
      confsync_hex_write (value, digits, out);
      out[digits] = '\0';
      g_assert_cmpstr (out, ==, expected + 16 - digits);
      g_assert_true (confsync_hex_read (expected, &back));
      g_assert_cmphex (back, ==, value);
    }
}

static void
test_bad_hex (void)
{
  g_test_summary ("Only the sixteen digits that are written are read");
  for (guint byte = 0; byte < 256; byte++)
    for (guint at = 0; at < 16; at++)
      {
        char text[] = "fedcba9876543210";
        guint64 value;

        text[at] = (char) byte;
        g_assert_cmpint (confsync_hex_read (text, &value), ==,
                         byte != 0 && strchr ("0123456789abcdef", (int) byte) != NULL);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/double/texts", test_texts);
  g_test_add_func ("/double/edges", test_edges);
  g_test_add_func ("/double/random", test_random);
  g_test_add_func ("/double/plain", test_plain);
  g_test_add_func ("/double/integers", test_integers);
  g_test_add_func ("/double/integers/random", test_random_integers);
  g_test_add_func ("/double/hexadecimal/bad", test_bad_hex);
  return g_test_run ();
}

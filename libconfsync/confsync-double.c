/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Shortest decimal text of a double: the fewest digits that read back as the same value, and of
 * those the nearest (Raffaello Giulietti's Schubfach). Neither GLib nor libc has it, and the
 * usual loop over %.15g, %.16g, %.17g is wrong on subnormals and on some powers of two.
 */

#include "config.h"

#include "confsync-double-private.h"

#include <math.h>
#include <string.h>

#include "confsync-double-table.h"

#define MANTISSA_BITS 52
#define HIDDEN_BIT (G_GUINT64_CONSTANT (1) << MANTISSA_BITS)
#define EXPONENT_BIAS 1075
#define SUBNORMAL_EXPONENT (-1074)
#define LOW_63 G_GUINT64_CONSTANT (0x7fffffffffffffff)

/* the layout's bounds on the place of the decimal point: ECMAScript's and Python's */
#define CANONICAL_POINT_MAX 21
#define CANONICAL_POINT_MIN (-6)
#define PYTHON_POINT_MAX 16
#define PYTHON_POINT_MIN (-4)
/* below it, a number with three places behind the point has at most 15 digits */
#define PLAIN_LIMIT 1e11

typedef struct {
  guint64 significand;
  int exponent; /* of ten */
} Decimal;

static inline guint64
multiply (guint64 a, guint64 b, guint64 *low)
{
#ifdef __SIZEOF_INT128__
  unsigned __int128 product = (unsigned __int128) a * b;

  *low = (guint64) product;
  return (guint64) (product >> 64);
#else
  guint64 a0 = (guint32) a, a1 = a >> 32, b0 = (guint32) b, b1 = b >> 32;
  guint64 middle = a1 * b0 + (a0 * b0 >> 32);
  guint64 carry = a0 * b1 + (guint32) middle;

  *low = a * b;
  return a1 * b1 + (middle >> 32) + (carry >> 32);
#endif
}

/* g * c / 2^127, rounded to odd: the lowest bit says that something was cut off */
static inline guint64
multiply_round_to_odd (const guint64 g[2], guint64 c)
{
  guint64 unused, y0;
  guint64 x1 = multiply (g[1], c, &unused);
  guint64 y1 = multiply (g[0], c, &y0);
  guint64 z = (y0 >> 1) + x1;
  guint64 w = y1 + (z >> 63);

  return w | (((z & LOW_63) + LOW_63) >> 63);
}

static inline int
floor_log10_pow2 (int q)
{
  return (int) ((q * G_GINT64_CONSTANT (661971961083)) >> 41);
}

static inline int
floor_log10_three_quarters_pow2 (int q)
{
  return (int) ((q * G_GINT64_CONSTANT (661971961083) - G_GINT64_CONSTANT (274743187321)) >> 41);
}

static inline int
floor_log2_pow10 (int k)
{
  return (int) ((k * G_GINT64_CONSTANT (913124641741)) >> 38);
}

/* of the two candidates next to each other, the one inside the rounding interval; both or none
 * inside: the nearer one */
static guint64
choose (guint64 value, guint64 lower, guint64 upper, gboolean odd)
{
  guint64 s = value >> 2, t = s + 1;
  gboolean s_inside = lower + odd <= s << 2;
  gboolean t_inside = (t << 2) + odd <= upper;
  gint64 distance;

  if (s_inside != t_inside)
    return s_inside ? s : t;
  distance = (gint64) (value - ((s + t) << 1));
  return distance < 0 || (distance == 0 && (s & 1) == 0) ? s : t;
}

/* the shortest decimal in the rounding interval of c * 2^q */
static Decimal
schubfach (guint64 c, int q)
{
  gboolean regular = c != HIDDEN_BIT || q == SUBNORMAL_EXPONENT;
  gboolean odd = c & 1;
  int k = regular ? floor_log10_pow2 (q) : floor_log10_three_quarters_pow2 (q);
  int shift = q + floor_log2_pow10 (-k) + 2;
  const guint64 *g = powers[k - POWER_MIN];
  guint64 value = multiply_round_to_odd (g, (c << 2) << shift);
  guint64 lower = multiply_round_to_odd (g, ((c << 2) - (regular ? 2 : 1)) << shift);
  guint64 upper = multiply_round_to_odd (g, ((c << 2) + 2) << shift);
  guint64 s = value >> 2;

  if (s >= 10)
    {
      guint64 tens = s / 10 * 10, next = tens + 10;
      gboolean tens_inside = lower + odd <= tens << 2;
      gboolean next_inside = (next << 2) + odd <= upper;

      if (tens_inside != next_inside)
        return (Decimal){ tens_inside ? tens : next, k };
    }
  return (Decimal){ choose (value, lower, upper, odd), k };
}

static Decimal
to_decimal (double value)
{
  guint64 bits, fraction;
  int biased, q;

  memcpy (&bits, &value, sizeof bits);
  fraction = bits & (HIDDEN_BIT - 1);
  biased = (bits >> MANTISSA_BITS) & 0x7ff;
  if (biased == 0)
    return schubfach (fraction, SUBNORMAL_EXPONENT);
  fraction |= HIDDEN_BIT;
  q = biased - EXPONENT_BIAS;
  if (q < 0 && q >= -MANTISSA_BITS && (fraction & ((G_GUINT64_CONSTANT (1) << -q) - 1)) == 0)
    return (Decimal){ fraction >> -q, 0 }; /* an integer: exact */
  return schubfach (fraction, q);
}

#define EIGHT_DIGITS_LIMIT 100000000

static const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);

/* eight decimal digits of @value, each as a number in a byte, the first in the lowest one: halves
 * of four digits, then of two, then of one, and all halves at once. The factors divide by 100 and
 * 10 exactly, as long as what they divide has no more digits than it has. */
static inline guint64
split_eight (guint32 value)
{
  guint64 parts = value / 10000 | (guint64) (value % 10000) << 32, high;

  high = (parts * 10486 >> 20) & G_GUINT64_CONSTANT (0x0000007f0000007f);
  parts = high | (parts - high * 100) << 16;
  high = (parts * 103 >> 10) & G_GUINT64_CONSTANT (0x000f000f000f000f);
  return high | (parts - high * 10) << 8;
}

static inline void
write_eight (guint32 value, char *out)
{
  guint64 text = GUINT64_TO_LE (split_eight (value) + ones * '0');

  memcpy (out, &text, sizeof text);
}

/* without leading zeros */
static inline guint
write_few (guint32 value, char *out)
{
  guint64 digits = split_eight (value);
  guint skipped = value > 0 ? (guint) __builtin_ctzll (digits) / 8 : 7;

  digits >>= skipped * 8;
  for (guint i = 0; i < 8 - skipped; i++, digits >>= 8)
    out[i] = (char) ('0' + (digits & 15));
  return 8 - skipped;
}

guint
confsync_digits_write (guint64 value, char *out)
{
  guint n;

  if (value < EIGHT_DIGITS_LIMIT)
    return write_few ((guint32) value, out);
  if (value / EIGHT_DIGITS_LIMIT >= EIGHT_DIGITS_LIMIT / 10 &&
      value / EIGHT_DIGITS_LIMIT < EIGHT_DIGITS_LIMIT)
    {
      /* the times of these centuries, in microseconds */
      write_eight ((guint32) (value / EIGHT_DIGITS_LIMIT), out);
      n = 8;
    }
  else
    n = confsync_digits_write (value / EIGHT_DIGITS_LIMIT, out);
  write_eight ((guint32) (value % EIGHT_DIGITS_LIMIT), out + n);
  return n + 8;
}

/* eight hexadecimal digits, one in each byte, as text */
static inline guint64
hex_to_text (guint64 nibbles)
{
  guint64 letters = ((nibbles + ones * 6) >> 4) & ones;

  return nibbles + ones * '0' + letters * ('a' - '0' - 10);
}

static inline void
write_eight_hex (guint32 value, char *out)
{
  guint64 nibbles = value;

  nibbles = (nibbles | nibbles << 16) & G_GUINT64_CONSTANT (0x0000ffff0000ffff);
  nibbles = (nibbles | nibbles << 8) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff);
  nibbles = (nibbles | nibbles << 4) & ones * 0x0f;
  nibbles = GUINT64_TO_BE (hex_to_text (nibbles));
  memcpy (out, &nibbles, sizeof nibbles);
}

static inline gboolean
read_eight_hex (const char *text, guint32 *value)
{
  guint64 word, nibbles;

  memcpy (&word, text, sizeof word);
  word = GUINT64_FROM_BE (word);
  nibbles = (word & ones * 0x0f) + ((word >> 6) & ones) * 9;
  /* what is no digit comes out as another text, or as more than a byte's half */
  if ((nibbles & ones * 0xf0) != 0 || hex_to_text (nibbles) != word)
    return FALSE;
  nibbles = (nibbles | nibbles >> 4) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff);
  nibbles = (nibbles | nibbles >> 8) & G_GUINT64_CONSTANT (0x0000ffff0000ffff);
  *value = (guint32) (nibbles | nibbles >> 16);
  return TRUE;
}

void
confsync_hex_write (guint64 value, guint n, char *out)
{
  for (; n >= 8; n -= 8, value >>= 32)
    write_eight_hex ((guint32) value, out + n - 8);
  for (; n > 0; n--, value >>= 4)
    out[n - 1] = "0123456789abcdef"[value & 15];
}

gboolean
confsync_hex_read (const char *text, guint64 *value)
{
  guint32 high, low;

  if (!read_eight_hex (text, &high) || !read_eight_hex (text + 8, &low))
    return FALSE;
  *value = (guint64) high << 32 | low;
  return TRUE;
}

/* What people write: few digits, of which few stand behind the point. A decimal of at most 15
 * digits that gives this very double is the only one of so few, so it is the shortest. The division
 * is of two exact numbers, and so rounds as reading the decimal would. */
static gboolean
find_plain (double value, Decimal *decimal)
{
  static const double scales[] = { 1, 10, 100, 1000 };
  const double size = fabs (value);

  if (size >= PLAIN_LIMIT)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      const guint64 significand = (guint64) (size * scales[i] + 0.5);

      if ((double) significand / scales[i] == size)
        {
          decimal->significand = significand;
          decimal->exponent = -(int) i;
          return TRUE;
        }
    }
  return FALSE;
}

guint
confsync_double_shortest (double value, char *digits, int *point)
{
  Decimal decimal;
  char all[20];
  guint n;

  if (value == 0)
    {
      digits[0] = '0';
      *point = 1;
      return 1;
    }
  if (!find_plain (value, &decimal))
    decimal = to_decimal (value);
  n = confsync_digits_write (decimal.significand, all);
  *point = (int) n + decimal.exponent;
  while (n > 1 && all[n - 1] == '0')
    n--;
  memcpy (digits, all, n);
  return n;
}

static char *
append_fixed (char *out, const char *digits, int n, int point)
{
  if (point <= 0)
    {
      memcpy (out, "0.", 2);
      memset (out + 2, '0', (gsize) -point);
      memcpy (out + 2 - point, digits, (gsize) n);
      return out + 2 - point + n;
    }
  if (n <= point)
    {
      memcpy (out, digits, (gsize) n);
      memset (out + n, '0', (gsize) (point - n));
      return out + point;
    }
  memcpy (out, digits, (gsize) point);
  out[point] = '.';
  memcpy (out + point + 1, digits + point, (gsize) (n - point));
  return out + n + 1;
}

static char *
append_exponent (char *out, const char *digits, int n, int point, int min_width)
{
  int exponent = point - 1;

  *out++ = digits[0];
  if (n > 1)
    {
      *out++ = '.';
      memcpy (out, digits + 1, (gsize) (n - 1));
      out += n - 1;
    }
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  exponent = ABS (exponent);
  if (exponent < 10 && min_width > 1)
    *out++ = '0';
  return out + confsync_digits_write ((guint64) exponent, out);
}

static inline char *
append_point_zero (char *out)
{
  memcpy (out, ".0", 2);
  return out + 2;
}

/* the ECMAScript layout, but with an exponent from 2^53 up; @typed keeps an integral value and the
 * sign of zero recognisable as a double */
static guint
write_ecmascript (double value, char *out, gboolean typed)
{
  char digits[20];
  char *o = out;
  int point, n;

  n = (int) confsync_double_shortest (value, digits, &point);
  if (signbit (value) && (typed || value != 0))
    *o++ = '-';
  if (fabs (value) >= CONFSYNC_DOUBLE_EXACT_LIMIT || point > CANONICAL_POINT_MAX ||
      point <= CANONICAL_POINT_MIN)
    return (guint) (append_exponent (o, digits, n, point, 1) - out);
  o = append_fixed (o, digits, n, point);
  if (typed && n <= point)
    o = append_point_zero (o);
  return (guint) (o - out);
}

guint
confsync_double_write_canonical (double value, char *out)
{
  return write_ecmascript (value, out, FALSE);
}

guint
confsync_double_write_typed (double value, char *out)
{
  return write_ecmascript (value, out, TRUE);
}

guint
confsync_double_write_python (double value, char *out)
{
  char digits[20];
  char *o = out;
  int point, n;

  n = (int) confsync_double_shortest (value, digits, &point);
  if (signbit (value))
    *o++ = '-';
  if (point > PYTHON_POINT_MAX || point <= PYTHON_POINT_MIN)
    return (guint) (append_exponent (o, digits, n, point, 2) - out);
  o = append_fixed (o, digits, n, point);
  if (n <= point)
    o = append_point_zero (o);
  return (guint) (o - out);
}

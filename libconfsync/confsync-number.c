/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads one number of a JSON text: exactly as an integer, or correctly rounded as a double. What
 * fits neither is refused.
 */

#include "config.h"

#include "confsync-number-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* powers of ten that a double holds exactly, and the integers that it does */
#define EXACT_POWER_MAX 22
#define EXACT_INTEGER_MAX (G_GUINT64_CONSTANT (1) << 53)

/* digits that always fit a guint64 */
#define MANTISSA_DIGITS_MAX 19

/* beyond any double's, small enough to add to */
#define EXPONENT_BOUND 1000000

typedef struct {
  const guchar *end;
  guint64 mantissa;
  int digits;      /* significant ones in mantissa */
  int exponent;    /* of ten */
  gboolean cut;    /* there were more digits than fit */
  gboolean integer;
  ConfsyncNumber *result;
} Scan;

static const guchar *
fail (Scan *self, const guchar *where, const char *reason)
{
  self->result->where = where;
  self->result->reason = reason;
  self->result->expected = FALSE;
  return NULL;
}

static const guchar *
fail_expected (Scan *self, const guchar *where, const char *what)
{
  fail (self, where, what);
  self->result->expected = TRUE;
  return NULL;
}

/* the value of eight digits at @p; %FALSE where there are other bytes among them */
static inline gboolean
read_eight (const guchar *p, guint64 *value)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  guint64 word;

  memcpy (&word, p, sizeof word);
  word = GUINT64_FROM_LE (word);
  if (((word & ones * 0xf0) | (((word + ones * 6) & ones * 0xf0) >> 4)) != ones * 0x33)
    return FALSE;
  /* in pairs, then in fours: the first digit is in the lowest byte */
  word = ((word & ones * 0x0f) * (10 * 256 + 1)) >> 8;
  word = ((word & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff)) * (100 * 65536 + 1)) >> 16;
  *value = ((word & G_GUINT64_CONSTANT (0x0000ffff0000ffff)) *
            (10000 * (G_GUINT64_CONSTANT (1) << 32) + 1)) >> 32;
  return TRUE;
}

static inline const guchar *
scan_digits (Scan *self, const guchar *p, int exponent_step)
{
  guint64 eight;

  /* all of them count, for the first one is no 0 or comes after another */
  while (self->end - p >= 8 && self->digits + 8 <= MANTISSA_DIGITS_MAX &&
         (self->mantissa != 0 || *p != '0') && read_eight (p, &eight))
    {
      self->mantissa = self->mantissa * 100000000 + eight;
      self->digits += 8;
      self->exponent += 8 * exponent_step;
      p += 8;
    }
  for (; p < self->end && g_ascii_isdigit (*p); p++)
    {
      if (self->digits < MANTISSA_DIGITS_MAX)
        {
          self->mantissa = self->mantissa * 10 + (*p - '0');
          self->digits += self->mantissa != 0;
          self->exponent += exponent_step;
        }
      else
        self->cut = TRUE;
    }
  return p;
}

static const guchar *
scan_exponent (Scan *self, const guchar *p)
{
  gboolean negative = FALSE;
  int exponent = 0;

  if (p < self->end && (*p == '+' || *p == '-'))
    negative = *p++ == '-';
  if (p >= self->end || !g_ascii_isdigit (*p))
    return fail_expected (self, p, "a digit of the exponent");
  for (; p < self->end && g_ascii_isdigit (*p); p++)
    exponent = MIN (exponent * 10 + (*p - '0'), EXPONENT_BOUND);
  self->exponent += negative ? -exponent : exponent;
  return p;
}

/* the digits after the sign */
static inline const guchar *
scan_number (Scan *self, const guchar *p)
{
  const guchar *first = p;

  p = scan_digits (self, p, 0);
  if (p == first)
    return fail_expected (self, p, "a digit");
  if (*first == '0' && p > first + 1)
    return fail (self, first, "a number may not begin with 0");
  if (p < self->end && *p == '.')
    {
      self->integer = FALSE;
      first = p + 1;
      p = scan_digits (self, first, -1);
      if (p == first)
        return fail_expected (self, p, "a digit after the decimal point");
    }
  if (p < self->end && (*p == 'e' || *p == 'E'))
    {
      self->integer = FALSE;
      p = scan_exponent (self, p + 1);
    }
  return p;
}

static double
slow_double (const guchar *start, gsize length)
{
  char buffer[64];
  g_autofree char *large = NULL;

  if (length >= sizeof buffer)
    {
      large = g_strndup ((const char *) start, length);
      return g_ascii_strtod (large, NULL);
    }
  memcpy (buffer, start, length);
  buffer[length] = '\0';
  return g_ascii_strtod (buffer, NULL);
}

/* both operands are exact, so that the one operation rounds correctly */
static gboolean
fast_double (const Scan *self, double *value)
{
  static const double powers[EXACT_POWER_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  };

  if (FLT_EVAL_METHOD != 0 || self->cut || self->mantissa > EXACT_INTEGER_MAX ||
      ABS (self->exponent) > EXACT_POWER_MAX)
    return FALSE;
  *value = self->exponent < 0 ? (double) self->mantissa / powers[-self->exponent]
                              : (double) self->mantissa * powers[self->exponent];
  return TRUE;
}

const guchar *
confsync_number_read (const guchar *start, const guchar *end, ConfsyncNumber *number)
{
  Scan scan = { .end = end, .integer = TRUE, .result = number };
  gboolean negative = *start == '-';
  const guchar *p = scan_number (&scan, start + negative);
  double value;

  if (p == NULL)
    return NULL;
  number->is_integer = scan.integer;
  if (scan.integer)
    {
      if (scan.cut || scan.mantissa > (guint64) G_MAXINT64 + negative)
        return fail (&scan, start, "this integer is beyond 64 bits");
      number->integer = (gint64) (negative ? -scan.mantissa : scan.mantissa);
      return p;
    }
  if (!fast_double (&scan, &value))
    value = slow_double (start + negative, (gsize) (p - start) - negative);
  if (!isfinite (value))
    return fail (&scan, start, "this number is larger than a double can hold");
  number->number = negative ? -value : value;
  return p;
}

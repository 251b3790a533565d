/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A number is taken as digits * 10^exponent: an integer exactly, a double by the shortest decimal
 * that reads back as it, which is what a person wrote. Division is then one of integers.
 */

#include "confsync-schema-number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* the shortest decimal of a double has at most this many digits */
#define DOUBLE_MAX_DIGITS 17

/* 10^19 is the greatest power of ten below 2^64 */
#define MAX_POWER 19

typedef unsigned __int128 Wide;

typedef struct {
  guint64 digits;
  int exponent;
} Decimal;

/* @text is as "%e" prints it: [-]D.DDDe[+-]DD */
static Decimal
decimal_of_text (const char *text)
{
  Decimal decimal = { 0, 0 };
  gboolean fraction = FALSE;
  const char *p = text + (*text == '-');

  for (; g_ascii_isdigit (*p) || *p == '.'; p++)
    {
      if (*p == '.')
        fraction = TRUE;
      else
        {
          decimal.digits = decimal.digits * 10 + (guint64) (*p - '0');
          decimal.exponent -= fraction;
        }
    }
  decimal.exponent += atoi (p + 1);
  return decimal;
}

static Decimal
decimal_of_double (double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  for (int digits = DOUBLE_MAX_DIGITS - 2; digits <= DOUBLE_MAX_DIGITS; digits++)
    {
      g_snprintf (format, sizeof format, "%%.%de", digits - 1);
      g_ascii_formatd (text, sizeof text, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        break;
    }
  return decimal_of_text (text);
}

static Decimal
decimal_of (const ConfsyncJsonCursor *number)
{
  gint64 integer;

  if (confsync_json_cursor_get_kind (number) == CONFSYNC_JSON_DOUBLE)
    return decimal_of_double (confsync_json_cursor_get_double (number));
  integer = confsync_json_cursor_get_integer (number);
  return (Decimal){ integer < 0 ? -(guint64) integer : (guint64) integer, 0 };
}

/* 10^@power modulo @modulus */
static guint64
power_of_ten (int power, guint64 modulus)
{
  Wide result = 1 % modulus, square = 10 % modulus;

  for (; power > 0; power >>= 1)
    {
      if (power & 1)
        result = result * square % modulus;
      square = square * square % modulus;
    }
  return (guint64) result;
}

gboolean
confsync_schema_number_is_multiple (const ConfsyncJsonCursor *number,
                                    const ConfsyncJsonCursor *divisor)
{
  Decimal a = decimal_of (number), b = decimal_of (divisor);
  int shift = a.exponent - b.exponent;
  Wide scaled;

  g_return_val_if_fail (b.digits > 0, FALSE);

  if (a.digits == 0)
    return TRUE;
  if (shift >= 0)
    return (Wide) (a.digits % b.digits) * power_of_ten (shift, b.digits) % b.digits == 0;
  if (-shift > MAX_POWER)
    return FALSE;
  scaled = b.digits;
  for (int i = 0; i < -shift; i++)
    scaled *= 10;
  return a.digits % scaled == 0;
}

gboolean
confsync_schema_number_is_integer (const ConfsyncJsonCursor *number)
{
  double value;

  if (confsync_json_cursor_get_kind (number) == CONFSYNC_JSON_INTEGER)
    return TRUE;
  value = confsync_json_cursor_get_double (number);
  return trunc (value) == value;
}

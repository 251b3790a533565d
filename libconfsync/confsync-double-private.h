/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Shortest decimal text of a double, in the three layouts that the writers need.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* room for any finite double in any layout, without a NUL: none is written */
#define CONFSYNC_DOUBLE_MAX_CHARS 40

/* from here up a double always prints with an exponent, so that it never looks like an integer */
#define CONFSYNC_DOUBLE_EXACT_LIMIT 9007199254740992.0

/* each returns the number of characters written to @out; @value is finite */
guint confsync_double_write_canonical (double value, char *out);
guint confsync_double_write_typed (double value, char *out);
guint confsync_double_write_python (double value, char *out);

/* the digits of @value without trailing zeros, at most 17; the value is 0.DIGITS * 10^@point */
guint confsync_double_shortest (double value, char *digits, int *point);

#define CONFSYNC_DIGITS_MAX 20

/* decimal digits of @value, returned as their number; at most CONFSYNC_DIGITS_MAX */
guint confsync_digits_write (guint64 value, char *out);
/* exactly @n hexadecimal digits of @value, the lowest ones */
void confsync_hex_write (guint64 value, guint n, char *out);
/* the value of 16 digits; %FALSE where there is anything but 0-9 and a-f among them */
gboolean confsync_hex_read (const char *text, guint64 *value);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads one number of a JSON text.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gboolean is_integer;
  gint64 integer;
  double number;       /* where it's no integer */

  /* where reading failed */
  const guchar *where;
  const char *reason;
  gboolean expected;   /* the reason is what was expected there */
} ConfsyncNumber;

/* @p is at a minus sign or a digit. Returns the place after the number, or %NULL with the
 * reason. */
const guchar *confsync_number_read (const guchar *p, const guchar *end, ConfsyncNumber *number);

G_END_DECLS

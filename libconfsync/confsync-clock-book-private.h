/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whose clocks are ahead, and what of that is news: once for each instance and order of magnitude,
 * not at each message. It reads no clock itself.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Less is what networks, and clocks that are set now and then, do. */
#define CONFSYNC_CLOCK_AHEAD_MIN_US (60 * G_USEC_PER_SEC)

typedef struct _ConfsyncClockBook ConfsyncClockBook;

ConfsyncClockBook *confsync_clock_book_new (void);
void confsync_clock_book_free (ConfsyncClockBook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncClockBook, confsync_clock_book_free)

/* Notes how far the clock of @who is ahead, in µs (less than nothing is none). Gives whether a
 * person should hear of it: that it is, that it is much more or less than was told, or that it is
 * right again. */
gboolean confsync_clock_book_note (ConfsyncClockBook *self, const char *who, gint64 ahead);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who failed to prove that the shared key is known there, by place, and how long nobody from there
 * is heard for that. It knows no links; times are monotonic and come with each call.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncProofBook ConfsyncProofBook;

ConfsyncProofBook *confsync_proof_book_new (void);
void confsync_proof_book_free (ConfsyncProofBook *self);

/* Somebody at @place failed: 1 s of silence, twice as much each time, a minute at most. */
void confsync_proof_book_fail (ConfsyncProofBook *self, const char *place, gint64 now);
/* Somebody there has the key: those who failed there are heard again. */
void confsync_proof_book_pass (ConfsyncProofBook *self, const char *place);
/* Somebody comes from there. Gives how long it takes until it would be heard, in µs; 0: it is. One
 * is heard at any time, so that who was given the right key needn't wait, and no other one before
 * its wait is over: who guesses has two tries a minute. @first (out): whether this is the first one
 * since the failure that isn't heard. */
gint64 confsync_proof_book_get_wait (ConfsyncProofBook *self,
                                     const char *place,
                                     gint64 now,
                                     gboolean *first);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How often something may happen: so many at once, and so many a second after that.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double burst;
  double per_second;
  double tokens;
  gint64 at; /* µs, monotonic: when the tokens were counted */
} ConfsyncTokenBucket;

void confsync_token_bucket_init (ConfsyncTokenBucket *self, double burst, double per_second);

/* Takes a token. Gives 0, or how many milliseconds to wait before the next try. */
guint confsync_token_bucket_take (ConfsyncTokenBucket *self, gint64 now);

G_END_DECLS

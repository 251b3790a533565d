/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A token bucket.
 */

#include "config.h"

#include "confsync-token-bucket-private.h"

void
confsync_token_bucket_init (ConfsyncTokenBucket *self, double burst, double per_second)
{
  self->burst = burst;
  self->per_second = per_second;
  self->tokens = burst;
  self->at = 0;
}

guint
confsync_token_bucket_take (ConfsyncTokenBucket *self, gint64 now)
{
  double refill = (now - self->at) * self->per_second / G_USEC_PER_SEC;

  self->tokens = MIN (self->burst, self->tokens + refill);
  self->at = now;
  if (self->tokens >= 1)
    {
      self->tokens -= 1;
      return 0;
    }
  return (guint) ((1 - self->tokens) * 1000 / self->per_second) + 1;
}

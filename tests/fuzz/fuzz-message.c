/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The decoder of messages: what it takes is encoded and taken again as the same message.
 */

#include "config.h"

#include "fuzz.h"

#include "confsync-message-private.h"

static ConfsyncMessage *
decode (GBytes *text, const ConfsyncJsonLimits *limits)
{
  g_autoptr (GError) error = NULL;
  ConfsyncMessage *message = confsync_message_decode (text, limits, &error);

  if (error != NULL)
    fuzz_check_error (error);
  return message;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const ConfsyncJsonLimits limits = { .max_bytes = 64 * 1024, .max_depth = 16, .max_values = 2000 };
  /* other spellings may be longer */
  const ConfsyncJsonLimits wide = { .max_bytes = 1024 * 1024, .max_depth = 16, .max_values = 2000 };
  g_autoptr (GBytes) text = g_bytes_new_static (data, size);
  g_autoptr (ConfsyncMessage) message = decode (text, &limits);
  g_autoptr (ConfsyncMessage) again = NULL;
  g_autoptr (GBytes) encoded = NULL;

  confsync_message_seems_revision (text);
  if (message == NULL)
    return 0;
  encoded = confsync_message_encode (message);
  again = decode (encoded, &wide);
  g_assert_nonnull (again);
  g_assert_cmpint (again->type, ==, message->type);
  fuzz_check_same (g_bytes_ref (encoded), confsync_message_encode (again));
  return 0;
}

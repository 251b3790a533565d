/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Frames of the original Python module: what the decoder takes can be told to such a module again.
 */

#include "config.h"

#include "fuzz.h"

#include "confsync-legacy-message-private.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const ConfsyncJsonLimits limits = { .max_bytes = 64 * 1024, .max_depth = 16, .max_values = 2000 };
  /* other spellings may be longer */
  const ConfsyncJsonLimits wide = { .max_bytes = 1024 * 1024, .max_depth = 16, .max_values = 2000 };
  g_autoptr (GBytes) text = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncMessage) message = confsync_legacy_decode (text, &limits, &error);
  g_autoptr (ConfsyncMessage) again = NULL;
  g_autoptr (GBytes) frame = NULL;
  g_autofree char *hash = NULL;

  if (error != NULL)
    fuzz_check_error (error);
  if (message == NULL || message->data == NULL || message->type == CONFSYNC_MESSAGE_HEARTBEAT)
    return 0;

  hash = confsync_legacy_hash (message->data);
  frame = confsync_legacy_encode (message->type, message->timestamp, message->instance_id, hash,
                                  message->data);
  again = confsync_legacy_decode (frame, &wide, NULL);
  g_assert_nonnull (again);
  g_assert_cmpint (again->type, ==, message->type);
  g_assert_nonnull (again->data);
  g_assert_true (confsync_document_equal (again->data, message->data));
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A header is 2 to 14 bytes: flags and opcode, mask bit and short length, a longer length, a mask.
 */

#include "confsync-frame-scanner.h"

#define MASK_BIT 0x80
#define LENGTH_BITS 0x7f
#define LENGTH_IN_2_BYTES 126
#define LENGTH_IN_8_BYTES 127
#define MASK_BYTES 4

static guint
length_bytes (const ConfsyncFrameScanner *self)
{
  switch (self->header[1] & LENGTH_BITS)
    {
    case LENGTH_IN_2_BYTES:
      return 2;
    case LENGTH_IN_8_BYTES:
      return 8;
    default:
      return 0;
    }
}

static guint
header_size (const ConfsyncFrameScanner *self)
{
  if (self->have < 2)
    return 2;
  return 2 + length_bytes (self) + ((self->header[1] & MASK_BIT) != 0 ? MASK_BYTES : 0);
}

static guint64
payload_length (const ConfsyncFrameScanner *self)
{
  guint n = length_bytes (self);
  guint64 length = 0;

  if (n == 0)
    return self->header[1] & LENGTH_BITS;

  for (guint i = 0; i < n; i++)
    length = length << 8 | self->header[2 + i];
  return length;
}

static void
skip_payload (ConfsyncFrameScanner *self, const guint8 **data, gsize *size)
{
  gsize n = MIN (self->payload_left, *size);

  self->payload_left -= n;
  *data += n;
  *size -= n;
}

gboolean
confsync_frame_scanner_next (ConfsyncFrameScanner *self,
                             const guint8 **data,
                             gsize *size,
                             ConfsyncFrame *frame)
{
  skip_payload (self, data, size);
  while (*size > 0)
    {
      self->header[self->have++] = **data;
      (*data)++;
      (*size)--;
      if (self->have < 2 || self->have < header_size (self))
        continue;

      frame->opcode = self->header[0] & 0x0f;
      frame->length = payload_length (self);
      self->payload_left = frame->length;
      self->have = 0;
      return TRUE;
    }
  return FALSE;
}

gboolean
confsync_frame_is_control (const ConfsyncFrame *frame)
{
  return (frame->opcode & 0x8) != 0;
}

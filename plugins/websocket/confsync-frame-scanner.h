/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds the WebSocket frame headers (RFC 6455, 5.2) in a stream of bytes that comes in pieces. It
 * looks at lengths and kinds only; whether a frame is allowed is for others to say.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CONFSYNC_FRAME_CONTINUATION 0x0
#define CONFSYNC_FRAME_PING 0x9
#define CONFSYNC_FRAME_PONG 0xA

/* zeroed is ready for the first byte of the first frame */
typedef struct
{
  guint8 header[14];
  guint have;           /* header bytes seen */
  guint64 payload_left; /* payload bytes of the current frame still to come */
} ConfsyncFrameScanner;

typedef struct
{
  guint8 opcode;
  guint64 length; /* of the payload */
} ConfsyncFrame;

/* Moves on over the bytes. TRUE: a header was completed, and @frame says which; call again with
 * what is left. FALSE: all bytes are used up. */
gboolean confsync_frame_scanner_next (ConfsyncFrameScanner *self,
                                      const guint8 **data,
                                      gsize *size,
                                      ConfsyncFrame *frame);

gboolean confsync_frame_is_control (const ConfsyncFrame *frame);

G_END_DECLS

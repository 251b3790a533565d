/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * SHA-256 of bytes that come in pieces: GChecksum, but four times as fast on processors with
 * instructions for it. With GChecksum alone, hashing would be a third of the time that it takes to
 * read a document and hash it.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CONFSYNC_SHA256_BLOCK_BYTES 64
/* of a hash as text */
#define CONFSYNC_SHA256_TEXT_LENGTH 64

typedef struct {
  GChecksum *fallback; /* (owned) (nullable): where the processor has no instructions */
  guint32 state[8];
  guint64 bytes;
  guint8 pending[CONFSYNC_SHA256_BLOCK_BYTES];
} ConfsyncSha256;

/* without @accelerated, or without the instructions, GChecksum does it */
void confsync_sha256_init (ConfsyncSha256 *self, gboolean accelerated);
void confsync_sha256_update (ConfsyncSha256 *self, gconstpointer data, gsize size);
/* 64 lower-case hexadecimal digits (transfer full); ends @self */
char *confsync_sha256_end (ConfsyncSha256 *self);

/* Whether that is how a hash looks as text. */
gboolean confsync_sha256_is_text (const char *text, gsize length);

G_END_DECLS

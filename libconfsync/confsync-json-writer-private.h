/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The writer's parts that the pretty writer and the document share.
 */

#pragma once

#include "confsync-sink-private.h"
#include "confsync-tape-private.h"

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_FORM_CANONICAL,
  CONFSYNC_FORM_COMPACT,
  CONFSYNC_FORM_PYTHON,
} ConfsyncForm;

void confsync_json_write (ConfsyncSink *sink, ConfsyncCursor value, ConfsyncForm form);
/* a value that is neither object nor array, or a name */
void confsync_json_write_scalar (ConfsyncSink *sink, ConfsyncCursor value, ConfsyncForm form);

/* single values in the compact form; @text is valid UTF-8 */
void confsync_json_write_string (ConfsyncSink *sink, const char *text, gsize length);
void confsync_json_write_integer (ConfsyncSink *sink, gint64 value);
void confsync_json_write_double (ConfsyncSink *sink, double value);

/* the lower-case hexadecimal SHA-256 of the canonical form, and its size in bytes */
char *confsync_json_digest (ConfsyncCursor value, gsize *canonical_size);
/* the size in bytes of the compact form */
gsize confsync_json_compact_size (ConfsyncCursor value);

G_END_DECLS

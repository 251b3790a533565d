/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a command answers, on its way to standard output.
 */

#pragma once

#include <confsync.h>
#include <stdio.h>

#include "confsync-color.h"

G_BEGIN_DECLS

typedef struct _ConfsyncOutput ConfsyncOutput;

/* @file stays the caller's */
ConfsyncOutput *confsync_output_new (FILE *file, ConfsyncColor color);
void confsync_output_free (ConfsyncOutput *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOutput, confsync_output_free)

const char *confsync_output_style (ConfsyncOutput *self, const char *style);

void confsync_output_print (ConfsyncOutput *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void confsync_output_text (ConfsyncOutput *self, const char *text);
void confsync_output_json_text (ConfsyncOutput *self, GBytes *text);
void confsync_output_bytes (ConfsyncOutput *self, GBytes *text);
void confsync_output_node (ConfsyncOutput *self, JsonNode *node);

gboolean confsync_output_is_gone (ConfsyncOutput *self);
gboolean confsync_output_finish (ConfsyncOutput *self, GError **error);

G_END_DECLS

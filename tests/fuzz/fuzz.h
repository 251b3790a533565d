/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a fuzz target is, and what the targets share. A target takes any bytes at all. It may refuse
 * them; what it takes must keep the target's promises, or the program ends there.
 */

#pragma once

#include <gio/gio.h>
#include <string.h>

#include "confsync-json.h"

/* Called by libFuzzer, or by the driver beside this file; always 0. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* (nullable): the input as a JSON value of at most a few thousand values, so that one input never
 * takes long */
ConfsyncJson *fuzz_parse (const guint8 *data, gsize size);

/* The elements of an input that is an array of exactly so many values; FALSE for any other. */
gboolean fuzz_split (const guint8 *data, gsize size, guint n_parts, ConfsyncJson **parts);

void fuzz_free_parts (guint n_parts, ConfsyncJson **parts);

/* An error must say something, in UTF-8, and not the whole input. */
void fuzz_check_error (const GError *error);

/* Both texts are the same; takes both. */
void fuzz_check_same (GBytes *a, GBytes *b);

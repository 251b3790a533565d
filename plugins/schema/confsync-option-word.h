/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One word of an add-on's schema of Home Assistant, such as `int(1,65535)?`: what one value may be.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct _ConfsyncOptionWord ConfsyncOptionWord;

/* @reason (out) (transfer full) says what is wrong with the word where it's none */
ConfsyncOptionWord *confsync_option_word_new (const char *text, char **reason);
void confsync_option_word_free (ConfsyncOptionWord *self);

gboolean confsync_option_word_is_optional (ConfsyncOptionWord *self);

/* Returns %NULL where @value is what the word asks for, and otherwise what it asks for, such as
 * "is to be an integer": nothing of the value is in it. @cost is added to. */
char *confsync_option_word_check (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value,
                                  guint64 *cost);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOptionWord, confsync_option_word_free)

G_END_DECLS

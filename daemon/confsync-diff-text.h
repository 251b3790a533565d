/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What differs between two configurations, for people.
 */

#pragma once

#include "confsync-output.h"

G_BEGIN_DECLS

gboolean confsync_diff_print_indented (ConfsyncOutput *output,
                                       const char *indent,
                                       ConfsyncJson *from,
                                       ConfsyncJson *to);
gboolean confsync_diff_print (ConfsyncOutput *output, ConfsyncJson *from, ConfsyncJson *to);

char *confsync_diff_value_text (ConfsyncJson *value);

G_END_DECLS

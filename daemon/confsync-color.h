/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether a stream is coloured, and with what.
 */

#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_COLOR_AUTO, /* on a terminal, unless NO_COLOR says otherwise */
  CONFSYNC_COLOR_ALWAYS,
  CONFSYNC_COLOR_NEVER,
} ConfsyncColor;

#define CONFSYNC_STYLE_BOLD "\033[1m"
#define CONFSYNC_STYLE_DIM "\033[2m"
#define CONFSYNC_STYLE_RED "\033[31m"
#define CONFSYNC_STYLE_GREEN "\033[32m"
#define CONFSYNC_STYLE_YELLOW "\033[33m"
#define CONFSYNC_STYLE_CYAN "\033[36m"
#define CONFSYNC_STYLE_END "\033[0m"

gboolean confsync_color_is_wanted (FILE *file, ConfsyncColor color);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a line says of an event.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_EVENT_COLOR_GREEN "\033[32m"
#define CONFSYNC_EVENT_COLOR_YELLOW "\033[33m"
#define CONFSYNC_EVENT_COLOR_CYAN "\033[36m"

/* The line after the kind, which is to be filled in. */
typedef struct {
  GVariantDict *details;
  GString *subject;
  GString *rest; /* may stay empty */
} ConfsyncEventLine;

typedef struct {
  const char *kind;
  void (*write) (ConfsyncEventLine *line);
  const char *color;
} ConfsyncEventWords;

const ConfsyncEventWords *confsync_event_words_find (const char *kind);

G_END_DECLS

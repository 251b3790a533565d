/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Prints events: what happens to standard output, what somebody should look at to standard error.
 */

#pragma once

#include <confsync.h>
#include <stdio.h>

#include "confsync-color.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_EVENT_PRINTER (confsync_event_printer_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncEventPrinter,
                      confsync_event_printer,
                      CONFSYNC,
                      EVENT_PRINTER,
                      GObject)

/* @out and @err stay the caller's */
ConfsyncEventPrinter *confsync_event_printer_new (FILE *out, FILE *err);

void confsync_event_printer_set_color (ConfsyncEventPrinter *self, ConfsyncColor color);
void confsync_event_printer_set_json (ConfsyncEventPrinter *self, gboolean json);
void confsync_event_printer_set_instance (ConfsyncEventPrinter *self, const char *id);
void confsync_event_printer_set_level (ConfsyncEventPrinter *self, ConfsyncLevel level);

void confsync_event_printer_print (ConfsyncEventPrinter *self,
                                   ConfsyncLevel level,
                                   const char *kind,
                                   GVariant *details);
void confsync_event_printer_notice (ConfsyncEventPrinter *self,
                                    ConfsyncLevel level,
                                    const char *message);
void confsync_event_printer_failed (ConfsyncEventPrinter *self,
                                    ConfsyncLevel level,
                                    const char *what,
                                    const char *reason);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How an event that no signal tells of comes into the log.
 */

#pragma once

#include "confsync-event.h"

G_BEGIN_DECLS

/* Does nothing unless logging is set up. @instance and @document: see
 * confsync_audit_record_new (). May be called in any thread. */
void confsync_logging_take (ConfsyncLevel level,
                            const char *kind,
                            GVariant *details,
                            const char *instance,
                            const char *document);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a listener answers who asks for the health of its instance.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A JSON object as text (transfer full); @n_clients are those that are linked now, @degraded says
 * that something can't be written: what, is for those who may ask the instance itself.
 * @failed_proofs is how often somebody came without the shared key; -1: there is none. @now_us is
 * microseconds since the Unix epoch. */
char *confsync_health_report (const char *instance_id,
                              guint n_clients,
                              gboolean degraded,
                              gint64 failed_proofs,
                              gint64 now_us);

G_END_DECLS

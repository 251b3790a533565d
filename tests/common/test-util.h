/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one way in which tests wait: on the main loop, for a condition, with a deadline.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Runs the thread-default main context until the predicate holds; says whether it did in time. */
gboolean test_wait_until (gboolean (*predicate) (gpointer), gpointer data, guint timeout_ms);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Tests that mount something: in a process whose mounts nobody else sees, and that vanish with it.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE in the process that may mount; the rest of the test belongs there. FALSE in the one that
 * started it: its part is over, also where mounting needs privileges that are not there, which is
 * said as the reason to skip. */
gboolean test_is_in_namespace (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Deliberate faults. Each has a name and shows that the simulator would notice it. They exist only
 * in a copy of the engine that one test builds for itself; everywhere else the condition is false
 * when it is compiled, and costs nothing.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#if defined(CONFSYNC_MUTANTS) && CONFSYNC_MUTANTS
/* Whether the fault of that name is in force. */
gboolean confsync_mutant_is (const char *name);
#define CONFSYNC_MUTANT(name) G_UNLIKELY (confsync_mutant_is (name))
#else
#define CONFSYNC_MUTANT(name) FALSE
#endif

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The simulator for other languages: a resolver of any class takes part in the same schedules. Not
 * installed.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

char *confsync_sim_play (ConfsyncResolver *resolver, guint64 seed);

G_END_DECLS

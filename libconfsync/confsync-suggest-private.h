/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The name that somebody who mistyped one probably meant.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *confsync_suggest (const char *name, const char *const *candidates);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Whether a text is what a power cut leaves of one that was being written over another. It reads
 * nothing.
 */

#pragma once

#include <glib.h>

gboolean confsync_torn_is_mix (GBytes *live, GBytes *before, GBytes *after);

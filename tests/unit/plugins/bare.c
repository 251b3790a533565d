/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A module that is no plugin: it exports something else.
 */

#include <confsync.h>

extern const int fixture_bare;

__attribute__ ((visibility ("default"))) const int fixture_bare = 1;

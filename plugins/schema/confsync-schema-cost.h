/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What checking a document may cost. It is counted in steps of about 50 ns and not measured in
 * time, so that every instance comes to the same end.
 */

#pragma once

/* for a document of @size names and values, the first of which are for schemas that are large or
 * try much: some 0.2 s, and two more seconds for the largest document that there may be */
#define CONFSYNC_SCHEMA_COST_OF(size) ((1 << 22) + 32 * (guint64) (size))

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Schemas that are applied to one value in a row, such as those that a $ref leads to. A row that
 * leads back to its beginning would never end.
 */

#pragma once

#include "confsync-schema-node.h"

G_BEGIN_DECLS

/* Refuses rows without an end, and those too long to be meant. */
gboolean confsync_schema_chains_check (GPtrArray *nodes, GError **error);

G_END_DECLS

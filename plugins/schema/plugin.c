/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The schema plugin's entry.
 */

#include <confsync.h>

#include "confsync-home-assistant-validator.h"
#include "confsync-json-schema-validator.h"

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_VALIDATOR, "json-schema",
                                CONFSYNC_TYPE_JSON_SCHEMA_VALIDATOR, 0, error) &&
         confsync_registry_add (CONFSYNC_TYPE_VALIDATOR, "home-assistant",
                                CONFSYNC_TYPE_HOME_ASSISTANT_VALIDATOR, 0, error);
}

CONFSYNC_DEFINE_PLUGIN ("schema", register_types)

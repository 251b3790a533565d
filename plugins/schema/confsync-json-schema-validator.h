/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The validator by JSON Schema, draft 7 and 2020-12.
 */

#pragma once

#include "confsync-schema-validator.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_JSON_SCHEMA_VALIDATOR (confsync_json_schema_validator_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncJsonSchemaValidator, confsync_json_schema_validator, CONFSYNC,
                      JSON_SCHEMA_VALIDATOR, ConfsyncSchemaValidator)

G_END_DECLS

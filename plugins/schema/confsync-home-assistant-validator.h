/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The validator by the schema of an add-on's options, as Home Assistant writes it.
 */

#pragma once

#include "confsync-schema-validator.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_HOME_ASSISTANT_VALIDATOR (confsync_home_assistant_validator_get_type ())
G_DECLARE_FINAL_TYPE (ConfsyncHomeAssistantValidator, confsync_home_assistant_validator, CONFSYNC,
                      HOME_ASSISTANT_VALIDATOR, ConfsyncSchemaValidator)

G_END_DECLS

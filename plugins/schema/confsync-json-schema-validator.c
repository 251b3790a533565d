/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A ConfsyncSchema behind the interface of validators.
 */

#include "confsync-json-schema-validator.h"

#include "confsync-schema.h"

struct _ConfsyncJsonSchemaValidator
{
  ConfsyncSchemaValidator parent_instance;
  ConfsyncSchema *compiled; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ConfsyncJsonSchemaValidator, confsync_json_schema_validator,
                     CONFSYNC_TYPE_SCHEMA_VALIDATOR)

static gboolean
confsync_json_schema_validator_take (ConfsyncSchemaValidator *validator,
                                     ConfsyncJson *schema, GError **error)
{
  ConfsyncJsonSchemaValidator *self = CONFSYNC_JSON_SCHEMA_VALIDATOR (validator);

  self->compiled = confsync_schema_new (schema, error);
  return self->compiled != NULL;
}

static gboolean
confsync_json_schema_validator_check (ConfsyncSchemaValidator *validator,
                                      ConfsyncJson *configuration, GError **error)
{
  ConfsyncJsonSchemaValidator *self = CONFSYNC_JSON_SCHEMA_VALIDATOR (validator);

  return confsync_schema_check (self->compiled, configuration, error);
}

static void
confsync_json_schema_validator_finalize (GObject *object)
{
  ConfsyncJsonSchemaValidator *self = CONFSYNC_JSON_SCHEMA_VALIDATOR (object);

  g_clear_pointer (&self->compiled, confsync_schema_free);
  G_OBJECT_CLASS (confsync_json_schema_validator_parent_class)->finalize (object);
}

static void
confsync_json_schema_validator_class_init (ConfsyncJsonSchemaValidatorClass *klass)
{
  ConfsyncSchemaValidatorClass *validator_class = CONFSYNC_SCHEMA_VALIDATOR_CLASS (klass);

  validator_class->take = confsync_json_schema_validator_take;
  validator_class->check = confsync_json_schema_validator_check;
  G_OBJECT_CLASS (klass)->finalize = confsync_json_schema_validator_finalize;
}

static void
confsync_json_schema_validator_init (ConfsyncJsonSchemaValidator *self)
{
}

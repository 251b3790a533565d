/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A ConfsyncOptionTree behind the interface of validators.
 */

#include "confsync-home-assistant-validator.h"

#include "confsync-option-tree.h"

struct _ConfsyncHomeAssistantValidator
{
  ConfsyncSchemaValidator parent_instance;
  ConfsyncOptionTree *options; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ConfsyncHomeAssistantValidator, confsync_home_assistant_validator,
                     CONFSYNC_TYPE_SCHEMA_VALIDATOR)

static gboolean
confsync_home_assistant_validator_take (ConfsyncSchemaValidator *validator,
                                        ConfsyncJson *schema, GError **error)
{
  ConfsyncHomeAssistantValidator *self = CONFSYNC_HOME_ASSISTANT_VALIDATOR (validator);

  self->options = confsync_option_tree_new (schema, error);
  return self->options != NULL;
}

static gboolean
confsync_home_assistant_validator_check (ConfsyncSchemaValidator *validator,
                                         ConfsyncJson *configuration, GError **error)
{
  ConfsyncHomeAssistantValidator *self = CONFSYNC_HOME_ASSISTANT_VALIDATOR (validator);

  return confsync_option_tree_check (self->options, configuration, error);
}

static void
confsync_home_assistant_validator_finalize (GObject *object)
{
  ConfsyncHomeAssistantValidator *self = CONFSYNC_HOME_ASSISTANT_VALIDATOR (object);

  g_clear_pointer (&self->options, confsync_option_tree_free);
  G_OBJECT_CLASS (confsync_home_assistant_validator_parent_class)->finalize (object);
}

static void
confsync_home_assistant_validator_class_init (ConfsyncHomeAssistantValidatorClass *klass)
{
  ConfsyncSchemaValidatorClass *validator_class = CONFSYNC_SCHEMA_VALIDATOR_CLASS (klass);

  validator_class->take = confsync_home_assistant_validator_take;
  validator_class->check = confsync_home_assistant_validator_check;
  G_OBJECT_CLASS (klass)->finalize = confsync_home_assistant_validator_finalize;
}

static void
confsync_home_assistant_validator_init (ConfsyncHomeAssistantValidator *self)
{
}

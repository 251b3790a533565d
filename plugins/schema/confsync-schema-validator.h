/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the validators of this plugin have in common: they get a schema once, by file or as a value,
 * and refuse to be made where it isn't good.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define CONFSYNC_TYPE_SCHEMA_VALIDATOR (confsync_schema_validator_get_type ())
G_DECLARE_DERIVABLE_TYPE (ConfsyncSchemaValidator, confsync_schema_validator, CONFSYNC,
                          SCHEMA_VALIDATOR, GObject)

struct _ConfsyncSchemaValidatorClass
{
  GObjectClass parent_class;

  /* takes the schema; called once, before anything else */
  gboolean (*take) (ConfsyncSchemaValidator *self, ConfsyncJson *schema, GError **error);
  /* any thread */
  gboolean (*check) (ConfsyncSchemaValidator *self, ConfsyncJson *configuration, GError **error);
};

G_END_DECLS

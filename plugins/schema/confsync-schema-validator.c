/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The schema is read when the validator is made, and never again: what counts changes when the
 * program is started, not while it runs.
 */

#include "confsync-schema-validator.h"

#include "confsync-schema-file.h"

typedef struct {
  char *file;           /* (owned) (nullable) */
  ConfsyncJson *schema; /* (owned) (nullable): in place of a file */
  gboolean ready;
} ConfsyncSchemaValidatorPrivate;

enum
{
  PROP_SCHEMA_FILE = 1,
  PROP_SCHEMA,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void confsync_schema_validator_initable_init (GInitableIface *iface);
static void confsync_schema_validator_validator_init (ConfsyncValidatorInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (
  ConfsyncSchemaValidator, confsync_schema_validator, G_TYPE_OBJECT,
  G_ADD_PRIVATE (ConfsyncSchemaValidator)
  G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, confsync_schema_validator_initable_init)
  G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_VALIDATOR, confsync_schema_validator_validator_init))

static void
confsync_schema_validator_set_property (GObject *object, guint id, const GValue *value,
                                        GParamSpec *pspec)
{
  ConfsyncSchemaValidatorPrivate *priv =
    confsync_schema_validator_get_instance_private (CONFSYNC_SCHEMA_VALIDATOR (object));

  switch (id)
    {
    case PROP_SCHEMA_FILE:
      priv->file = g_value_dup_string (value);
      break;
    case PROP_SCHEMA:
      priv->schema = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_schema_validator_get_property (GObject *object, guint id, GValue *value,
                                        GParamSpec *pspec)
{
  ConfsyncSchemaValidatorPrivate *priv =
    confsync_schema_validator_get_instance_private (CONFSYNC_SCHEMA_VALIDATOR (object));

  switch (id)
    {
    case PROP_SCHEMA_FILE:
      g_value_set_string (value, priv->file);
      break;
    case PROP_SCHEMA:
      g_value_set_boxed (value, priv->schema);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_schema_validator_finalize (GObject *object)
{
  ConfsyncSchemaValidatorPrivate *priv =
    confsync_schema_validator_get_instance_private (CONFSYNC_SCHEMA_VALIDATOR (object));

  g_free (priv->file);
  g_clear_pointer (&priv->schema, confsync_json_unref);
  G_OBJECT_CLASS (confsync_schema_validator_parent_class)->finalize (object);
}

static gboolean
confsync_schema_validator_initable_real_init (GInitable *initable, GCancellable *cancellable,
                                              GError **error)
{
  ConfsyncSchemaValidator *self = CONFSYNC_SCHEMA_VALIDATOR (initable);
  ConfsyncSchemaValidatorPrivate *priv = confsync_schema_validator_get_instance_private (self);

  if (priv->ready)
    return TRUE;
  if ((priv->file == NULL) == (priv->schema == NULL))
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                           "a validator takes one schema: \"schema-file\", or \"schema\"");
      return FALSE;
    }
  if (priv->schema == NULL)
    priv->schema = confsync_schema_file_read (priv->file, error);
  if (priv->schema == NULL)
    return FALSE;
  priv->ready = CONFSYNC_SCHEMA_VALIDATOR_GET_CLASS (self)->take (self, priv->schema, error);
  if (!priv->ready)
    confsync_schema_file_prefix (priv->file, error);
  return priv->ready;
}

static gboolean
confsync_schema_validator_validate (ConfsyncValidator *validator, ConfsyncDocument *document,
                                    GError **error)
{
  ConfsyncSchemaValidator *self = CONFSYNC_SCHEMA_VALIDATOR (validator);
  ConfsyncSchemaValidatorPrivate *priv = confsync_schema_validator_get_instance_private (self);

  if (priv->ready)
    return CONFSYNC_SCHEMA_VALIDATOR_GET_CLASS (self)->check (
      self, confsync_document_get_json (document), error);
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                       "this validator was made without its schema");
  return FALSE;
}

static void
confsync_schema_validator_initable_init (GInitableIface *iface)
{
  iface->init = confsync_schema_validator_initable_real_init;
}

static void
confsync_schema_validator_validator_init (ConfsyncValidatorInterface *iface)
{
  iface->validate = confsync_schema_validator_validate;
}

static void
confsync_schema_validator_class_init (ConfsyncSchemaValidatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = confsync_schema_validator_set_property;
  object_class->get_property = confsync_schema_validator_get_property;
  object_class->finalize = confsync_schema_validator_finalize;

  properties[PROP_SCHEMA_FILE] = g_param_spec_string ("schema-file", NULL, NULL, NULL, flags);
  properties[PROP_SCHEMA] =
    g_param_spec_boxed ("schema", NULL, NULL, CONFSYNC_TYPE_JSON, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
confsync_schema_validator_init (ConfsyncSchemaValidator *self)
{
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The public side of a validator. Whatever an implementation does wrong counts as a refusal: what
 * nobody could look at must not become the configuration.
 */

#include "config.h"

#include "confsync-validator.h"

#include "confsync-error.h"

/**
 * ConfsyncValidator:
 *
 * Says whether a document may become the configuration, such as by a schema. It is asked before a
 * revision of another instance is applied, before an edit of the live file is taken, and before
 * what an application sets is taken.
 *
 * What it is asked about is the whole configuration as an application reads it, with the members
 * that stay on this machine. A plugin's class is a [iface@Gio.Initable] and has a construct
 * property `schema-file`, the path of the schema, which is read and checked in
 * [method@Gio.Initable.init].
 *
 * An answer depends on the document and the validator alone. It may take processor time, but
 * waits for nothing else.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (ConfsyncValidator, confsync_validator, G_TYPE_OBJECT)

static void
confsync_validator_default_init (ConfsyncValidatorInterface *iface)
{
}

/* every refusal has one code, and a reason that says at least who refused */
static void
take_refusal (ConfsyncValidator *self, GError *reason, GError **error)
{
  if (reason != NULL && g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED))
    {
      g_propagate_error (error, reason);
      return;
    }
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s",
               reason != NULL ? reason->message : "no reason given");
  g_prefix_error (error, "%s: ", G_OBJECT_TYPE_NAME (self));
  g_clear_error (&reason);
}

/**
 * confsync_validator_validate:
 * @self: a validator
 * @document: what may become the configuration
 * @error: return location for an error, or %NULL
 *
 * Asks whether a document may become the configuration. It may be called in any thread, unless
 * the class that implements it says otherwise; a manager calls it in its own.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED, and a message for people that names the JSON Pointer of what
 * is wrong and the rule that it breaks, and no value of the document. An implementation that sets
 * another error, or none, has refused too: what could not be looked at is not let through.
 *
 * Returns: %TRUE if nothing speaks against the document
 *
 * Since: 1.0
 */
gboolean
confsync_validator_validate (ConfsyncValidator *self, ConfsyncDocument *document, GError **error)
{
  GError *reason = NULL;

  g_return_val_if_fail (CONFSYNC_IS_VALIDATOR (self), FALSE);
  g_return_val_if_fail (document != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (CONFSYNC_VALIDATOR_GET_IFACE (self)->validate (self, document, &reason) && reason == NULL)
    return TRUE;

  take_refusal (self, reason, error);
  return FALSE;
}

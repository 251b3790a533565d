/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What may become the configuration, as the application and its validator say. One reason against
 * it is enough.
 */

#include "config.h"

#include "confsync-manager-inside-private.h"

static guint validate_signal;

/* The first reason ends the emission. */
static gboolean
take_reason (GSignalInvocationHint *hint,
             GValue *sum,
             const GValue *answer,
             gpointer user_data)
{
  g_value_copy (answer, sum);
  return g_value_get_string (answer) == NULL;
}

void
confsync_manager_install_validation (GObjectClass *object_class)
{
  /**
   * ConfsyncManager::validate:
   * @self: the manager
   * @document: what may become the configuration: the live file as it would be, with the members
   *   that stay on this machine
   * @author: (nullable): the instance that made it; %NULL for an edit that is made here
   *
   * A document may become the configuration. A handler that speaks against it gives the reason, for
   * people, and without a value of the document; the first reason counts, and no other handler is
   * asked.
   *
   * It is asked of a revision of another instance, or of what was merged with one, before it is
   * applied; of an edit of the live file before it is taken; of what the start finds; and of what
   * the application, or somebody by the control interface, sets. A revision that is refused is not
   * applied: it is kept, the instance that sent it is told the reason, and so shows this one as
   * behind. A refused edit of the live file is not sent: the file is left as it is, kept as a
   * version, and looked at again when it changes. A call that sets something fails with
   * %CONFSYNC_ERROR_REFUSED.
   *
   * A handler answers from the document alone, since an answer may be remembered: where it would be
   * another one by now, call [method@Manager.validation_changed]. It is called in the manager's
   * context, which does nothing else until it returns. In Python and JavaScript a handler that
   * raises an exception has refused, with the exception's message as the reason.
   *
   * Returns: (nullable) (transfer full): why it must not become the configuration, or %NULL
   *
   * Since: 1.0
   */
  validate_signal =
    g_signal_new ("validate", CONFSYNC_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, take_reason, NULL, NULL,
                  G_TYPE_STRING, 2, CONFSYNC_TYPE_DOCUMENT, G_TYPE_STRING);
}

static char *
ask (ConfsyncDocument *document, const char *author, gpointer user_data)
{
  g_autoptr (ConfsyncManager) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;
  char *reason = NULL;

  if (self->validator != NULL && !confsync_validator_validate (self->validator, document, &error))
    return g_strdup (error->message);
  if (g_signal_has_handler_pending (self, validate_signal, 0, FALSE))
    g_signal_emit (self, validate_signal, 0, document, author, &reason);
  return reason;
}

static gboolean
wants (gpointer user_data)
{
  ConfsyncManager *self = user_data;

  return self->validator != NULL ||
         g_signal_has_handler_pending (self, validate_signal, 0, FALSE);
}

void
confsync_manager_connect_validation (ConfsyncManager *self)
{
  confsync_driver_set_validation (self->driver, ask, wants, self);
}

/**
 * confsync_manager_validation_changed:
 * @self: a manager
 *
 * Tells that the answers of the validator, or of handlers of [signal@Manager::validate], may be
 * others by now. What was refused is asked about again: revisions of other instances, and the live
 * file. What is accepted now is taken at once. Where the configuration itself is refused now, it
 * stays, and [property@Manager:state] is %CONFSYNC_MANAGER_INVALID until it is edited.
 *
 * Where the manager doesn't run, it does nothing.
 *
 * Since: 1.0
 */
void
confsync_manager_validation_changed (ConfsyncManager *self)
{
  g_return_if_fail (CONFSYNC_IS_MANAGER (self));

  if (self->driver != NULL)
    confsync_driver_validation_changed (self->driver);
}

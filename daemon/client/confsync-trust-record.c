/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A command has no node, so it makes its records itself. It must never put a key into one.
 */

#include "config.h"

#include "confsync-trust-record.h"

#include <confsync.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "confsync-audit-record-private.h"
#include "confsync-audit-sheet-private.h"
#include "confsync-log-line-private.h"

/* as an instance's own records */
#define JOURNAL_DOMAIN "confsync"

/* Returns: (nullable) (transfer full): what was said for this command counts more than settings */
static char *
dup_path (ConfsyncTool *tool, ConfsyncSettings *settings)
{
  const char *said = confsync_options_get_string (tool->options, "audit-file");

  if (said != NULL)
    return g_strdup (said);
  return settings != NULL ? confsync_settings_dup_string (settings, "audit-file") : NULL;
}

static void
put_text (GVariantDict *dict, const char *name, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    g_variant_dict_insert (dict, name, "s", valid);
}

/* Returns: (transfer floating) */
static GVariant *
describe (const ConfsyncTrustChange *change)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  put_text (&dict, "outcome", change->outcome);
  put_text (&dict, "fingerprint", change->fingerprint);
  put_text (&dict, "name", change->name);
  put_text (&dict, "reason", change->reason);
  return g_variant_dict_end (&dict);
}

/* What a person reads there is told by the command as well, so a journal that takes nothing is no
 * failure. */
static void
tell_journal (GVariant *details)
{
  g_autofree char *message = NULL;
  g_autoptr (GVariant) record = NULL;
  g_autoptr (GArray) fields = NULL;

  if (!g_log_writer_is_journald (fileno (stderr)))
    return;
  message = confsync_log_event (CONFSYNC_EVENT_TRUST, details);
  record =
    confsync_audit_record_new (CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_TRUST, details, NULL, NULL);
  fields = confsync_audit_record_to_fields (CONFSYNC_LEVEL_INFO, JOURNAL_DOMAIN,
                                            CONFSYNC_EVENT_TRUST, message, record);
  g_log_writer_journald (G_LOG_LEVEL_INFO, (const GLogField *) fields->data, fields->len, NULL);
}

gboolean
confsync_trust_record_check (ConfsyncTool *tool, ConfsyncSettings *settings, GError **error)
{
  g_autofree char *path = dup_path (tool, settings);

  if (path == NULL || confsync_audit_sheet_check (path, error))
    return TRUE;
  g_prefix_error (error, _ ("nothing was changed, since it can't be recorded: "));
  return FALSE;
}

gboolean
confsync_trust_record_add (ConfsyncTool *tool,
                           ConfsyncSettings *settings,
                           const ConfsyncTrustChange *change,
                           GError **error)
{
  g_autofree char *path = dup_path (tool, settings);
  g_autoptr (GVariant) details = g_variant_ref_sink (describe (change));

  tell_journal (details);
  if (path == NULL || confsync_audit_sheet_append (path, CONFSYNC_LEVEL_INFO, CONFSYNC_EVENT_TRUST,
                                                   details, error))
    return TRUE;
  g_prefix_error (error, _ ("it is done, and could not be recorded: "));
  return FALSE;
}

gboolean
confsync_trust_record_add_own (ConfsyncTool *tool,
                               ConfsyncSettings *settings,
                               GTlsCertificate *certificate,
                               const char *name,
                               GError **error)
{
  g_autofree char *fingerprint = confsync_tls_dup_fingerprint (certificate);
  const ConfsyncTrustChange change = { "key changed", fingerprint, name,
                                       "a private key and a certificate were made" };

  return confsync_trust_record_add (tool, settings, &change, error);
}

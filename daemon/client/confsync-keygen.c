/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync keygen`: a private key, and the certificate that others pin.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-identity.h"
#include "confsync-tools.h"

static const ConfsyncOption options[] = {
  { .name = "tls-certificate",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .arguments_only = TRUE,
    .summary = N_ ("where the certificate goes, other than usual") },
  { .name = "tls-private-key",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .arguments_only = TRUE,
    .summary = N_ ("where the key goes") },
  { .name = "instance-id",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "ID",
    .summary = N_ ("whose it is (the machine's name)") },
  { .name = "days",
    .type = CONFSYNC_OPTION_UINT,
    .initial = "0",
    .argument = "N",
    .arguments_only = TRUE,
    .summary = N_ ("how long it is valid; 0 is without end") },
  { .name = "force",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("in place of those that are there") },
  CONFSYNC_TOOL_SETTINGS,
  CONFSYNC_TOOL_COLOR,
  { NULL },
};

/* Files that are named are somebody's own business; the settings stay as they are. */
static gboolean
are_named (ConfsyncTool *tool, gboolean *named, GError **error)
{
  const gboolean certificate =
    confsync_options_get_string (tool->options, "tls-certificate") != NULL;
  const gboolean key = confsync_options_get_string (tool->options, "tls-private-key") != NULL;

  *named = certificate;
  if (certificate == key)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("--tls-certificate and --tls-private-key belong together"));
  return FALSE;
}

static gboolean
check_free (ConfsyncTool *tool, const ConfsyncIdentity *identity, GError **error)
{
  if (confsync_tool_has (tool, "force") || !confsync_identity_exists (identity))
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               _ ("%s or %s is there already, and others may trust it; --force replaces both, or "
                  "make new ones elsewhere with --tls-certificate and --tls-private-key"),
               identity->certificate_file, identity->key_file);
  return FALSE;
}

static gboolean
make (ConfsyncTool *tool, ConfsyncSettings *settings, gboolean named, GError **error)
{
  g_auto (ConfsyncIdentity) identity = { NULL };
  g_autofree char *name = confsync_identity_dup_name (tool->options, settings, NULL);
  g_autofree char *fingerprint = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  confsync_identity_find (&identity, tool->options, settings);
  if (!check_free (tool, &identity, error) ||
      (!named && !confsync_settings_make_folder (settings, error)) ||
      !confsync_identity_make (&identity, name,
                               confsync_options_get_uint (tool->options, "days"), error))
    return FALSE;
  certificate = confsync_identity_load (&identity, error);
  if (certificate == NULL)
    return FALSE;
  if (!named)
    {
      confsync_identity_note (&identity, settings);
      if (!confsync_settings_save (settings, error))
        return FALSE;
    }

  fingerprint = confsync_tls_dup_fingerprint (certificate);
  confsync_tool_say (_ ("%s and %s are made for %s%s; others trust them with this fingerprint:"),
                     identity.key_file, identity.certificate_file, name,
                     named ? "" : _ (", and set"));
  confsync_output_print (tool->output, "%s\n", fingerprint);
  return TRUE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_autoptr (ConfsyncSettings) settings = NULL;
  gboolean named = FALSE;

  if (!are_named (tool, &named, error))
    return CONFSYNC_EXIT_USAGE;
  settings = confsync_settings_load (tool->options, error);
  return settings != NULL && make (tool, settings, named, error) ? CONFSYNC_EXIT_DONE
                                                                 : CONFSYNC_EXIT_FAILED;
}

const ConfsyncToolKind confsync_keygen_tool = {
  .name = "keygen",
  .usage = "[OPTION]...",
  .purpose = N_ ("Makes a private key and a certificate for wss://, and prints the certificate's\n"
                 "fingerprint, which others pin with “confsync trust”. They are put beside the\n"
                 "settings, which name them from then on, unless you say where they go."),
  .example = "confsync keygen",
  .options = options,
  .run = run,
};

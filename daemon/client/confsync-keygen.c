/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync keygen`: a private key, and the certificate that others pin; or a key that all share.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-identity.h"
#include "confsync-secret-private.h"
#include "confsync-shared-key.h"
#include "confsync-tools.h"
#include "confsync-trust-record.h"

static const ConfsyncOption options[] = {
  { .name = "file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .positional = TRUE,
    .arguments_only = TRUE },
  { .name = "shared",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("a key that all instances share") },
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
    .summary = N_ ("replace what is there") },
  CONFSYNC_TOOL_SETTINGS,
  CONFSYNC_TOOL_AUDIT,
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
      !confsync_trust_record_check (tool, settings, error) ||
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
  return confsync_trust_record_add_own (tool, settings, certificate, name, error);
}

static void
print_key (ConfsyncTool *tool)
{
  g_auto (ConfsyncSecret) key = confsync_node_make_key ();

  confsync_output_print (tool->output, "%s\n", key);
}

static gboolean
make_key_file (ConfsyncTool *tool, const char *path, GError **error)
{
  if (!confsync_shared_key_make (path, confsync_tool_has (tool, "force"), error))
    return FALSE;
  confsync_output_print (tool->output,
                         _ ("%s has a new shared key, and nobody else may read it; every instance "
                            "needs this file: --key-file\n"), path);
  return TRUE;
}

/* Settings only say where a record goes, and who has no home has none. */
static gboolean
make_shared (ConfsyncTool *tool, GError **error)
{
  const char *path = confsync_options_get_string (tool->options, "file");
  g_autoptr (ConfsyncSettings) settings = NULL;
  g_autofree char *where = path != NULL ? g_filename_display_name (path) : NULL;
  g_autofree char *reason =
    where != NULL ? g_strdup_printf ("a shared key was made, in %s", where)
                  : g_strdup ("a shared key was made, and printed");
  const ConfsyncTrustChange change = { "key changed", NULL, NULL, reason };

  if (confsync_settings_have_place (tool->options) &&
      (settings = confsync_settings_load (tool->options, error)) == NULL)
    return FALSE;
  if (!confsync_trust_record_check (tool, settings, error))
    return FALSE;
  if (path == NULL)
    print_key (tool);
  else if (!make_key_file (tool, path, error))
    return FALSE;
  return confsync_trust_record_add (tool, settings, &change, error);
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_autoptr (ConfsyncSettings) settings = NULL;
  gboolean named = FALSE;

  if (confsync_tool_has (tool, "shared"))
    return make_shared (tool, error) ? CONFSYNC_EXIT_DONE : CONFSYNC_EXIT_FAILED;
  if (confsync_options_get_string (tool->options, "file") != NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("FILE is for --shared; --tls-private-key and --tls-certificate say where a "
                      "key for wss:// goes"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (!are_named (tool, &named, error))
    return CONFSYNC_EXIT_USAGE;
  settings = confsync_settings_load (tool->options, error);
  return settings != NULL && make (tool, settings, named, error) ? CONFSYNC_EXIT_DONE
                                                                 : CONFSYNC_EXIT_FAILED;
}

const ConfsyncToolKind confsync_keygen_tool = {
  .name = "keygen",
  .usage = "[--shared [FILE]] [OPTION]...",
  .purpose = N_ ("Makes a private key and a certificate for wss://, and prints the certificate's\n"
                 "fingerprint, which others pin with “confsync trust”. They are put beside the\n"
                 "settings, which name them from then on, unless you say where they go.\n"
                 "With --shared, makes a key of 64 hexadecimal digits, on standard output or in\n"
                 "FILE (mode 0600). Bring FILE to each machine, by ssh or on a stick: --key-file.\n"
                 "Instances prove to each other that they know it; it is never sent. To change\n"
                 "it without an outage, FILE has two lines for a while: both are accepted, the\n"
                 "first is proven. Everywhere old and new, then new and old, then new alone."),
  .example = "confsync keygen\n"
             "         confsync keygen --shared home.key",
  .options = options,
  .run = run,
};

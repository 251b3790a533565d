/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync trust`: which certificates of others are taken.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-identity.h"
#include "confsync-pin-list.h"
#include "confsync-tools.h"
#include "confsync-trust-record.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("fingerprint", "FINGERPRINT"),
  CONFSYNC_TOOL_ARGUMENT ("name", "NAME"),
  { .name = "remove",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("trust it no longer; a name will do, too") },
  CONFSYNC_TOOL_SETTINGS,
  CONFSYNC_TOOL_AUDIT,
  CONFSYNC_TOOL_COLOR,
  { NULL },
};

static void
tell_own (ConfsyncTool *tool, ConfsyncSettings *settings)
{
  g_auto (ConfsyncIdentity) identity = { NULL };
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree char *fingerprint = NULL;

  confsync_identity_find (&identity, tool->options, settings);
  if (!confsync_identity_exists (&identity))
    return;
  /* what is wrong with it is no part of the list, and an instance says it at its start */
  certificate = confsync_identity_load (&identity, NULL);
  if (certificate == NULL)
    return;
  fingerprint = confsync_tls_dup_fingerprint (certificate);
  confsync_tool_say (_ ("our own is %s"), fingerprint);
}

static int
list (ConfsyncTool *tool, ConfsyncSettings *settings, GError **error)
{
  g_auto (GStrv) pins = confsync_settings_dup_strings (settings, "tls-pin");

  tell_own (tool, settings);
  for (gsize i = 0; pins[i] != NULL; i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *fingerprint = confsync_tls_parse_pin (pins[i], &name, error);

      if (fingerprint == NULL)
        return CONFSYNC_EXIT_FAILED;
      confsync_output_print (tool->output, "%s%s%s\n", fingerprint, name != NULL ? "  " : "",
                             name != NULL ? name : "");
    }
  if (pins[0] == NULL)
    confsync_tool_say (_ ("nobody's certificate is pinned in %s"),
                       confsync_settings_get_path (settings));
  return CONFSYNC_EXIT_DONE;
}

/* @removed: (out): the pins that went, none where one was added */
static gboolean
change (ConfsyncTool *tool,
        ConfsyncSettings *settings,
        const char *what,
        GStrv *removed,
        GError **error)
{
  const char *name = confsync_options_get_string (tool->options, "name");

  if (!confsync_tool_has (tool, "remove"))
    return confsync_pin_list_add (settings, what, name, error);
  if (name == NULL)
    return confsync_pin_list_remove (settings, what, removed, error);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
               _ ("--remove takes a fingerprint or a name, not both"));
  return FALSE;
}

static gboolean
record (ConfsyncTool *tool,
        ConfsyncSettings *settings,
        const char *outcome,
        const char *pin,
        const char *name,
        GError **error)
{
  g_autofree char *whose = NULL;
  g_autofree char *fingerprint = confsync_tls_parse_pin (pin, &whose, error);
  const ConfsyncTrustChange change = { outcome, fingerprint, name != NULL ? name : whose, NULL };

  return fingerprint != NULL && confsync_trust_record_add (tool, settings, &change, error);
}

static gboolean
record_change (ConfsyncTool *tool,
               ConfsyncSettings *settings,
               const char *what,
               GStrv removed,
               GError **error)
{
  const char *name = confsync_options_get_string (tool->options, "name");

  if (removed == NULL)
    return record (tool, settings, "added", what, name, error);
  for (gsize i = 0; removed[i] != NULL; i++)
    if (!record (tool, settings, "removed", removed[i], NULL, error))
      return FALSE;
  return TRUE;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *what = confsync_options_get_string (tool->options, "fingerprint");
  g_autoptr (ConfsyncSettings) settings = NULL;
  g_auto (GStrv) removed = NULL;

  if (what == NULL && confsync_tool_has (tool, "remove"))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which one? --remove FINGERPRINT, or a name"));
      return CONFSYNC_EXIT_USAGE;
    }
  settings = confsync_settings_load (tool->options, error);
  if (settings == NULL)
    return CONFSYNC_EXIT_FAILED;
  if (what == NULL)
    return list (tool, settings, error);
  if (!change (tool, settings, what, &removed, error) ||
      !confsync_trust_record_check (tool, settings, error) ||
      !confsync_settings_save (settings, error) ||
      !record_change (tool, settings, what, removed, error))
    return CONFSYNC_EXIT_FAILED;
  confsync_tool_say (_ ("%s is written; an instance reads it at its start"),
                     confsync_settings_get_path (settings));
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_trust_tool = {
  .name = "trust",
  .usage = "[FINGERPRINT [NAME]] [OPTION]...",
  .purpose = N_ ("Trusts one certificate, by the fingerprint that “confsync keygen” prints there;\n"
                 "without arguments, lists those that are trusted. Where there are such, wss://\n"
                 "takes only them, on both ends. A peer that changes its own may have two."),
  .example = "confsync trust $(ssh kitchen confsync keygen) kitchen",
  .options = options,
  .run = run,
};

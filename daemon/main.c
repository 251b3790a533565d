/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The confsync command.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "confsync-command.h"
#include "confsync-secret-environment-private.h"

int
main (int argc, char **argv)
{
  /* before there is another thread, and before anything is started that would inherit it */
  confsync_secret_environment_take (TRUE);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, CONFSYNC_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  return confsync_command_main (argc, argv);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The confsync command: a table of subcommands.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* exit codes, the same for every subcommand */
typedef enum {
  CONFSYNC_EXIT_DONE = 0,
  CONFSYNC_EXIT_NO = 1,      /* the answer is no: differs, conflict, not in sync */
  CONFSYNC_EXIT_USAGE = 2,   /* wrong use or bad input */
  CONFSYNC_EXIT_FAILED = 3,  /* could not start or reach */
  CONFSYNC_EXIT_IN_USE = 75, /* another instance has the document */
} ConfsyncExit;

int confsync_command_main (int argc, char **argv);

G_END_DECLS

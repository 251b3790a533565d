/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What each subcommand of `confsync json` takes and does.
 */

#pragma once

#include "confsync-options-private.h"
#include "confsync-output.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *summary; /* in the list of subcommands */
  const char *usage;
  const char *purpose;
  const char *example;
  const ConfsyncOption *table;
  /* Returns: a ConfsyncExit; with @error set where it is not the answer to the question */
  int (*run) (ConfsyncOptions *options, ConfsyncOutput *output, GError **error);
} ConfsyncJsonAction;

/* ends with a %NULL name */
extern const ConfsyncJsonAction confsync_json_actions[];

G_END_DECLS

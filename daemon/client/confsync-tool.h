/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the commands that talk to a running instance have in common. A new one is a ConfsyncToolKind
 * in a file of its own, a line in confsync-tools.h, and a line in the table of commands.
 */

#pragma once

#include "confsync-instance.h"
#include "confsync-kept.h"
#include "confsync-options-private.h"
#include "confsync-output.h"

G_BEGIN_DECLS

typedef struct {
  ConfsyncOptions *options;
  ConfsyncOutput *output;
  ConfsyncInstance *instance; /* (nullable): once confsync_tool_connect() found it */
  ConfsyncKept *kept; /* (nullable): what confsync_tool_open() found in its place */
} ConfsyncTool;

typedef struct {
  const char *name;
  const char *usage;   /* what follows the name */
  const char *purpose; /* in a line or two */
  const char *example; /* a line or two, without the last line end */
  const ConfsyncOption *options;
  /* answers; the exit code, unless it sets @error, which then decides */
  int (*run) (ConfsyncTool *tool, GError **error);
} ConfsyncToolKind;

/* the options that all of them have; after a command's own */
#define CONFSYNC_TOOL_OPTIONS                       \
  { .name = "config-path",                          \
    .letter = 'f',                                  \
    .type = CONFSYNC_OPTION_PATH,                   \
    .argument = "FILE",                             \
    .summary = N_ ("the instance that keeps FILE") }, \
  CONFSYNC_TOOL_OTHER_OPTIONS

/* without the first of them */
#define CONFSYNC_TOOL_OTHER_OPTIONS                 \
  { .name = "config-base-dir",                      \
    .alias = "base-dir",                            \
    .letter = 'd',                                  \
    .type = CONFSYNC_OPTION_PATH,                   \
    .argument = "DIR",                              \
    .summary = N_ ("the one that has its versions in DIR") }, \
  CONFSYNC_TOOL_COLOR

/* of those that talk to no instance */
#define CONFSYNC_TOOL_COLOR                         \
  { .name = "color",                                \
    .type = CONFSYNC_OPTION_CHOICE,                 \
    .choices = "auto|always|never", /* in the order of ConfsyncColor */ \
    .initial = "auto",                              \
    .argument = "WHEN",                             \
    .summary = N_ ("auto, always or never") }

#define CONFSYNC_TOOL_JSON                          \
  { .name = "json",                                 \
    .type = CONFSYNC_OPTION_BOOLEAN,                \
    .arguments_only = TRUE,                         \
    .summary = N_ ("for programs") }

/* of those that edit */
#define CONFSYNC_TOOL_FORCE                         \
  { .name = "force",                                \
    .type = CONFSYNC_OPTION_BOOLEAN,                \
    .arguments_only = TRUE,                         \
    .summary = N_ ("let the configuration become {}") }

/* one of the arguments without a name; @place: what options call it */
#define CONFSYNC_TOOL_ARGUMENT(place, word)         \
  { .name = place,                                  \
    .type = CONFSYNC_OPTION_TEXT,                   \
    .argument = word,                               \
    .positional = TRUE,                             \
    .arguments_only = TRUE }

int confsync_tool_main (const ConfsyncToolKind *kind, int argc, char **argv);
char *confsync_tool_dup_help (const ConfsyncToolKind *kind);

ConfsyncDBusDocument *confsync_tool_connect (ConfsyncTool *self, GError **error);
gboolean confsync_tool_open (ConfsyncTool *self, GError **error);
gboolean confsync_tool_has (ConfsyncTool *self, const char *option);
void confsync_tool_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

ConfsyncJson *confsync_tool_parse (const char *text, GError **error);
gboolean confsync_tool_check_pointer (const char *pointer, GError **error);
void confsync_tool_ask_for_force (GError **error);
char *confsync_tool_dup_time (gint64 time_us);

G_END_DECLS

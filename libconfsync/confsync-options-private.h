/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One table of options, and what the command line, the environment and the options file say to it.
 * An option's value comes from the strongest place that names it; nothing is merged across places.
 */

#pragma once

#include "confsync-error.h"

G_BEGIN_DECLS

/* what a value may be; it's kept as text */
typedef enum {
  CONFSYNC_OPTION_STRING,
  CONFSYNC_OPTION_TEXT,    /* a string that may be empty */
  CONFSYNC_OPTION_STRINGS, /* repeatable, and split at commas */
  CONFSYNC_OPTION_PORT,    /* 1 to 65535 */
  CONFSYNC_OPTION_UINT,
  CONFSYNC_OPTION_DURATION, /* a number, and ms, s (also without a unit), m or h */
  CONFSYNC_OPTION_BOOLEAN,
  CONFSYNC_OPTION_PATH,
  CONFSYNC_OPTION_SECRET,  /* in no argument, in no key file, in no error, and wiped when freed */
  CONFSYNC_OPTION_CHOICE,  /* one of `choices`, in any case */
} ConfsyncOptionType;

/* the stronger place is the greater number */
typedef enum {
  CONFSYNC_SOURCE_DEFAULT,
  CONFSYNC_SOURCE_FILE,            /* options.json */
  CONFSYNC_SOURCE_SYSTEM_KEY_FILE, /* for all users of the machine */
  CONFSYNC_SOURCE_KEY_FILE,        /* the user's, or one that was named */
  CONFSYNC_SOURCE_SEED, /* the environment, by the seed's names */
  CONFSYNC_SOURCE_ENVIRONMENT,
  CONFSYNC_SOURCE_CREDENTIAL, /* from the service manager */
  CONFSYNC_SOURCE_COMMAND_LINE,
} ConfsyncOptionSource;

/* of which help page an option is */
typedef enum {
  CONFSYNC_HELP_USUAL,
  CONFSYNC_HELP_RARE,
  CONFSYNC_HELP_SECURITY, /* who may come in, and what is reached */
  CONFSYNC_HELP_LIMITS,
} ConfsyncHelpPage;

/*
 * One option. As `--some-name` on the command line, CONFSYNC_SOME_NAME in the environment,
 * `some-name` in a key file, and `some_name` in options.json.
 */
typedef struct {
  const char *name;
  const char *alias; /* (nullable): another name, in all of these places */
  char letter;       /* 0 for none */
  ConfsyncOptionType type;
  const char *initial;  /* (nullable): the value where nobody gives one */
  const char *choices;  /* (nullable): separated by `|` */
  const char *seed;     /* (nullable): the seed's environment variable */
  const char *variable; /* (nullable): one more name of its own environment variable */
  const char *argument; /* (nullable): what the help calls the value */
  const char *summary;  /* (nullable): not in the help */
  ConfsyncHelpPage page;
  gboolean positional;  /* also an argument without a name; several are taken in their order */
  gboolean arguments_only; /* what one call is about: in neither environment nor file */
  gboolean not_in_files;   /* names a file itself */
} ConfsyncOption;

typedef struct _ConfsyncOptions ConfsyncOptions;

/* @table ends with a %NULL name, and must outlive the object */
ConfsyncOptions *confsync_options_new (const ConfsyncOption *table);
void confsync_options_free (ConfsyncOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncOptions, confsync_options_free)

const ConfsyncOption *confsync_options_find (ConfsyncOptions *self, const char *name);
const ConfsyncOption *confsync_options_find_letter (ConfsyncOptions *self, char letter);
const ConfsyncOption *confsync_options_next_positional (ConfsyncOptions *self);
const char *confsync_options_suggest (ConfsyncOptions *self, const char *name);
/* Says where the value is from that something was refused for; gives FALSE. */
gboolean confsync_options_prefix_place (ConfsyncOptions *self, const char *name, GError **error);
const ConfsyncOption *confsync_options_get_table (ConfsyncOptions *self);

gboolean confsync_options_take (ConfsyncOptions *self,
                                const ConfsyncOption *option,
                                ConfsyncOptionSource source,
                                const char *where,
                                const char *text,
                                GError **error);

/* Names that are like no option are let be: for options of a program, of which ours are a part. */
void confsync_options_set_lenient (ConfsyncOptions *self, gboolean lenient);
gboolean confsync_options_is_lenient (ConfsyncOptions *self);

void confsync_options_warn (ConfsyncOptions *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
GStrv confsync_options_dup_warnings (ConfsyncOptions *self);

ConfsyncOptionSource confsync_options_get_source (ConfsyncOptions *self, const char *name);
const char *confsync_options_get_place (ConfsyncOptions *self, const char *name);
const char *confsync_options_get_string (ConfsyncOptions *self, const char *name);
GStrv confsync_options_dup_strings (ConfsyncOptions *self, const char *name);
guint confsync_options_get_uint (ConfsyncOptions *self, const char *name);
guint confsync_options_get_duration (ConfsyncOptions *self, const char *name);
gboolean confsync_options_get_boolean (ConfsyncOptions *self, const char *name);
guint confsync_options_get_choice (ConfsyncOptions *self, const char *name);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The subcommands of `confsync json`. Each reads all of its files before it writes anything, so the
 * output may be one of them.
 */

#include "config.h"

#include "confsync-json-actions.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-command.h"
#include "confsync-json-file.h"
#include "confsync-units.h"

#define POSITIONAL(option, name_in_help) \
  { .name = option, \
    .type = CONFSYNC_OPTION_PATH, \
    .argument = name_in_help, \
    .positional = TRUE, \
    .arguments_only = TRUE }

#define SWITCH(option, short_name, text) \
  { .name = option, \
    .letter = short_name, \
    .type = CONFSYNC_OPTION_BOOLEAN, \
    .summary = text, \
    .arguments_only = TRUE }

#define OUTPUT \
  { .name = "output", \
    .letter = 'o', \
    .type = CONFSYNC_OPTION_PATH, \
    .argument = "FILE", \
    .summary = N_ ("replace FILE in one step, in place of printing"), \
    .arguments_only = TRUE }

#define FORMAT \
  SWITCH ("pretty", 'p', N_ ("indented by two spaces")), \
  SWITCH ("compact", 'c', N_ ("on one line, without spaces"))

static const ConfsyncOption one_file[] = { POSITIONAL ("file", "FILE"), { NULL } };

static const ConfsyncOption diff_table[] = {
  POSITIONAL ("from", "A"),
  POSITIONAL ("to", "B"),
  OUTPUT,
  FORMAT,
  { NULL },
};

static const ConfsyncOption patch_table[] = {
  POSITIONAL ("doc", "DOC"),
  POSITIONAL ("patch", "PATCH"),
  OUTPUT,
  FORMAT,
  { NULL },
};

static const ConfsyncOption merge_table[] = {
  POSITIONAL ("base", "BASE"),
  POSITIONAL ("ours", "OURS"),
  POSITIONAL ("theirs", "THEIRS"),
  OUTPUT,
  FORMAT,
  { NULL },
};

static ConfsyncJson *
read_json (ConfsyncOptions *options, const char *name, GError **error)
{
  const char *path = confsync_options_get_string (options, name);
  g_autoptr (GBytes) text = confsync_json_file_read (path, error);

  return text != NULL ? confsync_json_file_parse (text, path, error) : NULL;
}

static gboolean
is_blank (GBytes *text)
{
  gsize length;
  const char *data = g_bytes_get_data (text, &length);

  for (gsize i = 0; i < length; i++)
    if (strchr (" \t\r\n", data[i]) == NULL || data[i] == '\0')
      return FALSE;
  return TRUE;
}

/* An empty file stands for no base: that's how git says that both sides made the file anew. */
static gboolean
read_base (ConfsyncOptions *options, ConfsyncJson **base, GError **error)
{
  const char *path = confsync_options_get_string (options, "base");
  g_autoptr (GBytes) text = confsync_json_file_read (path, error);

  *base = NULL;
  if (text == NULL)
    return FALSE;
  if (is_blank (text))
    return TRUE;
  *base = confsync_json_file_parse (text, path, error);
  return *base != NULL;
}

/* @like: (nullable): the value whose text the result resembles, unless another form is asked for */
static GBytes *
format (ConfsyncOptions *options, ConfsyncJson *value, ConfsyncJson *like)
{
  g_autoptr (GBytes) compact = NULL;
  GByteArray *line;

  if (!confsync_options_get_boolean (options, "compact"))
    return confsync_json_to_pretty (
        value, confsync_options_get_boolean (options, "pretty") ? NULL : like);

  compact = confsync_json_to_compact (value);
  line = g_bytes_unref_to_array (g_steal_pointer (&compact));
  g_byte_array_append (line, (const guint8 *) "\n", 1);
  return g_byte_array_free_to_bytes (line);
}

/* Prints or writes a result. Gives @answer, or the failure to write. */
static int
put (ConfsyncOptions *options,
     ConfsyncOutput *output,
     ConfsyncJson *value,
     ConfsyncJson *like,
     int answer,
     GError **error)
{
  const char *path = confsync_options_get_string (options, "output");
  g_autoptr (GBytes) text = format (options, value, like);

  if (path == NULL || g_str_equal (path, CONFSYNC_JSON_FILE_STANDARD))
    confsync_output_bytes (output, text);
  else if (!confsync_json_file_write (path, text, error))
    return CONFSYNC_EXIT_FAILED;
  return answer;
}

static int
run_canonical (ConfsyncOptions *options, ConfsyncOutput *output, GError **error)
{
  g_autoptr (ConfsyncJson) json = read_json (options, "file", error);
  g_autoptr (GBytes) text = NULL;

  if (json == NULL)
    return CONFSYNC_EXIT_USAGE;
  text = confsync_json_to_canonical (json);
  confsync_output_bytes (output, text);
  return CONFSYNC_EXIT_DONE;
}

static int
run_hash (ConfsyncOptions *options, ConfsyncOutput *output, GError **error)
{
  g_autoptr (ConfsyncJson) json = read_json (options, "file", error);
  g_autofree char *hash = NULL;

  if (json == NULL)
    return CONFSYNC_EXIT_USAGE;
  hash = confsync_json_hash (json);
  confsync_output_text (output, hash);
  return CONFSYNC_EXIT_DONE;
}

static int
run_diff (ConfsyncOptions *options, ConfsyncOutput *output, GError **error)
{
  g_autoptr (ConfsyncJson) from = read_json (options, "from", error);
  g_autoptr (ConfsyncJson) to = from != NULL ? read_json (options, "to", error) : NULL;
  g_autoptr (ConfsyncJson) patch = NULL;

  if (to == NULL)
    return CONFSYNC_EXIT_USAGE;
  patch = confsync_json_diff (from, to);
  return put (options, output, patch, NULL,
              confsync_json_get_length (patch) == 0 ? CONFSYNC_EXIT_DONE : CONFSYNC_EXIT_NO, error);
}

static int
run_patch (ConfsyncOptions *options, ConfsyncOutput *output, GError **error)
{
  g_autoptr (ConfsyncJson) document = read_json (options, "doc", error);
  g_autoptr (ConfsyncJson) patch = document != NULL ? read_json (options, "patch", error) : NULL;
  g_autoptr (ConfsyncJson) patched = NULL;

  if (patch == NULL)
    return CONFSYNC_EXIT_USAGE;
  patched = confsync_json_patch (document, patch, error);
  if (patched == NULL)
    {
      g_prefix_error (error, "%s: ", confsync_json_file_get_name (
                                         confsync_options_get_string (options, "patch")));
      return CONFSYNC_EXIT_USAGE;
    }
  return put (options, output, patched, document, CONFSYNC_EXIT_DONE, error);
}

/* One pointer a line, for people and programs; the whole value's is empty, and so is quoted. */
static void
print_conflicts (GStrv conflicts)
{
  for (gsize i = 0; conflicts[i] != NULL; i++)
    {
      g_autofree char *safe = confsync_units_escape (conflicts[i]);

      g_printerr ("%s\n", *safe != '\0' ? safe : "\"\"");
    }
}

static int
run_merge (ConfsyncOptions *options, ConfsyncOutput *output, GError **error)
{
  g_autoptr (ConfsyncJson) base = NULL;
  g_autoptr (ConfsyncJson) ours = NULL;
  g_autoptr (ConfsyncJson) theirs = NULL;
  g_autoptr (ConfsyncJson) merged = NULL;
  g_auto (GStrv) conflicts = NULL;

  if (!read_base (options, &base, error) ||
      (ours = read_json (options, "ours", error)) == NULL ||
      (theirs = read_json (options, "theirs", error)) == NULL)
    return CONFSYNC_EXIT_USAGE;

  merged = confsync_json_merge (base, ours, theirs, &conflicts);
  print_conflicts (conflicts);
  return put (options, output, merged, ours,
              conflicts[0] == NULL ? CONFSYNC_EXIT_DONE : CONFSYNC_EXIT_NO, error);
}

const ConfsyncJsonAction confsync_json_actions[] = {
  { "canonical", N_ ("the bytes that are the same for equal values"),
    "confsync json canonical FILE",
    N_ ("Prints FILE in canonical form: sorted members, no spaces, no line end. Instances\n"
        "compare this form (RFC 8785, but integers of 64 bits stay exact)."),
    N_ ("confsync json canonical a.json | sha256sum"), one_file, run_canonical },
  { "hash", N_ ("SHA-256 of these bytes: equal for equal values"),
    "confsync json hash FILE",
    N_ ("Prints the SHA-256 of FILE's canonical form, in hexadecimal. Spelling doesn't\n"
        "matter: files that hold the same value have the same hash."),
    N_ ("confsync json hash a.json"), one_file, run_hash },
  { "diff", N_ ("the patch (RFC 6902) that makes B of A"),
    "confsync json diff A B [OPTION]...",
    N_ ("Prints the patch (RFC 6902) that makes B of A; [] where they are equal.\n"
        "Exit status: 0 they are equal, 1 they differ, 2 one can't be read."),
    N_ ("confsync json diff a.json b.json --compact"), diff_table, run_diff },
  { "patch", N_ ("DOC with a patch applied"),
    "confsync json patch DOC PATCH [OPTION]...",
    N_ ("Prints DOC with PATCH (RFC 6902) applied: all of it, or nothing and exit status\n"
        "2. The result is written as DOC is: indentation, spacing, order of members."),
    N_ ("confsync json patch a.json changes.json -o a.json"), patch_table, run_patch },
  { "merge", N_ ("what became of BASE on both sides"),
    "confsync json merge BASE OURS THEIRS [OPTION]...",
    N_ ("Merges by member what OURS and THEIRS made of BASE, which may be empty. Where\n"
        "both changed the same, OURS is taken, and the place goes to standard error, one\n"
        "JSON Pointer a line. The result is written as OURS is.\n"
        "Exit status: 0 merged, 1 merged but for such conflicts, 2 one can't be read.\n\n"
        "As a merge driver of git, for the files that .gitattributes gives to it by a\n"
        "line such as  *.json merge=confsync\n"
        "  git config merge.confsync.name \"JSON by member\"\n"
        "  git config merge.confsync.driver \"confsync json merge %O %A %B -o %A\"\n"),
    N_ ("confsync json merge base.json ours.json theirs.json"), merge_table, run_merge },
  { NULL },
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync edit`: the configuration in an editor. What is saved replaces exactly what the editing
 * began with; where somebody was faster, the two are merged, and where that can't be, a person
 * decides. The text is thrown away only when the instance has it, or nothing was changed.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confsync-command.h"
#include "confsync-diff-text.h"
#include "confsync-draft.h"
#include "confsync-sync-wait.h"
#include "confsync-tools.h"
#include "confsync-units.h"

/* how often somebody else may be faster, one after the other, before we give up */
#define ROUNDS_MAX 20

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_FORCE,
  CONFSYNC_SYNC_WAIT_TIMEOUT,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* what comes of a look at the text */
typedef enum {
  NEXT_EDIT,   /* into the editor */
  NEXT_SUBMIT, /* to the instance */
  NEXT_DONE,   /* the instance has it */
  NEXT_SAME,   /* nothing was changed */
  NEXT_FAILED,
} Next;

typedef struct {
  ConfsyncTool *tool;
  ConfsyncDraft *draft;
  ConfsyncJson *base; /* what the text is a change of */
  char *hash;         /* of the base, as the instance has it; empty for none */
  GBytes *text;       /* (nullable): what was saved last */
  ConfsyncJson *json; /* (nullable): the same */
  guint rounds;
} Edit;

static void
clear_edit (Edit *self)
{
  g_clear_pointer (&self->draft, confsync_draft_free);
  g_clear_pointer (&self->base, confsync_json_unref);
  g_clear_pointer (&self->hash, g_free);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->json, confsync_json_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edit, clear_edit)

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

/* Gets what is live as the new base; where there is nothing yet, that is an empty object. */
static GBytes *
fetch_base (Edit *self, GError **error)
{
  ConfsyncDBusDocument *document = confsync_tool_connect (self->tool, error);
  g_autofree char *text = NULL, *hash = NULL;
  g_autoptr (ConfsyncJson) base = NULL;
  g_autoptr (GError) reason = NULL;

  if (document == NULL)
    return NULL;
  if (!confsync_dbus_document_call_get_document_sync (document, &text, &hash, NULL, &reason))
    {
      if (!g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      text = g_strdup ("{\n}\n");
      hash = g_strdup ("");
    }

  base = confsync_tool_parse (text, error);
  if (base == NULL)
    return NULL;
  g_clear_pointer (&self->base, confsync_json_unref);
  g_free (self->hash);
  self->base = g_steal_pointer (&base);
  self->hash = g_steal_pointer (&hash);
  return bytes_of (text);
}

/* An end of the input is a no: nobody is there to be asked. */
static gboolean
ask (const char *question)
{
  g_autofree char *answer = NULL;
  char *line = NULL;
  size_t size = 0;

  g_printerr (_ ("%s [Y/n] "), question);
  if (getline (&line, &size, stdin) < 0)
    {
      g_printerr ("\n");
      free (line);
      return FALSE;
    }
  answer = g_ascii_strdown (g_strstrip (line), -1);
  free (line);
  return *answer == '\0' || g_str_equal (answer, "y") || g_str_equal (answer, "yes");
}

/* Shows @reason, and gives a person the choice to mend the text; else it becomes @error. */
static Next
offer_again (Edit *self, GError *reason, GError **error)
{
  g_autofree char *safe = NULL;

  confsync_tool_ask_for_force (&reason);
  g_dbus_error_strip_remote_error (reason);
  safe = confsync_units_escape (reason->message);
  confsync_tool_say ("%s: %s", confsync_draft_get_path (self->draft), safe);
  if (ask (_ ("Edit it again?")))
    {
      g_error_free (reason);
      return NEXT_EDIT;
    }
  g_propagate_error (error, reason);
  return NEXT_FAILED;
}

/* Runs the editor, and reads what it left. */
static Next
edit_text (Edit *self, GError **error)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) reason = NULL;

  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->json, confsync_json_unref);
  if (!confsync_draft_edit (self->draft, error))
    return NEXT_FAILED;
  self->text = confsync_draft_read (self->draft, error);
  if (self->text == NULL)
    return NEXT_FAILED;

  document = confsync_document_new (self->text, NULL, &reason);
  if (document == NULL)
    return offer_again (self, g_steal_pointer (&reason), error);
  self->json = confsync_json_ref (confsync_document_get_json (document));
  return confsync_json_equal (self->json, self->base) ? NEXT_SAME : NEXT_SUBMIT;
}

static void
print_side (const char *name, ConfsyncJson *root, const char *pointer)
{
  g_autoptr (ConfsyncJson) value = confsync_json_lookup (root, pointer, NULL);
  g_autofree char *text = value != NULL ? confsync_diff_value_text (value) : NULL;

  confsync_tool_say ("    %-8s%s", name, text != NULL ? text : _ ("not there"));
}

static void
print_conflicts (char **conflicts, ConfsyncJson *base, ConfsyncJson *ours, ConfsyncJson *theirs)
{
  confsync_tool_say (_ ("Somebody changed the same places meanwhile:"));
  for (gsize i = 0; conflicts[i] != NULL; i++)
    {
      g_autofree char *safe = confsync_units_escape (conflicts[i]);

      confsync_tool_say ("  %s", *safe != '\0' ? safe : _ ("the whole document"));
      print_side (_ ("before"), base, conflicts[i]);
      print_side (_ ("yours"), ours, conflicts[i]);
      print_side (_ ("theirs"), theirs, conflicts[i]);
    }
}

static Next
take_merged (Edit *self, ConfsyncJson *merged, Next next, GError **error)
{
  g_autoptr (GBytes) text = confsync_json_to_pretty (merged, self->json);

  if (!confsync_draft_write (self->draft, text, error))
    return NEXT_FAILED;
  g_bytes_unref (self->text);
  confsync_json_unref (self->json);
  self->text = g_steal_pointer (&text);
  self->json = confsync_json_ref (merged);
  return next;
}

/* Somebody was faster: both changes are made one. */
static Next
merge (Edit *self, GError **error)
{
  g_autoptr (ConfsyncJson) before = confsync_json_ref (self->base);
  g_autoptr (GBytes) theirs = fetch_base (self, error);
  g_autoptr (ConfsyncJson) merged = NULL;
  g_auto (GStrv) conflicts = NULL;

  if (theirs == NULL)
    return NEXT_FAILED;
  merged = confsync_json_merge (before, self->json, self->base, &conflicts);
  if (conflicts[0] == NULL)
    {
      confsync_tool_say (_ ("Somebody changed other places meanwhile; both changes are kept."));
      return take_merged (self, merged, NEXT_SUBMIT, error);
    }

  print_conflicts (conflicts, before, self->json, self->base);
  if (ask (_ ("Edit the merged text, which has yours at these places?")))
    return take_merged (self, merged, NEXT_EDIT, error);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT,
               _ ("somebody changed the same places meanwhile, so nothing is changed"));
  return NEXT_FAILED;
}

/* What the instance doesn't take is mended in the editor; that it can't be asked isn't. */
static gboolean
can_be_mended (const GError *error)
{
  static const int codes[] = { CONFSYNC_ERROR_INVALID_JSON, CONFSYNC_ERROR_INVALID_DOCUMENT,
                               CONFSYNC_ERROR_TOO_LARGE, CONFSYNC_ERROR_REFUSED,
                               CONFSYNC_ERROR_EMPTY };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, CONFSYNC_ERROR, codes[i]))
      return TRUE;
  return FALSE;
}

static Next
submit (Edit *self, GError **error)
{
  const guint flags =
    confsync_tool_has (self->tool, "force") ? CONFSYNC_EDIT_ALLOW_EMPTY : CONFSYNC_EDIT_NONE;
  ConfsyncDBusDocument *document = confsync_tool_connect (self->tool, error);
  g_autofree char *text =
    g_strndup (g_bytes_get_data (self->text, NULL), g_bytes_get_size (self->text));
  g_autofree char *hash = NULL;
  g_autoptr (GError) reason = NULL;

  if (document == NULL)
    return NEXT_FAILED;
  if (confsync_json_equal (self->json, self->base))
    return NEXT_SAME; /* what came meanwhile was the same change */
  if (confsync_dbus_document_call_replace_sync (document, self->hash, text, flags, &hash, NULL,
                                                &reason))
    return NEXT_DONE;

  if (g_error_matches (reason, CONFSYNC_ERROR, CONFSYNC_ERROR_CONFLICT) &&
      self->rounds++ < ROUNDS_MAX)
    return merge (self, error);
  if (can_be_mended (reason))
    return offer_again (self, g_steal_pointer (&reason), error);
  g_propagate_error (error, g_steal_pointer (&reason));
  return NEXT_FAILED;
}

/* It is done; that a peer is slow is worth a word, and no failure. */
static void
report (Edit *self)
{
  g_auto (ConfsyncSyncResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  confsync_diff_print (self->tool->output, self->base, self->json);
  if (!confsync_sync_call (self->tool, TRUE, &result, &error))
    result.reason = g_strdup (error->message);
  if (result.reason == NULL)
    confsync_sync_print (self->tool, &result);
  else
    {
      g_autofree char *safe = confsync_units_escape (result.reason);

      confsync_tool_say (_ ("It is live here, and not everywhere yet: %s"), safe);
    }
}

static Next
go_through (Edit *self, GError **error)
{
  Next next = NEXT_EDIT;

  while (next == NEXT_EDIT || next == NEXT_SUBMIT)
    next = next == NEXT_EDIT ? edit_text (self, error) : submit (self, error);
  return next;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  g_auto (Edit) self = { .tool = tool };
  g_autoptr (GBytes) text = fetch_base (&self, error);
  g_autoptr (GBytes) left = NULL;
  Next next;

  if (text == NULL)
    return CONFSYNC_EXIT_FAILED;
  self.draft = confsync_draft_new (confsync_instance_get_file (tool->instance), text, error);
  if (self.draft == NULL)
    return CONFSYNC_EXIT_FAILED;

  next = go_through (&self, error);
  if (next == NEXT_DONE)
    report (&self);
  else if (next == NEXT_SAME)
    confsync_output_print (tool->output, "%s\n", _ ("nothing changed"));

  left = next == NEXT_FAILED ? confsync_draft_read (self.draft, NULL) : NULL;
  if (left != NULL && !g_bytes_equal (left, text))
    confsync_tool_say (_ ("Your text is kept in %s"), confsync_draft_get_path (self.draft));
  else
    confsync_draft_discard (self.draft);
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_edit_tool = {
  .name = "edit",
  .usage = "[OPTION]...",
  .purpose = N_ ("Opens the configuration in $VISUAL or $EDITOR, checks what is saved, and syncs\n"
                 "it. What others change meanwhile is merged. Where that can't be, or anything\n"
                 "fails, your text is kept in a file that is named."),
  .example = "EDITOR=nano confsync edit -f settings.json",
  .options = options,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync explain`: who last changed a value, and what was there before. Values stay text on
 * their way, so that no number changes.
 */

#include "config.h"

#include "confsync-diff-text.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-tools.h"
#include "confsync-units.h"
#include "confsync-version-list.h"

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("pointer", "POINTER"),
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

/* A version, and what is in it. */
typedef struct {
  GVariant *dict; /* (owned): has the texts */
  ConfsyncVersionItem item;
  ConfsyncJson *value; /* (owned) (nullable): nothing is there */
} State;

static void
state_clear (State *self)
{
  g_clear_pointer (&self->dict, g_variant_unref);
  g_clear_pointer (&self->value, confsync_json_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (State, state_clear)

static gboolean
read_state (State *self, GVariant *explanation, const char *name, GError **error)
{
  const char *text;

  self->dict = g_variant_lookup_value (explanation, name, G_VARIANT_TYPE_VARDICT);
  if (self->dict == NULL)
    return TRUE;
  confsync_version_item_read (&self->item, self->dict);
  if (!g_variant_lookup (self->dict, "value", "&s", &text))
    return TRUE;
  self->value = confsync_tool_parse (text, error);
  return self->value != NULL;
}

static char *
dup_value_text (ConfsyncJson *value)
{
  return value != NULL ? confsync_diff_value_text (value) : g_strdup (_ ("nothing"));
}

/* "2026-11-25 18:45:16 by kitchen, edit, config_20261125184516.json", as far as it is known */
static char *
describe (const ConfsyncVersionItem *item, gboolean exact)
{
  GString *text = g_string_new (NULL);
  g_autofree char *author = confsync_units_escape (item->author);
  g_autofree char *name = confsync_units_escape (item->name);

  if (!exact)
    g_string_append (text, _ ("at or before "));
  if (item->time_us > 0)
    {
      g_autofree char *when = confsync_units_moment (item->time_us);

      g_string_append_printf (text, exact ? _ ("%s by %s, ") : _ ("%s by %s or others, "), when,
                              author);
    }
  if (exact)
    g_string_append_printf (text, "%s, ", item->cause);
  g_string_append (text, name);
  return g_string_free (text, FALSE);
}

static void
print_text (ConfsyncTool *tool,
            const char *pointer,
            const State *since,
            const State *before,
            gboolean exact)
{
  g_autofree char *value = dup_value_text (since->value);
  g_autofree char *what = confsync_units_escape (*pointer != '\0' ? pointer
                                                                  : _ ("the whole document"));
  g_autofree char *how = describe (&since->item, exact);

  confsync_output_print (tool->output, "%s%s%s  %s\n",
                         confsync_output_style (tool->output, CONFSYNC_STYLE_BOLD), what,
                         confsync_output_style (tool->output, CONFSYNC_STYLE_END), value);
  confsync_output_print (tool->output, "%s  %s\n",
                         since->value != NULL ? _ ("changed") : _ ("removed"), how);
  if (before->dict != NULL)
    {
      g_autofree char *old = dup_value_text (before->value);
      g_autofree char *name = confsync_units_escape (before->item.name);

      confsync_output_print (tool->output, _ ("before   %s, in %s\n"), old, name);
    }
  else
    confsync_output_print (tool->output, "%s\n",
                           exact ? _ ("before   there was no configuration")
                                 : _ ("before   not known: no older version is kept"));
}

static void
append_text (GString *json, const char *name, const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autofree char *quoted = json_to_string (node, FALSE);

  g_string_append_printf (json, "\"%s\":%s,", name, *text != '\0' ? quoted : "null");
}

static void
append_state (GString *json, const State *state)
{
  g_autofree char *time = NULL;

  if (state->dict == NULL)
    {
      g_string_append (json, "null");
      return;
    }
  time = confsync_tool_dup_time (state->item.time_us);
  g_string_append_c (json, '{');
  append_text (json, "version", state->item.name);
  append_text (json, "time", time != NULL ? time : "");
  append_text (json, "author", state->item.author);
  append_text (json, "hash", state->item.hash);
  append_text (json, "cause", state->item.cause);
  if (state->value != NULL)
    {
      g_autoptr (GBytes) text = confsync_json_to_compact (state->value);

      g_string_append (json, "\"value\":");
      g_string_append_len (json, g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
      g_string_append_c (json, ',');
    }
  g_string_append_printf (json, "\"there\":%s}", state->value != NULL ? "true" : "false");
}

static gboolean
print_json (ConfsyncTool *tool,
            const char *pointer,
            const State *since,
            const State *before,
            gboolean exact,
            GError **error)
{
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (ConfsyncJson) parsed = NULL;
  g_autoptr (GBytes) pretty = NULL;
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), pointer);
  g_autofree char *quoted = json_to_string (node, FALSE);

  g_string_append_printf (json, "\"pointer\":%s,\"exact\":%s,\"since\":", quoted,
                          exact ? "true" : "false");
  append_state (json, since);
  g_string_append (json, ",\"before\":");
  append_state (json, before);
  g_string_append_c (json, '}');
  parsed = confsync_tool_parse (json->str, error);
  if (parsed == NULL)
    return FALSE;
  pretty = confsync_json_to_pretty (parsed, NULL);
  confsync_output_json_text (tool->output, pretty);
  return TRUE;
}

static GVariant *
explain (ConfsyncTool *tool, const char *pointer, GError **error)
{
  ConfsyncDBusDocument *document;
  GVariant *explanation = NULL;

  if (!confsync_tool_open (tool, error))
    return NULL;
  if (tool->kept != NULL)
    {
      explanation = confsync_kept_explain (tool->kept, pointer, error);
      return explanation != NULL ? g_variant_ref_sink (explanation) : NULL;
    }
  document = confsync_instance_get_proxy (tool->instance, error);
  if (document != NULL)
    confsync_dbus_document_call_explain_sync (document, pointer, &explanation, NULL, error);
  return explanation;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *pointer = confsync_options_get_string (tool->options, "pointer");
  g_autoptr (GVariant) explanation = NULL;
  g_auto (State) since = { 0 }, before = { 0 };
  gboolean exact = FALSE;

  if (pointer == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("which value? confsync explain POINTER"));
      return CONFSYNC_EXIT_USAGE;
    }
  if (!confsync_tool_check_pointer (pointer, error))
    return CONFSYNC_EXIT_USAGE;
  explanation = explain (tool, pointer, error);
  if (explanation == NULL || !read_state (&since, explanation, "since", error) ||
      !read_state (&before, explanation, "before", error))
    return CONFSYNC_EXIT_FAILED;

  g_variant_lookup (explanation, "exact", "b", &exact);
  if (!confsync_tool_has (tool, "json"))
    print_text (tool, pointer, &since, &before, exact);
  else if (!print_json (tool, pointer, &since, &before, exact, error))
    return CONFSYNC_EXIT_FAILED;
  return CONFSYNC_EXIT_DONE;
}

const ConfsyncToolKind confsync_explain_tool = {
  .name = "explain",
  .usage = "POINTER [OPTION]...",
  .purpose = N_ ("Says which version last changed the value at POINTER, who made it and when, and\n"
                 "what was there before. “at or before”: versions in between are gone. Reads a\n"
                 "file a step, newest first. Exit status 1: nothing is there, and never was.\n"
                 "--json: pointer, exact, since and before, with version, time, author, hash,\n"
                 "cause, there, value."),
  .example = "confsync explain /zones/0/name",
  .options = options,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Each side of a conflict is laid into a document that has nothing else, so that differences name
 * their places in the whole document, and patches apply to it.
 */

#include "config.h"

#include "confsync-conflict-text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-diff-text.h"
#include "confsync-units.h"

#define INDENT "    "

/* The sides as documents; the base is %NULL where it isn't known. */
typedef struct {
  ConfsyncJson *base, *ours, *theirs;
} Frames;

static void
clear_frames (Frames *self)
{
  g_clear_pointer (&self->base, confsync_json_unref);
  g_clear_pointer (&self->ours, confsync_json_unref);
  g_clear_pointer (&self->theirs, confsync_json_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, clear_frames)

static gboolean
put (ConfsyncJson **root, const char *pointer, ConfsyncJson *value, GError **error)
{
  ConfsyncJson *with = confsync_json_put (*root, pointer, value, error);

  if (with == NULL)
    return FALSE;
  confsync_json_unref (*root);
  *root = with;
  return TRUE;
}

/*
 * @value: (nullable): for nothing there
 *
 * Returns: (transfer full): objects down to @pointer, and the value there
 */
static ConfsyncJson *
frame (const char *pointer, ConfsyncJson *value, GError **error)
{
  g_autoptr (ConfsyncJson) empty = confsync_tool_parse ("{}", error);
  g_autoptr (ConfsyncJson) root = empty != NULL ? confsync_json_ref (empty) : NULL;

  if (root == NULL)
    return NULL;
  if (*pointer == '\0' && value != NULL)
    return confsync_json_ref (value);
  for (const char *end = strchr (pointer, '/'); end != NULL; end = strchr (end + 1, '/'))
    {
      g_autofree char *above = g_strndup (pointer, (gsize) (end - pointer));

      if (*above != '\0' && !put (&root, above, empty, error))
        return NULL;
    }
  if (value != NULL && !put (&root, pointer, value, error))
    return NULL;
  return g_steal_pointer (&root);
}

/* Of the whole configuration, no base means that it isn't known. */
static gboolean
has_base (const ConfsyncConflictItem *item)
{
  return item->base != NULL || *item->pointer != '\0';
}

static gboolean
make_frames (Frames *frames, const ConfsyncConflictItem *item, GError **error)
{
  if (has_base (item) && (frames->base = frame (item->pointer, item->base, error)) == NULL)
    return FALSE;
  frames->ours = frame (item->pointer, item->ours, error);
  frames->theirs = frames->ours != NULL ? frame (item->pointer, item->theirs, error) : NULL;
  return frames->theirs != NULL;
}

/* for people */

static void
print_title (const ConfsyncConflictItem *item, ConfsyncOutput *output)
{
  g_autofree char *since = confsync_units_moment (item->since_us);
  g_autofree char *id = confsync_units_escape (item->id);
  g_autofree char *place = confsync_units_escape (
    *item->pointer != '\0' ? item->pointer : _ ("the whole document"));
  g_autofree char *reason = confsync_units_escape (item->reason);

  confsync_output_print (output, _ ("%sconflict %s%s   %s, since %s\n"),
                         confsync_output_style (output, CONFSYNC_STYLE_BOLD), id,
                         confsync_output_style (output, CONFSYNC_STYLE_END), place, since);
  if (*reason != '\0')
    confsync_output_print (output, "  %s\n", reason);
}

/* Where a conflict goes with the configuration, what is live may be what another instance wrote,
 * and theirs what this one did; so it is said which of the two is live. */
static void
print_side (ConfsyncOutput *output, const char *side, const char *author, gint64 time_us)
{
  g_autofree char *when = confsync_units_moment (time_us);
  g_autofree char *who = confsync_units_escape (author);

  confsync_output_print (output, _ ("  %s by %s, %s\n"), side, *who != '\0' ? who : "?", when);
}

static void
print_difference (ConfsyncOutput *output, ConfsyncJson *from, ConfsyncJson *to)
{
  if (!confsync_diff_print_indented (output, INDENT, from, to))
    confsync_output_print (output, INDENT "%s\n", _ ("as it was before both"));
}

/*
 * confsync_conflict_print:
 *
 * Writes who wrote each side, and what each made of the base; without one, how they differ.
 */
gboolean
confsync_conflict_print (const ConfsyncConflictItem *item, ConfsyncOutput *output, GError **error)
{
  g_auto (Frames) frames = { 0 };

  if (!make_frames (&frames, item, error))
    return FALSE;
  print_title (item, output);
  print_side (output, _ ("ours    live here,"), item->ours_author, item->ours_us);
  if (frames.base != NULL)
    print_difference (output, frames.base, frames.ours);
  print_side (output, _ ("theirs "), item->theirs_author, item->theirs_us);
  if (frames.base != NULL)
    {
      print_difference (output, frames.base, frames.theirs);
      return TRUE;
    }
  confsync_output_print (output, "  %s\n",
                         _ ("from ours to theirs; what was before both is not known any more"));
  confsync_diff_print_indented (output, INDENT, frames.ours, frames.theirs);
  return TRUE;
}

/* for programs; json-glib would change numbers */

static void
append_name (GString *json, const char *name)
{
  const gboolean first = json->len > 0 && json->str[json->len - 1] == '{';

  g_string_append_printf (json, "%s\"%s\":", first ? "" : ",", name);
}

static void
append_value (GString *json, ConfsyncJson *value)
{
  g_autoptr (GBytes) text = confsync_json_to_compact (value);

  g_string_append_len (json, g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
}

/* @value: (nullable): the member is left out */
static void
append_side (GString *json, const char *name, ConfsyncJson *value)
{
  if (value == NULL)
    return;
  append_name (json, name);
  append_value (json, value);
}

/* @text: (nullable) */
static void
append_text (GString *json, const char *name, const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autofree char *quoted = text != NULL ? json_to_string (node, FALSE) : g_strdup ("null");

  append_name (json, name);
  g_string_append (json, quoted);
}

static void
append_time (GString *json, const char *name, gint64 time_us)
{
  g_autofree char *text = confsync_tool_dup_time (time_us);

  append_text (json, name, text);
}

/* @from: (nullable): null then */
static void
append_patch (GString *json, const char *name, ConfsyncJson *from, ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) patch = from != NULL ? confsync_json_diff (from, to) : NULL;

  append_name (json, name);
  if (patch != NULL)
    append_value (json, patch);
  else
    g_string_append (json, "null");
}

/*
 * confsync_conflict_append_json:
 *
 * Appends an object; README.md names the members.
 */
gboolean
confsync_conflict_append_json (const ConfsyncConflictItem *item, GString *json, GError **error)
{
  g_auto (Frames) frames = { 0 };

  if (!make_frames (&frames, item, error))
    return FALSE;
  g_string_append_c (json, '{');
  append_text (json, "id", item->id);
  append_text (json, "pointer", item->pointer);
  append_time (json, "since", item->since_us);
  append_text (json, "reason", item->reason);
  append_text (json, "ours_author", item->ours_author);
  append_time (json, "ours_time", item->ours_us);
  append_text (json, "theirs_author", item->theirs_author);
  append_time (json, "theirs_time", item->theirs_us);
  append_side (json, "base", item->base);
  append_side (json, "ours", item->ours);
  append_side (json, "theirs", item->theirs);
  append_name (json, "diff");
  g_string_append_c (json, '{');
  append_patch (json, "ours", frames.base, frames.ours);
  append_patch (json, "theirs", frames.base, frames.theirs);
  append_patch (json, "ours_to_theirs", frames.ours, frames.theirs);
  g_string_append (json, "}}");
  return TRUE;
}

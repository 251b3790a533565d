/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A difference as one line a place: `~ /theme  "dark" → "light"`, `+ /zones/2  {…}`, `- /old  1`.
 * Long values are cut; who needs them whole asks for the patch.
 */

#include "config.h"

#include "confsync-diff-text.h"

#include <glib/gi18n.h>

#include "confsync-units.h"

/* how many characters of a value are shown */
#define VALUE_SHOWN_CHARS 60

/*
 * confsync_diff_value_text:
 *
 * Returns: (transfer full): @value on one line, harmless to a terminal, cut where it is long
 */
char *
confsync_diff_value_text (ConfsyncJson *value)
{
  g_autoptr (GBytes) bytes = confsync_json_to_compact (value);
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autofree char *safe = NULL;
  g_autofree char *start = NULL;

  /* a character has at most four bytes, so what follows these is cut anyway */
  length = MIN (length, 4 * (VALUE_SHOWN_CHARS + 2));
  while (length < g_bytes_get_size (bytes) && ((guchar) data[length] & 0xc0) == 0x80)
    length--;
  safe = confsync_units_escape_json (data, length);
  if (g_utf8_strlen (safe, -1) <= VALUE_SHOWN_CHARS)
    return g_steal_pointer (&safe);
  start = g_utf8_substring (safe, 0, VALUE_SHOWN_CHARS - 1);
  return g_strconcat (start, "…", NULL);
}

static char *
dup_text_at (ConfsyncJson *root, const char *pointer)
{
  g_autoptr (ConfsyncJson) value = confsync_json_lookup (root, pointer, NULL);

  return value != NULL ? confsync_diff_value_text (value) : g_strdup ("?");
}

static void
print_line (ConfsyncOutput *output,
            const char *indent,
            const char *style,
            const char *sign,
            const char *pointer,
            const char *rest)
{
  g_autofree char *safe = confsync_units_escape (pointer);
  const char *begin = confsync_output_style (output, style);

  confsync_output_print (output, "%s%s%s %s%s  %s\n", indent, begin, sign,
                         *safe != '\0' ? safe : _ ("the whole document"),
                         *begin != '\0' ? CONFSYNC_STYLE_END : "", rest);
}

/* @operation: one of the patch; @pointer: its place, where elements are numbered as in @from */
static void
print_operation (ConfsyncOutput *output,
                 const char *indent,
                 ConfsyncJson *operation,
                 const char *pointer,
                 ConfsyncJson *from)
{
  g_autoptr (ConfsyncJson) op = confsync_json_get_member (operation, "op");
  g_autoptr (ConfsyncJson) value = confsync_json_get_member (operation, "value");
  g_autofree char *kind = confsync_json_dup_string (op);
  g_autofree char *now = value != NULL ? confsync_diff_value_text (value) : NULL;
  g_autofree char *before = NULL, *both = NULL;

  if (g_str_equal (kind, "add"))
    {
      print_line (output, indent, CONFSYNC_STYLE_GREEN, "+", pointer, now);
      return;
    }
  before = dup_text_at (from, pointer);
  if (g_str_equal (kind, "remove"))
    {
      print_line (output, indent, CONFSYNC_STYLE_RED, "-", pointer, before);
      return;
    }
  both = g_strdup_printf ("%s → %s", before, now);
  print_line (output, indent, CONFSYNC_STYLE_CYAN, "~", pointer, both);
}

/*
 * confsync_diff_print_indented:
 * @indent: what each line begins with
 *
 * Returns: whether anything differs
 */
gboolean
confsync_diff_print_indented (ConfsyncOutput *output,
                              const char *indent,
                              ConfsyncJson *from,
                              ConfsyncJson *to)
{
  g_autoptr (ConfsyncJson) patch = confsync_json_diff (from, to);
  g_auto (GStrv) pointers = confsync_json_diff_pointers (from, to, 0);
  const guint n = confsync_json_get_length (patch);

  /* both come from the same walk, one pointer an operation; but either may have been cut short */
  if (g_strv_length (pointers) != n)
    {
      g_autofree char *before = confsync_diff_value_text (from);
      g_autofree char *now = confsync_diff_value_text (to);
      g_autofree char *both = g_strdup_printf ("%s → %s", before, now);

      print_line (output, indent, CONFSYNC_STYLE_CYAN, "~", "", both);
      return TRUE;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ConfsyncJson) operation = confsync_json_get_element (patch, i);

      print_operation (output, indent, operation, pointers[i], from);
    }
  return n > 0;
}

gboolean
confsync_diff_print (ConfsyncOutput *output, ConfsyncJson *from, ConfsyncJson *to)
{
  return confsync_diff_print_indented (output, "", from, to);
}
